"""Layers and networks on a group: their parts, the sizes of their maps, and the methods that compute with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.arrays import InPlace, Standard
from ...numbers.checks import FloatArray, choice, integer, real
from ...numbers.exponents import times_power
from ...numbers.precision import default_errors
from ..doors import Exact, Options, Progress, work_of
from ..layers import Layer as PlainLayer
from ..layers import Pool
from ..network import Shapes, by, data_sizes, sizes_of
from ..scaling import Scaling
from .point_groups import Group

if TYPE_CHECKING:
    from ..engine.schedule import Task

OUTPUTS = ("mean", "sum", "orbit")
_MATRIX = 2048  # positions up to which a pooling is looked at as a matrix


@dataclass(frozen=True, repr=False)
class Layer(PlainLayer):
    r"""A layer on the group: a `ckn.Layer` whose patches and pooling extend over turns as well.

    .. math:: P x(u, r) = (x(u + r c, r q))_{c, q}, \qquad A x(u, r) = \sum_{c, q} x(u + c, r q)\, h(c)\, h'(q).

    At the first layer, and behind one whose `turn_pool` is "all", the map has no turns, P x(u, r) = (x(u + r c))_c.

    Parameters
    ----------
    patch, kernel, pool, stride, border, normalized : as in `ckn.Layer`.
    rotations : the q of a patch: "all", the whole point group; "none", the identity alone; or a number k, the
        turns by at most k steps in either direction, without reflections.
    turn_pool : h', the pooling over turns: None, `ckn.gaussian(q)` or `ckn.average(q)` with taps on the turns by
        -q, ..., q or -(q // 2), ... steps, or "all", the mean over the point group, which leaves no turns.

    Raises TypeError and ValueError that name the parameter.

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> Layer(patch=3, kernel=ks.arccos(1), pool=ckn.average(2), stride=2, rotations=1)
    Layer(patch=3, kernel=arccos(1), pool=average(2), stride=2, rotations=1)
    """

    rotations: str | int = "all"
    turn_pool: Pool | str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.rotations, str):
            choice("rotations", self.rotations, ("all", "none"))
        else:
            try:
                object.__setattr__(self, "rotations", integer("rotations", self.rotations, 0))
            except TypeError as error:
                raise TypeError(
                    f"rotations must be 'all', 'none' or an integer >= 0; got {self.rotations!r}"
                ) from error
        if isinstance(self.turn_pool, str):
            choice("turn_pool", self.turn_pool, ("all",))
        elif self.turn_pool is not None and (not isinstance(self.turn_pool, Pool) or self.turn_pool.kind == "strided"):
            raise TypeError(f"turn_pool must be None, 'all', ckn.gaussian(q) or ckn.average(q); got {self.turn_pool!r}")

    def __repr__(self) -> str:
        text = super().__repr__()[:-1]
        if self.rotations != "all":
            text += f", rotations={self.rotations!r}"
        if self.turn_pool is not None:
            text += f", turn_pool={self.turn_pool!r}"
        return text + ")"

    def neighbours(self, group: Group) -> list[int]:
        """The numbers of the q of a patch, the identity first."""
        if self.rotations == "all":
            return list(range(group.order))
        count = 0 if isinstance(self.rotations, str) else min(self.rotations, group.turns)
        steps = [sign * k % group.turns for k in range(count + 1) for sign in (1, -1)]
        return list(dict.fromkeys(steps))

    def turn_pooling(self, group: Group) -> FloatArray:
        """Pooling over turns as a matrix, shape (order, order), or (1, order) for "all"."""
        order = group.order
        if self.turn_pool is None:
            return np.eye(order)
        if isinstance(self.turn_pool, str):
            return np.full((1, order), 1 / order)
        taps, matrix, places = self.turn_pool.taps, np.zeros((order, order)), np.arange(order)
        for step, weight in enumerate(taps, start=-(len(taps) // 2)):
            matrix[places, group.product(places, step % group.turns)] += weight
        return matrix


@dataclass(frozen=True)
class Network(Exact):
    r"""A convolutional kernel network on a group, K(x, x') from x_k = A_k M_k P_k x_{k-1} on (u, r).

    Parameters
    ----------
    group : from `cyclic` or `dihedral`; the trivial group cyclic(1) gives the kernels of `ckn.Network`.
    layers : one `groups.Layer` or more, first to last; a `ckn.Layer` stands for one with the defaults.
    output : "mean", the inner product of the averages over all positions and turns, which is invariant,
        K(L_g x, y) = K(x, y); "orbit", that of the averages over the point group alone,

        .. math:: K(x, y) = \sum_u \langle \bar x(u), \bar y(u)\rangle, \qquad
                  \bar x(u) = |G|^{-1/2} \sum_r x_n(r u, r),

        (the plain mean over r where the last map has no turns), which is invariant as well and still knows
        positions; "sum", the inner product of the last maps, which is
        equivariant, K(L_g x, L_g y) = K(x, y).
    floor : the least norm of a patch that its cosines are divided by, 0 or as in `ckn.Network`.

    Signals, (n, length, channels), are acted on by cyclic(1) and dihedral(1), whose reflection reverses them.
    Images are square where turns exchange rows and columns, and the pooling windows of every layer must be
    symmetric about the middle of their map: a turn of the image is then one of every map. For windows with
    `centred` this asks that the stride divide n - 1, for means of q at stride q that q divide n.

    Source: Bietti & Mairal 2019 (JMLR): groups (claim 51), layers (claim 42).

    >>> import kernelspec as ks
    >>> from kernelspec.ckn import groups
    >>> net = groups.Network(groups.cyclic(4), [groups.Layer(3, ks.arccos(1)), groups.Layer(3, ks.arccos(1))])
    >>> x, y = np.random.default_rng(0).standard_normal((2, 1, 5, 5, 1))
    >>> bool(np.isclose(net.gram(groups.act(x), y), net.gram(x, y), rtol=1e-12))
    True
    """

    group: Group
    layers: Sequence[PlainLayer]
    output: str = "mean"
    floor: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.group, Group):
            raise TypeError(f"group must be groups.cyclic(m) or groups.dihedral(m); got {self.group!r}")
        layers = (self.layers,) if isinstance(self.layers, PlainLayer) else self.layers
        if not isinstance(layers, Iterable) or isinstance(layers, str):
            raise TypeError(f"layers must be a sequence of groups.Layer; got {layers!r}")
        made = tuple(_on_group(number, layer) for number, layer in enumerate(layers, start=1))
        if not made:
            raise ValueError("layers must hold at least one groups.Layer; got none")
        object.__setattr__(self, "layers", made)
        object.__setattr__(self, "output", choice("output", self.output, OUTPUTS))
        object.__setattr__(self, "floor", real("floor", self.floor, 0))

    def __repr__(self) -> str:
        more = "" if self.output == "mean" else f", output={self.output!r}"
        more += f", floor={self.floor!r}" if self.floor else ""
        return f"Network({self.group!r}, [{', '.join(map(repr, self.layers))}]{more})"

    @property
    def fibres(self) -> tuple[int, ...]:
        """How many turns the input and every map have: 1, or the order of the group."""
        sizes = [1]
        for layer in self.layers:
            sizes.append(1 if getattr(layer, "turn_pool", None) == "all" else self.group.order)
        return tuple(sizes)

    def shapes(self, shape: Any, channels: str | None = None) -> Shapes:
        """The sizes of every map, for data of shape (n, height, width, channels), or (n, length, channels).

        `channels` is "last" or "first", as in `ckn.Network.shapes`.

        Raises ValueError where a map becomes empty, the images are not square though the group needs it, or a
        pooling is not symmetric; the message names the layer and what would fit.
        """
        sizes = data_sizes(shape, channels)
        turns, positions = self.group.turns, sizes[1:-1]
        if len(positions) == 1 and turns > 1:
            raise ValueError(
                "x must be images, (n, height, width, channels), as signals have no turns: cyclic(1) and dihedral(1) "
                f"act on them; got {self.group!r} and shape {sizes}"
            )
        if turns > 2 and positions[0] != positions[1]:
            raise ValueError(
                f"x must have square images, as {self.group!r} exchanges rows and columns; got {by(positions)}"
            )
        found = sizes_of(self, positions, sizes[-1])  # type: ignore[arg-type]  # of a network it reads the layers alone
        for number, (layer, size) in enumerate(zip(self.layers, found, strict=True), start=1):
            columns = size.patches[-1:] if self.group.reflections else ()
            for n in size.patches if turns > 1 else columns:
                _check_symmetric(number, layer, n, self.group)
        return found

    @default_errors
    def covariances(
        self,
        x: Any,
        y: Any = None,
        *,
        memory: int = 2**30,
        progress: Progress | None = None,
        channels: str | None = None,
    ) -> Any:
        """The inner products <x_n(r, u), y_n(s, v)> of the last maps, before what the output makes of them.

        Returns an array of axes (image of x, image of y, turn, height, width, turn, height, width), float64; the
        turns have length 1 where the last layer pools over them. Parameters and errors as for `gram`.
        """
        work = work_of(self, x, y, Options(False, memory, 1, False), channels, progress, double=True)
        size, (left, right) = work.task.sizes[-1], work.exponents()
        found = np.empty((len(left), len(right), *size, *size))
        for rows, columns, values in work.tensors(lambda worker, one, two: worker.last(one, two)):
            shape = rows.stop - rows.start, columns.stop - columns.start, *size, *size
            powers = (left[rows, None] + right[columns]).reshape(*shape[:2], *(1,) * (2 * len(size)))
            found[rows, columns] = times_power(values.reshape(shape), powers)
        return work.given(found)

    def _library(self, x: Any, name: str) -> Standard:
        return InPlace()

    def _task(self, ops: Standard, shapes: Shapes, dtype: Any, scaling: Scaling, options: Options) -> Task:
        from .evaluator import task

        return task(self, shapes, dtype, scaling, options)


def _on_group(number: int, layer: Any) -> Layer:
    if isinstance(layer, Layer):
        return layer
    if not isinstance(layer, PlainLayer):
        raise TypeError(f"layers must be groups.Layer or ckn.Layer; layer {number} is {layer!r}")
    return Layer(layer.patch, layer.kernel, layer.pool, layer.stride, layer.border, layer.normalized)


def _symmetric(layer: PlainLayer, positions: int) -> bool:
    if layer.pool is not None:
        starts = layer.pool.starts(positions, layer.stride, layer.border)
        miss = starts + starts[::-1] + layer.pool.length - positions
        if len(starts) and not (miss % positions if layer.border == "circular" else miss).any():
            return True
        if positions > _MATRIX:
            return False
    # Windows as long as the map may be symmetric wherever they begin.
    matrix = layer.pooling(positions)
    # Taps that wrap onto one position are added in another order: some roundings of numbers below 1.
    return len(matrix) > 0 and bool(np.abs(matrix - matrix[::-1, ::-1]).max() <= 1e-15)


def _check_symmetric(number: int, layer: PlainLayer, positions: int, group: Group) -> None:
    """ValueError, with what would fit, where the windows of a layer are not symmetric about the middle."""
    if layer.pool is None or _symmetric(layer, positions):
        return
    kind, scale, centred = layer.pool.kind, layer.pool.scale, layer.pool.centred
    fits = []
    for middle in (False, True) if kind != "strided" else (False,):
        pool = Pool(kind, scale, middle)
        for stride in range(1, min(positions, 8) + 1):
            if _symmetric(PlainLayer(1, layer.kernel, pool, stride, layer.border), positions):
                fits.append(f"{pool!r} with stride {stride}")
    larger = [n for n in range(positions + 1, positions + 9) if _symmetric(layer, n)]
    if larger:
        fits.append(f"{Pool(kind, scale, centred)!r} with stride {layer.stride} on {larger[0]}")
    raise ValueError(
        f"layer {number}: the windows of {layer.pool!r}, stride {layer.stride}, on {positions} positions are not "
        f"symmetric about the middle, so that {group!r} does not commute with them; what is: "
        + (", ".join(fits) or "no pooling of this kind")
    )
