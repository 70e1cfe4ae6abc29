"""A function that returns Gram matrices, as the laws see it: calls with checks, points that are hard, tolerances."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import MpmathArithmetic
from ..numbers.precision import mpmath_context
from .laws import NotApplicableError, WrongError, point_text

Array = np.ndarray[Any, np.dtype[np.float64]]

_ROWS, _OTHERS, _SCATTERED = 7, 5, 29
_DIGITS = 60
_MANY = 8
_SINGLE = 2.0**29  # roundings of float64 in one of float32
_WORST_SINGLE = 0.01  # what float32 may be off by where half of the digits of float64 are stated


@dataclass
class GramCase:
    """The function f, the dimension, and what is stated of it (`check_gram`)."""

    function: Callable[..., Any]
    d: int
    rounding: float
    unit: bool = False
    points: Array | None = None
    diagonal: Any = None
    kernel: Zonal | None = None
    seed: int = 0
    alone: bool = field(init=False)  # whether f(X) is taken for f(X, X)
    remark: str = field(init=False, default="")  # on the values, for the message of a law that fails
    if_it_raises: ClassVar[str] = (
        "an error in f itself, or rows for which f is not defined: state d=, unit=True or points=."
    )

    def __post_init__(self) -> None:
        self.alone = _takes_one(self.function)

    # -- calls --------------------------------------------------------------------------------------------

    def matrix(self, x: Any, y: Any = None) -> Array:
        """f(x, y) in float64, or f(x) where y is None, of copies: what f writes to is looked at by one law alone."""
        return self.matrix_of_these(x.copy(), None if y is None else y.copy())

    def matrix_of_these(self, x: Any, y: Any = None) -> Array:
        """The same of these arrays themselves; `WrongError` for another shape, or what are no real numbers."""
        shape = (len(x), len(x if y is None else y))
        with np.errstate(all="ignore"):
            returned = self.function(x) if y is None else self.function(x, y)
        try:
            found = np.asarray(returned)
        except ValueError as error:
            raise WrongError(
                f"{self.call(y)} is no array of {shape[0]} rows of {shape[1]} numbers, but a "
                f"{type(returned).__name__} that NumPy cannot read: {error}"
            ) from None
        if np.ma.isMaskedArray(returned) and np.any(np.ma.getmaskarray(returned)):
            masked = np.argwhere(np.ma.getmaskarray(returned))
            raise WrongError(
                f"{self.call(y)} has {len(masked)} masked entries of {found.size}, the first at "
                f"{tuple(masked[0].tolist())}, for X of shape {x.shape}"
            )
        if isinstance(returned, list | tuple) and not found.size:
            found = np.empty(shape)  # a list of no rows does not know how long they are
        if found.dtype.kind not in "iuf":
            raise WrongError(
                f"{self.call(y)} has the dtype {found.dtype}, for arrays of {x.dtype}; it should be floats"
            )
        if found.shape != shape:
            other = x if y is None else y
            raise WrongError(
                f"{self.call(y)} has shape {found.shape}, for X of shape {x.shape} and Y of {other.shape}; it should "
                f"be {shape}"
            )
        if x.dtype == np.float64 and not self.remark and _is_short(found):
            self.remark = "all values are floats of float32: are rows in float64 cast to it?"
        return found.astype(np.float64)

    @staticmethod
    def call(y: Any) -> str:
        """f(X) or f(X, Y)."""
        return "f(X)" if y is None else "f(X, Y)"

    @staticmethod
    def at(x: Any, i: int, y: Any, j: int) -> str:
        """Where an entry stands, as text."""
        return f"x = {point_text(x[i])}, y = {point_text(y[j])}"

    # -- points -------------------------------------------------------------------------------------------

    def rows(self) -> tuple[Array, Array]:
        """Two batches of rows, no two of them alike."""
        if self.points is not None:
            half = max(len(self.points) * 3 // 5, 1)
            return self.points[:half].copy(), self.points[-half:].copy()
        x = self._random(0, _ROWS + _OTHERS)
        return x[:_ROWS], x[_ROWS:]

    def _random(self, number: int, count: int) -> Array:
        rng = np.random.default_rng((self.seed, number))
        x = rng.standard_normal((count, self.d))
        x /= np.linalg.norm(x, axis=1)[:, None]
        return x if self.unit else x * 10 ** rng.uniform(-1, 1, (count, 1))

    def beside(self, base: Array, other: Array, exponents: Sequence[float]) -> Array:
        """Rows at the distances 10^e |base| from the base, towards the other row.

        Between points of the user's, at 10^e of their distance: f may be defined on a convex set alone.
        """
        if self.points is not None and not self.unit:
            return np.array([base + 10.0**e * (other - base) for e in exponents])
        length = np.linalg.norm(base)
        direction = other / np.linalg.norm(other) * length if np.any(other) else np.ones_like(base) * length
        rows = np.array([base + 10.0**e * direction for e in exponents])
        return rows / np.linalg.norm(rows, axis=1)[:, None] if self.unit else rows

    def families(self) -> list[tuple[Array, str]]:
        """Batches of rows, and what is hard about each."""
        x, other = self.rows()
        found = [(x, "rows in general position"), (np.concatenate([x, x]), "equal rows")]
        near = np.concatenate([self.beside(a, b, (-4, -8, -9)) for a, b in zip(x, other, strict=False)])
        if not self.refuses_near:
            found.append((np.concatenate([x, near]), "rows next to each other"))
        if self.points is not None:
            return found
        found.append((np.concatenate([x, -x, -near]), "opposite rows"))
        if not self.unit:
            found.append((np.concatenate([x, x / 3, np.zeros((1, self.d))]), "multiples, and a row of zeros"))
        return found

    @cached_property
    def refuses_near(self) -> str:
        """What f raises for rows next to points of the user's, where it is not defined; "" where it takes them."""
        if self.points is None:
            return ""
        near = self.beside(self.points[0], self.points[-1], (-2, -9))
        try:
            self.matrix(near, self.points)
        except WrongError:
            return ""
        except Exception as error:  # noqa: BLE001 - the code of a user may raise anything
            return f"{type(error).__name__}: {error}"
        return ""

    def scattered(self) -> Array:
        """Many rows in general position, and some equal ones."""
        x = self._random(1, _SCATTERED) if self.points is None else self.points
        return np.concatenate([x, x[:3]])

    def require_free(self, reason: str, unit: bool = False) -> None:
        """`NotApplicableError` where only points of the user's, or of norm 1, are to be used."""
        if self.points is not None:
            raise NotApplicableError(f"only the points that were given are used: {reason}")
        if self.unit and not unit:
            raise NotApplicableError(f"rows have norm 1: {reason}")

    # -- tolerances ---------------------------------------------------------------------------------------

    @property
    def single(self) -> float:
        """How many times the rounding is in float32."""
        return min(_SINGLE, max(_WORST_SINGLE / self.rounding, 1.0))

    def sizes(self, x: Any, y: Any) -> Array:
        """(f(x_i, x_i) f(y_j, y_j))^{1/2}."""
        left, right = (np.sqrt(np.abs(np.diagonal(self.matrix(rows, rows)))) for rows in (x, y))
        return np.outer(left, right)

    def compare(
        self, found: tuple[str, Array], wanted: tuple[str, Array], sizes: Array, roundings: float, x: Any, y: Any = None
    ) -> float:
        """How far two matrices with names are apart, relative to sizes; `WrongError` for more than so many roundings.

        Rows of the matrices are those of x, columns those of y; y is None where there is one column.
        """
        off = np.abs(found[1] - wanted[1])
        excess = off - roundings * self.rounding * sizes
        if np.any(~(excess <= 0)):
            worst = np.argmax(np.where(np.isnan(excess), np.inf, excess))
            i, j = np.unravel_index(worst, off.shape)
            share = off[i, j] / sizes[i, j] if sizes[i, j] else math.inf
            where = f"x = {point_text(x[i])}" if y is None else self.at(x, int(i), y, int(j))
            raise WrongError(
                f"{found[0]} = {found[1][i, j]:.12g}, but {wanted[0]} = {wanted[1][i, j]:.12g}, at {where}; they "
                f"differ by {share:.1e} of (f(x, x) f(y, y))^(1/2), and {roundings * self.rounding:.1e} is allowed for "
                "rounding"
            )
        there = sizes > 0
        return float(np.max(off[there] / sizes[there], initial=0.0))

    # -- what is stated -------------------------------------------------------------------------------------

    def stated_diagonal(self, x: Array) -> Array | None:
        """What f(x, x) should be, where that is stated."""
        if self.diagonal is not None:
            if not callable(self.diagonal):
                return np.full(len(x), float(self.diagonal))
            value = np.asarray(self.diagonal(x.copy()))
            if value.dtype.kind not in "iuf" or value.shape not in ((), (len(x),)):
                raise WrongError(
                    f"diagonal(X), as stated, has the dtype {value.dtype} and shape {value.shape}, for X of shape "
                    f"{x.shape}; it should be {len(x)} floats"
                )
            return np.broadcast_to(value.astype(np.float64), (len(x),))
        if self.kernel is None or not math.isfinite(self.kernel.at_one):
            return None
        if self.kernel.homogeneous:
            return np.sum(x * x, axis=1) * self.kernel.at_one
        return np.full(len(x), self.kernel.at_one) if self.unit else None

    @property
    def diagonal_text(self) -> str:
        """What it should be, in words."""
        if self.diagonal is not None:
            return "what is stated"
        return "|x|^2 kappa(1)" if self.kernel is not None and self.kernel.homogeneous else "kappa(1)"

    @property
    def reference_text(self) -> str:
        """The kernel that is stated, in words."""
        assert self.kernel is not None
        return "|x||y| kappa(cos)" if self.kernel.homogeneous else "kappa(cos) for rows of norm 1"

    def reference_rows(self) -> tuple[Array, Array]:
        """Rows where the stated kernel is known: of norm 1 for kernels that are not homogeneous."""
        x, y = self.rows()
        if self.points is not None:
            y = np.concatenate([y[:4], x[:1]])
        else:
            near = self.beside(x[0], y[0], (-5, -9))
            y = np.concatenate([y[:2], x[:1], near, -x[:1], -near[1:]])
        if self.kernel is not None and not self.kernel.homogeneous:
            x, y = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in (x, y))
        return x[:3], y

    @property
    def reference(self) -> Callable[[Array, Array], Array] | None:
        """The stated kernel at pairs of rows, by 60 digits."""
        if self.kernel is None or self.kernel.user_functions or not math.isfinite(self.kernel.at_one):
            return None
        return self._reference

    def _reference(self, x: Array, y: Array) -> Array:
        assert self.kernel is not None
        mp = mpmath_context(_DIGITS)
        arithmetic, found = MpmathArithmetic(mp), np.zeros((len(x), len(y)))
        lefts, rights = ([[mp.mpf(float(v)) for v in row] for row in rows] for rows in (x, y))
        for i, a in enumerate(lefts):
            for j, b in enumerate(rights):
                one, two = mp.norm(a), mp.norm(b)
                gap = mp.norm([p / one - q / two for p, q in zip(a, b, strict=True)])
                angle = 2 * mp.asin(min(gap / 2, mp.one))
                value = Point.from_angle(arithmetic, angle).pair(self.kernel).value
                found[i, j] = float(one * two * value if self.kernel.homogeneous else value)
        return found


def _is_short(values: Any) -> bool:
    """Whether none of many values has more digits than float32, and they are no integers."""
    if values.dtype.kind != "f" or not np.all(np.isfinite(values)) or values.size < _MANY:
        return False
    with np.errstate(all="ignore"):
        short = bool(np.all(values == values.astype(np.float32)))
    return short and len(np.unique(values[values % 1 != 0])) >= _MANY


def _takes_one(function: Callable[..., Any]) -> bool:
    """Whether a function may be called with X alone."""
    try:
        inspect.signature(function).bind(None)
    except (TypeError, ValueError):  # it takes two, or is written in C and does not say
        return False
    return True
