"""The tables of the benchmarks on the page, accuracy.json and speed.json, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from report.text import code, markdown, number, table, value_table

_KNOWN = {"title", "caption", "tables", "columns", "rows", "records"}
_CELL = {"kernel", "d", "values", "worst", "worst_k", "logs", "worst_log", "worst_log_k"}


def measured_tables(data: Any) -> list[str]:
    """What a benchmark has written, as blocks of Markdown.

    Parameters
    ----------
    data : a list of records (dicts with the same keys); or a dict with "columns" and "rows", with
        "records", or with "tables", a list of these; "title" and "caption" are shown above. What
        `benchmarks.accuracy` writes ("summary" and "cells") becomes a table of kernels by
        dimensions. Of any other dict, each entry is shown under its name.
    """
    if isinstance(data, list) and data and all(isinstance(entry, dict) for entry in data):
        columns = list(dict.fromkeys(key for entry in data for key in entry))
        return [value_table([_spaced(c) for c in columns], [[_entry(e.get(key)) for key in columns] for e in data])]
    if not isinstance(data, dict):
        return [markdown(data) if isinstance(data, str) else number(_entry(data), 6)]
    if _is_accuracy(data):
        return _accuracy(data)
    blocks = [f"### {markdown(str(data['title']))}"] if data.get("title") else []
    if data.get("caption"):
        blocks.append(markdown(str(data["caption"])))
    if isinstance(data.get("columns"), list) and isinstance(data.get("rows"), list):
        rows = [[_entry(v) for v in row] for row in data["rows"] if isinstance(row, list)]
        blocks.append(value_table([str(c) for c in data["columns"]], rows))
    for entry in ([data["records"]] if isinstance(data.get("records"), list) else []) + list(data.get("tables") or ()):
        blocks += measured_tables(entry)
    others = {key: value for key, value in data.items() if key not in _KNOWN}
    plain = [[_spaced(k), _entry(v)] for k, v in others.items() if not _is_nested(v)]
    if plain:
        blocks.append(value_table(["", ""], plain))
    for key, value in others.items():
        if _is_nested(value):
            blocks += [f"### {markdown(_spaced(key))}", *measured_tables(value)]
    return blocks


def _is_accuracy(data: Mapping[str, Any]) -> bool:
    cells = data.get("cells")
    return (
        isinstance(data.get("summary"), dict)
        and isinstance(cells, list)
        and bool(cells)
        and all(isinstance(cell, dict) and cell.keys() >= _CELL for cell in cells)
    )


def _accuracy(data: Mapping[str, Any]) -> list[str]:
    """Largest errors of the eigenvalues by kernel and dimension, and of their logarithms."""
    summary, cells = data["summary"], data["cells"]
    aim = float(summary.get("target", "nan"))
    counts = {k: len(summary.get(k) or ()) for k in ("missed", "corners", "understated")}
    blocks = [
        f"{summary.get('values')} eigenvalues, largest relative error {number(summary.get('worst'), 2)} (the aim: "
        f"{number(aim, 2)}); {summary.get('logarithms')} logarithms of values below the float range, largest error "
        f"{number(summary.get('worst_log'), 2)}. Beyond the aim, in bold below: {counts['missed']}, and "
        f"{counts['corners']} in corners that are known; error estimates below the true error: {counts['understated']}."
    ]
    titles = {
        "values": ("worst", r"Largest relative error of $\mu_k$, and the $k$ where it is:"),
        "logs": ("worst_log", r"The same of $\log|\mu_k|$ where $\mu_k$ is below the float range:"),
    }
    for count, (error, title) in titles.items():
        if any(cell[count] for cell in cells):
            blocks += [markdown(title), _by_dimension(cells, count, error, aim)]
    for name in ("missed", "corners", "understated", "failures"):
        entries = summary.get(name)
        if entries:
            shown = entries if isinstance(entries[0], dict) else [{name: e} for e in entries]
            start = f"<details>\n<summary>{name}: {len(entries)}</summary>"
            blocks += [start, *measured_tables(shown), "</details>"]
    return blocks


def _by_dimension(cells: Sequence[Mapping[str, Any]], count: str, error: str, aim: float) -> str:
    dimensions = sorted({c["d"] for c in cells if c[count] or c.get("failure")})
    by_place = {(cell["kernel"], cell["d"]): cell for cell in cells}
    rows = []
    for kernel in dict.fromkeys(cell["kernel"] for cell in cells):
        entries = []
        for d in dimensions:
            cell = by_place.get((kernel, d))
            if cell is None or not (cell[count] or cell.get("failure")):
                entries.append("")
            elif cell.get("failure"):
                entries.append("**fails**")
            else:
                found = number(cell[error], 2)
                found = found if cell[error] <= aim else f"**{found}**"
                entries.append(f"{found}<br><small>k = {_degree(cell[f'{error}_k'])}</small>")
        rows.append([code(kernel), *entries])
    return table(["", *(f"d = {_degree(d)}" for d in dimensions)], rows, right=range(1, len(dimensions) + 1))


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


def _spaced(key: str) -> str:
    return key.replace("_", " ")
