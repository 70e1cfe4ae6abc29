"""A run as plain data, of which `report` makes the pages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from paper_checks.registry import Section, sort_key
from paper_checks.runner import Options, Result
from paper_checks.verdicts import MEANINGS
from report.data import created, versions

SCHEMA = 3


def as_data(
    results: Iterable[Result],
    sections: Sequence[Section],
    options: Options,
    *,
    seconds: float,
    jobs: int,
    only: str = "",
) -> dict[str, Any]:
    """The report as nested dicts and lists that JSON can hold, claims in order of their numbers.

    Parameters
    ----------
    results : of the checks, in any order.
    sections : all of them, for their titles.
    options : with which the checks ran.
    seconds : wall time of the whole run.
    jobs : number of processes.
    only : the selection as it was typed, empty when everything ran.
    """
    ordered = sorted(results, key=lambda r: (r.section, sort_key(r.number)))
    letters = {r.section for r in ordered}
    return {
        "schema": SCHEMA,
        "created": created(),
        "versions": versions(),
        "meanings": MEANINGS,
        "tier": {"quick": options.quick, "data": options.data is not None, "only": only, "jobs": jobs},
        "seconds": round(seconds, 3),
        "as_recorded": all(r.as_recorded for r in ordered),
        "counts": dict(Counter(r.verdict for r in ordered)),
        "sections": [
            # A section may be spread over several modules; its title is the first one's.
            {"letter": letter, "title": next(s.title for s in sections if s.letter == letter)}
            for letter in sorted(letters & {s.letter for s in sections})
        ],
        "claims": [_claim(r) for r in ordered],
    }


def _claim(result: Result) -> dict[str, Any]:
    fields = asdict(result)
    evidence = [dict(piece) for piece in fields.pop("evidence")]
    fields["seconds"] = round(result.seconds, 3)
    return fields | {
        "as_recorded": result.as_recorded,
        "missing": result.missing,
        "evidence": [{k: v for k, v in e.items() if k != "rows" or v} for e in evidence],
    }
