"""The checks of pooling and deformations, the searches they rest on, and the figure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import commutator_search as search
from figures import commutator_growth as figure
from figures import style
from kernelspec.ckn import stability
from kernelspec.ckn.stability.constants import commutator_bound, commutator_rate
from kernelspec.ckn.stability.operators import Grid
from kernelspec.ckn.stability.smoothing import Smoothing
from kernelspec.numbers.arithmetic_protocol import Value
from paper_checks import h_commutators
from paper_checks.registry import Claim, Tier, computed_verdict

CLAIMS = [v for v in vars(h_commutators).values() if isinstance(v, Claim)]


def verdict(claim: Claim) -> str:
    return computed_verdict(claim(Tier.for_claim(claim.number, quick=True)))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_verdicts(claim: Claim) -> None:
    assert verdict(claim) == claim.verdict


def test_searches_do_not_depend_on_the_start() -> None:
    # One start from this seed ends at a poor maximum.
    claim = next(c for c in CLAIMS if c.number == "L13")
    tier = Tier(quick=True, rng=np.random.default_rng(6))
    assert computed_verdict(claim(tier)) == "holds"


def scaled(value: Value, factor: float) -> Value:
    """A constant, or a function of constants, times a factor."""
    if isinstance(value, float):
        return factor * value

    def changed(*arguments: Any, **keywords: Any) -> Any:
        found = value(*arguments, **keywords)
        return tuple(factor * x for x in found) if isinstance(found, tuple) else factor * found

    return changed


@pytest.mark.parametrize(
    ("number", "name", "factor"),
    [
        ("C44", "commutator_bound", 0.99),
        ("C44a", "commutator_rate", 0.99),
        ("C45", "displacement_bound", 0.5),
        ("C45a", "displacement_bound", 0.99),
        ("C47a", "SLOPE", 0.9),
        ("L13", "commutator_bound", 0.6),
    ],
)
def test_smaller_constants_are_found_out(
    number: str, name: str, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = next(c for c in CLAIMS if c.number == number)
    monkeypatch.setattr(h_commutators, name, scaled(getattr(h_commutators, name), factor))
    assert verdict(claim) == "failed"


# -- searches -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.0, 1.5, 6.0])
@pytest.mark.parametrize("waves", [2, 5, 16])
def test_first_order_is_the_limit_of_the_library(beta: float, waves: int) -> None:
    n, sigma, eps = 128, 4.0, 1e-4
    tau = stability.sinusoid(n, eps, n / waves)
    operator = Grid((n,)).commutator(tau, sigma, [beta * sigma])
    found = np.linalg.norm(operator @ np.eye(n), 2) / eps
    # On the grid all fibres at once, 2 pi sigma / n apart.
    k = 2 * math.pi * sigma * waves / n
    expected = max(search.first_order(beta, k, k * j / waves) for j in range(waves))
    # The next order: eps times beta^2, and the wave's own second order.
    assert found == pytest.approx(expected, rel=eps * (10 + beta**2), abs=0)


@given(st.floats(0, 20), st.floats(0.02, 5), st.floats(0, 1))
def test_no_sinusoid_is_above_the_bound(beta: float, k: float, fibre: float) -> None:
    assert search.first_order(beta, k, fibre * k) <= commutator_rate(1, beta)[1]


@settings(max_examples=8)
@given(st.floats(0, 8), st.integers(0, 2**32 - 1))
def test_no_field_of_the_ascent_is_above_the_bound(beta: float, seed: int) -> None:
    found = search.ascent(beta, np.random.default_rng(seed), rounds=15)
    assert 0 < found <= commutator_rate(1, beta)[1]


def test_rows_of_a_translation_are_empty_and_those_of_a_dilation_are_known() -> None:
    assert max(search.schur(0.0, 1.0, 0.3)) == 0
    # Long waves are dilations by 1 - eps: rows and columns of h(z) - h((1 - eps) z)(1 - eps), whose integral is
    # twice the difference of the normal distributions where the two densities meet.
    eps = 0.3
    meet = math.sqrt(-2 * math.log(1 - eps) / (1 - (1 - eps) ** 2))
    cdf = [0.5 * (1 + math.erf(z / math.sqrt(2))) for z in (meet, (1 - eps) * meet)]
    row, column = search.schur(eps, 1e-4, 0.0)
    assert row == pytest.approx(4 * (cdf[0] - cdf[1]), rel=1e-6, abs=0)
    assert column == pytest.approx(row / (1 - eps), rel=1e-6, abs=0)


# -- figure -------------------------------------------------------------------------------------------


def test_the_figure_against_numbers() -> None:
    constants, moved = figure.compute(quick=True)
    for shown in constants:
        d = shown.d
        assert shown.upper[-1] == pytest.approx(2 * d + 64 * math.exp(-0.5), rel=1e-12, abs=0)
        # At w = 1, and at most 1 % above it for beta = 64.
        least = math.exp(-0.5) * math.sqrt(1 + 64**2)
        assert least <= shown.lower[-1] <= 1.01 * least
        assert math.nextafter(math.sqrt(d), 0) <= shown.lower[0] <= math.sqrt(d)  # rounded down
        h = Smoothing.gaussian(1.0, d)
        bounds = [commutator_bound(figure.GRAD, h, beta) / figure.GRAD for beta in shown.measured]
        assert np.all(shown.waves <= bounds)
        assert not np.any(shown.fields > bounds)
        # One wave over 128 or 64 standard deviations, as a matrix of the first order in eps = 0.05.
        expected = search.first_order(8.0, 2 * math.pi / (128 if d == 1 else 64))
        assert shown.waves[1] == pytest.approx(expected, rel=0.05, abs=0)
        # beta = 1: what is measured on rapid sinusoids is (eps^2 d / 2)^{1/2}/eps, on slow ones 0.92 at most.
        assert 0.85 < shown.waves[0] < 1.01
    assert np.isnan(constants[1].fields[1])  # its patch would go round the period
    assert moved.recalled == pytest.approx(1.5957691216, rel=1e-10, abs=0)  # claim 45
    assert moved.translations[0] == pytest.approx(math.exp(-0.5), rel=1e-4, abs=0)
    assert np.all(moved.translations <= moved.proved)
    for size, ratio in (*moved.waves, *moved.fields):
        assert ratio <= np.interp(size, moved.sizes, moved.proved) * 1.001  # between the points of a curve
    with style.paper():
        assert len(figure.draw((constants, moved)).axes) == 3
