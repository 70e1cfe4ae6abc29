"""Kinds of parameters: a sample value, and the values that a door refuses.

Every parameter of a door has a kind. A kind gives the sample, and three lists of values that are wrong: of a wrong type
or out of range (`wrong`), not finite (`infinite`), masked (`masked`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

TEXTS: tuple[Any, ...] = ("text", b"bytes", object(), {"a": 1})
SCALARS_THAT_ARE_NONE: tuple[Any, ...] = (*TEXTS, 1j, [1, 2], np.array([1.0, 2.0]))


@dataclass(frozen=True)
class Kind:
    """What all kinds share: here a parameter of which any value is right, with the reason."""

    value: Any
    why: str = field(default="", kw_only=True)  # why no value is wrong, or no law applies

    def wrong(self) -> list[Any]:
        return []

    def infinite(self) -> list[Any]:
        return []

    def masked(self) -> list[Any]:
        return []


class Free(Kind):
    """Any value is right, or what is wrong is not for this table to say: `why` gives the reason."""


@dataclass(frozen=True)
class Given(Kind):
    """A parameter whose wrong values are listed."""

    bad: tuple[Any, ...] = ()

    def wrong(self) -> list[Any]:
        return list(self.bad)


@dataclass(frozen=True)
class Whole(Kind):
    """An integer from `least` to `most`."""

    least: int = 0
    most: int | None = None
    none: bool = False  # whether None is right

    def wrong(self) -> list[Any]:
        bad: list[Any] = [*SCALARS_THAT_ARE_NONE, 2.5, True, np.bool_(True), self.least - 1]
        bad += [] if self.none else [None]
        return bad + ([] if self.most is None else [self.most + 1])

    def infinite(self) -> list[Any]:
        return [math.nan, math.inf]

    def masked(self) -> list[Any]:
        number = 1 if self.value is None else int(self.value)
        return [np.ma.masked, np.ma.masked_array(number, mask=True), np.ma.masked_array(number, mask=False)]


@dataclass(frozen=True)
class Real(Kind):
    """A real number; `bad` are numbers out of its range."""

    bad: tuple[Any, ...] = ()
    also_infinite: bool = False  # whether infinity is a right value
    none: bool = False
    truth: bool = True  # whether True and False are refused

    def wrong(self) -> list[Any]:
        texts = [x for x in SCALARS_THAT_ARE_NONE if not isinstance(x, str)] + ["text"]
        return [*texts, *([True] if self.truth else []), *([] if self.none else [None]), *self.bad]

    def infinite(self) -> list[Any]:
        return [math.nan, np.float64("nan"), *([] if self.also_infinite else [math.inf, -math.inf])]

    def masked(self) -> list[Any]:
        number = 1.0 if self.value is None else float(self.value)
        return [np.ma.masked, np.ma.masked_array(number, mask=True), np.ma.masked_array(number, mask=False)]


@dataclass(frozen=True)
class Flag(Kind):
    def wrong(self) -> list[Any]:
        return [None, 0, 1, "True", 1.0, [True], object(), np.array([True, False])]

    def masked(self) -> list[Any]:
        return [np.ma.masked_array(True, mask=True)]


@dataclass(frozen=True)
class Word(Kind):
    """One of a few words."""

    none: bool = False

    def wrong(self) -> list[Any]:
        return ["no such word", "", 3, 1.5, b"sum", ["sum"], object(), *([] if self.none else [None])]


@dataclass(frozen=True)
class Kernel(Kind):
    """A kernel."""

    def wrong(self) -> list[Any]:
        return ["ntk(3)", None, 1.0, object(), [self.value], type(self.value)]


@dataclass(frozen=True)
class Instance(Kind):
    """A value of one class."""

    none: bool = False

    def wrong(self) -> list[Any]:
        return ["text", 1.5, object(), [object()], type(self.value), *([] if self.none else [None])]


@dataclass(frozen=True)
class Array(Kind):
    """An array of numbers.

    `axis` is the axis of the result along which the rows of the array run (several where the result has its rows
    twice), None where the array is no batch of rows. `dtype` is what float32 gives: "kept", or "float64" where the
    door computes in float64. `empty` is None where no rows are a right value; else a part of the error that says no.
    """

    axis: int | tuple[int, ...] | None = 0
    dtype: str = "kept"
    empty: str | None = None
    none: bool = False
    lists: bool = True
    scalars: bool = False  # whether one number is taken, and gives one number
    bad: tuple[Any, ...] = field(default=(), compare=False)
    unbounded: bool = False  # whether NaN and infinity are right values
    truths: bool = False  # whether arrays of True and False are

    @property
    def axes(self) -> tuple[int, ...]:
        axis = self.axis
        return () if axis is None else axis if isinstance(axis, tuple) else (axis,)

    def wrong(self) -> list[Any]:
        from scipy import sparse

        data = np.asarray(self.value)
        bad: list[Any] = [*TEXTS, data * 1j, data.astype(str), np.full(data.shape, None)]
        bad += [] if self.truths else [data.astype(bool)]
        bad += [[[1.0], [1.0, 2.0]], sparse.coo_array(np.ones((2, 3))), *self.bad]
        return bad + ([] if self.none else [None])

    def infinite(self) -> list[Any]:
        found = []
        for number in () if self.unbounded else (math.nan, math.inf, -math.inf):
            data = np.array(self.value, dtype=np.float64)
            data.flat[-1] = number
            found += [data, data.astype(np.float32)]
        return found

    def masked(self) -> list[Any]:
        data = np.asarray(self.value)
        mask = np.zeros(data.shape, bool)
        mask.flat[-1] = True
        found = [np.ma.masked_array(data, mask), np.ma.masked_array(data, False)]
        return found + ([list(np.ma.masked_array(data, mask))] if data.ndim > 1 and self.lists else [])


@dataclass(frozen=True)
class Degrees(Array):
    """An array of integers >= 0."""

    dtype: str = "integers"
    scalars: bool = True

    def wrong(self) -> list[Any]:
        data = np.asarray(self.value)
        return [
            *TEXTS, 2.5, True, -1, 2**53 + 1, data + 0.5, data - data.max() - 1, data.astype(str),
            data.astype(bool), data * 1j, *([] if self.none else [None]), *self.bad,
        ]  # fmt: skip

    def infinite(self) -> list[Any]:
        return [math.nan, math.inf, np.array([1.0, math.nan])]


def threads() -> Whole:
    return Whole(1, least=1, none=True)


def memory(value: int = 2**28) -> Whole:
    return Whole(value, least=1)


PROGRESS = Given(None, bad=(1, "tqdm", [1]))
