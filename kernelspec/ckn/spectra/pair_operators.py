r"""What a quadratic second layer sees of pairs of patches: the operators E_pq and A_2, and the norms that they give.

With phi the first layer's map, the patch of a second layer at u stacks (A_1 phi)[u + p] over its offsets p, and
<z, z'>^2 has the features z (x) z. So

.. math:: f(x) = \sum_{p,q} \langle F_{pq}, A_2 (L_p A_1 \phi \otimes L_q A_1 \phi) \rangle
               = \sum_{v,v'} \langle G[v,v'], \phi(x_v) \otimes \phi(x_{v'}) \rangle, \qquad
          G = \sum_{p,q} E_{pq} A_2^T F_{pq},

.. math:: (E_{pq} x)[v,v'] = \sum_u h_1[u+p-v]\, h_1[u+q-v']\, x[u],

and |f|^2 is the least sum |F_pq|^2 over all that give f (Bietti 2022; claim 56). E_pq of a Dirac at u_0 is the product
of two pooling filters, centred at u_0 + p and u_0 + q: on the line v - v' = p - q. A_2 moves it along that line alone
(claim 57). Here h_1[u - v] is A_1[u, v], whatever its border and stride.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...numbers.checks import FloatArray, flag, integer, real, real_array
from ...numbers.exact_numbers import decimal
from ...numbers.precision import cached_property, default_errors
from ...numbers.rational import as_exact
from ..layers import Layer
from ..network import Network

_LARGEST = 2**25  # entries of an array that is returned
Offset = tuple[int, ...]


class PairOperators:
    """E_pq and A_2 of a network of two layers, on a line or a square of positions.

    Parameters
    ----------
    net : two layers. Of the first its pooling is used, of the second its patch, border and pooling: what a second layer
        does with a quadratic kernel, `ckn.square`, or `ks.polynomial(2)` where the norms of patches are constant.
    positions : of the first layer's patches: an integer, or (height, width).

    Raises ValueError where a map is empty. An offset is an integer, or (rows, columns).

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(1, ks.linear(), ckn.average(2), border="circular"),
    ...                    ckn.Layer(2, ckn.square, border="circular")])
    >>> PairOperators(net, 4).response(0, -1, 1)
    array([[0.  , 0.  , 0.  , 0.  ],
           [0.25, 0.25, 0.  , 0.  ],
           [0.25, 0.25, 0.  , 0.  ],
           [0.  , 0.  , 0.  , 0.  ]])
    """

    def __init__(self, net: Network, positions: int | Sequence[int]) -> None:
        if not isinstance(net, Network) or len(net.layers) != 2:
            raise TypeError(f"net must be a ckn.Network of two layers; got {net!r}")
        self.net = net
        sizes: tuple[Any, ...] = tuple(positions) if isinstance(positions, list | tuple) else (positions,)
        if len(sizes) not in (1, 2):
            raise ValueError(f"positions must be an integer or (height, width), got {positions!r}")
        self.positions: tuple[int, ...] = tuple(integer("positions", n, 1) for n in sizes)
        first, second = net.layers
        self._reads = tuple(first.pooling_size(n) for n in self.positions)
        self.outputs = tuple(second.pooling_size(second.map_size(n)) for n in self._reads)
        if not all(self.outputs):
            raise ValueError(f"positions must leave an output of both layers, got {positions!r} for {net!r}")

    @property
    def offsets(self) -> tuple[Offset, ...]:
        """The offsets p of a patch of the second layer, one integer for each axis."""
        return tuple(itertools.product(self.net.layers[1].offsets, repeat=len(self.positions)))

    # -- the operators -------------------------------------------------------------------------------------

    @default_errors
    def E(self, p: int | Offset, q: int | Offset) -> FloatArray:  # noqa: N802 - the paper's letter
        """E_pq as an array of shape (*positions, *positions, *places of the second layer's patches)."""
        axes = [
            np.einsum("uv,uw->vwu", self._shifted(axis, a), self._shifted(axis, b))
            for axis, (a, b) in enumerate(zip(self._offset("p", p), self._offset("q", q), strict=True))
        ]
        self._fits(math.prod(each.size for each in axes))
        if len(axes) == 1:
            return axes[0]
        return np.einsum("abu,cdv->acbduv", *axes)

    @default_errors
    def G(self, p: int | Offset, q: int | Offset) -> FloatArray:  # noqa: N802 - the paper's letter
        """E_pq A_2^T, which takes F_pq to G: an array of shape (*positions, *positions, *outputs)."""
        found = self.E(p, q)
        for axis in range(len(self.positions)):
            place = 2 * len(self.positions) + axis
            found = np.moveaxis(np.tensordot(found, self._second(axis), axes=(place, 1)), -1, place)
        return found

    @default_errors
    def response(self, p: int | Offset, q: int | Offset, at: int | Offset, pooled: bool = False) -> FloatArray:
        """E_pq of a Dirac at u, or E_pq A_2^T of one at an output (the slides' figure 2): (*positions, *positions).

        Parameters
        ----------
        p, q : offsets of the second layer's patch.
        at : a place of the second layer's patches, or with `pooled` of its outputs.
        pooled : whether A_2 smooths it.
        """
        pooled = flag("pooled", pooled)
        where = self._place(at, self.outputs if pooled else tuple(map(self._places, range(len(self.positions)))))
        self._fits(math.prod(self.positions) ** 2)
        axes = []
        for axis, (a, b) in enumerate(zip(self._offset("p", p), self._offset("q", q), strict=True)):
            left, right = self._shifted(axis, a), self._shifted(axis, b)
            weights = self._second(axis)[where[axis]] if pooled else np.eye(len(left))[where[axis]]
            axes.append(np.einsum("uv,uw,u->vw", left, right, weights))
        return axes[0] if len(axes) == 1 else np.einsum("ab,cd->acbd", *axes)

    @cached_property
    def _joined(self) -> FloatArray:
        """All E_pq A_2^T side by side: the matrix that takes all F to G, shape (positions^2, pairs * outputs)."""
        count = math.prod(self.positions) ** 2
        self._fits(count * len(self.offsets) ** 2 * math.prod(self.outputs))
        return np.hstack([self.G(p, q).reshape(count, -1) for p in self.offsets for q in self.offsets])

    @default_errors
    def operator(self) -> FloatArray:
        """M = sum_pq E_pq A_2^T A_2 E_pq^T, with K = sum M[vv', ww'] k(x_v, x_w') k(x_v', x_w''), a square matrix."""
        joined = self._joined
        return np.asarray(joined @ joined.T)

    # -- norms ---------------------------------------------------------------------------------------------

    @default_errors
    def norm(self, target: Any) -> float:
        """The least (sum |F_pq|^2)^(1/2) with sum_pq E_pq A_2^T F_pq = G; infinite where no F gives G.

        Parameters
        ----------
        target : G, shape (*positions, *positions), or with more axes behind: coordinates of H (x) H.

        It is the norm of the function of G where no other G gives the same function, for example of two layers on
        distinct pairs of patches, both orders taken together. The numbers of A_1, A_2 and G are taken for what they are
        in float64, and where a singular value is neither 0 to rounding nor clearly none, ArithmeticError is raised: it
        is then not known whether G is in the range.
        """
        found = real_array("target", target).astype(np.float64)
        count = math.prod(self.positions) ** 2
        shape = (*self.positions, *self.positions)
        if found.shape[: len(shape)] != shape:
            raise ValueError(f"target must have shape {shape}, or further axes behind; got {found.shape}")
        found = found.reshape(count, -1)
        left, sizes, _ = self._decomposed
        inner = left.T @ found
        missed = np.linalg.norm(found - left @ inner)
        if missed > 1e-10 * np.linalg.norm(found):
            return math.inf
        return float(np.linalg.norm(inner / sizes[:, None]))

    def exact(self, target: Any) -> Fraction | float:
        """`norm(target)` squared in exact arithmetic, for averages and no pooling; infinite where no F gives G.

        Parameters
        ----------
        target : G in integers, fractions or floats, shape (*positions, *positions).

        It is g^T M^+ g, M of `operator`: g . y for any y with M y = g. Raises ValueError where a pooling is Gaussian,
        the taps of which are irrational.

        >>> import kernelspec as ks
        >>> from kernelspec import ckn
        >>> net = ckn.Network([ckn.Layer(1, ks.linear(), ckn.average(2), border="circular"),
        ...                    ckn.Layer(2, ckn.square, ckn.average(2), border="circular")])
        >>> pairs = PairOperators(net, 3)
        >>> pairs.exact(pairs.G(0, -1)[..., 2]), pairs.exact(np.eye(3)), pairs.exact(pairs.G(0, 0).sum(-1))
        (Fraction(1, 1), Fraction(39, 2), Fraction(3, 2))
        """
        import flint

        given = np.asarray(target, dtype=object)
        count = math.prod(self.positions) ** 2
        if given.shape != (*self.positions, *self.positions):
            raise ValueError(f"target must have shape {(*self.positions, *self.positions)}; got {given.shape}")
        goal = [exactly(x) for x in given.reshape(-1)]
        joined = flint.fmpq_mat(self._rational())
        matrix = joined * joined.transpose()
        rows = [[*row, flint.fmpq(x.numerator, x.denominator)] for row, x in zip(matrix.tolist(), goal, strict=True)]
        reduced, rank = flint.fmpq_mat(rows).rref()
        total = flint.fmpq(0)
        for i in range(rank):
            pivot = next(j for j in range(count + 1) if reduced[i, j] != 0)
            if pivot == count:
                return math.inf
            total += reduced[i, count] * rows[pivot][count]
        return Fraction(int(total.p), int(total.q))

    @default_errors
    def decomposition(self, target: Any) -> dict[tuple[Offset, Offset], FloatArray]:
        """The F_pq of least norm that give G, each of shape (*outputs, ...); ValueError where none do."""
        if math.isinf(self.norm(target)):
            raise ValueError("target must be a sum of E_pq A_2^T F_pq, which the one given is not")
        found = np.asarray(target, dtype=np.float64)
        behind = found.shape[2 * len(self.positions) :]
        left, sizes, right = self._decomposed
        flat = right.T @ ((left.T @ found.reshape(len(left), -1)) / sizes[:, None])
        parts = flat.reshape(len(self.offsets) ** 2, *self.outputs, *behind)
        pairs = ((p, q) for p in self.offsets for q in self.offsets)
        return dict(zip(pairs, parts, strict=True))

    def _rational(self) -> list[list[Any]]:
        """`_joined` in rational numbers: the taps of an average are multiples of 1/q."""
        import flint

        scale = 1
        for layer, power in ((self.net.layers[0], 2), (self.net.layers[1], 1)):
            if layer.pool is not None and layer.pool.kind == "gaussian":
                raise ValueError(f"net must pool by averages for an exact norm; got {layer.pool!r}")
            scale *= (1 if layer.pool is None else layer.pool.scale) ** (power * len(self.positions))
        whole = np.rint(self._joined * scale).astype(np.int64)
        return [[flint.fmpq(int(x), scale) for x in row] for row in whole]

    @cached_property
    def _decomposed(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The singular value decomposition of all operators, without the singular values 0."""
        left, sizes, right = np.linalg.svd(self._joined, full_matrices=False)
        small, large = sizes[0] * 1e-13, sizes[0] * 1e-9
        if np.any((sizes > small) & (sizes < large)):
            raise ArithmeticError(
                f"the rank of E_pq A_2^T is not known: singular values of {self.net!r} reach from {sizes[0]:.3g} to "
                f"{sizes[(sizes > small) & (sizes < large)].max():.3g}, near the rounding of the largest"
            )
        kept = sizes >= large
        return left[:, kept], sizes[kept], right[kept]

    # -- pieces --------------------------------------------------------------------------------------------

    def _shifted(self, axis: int, offset: int) -> FloatArray:
        """L_p A_1 along an axis: the row u is A_1[u + p, :], 0 or around the border."""
        return _shifted(self.net.layers[0], self.net.layers[1], self.positions[axis], offset)

    def _second(self, axis: int) -> FloatArray:
        return self.net.layers[1].pooling(self._places(axis))

    def _places(self, axis: int) -> int:
        return self.net.layers[1].map_size(self._reads[axis])

    def _offset(self, name: str, offset: Any) -> Offset:
        several = offset if isinstance(offset, list | tuple) else (offset,)
        found = tuple(integer(name, x, None) for x in several)
        if found not in self.offsets:
            raise ValueError(f"{name} must be an offset of the second layer's patch, {self.offsets}; got {offset!r}")
        return found

    def _place(self, at: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
        several = at if isinstance(at, list | tuple) else (at,)
        if len(several) != len(sizes):
            raise ValueError(f"at must be one integer for each of {len(sizes)} axes, got {at!r}")
        return tuple(integer("at", x, 0, n - 1) for x, n in zip(several, sizes, strict=True))

    def _fits(self, size: int) -> None:
        if size > _LARGEST:
            raise ValueError(f"positions must be fewer: an array of {size} numbers is asked for, {_LARGEST} at most")

    def __repr__(self) -> str:
        positions = self.positions[0] if len(self.positions) == 1 else self.positions
        return f"PairOperators({self.net!r}, positions={positions})"


def exactly(x: Any) -> Fraction:
    """A number as a fraction: a float as the decimal that it prints where it is short, and as what it is otherwise."""
    if isinstance(x, Fraction | int | np.integer):
        return Fraction(x) if isinstance(x, Fraction) else Fraction(int(x))
    return Fraction(decimal(as_exact(real("target", x), "target")))


@functools.lru_cache(maxsize=256)
def _shifted(first: Layer, second: Layer, positions: int, offset: int) -> FloatArray:
    pooling = first.pooling(positions)
    count = second.map_size(len(pooling))
    reads = np.arange(count) + offset
    if second.border == "circular":
        return pooling[reads % len(pooling)]
    inside = (reads >= 0) & (reads < len(pooling))
    out = np.zeros((count, positions))
    out[inside] = pooling[reads[inside]]
    return out
