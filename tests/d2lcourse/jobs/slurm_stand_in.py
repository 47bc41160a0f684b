"""A stand-in for SLURM: `sbatch`, `srun` and `sacct` on this machine, for the tests; no cluster was at hand.

STAND_IN names its folder. There, `seconds` is after how long a task is ended as timed out.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path


def main(command: str, words: list[str]) -> int:
    folder = Path(os.environ["STAND_IN"])
    if command == "sbatch":
        return sbatch(folder, words[-1])
    if command == "srun":
        command = next(
            i for i, word in enumerate(words) if word.endswith(("python", "python3")) or "/python" in word
        )
        os.execv(words[command], words[command:])
    if command == "task":
        return task(folder, *words)
    print("JobID|State|NodeList")
    for file in sorted(folder.glob("*.state")):
        print(f"{file.stem}|{file.read_text()}|here")
    return 0


def sbatch(folder: Path, script: str) -> int:
    number = str(100 + len(list(folder.glob("*.job"))))
    (folder / f"{number}.job").write_text(Path(script).read_text())
    array = re.search(r"--array=0-(\d+)", Path(script).read_text())  # a single task is no array
    for i in range(int(array[1]) + 1) if array else [None]:
        name = number if i is None else f"{number}_{i}"
        (folder / f"{name}.state").write_text("PENDING")
        call = [sys.executable, __file__, "task", name, script]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.Popen(call, start_new_session=True, **quiet)
    print(f"Submitted batch job {number}")
    return 0


def task(folder: Path, name: str, script: str) -> int:
    number, _, i = name.partition("_")
    slurm = {"JOB_ID": number, "NTASKS": "1", "JOB_NUM_NODES": "1", "JOB_NODELIST": "here", "NODEID": "0"}
    slurm |= {"PROCID": "0", "LOCALID": "0", **({"ARRAY_JOB_ID": number, "ARRAY_TASK_ID": i} if i else {})}
    env = {**os.environ, **{f"SLURM_{key}": value for key, value in slurm.items()}}
    limit, state = folder / "seconds", folder / f"{name}.state"
    state.write_text("RUNNING")
    running = subprocess.Popen(["bash", script], env=env, start_new_session=True)
    try:
        code = running.wait(float(limit.read_text()) if limit.exists() else None)
        end = "COMPLETED" if code == 0 else "FAILED"
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        end = "TIMEOUT"
    time.sleep(0.1)
    state.write_text(end)
    return 0


if __name__ == "__main__":
    called = Path(sys.argv[0]).name
    words = sys.argv[1:]
    sys.exit(main(*([words[0], words[1:]] if called.endswith(".py") else [called, words])))
