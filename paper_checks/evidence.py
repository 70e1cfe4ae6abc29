"""Evidence for or against a claim: frozen values, and the functions that form them.

Everything a constructor returns is plain (numbers, text, tuples), so that it travels between
processes and into JSON. Errors are formed in the arithmetic of the numbers given: two mpmath
numbers of 60 digits are subtracted with 60 digits, two Arb balls give an upper bound of the error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from paper_checks.comparison import (
    Plain,
    elements,
    identical,
    is_rational,
    magnitude,
    margin,
    pairs,
    plain,
    refuse_inexact,
)

Role: TypeAlias = Literal[
    "supports", "print", "given", "step", "conclusion", "note", "table", "undecided", "not run"
]
SUPPORTING: tuple[Role, ...] = ("supports", "given")


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence.

    Parameters
    ----------
    role : whether it supports the (corrected) claim, speaks about the printed one, supports the
        printed one under a condition that the print leaves out ("given"), opens a step of a proof
        or closes the proof, or only informs.
    label : what was measured; of a step, what it shows.
    measured, expected : numbers where a float holds them, else text.
    tolerance, rtol : the absolute tolerance, and the relative one where it was given alone.
    margin : error / tolerance. At most 1 when a supporting piece passes, above 1 when a printed
        statement is refuted; None where no such ratio has a meaning.
    passed : whether the piece says what its author claims that it says.
    exact : symbolic identity, rational arithmetic or ball arithmetic.
    why : the reason of the tolerance.
    detail : more words; of a step, its argument; of a "given", the condition comes first.
    rows : the lines of a table, the first of them its header.
    """

    role: Role
    label: str
    measured: Plain = None
    expected: Plain = None
    tolerance: float | None = None
    rtol: float | None = None
    margin: float | None = None
    passed: bool = True
    exact: bool = False
    why: str = ""
    detail: str = ""
    rows: tuple[tuple[Plain, ...], ...] = ()


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
        detail=_join(detail, where),
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
    return replace(clearest, role="print", passed=refuted, why=why, detail=_join(detail, where))


def printed_false(label: str, shown: bool, *, detail: str, exact: bool = False) -> Evidence:
    """Evidence against the print as a yes or no: `shown` is True when it is refuted.

    `exact` says that the refutation is symbolic, rational or by balls.
    """
    return Evidence(
        "print",
        label,
        measured=_truth("shown", shown),
        expected=True,
        passed=bool(shown),
        exact=exact,
        detail=detail,
    )


def printed_given(condition: str, piece: Evidence) -> Evidence:
    """Support for the print under a condition, or a convention, that the print leaves out.

    Parameters
    ----------
    condition : in a few words, as in "no eigenvalue is 0".
    piece : supporting evidence for the printed statement where the condition is met.

    Raises
    ------
    ValueError
        for an empty condition, or a piece that does not support.
    """
    if not condition.strip():
        raise ValueError(f"printed_given({piece.label!r}): name the condition")
    if piece.role != "supports":
        raise ValueError(
            f"printed_given({piece.label!r}): the piece must support, not {piece.role}"
        )
    return replace(piece, role="given", detail=_join(f"given that {condition}", piece.detail))


def step(shows: str, because: str = "") -> Evidence:
    """Open a step of a proof; the evidence that follows, up to the next step, belongs to it.

    Parameters
    ----------
    shows : what the step shows.
    because : the argument, for every case that the step names. It may be left out where the
        evidence of the step, all of it exact, says everything.

    Raises
    ------
    ValueError
        for a step that shows nothing.
    """
    if not shows.strip():
        raise ValueError("step: say what the step shows")
    return Evidence("step", shows, detail=because)


def conclusion(text: str) -> Evidence:
    """Close a proof: why the steps imply the statement, for all that it names.

    The evidence that follows is no part of the proof: cases, and what the library computes.

    Raises
    ------
    ValueError
        for an empty text.
    """
    if not text.strip():
        raise ValueError("conclusion: say why the steps imply the statement")
    return Evidence("conclusion", text)


def holds(label: str, condition: bool, *, detail: str = "") -> Evidence:
    """Support for the claim as a yes or no, for what has no error to measure."""
    return Evidence(
        "supports",
        label,
        measured=_truth("condition", condition),
        expected=True,
        passed=bool(condition),
        detail=detail,
    )


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

    def slack(value: float) -> float:
        rooms = [value - lower] if lower is not None else []
        rooms += [upper - value] if upper is not None else []
        return -math.inf if math.isnan(value) else min(rooms)

    x = min(values, key=slack)
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
        "supports",
        label,
        measured=x,
        expected=ends,
        margin=used,
        passed=passed,
        why=why,
        detail=_join(detail, extra),
    )


def exact(label: str, left: Any, right: Any = None, *, by: str, detail: str = "") -> Evidence:
    """Exact support for the claim: an identity ``left == right``, or a truth value proved exactly.

    Parameters
    ----------
    left, right : int, Fraction, sympy expressions, flint integers, rationals or polynomials, or
        lists of them. With `right` absent, `left` is a bool that `by` proves, as in ``ball > 0``.
    by : how it is proved: "sympy", "rational arithmetic", "ball arithmetic".

    Raises
    ------
    TypeError
        for a float, decimal, complex or mpmath number, a ball, or an array of them, and for a truth
        value of NumPy, which compares floats: those prove nothing.
    ValueError
        for an empty `by`.
    """
    if not by.strip():
        raise ValueError(f"exact({label!r}): say in `by` how it is proved")
    if isinstance(left, np.bool_):
        raise TypeError(f"exact({label!r}): a truth value of NumPy is not exact; use holds")
    if right is None:
        return Evidence(
            "supports",
            label,
            measured=_truth("left", left),
            expected=True,
            passed=bool(left),
            exact=True,
            why=by,
            detail=detail,
        )
    lefts, rights = pairs(label, left, right)
    for value in (*lefts, *rights):
        refuse_inexact(label, value)
    unequal = [i for i, (a, b) in enumerate(zip(lefts, rights, strict=True)) if not identical(a, b)]
    shown = unequal[0] if unequal else 0
    count = f"{len(lefts)} identities" if len(lefts) > 1 else ""
    return Evidence(
        "supports",
        label,
        measured=plain(lefts[shown]),
        expected=plain(rights[shown]),
        passed=not unequal,
        exact=True,
        why=by,
        detail=_join(detail, count),
    )


def undecided(reason: str) -> Evidence:
    """Say that the claim cannot be decided here, and why; its verdict is then ``open``."""
    return Evidence("undecided", reason)


def not_run(reason: str) -> Evidence:
    """Say that what the check needs is absent, and what it is; its verdict is then ``not run``."""
    return Evidence("not run", reason)


def note(text: str) -> Evidence:
    """A remark for the reader; it has no part in the verdict."""
    return Evidence("note", text)


def table(label: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Evidence:
    """A table for the reader; it has no part in the verdict. Raises ValueError for a ragged one."""
    lines = [tuple(header), *(tuple(plain(v) for v in row) for row in rows)]
    if any(len(line) != len(lines[0]) for line in lines):
        raise ValueError(f"table({label!r}): every row must have {len(lines[0])} entries")
    return Evidence("table", label, rows=tuple(lines))


def _compare(
    label: str,
    measured: Any,
    expected: Any,
    rtol: float,
    atol: float,
    why: str,
    at: Iterable[Any] | None,
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


def _truth(name: str, value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if type(value).__name__ in ("BooleanTrue", "BooleanFalse"):  # sympy's
        return bool(value)
    raise TypeError(f"{name} must be a bool, got {type(value).__name__} {value!r}")


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
