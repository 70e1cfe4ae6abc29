"""When results are the same, and what arrays they hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from kernelspec.numbers.arithmetic_protocol import Value

Array = np.ndarray[Any, np.dtype[Any]]


def same(found: list[Any], wanted: list[Any], rounding: float, what: str, among: list[Any] | None = None) -> None:
    """The same kinds, shapes, dtypes and values, to `rounding` of the largest finite one (`among` more of them)."""
    assert len(found) == len(wanted), f"{what}: {len(found)} results, not {len(wanted)}"
    for one, two, all_of_it in zip(found, wanted, among or wanted, strict=True):
        if not isinstance(two, np.ndarray | np.generic):
            assert repr(one) == repr(two), f"{what}: {one!r} is not {two!r}"
            continue
        one, two = np.asarray(one), np.asarray(two)
        assert one.shape == two.shape, f"{what}: {one!r} is not {two!r}"
        assert one.dtype == two.dtype, f"{what}: dtype {one.dtype}, not {two.dtype}"
        if rounding and two.dtype.kind == "f" and two.size:
            size = float(np.abs(all_of_it[np.isfinite(all_of_it)]).max(initial=0.0))
            np.testing.assert_allclose(one, two, rtol=0, atol=rounding * size, err_msg=what)
        else:
            np.testing.assert_array_equal(one, two, err_msg=what)


def plain(value: Value) -> bool:
    """Whether these are numbers of Python, and no arrays without axes."""
    return all(map(plain, value)) if isinstance(value, tuple) else type(value) in (int, float)


def taken(results: list[Any], axes: tuple[int, ...], index: Any) -> list[Any]:
    """Some rows of every result."""
    for axis in axes:
        results = [np.take(each, index, axis) for each in results]
    return results


def held_arrays(value: Value, depth: int = 4) -> Iterator[Array]:
    """All arrays that a result holds."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list) and depth:
        for each in value:
            yield from held_arrays(each, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from held_arrays(list(value.values()), depth)
    if depth and hasattr(value, "__dict__") and not isinstance(value, type):
        yield from held_arrays(list(vars(value).values()), depth - 1)
    elif depth and dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from held_arrays([getattr(value, f.name) for f in dataclasses.fields(value)], depth - 1)
