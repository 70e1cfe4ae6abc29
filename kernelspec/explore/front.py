"""The pages: every notebook of the folder `pages`, found by itself, and the list of them that opens first.

A page is one marimo notebook. Its address is its file's name, its title the `app_title` of its `marimo.App(...)`, its
description the first line of its docstring; `order = 10` under `[tool.kernelspec]` in its script metadata (PEP 723)
puts it before one with `order = 20`.
"""

from __future__ import annotations

import ast
import html
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "pages"


@dataclass(frozen=True)
class Page:
    """A page: its name in addresses, what it is called and about, its place in the list, its file."""

    name: str
    title: str
    about: str
    order: int
    file: Path


def pages(folder: Path = FOLDER) -> list[Page]:
    """The pages of a folder, in their order; files that begin with an underscore are none."""
    found = [_page(file) for file in sorted(folder.glob("*.py")) if not file.name.startswith("_")]
    return sorted((page for page in found if page), key=lambda page: (page.order, page.name))


def _page(file: Path) -> Page | None:
    """What a file says of itself, without running it; None where it makes no `marimo.App`."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text, file.name)
    title = None
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, node.value
        if name == "app" and isinstance(value, ast.Call):
            title = file.stem.replace("_", " ").capitalize()
            for keyword in value.keywords:
                if keyword.arg == "app_title" and isinstance(keyword.value, ast.Constant):
                    title = str(keyword.value.value)
    if title is None:
        return None
    about = (ast.get_docstring(tree) or "").strip().partition("\n")[0]
    return Page(file.stem, title, about, _order(text), file)


def _order(text: str) -> int:
    """The place in the list that the script metadata of a file give it, 1000 where they give none."""
    block = re.search(r"^# /// script$(.*?)^# ///$", text, re.MULTILINE | re.DOTALL)
    if block is None:
        return 1000
    metadata = tomllib.loads(re.sub(r"^# ?", "", block[1], flags=re.MULTILINE))
    return int(metadata.get("tool", {}).get("kernelspec", {}).get("order", 1000))


def navigation(current: str = "", base: str = "..") -> str:
    """Links to all pages, as HTML; `base` is the way from a page to the list."""
    links = [f'<a class="ks-home" href="{base}/">kernelspec</a>']
    for page in pages():
        here = ' aria-current="page"' if page.name == current else ""
        links.append(f'<a href="{base}/{page.name}/"{here}>{html.escape(page.title)}</a>')
    return f'<nav class="ks-nav" aria-label="Pages">{"".join(links)}</nav>'


def front(found: list[Page], style: str) -> str:
    """The list of pages, as a whole HTML page."""
    cards = "".join(
        f'<a class="ks-card" href="{page.name}/"><h2>{html.escape(page.title)}</h2><p>{html.escape(page.about)}</p></a>'
        for page in found
    )
    body = (
        "<h1>kernelspec</h1><p>Kernels of infinitely wide networks, their spectra on the sphere, and what is proved "
        f'about them. Choose a page; every view shows the code that makes it.</p><div class="ks-cards">{cards}</div>'
    )
    return document("kernelspec", body, style)


def refusal(style: str) -> str:
    """What somebody without the right token sees, as a whole HTML page."""
    return document(
        "kernelspec: no access",
        "<h1>No access</h1><p>The address must carry the token with which this server was started: open the address "
        "that <code>kernelspec explore</code> printed, with its <code>access_token=…</code>.</p>",
        style,
    )


def document(title: str, body: str, style: str) -> str:
    """A whole HTML page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{html.escape(title)}</title><style>{style}</style></head><body class="ks-front">'
        f"<main>{body}</main></body></html>"
    )
