"""The book of claims: a finished run's report in brief, for the page of claims inside the package."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernelspec.files.atomic import write_atomically
from report.data import read_json

SCHEMA = 2
_CLAIM = ("number", "title", "section", "statement", "where", "verdict", "printed", "corrected", "recalled")
_EVIDENCE = ("role", "label", "measured", "expected", "tolerance", "passed", "exact", "why", "detail")
_DIGITS = 6


def book(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of a report: its claims, and their evidence without the rows of tables.

    Raises ValueError for a report of a part of the claims, or of the quick tier.
    """
    tier = report["tier"]
    if tier["only"] or tier["quick"]:
        what = f"of --only {tier['only']}" if tier["only"] else "of --quick"
        raise ValueError(f"the book needs the report of a whole run; this one is {what}")
    return {
        "schema": SCHEMA,
        "created": report["created"],
        "sections": report["sections"],
        "claims": [
            {name: claim[name] for name in _CLAIM} | {"evidence": [_brief(piece) for piece in claim["evidence"]]}
            for claim in report["claims"]
        ],
    }


def _brief(piece: Mapping[str, Any]) -> dict[str, Any]:
    """A piece of evidence without what is empty, its numbers as they are read."""
    found = {name: _short(piece[name]) for name in _EVIDENCE if name in piece}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _short(value: Any) -> Any:
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else value


def write_book(folder: Path, path: Path) -> int:
    """Write the book of the report in a folder, a claim a line; how many claims there are.

    Raises ValueError where there is no such report.
    """
    report = read_json(folder / "report.json")
    if report is None:
        raise ValueError(f"{folder} has no report.json: run python -m paper_checks first")
    found = book(report)
    claims = ",\n".join(json.dumps(claim, ensure_ascii=False) for claim in found.pop("claims"))
    head = json.dumps(found, ensure_ascii=False).removesuffix("}")
    write_atomically(path, f'{head}, "claims": [\n{claims}\n]}}\n')
    return claims.count("\n") + 1
