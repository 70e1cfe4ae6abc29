"""Derivatives that are given beside a function: a wrong one is refused, and a right one never."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

import kernelspec as ks
from kernelspec import stax
from kernelspec.numbers.user_functions import slope_checked

SIZES = st.floats(-8, 8).map(lambda e: 10.0**e)


def _in_float32(a: float) -> Any:
    return lambda x: np.tanh(np.asarray(x, np.float32) * np.float32(a))


#: (a, b, c) -> a function with steep places, kinks, jumps, holes or the rounding of float32, and its derivative.
FAMILIES: dict[str, Any] = {
    "tanh": lambda a, b, c: (lambda x: c * np.tanh(a * x + b), lambda x: c * a / np.cosh(a * x + b) ** 2),
    "wave": lambda a, b, c: (lambda x: c * np.sin(a * x + b), lambda x: c * a * np.cos(a * x + b)),
    "kink": lambda a, b, c: (lambda x: c * np.maximum(x - b, 0), lambda x: c * (x > b)),
    "jump": lambda a, b, c: (lambda x: np.where(x > b, c, x), lambda x: np.where(x > b, 0.0, 1.0)),
    "cusp": lambda a, b, c: (lambda x: abs(x - b) ** 1.5, lambda x: 1.5 * np.sqrt(abs(x - b)) * np.sign(x - b)),
    "bump": lambda a, b, c: (
        lambda x: c * np.exp(-((a * (x - b)) ** 2)),
        lambda x: -2 * a * a * (x - b) * c * np.exp(-((a * (x - b)) ** 2)),
    ),
    "float32": lambda a, b, c: (_in_float32(min(a, 1e3)), lambda x: min(a, 1e3) / np.cosh(min(a, 1e3) * x) ** 2),
    "holes": lambda a, b, c: (lambda x: np.sqrt(x - b), lambda x: 0.5 / np.sqrt(x - b)),
}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), SIZES, st.floats(-9, 9), SIZES)
def test_right_derivatives_are_taken(family: str, a: float, b: float, c: float) -> None:
    slope_checked(*FAMILIES[family](a, b, c))


@pytest.mark.parametrize("turns", [0.5, 1, 2, 7])
@pytest.mark.parametrize("step", [1, math.sqrt(3), math.sqrt(7)])
def test_waves_of_the_length_of_a_step_are_taken(turns: float, step: float) -> None:
    rate = 2 * math.pi * turns * 2**7.5 * step
    slope_checked(lambda x: np.sin(rate * x), lambda x: rate * np.cos(rate * x))


def test_numbers_that_underflow_are_no_evidence() -> None:
    slope_checked(lambda x: 1e-290 * np.sin(x), lambda x: 0 * x)


def test_one_point_is_no_evidence() -> None:
    """A function that another one is at one probe."""
    at = 3 * math.sin(9)
    slope_checked(lambda x: x, lambda x: np.where(abs(x - at) < 1e-3, 5.0, 1.0))


WRONG: dict[str, tuple[Any, Any]] = {
    "another function": (np.tanh, np.sin),
    "a sign": (np.sin, lambda x: -np.cos(x)),
    "the function": (np.tanh, np.tanh),
    "the other side of a kink": (lambda x: np.maximum(x, 0), lambda x: (x < 0) * 1.0),
    "a factor": (np.tanh, lambda x: 1.01 / np.cosh(x) ** 2),
    "a term": (lambda x: x * special.expit(x), special.expit),
    "of a step": (np.sign, lambda x: (abs(x) < 1) * 1.0),
    "of small numbers": (lambda x: 1e-9 * np.tanh(x), np.sin),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_derivatives_are_refused_at_every_door(name: str) -> None:
    function, slope = WRONG[name]
    doors = (
        lambda: ks.mlp(3, activation=(function, slope), tangent=True),
        lambda: stax.ElementwiseNumerical(function, df=slope),
    )
    for door in doors:
        with pytest.raises(ValueError, match="derivative must be that of the function: at .* it is .*, where"):
            door()


def test_both_values_are_named() -> None:
    with pytest.raises(ValueError, match="at -0.838246 it is -0.743472, where .* give 0.530941"):
        slope_checked(np.tanh, np.sin)
