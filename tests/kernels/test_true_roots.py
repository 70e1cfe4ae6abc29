"""Balls of networks of pieces hold the kernel of the true variances, whose roots are irrational."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest

import kernelspec as ks
from kernelspec.kernels import panel_readings, phi_facts, steps, stretches, true_roots
from kernelspec.kernels.activations import stretched
from kernelspec.kernels.ball_values import taylor_balls
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import BallArithmetic
from kernelspec.numbers.precision import precision
from kernelspec.spectrum.panel_balls import PanelBalls

JUMPS = "0 if x < -1; x if x < 1; 2"
_NETWORKS = [
    "mlp(2, activation='hardtanh', bias_variance=0.1)",
    "mlp(3, activation='relu6', bias_variance=0.1, tangent=True)",
    f"mlp(2, activation='{JUMPS}', bias_variance=0.1)",
    "network('dense(2) > sum(hardtanh > dense(1) | elu > dense(3, 0.5))')",
    "network('dense(2, 0.3) > hardtanh > dense(2) > erf > dense(1, 0.1)', scaled=True)",
]
MP = mpmath.MPContext()
MP.dps = 42


def _terms(activation: str) -> tuple[list[Any], list[Any]]:
    pieces = steps.activation(activation).pieces
    assert pieces is not None
    numbers = [[(m, _mp(beta), _mp(c)) for m, beta, c in piece] for piece in pieces.pieces]
    return [_mp(x) for x in pieces.breaks], numbers


def _mp(q: Fraction) -> Any:
    return MP.mpf(q.numerator) / q.denominator


def _phi(terms: tuple[list[Any], list[Any]], x: Any) -> Any:
    piece = terms[1][sum(b < x for b in terms[0])]
    return MP.fsum(c * x**m * MP.exp(beta * x) for m, beta, c in piece)


def _mean(terms: tuple[list[Any], list[Any]], s: Any, m: Any, sd: Any) -> Any:
    """E phi(s (m + sd z)) of polynomial pieces of degree 1 and exponentials, in closed form."""
    edges = [-MP.inf, *((b / s - m) / sd for b in terms[0]), MP.inf]
    total = MP.mpf(0)
    for (low, high), piece in zip(zip(edges, edges[1:], strict=False), terms[1], strict=True):
        for power, beta, c in piece:
            rate = beta * s * sd
            mass = MP.ncdf(high - rate) - MP.ncdf(low - rate)
            first = MP.npdf(low - rate) - MP.npdf(high - rate) + rate * mass
            factor = c * MP.exp(beta * s * m + rate**2 / 2)
            total += factor * (mass if power == 0 else s * (m * mass + sd * first))
    return total


def _dual(terms: tuple[list[Any], list[Any]], q: Any, rho: Any) -> Any:
    """E phi(a) phi(b) of the variance q, by quadrature."""
    s, sd = MP.sqrt(q), MP.sqrt(1 - rho * rho)
    cuts = sorted({MP.mpf(x) for x in (-14, -7, -3, 0, 3, 7, 14)} | {b / s for b in terms[0]})
    if sd == 0:
        return MP.quad(lambda a: _phi(terms, s * a) ** 2 * MP.npdf(a), cuts)
    return MP.quad(lambda a: _phi(terms, s * a) * _mean(terms, s, rho * a, sd) * MP.npdf(a), cuts)


def _network(activation: str, depth: int, bias: Any, u: Any) -> Any:
    terms, rho, q = _terms(activation), u, MP.mpf(1)
    for _ in range(depth - 1):
        q, rho = 2 * q + bias, (2 * q * rho + bias) / (2 * q + bias)
        q, rho = _dual(terms, q, MP.mpf(1)), _dual(terms, q, rho)
        rho = rho / q
    return (2 * q * rho + bias) / (2 * q + bias)


@pytest.mark.parametrize(("activation", "depth"), [("hardtanh", 2), ("relu6", 3), ("elu", 2), (JUMPS, 2)])
def test_values_hold_those_of_the_true_root(activation: str, depth: int) -> None:
    """Another formula at 42 digits: an outer quadrature, and the inner mean in closed form."""
    kernel = ks.mlp(depth, activation=activation, bias_variance=0.1)
    wanted = _network(activation, depth, _mp(Fraction(1, 10)), _mp(Fraction(3, 8)))
    with precision(170):
        ball = kernel(flint.arb(3) / 8)
        assert ball.rel_accuracy_bits() > 160
        assert abs(ball - flint.arb(MP.nstr(wanted, 42))) < flint.arb(10) ** -39
    context = mpmath.MPContext()
    context.dps = 40
    assert abs(kernel(context.mpf(3) / 8) - wanted) < context.mpf(10) ** -38


@pytest.mark.parametrize("text", _NETWORKS)
def test_taylor_coefficients_add_up_to_values(text: str) -> None:
    kernel = ks.parse(text)
    with precision(200):
        u = flint.arb(1) / 8
        coefficients = taylor_balls(kernel, 64)
        total = sum((b * u**i for i, b in enumerate(coefficients)), flint.arb(0))
        assert abs(total - kernel(u)) < flint.arb(2) ** -180
        assert all(b.rad() < 2.0**-190 for b in coefficients)


def test_eigenvalues_by_panels_are_integrals_of_the_values() -> None:
    """mu_0 on S^2 by a rule of Gauss and Legendre in the angle: it reads numbers where the proof reads models."""
    kernel = ks.mlp(2, activation="relu6", bias_variance=0.1)
    with precision(140):
        mu = PanelBalls(kernel).values(3, 0, [0], 110)[0]
        nodes = [(flint.arb.legendre_p_root(60, i, True), s) for i in range(30) for s in (1, -1)]
        half = flint.arb.pi() / 4
        total = flint.arb(0)
        for (x, weight), s in nodes:
            for middle in (half, 3 * half):
                theta = middle + half * s * x
                total += weight * half * theta.sin() * kernel.of_angle(theta)
        assert abs(total / 2 - mu) < flint.arb(10) ** -32  # of the rule; the root's decimal changes 3e-31 of it


def test_parts_that_are_polynomials_have_no_decimals_in_balls() -> None:
    """The odd part of hardswish is x/2, so that mu_1 on S^2 is a third of the Taylor coefficient b_1, and mu_3 0."""
    kernel = ks.mlp(2, activation="hardswish")
    mu, beyond = kernel.spectrum(3).certified([1, 3], 45)
    with precision(180):
        slope = taylor_balls(kernel, 2)[1]
        assert abs(flint.arb(str(mu).split()[0].strip("[")) - slope / 3) < flint.arb(10) ** -43
    assert float(beyond) == 0


def test_values_next_to_the_ends_keep_their_digits() -> None:
    with precision(200):
        phi = steps.activation("relu6")
        kernel = ks.mlp(2, activation="relu6")
        near = Point.from_angle(BallArithmetic(), flint.arb(10) ** -20)
        assert kernel.pair(near).defect.rel_accuracy_bits() > 190
        far = Point.from_supplement(BallArithmetic(), flint.arb(10) ** -20)
        assert kernel.pair(far).value.rel_accuracy_bits() > 150
        assert phi_facts.one_sided(phi)
        assert not phi_facts.one_sided(steps.activation("elu"))


@pytest.mark.parametrize("activation", ["relu6", "elu", "hardswish", JUMPS, "0 if x < 1; 1"])
def test_coefficients_change_by_no_more_than_the_bound(activation: str) -> None:
    """At two rational roots: b_i at both, and the bound of their differences, which is not idle by 300."""
    from kernelspec.expansions.piecewise_series import hermite_squares

    phi = steps.activation(activation)
    assert phi.pieces is not None
    roots = Fraction(3, 2), Fraction(3, 2) + Fraction(1, 1 << 14)
    with precision(128):
        bounds = stretches.changes(phi, flint.arb(flint.fmpq(roots[1].numerator, roots[1].denominator)), roots[0], True)
        assert bounds is not None
        b, c = (hermite_squares(stretched(phi.pieces, s), 40, 128) for s in roots)
        largest = max(float(abs(x - y)) for x, y in zip(b, c, strict=True))
        assert largest < bounds[0] < 300 * largest


def test_what_is_not_bounded_is_refused_by_name() -> None:
    kernel = ks.mlp(2, activation="elu")
    assert true_roots.rounded(kernel)
    assert not ks.network("dense(4) > elu > dense(1)").rounded_roots
    with pytest.raises(TypeError, match="complex balls"):
        kernel.of_angle(flint.acb(0.5, 0.25))


@pytest.mark.parametrize("text", [*_NETWORKS[:3], "mlp(2, activation='relu6')"])
def test_roots_far_beside_their_own_widen_the_balls(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With roots of 14 bits what they change is seen: the bounds hold it."""
    kernel = ks.parse(text)
    with precision(96):
        points = [Point.from_angle(BallArithmetic(), flint.arb(theta)) for theta in (0.01, 1.0, 3.13)]
        fine = [x for point in points for x in kernel.pair(point)] + taylor_balls(kernel, 12)
        for module in (panel_readings, true_roots):
            monkeypatch.setattr(module, "middle", lambda q: Fraction(round(float(q.mid()) * 2**14), 2**14))
        true_roots._memory.cache_clear()
        again = [Point(point.arithmetic, point.u, point.delta, point.codelta) for point in points]
        values, coefficients = [x for point in again for x in kernel.pair(point)], taylor_balls(kernel, 12)
        coarse = values + coefficients
        true_roots._memory.cache_clear()
        assert all(wide.contains(x) for wide, x in zip(coarse, fine, strict=True))
        assert all(wide.rad() < 0.05 for wide in coarse)
        assert any(wide.rad() > 1e-6 for wide in values) and any(wide.rad() > 1e-6 for wide in coefficients)
