"""The READMEs and `docs/` as pages: the files as they are, with links that fit the site."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import chapters

from .pages import address

ROOT = Path(__file__).resolve().parents[2]
MOVED = {"README.md": "index.md", "README.zh-CN.md": "zh.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"(!?)\[([^\]\n]*)\]\(([^)\s:#]+)(#[^)\s]*)?\)")
# A document without its place in the order, should one be added, comes last.
ORDER = ("exercises", "sections", "errata", "results", "benchmarks", "editions", "migrating", "network",
         "contributing")  # fmt: skip


def documents(built: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The documents by their address in the site; built: the pages of chapters that it has."""
    files = sorted((ROOT / "docs").glob("*.md"), key=_place)
    moved = {**MOVED, **{f"docs/{file.name}": f"docs/{file.name}" for file in files}, **dict(_sources(built))}
    for file in (*map(ROOT.joinpath, MOVED), *files):
        name = file.relative_to(ROOT).as_posix()
        text = _relinked(file.read_text(encoding="utf-8"), PurePosixPath(name), moved)
        if name == "README.md":
            text += _contents(built, [file.stem for file in files])
        yield moved[name], text


def pictures() -> Iterator[Path]:
    """The pictures that the documents show, below the root of the project."""
    return (file.relative_to(ROOT) for file in sorted((ROOT / "docs" / "images").iterdir()))


def _place(file: Path) -> tuple[int, str]:
    return ORDER.index(file.stem) if file.stem in ORDER else len(ORDER), file.stem


def _sources(built: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The source of each page, as documents name it, and the page."""
    for name in built:
        page = address(name)
        source = page.replace("/index.ipynb", "/__init__.py").replace(".ipynb", ".py")
        yield source, page


def _relinked(text: str, file: PurePosixPath, moved: Mapping[str, str]) -> str:
    """Links to files that are pages of the site lead there; of one to another file, its text is left."""
    up = "../" * (len(PurePosixPath(moved[str(file)]).parts) - 1)

    def link(found: re.Match[str]) -> str:
        image, words, target, anchor = found.groups()
        if image:
            return found[0]
        path = _normal(file.parent / target)
        return f"[{words}]({up}{moved[path]}{anchor or ''})" if path in moved else words

    return LINK.sub(link, text)


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _contents(built: Sequence[str], documents: Sequence[str]) -> str:
    """The table of contents that the side of every page shows: parts in reading order, then the rest."""
    parts = {part: [one for one in names if one in built] for part, names in chapters.READING_ORDER.items()}
    listed = {part: [address(name) for name in names] for part, names in parts.items()}
    listed["documents"] = ["中文 <zh.md>", *(f"docs/{name}.md" for name in documents), "changelog.md"]
    listed["reference"] = ["reference/index.md"]
    trees = [
        "\n".join(["```{toctree}", ":hidden:", f":caption: {part.capitalize()}", *files, "```"])
        for part, files in listed.items()
        if files
    ]
    return "\n\n" + "\n\n".join(trees) + "\n"
