"""A Hypothesis strategy for points: rows that are equal, next to each other, opposite, multiples, or 0 among them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..numbers.checks import dimension, flag, integer, real

Array = np.ndarray[Any, np.dtype[Any]]

_KINDS = ("grid", "random")  # the first is the simplest
_MEASURED = ("equal", "near", "opposite", "near opposite")  # of a row before
_NEAR = (1e-3, 1e-6, 1e-9)


@st.composite
def points(
    draw: st.DrawFn,
    d: int,
    *,
    rows: int | tuple[int, int] = (1, 8),
    unit: bool = False,
    dtype: Any = np.float64,
    largest: float = 10.0,
    zeros: bool = True,
    hard: bool = True,
) -> Array:
    """Rows of R^d as an array of shape (n, d).

    Parameters
    ----------
    d : the dimension, >= 2.
    rows : n, or the least and the largest n.
    unit : whether the rows have norm 1 (to a rounding).
    dtype : of the array, float64 or float32.
    largest : norms lie between 1/largest and largest, but for rows of zeros.
    zeros : whether a row may be 0; not for rows of norm 1.
    hard : whether a row may equal one before it, lie next to it (1e-9 of its norm), or opposite, exactly or nearly, or
        be a multiple.

    Raises ValueError and TypeError for bad arguments.

    >>> from hypothesis import given
    >>> @given(points(3, rows=4, unit=True))
    ... def test(x):
    ...     assert x.shape == (4, 3)
    """
    d, unit = dimension(d), flag("unit", unit)
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64; got {dtype!r}")
    if isinstance(rows, tuple) and len(rows) != 2:
        raise ValueError(f"rows must be a number, or the least and the largest; got {rows!r}")
    least, most = rows if isinstance(rows, tuple) else (rows, rows)
    count = draw(st.integers(integer("rows", least, 0), integer("rows", most, least)))
    kinds = list(_KINDS)
    kinds += ["zero"] if flag("zeros", zeros) and not unit else []
    measured = [*_MEASURED, *(() if unit else ("multiple",))] if flag("hard", hard) else []
    largest = real("largest", largest, 1)
    found: list[Array] = []
    for _ in range(count):
        kind = draw(st.sampled_from(kinds + (measured if found else [])))
        if kind in measured:
            row = _beside(draw, found, kind, largest)
        elif kind == "zero":
            row = np.zeros(d)
        else:
            row = _direction(draw, d, kind)
            row *= 1.0 if unit else largest ** draw(st.integers(-8, 8).map(lambda n: n / 8))
        found.append(row)
    made = np.array(found).reshape(count, d)
    norms = np.linalg.norm(made, axis=1, keepdims=True)
    return (made / np.where(norms > 0, norms, 1) if unit else made).astype(np.dtype(dtype))


def _direction(draw: st.DrawFn, d: int, kind: str) -> Array:
    """A vector of norm 1: of small integers, which shrink to (1, 0, ..., 0), or normal."""
    if kind == "grid" and d <= 64:
        entries = st.lists(st.integers(-2, 2), min_size=d, max_size=d)
        row = np.array(draw(entries), dtype=np.float64)
    else:
        row = np.random.default_rng(draw(st.integers(0, 2**16))).standard_normal(d)
    if not np.any(row):
        row[0] = 1.0
    return row / np.linalg.norm(row)


def _beside(draw: st.DrawFn, found: list[Array], kind: str, largest: float) -> Array:
    base = draw(st.sampled_from(range(len(found))).map(found.__getitem__))
    if kind == "multiple":
        factor = draw(st.sampled_from([3.0, 0.1, 1 / 64, -2.0]))
        norm = float(np.linalg.norm(base))
        return base * factor if 1 / largest <= norm * abs(factor) <= largest else -base
    row = base.copy()
    if kind.startswith("near"):
        size = float(np.linalg.norm(base)) or 1.0
        step = _direction(draw, len(base), "random") * size * draw(st.sampled_from(_NEAR))
        row = row + step if np.any(base) else row
    return -row if kind.endswith("opposite") else row
