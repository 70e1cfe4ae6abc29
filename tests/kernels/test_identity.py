"""Kernels of a user's own whose fields have no hash: lists, dicts, arrays. They are values like all others."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.identity import contents
from kernelspec.kernels.points import Point


class Powers(Zonal):
    """(sum_n w_n u^n)/(sum_n w_n), the w_n >= 0 stored in some way."""

    bounded = True
    rational_one = Fraction(1)
    series_sign = 1
    radius = float("inf")

    def numbers(self) -> list[Fraction]:
        raise NotImplementedError

    def shares(self) -> list[Fraction]:
        numbers = self.numbers()
        return [w / sum(numbers) for w in numbers]

    def pair(self, point: Point) -> ks.Pair:
        number, one = point.arithmetic.number, point.arithmetic.number(Fraction(1))
        value = defect = point.u * 0
        for n, c in enumerate(self.shares()):
            part = point.pair(ks.polynomial(n))
            value, defect = value + number(c) * part.value, defect + number(c) * part.defect
        return ks.Pair(value, defect, one)

    def derivative(self) -> Zonal:
        return sum((n * c * ks.polynomial(n - 1) for n, c in enumerate(self.shares()) if n), 0 * ks.linear())


@dataclass(frozen=True, repr=False)
class Listed(Powers):
    weights: Any

    def numbers(self) -> list[Fraction]:
        return [Fraction(w) for w in self.weights]


@dataclass(frozen=True, repr=False)
class Named(Powers):
    weights: dict[str, Any]
    title: str = "powers"

    def numbers(self) -> list[Fraction]:
        return [Fraction(int(w)) for w in self.weights["all"]]


def exact() -> Zonal:
    return sum((c * ks.polynomial(n) for n, c in enumerate(Listed([1, 2, 4]).shares())), 0 * ks.linear())


MAKERS: dict[str, Callable[[], Zonal]] = {
    "list": lambda: Listed([1, 2, 4]),
    "array": lambda: Listed(np.array([1.0, 2.0, 4.0])),
    "objects": lambda: Listed(np.array([Fraction(1), Fraction(2), Fraction(4)], dtype=object)),
    "dict": lambda: Named({"all": [1, 2, 4], "kinds": {1, 2}, "bytes": bytearray(b"1")}),
    "nested": lambda: Named({"all": np.array([1, 2, 4]), "of": ([1], (2, [3]))}),
}


@pytest.mark.parametrize("name", MAKERS)
def test_all_readings_of_a_kernel_whose_fields_have_no_hash(name: str) -> None:
    kernel, same = MAKERS[name](), exact()
    x = np.random.default_rng(0).standard_normal((12, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    np.testing.assert_allclose(kernel.gram(x), same.gram(x), rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(kernel(x @ x.T), same(x @ x.T), rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(kernel.spectrum(3)[:3], same.spectrum(3)[:3], rtol=1e-14)
    assert kernel.spectrum(3).certified(2, 20).overlaps(same.spectrum(3).certified(2, 30))
    assert kernel.expand().terms == same.expand().terms
    assert (kernel + ks.arccos(1)).decay(3).even == ks.arccos(1).decay(3).even
    assert (ks.arccos(1) @ kernel).spectrum(3)[3] == pytest.approx((ks.arccos(1) @ same).spectrum(3)[3], rel=1e-12)
    assert ks.same_rkhs(kernel, 2 * kernel, 3).same
    assert repr(kernel).startswith(type(kernel).__name__.lower())


@pytest.mark.parametrize("name", MAKERS)
def test_such_kernels_are_values(name: str) -> None:
    kernel, other = MAKERS[name](), MAKERS[name]()
    for again in (other, copy.copy(kernel), copy.deepcopy(kernel), pickle.loads(pickle.dumps(kernel))):
        assert again == kernel
        assert hash(again) == hash(kernel)
    assert kernel + other == 2 * kernel


def test_other_contents_are_other_kernels() -> None:
    kernels = [
        Listed([1, 2]),
        Listed([1, 2, 0]),
        Listed((1, 2)),
        Listed(np.array([1.0, 2.0])),
        Listed(np.array([[1.0, 2.0]])),
        Listed(np.array([1, 2])),
        Listed(np.array([1, 3])),
        Listed(np.array([1.0, 2.0]).view(np.int64)),
        Listed(Fraction(3)),
        *(Listed(n) for n in (-1, -2)),  # of one hash
        Named({"all": [1, 2]}),
        Named({"all": [1, 3]}),
        Named({"all": [1, 2]}, title="others"),
    ]
    assert len(set(kernels)) == len(kernels)
    assert all((a == b) == (a is b) for a in kernels for b in kernels)
    assert Named({"all": [1], "b": [2]}) == Named({"b": [2], "all": [1]})


def test_a_field_without_contents_is_named() -> None:
    @dataclass
    class Bag:
        """Something that changes."""

    for weights in (Bag(), [Bag()]):
        with pytest.raises(TypeError, match="the field weights of the kernel Listed must be a value with a hash"):
            Listed(weights).spectrum(3)


def test_a_class_that_is_not_frozen_is_refused() -> None:
    @dataclass(repr=False)
    class Open(Powers):
        weights: list[int]

        def numbers(self) -> list[Fraction]:
            return [Fraction(w) for w in self.weights]

    assert Open([1]) == Open([1])
    with pytest.raises(TypeError, match="the kernel Open must be a frozen dataclass"):
        Open([1, 2]).spectrum(3)


def test_a_class_keeps_the_identity_that_it_states() -> None:
    @dataclass(frozen=True, eq=False, repr=False)
    class Single(Listed):
        """Each instance is a kernel of its own."""

    @dataclass(frozen=True, repr=False)
    class Equal(Listed):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

        def __hash__(self) -> int:
            return 5

    assert Single([1]) != Single([1])
    assert len({Single([1]), Single([1])}) == 2
    assert Equal([1]) == Equal([2])
    assert hash(Equal([1])) == 5


def test_masks_tell_arrays_apart() -> None:
    one, other = (np.ma.array([1.0, 2.0], mask=mask) for mask in ([False, True], [False, False]))
    assert contents(one) == contents(one.copy()) and hash(contents(one)) == hash(contents(one.copy()))
    assert contents(one) != contents(other)
