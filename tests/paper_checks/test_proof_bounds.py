"""Bounds and helpers of the proofs in `paper_checks`, against what they bound where it is tight, each another way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from experiments import commutator_search as search
from kernelspec.ckn.stability.constants import commutator_bound
from kernelspec.ckn.stability.smoothing import Smoothing
from oracle import deep as oracle
from oracle import parabolic as parabolic
from paper_checks import abel_bounds, cover_controls, l_infinite, quadrature_steps, stability_evidence
from paper_checks import deep_proofs as proofs
from paper_checks.e_laplace import laplace_by_series
from paper_checks.registry import Evidence, Tier


def all_pass(pieces: Iterable[Evidence]) -> bool:
    found = list(pieces)
    assert found
    return all(piece.passed for piece in found)


# ------------------------------------------------------------------------------------ what they say


def test_a_bound_stands_beside_what_it_bounds() -> None:
    one = arb(1)
    assert proofs.beside("x", [one, one * 1.4], [one, one], 0.5).passed
    assert proofs.beside("x", [one], [one], 0.5).exact
    for bounds, truths in (
        ([one * 0.999], [one]),  # too small
        ([one * 1.6], [one]),  # generous
        ([one, one * 0.9], [one, one]),
        ([arb(1, 0.1)], [one]),  # undecided
        ([arb("nan")], [one]),
        ([one], [arb("nan")]),
        ([], []),
    ):
        assert not proofs.beside("x", bounds, truths, 0.5).passed
    with pytest.raises(ValueError, match="zip"):
        proofs.beside("x", [one], [], 0.5)


# ---------------------------------------------------------------------------------- bounds in proofs


def test_bounds_of_the_abel_function() -> None:
    assert all_pass(abel_bounds.abel_steps())


def test_bounds_of_the_tangent_series() -> None:
    series, _ = l_infinite._tangent_series()
    assert all_pass(abel_bounds.tangent_steps(series, l_infinite._tangent_bound))


def test_covers_and_peaks() -> None:
    assert all_pass(cover_controls.cover_steps())


def test_quadrature_with_few_nodes() -> None:
    assert all_pass(quadrature_steps.quadrature_steps(lambda k: laplace_by_series(0.5, 4, k)))


@pytest.mark.parametrize("kernel", [ks.laplace(1), ks.laplace(1, gamma=0.75), ks.ntk(2)], ids=repr)
def test_the_first_term_next_to_the_start(kernel: ks.Zonal) -> None:
    bounds = proofs.first_term_bounds(kernel, 4, 100)
    assert proofs.near_the_start(kernel, 4, 100, bounds).passed
    half = {parity: bound / 2 for parity, bound in bounds.items()}
    wide = {parity: 2 * bound for parity, bound in bounds.items()}
    assert not proofs.near_the_start(kernel, 4, 100, half).passed
    assert not proofs.near_the_start(kernel, 4, 100, wide).passed
    pieces = list(proofs.remainder(Tier(quick=True), [kernel], vanishing={ks.ntk(2): 1}))
    assert all_pass(pieces) and len(pieces) == 2
    tight = max(map(float, bounds.values()))
    assert not all(e.passed for e in proofs.remainder(Tier(quick=True), [kernel], room=0.99 * tight))


def test_a_parity_that_is_not_bounded_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that takes the odd eigenvalues for 0 bounds the even ones alone."""
    both, kernel = proofs.first_term_bounds, ks.laplace(1)
    pieces = [list(proofs.remainder(Tier(quick=True), [kernel], vanishing={kernel: 1}))]
    monkeypatch.setattr(proofs, "first_term_bounds", lambda *a: {0: both(*a)[0]})
    pieces += [list(proofs.remainder(Tier(quick=True), [kernel]))]
    assert [found[0].passed for found in pieces] == [False, False]
    assert all_pass(list(proofs.remainder(Tier(quick=True), [kernel], vanishing={kernel: 1})))


def test_several_terms_next_to_the_start() -> None:
    assert proofs.near_the_start(ks.laplace(1), 4, 100, terms=4, within=1.2).passed
    assert not proofs.near_the_start(ks.laplace(1), 4, 100, terms=4, within=1).passed


def test_a_distance_from_more_terms_is_a_ball(monkeypatch: pytest.MonkeyPatch) -> None:
    """At k = 8 six terms do not tell the distance, and quadrature does."""
    assert proofs.near_the_start(ks.laplace(2), 4, 8, within=3).passed
    monkeypatch.setattr(proofs, "_QUADRATURE", 0)
    assert not proofs.near_the_start(ks.laplace(2), 4, 8, within=3).passed
    assert proofs.near_the_start(ks.laplace(2), 4, 20, within=3).passed


def test_a_bound_that_need_not_fall_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        """A remainder whose exponential part falls too slowly for the claim about later degrees."""

        terms, start, height = ((Fraction(1, 2), 1, 0),), 2, arb("1e-9")

        def bound(self, k: int) -> Any:
            return arb(1)

        def sum(self, k: int) -> Any:
            return arb(1)

    kernel = ks.laplace(1)
    monkeypatch.setattr(type(kernel.spectrum(4)), "remainder", lambda self, terms: Slow())
    with pytest.raises(ArithmeticError, match="need not fall"):
        proofs.first_term_bounds(kernel, 4, 100)


@settings(max_examples=12)
@given(st.sampled_from((0.25, 0.5, 0.75, 1.5)), st.integers(2, 6), st.integers(0, 5), st.integers(4, 12))
def test_what_the_series_leaves_is_in_its_ball(gamma: float, d: int, k: int, terms: int) -> None:
    few, true = laplace_by_series(gamma, d, k, terms), laplace_by_series(gamma, d, k)
    with oracle.precision(400):
        assert few.contains(true)
        assert float(few.rad()) < 2 * 3.0**terms / math.factorial(terms) * 2


def test_translations_nearly_attain_the_stability_bound() -> None:
    assert all_pass(stability_evidence.translated_waves(tangent=True))


@settings(max_examples=5)
@given(st.floats(0.05, 0.7))
def test_columns_of_dilations(eps: float) -> None:
    assert search.dilated_column(eps, 1) == pytest.approx(search.schur(eps, 1e-5, 0.0)[1], rel=1e-5, abs=0)
    # In the plane by the radius: |h(r) - D h((1-eps) r)| / D with h(r) r = r e^{-r^2/2}.
    r = (np.arange(40_000) + 0.5) * 1e-3 / (1 - eps) * 2
    gap = np.abs(np.exp(-(r**2) / 2) - (1 - eps) ** 2 * np.exp(-((1 - eps) ** 2) * r**2 / 2))
    plane = float((gap * r).sum() * (r[1] - r[0])) / (1 - eps) ** 2
    assert search.dilated_column(eps, 2) == pytest.approx(plane, rel=1e-5, abs=0)


@pytest.mark.parametrize(("d", "eps"), [(1, 0.6), (2, 0.38)])
def test_columns_use_more_than_half_of_the_bound_without_a_patch(d: int, eps: float) -> None:
    share = search.dilated_column(eps, d) / commutator_bound(eps, Smoothing.gaussian(1.0, d))
    assert 0.54 < share <= 1


@given(st.floats(0.05, 0.69), st.floats(1e-9, 1e-3))
def test_a_layer_of_a_ball_holds_the_images_of_its_points(middle: float, radius: float) -> None:
    with oracle.precision(200):
        whole = parabolic.layer(arb(middle, radius))
        for part in (-1.0, 0.5, 1.0):
            assert whole.overlaps(parabolic.layer(arb(middle) + part * arb(radius)))


def test_growth_and_the_first_layers_by_hand() -> None:
    with oracle.precision(200):
        start = parabolic.start()
        assert abs(parabolic.layer(start) ** 2 * 2 - (1 - 1 / arb.pi())) < 1e-50
        sigma, gone = parabolic.iterate(start, 2)
        # kappa_0(0) = 1/2 and kappa_0(1/pi)
        assert abs(gone - (1 - (1 / arb.pi()).acos() / arb.pi()) / 2) < 1e-50
        x = start / parabolic.tau().sqrt()
        ratio = parabolic.layer(sigma) / sigma
        z = parabolic.tau().sqrt() / sigma
        assert 1 / ratio * z - z <= 1 + parabolic.growth_bound() / z
        after = parabolic.layer(start) / parabolic.tau().sqrt()
        assert abs(parabolic.growth_bound() - (1 / after - 1 / x - 1) / x) < 1e-50


def test_the_tangent_series_is_the_stated_one() -> None:
    found, _ = l_infinite._tangent_series()
    with oracle.precision(200):
        tau = 9 * arb.pi() ** 2 / 4
        stated = [arb(1) / 4, -arb(1) / 8, -(43 * tau / 40 + arb(5) / 16), 69 * tau / 20 - arb(5) / 4]
        assert all(abs(parabolic.at_tau(v) - w) < 1e-40 for v, w in zip(found, stated, strict=True))


def test_decay_constants_in_symbols() -> None:
    nu = sympy.Rational(1, 2)
    for d in (2, 3, 7):
        found = proofs.decay_constant(sympy.Integer(d), nu)
        assert float(found) == pytest.approx(ks.sphere.decay_constant(d, 0.5), rel=1e-14, abs=0)


def test_both_parities_need_every_depth() -> None:
    def growing(n: int) -> tuple[Any, Any]:
        return arb(1), arb(2 if n == 90 else 0.5)

    first, *_ = proofs.both_parities(growing, ("3.000000",))
    assert not first.passed
    first, second = proofs.both_parities(lambda n: (arb(1), arb(0.5)), ("3.000000",))
    assert first.passed and second.passed
