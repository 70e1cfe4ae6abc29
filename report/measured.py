"""The tables of the benchmarks on the page: accuracy.json and speed.json."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from report.formulas import Formulas
from report.pieces import number, table

_KNOWN = {"title", "caption", "tables", "columns", "rows", "records"}
_CELL = {"kernel", "d", "values", "worst", "worst_k", "logs", "worst_log", "worst_log_k"}


def measured_tables(data: Any, formulas: Formulas) -> str:
    """What a benchmark has written, as tables.

    Parameters
    ----------
    data : a list of records (dicts with the same keys); or a dict with "columns" and "rows", with
        "records", or with "tables", a list of these; "title" and "caption" are shown above. What
        `benchmarks.accuracy` writes ("summary" and "cells") becomes a table of kernels by
        dimensions. Of any other dict, each entry is shown under its name.
    """
    if isinstance(data, list) and data and all(isinstance(entry, dict) for entry in data):
        columns = list(dict.fromkeys(key for entry in data for key in entry))
        rows = [[_entry(entry.get(key)) for key in columns] for entry in data]
        return table([_spaced(c) for c in columns], rows, formulas)
    if not isinstance(data, dict):
        return f"<p>{_shown(data, formulas)}</p>"
    if _is_accuracy(data):
        return _accuracy(data, formulas)
    parts = []
    if data.get("title"):
        parts.append(f"<h3>{formulas.html(str(data['title']))}</h3>")
    if data.get("caption"):
        parts.append(f"<p>{formulas.html(str(data['caption']))}</p>")
    if isinstance(data.get("columns"), list) and isinstance(data.get("rows"), list):
        rows = [[_entry(v) for v in row] for row in data["rows"] if isinstance(row, list)]
        parts.append(table([str(c) for c in data["columns"]], rows, formulas))
    if isinstance(data.get("records"), list):
        parts.append(measured_tables(data["records"], formulas))
    if isinstance(data.get("tables"), list):
        parts += [measured_tables(entry, formulas) for entry in data["tables"]]
    others = {key: value for key, value in data.items() if key not in _KNOWN}
    plain = [[_spaced(k), _entry(v)] for k, v in others.items() if not _is_nested(v)]
    if plain:
        parts.append(table(["", ""], plain, formulas))
    for key, value in others.items():
        if _is_nested(value):
            parts.append(f"<h3>{escape(_spaced(key))}</h3>{measured_tables(value, formulas)}")
    return "".join(parts)


def _is_accuracy(data: Mapping[str, Any]) -> bool:
    cells = data.get("cells")
    return (
        isinstance(data.get("summary"), dict)
        and isinstance(cells, list)
        and bool(cells)
        and all(isinstance(cell, dict) and cell.keys() >= _CELL for cell in cells)
    )


def _accuracy(data: Mapping[str, Any], formulas: Formulas) -> str:
    """Largest errors of the eigenvalues by kernel and dimension, and of their logarithms."""
    summary, cells = data["summary"], data["cells"]
    aim = float(summary.get("target", "nan"))
    counts = {k: len(summary.get(k) or ()) for k in ("missed", "corners", "understated")}
    sentence = (
        f"{summary.get('values')} eigenvalues, largest relative error {number(summary.get('worst'), 2)} (the aim: "
        f"{number(aim, 2)}); {summary.get('logarithms')} logarithms of values below the float range, largest error "
        f"{number(summary.get('worst_log'), 2)}. Beyond the aim: {counts['missed']}, and {counts['corners']} in "
        f"corners that are known; error estimates below the true error: {counts['understated']}."
    )
    parts = [f"<p>{sentence}</p>"]
    titles = {
        "values": ("worst", r"Largest relative error of $\mu_k$, and the $k$ where it is"),
        "logs": ("worst_log", r"The same of $\log|\mu_k|$ where $\mu_k$ is below the float range"),
    }
    for count, (error, title) in titles.items():
        if any(cell[count] for cell in cells):
            parts.append(_by_dimension(cells, count, error, aim, formulas.html(title)))
    for name in ("missed", "corners", "understated", "failures"):
        entries = summary.get(name)
        if entries:
            shown = entries if isinstance(entries[0], dict) else [{name: e} for e in entries]
            inner = measured_tables(shown, formulas)
            parts.append(f"<details><summary>{name}: {len(entries)}</summary>{inner}</details>")
    return "".join(parts)


def _by_dimension(cells: Sequence[Mapping[str, Any]], count: str, error: str, aim: float, caption: str) -> str:
    dimensions = sorted({c["d"] for c in cells if c[count] or c.get("failure")})
    by_place = {(cell["kernel"], cell["d"]): cell for cell in cells}
    rows = []
    for kernel in dict.fromkeys(cell["kernel"] for cell in cells):
        entries = []
        for d in dimensions:
            cell = by_place.get((kernel, d))
            if cell is None or not (cell[count] or cell.get("failure")):
                entries.append('<td class="n"></td>')
            elif cell.get("failure"):
                entries.append('<td class="n bad">fails</td>')
            else:
                colour = "" if cell[error] <= aim else " bad"
                place = f'<span class="why">k = {_degree(cell[f"{error}_k"])}</span>'
                entries.append(f'<td class="n{colour}">{number(cell[error], 2)}{place}</td>')
        rows.append(f"<tr><td><code>{escape(kernel)}</code></td>{''.join(entries)}</tr>")
    head = "".join(f'<th class="n">d = {_degree(d)}</th>' for d in dimensions)
    return (
        f'<div class="scroll"><table class="dense"><caption>{caption}</caption>'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _degree(n: int) -> str:
    """10000 as a power of ten."""
    zeros = len(str(n)) - 1
    return f"10<sup>{zeros}</sup>" if n >= 10_000 and n == 10**zeros else str(n)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], (dict, list)))


def _entry(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value) or "none"
    return str(value) if isinstance(value, dict) else value


def _shown(value: Any, formulas: Formulas) -> str:
    return formulas.html(value) if isinstance(value, str) else number(_entry(value), 6)


def _spaced(key: str) -> str:
    return key.replace("_", " ")
