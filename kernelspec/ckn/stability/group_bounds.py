r"""Bounds of |Phi(L_tau x) - Phi(x)| / |x| for a network on a group of motions, on pixels, which hold for every x.

A deformation moves positions, L_tau x(u, r) = x(u - tau(u), r), at every turn r alike. What `bounds` and `transport`
say of networks on the plane carries over, with weights w on positions and turns:

patches : P x(u, r) = (x(u + r c, r q))_{c, q} reads the pixels of the plane about u, in another order for every r; the
    weights go back through every one of these reads. Reads between pixels, sum_p W(p) x(p), have
    |sum_p W(p) x(p)|^2 <= sum_p |W(p)| sum_p |W(p)| |x(p)|^2, whatever the signs of W.
pooling : over turns it is a sum with weights >= 0, as over positions.
output : "sum" and "mean" are weights on the last map. "orbit", x_n at (r u, r) averaged over r, is a contraction up
    to its factor: with quarter turns it weighs every position and turn with 1, as "sum" does, and has the same bound.
    It cannot have a smaller one: for x that the group leaves as it is and tau that commutes with it the maps of L_tau x
    and of x are the same at all turns, and the average over these is none.
tangent kernels : |y_k|^2 <= k |x_k|^2 at each position passes through weights >= 0 alone, so that their bound by the
    displacement holds for quarter turns and bilinear reads; for cubic ones the sum of the norms remains.
shifts : where borders are circular and strides divide, the network commutes with them at every turn. "mean" is
    invariant to whole strides; "orbit" is not, as it moves x_n(., r) by r^{-1} t.
turns : for "mean" and "orbit" and g in G that maps the grid to itself Phi(L_g x) = Phi(x), so that

    |Phi(L x) - Phi(x)| <= |Phi(L x) - Phi(T_t L_g x)| + |Phi(T_t L_g x) - Phi(L_g x)|, the first as above with T_t L_g
    in place of 1 and the second by the pooling, as |L_g x| = |x|: a turned image that is deformed as well is as near to
    the image as a deformed one. S is the same along both axes, and commutes with L_g.

Source: Bietti & Mairal 2019 (JMLR), on roto-translation groups (recalled); derived here (claims 43, 48, 51).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...numbers.checks import FloatArray
from ...numbers.outward import raised
from ..groups.network import Layer, Network
from ..groups.operators import patch_reads, pooling, readout
from ..layers import Layer as PlainLayer
from .bounds import FAILURE, Sampled, smoothing_matrix
from .fields import Field
from .grid_motions import GridMotion
from .norms import norm


@dataclass(frozen=True, eq=False)
class GroupWeights:
    """The weights of the inputs of every layer, (turns x positions,) in C order; `maps[n]` those of the last map.

    `positive` says whether every weight that was read is >= 0; `patches` has bounds of |P|^2, layer by layer.
    """

    maps: tuple[FloatArray, ...]
    patches: tuple[float, ...]
    positive: bool

    @classmethod
    def of(cls, network: Network, shape: tuple[int, ...]) -> GroupWeights:
        """For images of these positions."""
        group, sizes = network.group, network.shapes((1, *shape, 1))
        made = readout(network, sizes[-1].output)
        positive, absolute = made.min() >= 0, abs(made)
        weights = absolute.T @ (absolute @ np.ones(absolute.shape[1]))
        found, patches = [weights], []
        for layer, size, fibre in zip(
            reversed(network.layers), reversed(sizes), reversed(network.fibres[:-1]), strict=True
        ):
            assert isinstance(layer, Layer)
            pooled = pooling(group, layer, size.patches)
            weights = pooled.T @ ((pooled @ np.ones(pooled.shape[1])) * weights)
            read = size.input[: len(shape)]
            largest, _ = _through(network, layer, read, fibre, np.ones(len(weights)))
            weights, each = _through(network, layer, read, fibre, weights)
            positive = positive and each
            found.append(weights)
            patches.append(float(largest.max()))
        return cls(tuple(found[::-1]), tuple(patches[::-1]), bool(positive))

    def largest(self, layer: int) -> float:
        """The maximum of w over the positions of a layer's input, rounded up."""
        return raised(float(self.maps[layer].max()), 2)

    def roots(self) -> FloatArray:
        """w^(1/2) at every pixel, flat, in C order."""
        return np.sqrt(self.maps[0])


def _through(
    network: Network, layer: Layer, read: tuple[int, ...], fibre: int, weights: FloatArray
) -> tuple[FloatArray, bool]:
    """The weights of the input of a layer from those behind its patches, and whether all that is read is >= 0."""
    group, order = network.group, np.arange(network.group.order)
    block, neighbours = fibre > 1, layer.neighbours(network.group)
    reads, positive = patch_reads(group, layer, read), True
    total = np.zeros(math.prod(read) * fibre)
    for c in range(layer.patch ** len(read)):
        matrix = reads.matrix(order, [c], block)
        positive = positive and matrix.min() >= 0
        matrix = abs(matrix)
        back = matrix.T @ ((matrix @ np.ones(matrix.shape[1])) * weights)
        if not block:
            total += back
            continue
        by_turn, out = back.reshape(len(order), -1), total.reshape(fibre, -1)
        for q in neighbours:  # a patch at r reads the map at r q
            out[group.product(order, q)] += by_turn
    measure = layer.patch ** len(read) * (len(neighbours) if block else 1)
    return total / (measure if layer.normalized else 1), positive


@dataclass(frozen=True, eq=False)
class GroupSampled(Sampled):
    """`Sampled` for a network on a group."""

    network: Network  # type: ignore[assignment]  # that of a group in place of that of the plane

    @cached_property
    def weights(self) -> GroupWeights:  # type: ignore[override]  # what it reads is the same
        return GroupWeights.of(self.network, self.shape)

    @property
    def _on(self) -> str:  # type: ignore[override]  # a plain attribute there
        return f" on {self.network.group!r} (claim 51)"

    def _sums(self) -> int:
        order = self.network.group.order
        # Patches add along both axes and over q; pools over turns, too; reads have up to 16 taps.
        return 4 * super()._sums() + 4 * len(self.network.layers) * (order + 16) + 2 * math.prod(self.shape)

    def _carries(self) -> bool:
        return super()._carries() and (not self.tangent or self.weights.positive)

    def _size(self) -> float:
        found = float(self.weights.roots().max())
        for n in self.shape:
            smooth = smoothing_matrix(n, self.smoothing, self.border)
            found *= 1.0 if smooth is None else norm(smooth, failure=FAILURE).upper
        return found

    def _motions(self, tau: Field) -> list[GridMotion]:
        found = super()._motions(tau)
        best = self._nearest_turn(tau)
        return found if best is None else [*found, best]

    def _nearest_turn(self, tau: Field) -> GridMotion | None:
        """T_t L_g with the g of the group, other than 1, that leaves the least of L; None where 1 leaves less."""
        group, d = self.network.group, tau.d
        if self.network.output == "sum":
            return None
        middle = (np.array(self.shape) - 1) / 2
        grid = np.stack(
            np.meshgrid(*(np.arange(n) - m for n, m in zip(self.shape, middle, strict=True)), indexing="ij"), -1
        )
        points = grid - tau.displacements()

        def left(g: FloatArray) -> tuple[float, tuple[int, ...]]:
            """What T_t L_g leaves, g(u - tau(u)) against u - t, and t."""
            moved = grid - points @ g[-d:, -d:].T
            shift = self._nearest_shift(moved)
            return float(np.sum((moved - np.array(shift)) ** 2)), shift

        best, least = None, left(np.eye(2))[0]
        for number in range(1, group.order):
            turn = number % group.turns
            if 4 * turn % group.turns:
                continue
            rest, shift = left(group.elements[number])
            if rest < least:
                quarters, reflection = 4 * turn // group.turns, number >= group.turns
                words = [f"turn by {90 * quarters} degrees"] if quarters else []
                words += ["reflection"] * reflection + [f"shift by {shift}"] * any(shift)
                best, least = GridMotion(" and ".join(words), shift, quarters, reflection), rest
        return best

    def _patch_norm(self, number: int) -> float:
        return raised(math.sqrt(self.weights.patches[number]), 8)

    def _displaced(self, layer: PlainLayer, positions: tuple[int, ...], rest: list[int]) -> tuple[float, float]:
        assert isinstance(layer, Layer)
        apart, size = super()._displaced(layer, positions, rest)
        # |M|^2 is at most the largest sum of a row times that of a column, of numbers >= 0.
        matrix = layer.turn_pooling(self.network.group)
        turns = raised(math.sqrt(float(matrix.sum(axis=1).max() * matrix.sum(axis=0).max())), 2 * matrix.size)
        return apart * turns, size * turns
