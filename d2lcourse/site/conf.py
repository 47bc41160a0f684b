"""Sphinx's settings for the site; the folders are those that `build` passes."""

import re
from typing import Any

project = "d2lcore"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
html_theme = "furo"
html_title = "d2lcore"
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
nb_execution_mode = "off"  # they are run before, each with a limit of its own
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 4
default_role = "code"
autodoc_member_order = "bysource"
mathjax_path = "mathjax.js"  # our copy
suppress_warnings = ["mystnb.unknown_mime_type"]
ARGUMENT = r"[\w, *]+: |Returns |Raises "


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", _paragraphs)


def _paragraphs(_app: Any, _what: str, _name: str, _value: Any, _options: Any, lines: list[str]) -> None:
    """Our docstrings are plain text: an argument is a paragraph, whose next lines may be indented."""
    said = [line.strip() for line in lines]
    lines[:] = [part for line in said for part in (("", line) if re.match(ARGUMENT, line) else (line,))]
