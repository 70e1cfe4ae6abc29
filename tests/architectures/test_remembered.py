"""What is remembered of images alone: once for each array, within the bytes that are given, and the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernelspec import stax
from kernelspec.architectures.remembered import Memory, once, remembering, shared


class Counted:
    """A function that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, x: Any, factor: float = 2.0) -> Any:
        self.calls += 1
        return factor * x


def test_once_for_each_array_and_option() -> None:
    double, memory = Counted(), Memory(2**20)
    with remembering(memory):
        one = memory.begin("one", lambda: (np.arange(3.0), np.arange(4.0)))
        for _ in range(2):
            for x in one:
                np.testing.assert_array_equal(once(double, once(double, x)), 4 * x)
                np.testing.assert_array_equal(once(double, x, 3.0), 3 * x)
    assert double.calls == 6 and memory.begin("one", lambda: None) is one


def test_equal_numbers_of_a_block_are_one_array() -> None:
    """So that what is made of them is made once; those of another block, or of no block, are not."""
    memory, x = Memory(2**20), np.arange(3.0)
    assert shared(x, x) is x
    with remembering(memory):
        one, two = memory.begin("one", lambda: (np.arange(3.0), np.arange(5.0)))
        other = memory.begin("other", lambda: np.arange(3.0))
        first, last = one[:2].copy(), two[3:].copy()
        assert shared(first, one) is first and shared(last, two) is last
        assert shared(two[:2].copy(), two) is first
        assert shared(two[:2].copy(), other) is not first


def test_other_arrays_are_not_remembered() -> None:
    double, x = Counted(), np.arange(3.0)
    once(double, x)
    with remembering(Memory(2**20)):
        np.testing.assert_array_equal(once(double, x), once(double, x))
    once(double, x)
    assert double.calls == 4


def test_one_memory_within_another() -> None:
    """An activation that reads another network's kernel, as it may."""
    double, memory = Counted(), Memory(2**20)
    with remembering(memory):
        x = memory.begin("one", lambda: np.arange(3.0))
        once(double, x)
        with remembering(Memory(2**20)):
            once(double, x)
        once(double, x)
    once(double, x)
    assert double.calls == 3
    images = np.random.default_rng(0).standard_normal((3, 4, 4, 2))
    inner = stax.serial(stax.Dense(4), stax.Gelu(), stax.Dense(1))[2]

    def activation(a: Any) -> Any:
        inner(images[:, 0, 0], None, "nngp")
        return np.tanh(a)

    layers = [stax.Conv(4, (3, 3), padding="SAME"), stax.Elementwise(activation), stax.Flatten(), stax.Dense(1)]
    found = stax.serial(*layers)[2](images, None, "ntk")
    layers[1] = stax.Elementwise(lambda a: np.tanh(a))
    np.testing.assert_array_equal(found, stax.serial(*layers)[2](images, None, "ntk"))


def test_the_oldest_block_is_forgotten() -> None:
    """Two blocks of an array and its double hold 3200 bytes; views hold none."""
    double, memory = Counted(), Memory(3199)
    with remembering(memory):
        for name in "abca":
            found = once(double, memory.begin(name, lambda: np.ones(100)))
            once(np.reshape, found, (10, 10))
            assert memory.size <= 3200 and len(memory.blocks) <= 2
            assert len(memory.owners) == 3 * len(memory.blocks)
    assert double.calls == 4


def test_little_memory_gives_the_same_numbers() -> None:
    """Bit by bit, where blocks have the same images; 1e-13 is the rounding of products of other shapes."""
    layers: list[Any] = [stax.Conv(1, (3, 3), None, "SAME", 1.5, 0.1), stax.Relu()] * 2
    kernel = stax.serial(*layers, stax.Flatten(), stax.Dense(1))[2]
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 8, 8, 3)), rng.standard_normal((30, 8, 8, 3))
    y[3] = x[7]
    for other in (None, y):
        whole, small = kernel(x, other, threads=1), kernel(x, other, threads=1, memory=2**19)
        for one, two in zip(whole, small, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-13)
    square = kernel(x, x.copy(), threads=1)
    for one, two in zip(kernel(x, threads=1), square, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-13)
        np.testing.assert_array_equal(one, one.T)
