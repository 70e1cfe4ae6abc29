"""Deep and steep networks: digits of their variances, and what is shown with them."""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import pytest

import kernelspec as ks
from kernelspec.kernels import steps
from kernelspec.kernels.expression import add
from kernelspec.kernels.ranges import contacts
from kernelspec.kernels.wide import variance
from kernelspec.numbers.exact_numbers import Exact


def _gelu_square(q: mp.mpf) -> mp.mpf:
    """E[gelu(sqrt(q) Z)^2] (Tsuchida, Pearce, van der Heide, Roosta & Gallagher 2021)."""
    return q / 4 + q / (2 * mp.pi) * (mp.asin(q / (1 + q)) + 2 * q / ((1 + q) * mp.sqrt(1 + 2 * q)))


def test_deep_variances_have_as_many_digits_as_are_asked_for() -> None:
    """A layer of GELU loses a bit and more: after 60 of them 53 bits leave none."""
    q = variance(steps.read("dense(2, 0.1)" + " > gelu > dense(2, 0.1)" * 60), Fraction(1))
    assert isinstance(q, Exact)
    with mp.workdps(60):
        expected = 2 + mp.mpf(1) / 10
        for _ in range(60):
            expected = 2 * _gelu_square(expected) + mp.mpf(1) / 10
        for bits in (53, 100, 160):
            found = q.ball(bits)
            assert found.rel_accuracy_bits() >= bits - 40
            assert abs(mp.mpf(found.mid().str(60, radius=False)) / expected - 1) < mp.mpf(2) ** (33 - bits)


def test_linear_maps_of_deep_and_of_steep_layers_stay_below_one() -> None:
    """1 - 1/(1 + q) is shown to be below 1 by exact numbers, where floats and 192 bits take it for 1."""
    for text in ("dense(1000)" + " > gelu > dense(1000)" * 25, "dense(1/1000)" + " > gelu > dense(1/1000)" * 25):
        q = variance(steps.read(text), Fraction(1))
        share = 1 - 1 / (1 + q)
        found = contacts(add([(share, ks.linear())]))
        assert not (found.right or found.left or found.inside)
        assert ks.arccos(0) @ (share * ks.linear()) != ks.arccos(0)


def test_messages_leave_out_the_middle_of_deep_networks() -> None:
    q = variance(steps.read("dense(2, 0.1)" + " > gelu > dense(2, 0.1)" * 9), Fraction(1))
    with pytest.raises(ValueError, match=r"reaches 2\.59458 at u = 1") as caught:
        ks.arccos(1) @ add([(q + 1, ks.linear())])
    assert 80 < len(str(caught.value)) < 400 and " ... " in str(caught.value)


def _elu_layer(q: mp.mpf) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
    """E f^2 of elu(q^{1/2} z), psi'(1) and the coefficient of (1-u)^{5/2} in psi, by the kink rule: f'' jumps by -q."""
    tails = [mp.exp(c * c * q / 2) * mp.erfc(c * mp.sqrt(q / 2)) / 2 for c in (1, 2)]
    square = q / 2 + tails[1] - 2 * tails[0] + mp.mpf(1) / 2
    slope = q * (mp.mpf(1) / 2 + tails[1]) / square
    return square, slope, -mp.sqrt(2) / (2 * mp.pi) * q**2 / (mp.mpf(15) / 4) / square


def test_the_law_of_a_steep_network_is_that_of_its_kinks() -> None:
    """rho = psi_2(psi_1(u)): (1-u)^{5/2} has c_2 s_1^{5/2} + s_2 c_1, s slopes and c coefficients at u = 1."""
    law = ks.mlp(3, activation="elu", weight_variance=100).decay(3)
    with mp.workdps(60):
        square, slope, first = _elu_layer(mp.mpf(100))
        _, second_slope, second = _elu_layer(100 * square)
        expected = second * slope ** (mp.mpf(5) / 2) + second_slope * first
    assert law.exponent == 7
    assert float(law.c_plus) == pytest.approx(float(expected), rel=1e-13, abs=0)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_exponents_beyond_what_sympy_evaluates(name: str) -> None:
    kernel = ks.mlp(4, activation=name, weight_variance=1000, bias_variance=10, tangent=True)
    assert kernel(0.5) == pytest.approx(kernel(-0.5), rel=1e-12)
    assert 0 < kernel(0.5) < 0.1
