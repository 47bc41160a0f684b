"""`python -m d2lcourse.site`: build the site and say what is wrong with it."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .build import build


def main(args: Sequence[str] | None = None) -> int:
    """Build; 1 if a page could not be run or a link leads nowhere, 2 if there is no site."""
    parser = argparse.ArgumentParser("python -m d2lcourse.site", description="The chapters, run, as pages.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("build/site"), help="by default build/site"
    )
    parser.add_argument(
        "-p", "--page", action="append", default=[], help="this page alone, such as mlp; may be repeated"
    )
    parser.add_argument("-j", "--jobs", type=int, help="pages run side by side, by default one a core")
    options = parser.parse_args(args)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the pages run side by side
    try:
        report = build(options.folder, options.page, options.jobs)
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted; the pages that have been run are kept", file=sys.stderr)
        return 130
    for title, lines in (
        ("failed", report.failed),
        ("broken link", report.broken),
        ("warning", report.warnings),
    ):
        for line in lines:
            print(f"{title}: {line}", file=sys.stderr)
    print(f"the pages: {(report.folder / 'index.html').resolve()}")
    return 1 if report.failed or report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
