r"""Fits of kernels by `polynomials`: any depth and any composition at one price.

The polynomial in y is a Chebyshev series, cut off where its coefficients say (Trefethen 2013, Approximation Theory and
Approximation Practice, chapters 4 and 8), in u itself where that is shorter. A kernel that is singular at an end in
another way than by half powers (a power 1/4), or too narrow, does not converge, and has no fit.

The error that a fit states is measured, and not proved: twice (float64: 1.5 times) the largest difference that was
seen, in the arithmetic of its own dtype, from the kernel's values in float64 (which have roundings of their own), at
the extrema of a Chebyshev polynomial of some thousand degrees, and at distances from the ends in a geometric series
down to 1e-30.
So only kernels are fitted that can hide nothing between such points: those whose Taylor coefficients are shown to have
one sign, and sums of such. They are analytic inside (-1, 1); on [0, 1) all derivatives are monotone, as are those of
the even and the odd part, so that what is steep or narrow lies at the ends, where the points are dense.
Proved is, for the common kernels and in balls, that their polynomials are within what is stated (float64: and 4 eps of
the kernel's size), but for the roundings of their evaluation (tests/gram/test_proved_fits.py). At all 2^24 distances 1
- u that float32 cosines from 0 to 1 have, the fits of seven kernels were off by at most .58 of what they state.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic
from ..numbers.checks import FloatArray
from .polynomials import Fitted, Variable

#: The largest error of a fit that is used, of the kernel's size, by bytes of a number.
WANTED = {4: 3e-7, 8: 1e-14}
# Intervals of u begin and end here, so that few fits serve all tiles.
_RUNGS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
_OVERLAP = 0.5  # both ends' series reach so far beyond u = 0
_SHIFTS = (None, 2.0, 1.0, 0.5, 0.2, 0.05)  # a of `polynomials`
_TAIL = {4: 2e-8, 8: 6e-16}  # of the coefficients that are left out together
_NODES = {4: 64, 8: 96}
_BASE_NODES = 144
_BASE_SHIFTS = (0.5, None, 0.1)
_BASE_ERROR = {4: 1e-8, 8: 5e-14}
_SAMPLES = 768
_CLEAN = 2e-15  # coefficients that are no more than rounding, of the kernel's size
_MARGIN = 2.0  # between the points of the grid: a grid of a million points has shown 1.25 times as much
_SIZES = {4: 1e30, 8: 1e290}  # of kernels that are fitted, and one over it


def fitted(kernel: Zonal, dtype: Any, low: float = -1.0, high: float = 1.0) -> Fitted | None:
    """A fit of the kernel for cosines from `low` to `high`, made once for each kernel, dtype and rung of a ladder.

    Parameters
    ----------
    dtype : float32 or float64, of what is evaluated.
    low, high : -1 <= low <= high <= 1; the fit's interval holds them. An interval that holds both ends has no
        fit where the kernel is singular at both; halves of it may have (`fitted_halves`).

    Returns
    -------
    None where no fit has the error `WANTED` (3e-7 of the kernel's size for float32, 1e-14 for float64).

    >>> from kernelspec import ntk
    >>> fit = fitted(ntk(10), "float32", 0.0, 1.0)
    >>> fit.degree, fit.error < 3e-7 * 10
    (9, True)
    """
    size = np.dtype(dtype).itemsize
    first = min(max(bisect_right(_RUNGS, low) - 1, 0), len(_RUNGS) - 2)
    last = min(max(bisect_left(_RUNGS, high), first + 1), len(_RUNGS) - 1)
    return _fit(kernel, size, _RUNGS[first], _RUNGS[last])


def fitted_halves(kernel: Zonal, dtype: Any, low: float = -1.0, high: float = 1.0) -> tuple[Fitted, ...] | None:
    """One fit, or one for u >= 0 and one for u < 0; None where there are none.

    Where there are some from -1 to 1 there are some for all intervals.
    """
    one = fitted(kernel, dtype, low, high)
    if one is not None:
        return (one,)
    if low < 0 < high:
        upper = fitted(kernel, dtype, 0.0, high) or fitted(kernel, dtype, 0.0, 1.0)
        lower = (fitted(kernel, dtype, low, 0.0) or fitted(kernel, dtype, -1.0, 0.0)) if upper is not None else None
        return None if upper is None or lower is None else (upper, lower)
    whole = fitted(kernel, dtype) or (fitted(kernel, dtype, 0.0, 1.0) if low >= 0 else fitted(kernel, dtype, -1.0, 0.0))
    return None if whole is None else (whole,)


@dataclass(frozen=True, eq=False)
class _Base:
    """What fits are made of: the kernel in float64 up to rounding, and its values at distances `x` from the end."""

    fit: Fitted
    x: FloatArray
    values: FloatArray

    def at(self, end: int, x: FloatArray) -> FloatArray:
        """kappa at distances x from an end, or at u = x."""
        if end != self.fit.end:
            u = x if end == 0 else 1 - x if end == 1 else x - 1
            x = u if self.fit.end == 0 else 1 - u if self.fit.end == 1 else 1 + u
        return _at(self.fit, np.maximum(x, 0) if self.fit.end else x)


def _at(fit: Fitted, x: Any) -> Any:
    out = np.empty_like(x)
    fit.evaluate(x, out, [np.empty_like(x) for _ in range(fit.arrays)])
    return out


@functools.lru_cache(maxsize=512)
def _fit(kernel: Zonal, size: int, low: float, high: float) -> Fitted | None:
    base = _base_of(kernel, low, high)
    if base is None or not 1 / _SIZES[size] < base.fit.size < _SIZES[size]:
        return None
    unit, found = base.fit.size, []
    if base.fit.error > _BASE_ERROR[size] * unit:
        return None
    for shift in (*_SHIFTS, 0):  # 0: u itself
        variable = Variable(0, low, high, None) if shift == 0 else Variable(base.fit.end or 1, low, high, shift)
        series = _series(functools.partial(base.at, variable.end), variable, _NODES[size])
        degree = _degree(series, _CLEAN * unit, _TAIL[size] * unit)
        if degree is not None:
            found.append((variable, series[: degree + 1]))
    found.sort(key=lambda pair: 3 * len(pair[1]) + (0 if pair[0].end == 0 else 6))
    for variable, series in found[:4]:
        for chebyshev in (False, True)[: 1 + (len(series) > 3)]:
            numbers = series if chebyshev else np.polynomial.chebyshev.cheb2poly(series)
            fit = Fitted(variable, numbers.astype(f"f{size}"), chebyshev, math.nan, unit)
            error = _error(fit, base)
            if error <= WANTED[size] * unit:
                return replace(fit, error=error)
    return None


def told_by_points(kernel: Zonal) -> bool:
    """Whether the kernel can hide nothing between points that are dense at the ends: see the module's docstring."""
    return all(part.series_sign for _, part in kernel.as_sum)


def _base_of(kernel: Zonal, low: float, high: float) -> _Base | None:
    """What fits for cosines from low to high are made of."""
    if not told_by_points(kernel):
        return None
    if len(kernel.singular) < 2:
        return _base(kernel, next(iter(kernel.singular), 0), -1.0, 1.0)
    if low >= -_OVERLAP:
        return _base(kernel, 1, -_OVERLAP, 1.0)
    return _base(kernel, -1, -1.0, _OVERLAP) if high <= _OVERLAP else None


@functools.lru_cache(maxsize=256)
def _base(kernel: Zonal, end: int, low: float, high: float) -> _Base | None:
    """None where the kernel's series does not converge, or not to its values."""
    grid = Variable(end, low, high, None).inverse(np.linspace(0, math.pi, _SAMPLES + 1))
    if end:
        grid = np.concatenate([[0.0], np.geomspace(1e-30, float(np.max(grid)), 181), grid])
    values = _values(kernel, end, grid)
    size = max(float(np.max(np.abs(values))), abs(kernel.at_one))
    if not math.isfinite(size):
        return None
    for shift in _BASE_SHIFTS if end else (None,):
        variable = Variable(end, low, high, shift)
        series = _series(functools.partial(_values, kernel, end), variable, _BASE_NODES)
        degree = _degree(series, _CLEAN * size, 0.0)
        if degree is None:
            continue
        fit = Fitted(variable, series[: max(degree, 3) + 1], True, math.nan, size)
        base = _Base(fit, grid, values)
        gaps = [np.abs(_at(fit, grid) - values)]
        for at in {int(bound) for bound in (low, high) if abs(bound) == 1} - {end}:
            near = np.geomspace(1e-30, 0.1, 161)
            gaps.append(np.abs(base.at(at, near) - _values(kernel, at, near)))
        error = _MARGIN * max(float(np.max(each)) for each in gaps)
        if error <= _BASE_ERROR[4] * size:
            return replace(base, fit=replace(fit, error=error))
    return None


def _series(values: Callable[[FloatArray], FloatArray], variable: Variable, count: int) -> FloatArray:
    """Chebyshev coefficients of the interpolant at so many nodes."""
    odd = np.arange(1.0, 2.0 * count, 2.0)
    turns = np.outer(np.arange(count), odd) % (4 * count)  # large angles would cost their cosines digits
    step = math.pi / (2 * count)
    found: FloatArray = np.cos(turns * step) @ values(variable.inverse(odd * step))
    found *= 2 / count
    found[0] /= 2
    return found


def _degree(series: FloatArray, clean: float, tail: float) -> int | None:
    """Where a Chebyshev series may be cut off for at most `tail`; None where it has not come down to rounding.

    Coefficients no larger than twice those of the last quarter are rounding.
    """
    sizes = np.abs(series)
    noise = float(np.max(sizes[3 * len(series) // 4 :]))
    if not noise <= clean:
        return None
    sizes[sizes <= 2 * noise] = 0
    left = np.cumsum(sizes[::-1])[::-1]
    return max(0, int(np.count_nonzero(left > tail)) - 1)


def _values(kernel: Zonal, end: int, x: FloatArray) -> FloatArray:
    """kappa in float64 at distances x from an end, or at u = x."""
    ends = (x, 1 - x, 1 + x) if end == 0 else (1 - x, x, 2 - x) if end == 1 else (x - 1, 2 - x, x)
    with np.errstate(all="ignore"):
        value = Point(FloatArithmetic(), *ends).pair(kernel).value
    return np.asarray(value, dtype=np.float64) + np.zeros_like(x)


def _error(fit: Fitted, base: _Base) -> float:
    """What a fit states: see the module's docstring; infinite or NaN where it has no values."""
    wide = fit.coefficients.dtype == np.float64
    if wide:  # the base is no better than the fit: the kernel's values
        u = base.x if base.fit.end == 0 else base.fit.end * (1 - base.x)
        here = (u >= fit.low) & (u <= fit.high)
        x = base.x if fit.end == base.fit.end else u if fit.end == 0 else 1 - u
        # The kernel's values are as rounded as the fit's, so that less is to be added to what is seen. The last two
        # roundings are those of 1 - u, and of the value itself.
        seen = float(np.max(np.abs(_at(fit, x[here]) - base.values[here])))
        x = fit.variable.inverse(np.linspace(0, math.pi, _SAMPLES + 1))  # with the interval's own ends, by the base
        seen = max(seen, float(np.max(np.abs(_at(fit, x) - base.at(fit.end, x)))))
        return 0.75 * _MARGIN * seen + 2 * float(np.finfo(np.float64).eps) * fit.size
    x = fit.variable.inverse(np.linspace(0, math.pi, 3 * _SAMPLES + 1))
    if fit.end and (fit.high if fit.end == 1 else -fit.low) == 1:
        x = np.concatenate([x, np.geomspace(1e-30, float(np.max(x)), 181), [0.0]])
    x = x.astype(np.float32)
    gaps = np.abs(_at(fit, x) - base.at(fit.end, x.astype(np.float64)))
    worst = float(np.max(gaps))
    if fit.end:  # the same of a cosine, whose distance is rounded
        u = fit.end * (1 - x)
        fit.distance(u, x)
        worst = max(worst, float(np.max(np.abs(_at(fit, x) - base.at(fit.end, 1 - fit.end * u.astype(np.float64))))))
    return _MARGIN * worst + base.fit.error
