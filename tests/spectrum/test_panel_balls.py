"""Certified eigenvalues of networks of activations with pieces: against radial integrals, other digits, floats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.activations import Activation, made
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.parameter_slopes import Member
from kernelspec.kernels.piecewise import PiecewiseDual
from kernelspec.kernels.smooth_charts import Chart
from kernelspec.numbers.ball_models import Frame, Model
from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.precision import precision
from kernelspec.spectrum import panel_balls, taylor_sums
from kernelspec.spectrum.panel_balls import PanelBalls
from kernelspec.spectrum.panel_quadrature import PanelRoute

QUARTER = Fraction(1, 4)
EVEN = ks.piecewise("-x if x < -1/2; x**2 + 1/4 if x < 1/2; x").normalized()


@pytest.fixture(autouse=True)
def _bits() -> Iterator[None]:
    with precision(160):
        yield


# -- one layer: mu_k is the mean square of what a neuron of random length has in degree k -----------------------------


def _legendre(k: int) -> Any:
    return flint.acb_poly([flint.arb(c) for c in flint.fmpq_poly.legendre_p(k).coeffs()])


def _neuron(f: Activation, k: int, r: Any, cuts: list[tuple[Any, Any, int]]) -> Any:
    """(1/2) int f(r t) P_k(t) dt on S^2, piece by piece, for polynomial pieces."""
    total = flint.acb(0)
    for low, high, i in cuts:
        product = flint.acb_poly([0])
        for (m, _), c in f.terms[i].items():
            product += flint.acb_poly([0] * m + [ball(c) * r**m])
        whole = (product * _legendre(k)).integral()
        ends = [flint.acb(end) if x is None else ball(x) / r for x, end in ((low, -1), (high, 1))]
        total += whole(ends[1]) - whole(ends[0])
    return total / 2


def _by_radius(f: Activation, k: int) -> Any:
    """E of its square over the length r of a normal vector in R^3, by Arb's own proved quadrature."""
    lengths = sorted({abs(x) for x in f.breaks} | {Fraction(0), Fraction(30)})
    total = flint.acb(0)
    for a, b in zip(lengths, lengths[1:], strict=False):
        inside = [x for x in f.breaks if abs(x) < (a + b) / 2]
        edges: list[Any] = [None, *inside, None]
        first = sum(x < 0 and x not in inside for x in f.breaks)
        cuts = [(low, high, first + i) for i, (low, high) in enumerate(zip(edges, edges[1:], strict=False))]

        def integrand(r: Any, _: bool, cuts: Any = cuts) -> Any:
            return r * r * (-r * r / 2).exp() * _neuron(f, k, r, cuts) ** 2

        # At length 0 the neuron is the sum of its pieces' limits: from the next float on.
        total += flint.acb.integral(integrand, ball(a) if a else flint.arb(2) ** -80, ball(b))
    return total.real * (2 / flint.arb.pi()).sqrt()


@pytest.mark.parametrize("text", ["relu6", "hardtanh", "hardswish", "-1 if x < -2; 1/2 if x < 1/3; x**2 if x < 1; 2"])
def test_one_layer_against_the_radial_integral(text: str) -> None:
    f = NAMED.get(text) or made(text)
    kernel = PiecewiseDual(f)
    degrees = [k for k in (0, 1, 2, 7) if kernel.polynomial_part(k % 2) is None]
    for k, found in zip(degrees, kernel.spectrum(3).certified(degrees, 25), strict=True):
        with precision(128):
            known = _by_radius(f, k)
        assert found.rel_accuracy_bits() > 80
        assert float(abs(known / found.mid() - 1).upper()) < 1e-24, k


# -- several layers ------------------------------------------------------------------------------------------------

DEEP = [
    ks.mlp(2, activation="relu6", bias_variance=QUARTER),
    ks.mlp(3, activation="relu6", weight_variance=Fraction(3, 2), bias_variance=QUARTER, tangent=True),
    ks.mlp(3, activation="hardtanh"),
    ks.mlp(2, activation="selu", bias_variance=QUARTER, tangent=True),
    ks.dual("relu6").normalized() @ EVEN,
]


@pytest.mark.parametrize("kernel", DEEP, ids=range(len(DEEP)))
def test_deep_networks_against_quadrature_in_many_digits(kernel: Any) -> None:
    """The other route keeps the middles of its series alone, and integrates in z."""
    degrees = [k for k in (0, 3, 8, 21) if kernel.polynomial_part(k % 2) is None]
    found = kernel.spectrum(3).certified(degrees, 24)
    for parity in (0, 1):
        chosen = [i for i, k in enumerate(degrees) if k % 2 == parity]
        if not chosen:
            continue
        known, _ = PanelRoute(kernel)._sums(3, np.array([degrees[i] for i in chosen]), 21, 160)
        for i, other in zip(chosen, known, strict=True):
            assert found[i].rel_accuracy_bits() > 78
            assert float(abs(other.mid() / found[i].mid() - 1).upper()) < 1e-23, degrees[i]


@pytest.mark.parametrize("d", [2, 10])
def test_other_dimensions_and_large_degrees_have_the_floats_inside(d: int) -> None:
    kernel = ks.mlp(2, activation="relu6", bias_variance=QUARTER)
    spectrum, degrees = kernel.spectrum(d), [1, 6, 201]
    for k, found in zip(degrees, spectrum.certified(degrees, 20), strict=True):
        assert abs(float(found.mid()) / spectrum[k] - 1) < 1e-14 + spectrum.error(k)
        assert found.rel_accuracy_bits() > 66


def test_digits_agree() -> None:
    spectrum = DEEP[0].spectrum(3)
    few, many = spectrum.certified(5, 8), spectrum.certified(5, 25)
    assert few.overlaps(many) and many.rel_accuracy_bits() > 83


def test_parity_zeros_are_exact() -> None:
    spectrum = ks.mlp(3, activation="hardtanh").spectrum(3)
    even, odd = spectrum.certified([4, 5], 10)
    assert even.is_zero() and odd > 0


def test_mercer_sums_reach_the_value_at_one_from_below() -> None:
    spectrum = ks.mlp(2, activation="relu6", bias_variance=QUARTER).spectrum(3)
    total = sum((2 * k + 1) * mu for k, mu in enumerate(spectrum.certified(range(60), 20)))
    # mu_k falls like k^-5: what is left is of order 60^-3.
    assert 1 - 1e-4 < total < 1


JUMPS = ks.piecewise("-1 if x < -1/3; x/2 if x < 1/2; 1").normalized()
STEP = ks.piecewise("0 if x < 1/2; 1").normalized()


@pytest.mark.parametrize("kernel", [STEP @ STEP, JUMPS @ (2 * ks.arccos(0) - 1)], ids=["a step", "two jumps"])
def test_layers_that_jump_against_floats_along_the_fourth_root_of_the_angle(kernel: Any) -> None:
    """Values in floats come from Taylor's formula, without a panel; the rule converges: 48 nodes are off by 1e-12."""
    x, weights = np.polynomial.legendre.leggauss(96)
    z = (1 + x) / 2
    theta = math.pi / 2 * z**4
    weights = weights * math.pi * z**3 * np.sin(theta) / 2
    right, left = kernel.of_angle(theta), kernel.of_angle(math.pi - theta)
    degrees = [1, 4]
    for k, found in zip(degrees, kernel.spectrum(3).certified(degrees, 12), strict=True):
        known = weights @ ((right + (-1) ** k * left) * np.polynomial.legendre.Legendre.basis(k)(np.cos(theta)))
        assert found.rel_accuracy_bits() > 39
        assert abs(float(found.mid()) / known - 1) < 2e-12  # some 1e-16 of kappa(1)


# -- what holds the proof together ---------------------------------------------------------------------------------


def test_errors_of_panels_are_in_the_balls() -> None:
    """Polynomials that are all off by e: mu_0 is off by e/2, and the bound is pi/4 e."""
    kernel, off = ks.mlp(2, activation="relu6", bias_variance=QUARTER), flint.arb(2) ** -20
    exact, spoiled = PanelBalls(kernel), PanelBalls(kernel)
    (true,) = exact.values(3, 0, [0], 64.0)
    for bits, panels in exact._panels.items():
        spoiled._panels[bits] = [replace(p, right=p.right + off, error=p.error + off) for p in panels]
    (found,) = spoiled.values(3, 0, [0], 64.0)
    assert found.contains(true)
    assert 0.49 * off < abs(found.mid() - true.mid()) < found.rad() < 0.8 * off


def test_all_radii_of_both_halves_are_errors() -> None:
    model = Model(Frame(False, 2, -100.0), flint.arb_poly([flint.arb(1, 0.125), 0, flint.arb(0, 0.25)]))
    panel = panel_balls._panel([model, -model], 0.5, 1.0)
    assert 0.75 <= panel.error < 0.7501 and panel.right(flint.arb(1)) == 1 == -panel.left(flint.arb(1))


@pytest.mark.parametrize("kernel", [DEEP[1], JUMPS @ (2 * ks.arccos(0) - 1)], ids=["deep", "two jumps"])
def test_panels_hold_the_values_of_balls(kernel: Any) -> None:
    for panel in PanelBalls(kernel).cut(64):
        for x in (-0.9, -0.5, 0.25, 1):
            t, theta, _ = panel.at(flint.arb(x))
            for side, polynomial in ((theta, panel.right), (flint.arb.pi() - theta, panel.left)):
                known = kernel.of_angle(side)
                # Values in balls take roots of variances to 30 digits; panels are those of the network itself.
                assert (polynomial(t) + flint.arb(0, 1) * (panel.error + 1e-30)).overlaps(known)
        assert panel.error < 2.0**-61


def test_the_bound_of_the_quadrature_holds_where_it_is_tight() -> None:
    """Few nodes: the rule errs, by less than its bound."""
    kernel = ks.dual("hardtanh")
    panel = PanelBalls(kernel).cut(64)[-1]
    for degree in (1, 9, 41):
        exact, few = (_panel_sum(panel, n, degree) for n in (64, 6))
        bounds = [panel.quadrature_error(6, rho, degree + 1) for rho in (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)]
        error, bound = float(abs(exact - few).mid()), min(float(x.upper()) for x in bounds)
        assert error <= bound
        assert degree < 40 or bound < 1e6 * error


def test_the_bound_of_the_quadrature_holds_along_a_root_of_the_angle() -> None:
    balls = PanelBalls(JUMPS @ (2 * ks.arccos(0) - 1))
    panel = balls.cut(64)[0]
    assert panel.low == 0 and panel.root == 2
    for degree in (1, 200):
        exact, few = (_panel_sum(panel, n, degree) for n in (64, 6))
        bounds = [panel.quadrature_error(6, rho, degree + 1) for rho in (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)]
        error, bound = float(abs(exact - few).mid()), min(float(x.upper()) for x in bounds)
        assert error <= bound


def _panel_sum(panel: Any, n: int, degree: int) -> Any:
    rows = panel.rule(n)
    return sum(w * right * c.legendre_p(degree) * s for c, s, w, right, _ in rows)


def test_what_cannot_be_enclosed_is_refused_by_name() -> None:
    with pytest.raises(ArithmeticError, match="end at degree 2000"):
        ks.dual("relu6").spectrum(3).certified(2001, 10)
    with pytest.raises(ArithmeticError, match="at most 4096 bits"):
        DEEP[0].spectrum(3).certified(1, 9999)
    with pytest.raises(ValueError, match="not read on panels"):
        (ks.dual("relu6") * ks.matern(Fraction(5, 4))).spectrum(3).certified(1, 10)
    member = Member.of(ks.laplace(2))
    assert member is not None
    with pytest.raises(ValueError, match="not read on panels"):
        member.slope("c").spectrum(3).certified(1, 10)


@pytest.mark.parametrize("text", ["mlp(2, activation='hardtanh', bias_variance=0.1)", "dual('hardtanh')"])
def test_panels_and_taylor_sums_in_high_dimension(text: str) -> None:
    """Two proofs of one eigenvalue, which share no number: values on panels, and coefficients at u = 0."""
    kernel, degrees = ks.parse(text), [1, 3, 9]
    with precision(250):
        sums = taylor_sums.values(kernel, 150, degrees, 80)
        assert sums is not None
        others = PanelBalls(kernel).values(150, 1, degrees, 192)
    for mu, other in zip(sums, others, strict=True):
        assert mu.overlaps(other)
        assert mu.rel_accuracy_bits() > 80
        assert other.rel_accuracy_bits() > 80


def test_layers_out_of_reach_are_refused_before_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second layer's variance is 5e5: the first one, of 1000, takes long to read."""
    read: list[float] = []
    monkeypatch.setattr(Chart, "inside", lambda self, *_: read.append(float(self.variance)))
    monkeypatch.setattr(Chart, "at_end", lambda self, *_: read.append(float(self.variance)))
    for tangent in (False, True):
        kernel = ks.mlp(3, activation="silu", weight_variance=1000, tangent=tangent)
        with pytest.raises(ArithmeticError, match=r"mlp\(3, .*no eigenvalues to so many.*silu at the variance 499959"):
            kernel.spectrum(3).certified(1, 10)
    assert not read
