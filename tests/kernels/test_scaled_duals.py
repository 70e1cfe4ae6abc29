"""Networks of pieces at variances whose roots are irrational: every reading is of the root itself."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest

import kernelspec as ks
from kernelspec.kernels import steps
from kernelspec.kernels.ball_values import taylor_balls
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import BallArithmetic
from kernelspec.numbers.exact_numbers import Scalar, ball
from kernelspec.numbers.precision import precision
from kernelspec.numbers.rational import decimal_of
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


def _mp(q: Scalar) -> Any:
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
        value = kernel(flint.arb(3) / 8)
        assert value.rel_accuracy_bits() > 160
        assert abs(value - flint.arb(MP.nstr(wanted, 42))) < flint.arb(10) ** -39
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
        assert abs(total / 2 - mu) < flint.arb(10) ** -32  # of the rule


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
        kernel = ks.mlp(2, activation="relu6")
        near = Point.from_angle(BallArithmetic(), flint.arb(10) ** -20)
        assert kernel.pair(near).defect.rel_accuracy_bits() > 190
        far = Point.from_supplement(BallArithmetic(), flint.arb(10) ** -20)
        assert kernel.pair(far).value.rel_accuracy_bits() > 150


# -- laws --------------------------------------------------------------------------------------------------------------


def _beside(q: Fraction, off: Fraction = Fraction(0)) -> Fraction:
    """The square of the root of q to 60 digits, or of one that is off."""
    with precision(256):
        return (decimal_of(ball(q).sqrt(), 60) + off) ** 2


@pytest.mark.parametrize("activation", ["elu", "hardtanh", JUMPS, "x*exp(x) if x < 0; x*exp(-x/2)"])
def test_laws_are_those_of_the_root_to_sixty_digits(activation: str) -> None:
    """A root of 60 digits has another form, and the same digits; one that is off by 1e-25 has not."""
    text, q = steps.activation(activation).text(), Fraction(3, 2)
    exact, near, off = (ks.network(text, variance=x) for x in (q, _beside(q), _beside(q, Fraction(1, 10**25))))
    for at in (1, -1):
        found, same, other = (kernel.expand(at, 6).balls(70) for kernel in (exact, near, off))
        apart = [float(abs(x - y) / abs(x)) for x, y in zip(found, same, strict=True) if x != 0]
        assert max(apart) < 1e-57
        assert max(float(abs(x - y)) for x, y in zip(found, other, strict=True)) > 1e-28
    laws = [kernel.decay(3).c_plus.evalf(50) for kernel in (exact, near, off)]
    assert abs(laws[0] / laws[1] - 1) < 1e-48 and abs(laws[0] / laws[2] - 1) > 1e-27


def test_eigenvalues_of_high_degree_are_those_of_the_root() -> None:
    """Beyond degree 2000 expansions serve, whose numbers are exact."""
    q = Fraction(3, 2)
    with precision(160):
        found, same, other = (
            flint.arb(str(ks.network("elu", variance=x).spectrum(3).certified(2501, 35)))
            for x in (q, _beside(q), _beside(q, Fraction(1, 10**25)))
        )
        assert found.overlaps(same) and not found.overlaps(other)
        assert abs(found / other - 1) < 1e-23


@pytest.mark.parametrize("activation", ["hardtanh", "relu6"])
def test_constants_of_laws_are_closed_forms(activation: str) -> None:
    """The kink rule at variance q = 3/2 by hand: sqrt(2)/(3 pi) q sum_j J_j^2 e^{-x_j^2/(2q)} t^{3/2}, over E phi^2."""
    q, terms = MP.mpf(3) / 2, _terms(activation)
    whole = _dual(terms, q, MP.mpf(1))
    rule = MP.sqrt(2) / (3 * MP.pi) * q * MP.fsum(MP.exp(-x * x / (2 * q)) for x in terms[0]) / whole
    found = ks.network(activation, variance=Fraction(3, 2)).expand(1, 4).coefficient(Fraction(3, 2))
    assert abs(MP.mpf(str(found.evalf(45))) - rule) < MP.mpf(10) ** -38
    assert "erf" in str(found)  # a formula: no decimal stands in it


def test_networks_that_are_built_twice_are_one() -> None:
    first, second = (ks.mlp(3, activation="elu", weight_variance=Fraction(3, 2)) for _ in range(2))
    assert first == second and hash(first) == hash(second)
    assert ks.same_rkhs(first, second, 3).same
    assert not ks.same_rkhs(first, ks.mlp(2, activation="elu", weight_variance=Fraction(3, 2)), 3).same
    tangent = ks.mlp(2, activation="elu", weight_variance=Fraction(3, 2), tangent=True)
    assert ks.same_rkhs(tangent, ks.parse(repr(tangent)), 3).same


@pytest.mark.parametrize("activation", ["elu", "relu6"])
def test_derivatives_are_read_back_and_keep_the_root(activation: str) -> None:
    kernel = ks.network(activation, variance=Fraction(3, 2)).derivative()
    assert ks.parse(repr(kernel)) == kernel == pickle.loads(pickle.dumps(kernel))
    assert "sqrt(6)/2" in repr(kernel)
    same = ks.network(activation, variance=_beside(Fraction(3, 2))).derivative()
    with precision(200):
        for u in (Fraction(-1), Fraction(1, 3), Fraction(1)):
            assert abs(kernel(ball(u)) - same(ball(u))) < flint.arb(10) ** -52
    context = mpmath.MPContext()
    context.dps = 45
    with precision(200):
        assert abs(flint.arb(str(kernel(context.mpf("0.375")))) - kernel(flint.arb("0.375"))) < flint.arb(10) ** -42
    for text in ("stretched('0 if x < 0; 1', -1)", "stretched('0 if x < 0; 1', 0)"):
        with pytest.raises(ValueError, match="stretched by a number"):
            ks.parse(text)


@pytest.mark.parametrize("bias", ["sqrt(2)", "sqrt(3)/5"])
def test_derivatives_at_sums_of_roots_are_read_back(bias: str) -> None:
    """1/q has one form, whether it is the root's power or a quotient."""
    slope = ks.parse(f"mlp(2, bias_variance={bias}, activation='relu6')").derivative()
    assert ks.parse(repr(slope)) == slope
    assert hash(ks.parse(repr(slope))) == hash(slope)
