"""Links from pages to files and folders of the repository lead to pages of the site that show them.

A path in a page is relative to the page; in what a page includes, to the root of the repository. Where the text of a
link is the name of a function or a class of the file, it leads to its line.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.osutil import relative_uri

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = "source"
# What is shown of a folder: text that people read, and folders.
_SHOWN = {".py", ".md", ".css", ".toml", ".csv", ".sh", ""}
_HIDDEN = ("__pycache__", "gallery")


def path_of(target: str, folder: Path) -> str | None:
    """The path from the root of the repository of what a link names, or None where nothing is there."""
    target = target.partition("#")[0].rstrip("/")
    for base in (folder, ROOT):
        found = (base / target).resolve()
        if target and found.exists() and found.is_relative_to(ROOT) and found != ROOT:
            return found.relative_to(ROOT).as_posix()
    return None


def page_of(path: str) -> str:
    """The name of the page that shows a file or a folder."""
    return f"{FOLDER}/{path}"


def line_of(path: str, name: str) -> int | None:
    """The line of a Python file that defines a function or a class."""
    if not path.endswith(".py") or not re.fullmatch(r"\w+", name):
        return None
    text = (ROOT / path).read_text(encoding="utf-8")
    found = re.search(rf"^[ \t]*(?:async )?(?:def|class) {name}\b", text, re.MULTILINE)
    return None if found is None else text.count("\n", 0, found.start()) + 1


class Links(SphinxTransform):
    """Points links into the repository at their pages, before Sphinx takes the files for downloads."""

    default_priority = 5

    def apply(self, **kwargs: Any) -> None:
        """Of one page."""
        env = self.env
        here = Path(env.doc2path(env.docname)).parent
        linked = env.repository_links.setdefault(env.docname, set())
        for node in list(self.document.findall(addnodes.download_reference)) + list(
            self.document.findall(addnodes.pending_xref)
        ):
            if node.get("reftype") != "myst":
                continue
            path = path_of(node["reftarget"], here)
            if path is None and node.get("refdomain") == "doc" and node["reftarget"] not in env.found_docs:
                path = path_of(f"{node['reftarget']}.md", here)  # a page outside of docs/, which MyST names so
            if path is None or env.path2doc(str(ROOT / path)) in env.found_docs:
                if path is not None and isinstance(node, addnodes.pending_xref):
                    # A document that an included page names from the root.
                    _, hash, anchor = node["reftarget"].partition("#")
                    node["refdomain"], node["reftarget"] = "doc", env.path2doc(str(ROOT / path))
                    node["reftargetid"] = anchor if hash else node.get("reftargetid")
                continue
            if (ROOT / path).suffix in {".svg", ".png", ".csv"} and isinstance(node, addnodes.download_reference):
                continue  # a file to load, which Sphinx copies
            linked.add(path)
            uri = relative_uri(f"{env.docname}.html", f"{page_of(path)}.html")
            line = line_of(path, node.astext()) if (ROOT / path).is_file() else None
            uri += f"#L-{line}" if line else ""
            link = nodes.reference("", "", *node.children, internal=True, refuri=uri)
            node.replace_self(link)


class Anchors(SphinxTransform):
    """Takes ``<a id="c15"></a>`` of a Markdown page for the anchor that it is, to which its links lead."""

    default_priority = 4

    def apply(self, **kwargs: Any) -> None:
        """Of one page."""
        for raw in list(self.document.findall(nodes.raw)):
            anchor = re.fullmatch(r'<a (?:id|name)="([\w-]+)">', raw.astext())
            if anchor is None:
                continue
            name = anchor[1]
            # Sphinx looks for a label in lower case, MyST for an anchor as it is.
            names = list(dict.fromkeys([name.lower(), name]))
            if names[0] in self.document.nameids:  # written twice
                raw.parent.remove(raw)
                continue
            target = nodes.target("", "", ids=[name], names=names)
            self.document.note_explicit_target(target)
            raw.replace_self(target)


def inside(path: str) -> list[str]:
    """The paths of what is shown of a folder."""
    found = sorted(each for each in (ROOT / path).iterdir() if each.name not in _HIDDEN)
    return [each.relative_to(ROOT).as_posix() for each in found if each.is_dir() or each.suffix in _SHOWN]


def shown(path: str, pages: set[str]) -> str:
    """The HTML of a file, with an anchor a line; of a folder, its contents, with links to those that have `pages`."""
    where = ROOT / path
    if where.is_dir():
        rows = []
        for each in inside(path):
            name = html.escape(posixpath.basename(each)) + ("/" if (ROOT / each).is_dir() else "")
            address = html.escape(f"{posixpath.basename(path)}/{posixpath.basename(each)}.html")
            link = f'<a href="{address}"><code>{name}</code></a>' if each in pages else f"<code>{name}</code>"
            rows.append(f"<li>{link}</li>")
        return f"<ul>{''.join(rows)}</ul>"
    text = where.read_text(encoding="utf-8")
    try:
        lexer = get_lexer_for_filename(path)
    except ClassNotFound:
        lexer = TextLexer()
    return str(highlight(text, lexer, HtmlFormatter(lineanchors="L", cssclass="highlight")))


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for everything that is linked, and for the files that lie in a linked folder."""
    pages = {path for linked in app.env.repository_links.values() for path in linked}
    for path in list(pages):
        if (ROOT / path).is_dir():
            pages |= {each for each in inside(path) if (ROOT / each).is_file()}
    for path in sorted(pages):
        yield page_of(path), {"title": path, "body": f"<h1>{html.escape(path)}</h1>{shown(path, pages)}"}, "page.html"


def _begin(app: Sphinx) -> None:
    if not hasattr(app.env, "repository_links"):
        app.env.repository_links = {}


def _purge(app: Sphinx, env: Any, docname: str) -> None:
    getattr(env, "repository_links", {}).pop(docname, None)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform and the pages."""
    app.connect("builder-inited", _begin)
    app.connect("env-purge-doc", _purge)
    app.add_transform(Links)
    app.add_transform(Anchors)
    app.connect("html-collect-pages", _pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
