"""The pages of claims: the style sheet and the script that the report shares, and links to claims by their numbers.

The heading "C15. The constant ..." is found as `c.md#C15` from every page; the anchor `#C15` stands above it.
"""

from __future__ import annotations

import re
from typing import Any

from mdit_py_plugins.anchors.index import slugify
from sphinx.application import Sphinx


def slug(title: str) -> str:
    """The anchor of a heading: a claim's number, else as MyST has it."""
    number = re.match(r"([CL]\d+[a-z]?)\. ", title)
    return number[1] if number else slugify(title)


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the files on every page, and have MyST find claims."""
    app.add_css_file("claims.css")
    app.add_js_file("claims.js")
    app.connect(
        "config-inited", lambda app, config: setattr(config, "myst_heading_slug_func", "claims.slug"), priority=1
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
