"""Evidence from numbers that were measured: against expected ones, against a print, between limits.

Errors are formed in the arithmetic of the numbers given: two mpmath numbers of 60 digits are
subtracted with 60 digits, two Arb balls give an upper bound of the error.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from paper_checks.comparison import elements, is_rational, magnitude, margin, pairs, plain
from paper_checks.evidence import Evidence, joined


def measured_against(
    label: str,
    measured: Any,
    expected: Any,
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    why: str,
    at: Iterable[Any] | None = None,
    detail: str = "",
) -> Evidence:
    """Support for the claim: ``|measured - expected| <= atol + rtol |expected|``, elementwise.

    Parameters
    ----------
    measured, expected : numbers of any kind, or arrays or lists of them of one shape (a scalar
        ``expected`` is repeated). The element with the largest margin is the one reported.
    rtol, atol : tolerances, at least 0; both 0 asks for equality.
    why : the reason of the tolerance, in a few words.
    at : names of the elements (for instance their k), to say where the worst one is.

    Raises
    ------
    ValueError
        for shapes that differ, no elements, a tolerance that is negative or not finite, no `why`.
    """
    worst, place, _, count = _compare(label, measured, expected, rtol, atol, why, at)
    where = f"worst of {count}: {place}" if count > 1 else ""
    return replace(
        worst,
        role="supports",
        passed=worst.margin is not None and worst.margin <= 1,
        why=why,
        detail=joined(detail, where),
    )


def printed_fails(
    label: str,
    measured: Any,
    printed: Any,
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    why: str,
    at: Iterable[Any] | None = None,
    detail: str = "",
) -> Evidence:
    """Evidence against the print: measured and printed differ by MORE than the tolerance.

    One element that differs refutes a statement about all; the clearest one is shown, and the
    detail says how many differ. Parameters as in `measured_against`; NaN and infinity refute
    nothing.
    """
    clearest, place, beyond, count = _compare(label, measured, printed, rtol, atol, why, at)
    where = f"differs at {beyond} of {count}; clearest: {place}" if count > 1 else ""
    refuted = beyond > 0 and not math.isnan(clearest.margin or 0.0)
    return replace(clearest, role="print", passed=refuted, why=why, detail=joined(detail, where))


def bound(
    label: str,
    measured: Any,
    *,
    lower: float | None = None,
    upper: float | None = None,
    why: str = "",
    detail: str = "",
) -> Evidence:
    """Support for the claim: every measured number lies in [lower, upper], or past the one given.

    The number reported is the one nearest to, or furthest beyond, an end. The margin is the share
    of the room that it uses: its distance from the middle over half the width, or measured/upper,
    or lower/measured where these are positive.
    """
    if lower is None and upper is None:
        raise ValueError(f"bound({label!r}): give lower, upper or both")
    values = [float(v) for v in elements(measured)]
    if not values:
        raise ValueError(f"bound({label!r}): measured is empty")
    passed = all((lower is None or v >= lower) and (upper is None or v <= upper) for v in values)
    x = _nearest(values, lower, upper)
    used = None
    if lower is not None and upper is not None:
        used = abs(x - (lower + upper) / 2) / ((upper - lower) / 2) if upper > lower else None
    elif upper is not None and upper > 0 and x >= 0:
        used = x / upper
    elif lower is not None and lower > 0 and x > 0:
        used = lower / x
    ends = (
        f"in [{lower:.6g}, {upper:.6g}]"
        if lower is not None and upper is not None
        else (f"≤ {upper:.6g}" if upper is not None else f"≥ {lower:.6g}")
    )
    extra = f"tightest of {len(values)}" if len(values) > 1 else ""
    return Evidence(
        "supports", label, measured=x, expected=ends, margin=used, passed=passed, why=why, detail=joined(detail, extra)
    )


def _nearest(values: list[float], lower: float | None, upper: float | None) -> float:
    """The value with the least room to an end, or furthest beyond one; a NaN before all."""
    for value in values:
        if math.isnan(value):
            return value
    if lower is None or upper is None:
        return min(values) if upper is None else max(values)
    least, most = min(values), max(values)
    for value in (least, most):
        if math.isinf(value):
            return value
    # Rounded once: one difference at a time, 1 - 1e-20 leaves as much room as 1 - 1e-30.
    return least if math.fsum((least, -lower, most, -upper)) <= 0 else most


def _compare(
    label: str, measured: Any, expected: Any, rtol: float, atol: float, why: str, at: Iterable[Any] | None
) -> tuple[Evidence, str, int, int]:
    """The element of the largest margin, its place, how many exceed the tolerance, of how many."""
    for name, tol in (("rtol", rtol), ("atol", atol)):
        if not (math.isfinite(tol) and tol >= 0):
            raise ValueError(f"{label!r}: {name} must be finite and at least 0, got {tol!r}")
    if not why:
        raise ValueError(f"{label!r}: say in `why` where the tolerance comes from")
    lefts, rights = pairs(label, measured, expected)
    places = range(len(lefts)) if at is None else elements(list(at))
    names = [f"[{i}]" if at is None else f"at {plain(i)}" for i in places]
    if len(names) != len(lefts):
        raise ValueError(f"{label!r}: `at` has {len(names)} names for {len(lefts)} values")
    margins = [margin(a, b, rtol, atol) for a, b in zip(lefts, rights, strict=True)]
    # A NaN counts as the worst of all: it must never hide behind elements that pass.
    worst = max(range(len(margins)), key=lambda i: (math.isnan(margins[i]), margins[i]))
    evidence = Evidence(
        "supports",
        label,
        measured=plain(lefts[worst]),
        expected=plain(rights[worst]),
        tolerance=atol + (rtol * magnitude(rights[worst]) if rtol else 0.0),
        rtol=rtol if rtol and not atol else None,
        margin=margins[worst],
        exact=bool(rtol == atol == 0.0) and all(is_rational(v) for v in (*lefts, *rights)),
    )
    return evidence, names[worst], sum(m > 1 for m in margins), len(margins)
