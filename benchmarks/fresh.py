"""Import times and peak memory, of processes that do nothing else."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

IMPORT = """
import time
start = time.perf_counter()
{code}
print(time.perf_counter() - start)
"""

# Linux counts the memory of the parent that started a process towards the peak that the process reports of
# itself. So a small process starts the one to be measured, and asks for the peak of its child.
LAUNCH = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
UNIT = 1 if sys.platform == "darwin" else 1024  # bytes in one of ru_maxrss

MLP_EPOCHS = 2
RESIZED_BATCHES = 40
MLP_RUN = f"from chapters.mlp import scratch; scratch(num_epochs={MLP_EPOCHS}, device='cpu')"
RESIZED_PASS = f"""
import itertools, d2lcore
train_iter, _ = d2lcore.load_data_fashion_mnist(256, resize=224)
for X, y in itertools.islice(train_iter, {RESIZED_BATCHES}):
    pass
"""


BUSY = "while True: pass"


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Inside, as many processes as there are cores do nothing but compute."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def run_seconds(code: str) -> float:
    """The time that a new process takes for the statements `code`, its start and imports included."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}  # ours
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def import_seconds(code: str) -> float:
    """The time that the statements `code` take in a new process, the start of Python left out."""
    return float(_python(IMPORT.format(code=code)))


def peak_gb(code: str) -> float:
    """The largest resident set of a new process that runs `code`, in GB of 1e9 bytes.

    Raises ImportError on Windows, where Python has no module `resource`.
    """
    import resource  # noqa: F401

    return int(_python(LAUNCH, code)) * UNIT / 1e9


def _python(*args: str) -> str:
    return subprocess.run([sys.executable, "-c", *args], check=True, stdout=subprocess.PIPE, text=True).stdout
