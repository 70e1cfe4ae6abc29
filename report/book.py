"""The kept run: a finished run's report in brief, for the page of claims inside the package and for the site."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernelspec.files.atomic import write_atomically
from report.data import read_json

SCHEMA = 3
_CLAIM = "number title section plain statement where verdict printed corrected recalled missing seconds".split()
_EVIDENCE = "role label measured expected tolerance rtol margin passed exact why detail rows".split()
_DIGITS = 6


def book(report: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a report: its claims and their evidence.

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
    """A piece of evidence without what is empty or as usual, its numbers as they are read."""
    found = {name: _short(piece[name]) for name in _EVIDENCE if name in piece}
    usual = {"passed": True, "exact": False}
    return {n: v for n, v in found.items() if v not in (None, "", []) and not (n in usual and v is usual[n])}


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(entry) for entry in value]
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
