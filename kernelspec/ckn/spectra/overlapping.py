r"""Sets of positions in overlapping patches: their places, and the forms x^T M_r x and g^T M_r^+ g.

A set S of positions of a signal that fits into a patch is a translate S_0 + w of a set that begins at 0. It reaches
over gamma neighbouring positions, its diameter, and stands at r = q + 1 - gamma places a = 0, ..., r - 1 of a patch of
q positions, in the patch that begins at w - a. So whatever a kernel has for S_0 + w and S_0 + w' is

.. math:: (M_r)_{w,w'} = \sum_{a<r} (A^T A)_{w-a,w'-a},

A the pooling, the index of a patch the position that it begins at; M_r = A_r^T A_r, with the rows of A moved by each a.
On a cycle of n positions S must have one diameter: if it had two, it would leave out two runs of n - q positions or
more, and have two positions of its own, so that 2(n-q) + 2 <= n. 2q <= n + 1 excludes that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...numbers.precision import good, precision
from ..layers import Layer
from .pooled import Rows, pooling_rows

if TYPE_CHECKING:
    import flint

_FIRST, _MOST = 192, 2**13  # bits
_DIGITS = 40  # of a form in balls


def check_cycle(q: int, positions: int) -> None:
    """ValueError for patches on a cycle in which a set of positions may have two diameters."""
    if 2 * q > positions + 1:
        raise ValueError(
            f"patch must be at most half of the positions on a circle, 2 patch <= positions + 1; got a patch of {q} on "
            f"{positions}: in longer patches a set of positions has two diameters"
        )


def placed(positions_of: Iterable[int], q: int, n: int, circular: bool) -> tuple[tuple[int, ...], int, int] | None:
    """S_0, w and the diameter of positions, which may stand there repeatedly; None where no patch has them all."""
    several = sorted(positions_of)
    if not circular:
        first, last = several[0], several[-1]
        return (tuple(i - first for i in several), first, last - first + 1) if last - first < q else None
    for first in sorted(set(several)):
        moved = sorted((i - first) % n for i in several)
        if moved[-1] < q:
            return tuple(moved), first, moved[-1] + 1
    return None


def moved_rows(layer: Layer, positions: int, r: int, mean: bool = False) -> tuple[Rows, Any]:
    """The rows of A_r and what they are to be divided by, so that M_r is the sum of their outer products."""
    patches = layer.map_size(positions)
    rows, scale = pooling_rows(layer, patches, mean)
    width = positions if layer.border == "circular" else positions - layer.patch + r
    found = []
    for a in range(r):
        for row in rows:
            out: list[Any] = [0] * width
            for u, value in enumerate(row):
                w = u + layer.offsets[0] * (layer.border == "zero") + a
                if layer.border == "circular":
                    out[w % width] += value
                elif 0 <= w < width:
                    out[w] += value
            found.append(out)
    return found, scale


def inverse_form(make: Callable[[], tuple[Rows, Any]], g: Sequence[Fraction]) -> Fraction | flint.arb | None:
    """g^T (A^T A)^+ g for A = rows/scale, exactly for integers and otherwise a ball; None where g is not in its range.

    `make` gives rows and scale at flint's precision in force. Any solution z of A^T A z = g will do, since g^T z is the
    same for all: they differ by z' with A z' = 0, and g = A^T A z. Raises ValueError where rows of balls are not seen
    to be of full rank.
    """
    with precision(_FIRST):
        rows, scale = make()
    if all(isinstance(x, int) for row in rows for x in row):
        return _exact_form(rows, g, scale)
    if len(rows) >= len(g):
        found = good(lambda bits: _ball_form(make, g, bits), _known, _FIRST, _MOST)
        if found.value is not None:
            return found.value
    raise ValueError(
        "pool must be one whose range is known: an average, strides, or a Gaussian on a circle with stride 1; "
        f"of this one {len(rows)} outputs are left for {len(g)} positions"
    )


def _exact_form(rows: Rows, g: Sequence[Fraction], scale: int) -> Fraction | None:
    import flint

    n, a = len(g), flint.fmpz_mat(rows)
    product, joined = a.transpose() * a, flint.fmpq_mat(n, n + 1)
    for i, x in enumerate(g):
        for j in range(n):
            joined[i, j] = product[i, j]
        joined[i, n] = flint.fmpq(x.numerator, x.denominator)
    reduced, rank = joined.rref()
    total, pivot = Fraction(0), -1
    for i in range(rank):
        pivot = next(j for j in range(pivot + 1, n + 1) if reduced[i, j] != 0)
        if pivot == n:  # 0 = 1
            return None
        z = reduced[i, n]
        total += g[pivot] * Fraction(int(z.p), int(z.q))
    return total * scale * scale


def _ball_form(make: Callable[[], tuple[Rows, Any]], g: Sequence[Fraction], bits: int) -> flint.arb | None:
    import flint

    with precision(bits):
        rows, scale = make()
        a = flint.arb_mat(rows)
        right = flint.arb_mat(len(g), 1, [flint.arb(flint.fmpq(x.numerator, x.denominator)) for x in g])
        try:
            z = (a.transpose() * a).solve(right)
        except ZeroDivisionError:
            return None
        return (right.transpose() * z)[0, 0] * scale * scale


def _known(x: flint.arb | None) -> bool:
    return x is not None and (x == 0 or bool(x.rel_accuracy_bits() > _DIGITS * 3.33))
