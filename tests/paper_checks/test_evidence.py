"""Margins, verdicts and results at their edges: what a wrong comparison or a lost piece would change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from kernelspec.numbers.arithmetic_protocol import Value
from paper_checks import comparison
from paper_checks.registry import (
    Evidence,
    Tier,
    bound,
    check,
    computed_verdict,
    exact,
    holds,
    measured_against,
    printed_fails,
    printed_false,
    undecided,
)
from paper_checks.runner import Options, Result, run_claim
from paper_checks.verdicts import Recorded

# ------------------------------------------------------------------------------------------ margins


@given(st.floats(0.1, 1e6), st.floats(1e-9, 0.5), st.floats(-3, 3))
def test_margins_are_errors_over_tolerances(expected: float, rtol: float, share: float) -> None:
    measured = expected * (1 + share * rtol)
    error = abs(Fraction(measured) - Fraction(expected)) / (Fraction(rtol) * abs(Fraction(expected)))
    for a, b in (
        (measured, expected),
        (mpmath.mpf(measured), mpmath.mpf(expected)),
        (flint.arb(measured), flint.arb(expected)),
    ):
        found = comparison.margin(a, b, rtol, 0.0)
        assert found == pytest.approx(float(error), rel=1e-5, abs=1e-6 / rtol * 1e-9)


def test_tolerances_are_relative_to_what_is_expected() -> None:
    assert comparison.margin(2.0, 1.0, 0.5, 0.0) == 2.0
    assert comparison.margin(1.0, 2.0, 0.5, 0.0) == 1.0
    assert comparison.margin(Fraction(3, 2), Fraction(1), 0.25, 0.25) == 1.0
    assert comparison.margin(sympy.Integer(3), sympy.Integer(2), 0.25, 0.0) == 2.0
    assert comparison.margin(sympy.sqrt(2), 1.0, 0.0, 0.0) == math.inf
    assert comparison.margin(sympy.oo, 1.0, 1.0, 0.0) != 0


def test_radii_count_and_middles_do_not_suffice() -> None:
    wide, one = flint.arb(1, 0.5), flint.arb(1)
    assert comparison.margin(wide, one, 0.25, 0.0) >= 2  # in both, balls
    assert comparison.margin(wide, 1.0, 0.0, 0.25) >= 2  # a plain tolerance
    assert comparison.margin(one, flint.arb(1, 0.5), 0.25, 0.0) >= 4  # the tolerance is 1/8 at least
    assert comparison.margin(wide, 1.0, 0.0, 0.0) == math.inf
    assert comparison.margin(one, one, 0.0, 0.0) == 0.0
    assert math.isnan(comparison.margin(flint.arb("nan"), one, 1.0, 1.0))


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_bad_number_never_hides(place: int, bad: float) -> None:
    values = [1.0, 1.0, 1.0]
    values[place] = bad
    assert not measured_against("x", values, [1.0] * 3, rtol=0.1, why="test").passed
    assert not printed_fails("x", values, [2.0] * 3, rtol=0.1, why="test").passed
    assert not bound("x", values, upper=2.0).passed
    assert not bound("x", values, lower=0.0, upper=2.0).passed
    assert not bound("x", [1.0, math.nan], lower=0.0).passed


def test_margins_at_the_edge() -> None:
    assert measured_against("x", 1.5, 1.0, atol=0.5, why="test").passed
    assert not measured_against("x", 2.0, 1.0, atol=0.5, why="test").passed  # a margin of 2
    assert not printed_fails("x", 1.5, 1.0, atol=0.5, why="test").passed
    assert printed_fails("x", [1.0, 2.0], [1.0, 1.0], atol=0.5, why="test").passed
    assert not printed_fails("x", [1.0, 1.0], [1.0, 1.0], atol=0.5, why="test").passed


def test_bounds_ask_for_every_value_and_show_the_nearest() -> None:
    assert not bound("x", [1.0, 5.0], lower=0.0, upper=4.0).passed
    assert not bound("x", [5.0, 1.0], lower=0.0, upper=4.0).passed
    found = bound("x", [1.0, 3.5, 2.0], lower=0.0, upper=4.0)
    assert (found.measured, found.margin) == (3.5, 0.75)
    assert bound("x", [4.0, 2.0], lower=1.0).margin == 0.5
    # What floats make of the room: the same for all of these.
    for values in ([1e-30, 1e-20], [1e-20, 1e-30], [1e-30, 0.0, 1e-20], [-1e-30, 1e-20, 0.0]):
        assert bound("x", values, upper=1.0).measured == 1e-20
        assert bound("x", [-v for v in values], lower=-1.0).measured == -1e-20
        assert bound("x", values, lower=-1.0, upper=1.0).measured == 1e-20
        assert bound("x", [-v for v in values], lower=-1.0, upper=1.0).measured == -1e-20
    assert bound("x", [0.0, math.inf, -1.0], lower=-1.0, upper=1.0).measured == math.inf
    assert bound("x", [-math.inf, math.inf, 0.0], lower=-1.0, upper=1.0).measured == -math.inf


@pytest.mark.parametrize(
    ("measured", "expected"), [([1.0, 2.0, 3.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, 2.0], [1.0])]
)
def test_values_without_a_partner_are_refused(measured: Any, expected: Any) -> None:
    with pytest.raises(ValueError, match="measured values against"):
        measured_against("x", measured, expected, rtol=1.0, why="test")


# ------------------------------------------------------------------------------------------- exactness


def test_floats_prove_nothing_wherever_they_hide() -> None:
    x = sympy.Symbol("x")
    third = flint.arb(1) / 3
    for inexact in (
        0.5,
        1e300,
        sympy.sqrt(2) * sympy.Float(0.5),
        x + sympy.Float(2),
        [1, 0.5],
        Decimal("0.5"),
        flint.arb_poly([third]),
        flint.acb_series([third], 2),
        sympy.Matrix([[0.5]]),
    ):
        with pytest.raises(TypeError, match="exact"):
            exact("x", inexact, inexact, by="hope")
    assert not measured_against("x", 0.5, 0.5, why="equal").exact
    assert not measured_against("x", Fraction(1, 3), Fraction(1, 3), atol=1.0, why="near").exact
    assert measured_against("x", [1, Fraction(1, 3)], [1, Fraction(1, 3)], why="equal").exact
    assert not comparison.is_rational(True)


def test_every_identity_of_a_list_counts() -> None:
    x, f = sympy.Symbol("x"), sympy.Function("f")
    assert exact("x", [1, 2, 3], [1, 2, 3], by="counting").passed
    for wrong in ([0, 2, 3], [1, 0, 3], [1, 2, 0]):
        assert not exact("x", [1, 2, 3], wrong, by="counting").passed
    # neither shown to be equal nor to differ
    assert not exact("x", f(x), f(2 * x), by="sympy").passed
    assert not exact("x", sympy.Symbol("a"), sympy.Symbol("b"), by="sympy").passed


def test_truth_values_are_taken_as_they_are() -> None:
    truths: list[Any] = [True, False, np.bool_(True), np.bool_(False), sympy.true, sympy.false]
    for truth in truths:
        if isinstance(truth, np.bool_):
            with pytest.raises(TypeError, match="NumPy"):  # float64 numbers compared
                exact("x", truth, by="balls")
        else:
            assert exact("x", truth, by="balls").passed is bool(truth)
        assert holds("x", truth).passed is bool(truth)
        assert printed_false("x", truth, detail="d").passed is bool(truth)


# ------------------------------------------------------------------------------------------- verdicts


GOOD, BAD = holds("x", True), holds("x", False)
WRONG_PRINT, RIGHT_PRINT = (printed_false("x", shown, detail="d") for shown in (True, False))


@pytest.mark.parametrize(
    ("pieces", "verdict"),
    [
        ([GOOD, BAD], "failed"),
        ([BAD, GOOD], "failed"),
        ([GOOD, RIGHT_PRINT], "failed"),
        ([GOOD, WRONG_PRINT, RIGHT_PRINT], "failed"),
        ([GOOD, undecided("why")], "open"),
        ([undecided("why"), exact("x", 1, 1, by="counting")], "open"),
        ([BAD, undecided("why")], "failed"),
    ],
)
def test_one_piece_decides(pieces: list[Evidence], verdict: str) -> None:
    assert computed_verdict(pieces) == verdict


def result(verdict: Any, recorded: str = "holds", evidence: tuple[Evidence, ...] = ()) -> Result:
    return Result("C1", "t", "A", "s", "w", recorded, verdict, evidence=evidence)


def test_what_counts_as_recorded() -> None:
    assert result("holds").as_recorded and result("not run").as_recorded
    for verdict in ("open", "failed", "crashed", "proved"):
        assert not result(verdict).as_recorded


def claim(function: Callable[..., Value], verdict: Recorded = "holds") -> Any:
    return check("C1", title="t", statement="s", where="w", verdict=verdict)(function)


def test_a_check_that_raises_after_good_evidence_has_crashed() -> None:
    def breaks(tier: Tier) -> Iterator[Evidence]:
        yield GOOD
        raise RuntimeError("in the middle")

    found = run_claim(claim(breaks), "A", Options())
    assert (found.verdict, found.evidence, found.as_recorded) == ("crashed", (GOOD,), False)
    assert "in the middle" in found.error


def test_a_check_starts_with_the_default_precision() -> None:
    def looks(tier: Tier) -> Iterator[Evidence]:
        yield holds("x", mpmath.mp.prec == 53 and flint.ctx.prec == 53)

    with mpmath.workprec(200), flint.ctx.workprec(200):
        assert run_claim(claim(looks), "A", Options()).verdict == "holds"
