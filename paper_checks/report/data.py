"""The report as data: ``report.json``, written whole or not at all."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from kernelspec.files.atomic import write_atomically
from paper_checks.registry import Section, sort_key
from paper_checks.runner import Options, Result

SCHEMA = 2
_PACKAGES = ("numpy", "scipy", "sympy", "mpmath", "python-flint", "matplotlib", "scikit-learn")


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


def versions() -> dict[str, str]:
    """Python, the machine's kind, kernelspec and what it stands on."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    import kernelspec

    found["kernelspec"] = kernelspec.__version__
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def created() -> str:
    """The time now in UTC, or SOURCE_DATE_EPOCH where a reproducible build sets it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = float(epoch) if epoch.isdigit() else time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


def write_json(path: Path, data: Any) -> None:
    """Write strict JSON: numbers that are not finite become text."""
    text = json.dumps(_finite(data), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, text + "\n")


def read_json(path: Path) -> Any:
    """The contents of a JSON file, None where there is none; ValueError names a broken one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error


def prepared_folder(folder: Path) -> Path:
    """Make the folder and see that a file can be written there; OSError where that is not so."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / ".writable", "")
    (folder / ".writable").unlink()
    return folder


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
