r"""Norms in the RKHS of one convolutional layer: minima over the ways to write a function as a sum over patches.

With K(x, x') = sum_{u,v} (A^T A)_{uv} k(x_u, x'_v) the feature map is v -> sum_u A_{vu} phi(x_u), so that
f(x) = sum_u G[u](x_u) has the norm (Bietti 2022; claim 53)

.. math:: |f|^2 = \min\Big\{ \sum_v |F_v|_k^2 : \sum_{u,v} A_{vu} F_v(x_u) = f(x) \text{ for all } x \Big\}
          = \min_G \sum_{u,v} (A^T A)^+_{uv} \langle G_u, G_v \rangle_k ,

the second one over all G with the same f and each (G_u)_u in the range of A^T. It is |A^{-T} G|^2 where G is determined
by f and A is invertible: neither is so in general. Constants move between positions, and where patches overlap, so does
whatever reads shared positions alone.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...numbers.checks import integer
from ...numbers.exact_numbers import ball, decimal
from ...numbers.precision import precision, with_balls
from ...numbers.rational import as_fraction
from ...spectrum.eigenvalue_arrays import PrecisionWarning
from ..layers import Layer, Square
from ..network import Network
from . import interactions, quadratic_norms
from .cube import CubeLayer
from .cycle import CycleLayer
from .overlapping import check_cycle, inverse_form, moved_rows, placed
from .quadratic import QuadraticPairs
from .solver import Solver
from .sphere_norms import functions, squared_norm
from .spheres import SpheresLayer
from .two_layers import TwoLayers

if TYPE_CHECKING:
    import flint

_BITS = 192
_WIDE = 1e-6  # the relative radius from which on a float comes with a warning


def parities(f: Any, positions: int) -> dict[tuple[int, ...], Fraction]:
    """A sum of parities as {sets of positions: coefficients}; TypeError or ValueError that names f."""
    if not isinstance(f, Mapping):
        raise TypeError(
            f"f must be a mapping from tuples of positions to coefficients, such as {{(0, 1): 0.5}}; got {f!r}"
        )
    found: dict[tuple[int, ...], Fraction] = {}
    for several, value in f.items():
        if not isinstance(several, tuple):
            raise TypeError(f"f must have tuples of positions for its keys; got {several!r}")
        places = tuple(sorted(integer("f", i, 0, positions - 1) for i in several))
        if len(set(places)) < len(places):
            raise ValueError(f"f must have tuples of different positions for its keys; got {several}")
        found[places] = found.get(places, Fraction(0)) + number("f", value)
    return found


def number(name: str, value: Any) -> Fraction:
    """A rational number; a float stands for the decimal that it prints."""
    return decimal(as_fraction(value, name))


def norm_in(solver: Solver, f: Any, positions: int, digits: int | None) -> Any:
    """See `Model.norm`."""
    if isinstance(solver, CubeLayer | CycleLayer):
        return rooted(solver.squared_norm(parities(f, positions)), digits)
    if isinstance(solver, TwoLayers):
        return rooted(interactions.squared_norm(solver, f), digits)
    if isinstance(solver, QuadraticPairs):
        found = quadratic_norms.squared_norm(solver, interactions.products(f, positions))
        return rooted(found, digits)
    if isinstance(solver, SpheresLayer):
        return rooted(squared_norm(solver, functions(f, positions, solver.patch.p), digits), digits)
    raise TypeError(f"no norms are known of {type(solver).__name__}")


@with_balls
def rooted(square: flint.arb | None, digits: int | None) -> Any:
    """A norm from its square: a float, or a ball with so many digits; infinity for None."""
    from ...numbers.enclosure import Enclosure

    if square is None:
        return math.inf
    with precision(_BITS):
        root = ball(0) if square == 0 else square.sqrt()
        wide = float(root.rad()) / max(float(root.mid()), 1e-300)
    if digits is not None:
        return Enclosure(root, digits)
    if wide > _WIDE:
        warnings.warn(
            f"the norm is known to {wide:.1g} of itself only; digits=10 gives the ball", PrecisionWarning, stacklevel=4
        )
    return float(root.mid())


@with_balls
def quadratic_norm(net: Network, matrix: Sequence[Sequence[Any]], digits: int | None = None) -> Any:
    r"""The norm of f(x) = x^T F x for signals x of R^n with one channel, in the RKHS of one layer of `ckn.square`.

    .. math:: K(x, x') = \sum_{u,v} (A^T A)_{uv} \langle x_u, x'_v \rangle^2

    where the patches overlap: the minimum over all ways to write f as a sum of quadratic forms of patches, exactly. The
    monomials x_i^2 and x_i x_j with i < j have the weights 1 and 2 in <z, z'>^2 and are what parities are on the cube:
    |f|^2 = sum over the monomials that begin at 0 of c^T M_r^+ c / weight, c the coefficients of their translates
    (`overlapping`).

    Parameters
    ----------
    net : one layer with the kernel `ckn.square`, of any border; on a circle 2 patch <= n + 1.
    matrix : F, symmetric, of shape (n, n), of numbers; floats stand for the decimals that they print.
    digits : None for a float; otherwise a ball with so many digits.

    Returns infinity where f is not in the RKHS: a product of positions that no patch has both of, or coefficients that
    the pooling cannot give. Raises TypeError and ValueError that name the parameter. Source: derived here (claim 53).

    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(2, ckn.square, border="valid")])
    >>> quadratic_norm(net, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])  # x_1^2, which two patches hold
    0.7071067811865476
    """
    layer = _square_layer(net)
    rows = [list(row) for row in matrix]
    n = len(rows)
    if n < 1 or any(len(row) != n for row in rows):
        raise ValueError(f"matrix must have shape (n, n), got rows of {[len(row) for row in rows]}")
    f = [[number("matrix", x) for x in row] for row in rows]
    if any(f[i][j] != f[j][i] for i in range(n) for j in range(i)):
        raise ValueError(f"matrix must be symmetric, got {matrix!r}")
    if digits is not None:
        digits = integer("digits", digits, 1, 40)
    circular, q, mean = layer.border == "circular", layer.patch, net.output == "mean"
    if circular:
        check_cycle(q, n)
    if not layer.map_size(n):
        raise ValueError(f"matrix must have at least {q} rows, those of a patch; got {n}")
    families: dict[tuple[int, ...], dict[int, Fraction]] = {}
    for i in range(n):
        for j in range(i + 1):
            value = f[i][i] if i == j else 2 * f[i][j]
            found = placed((i, j), q, n, circular) if value else None
            if value and found is None:
                return math.inf
            if found is not None:
                families.setdefault(found[0], {})[found[1]] = value
    scale = q * q if layer.normalized else 1  # inner products of patches are divided by q
    with precision(_BITS):
        total = ball(0)
        for shape, values in families.items():
            r, weight = q - shape[-1], 1 if shape[0] == shape[1] else 2
            width = n if circular else n - shape[-1]
            vector = [values.get(w, Fraction(0)) for w in range(width)]
            form = inverse_form(functools.partial(moved_rows, layer, n, r, mean), vector)
            if form is None:
                return math.inf
            total += (ball(form) if isinstance(form, Fraction) else form) * scale / weight
        return rooted(total, digits)


def _square_layer(net: Any) -> Layer:
    if not isinstance(net, Network):
        raise TypeError(f"net must be a ckn.Network; got {net!r}")
    if len(net.layers) != 1 or not isinstance(net.layers[0].kernel, Square):
        raise ValueError(f"net must have one layer with the kernel ckn.square; got {net!r}")
    return net.layers[0]
