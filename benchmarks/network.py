"""What a reader sees when a download fails, and after how long: `python -m benchmarks.network`.

Every fault is met in a process of its own, with the time limits that readers have; eight wait side by side.
Prints the table of docs/network.md, in two minutes.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = "| fault | after (s) | what is said |\n| --- | ---: | --- |"
FRAME = (
    "hub/numbers.bin: could not be had. Tried ",
    ". Connect to the network, or set D2LCORE_MIRROR to a folder or URL that holds hub/numbers.bin",
)


def row(fault: str, message: str, seconds: float, had: bool) -> str:
    """A line of the table. The frame of a message, the same in each, and its only address are left out."""
    for part in FRAME:
        message = message.replace(part, "")
    for address in ("http://HOST/numbers.bin", "https://HOST/numbers.bin", "http://data.test/numbers.bin"):
        if message.startswith(f"{address} (") and message.endswith(")"):
            message = message[len(address) + 2 : -1]
    message = message.replace("|", "\\|") + (" *The file is had.*" if had else "")
    return f"| {fault} | {seconds:.1f} | {message} |"


def measure(fault: str) -> str:
    command = [sys.executable, "-m", "benchmarks.network", fault]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip()


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests"))  # the servers are those of the tests
    from network_faults import FAULTS, meet

    if len(sys.argv) > 1:
        print(json.dumps(meet(sys.argv[1])))
        return
    print(HEADER)
    with ThreadPoolExecutor(8) as pool:
        for fault, seen in zip(FAULTS, pool.map(measure, FAULTS), strict=True):
            print(row(fault, *json.loads(seen)), flush=True)


if __name__ == "__main__":
    main()
