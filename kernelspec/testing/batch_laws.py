"""What a function f(X, Y) -> (K(x_i, y_j)) obeys as code on arrays: order, batches, dtype, layout, no side effects."""

from __future__ import annotations

import numpy as np

from .gram_case import GramCase
from .laws import Law, WrongError, point_text

# Of float32; beyond them, a product on the way may have been rounded to infinity or 0.
_LARGEST_SINGLE = float(np.finfo(np.float32).max) / 1024
_SMALLEST_SINGLE = float(np.finfo(np.float32).tiny) * 1024


def _permuted(case: GramCase) -> str:
    x, y = case.rows()
    p, q = np.arange(len(x))[::-1], np.roll(np.arange(len(y)), 3)
    found = "f(x, y) with the rows in another order", case.matrix(x[p], y[q])
    wanted = "f(x, y) before", case.matrix(x, y)[np.ix_(p, q)]
    worst = case.compare(found, wanted, case.sizes(x[p], y[q]), 2, x[p], y[q])
    return f"values do not depend on the order of the rows, to {worst:.0e}"


def _batched(case: GramCase) -> str:
    x, y = case.rows()
    whole = f"f(x, y) among {len(x)} rows", case.matrix(x, y)
    single = "f(x, y) for one row x", np.concatenate([case.matrix(row[None], y) for row in x])
    worst = case.compare(single, whole, case.sizes(x, y), 2, x, y)
    if case.alone:
        one, two = ("f(X)[i, j]", case.matrix(x)), ("f(X, X)[i, j]", case.matrix(x, x))
        case.compare(one, two, case.sizes(x, x), 2, x, x)
    return f"values do not depend on the other rows, to {worst:.0e}"


def _empty(case: GramCase) -> str:
    x, y = case.rows()
    for left, right in ((x[:0], y), (x, y[:0]), (x[:0], y[:0]), (x[:1], y[:1])):
        case.matrix(left, right)
    if case.alone:
        case.matrix(x[:0])
    return "no rows give an empty matrix"


def _single_precision(case: GramCase) -> str:
    short = [rows.astype(np.float32) for rows in case.rows()]
    x, y = (rows.astype(np.float64) for rows in short)
    if case.unit:  # the roundings of float32 are more than a norm of 1 may be off in float64
        x, y = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in (x, y))
    values, exact = case.matrix(*short), case.matrix(x, y)
    values = np.where((values == 0) & (np.abs(exact) < _SMALLEST_SINGLE), exact, values)
    beyond = (values == np.copysign(np.inf, exact)) & (np.abs(exact) > _LARGEST_SINGLE)
    found = "f(x, y) in float32", np.where(beyond, exact, values)
    wanted = "f(x, y) of the same numbers in float64", exact
    worst = case.compare(found, wanted, case.sizes(x, y), 2 * case.single, x, y)
    return f"float32 gives the values of float64, to {worst:.0e}"


def _strided(case: GramCase) -> str:
    x, y = case.rows()
    wide = np.full((2 * len(x), 2 * case.d), np.nan)
    wide[::2, ::2] = x
    wanted = "f(x, y) for a contiguous one", case.matrix(x, y)
    for view, what in (
        (wide[::2, ::2], "every second row and column of a larger array"),
        (np.asfortranarray(x), "an array in Fortran's order"),
        (x[::-1].copy()[::-1], "an array with negative strides"),
    ):
        found = f"f(x, y) for {what}", case.matrix_of_these(view, y.copy())
        case.compare(found, wanted, case.sizes(x, y), 2, x, y)
    return "views of larger arrays give the same values"


def _untouched(case: GramCase) -> str:
    x, y = case.rows()
    before = x.copy(), y.copy()
    case.matrix_of_these(x, y)
    if case.alone:
        case.matrix_of_these(x)
    for now, then, name in ((x, before[0], "X"), (y, before[1], "Y")):
        if not np.array_equal(now, then):
            i = int(np.argwhere(now != then)[0][0])
            raise WrongError(
                f"f has changed its argument {name}: row {i} was {point_text(then[i])}, and is {point_text(now[i])}"
            )
    for rows in (x, y):
        rows.flags.writeable = False
    case.matrix_of_these(x, y)
    return "X and Y are not written to, and may be read-only"


BATCH_LAWS = (
    Law(
        "permutation",
        "another order of the rows gives the same values in another order.",
        "an index that runs over the wrong axis, or a block that is written to the wrong place.",
        _permuted,
    ),
    Law(
        "batch",
        "a value depends on its two rows alone.",
        "something is taken from the whole batch: a mean, a largest norm, a bandwidth.",
        _batched,
    ),
    Law(
        "empty",
        "no rows give an empty matrix, and one row a matrix of one row.",
        "a maximum over no rows, or np.squeeze.",
        _empty,
    ),
    Law(
        "float32",
        "float32 gives the values of float64, to the rounding of float32.",
        "a cosine in float32 is right to 1e-7 only, and the angle, its root, to 3e-4: accumulate in float64.",
        _single_precision,
    ),
    Law(
        "layout",
        "views of larger arrays give the same values.",
        "`reshape` of the buffer, or a pointer that is passed on without the strides.",
        _strided,
    ),
    Law("read-only", "f does not write to its arguments.", "x /= norm in place: write x = x / norm.", _untouched),
)
