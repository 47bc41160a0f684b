"""Links of built pages that lead nowhere, or to another host while the page loads."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, str, str]] = []  # tag, attribute, target
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (tag, name) == ("a", "name"):
                self.anchors.add(value or "")
            elif (tag, name) == ("a", "href") or (tag, name) in LOADED:
                self.links.append((tag, name, value or ""))


def broken(site: Path) -> Iterator[str]:
    """Of every HTML file below `site`: "PAGE: TARGET: what is wrong with it", a line each."""
    pages = {
        file.resolve(): _Reader(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))
    }
    for file, page in pages.items():
        for tag, attribute, target in dict.fromkeys(page.links):
            if wrong := _wrong(file, tag, attribute, target, pages):
                yield f"{file.relative_to(site.resolve())}: {target}: {wrong}"


def _wrong(file: Path, tag: str, attribute: str, target: str, pages: dict[Path, _Reader]) -> str:
    parts = urlsplit(target)
    if parts.scheme == "data":
        return ""
    if parts.scheme or parts.netloc:
        return "is loaded from elsewhere" if (tag, attribute) in LOADED else ""
    path, anchor = urldefrag(target)
    to = (file.parent / unquote(urlsplit(path).path)).resolve() if path else file
    to = to / "index.html" if to.is_dir() else to
    if not to.is_file():
        return "there is no such file"
    if anchor and to in pages and unquote(anchor) not in pages[to].anchors:
        return "that page has no such place"
    return ""
