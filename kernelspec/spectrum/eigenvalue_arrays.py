"""Eigenvalues as a route delivers them: value, logarithm, and an honest relative error, for an array of degrees."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
EPS = 2.0**-52
_SHOWN = 120  # characters of a name in a message
LOST = 1e-6  # the relative error beyond which a value is no value


class Values(NamedTuple):
    """Arrays over the degrees asked for: mu_k (0.0 where it underflows), log|mu_k|, sign, relative error.

    Where the sign is 0 and the logarithm is finite, mu_k is not known: exp(log_abs) bounds it, and the error is 1.
    """

    value: Array
    log_abs: Array
    sign: Array
    error: Array


class PrecisionWarning(RuntimeWarning):
    """Some eigenvalues are not known to six digits, and are NaN."""


def without_lost(found: Values, spectrum: object) -> Values:
    """The values, NaN where the relative error is above 1e-6, with a `PrecisionWarning` that says for how many."""
    lost = are_lost(found)
    if not np.any(lost):
        return found
    name = _short(str(spectrum))
    warnings.warn(
        f"{int(lost.sum())} eigenvalues of {name} are not known to {LOST:g} of their size and are NaN: "
        "`approximate` gives them with their absolute errors",
        PrecisionWarning,
        stacklevel=4,
    )
    value, log_abs = (np.where(lost, np.nan, part) for part in (found.value, found.log_abs))
    return Values(value, log_abs, np.where(lost, np.nan, found.sign), found.error)


def are_lost(found: Values) -> Array:
    """Where the relative error is above 1e-6, and above the rounding of log|mu_k| (1e-6 for a logarithm of 1e10)."""
    size = np.where(np.isfinite(found.log_abs), np.abs(found.log_abs), 0.0)
    return np.asarray(~(found.error <= np.maximum(LOST, 4 * EPS * size)))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]} ... {text[-_SHOWN // 2 :]}"


def from_logs(sign: Array, log_abs: Array, error: Array) -> Values:
    """Values from logarithms."""
    with np.errstate(under="ignore", over="ignore"):
        value = sign * np.exp(log_abs)
    return Values(value, np.where(sign == 0, -np.inf, log_abs), sign, np.where(sign == 0, 0.0, error))


def cut_off(found: Values, missing: float) -> Values:
    """Copies, their errors grown by what a series that is cut off misses: nothing there is known to be 0."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        error = found.error + missing / np.abs(found.value)
    log_abs = np.where(found.sign == 0, np.nan, found.log_abs)
    return Values(found.value.copy(), log_abs, found.sign.copy(), error)


def zeros(shape: tuple[int, ...]) -> Values:
    """Exact zeros."""
    nothing = np.zeros(shape)
    return Values(nothing, np.full(shape, -np.inf), nothing, nothing)


def unknown(size: int) -> Values:
    """Values of which nothing is known: 0 with an infinite error."""
    return Values(np.zeros(size), np.full(size, -np.inf), np.zeros(size), np.full(size, np.inf))


def combine(parts: Sequence[tuple[float | Array, Values]]) -> Values:
    """The linear combination of eigenvalues; its error grows by what cancels."""
    if len(parts) == 1 and isinstance(parts[0][0], float) and parts[0][0] == 1.0:
        return parts[0][1]
    with np.errstate(divide="ignore", invalid="ignore", under="ignore", over="ignore"):
        logs = np.array([np.log(np.abs(c)) + v.log_abs for c, v in parts])
        scale = logs.max(axis=0)
        scale = np.where(np.isfinite(scale), scale, 0.0)
        # Where everything is an ordinary float the values themselves are added; else their logarithms.
        ordinary = scale > -650
        exact = np.array([c * v.value for c, v in parts])
        scaled = np.array([np.sign(c) * v.sign for c, v in parts]) * np.exp(logs - scale)
        total, size = _added(scaled), np.exp(logs - scale)
        value = np.where(ordinary, _added(exact), total * np.exp(scale))
        rounding = np.where(ordinary | ~np.isfinite(logs), EPS, EPS * np.abs(logs))
        spread = np.array([v.error for _, v in parts]) + rounding
        # A sum of 0 is exact if all its terms are.
        doubt = _added(size * spread)
        error = np.where(doubt == 0, 0.0, doubt / np.abs(total))
        log_abs = np.where(total == 0, -np.inf, scale + np.log(np.abs(total)))
    return Values(value, log_abs, np.sign(total), error)


def _added(terms: Array) -> Array:
    """The sum over the first axis, one after the other: NumPy's own has another order for one degree than for many."""
    return np.asarray(functools.reduce(np.add, terms))
