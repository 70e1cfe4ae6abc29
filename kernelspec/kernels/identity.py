"""When kernels are the same value: by class and fields, of which lists, dicts and arrays count by their contents.

A dataclass hashes and compares the tuple of its fields, which is refused for arrays; and a list has no hash. What is
read from a kernel is kept under the kernel, so that every kernel needs both.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np


class ByFields:
    """The `==` and the hash of every subclass that is a dataclass and states none of its own."""

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not {"__eq__", "__hash__"} & set(vars(cls)):  # `dataclass` writes none where there is one
            cls.__eq__, cls.__hash__ = ByFields.__eq__, ByFields.__hash__  # type: ignore[method-assign]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        kind: Any = type(self)  # its hash is that of a class
        fields = _reader(kind)
        if fields is None:
            return False
        mine, others = fields(self), fields(other)
        try:
            same_hash = hash(mine) == hash(others)
        except TypeError:
            return _contents(self) == _contents(other)
        return same_hash and bool(mine == others)

    def __hash__(self) -> int:
        kind: Any = type(self)
        fields = _frozen_reader(kind)
        if fields is None:
            return object.__hash__(self)
        try:
            return hash(fields(self))
        except TypeError:
            return hash(_contents(self))


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any] | None:
    """What gives the fields that count of an instance of a class; None where each instance is a value of its own."""
    parameters = getattr(kind, "__dataclass_params__", None)
    if parameters is None or not parameters.eq:
        return None
    names = _names(kind)
    return operator.attrgetter(*names) if names else lambda kernel: ()


@functools.cache
def _frozen_reader(kind: Any) -> Callable[[Any], Any] | None:
    """The same; TypeError where fields may change."""
    found = _reader(kind)
    if found is not None and not kind.__dataclass_params__.frozen:
        raise TypeError(f"the kernel {kind.__name__} must be a frozen dataclass (frozen=True): what is read is kept")
    return found


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.compare)


def _contents(kernel: Any) -> tuple[Any, ...]:
    """The fields as values with a hash; TypeError that names the kernel's class and the field which has none."""
    found = []
    for name in _names(type(kernel)):
        value = getattr(kernel, name)
        try:
            found.append(contents(value))
        except TypeError:
            raise TypeError(
                f"the field {name} of the kernel {type(kernel).__name__} must be a value with a hash, or a list, "
                f"tuple, dict, set or array of such; got {type(value).__name__}"
            ) from None
    return tuple(found)


def contents(value: Any) -> Any:
    """A value with a hash, equal for equal values of one type: numbers and the like, containers and arrays of them."""
    try:
        hash(value)
        return value
    except TypeError:
        pass
    kind = type(value)
    if isinstance(value, list | tuple):
        return kind, tuple(map(contents, value))
    if isinstance(value, Mapping):
        return kind, frozenset((key, contents(each)) for key, each in value.items())
    if isinstance(value, AbstractSet):
        return kind, frozenset(value)
    if isinstance(value, bytearray):
        return kind, bytes(value)
    if not hasattr(value, "__array__"):
        raise TypeError(f"a {kind.__name__} has no hash")
    array = np.asarray(value)
    data = tuple(map(contents, array.ravel().tolist())) if array.dtype.hasobject else array.tobytes()
    mask = np.ma.getmaskarray(value).tobytes() if np.ma.isMaskedArray(value) else b""
    return kind, array.shape, array.dtype.str, data, mask
