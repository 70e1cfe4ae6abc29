"""Turns and reflections of the plane, and their action on images and maps (Bietti & Mairal 2019, JMLR; claim 51)."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...numbers.checks import FloatArray, array, broadcast, choice, flag, integer
from ...numbers.precision import default_errors
from ..axes import last_axes

INTERPOLATIONS = ("bilinear", "cubic")
_MOST_TURNS = 360


@dataclass(frozen=True)
class Group:
    """A point group of the plane; made by `cyclic` and `dihedral`.

    Element a < m is the turn by a * 360/m degrees, anticlockwise as `numpy.rot90` turns; element m + a is the
    reflection of the columns (`numpy.fliplr`) followed by that turn.
    """

    turns: int
    reflections: bool = False
    interpolation: str = "none"

    def __post_init__(self) -> None:
        turns = integer("turns", self.turns, 1)
        if turns > _MOST_TURNS:
            raise ValueError(f"turns must be at most {_MOST_TURNS}, got {turns}")
        if not isinstance(self.reflections, bool | np.bool_):
            raise TypeError(f"reflections must be True or False, got {self.reflections!r}")
        known = ("none",) if turns in (1, 2, 4) else INTERPOLATIONS
        choice("interpolation", self.interpolation, known)
        object.__setattr__(self, "turns", turns)
        object.__setattr__(self, "reflections", bool(self.reflections))

    def __repr__(self) -> str:
        name = "dihedral" if self.reflections else "cyclic"
        more = "" if self.exact else f", interpolation={self.interpolation!r}"
        return f"{name}({self.turns}{more})"

    @property
    def order(self) -> int:
        """How many elements there are: m, or 2m with reflections."""
        return self.turns * (1 + self.reflections)

    @property
    def exact(self) -> bool:
        """Whether every element maps the grid to itself, so that nothing is interpolated."""
        return self.interpolation == "none"

    @property
    def elements(self) -> FloatArray:
        """The matrices on (row, column), measured from the middle of the image; shape (order, 2, 2), read-only."""
        return _elements(self.turns, self.reflections)

    def product(self, a: Any, b: Any) -> Any:
        """The number of the element a b, first b and then a; of arrays as well.

        >>> g = dihedral(4)
        >>> g.product(1, 4), g.product(4, 1)  # a reflection and then a turn; a turn and then a reflection
        (5, 7)
        """
        a, b, m = self._numbers("a", a), self._numbers("b", b), self.turns
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            a, b = broadcast(a=a, b=b)
        flip, other = a // m, b // m
        return (a + (1 - 2 * flip) * b) % m + m * ((flip + other) % 2)

    def inverse(self, a: Any) -> Any:
        """The number of the element a^{-1}; of arrays as well."""
        a = self._numbers("a", a)
        found = np.where(a < self.turns, -a % self.turns, a)
        return found if found.ndim else int(found)

    def _numbers(self, name: str, value: Any) -> Any:
        """Numbers of elements, one or an array."""
        numbers = array(name, value)
        if numbers.dtype.kind not in "iu":
            raise TypeError(f"{name} must be the number of an element, an integer; got {value!r}")
        if numbers.size and not (0 <= numbers.min() and numbers.max() < self.order):
            raise ValueError(f"{name} must be the number of an element, from 0 to {self.order - 1}; got {value!r}")
        return numbers.astype(np.int64) if numbers.ndim else int(numbers)


@functools.lru_cache(maxsize=64)
def _elements(turns: int, reflections: bool) -> FloatArray:
    angles = 2 * math.pi * np.arange(turns) / turns
    cosine, sine = np.cos(angles), np.sin(angles)
    quarters = np.flatnonzero(4 * np.arange(turns) % turns == 0)
    cosine[quarters], sine[quarters] = np.rint(cosine[quarters]), np.rint(sine[quarters])
    found: FloatArray = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], 1) + 0.0
    if reflections:
        found = np.concatenate([found, found @ np.diag([1.0, -1.0])]) + 0.0
    found.flags.writeable = False
    return found


def cyclic(m: int, interpolation: str | None = None) -> Group:
    """The group C_m of turns by multiples of 360/m degrees.

    Parameters
    ----------
    m : 1 to 360. C_1, C_2 and C_4 are exact.
    interpolation : of the other groups, how maps are read between pixels: "bilinear", or "cubic" (the default),
        the cubic convolution of Keys (1981), which is exact for polynomials of degree 2.

    >>> cyclic(4).elements[1]  # (row, column) -> (-column, row)
    array([[ 0., -1.],
           [ 1.,  0.]])
    >>> cyclic(8)
    cyclic(8, interpolation='cubic')
    """
    return _group(m, False, interpolation)


def dihedral(m: int, interpolation: str | None = None) -> Group:
    """The group D_m of the turns of `cyclic` and as many reflections."""
    return _group(m, True, interpolation)


def _group(m: int, reflections: bool, interpolation: str | None) -> Group:
    m = integer("m", m, 1)
    if interpolation is not None:
        choice("interpolation", interpolation, INTERPOLATIONS)
    return Group(m, reflections, "none" if m in (1, 2, 4) else interpolation or "cubic")


@default_errors
def act(x: Any, turns: int = 1, reflection: bool = False, channels: str | None = None) -> Any:
    """The action L_g on images, exactly: the columns reversed if so wanted, then quarter turns anticlockwise.

    A new array of the dtype of x; NaN is moved as any other number is.

    Parameters
    ----------
    x : images, shape (n, height, width, channels); or signals, shape (n, length, channels), with 0 turns.
    turns : how many quarter turns, any integer.
    reflection : whether the columns are reversed first.
    channels : "last", or "first", as in the result then; None refuses shapes that look like those of channels first.

    >>> act(np.arange(4.0).reshape(1, 2, 2, 1))[0, :, :, 0]
    array([[1., 3.],
           [0., 2.]])
    """
    x = array("x", x)
    last_axes("x", x.shape, channels)
    first = 2 if channels == "first" else 1
    return _turned("x", x, turns, reflection, tuple(range(first, first + x.ndim - 2)))


def act_on_maps(maps: Any, turns: int = 1, reflection: bool = False, *, group: Group) -> Any:
    """The action L_g of quarter turns on maps, L_g x(u, r) = x(g^{-1} u, g^{-1} r).

    Parameters
    ----------
    maps : shape (n, order, height, width), or (n, 1, height, width) without turns; (n, order, length) of signals.
    turns, reflection : as in `act`; they must be elements of the group.
    group : whose quarter turns and reflections these are.

    The maps of `Network.maps` obey maps(act(x, ...)) = act_on_maps(maps(x), ..., group=group).
    """
    if not isinstance(group, Group):
        raise TypeError(f"group must be groups.cyclic(m) or groups.dihedral(m); got {group!r}")
    maps = array("maps", maps)
    if maps.ndim not in (3, 4) or maps.shape[1] not in (1, group.order):
        raise ValueError(
            f"maps must have shape (n, {group.order}, height, width) or (n, {group.order}, length), or 1 in place of "
            f"{group.order}; got {maps.shape}"
        )
    moved = _turned("maps", maps, turns, reflection, tuple(range(2, maps.ndim)))
    quarters = int(turns) % 4
    if quarters * group.turns % 4 or (reflection and not group.reflections):
        raise ValueError(f"turns and reflection must give an element of {group!r}; got {turns} and {reflection}")
    if maps.shape[1] == 1:
        return moved
    element = quarters * group.turns // 4 + group.turns * bool(reflection)
    return moved[:, group.product(group.inverse(element), np.arange(group.order))]


def _turned(name: str, x: Any, turns: int, reflection: bool, axes: tuple[int, ...]) -> Any:
    reflection = flag("reflection", reflection)
    turns = integer("turns", turns, None)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be a real array; got dtype {x.dtype}")
    x = np.flip(x, axes[-1]) if reflection else x
    if len(axes) == 2:
        return np.rot90(x, int(turns) % 4, axes).copy()  # which shares no memory with the data
    if turns % 4:
        raise ValueError(
            f"turns must be 0, or a multiple of 4, where {name} has the shape {x.shape}: signals have no turns; got "
            f"{turns}"
        )
    return x.copy()
