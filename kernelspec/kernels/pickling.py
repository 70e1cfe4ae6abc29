"""Kernels as plain data, for pickle, copy and joblib: their fields, and no value that was read and kept.

Equal kernels become equal data, however their parts are shared in memory: every kernel inside is written once, before
the first that holds it. A kernel of the user's own that says how it is pickled (`__reduce__`, `__getstate__`), or is
no dataclass, is left to pickle.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

from .zonal import Zonal

_TUPLE, _KERNEL, _FRACTION, _OTHER = range(4)


def is_plain(kernel: Zonal) -> bool:
    """Whether a kernel is what its fields say, and pickled by them."""
    kind = type(kernel)
    return (
        dataclasses.is_dataclass(kind)
        and kind.__reduce__ is object.__reduce__
        and kind.__getstate__ is object.__getstate__
    )


def written(kernel: Zonal) -> tuple[Any, ...]:
    """The kernel and those inside it: ((class, name of a field, value, ...), ...), the kernel itself last."""
    places: dict[Zonal, int] = {}
    nodes: list[tuple[Any, ...]] = []
    stack = [kernel]
    while stack:
        node = stack[-1]
        if node in places:
            stack.pop()
            continue
        fields = {f.name: getattr(node, f.name) for f in dataclasses.fields(node)}  # type: ignore[arg-type]  # `is_plain`
        missing = [k for k in _inside(tuple(fields.values())) if k not in places]
        if missing:
            stack += reversed(missing)
            continue
        stack.pop()
        places[node] = len(nodes)
        data = [part for name, value in fields.items() for part in (name, _data(value, places))]
        nodes.append((type(node), *data))
    return tuple(nodes)


def restored(nodes: tuple[Any, ...]) -> Zonal:
    """The kernel that `written` wrote."""
    made: list[Zonal] = []
    for kind, *data in nodes:
        kernel = object.__new__(kind)
        for name, value in zip(data[::2], data[1::2], strict=True):
            object.__setattr__(kernel, name, _value(value, made))
        made.append(kernel)
    return made[-1]


def _inside(value: Any) -> list[Zonal]:
    """The kernels in the fields, which are kernels, tuples of them, or anything else."""
    if isinstance(value, Zonal):
        return [value] if is_plain(value) else []
    return [k for part in value for k in _inside(part)] if type(value) is tuple else []


def _data(value: Any, places: dict[Zonal, int]) -> tuple[Any, ...]:
    if type(value) is tuple:
        return (_TUPLE, *(_data(part, places) for part in value))
    if isinstance(value, Zonal) and is_plain(value):
        return _KERNEL, places[value]
    if type(value) is Fraction:
        return _FRACTION, value.numerator, value.denominator
    return _OTHER, value


def _value(data: tuple[Any, ...], made: list[Zonal]) -> Any:
    kind, *rest = data
    if kind == _TUPLE:
        return tuple(_value(part, made) for part in rest)
    if kind == _FRACTION:
        return Fraction(*rest)
    return made[rest[0]] if kind == _KERNEL else rest[0]
