"""`compare`: predicted ratios, and tests of paired draws against SciPy and by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import kernelspec as ks
from kernelspec.learning import compare

RNG = np.random.default_rng(3)


@given(st.integers(0, 999), st.integers(3, 30), st.integers(1, 4), st.floats(0.01, 0.3))
@settings(max_examples=30, deadline=None)
def test_paired_tests_are_those_of_scipy(seed: int, draws: int, sizes: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    one, other = np.exp(rng.normal(0.1, 0.3, (draws, sizes))), np.exp(rng.normal(0, 0.3, (draws, sizes)))
    found = compare(one, other, n=list(range(1, sizes + 1)), level=level)
    logs = np.log(one / other)
    test = stats.ttest_1samp(logs, 0.0, axis=0)
    interval = test.confidence_interval(1 - level)
    assert found.p == pytest.approx(test.pvalue, rel=1e-9)
    assert np.log(found.lower) == pytest.approx(interval.low, rel=1e-7, abs=1e-12)
    assert np.log(found.upper) == pytest.approx(interval.high, rel=1e-7, abs=1e-12)
    assert found.ratio == pytest.approx(stats.gmean(one / other, axis=0), rel=1e-12)
    assert found.wilcoxon == pytest.approx([stats.wilcoxon(row).pvalue for row in logs.T], rel=1e-9)
    # The inverse has the inverse ratio; draws in another order are the same; a multiple is one of the ratio.
    back, order = compare(other, one, n=list(range(1, sizes + 1)), level=level), rng.permutation(draws)
    assert back.ratio == pytest.approx(1 / found.ratio, rel=1e-12) and back.p == pytest.approx(found.p, rel=1e-9)
    again = compare(3 * one[order], other[order], n=list(range(1, sizes + 1)))
    assert again.ratio == pytest.approx(3 * found.ratio, rel=1e-12)


def test_holm_by_hand() -> None:
    from kernelspec.learning.comparison import _holm

    assert _holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert _holm(np.array([0.5, 0.9])).tolist() == [1.0, 1.0]


def test_false_alarms_are_as_rare_as_they_should_be() -> None:
    """Of equal kernels, with errors like those of regressions: at most 5 percent of 400 families, 3 sizes each."""
    alarms = 0
    for _ in range(400):
        points = RNG.normal(0, 0.3, (12, 3))
        one, other = (np.exp(points + RNG.normal(0, 0.1, (12, 3))) for _ in range(2))
        holm = compare(one, other, n=[1, 2, 3]).holm
        alarms += bool(holm is not None and holm.min() < 0.05)
    assert alarms <= 20 + 3 * 4.4  # 3 standard deviations of a count of 400 at 0.05


def test_sentences() -> None:
    points = RNG.normal(0, 0.3, 20)
    one, other = np.exp(points), np.exp(points + RNG.normal(0.05, 0.02, 20))
    found = compare(one, other, n=100, names=("depth 2", "depth 4"))
    assert repr(found).startswith("At n = 100 the error of depth 2 is 0.9") and "A difference is shown." in repr(found)
    assert "20 paired draws" in repr(found) and "depth 4" in found._repr_html_()
    same = compare(one, one, n=100)
    assert same.p is not None and same.wilcoxon is not None
    assert same.p.tolist() == same.wilcoxon.tolist() == [1.0] and "No difference is shown." in repr(same)
    always = compare(2 * one, one, n=100)
    assert always.ratio == pytest.approx([2.0]) and always.p is not None and always.p[0] < 1e-10
    assert same.matters == [False] and always.matters == [True]
    wide = compare(one * np.exp(RNG.normal(0, 0.5, 20)), one, n=100)
    assert wide.matters == [None] and "is not decided" in repr(wide)
    # A difference that is shown and does not matter: 1 percent, always.
    small = compare(1.01 * one * np.exp(RNG.normal(0, 1e-4, 20)), one, n=100)
    assert small.matters == [False] and "A difference is shown. It does not matter: by less than 5%." in repr(small)


def test_predicted_ratios_have_bounds() -> None:
    two, four = (ks.learning.curve(ks.rf(L), "step(0.7)", 4, [100, 1000], 1e-4) for L in (2, 4))
    found = compare(four, two, names=("depth 4", "depth 2"))
    assert np.all((found.lower <= four.error / two.error) & (four.error / two.error <= found.upper))
    assert found.upper - found.lower == pytest.approx(np.zeros(2), abs=1e-7) and found.p is None
    assert "is predicted to be" in repr(found) and found.table().columns == ("n", "ratio", "lower", "upper", "matters")
    assert found.matters == [True, True]
    assert compare(four, two, margin=1.0).matters == [False, False]  # 0.65 and 0.5045 times


def test_bounds_of_a_ratio_are_those_of_its_ends() -> None:
    one = replace(CURVE, lower=np.array([1.0, 2.0]), upper=np.array([3.0, 4.0]), error=np.array([2.0, 3.0]))
    other = replace(CURVE, lower=np.array([0.5, 1.0]), upper=np.array([2.0, 8.0]), error=np.array([1.0, 3.0]))
    found = compare(one, other)
    assert found.lower == pytest.approx([0.5, 0.25]) and found.upper == pytest.approx([6.0, 4.0])
    assert np.all(found.lower < [0.5, 0.25]) and np.all(found.upper > [6.0, 4.0])  # rounded outward
    assert found.ratio.tolist() == [2.0, 1.0] and found.matters == [None, None]
    ones = np.ones(2)
    wide = replace(CURVE, lower=np.array([0.99, 0.5]), upper=np.array([2.0, 1.01]), error=ones)
    assert compare(wide, replace(CURVE, lower=ones, upper=ones, error=ones)).matters == [None, None]


CURVE = ks.learning.curve(ks.parse("0.5*linear() + 0.5*polynomial(2)"), "x1", 3, [2, 5], 0.1)
OTHER = ks.learning.curve(ks.parse("0.5*linear() + 0.5*polynomial(2)"), "x1", 3, [2, 6], 0.1)
ZERO = ks.learning.curve(ks.parse("0.5*linear() + 0.5*polynomial(2)"), "0*x1", 3, [2, 5], 0.1)


@pytest.mark.parametrize(
    ("arguments", "more", "words"),
    [
        ((CURVE, OTHER), {}, "same n"),
        ((CURVE, np.ones(3)), {}, "must both be"),
        ((CURVE, CURVE), {"n": [2, 5]}, "n must be None"),
        ((ZERO, ZERO), {}, "must have errors that are positive"),
        ((np.ones(3), np.ones(3)), {"n": [1, 2]}, "n must be 1 integer"),
        ((np.ones(2), np.ones(2)), {"n": 1}, "one must be errors of 3 draws"),
        ((np.ones(3), np.zeros(3)), {"n": 1}, "other must be errors > 0"),
        ((np.ones(3), np.ones(4)), {"n": 1}, "one shape"),
        ((np.ones(3), np.ones(3)), {"n": 1, "level": 1.0}, "level must be"),
        ((np.ones(3), np.ones(3)), {"n": 1, "names": "ab"}, "names must be"),
        ((np.ones(3), np.ones(3)), {"n": 1, "margin": 0.0}, "margin must be"),
    ],
)
def test_bad_comparisons(arguments: Any, more: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        compare(*arguments, **more)
