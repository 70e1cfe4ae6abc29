"""Expansions of duals of smooth activations, and what laws of networks that mix them with kinks rest on."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import pytest

import kernelspec as ks
from kernelspec.expansions import smooth_series
from kernelspec.kernels.smooth_duals import SmoothDual
from kernelspec.numbers.constants import rational
from kernelspec.numbers.precision import precision
from oracle.smooth_activations import FUNCTIONS

Q = Fraction(29, 20)


def wanted(name: str, n: int, sign: int) -> Any:
    """c_n(sign) = q^n/n! E f^(n)(x) f^(n)(sign x), x of variance q, by quadrature."""
    q = mp.mpf(Q.numerator) / Q.denominator
    f, s = FUNCTIONS[name], mp.sqrt(q)

    @functools.cache
    def derivative(x: Any) -> Any:
        return mp.taylor(f, x, n)[n] * mp.factorial(n)

    def integrand(z: Any) -> Any:
        return derivative(s * z) * derivative(sign * s * z) * mp.npdf(z)

    h = mp.mpf(1) / 12  # the trapezoidal rule errs by some e^{-2 pi 1.3 12}
    return q**n / mp.factorial(n) * h * mp.fsum(integrand(j * h) for j in range(-144, 145))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_coefficients_at_the_ends(name: str) -> None:
    with mp.workdps(40):
        for sign in (1, -1):
            found = smooth_series.coefficients(name, Q, rational(sign), 3)
            for n, c in enumerate(found):
                got = mp.mpf(c.ball(128).mid().str(35, radius=False))
                assert abs(got - wanted(name, n, sign)) < mp.mpf(10) ** -24


@pytest.mark.parametrize("x", [Fraction(3, 10), Fraction(-7, 10), Fraction(-143, 145), Fraction(0)])
@pytest.mark.parametrize("name", ["tanh", "mish"])
def test_coefficients_inside(name: str, x: Fraction) -> None:
    found = smooth_series.coefficients(name, Q, rational(x), 3)
    with precision(160):
        for n, steep in ((0, False), (1, True)):
            value = SmoothDual(name, variance=Q, steep=steep)(flint.arb(flint.fmpq(x.numerator, x.denominator)))
            assert abs(found[n].ball(128) - value) < 1e-18  # of the series that the ball comes from
    assert name == "mish" or x or not found[0] and not found[2]


def test_what_is_1_starts_from_1() -> None:
    assert str(ks.network("dense(1, 0.5) > silu > dense(1, 0.5)").expand(1, terms=2)).startswith("1 - 0.")


def network(*names: str, tangent: bool = False) -> Any:
    steps = ["dense(1.44, 0.01)", *(f"{name} > dense(1.44, 0.01)" for name in names)]
    return ks.network(" > ".join(steps), tangent=tangent)


@pytest.mark.parametrize(
    ("names", "tangent"), [(("relu", "tanh"), True), (("relu6", "silu"), False), (("silu", "relu"), False)]
)
def test_laws_of_mixed_networks_are_those_of_their_eigenvalues(names: tuple[str, ...], tangent: bool) -> None:
    k = network(*names, tangent=tangent)
    law = k.decay(5)
    assert law.exponent == (5 if tangent else 7)
    for parity, part in enumerate((law.even, law.odd)):
        near, far = (
            float(k.spectrum(5).certified(n, 12).mid()) * n ** int(law.exponent) for n in (200 + parity, 400 + parity)
        )
        assert 2 * far - near == pytest.approx(float(part), rel=2e-3)


def test_spaces_of_mixed_networks() -> None:
    assert ks.same_rkhs(network("relu", "silu"), ks.rf(4), d=5).same is True
    assert ks.same_rkhs(network("relu", "silu"), ks.ntk(4), d=5).same is False
    assert ks.same_rkhs(network("relu6", "silu"), network("relu6", "tanh"), d=5).same is True
