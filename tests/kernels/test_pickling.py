"""Kernels and results as pickles, copies and hashes: equal before and after anything was read from them."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import numpy as np
import pytest
from expressions import exact_kernels
from hypothesis import given, settings

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.enclosure import Enclosure, parts
from kernelspec.spectrum import Spectrum

KERNELS = [
    "linear()",
    "arccos(2)",
    "polynomial(0)",
    "exponential(sigma=0.6)",
    "laplace(c=2, gamma=1/3)",
    "sine_power(-1/2)",
    "defect_power(1/3)",
    "rf(5)",
    "ntk(4, bias=True)",
    "mlp(4, slope=0.1, bias_variance=0.2, tangent=True)",
    "resnet(3, tangent=True)",
    "relu_layer(linear=0.5, constant=0.25)",
    "dual('gelu')",
    "dual('sin')",
    "power_series(1, 0.5, missing=0.25)",
    "0.5*ntk(3)@(0.2*linear() + 0.8*arccos(1)) - 2*laplace(c=1)*arccos(2)",
]
RESULTS = {
    "spectrum": lambda: ks.ntk(3).spectrum(4),
    "decay": lambda: ks.rf(3).decay(5),
    "decay of a smooth kernel": lambda: ks.exponential(2).decay(3),
    "rate": lambda: ks.dual("gelu").decay(3).rate,
    "expansion": lambda: ks.rf(4).expand(at=-1),
    "verdict": lambda: ks.same_rkhs(ks.rf(3), ks.rf(4), d=3),
    "open verdict": lambda: ks.same_rkhs(ks.rf(3), ks.polynomial(2) - ks.linear(), d=3),
    "proof": lambda: ks.same_rkhs(ks.rf(3), ks.rf(4), d=3).proof,
    "remainder": lambda: ks.rf(3).spectrum(3).remainder(2),
    "fit": lambda: ks.rf(3).spectrum(3).fit((20, 50)),
    "number": lambda: ks.rf(4).expand(at=-1).entries[0][1],
}


def read_all(kernel: Zonal) -> None:
    """Read what is kept once it was read."""
    hash(kernel), repr(kernel), kernel.latex(), kernel.at_one, kernel(0.3), kernel.radius  # noqa: B018
    kernel.rational_one, kernel.truncation, kernel.polynomial_part(0), kernel.polynomial_part(1)  # noqa: B018
    for read in (kernel.derivative, lambda: kernel.spectrum(40).approximate(range(4)), lambda: kernel.expand(terms=1)):
        try:
            read()
        except (ValueError, ArithmeticError, NotImplementedError):
            continue


def dumps(value: Value) -> bytes:
    return pickle.dumps(value, protocol=5)


@pytest.mark.parametrize("text", KERNELS)
def test_what_was_read_changes_neither_pickle_nor_hash(text: str) -> None:
    joblib = pytest.importorskip("joblib")
    kernel = ks.parse(text)
    before, digest = dumps(kernel), joblib.hash(kernel)
    read_all(kernel)
    assert dumps(kernel) == before
    assert joblib.hash(kernel) == digest == joblib.hash(ks.parse(text))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(kernel, protocol)) == kernel
    assert copy.deepcopy(kernel) == kernel == copy.copy(kernel)
    fresh = pickle.loads(before)
    assert set(vars(fresh)) == set(type(fresh).__dataclass_fields__)  # and nothing that was read
    assert hash(fresh) == hash(kernel) and fresh(0.25) == kernel(0.25)


@settings(max_examples=30)
@given(exact_kernels())
def test_equal_kernels_are_equal_pickles(kernel: Zonal) -> None:
    # However their parts are shared in memory.
    assert pickle.loads(dumps(kernel)) == kernel
    again = ks.parse(repr(kernel))
    read_all(again)
    assert dumps(again) == dumps(kernel) == dumps(copy.deepcopy(kernel))


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_pickled(name: str) -> None:
    joblib = pytest.importorskip("joblib")
    result = RESULTS[name]()
    for other in (pickle.loads(dumps(result)), copy.deepcopy(result)):
        assert repr(other) == repr(result)
        assert isinstance(result, Spectrum) or other == result
        assert joblib.hash(other) == joblib.hash(result)


def test_a_spectrum_is_pickled_without_what_was_read() -> None:
    s = ks.ntk(3).spectrum(4)
    before = dumps(s)
    values = s[0:10]
    assert dumps(s) == before
    np.testing.assert_array_equal(pickle.loads(before)[0:10], values)


def test_a_remainder_is_pickled_exactly() -> None:
    remainder = ks.ntk(3).spectrum(4).remainder(3)
    other = pickle.loads(dumps(remainder))
    assert other == remainder and hash(other) == hash(remainder)
    assert parts(other.bound(40)) == parts(remainder.bound(40))
    assert parts(other.sum(40)) == parts(remainder.sum(40))
    assert remainder != ks.ntk(3).spectrum(4).remainder(2)


@pytest.mark.parametrize("digits", [3, 30, 50, 200])
def test_balls_show_the_digits_asked_for(digits: int) -> None:
    # Printed with 15 digits, whatever was asked for.
    s = ks.ntk(3).spectrum(10)
    balls = [
        s.certified(20, digits=digits),
        s.certified([3, 4], digits=digits)[1],
        s.asymptotic_ball(60, 2, digits=digits),
        ks.rf(3).taylor(3, digits)[2],
        ks.rf(3).expand(terms=3).balls(digits)[2],
    ]
    for ball in balls:
        assert isinstance(ball, flint.arb)
        assert str(ball) == repr(ball) == f"{ball}" == ball.str(digits)
        shown = str(ball).strip("[").split(" ")[0].split("e")[0]
        assert sum(c.isdigit() for c in shown.lstrip("-0.")) in (digits - 1, digits)
        assert type(ball * 1) is type(ball.mid()) is flint.arb  # arithmetic is flint's own
    assert ks.rf(3)(balls[0]).overlaps(ks.rf(3)(flint.arb(balls[0])))


def test_balls_are_pickled_exactly() -> None:
    before = flint.ctx.prec
    try:
        for bits in (24, 53, 400):
            flint.ctx.prec = bits
            for ball in (flint.arb(1) / 3, flint.arb(-7).exp() * flint.arb(1, 0.25), flint.arb(0)):
                one = Enclosure(ball, 20)
                flint.ctx.prec = 30
                other = pickle.loads(dumps(one))
                assert parts(other) == parts(ball) and other.digits == 20
                assert str(other) == str(one)
        for text in ("inf", "-inf", "nan"):
            assert str(pickle.loads(dumps(Enclosure(flint.arb(text), 5)))) == str(flint.arb(text))
    finally:
        flint.ctx.prec = before


@dataclass(frozen=True, repr=False)
class Scaled(Zonal):
    """A kernel of a user's own, that holds another one."""

    inner: Zonal
    factor: Fraction

    def pair(self, point: Point) -> Any:
        return (self.factor * self.inner).pair(point)

    def text(self) -> str:
        return f"scaled({self.inner!r}, {self.factor})"


def test_a_subclass_is_pickled_by_its_fields() -> None:
    kernel = Scaled(ks.rf(3), Fraction(1, 3)) * ks.arccos(2)
    before = dumps(kernel)
    assert kernel(0.5) > 0 and kernel.at_one > 0
    assert dumps(kernel) == before
    assert pickle.loads(before) == kernel == copy.deepcopy(kernel)


def test_hashes_agree_between_processes() -> None:
    pytest.importorskip("joblib")
    script = f"import joblib, kernelspec as ks; print(joblib.hash(ks.parse({KERNELS[-1]!r})))"
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(ks.__file__).parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
