"""Duals of activations that are functions of the user's own, at any variance: Hermite series with a stated error."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..numbers.exact_numbers import Scalar
from ..numbers.rational import rounded
from ..numbers.user_functions import called, differences
from .hermite import PowerSeries, from_callable, mean_square
from .zonal import Zonal

_TERMS, _MOST, _SURE = 256, 2048, 40  # of a series, and the bits of its mean square
_ENOUGH = 1e-14  # what may be missing of kappa(1)

# Functions that activations have as names; those of SciPy are looked for where it is imported.
_KNOWN: tuple[tuple[Any, str], ...] = (
    (np.sin, "sin"),
    (np.cos, "cos"),
    (np.tanh, "tanh"),
    (np.exp, "exp"),
    (np.abs, "abs"),
)
_OF_SCIPY = {"erf": "erf", "expit": "sigmoid"}


def name_of(function: Callable[[Any], Any]) -> str | None:
    """The name that an activation has which this function of NumPy or SciPy is."""
    special = sys.modules.get("scipy.special")
    scipy = [(getattr(special, name, None), known) for name, known in _OF_SCIPY.items()] if special else []
    return next((name for known, name in (*_KNOWN, *scipy) if function is known), None)


@functools.lru_cache(maxsize=256)
def series_of(
    function: Callable[[Any], Any], derivative: Callable[[Any], Any] | None, slope: bool, q: Scalar
) -> tuple[Zonal, Scalar]:
    """E phi(a) phi(b), or q E phi'(a) phi'(b) where `slope`, as a series that is cut off, and its value at u = 1.

    A derivative that is not given is taken by differences, whose errors count.
    """
    deviation, given = math.sqrt(q), derivative if slope else function
    name = "the activation's derivative" if slope else "the activation"

    def scaled(x: Any) -> Any:
        at = deviation * x
        value = called(given, name, at) if given is not None else differences(function, at).value
        return deviation * value if slope else value

    def errors(x: Any) -> Any:
        return deviation * differences(function, deviation * x).error

    square = mean_square(scaled)
    series = _settled(scaled, square)
    missing = series.missing
    if given is None:
        error = math.sqrt(mean_square(errors))
        missing += error * (2 * math.sqrt(square) + error)  # |E (f+e)(g+e) - E f g|, by Cauchy and Schwarz
    # K/K(1) is the series over its own sum, and errs by what is missing of both.
    return replace(series, missing=2 * missing), rounded(square, _SURE)


def _settled(function: Callable[[Any], Any], square: float) -> PowerSeries:
    """The series, with twice the terms until little is missing, or it is long."""
    terms = _TERMS
    while True:
        found = from_callable(function, terms)
        assert isinstance(found, PowerSeries)
        if terms == _MOST or found.missing <= _ENOUGH * square:
            return found
        terms *= 2
