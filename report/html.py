"""The pages of Markdown as HTML files that need no network, no server and no Sphinx: ``build/report/index.html``."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from kernelspec.files.atomic import write_atomically
from report.claims import Book, Layout
from report.data import read_json
from report.formulas import breakable, mathml, write_font
from report.measured import measured_tables
from report.text import badge, markdown, seconds

ROOT = Path(__file__).resolve().parent.parent
#: Style sheets and the script, which are copied beside the pages; the first two are the site's as well.
ASSETS = ("docs/_static/claims.css", "docs/_static/claims.js", "report/page.css")
_TITLE = "The claims, checked"
_MARK = re.compile(r"(<math>(?:(?!<math>).)*?</math>)([,.;:)]+)")  # a comma stays on the line of its formula


def write_pages(folder: Path) -> Path:
    """Write the pages of what the folder holds, and return the first, ``index.html``.

    Read are report.json, figures/figures.json with the figures that it names, accuracy.json and
    speed.json; each may be absent. A table that is not valid JSON is named on the page; ValueError
    for another file that is not.
    """
    report = read_json(folder / "report.json")
    figures = read_json(folder / "figures" / "figures.json") or []
    tables = {name: _table_of(folder / f"{name}.json") for name in ("accuracy", "speed")}
    pages = markdown_pages(report, figures, folder, tables)
    for asset in ASSETS:
        shutil.copyfile(ROOT / asset, folder / Path(asset).name)
    write_font(folder)
    for old in folder.glob("[a-z].html"):
        old.unlink()  # a section that is not in this report
    for name, text in pages.items():
        write_atomically(folder / f"{name.lower()}.html", html_page(text, name, list(pages)))
    return folder / "index.html"


def markdown_pages(
    report: Mapping[str, Any] | None, figures: Sequence[Mapping[str, Any]], folder: Path, tables: Mapping[str, Any]
) -> dict[str, str]:
    """The pages as Markdown, by name.

    Parameters
    ----------
    report : what report.json holds, or None when no claim has been checked yet.
    figures : records with name, title, caption.
    folder : where the pages are written; figures/NAME.svg and .png are below it.
    tables : "accuracy" and "speed", as `measured.measured_tables` reads them, or None.
    """
    if report is None:
        pages = {"index": f"# {_TITLE}\n\nNo claim has been checked yet.\n"}
    else:
        repository = Path(os.path.relpath(ROOT, folder.resolve()))
        pages = Book(report, Layout(repository=repository.as_posix())).pages(_TITLE, _run(report))
    shown = [block for entry in figures for block in _figure(entry, folder)]
    if shown:
        pages["figures"] = "\n\n".join(["# Figures", *shown]) + "\n"
    for name, title in (("accuracy", "Measured errors"), ("speed", "Measured speed")):
        if tables.get(name) is not None:
            pages[name] = "\n\n".join([f"# {title}", *measured_tables(tables[name])]) + "\n"
    return pages


def html_page(text: str, name: str, pages: Sequence[str]) -> str:
    """One page of HTML.

    Parameters
    ----------
    text : the page as Markdown.
    name, pages : its name, and those of all pages, for the line of links above it.
    """
    body = _MARK.sub(r'<span class="nb">\1\2</span>', _parser().render(text))
    links = "".join(
        f'<a href="{page.lower()}.html"{" aria-current=page" * (page == name)}>{escape(_label(page))}</a>'
        for page in pages
    )
    title = re.sub(r"^# |[$\\\\]", "", text.partition("\n")[0])
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · kernelspec</title>"
        '<link rel="stylesheet" href="page.css"><link rel="stylesheet" href="claims.css">'
        f'<script src="claims.js" defer></script></head>\n<body>'
        f'<nav class="pages" aria-label="Pages">{links}</nav>\n<main>\n{body}</main></body></html>\n'
    )


def _parser() -> MarkdownIt:
    """CommonMark with tables and formulas; links to pages of Markdown lead to those of HTML."""

    def formula(latex: str, options: Mapping[str, Any]) -> str:
        display = bool(options.get("display_mode"))
        return mathml(latex, display) if display else breakable(mathml(latex))

    def link(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        address = str(tokens[index].attrGet("href"))
        tokens[index].attrSet("href", re.sub(r"^([\w/.-]+)\.md(?=#|$)", r"\1.html", address))
        return str(self.renderToken(tokens, index, options, env))

    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.use(dollarmath_plugin, renderer=formula)
    parser.add_render_rule("link_open", link)
    parser.add_render_rule("table_open", lambda *_: '<div class="scroll"><table>')
    parser.add_render_rule("table_close", lambda *_: "</table></div>")
    return parser


def _label(page: str) -> str:
    return {"index": "All claims"}.get(page, page if len(page) == 1 else page.capitalize())


def _table_of(path: Path) -> Any:
    try:
        return read_json(path)
    except ValueError as error:
        return {"title": f"{path.name} is not valid JSON", "caption": f"`{error.__cause__}`"}


def _run(report: Mapping[str, Any]) -> list[str]:
    """What the first page says of the run."""
    claims = report["claims"]
    strangers = [c for c in claims if not c["as_recorded"]]
    said = f"All {len(claims)} verdicts are as recorded."
    if strangers:
        said = f"**{len(strangers)} of {len(claims)} verdicts are not as recorded:**"
    tier, versions = report["tier"], report["versions"]
    processes = "one process" if tier["jobs"] == 1 else f"{tier['jobs']} processes"
    chosen = f"only {markdown(tier['only'])}" if tier["only"] else "all claims"
    run = (
        f"{'quick' if tier['quick'] else 'full'} tier, {chosen}",
        f"{seconds(report['seconds'])} in {processes}",
        markdown(report["created"].replace("T", " ").replace("Z", " UTC")),
        ", ".join(f"{markdown(name)} {markdown(version)}" for name, version in versions.items()),
    )
    listed = "\n".join(
        f"- [{c['number']}]({c['section'].lower()}.md#{c['number']}) {markdown(c['title'])}: recorded "
        f"{c['recorded'] or 'nothing'}, found {badge(c['verdict'])}"
        for c in strangers
    )
    return [said, listed, f"<small>{'; '.join(run)}. The same data: report.json.</small>"]


def _figure(entry: Mapping[str, Any], folder: Path) -> list[str]:
    """One figure with its caption, from its file beside the pages; nothing where the file is gone."""
    name, title = str(entry["name"]), str(entry["title"])
    ending = next((e for e in ("svg", "png") if (folder / "figures" / f"{name}.{e}").is_file()), "")
    if not ending:
        return []
    picture = f'<img class="sheet" alt="{escape(title, quote=True)}" src="figures/{escape(name)}.{ending}">'
    return [
        f'<a id="figure-{escape(name)}"></a>',
        f"## {markdown(title)}",
        picture,
        markdown(str(entry.get("caption", ""))),
    ]
