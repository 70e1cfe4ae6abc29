"""Evidence for or against a claim: the frozen value, and the functions that form it from what is exact or in words.

Everything a constructor returns is plain (numbers, text, tuples), so that it travels between
processes and into JSON. What is measured, and has a tolerance, is in `tolerances`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from paper_checks.comparison import Plain, identical, pairs, plain, refuse_inexact

Role: TypeAlias = Literal["supports", "print", "given", "step", "conclusion", "note", "table", "undecided", "not run"]
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


def printed_false(label: str, shown: bool, *, detail: str, exact: bool = False) -> Evidence:
    """Evidence against the print as a yes or no: `shown` is True when it is refuted.

    `exact` says that the refutation is symbolic, rational or by balls.
    """
    return Evidence(
        "print", label, measured=_truth("shown", shown), expected=True, passed=bool(shown), exact=exact, detail=detail
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
        raise ValueError(f"printed_given({piece.label!r}): the piece must support, not {piece.role}")
    return replace(piece, role="given", detail=joined(f"given that {condition}", piece.detail))


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
        "supports", label, measured=_truth("condition", condition), expected=True, passed=bool(condition), detail=detail
    )


def exact(label: str, left: Any, right: Any = None, *, by: str | None = None, detail: str = "") -> Evidence:
    """Exact support for the claim: an identity ``left == right``, or a truth value proved exactly.

    Parameters
    ----------
    left, right : int, Fraction, sympy expressions, flint integers, rationals or polynomials, or
        lists of them. With `right` absent, `left` is a bool that `by` proves, as in ``ball > 0``.
    by : how it is proved: "sympy", "rational arithmetic", "ball arithmetic". An identity may leave it out: it is proved
        by sympy where one of its sides is sympy's, else by rational arithmetic.

    Raises
    ------
    TypeError
        for a float, decimal, complex or mpmath number, a ball, or an array of them, and for a truth
        value of NumPy, which compares floats: those prove nothing.
    ValueError
        for an empty `by`, or a truth value without one.
    """
    if by is None and right is None or by is not None and not by.strip():
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
            why=by or "",
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
        why=by or _arithmetic((*lefts, *rights)),
        detail=joined(detail, count),
    )


def vanish(label: str, *differences: Any, by: str = "sympy", detail: str = "") -> Evidence:
    """Exact support for the claim: every difference is 0, for sympy by simplifying it.

    Raises
    ------
    TypeError, ValueError
        as `exact` does.
    """
    found = exact(label, list(differences), [0] * len(differences), by=by, detail=detail)
    return replace(found, measured=0) if found.passed else found


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


def _truth(name: str, value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if type(value).__name__ in ("BooleanTrue", "BooleanFalse"):  # sympy's
        return bool(value)
    raise TypeError(f"{name} must be a bool, got {type(value).__name__} {value!r}")


def _arithmetic(values: Iterable[Any]) -> str:
    """What decides whether such values are equal."""
    return "sympy" if any(type(value).__module__.startswith("sympy") for value in values) else "rational arithmetic"


def joined(*parts: str) -> str:
    """The parts that are not empty, with semicolons between them."""
    return "; ".join(part for part in parts if part)
