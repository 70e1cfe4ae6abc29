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
