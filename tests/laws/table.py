"""A row of the table: a door, how it is called, and what each law needs or why it does not apply."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from kernelspec.numbers.arithmetic_protocol import Value

from .collect import doors, signature
from .kinds import Array, Degrees, Kind, Real, Whole

LAWS = (
    "values",
    "symmetry",
    "dtype",
    "single",
    "permutation",
    "scale",
    "empty",
    "one_row",
    "untouched",
    "layout",
    "threads",
    "seterr",
    "masked",
    "finite",
    "types",
)
# Parts of `dtype` and of `values` that a row may except by themselves.
PARTS = ("float16", "integers", "numbers")
Law = Callable[["Row"], None]


@dataclass(frozen=True)
class Row:
    """One door, or one variant of it.

    Parameters
    ----------
    door : its name (`collect`).
    given : a kind for every parameter, with the sample value.
    oracle : what the door should give, computed without the library, for the same keywords.
    of : makes the object whose method or property the door is; None for functions and classes.
    variant : tells several rows of one door apart.
    laws : exceptions: the reason why a law does not apply, or the row's own version of it.
    rtol, atol : how far values may be from the oracle's, entry by entry; `norm` of the largest value.
    rounding : how far results may differ that a law says are equal, of the largest; 0 is bitwise equality.
    short : how far float32 may be from float64, of the largest value.
    degree : of homogeneity in each array, and `scales`, the powers of two that are tried.
    symmetric : two parameters that may be exchanged, the result then being transposed.
    also : more samples for `values` and `seterr`: keywords in place of those of `given`.
    extreme : more samples for `seterr` alone.
    large : the sample for `threads`.
    then : is done with what the door returns, where that judges the arguments: estimators do so in `fit`.
    read : makes numbers of the result.
    named : how errors call a parameter, where they do not call it by its name.
    """

    door: str
    given: Mapping[str, Kind] = field(default_factory=dict)
    oracle: Callable[..., Value] | None = None
    of: Callable[[], Any] | None = None
    variant: str = ""
    laws: Mapping[str, str | Law] = field(default_factory=dict)
    rtol: float = 1e-14
    atol: float = 0.0
    norm: float = 0.0
    rounding: float = 0.0
    short: float = 1e-6
    degree: Mapping[str, float] = field(default_factory=dict)
    scales: tuple[int, ...] = (-500, -40, 40, 500)
    symmetric: tuple[str, str] | None = None
    also: tuple[Mapping[str, Any], ...] = ()
    extreme: tuple[Mapping[str, Any], ...] = ()
    large: Mapping[str, Any] = field(default_factory=dict)
    then: Callable[[Any], Any] = lambda result: result
    read: Callable[[Value], Value] = lambda result: result
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.door}({self.variant})" if self.variant else self.door

    @cached_property
    def arguments(self) -> dict[str, Any]:
        return {name: kind.value for name, kind in self.given.items()}

    @property
    def arrays(self) -> dict[str, Array]:
        """The array parameters of the sample."""
        return {name: kind for name, kind in self.given.items() if isinstance(kind, Array) and kind.value is not None}

    @property
    def batches(self) -> dict[str, Array]:
        """Those of which the rows are rows of the result."""
        return {name: kind for name, kind in self.arrays.items() if kind.axes}

    def raw(self, **changes: Any) -> Any:
        """What the door returns for the sample with changes."""
        keywords = {**self.arguments, **changes}
        if self.of is None:
            target = doors()[self.door]
        else:
            instance, method = self.of(), self.door.rpartition(".")[2]
            if not callable(getattr(type(instance), method, None)):
                return getattr(instance, method)
            target = getattr(instance, method)
        several: tuple[Any, ...] = ()
        for name, parameter in signature(target).items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                several = tuple(keywords.pop(name))
            elif parameter.kind is parameter.VAR_KEYWORD:
                keywords.update(keywords.pop(name))
            elif parameter.kind is parameter.POSITIONAL_ONLY:
                several += (keywords.pop(name),)
        return self.then(target(*several, **keywords))

    def call(self, **changes: Any) -> list[Any]:
        """What is read from the result, as a flat list of arrays and other values."""
        return leaves(self.read(self.raw(**changes)))

    def reason(self, law: str) -> str:
        """Why a law does not apply; "" where it does."""
        own = self.laws.get(law)
        if own is not None:
            return own if isinstance(own, str) else ""
        if law in ("dtype", "single", "permutation", "scale", "empty", "one_row", "untouched", "layout"):
            if not self.arrays:
                return "reads no array"
        if law in ("single", "permutation", "empty", "one_row") and not self.batches:
            return "; ".join(kind.why for kind in self.arrays.values())
        if law == "scale" and all(isinstance(kind, Degrees) for kind in self.arrays.values()):
            return "integers have no scale"
        if law == "threads" and "threads" not in self.given:
            return "works in one thread"
        if law == "symmetry" and len(self.arrays) < 2 and self.symmetric is None:
            return "has no two arguments to exchange"
        if law in ("masked", "finite", "types"):
            if not self.given:
                return "takes no argument"
            numeric = any(isinstance(kind, Array | Whole | Real) for kind in self.given.values())
            if law != "types" and not numeric:
                return "takes neither numbers nor arrays but for what its types refuse"
            if not any(self.refused(law)):
                return "; ".join(dict.fromkeys(kind.why for kind in self.given.values() if kind.why))
        return ""

    def lacks(self, law: str) -> str:
        """What a law that applies needs and the row does not say; "" where nothing is missing."""
        if callable(self.laws.get(law)) or self.reason(law):
            return ""
        if law == "values" and self.oracle is None:
            return "an oracle"
        if law == "symmetry" and self.symmetric is None:
            return "the two parameters that may be exchanged, or the reason why none may"
        if law == "scale" and not self.degree:
            return "the degree of homogeneity, or the reason why there is none"
        if law in ("single", "permutation", "empty", "one_row") and not self.batches:
            return "the reason why an array is no batch"
        if law == "threads" and not self.large:
            return "a sample that is large enough for several threads"
        if law in ("masked", "finite", "types") and not any(self.refused(law)):
            return "a value that is refused, or the reason why there is none"
        return ""

    def refused(self, law: str) -> Iterator[tuple[str, Any]]:
        """Parameters and values that are refused."""
        method = {"masked": "masked", "finite": "infinite", "types": "wrong"}[law]
        for name, kind in self.given.items():
            for value in getattr(kind, method)():
                yield name, value

    def but(self, **changes: Any) -> Row:
        """The same row with other fields."""
        return dataclasses.replace(self, **changes)


def leaves(value: Value) -> list[Any]:
    """Numbers and arrays as arrays, out of tuples, lists and dicts; anything else as it is."""
    if isinstance(value, np.ndarray | np.generic | int | float | complex):
        return [np.asarray(value)]
    if isinstance(value, tuple | list):
        return [leaf for each in value for leaf in leaves(each)]
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    return [value]


def but(reason: str, *laws: str) -> dict[str, str | Law]:
    """The reason why none but these laws apply."""
    return {law: reason for law in LAWS if law not in laws}


def cases(*, at: Mapping[str, Any], of: Callable[[str], Any], close: float = 0.0) -> Law:
    """Values of a fact: what is expected of `of(text)`, by the text of a kernel; numbers to `close` of themselves."""

    def values(row: Row) -> None:
        for text, expected in at.items():
            found = of(text)
            if close:
                np.testing.assert_allclose(found, expected, rtol=close, err_msg=text)
            else:
                assert found == expected, f"{text}: {found!r} is not {expected!r}"

    return values
