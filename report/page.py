"""The report as one page, ``index.html``: no script, no network, everything inside the file."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from kernelspec.files.atomic import write_atomically
from report.data import read_json
from report.formulas import Formulas
from report.measured import measured_tables
from report.pieces import RECALLED_MARK, VERDICTS, badge, evidence_table, figure, number, seconds

_ERRATA = {"refuted as printed": "False as printed", "incomplete as printed": "True with what the print leaves out"}


def write_page(folder: Path) -> Path:
    """Write ``index.html`` from what the folder holds, and return its path.

    Read are report.json, figures/figures.json with the figures that it names, accuracy.json and
    speed.json; each may be absent. A table that is not valid JSON is named on the page; ValueError
    for another file that is not.
    """
    page = folder / "index.html"
    report = read_json(folder / "report.json")
    figures = read_json(folder / "figures" / "figures.json") or []
    tables = {name: _table_of(folder / f"{name}.json") for name in ("accuracy", "speed")}
    write_atomically(page, render(report, figures, folder / "figures", tables))
    return page


def _table_of(path: Path) -> Any:
    try:
        return read_json(path)
    except ValueError as error:
        return {"title": f"{path.name} is not valid JSON", "caption": f"`{error.__cause__}`"}


def render(
    report: Mapping[str, Any] | None,
    figures: Sequence[Mapping[str, Any]],
    figure_folder: Path,
    tables: Mapping[str, Any],
) -> str:
    """The whole page.

    Parameters
    ----------
    report : what report.json holds, or None when no claim has been checked yet.
    figures : records with name, title, caption.
    figure_folder : where NAME.svg and NAME.png are.
    tables : "accuracy" and "speed", as `measured.measured_tables` reads them, or None.
    """
    formulas = Formulas()
    claims = list(report["claims"]) if report else []
    pictures = [html for entry in figures if (html := figure(entry, figure_folder, formulas))]
    body = [_summary(report, formulas)]
    body.append(_contents(report, bool(pictures), tables, formulas))
    body.append(_errata(claims, formulas))
    if report:
        body += [_section(section, claims, formulas) for section in report["sections"]]
    if pictures:
        body.append(f'<h2 id="figures">Figures</h2>{"".join(pictures)}')
    for name, title in (("accuracy", "Measured errors"), ("speed", "Measured speed")):
        if tables.get(name) is not None:
            body.append(f'<h2 id="{name}">{title}</h2>{measured_tables(tables[name], formulas)}')
    body.append(_colophon(report))
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>kernelspec: the claims, checked</title><style>\n{style}</style></head>\n<body>"
        f"{formulas.outlines()}\n" + "\n".join(part for part in body if part) + "\n</body></html>\n"
    )


def _summary(report: Mapping[str, Any] | None, formulas: Formulas) -> str:
    head = (
        "<header><h1>The claims, checked</h1>"
        '<p class="lead">Every checkable statement of the seminar <i>Foundations of Deep '
        "Convolutional Models through Kernel Methods</i> and of the papers that it summarises: "
        "what was measured, what was expected, and how much room was left.</p>"
    )
    if report is None:
        return f"{head}<p>No claim has been checked yet.</p></header>"
    claims = report["claims"]
    strangers = [c for c in claims if not c["as_recorded"]]
    counts = "".join(
        f'<li class="{VERDICTS[v][0]}"><b>{report["counts"][v]}</b>{VERDICTS[v][1]} {v}</li>'
        for v in VERDICTS
        if report["counts"].get(v)
    )
    tier = report["tier"]
    partial = f"only {escape(tier['only'])}" if tier["only"] else "all claims"
    processes = "one process" if tier["jobs"] == 1 else f"{tier['jobs']} processes"
    run = "".join(
        f"<li>{text}</li>"
        for text in (
            f"{'quick' if tier['quick'] else 'full'} tier, {partial}",
            f"{seconds(report['seconds'])} in {processes}",
            escape(report["created"].replace("T", " ").replace("Z", " UTC")),
            f"kernelspec {escape(report['versions'].get('kernelspec', ''))}",
        )
    )
    verdicts = f"All {len(claims)} verdicts are as recorded."
    if strangers:
        items = "".join(
            f'<li><a href="#{escape(c["number"])}">{escape(c["number"])}</a>'
            f" {formulas.html(c['title'])}: "
            f"recorded {escape(c['recorded'] or 'nothing')}, found {escape(c['verdict'])}</li>"
            for c in strangers
        )
        verdicts = f"{len(strangers)} of {len(claims)} verdicts are not as recorded."
        verdicts = f'<div class="alarm"><p>{verdicts}</p><ul>{items}</ul></div>'
    else:
        verdicts = f"<p>{verdicts}</p>"
    meanings = "".join(f"<li>{badge(v)} {formulas.html(text)}</li>" for v, text in report["meanings"].items())
    meanings += f"<li>{RECALLED_MARK} the text of this source was not at hand</li>"
    return (
        f'{head}{verdicts}<ul class="counts">{counts}</ul><ul class="run">{run}</ul>'
        "<details><summary>How a verdict comes about</summary><p>No verdict is written by hand. "
        "Each follows from the evidence below it, and is then compared with the one on record.</p>"
        f"<ul>{meanings}</ul></details></header>"
    )


def _contents(report: Mapping[str, Any] | None, pictures: bool, tables: Mapping[str, Any], formulas: Formulas) -> str:
    items = []
    claims = report["claims"] if report else []
    if any(c["printed"] for c in claims):
        items.append('<li><a href="#errors">Errors and omissions found in print</a></li>')
    for section in report["sections"] if report else ():
        entries = "".join(
            f'<li><span class="mark {VERDICTS[c["verdict"]][0]}" role="img" '
            f'aria-label="{c["verdict"]}" title="{c["verdict"]}">{VERDICTS[c["verdict"]][1]}</span>'
            f'<span class="number">{escape(c["number"])}</span>'
            f'<a href="#{escape(c["number"])}">{formulas.html(c["title"])}</a></li>'
            for c in claims
            if c["section"] == section["letter"]
        )
        letter = escape(section["letter"])
        heading = f"{letter}. {formulas.html(section['title'])}"
        items.append(f'<li><a href="#section-{letter}">{heading}</a><ol>{entries}</ol></li>')
    if pictures:
        items.append('<li><a href="#figures">Figures</a></li>')
    for name, title in (("accuracy", "Measured errors"), ("speed", "Measured speed")):
        if tables.get(name) is not None:
            items.append(f'<li><a href="#{name}">{title}</a></li>')
    return f'<nav aria-label="Contents"><h2>Contents</h2><ol>{"".join(items)}</ol></nav>' if items else ""


def _errata(claims: Sequence[Mapping[str, Any]], formulas: Formulas) -> str:
    groups = "".join(
        _errata_group(title, [c for c in claims if c["printed"] and c["recorded"] == v], formulas)
        for v, title in _ERRATA.items()
    )
    return f'<h2 id="errors">Errors and omissions found in print</h2>{groups}' if groups else ""


def _errata_group(title: str, claims: Sequence[Mapping[str, Any]], formulas: Formulas) -> str:
    rows = []
    for claim in claims:
        link = f'<a href="#{escape(claim["number"])}">{escape(claim["number"])}</a>'
        flag = "" if claim["verdict"] == claim["recorded"] else f"<br>{badge(claim['verdict'])}"
        rows.append(
            f"<tr><td>{link}{flag}</td>"
            f'<td data-name="printed">{formulas.html(claim["printed"])}'
            f'<br><span class="where">{_source(claim, formulas)}</span></td>'
            f'<td data-name="right">{formulas.html(claim["corrected"])}</td>'
            f'<td data-name="evidence">{_short_evidence(claim["evidence"], formulas)}</td></tr>'
        )
    if not rows:
        return ""
    return (
        f'<h3>{title}</h3><table class="errata"><thead><tr><th></th>'
        f"<th>printed</th><th>right</th><th>evidence</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _source(claim: Mapping[str, Any], formulas: Formulas) -> str:
    """Where a statement stands, with the mark of a text that was not at hand."""
    where = formulas.html(claim["where"])
    if not claim["recalled"]:
        return where
    return f"{where} · {RECALLED_MARK} {formulas.html(claim['recalled'])}"


def _short_evidence(evidence: Sequence[Mapping[str, Any]], formulas: Formulas) -> str:
    against = next((e for e in evidence if e["role"] == "print" and e["passed"]), None)
    if against is None:
        return "none"
    label = formulas.html(against["label"])
    if isinstance(against["measured"], bool):
        detail = f": {formulas.html(against['detail'])}" if against["detail"] else ""
        return label + detail
    return f"{label}: measured {number(against['measured'], 6)}, by the print {number(against['expected'], 6)}"


def _section(section: Mapping[str, str], claims: Sequence[Mapping[str, Any]], formulas: Formulas) -> str:
    letter = section["letter"]
    heading = f"{escape(letter)}. {formulas.html(section['title'])}"
    inside = "".join(_claim(c, formulas) for c in claims if c["section"] == letter)
    return f'<h2 id="section-{escape(letter)}">{heading}</h2>{inside}'


def _claim(claim: Mapping[str, Any], formulas: Formulas) -> str:
    key = escape(claim["number"])
    both = ""
    if claim["printed"]:
        both = (
            f'<dl class="both"><dt>printed</dt><dd>{formulas.html(claim["printed"])}</dd>'
            f"<dt>right</dt><dd>{formulas.html(claim['corrected'])}</dd></dl>"
        )
    stranger = ""
    if not claim["as_recorded"]:
        recorded = escape(claim["recorded"] or "nothing")
        stranger = f'<p class="alarm">On record is: {recorded}.</p>'
    proved = ""
    if claim["printed"] and claim["verdict"] == claim["recorded"] and not claim["missing"]:
        proved = ", the corrected statement proved"
    error = f"<pre>{escape(claim['error'], quote=False)}</pre>" if claim["error"] else ""
    where = _source(claim, formulas)
    return (
        f'<section class="claim" id="{key}"><h3><a class="id" href="#{key}">{key}</a>'
        f"{formulas.html(claim['title'])} {badge(claim['verdict'])}</h3>"
        f'<p>{formulas.html(claim["statement"])}</p><p class="where">{where}'
        f" · {seconds(claim['seconds'])}{proved}</p>{stranger}{both}"
        f"{evidence_table(claim['evidence'], formulas)}{error}</section>"
    )


def _colophon(report: Mapping[str, Any] | None) -> str:
    if report is None:
        return ""
    versions = ", ".join(f"{escape(k)} {escape(v)}" for k, v in report["versions"].items())
    return f"<footer><p>Computed with {versions}. The same data: report.json.</p></footer>"
