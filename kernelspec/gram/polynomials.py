r"""Polynomials of one variable that arrays of cosines have cheaply, evaluated in place.

A kernel that is analytic inside (-1, 1), and at an end in half powers, is analytic in the distance's root
s = sqrt(1 - u) (or sqrt(1 + u) at the other end), hence in

.. math:: y = \alpha + \beta s, \qquad y = \alpha + \beta\, \frac{s}{s + a},

which map the interval of s to [-1, 1]: the second one moves the singularities of deep networks, which lie near s < 0,
away from it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numbers.checks import FloatArray


@dataclass(frozen=True, eq=False)
class Variable:
    """y, in [-1, 1], of the distance x from an `end` (1 - u or 1 + u), or of u itself (end 0), in [low, high].

    `shift` is a of the module's docstring, None for the first form.
    """

    end: int
    low: float
    high: float
    shift: float | None

    @functools.cached_property
    def line(self) -> tuple[float, float]:
        """(beta, alpha)."""
        if self.end == 0:
            return 2 / (self.high - self.low), -(self.high + self.low) / (self.high - self.low)
        first, last = self._roots
        if self.shift is not None:
            first, last = first / (first + self.shift), last / (last + self.shift)
        return 2 / (last - first), -(last + first) / (last - first)

    @property
    def _roots(self) -> tuple[float, float]:
        """The interval of s."""
        nearest, farthest = (1 - self.high, 1 - self.low) if self.end == 1 else (1 + self.low, 1 + self.high)
        return math.sqrt(nearest), math.sqrt(farthest)

    def inverse(self, angles: FloatArray) -> FloatArray:
        """x at y = cos(angle), where no digit of a small one is lost."""
        if self.end == 0:
            return (self.high + self.low) / 2 + (self.high - self.low) / 2 * np.cos(angles)
        first, last = self._roots
        more, less = np.cos(angles / 2) ** 2, np.sin(angles / 2) ** 2  # (1 + y)/2, (1 - y)/2
        if self.shift is None:
            root = first * less + last * more
        else:
            first, last = first / (first + self.shift), last / (last + self.shift)
            root = self.shift * (first * less + last * more) / ((1 - first) * less + (1 - last) * more)
        return root * root

    def of(self, x: Any, out: Any, doubled: bool, spare: Any) -> None:
        """y at x, or 2 (1 + y), into out."""
        beta, alpha = self.line
        beta, alpha = x.dtype.type(2 * beta if doubled else beta), x.dtype.type(2 * (1 + alpha) if doubled else alpha)
        if self.end == 0:
            np.multiply(x, beta, out=out)
        else:
            np.sqrt(x, out=out)
            if self.shift is not None:
                np.add(out, x.dtype.type(self.shift), out=spare)
                np.divide(out, spare, out=out)
            np.multiply(out, beta, out=out)
        np.add(out, alpha, out=out)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A kernel in an interval of u as a polynomial: `degree`, `error` and `evaluate`.

    `error` bounds the difference from the kernel, absolute, as measured (see the module); `size` is the kernel's, of
    which that is a small part: the largest |kappa| that was seen. `distance` gives what `evaluate` reads: 1 - u or
    1 + u where `end` is 1 or -1 (put it there yourself where it is known better than u), u where it is 0.
    """

    variable: Variable
    coefficients: Any  # of powers of y, or of Chebyshev polynomials, in the dtype of what is evaluated
    chebyshev: bool
    error: float
    size: float

    arrays = 3  # of the shape of x, that `evaluate` works in

    @property
    def end(self) -> int:
        return self.variable.end

    @property
    def low(self) -> float:
        return self.variable.low

    @property
    def high(self) -> float:
        return self.variable.high

    @property
    def degree(self) -> int:
        return len(self.coefficients) - 1

    @property
    def passes(self) -> int:
        """About how many array operations an evaluation takes."""
        around = 2 if self.end == 0 else 7 if self.variable.shift is None else 9
        return around + (4 if self.chebyshev else 2) * self.degree

    def distance(self, u: Any, out: Any) -> None:
        """What `evaluate` reads, into out; cosines that are rounded beyond the end are at the end."""
        if self.end == 1:
            np.subtract(u.dtype.type(1), u, out=out)
        elif self.end == -1:
            np.add(u, u.dtype.type(1), out=out)
        else:
            np.copyto(out, u)

    def evaluate(self, x: Any, out: Any, work: Sequence[Any]) -> None:
        """kappa at the distances x >= 0 (or u, see `distance`), into `out`, by way of `arrays` arrays of that shape.

        `out` may be x; all have one dtype, that of the fit.
        """
        y, c = work[0], self.coefficients
        self.variable.of(x, y, self.chebyshev, work[1])
        if self.chebyshev:
            self._clenshaw(y, out, work)
            return
        if self.degree == 0:
            out[...] = c[0]
            return
        np.multiply(y, c[-1], out=out)
        for number in c[-2:0:-1]:
            np.add(out, number, out=out)
            np.multiply(out, y, out=out)
        np.add(out, c[0], out=out)

    def _clenshaw(self, z: Any, out: Any, work: Sequence[Any]) -> None:
        """Clenshaw's sum in Reinsch's form, which keeps the digits next to y = -1, where an end is; z = 2 (1 + y).

        d_k = z b_{k+1} - d_{k+1} + c_k and b_k = d_k - b_{k+1} (Oliver 1977, J. Inst. Math. Appl. 20).
        """
        c, b, d, product = self.coefficients, out, work[1], work[2]
        b[...] = c[-1]
        d[...] = c[-1]
        for number in c[-2:0:-1]:
            np.multiply(z, b, out=product)
            np.subtract(product, d, out=d)
            np.add(d, number, out=d)
            np.subtract(d, b, out=b)
        np.multiply(z, b, out=product)
        np.multiply(product, c.dtype.type(0.5), out=product)
        np.subtract(product, d, out=out)
        np.add(out, c[0], out=out)

    def __call__(self, u: Any) -> Any:
        """kappa at an array of cosines of the interval, in the dtype of the fit."""
        u = np.asarray(u, dtype=self.coefficients.dtype)
        x = np.empty_like(u)
        self.distance(u, x)
        np.maximum(x, -1.0 if self.end == 0 else 0.0, out=x)
        self.evaluate(x, x, [np.empty_like(u) for _ in range(self.arrays)])
        return x
