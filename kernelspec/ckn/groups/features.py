r"""Explicit features of networks on groups: anchors as in `ckn.Nystrom`, on patches over positions and turns.

Each layer's kernel map is replaced by psi_k of `kernelspec.ckn.finite`, from anchors that spherical k-means chooses
among the patches of the data. psi_k acts at every (u, r) alike, so that it commutes with the group whatever the
anchors are: the features of an exact group are invariant to rounding, not only up to the approximation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...numbers.arrays import InPlace
from ...numbers.checks import check_progress, integer, random_generator, watched
from ...numbers.exponents import times_powers
from ...numbers.parameters import not_fitted
from ...numbers.precision import default_errors
from ..anchors import spherical_kmeans
from ..doors import Progress
from ..finite import AnchorMap, anchor_map
from ..network import by
from ..nystrom import SMALL
from ..scaling import Scaling, lengths, powers_of
from ..transformer import Transformer
from .network import Layer, Network
from .operators import patch_reads, readout, spatial_pooling

_CHUNK = 2**22  # numbers of patches at work


class _Step(NamedTuple):
    """One layer for images of one size."""

    layer: Layer
    index: Any  # what patches read where they read pixels, (order, places, offsets); None with `tables`
    tables: list[Any]  # sparse matrices ((place, offset), position) of every turn where they read between pixels
    reached: Any  # the turns r q that a patch at r reads, (order, q)
    places: int
    offsets: int  # positions of a patch
    pooling: Any  # over positions
    turns: Any  # pooling over turns, (turns after, order)


class Features(Transformer):
    r"""Explicit features Phi of a network on a group, <Phi(x), Phi(y)> ~ K(x, y).

    Parameters
    ----------
    net : a `groups.Network`.
    components : how many anchors each layer has at most, one number for all layers or one for each.
    rng : seed or Generator; a seed gives the same features at every fit.
    patches : how many patches the anchors of a layer are learned from, at most.
    shape : None; or, for rows of numbers, the shape of the image that each makes, as for `ckn.Nystrom`.

    Attributes, once fitted
    -----------------------
    maps_ : one `AnchorMap` a layer.
    n_features_out_ : columns of the features.

    The features have the dtype of the data fitted, float32 or float64.

    Source: Mairal 2016, section 2, for the anchors; Bietti & Mairal 2019 (JMLR) for groups (claim 51).

    >>> import kernelspec as ks
    >>> from kernelspec.ckn import groups
    >>> net = groups.Network(groups.dihedral(4), [groups.Layer(3, ks.arccos(1)), groups.Layer(3, ks.arccos(1))])
    >>> x = np.random.default_rng(0).standard_normal((5, 7, 7, 1))
    >>> features = groups.Features(net, components=(8, 16)).fit(x)
    >>> bool(np.allclose(features.transform(x), features.transform(groups.act(x, 3, True)), atol=1e-12))
    True
    """

    _parameters = ("net", "components", "rng", "patches", "shape")
    maps_: tuple[AnchorMap, ...]

    def __init__(
        self, net: Network, components: Any = 64, rng: Any = 0, patches: int = 20_000, shape: Any = None
    ) -> None:
        # As scikit-learn wants it, parameters are kept as they were given, and checked by fit.
        self.net, self.components, self.rng, self.patches, self.shape = net, components, rng, patches, shape

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._parameters[1:])
        return f"Features({self.net!r}, {values})"

    def _counts(self) -> list[int]:
        """The parameters checked; how many components each layer has."""
        if not isinstance(self.net, Network):
            raise TypeError(f"net must be a groups.Network; got {self.net!r}")
        layers, several = len(self.net.layers), isinstance(self.components, Iterable)
        several = several and not isinstance(self.components, str) and np.ndim(self.components) > 0
        counts = list(self.components) if several else [self.components] * layers
        if len(counts) != layers:
            raise ValueError(
                f"components must be one number, or one for each of the {layers} layers; got {self.components!r}"
            )
        random_generator(self.rng)
        integer("patches", self.patches, 1)
        self._shape_of_rows()
        return [integer("components", count, 1) for count in counts]

    @default_errors
    def fit(self, x: Any, y: Any = None, *, progress: Progress | None = None, channels: str | None = None) -> Features:
        """Choose the anchors of every layer from images (n, height, width, channels), n >= 1; y is ignored.

        Signals (n, length, channels) as well, where the group has no turns. `progress` is called as
        progress(layers, total=...), like tqdm. `channels` is "last", or "first"; None refuses shapes that look like
        those of channels first.

        Raises TypeError and ValueError for wrong data, and a layer whose patches are all 0 or whose kernel is not
        positive semi-definite.
        """
        check_progress(progress)
        counts, data = self._counts(), self._images(x, channels)
        if not len(data):
            raise ValueError("x must hold at least one image to fit; got none")
        data = times_powers(data, -powers_of(self.net, data))
        steps, rng = _steps(self.net, data.shape, data.dtype), random_generator(self.rng)
        maps: list[AnchorMap] = []
        for k in watched(progress, range(len(steps)), len(steps)):
            step = steps[k]
            try:
                sample = self._sample(steps, maps, data, rng)
                chosen = spherical_kmeans(sample, counts[k], rng)
                maps.append(anchor_map(step.layer, chosen, self.net.floor))
            except ValueError as error:
                raise ValueError(f"layer {k + 1}: {error}") from error
        self._fitted_net = self.net
        self.maps_, self._shape, self._dtype = tuple(maps), data.shape[1:], data.dtype
        last = self.net.shapes(data.shape, "last")[-1].output
        self._readout = readout(self.net, last).astype(data.dtype)
        self.n_features_in_ = math.prod(data.shape[1:])
        self.n_features_out_ = self._readout.shape[0] * maps[-1].features
        return self

    @default_errors
    def transform(self, x: Any, *, progress: Progress | None = None, channels: str | None = None) -> Any:
        """The features of images of the fitted size, shape (n, columns).

        `progress` is called as progress(batches, total=...), like tqdm.

        Raises `NotFittedError` before `fit`; TypeError and ValueError as `fit`, and for images of another size.
        """
        if not hasattr(self, "maps_"):
            raise not_fitted("these Features have no anchors yet: call fit(X), or fit_transform(X), before transform")
        check_progress(progress)
        data, net = self._images(x, channels, self.n_features_in_), self._fitted_net
        if data.shape[1:] != self._shape:
            raise ValueError(f"x must have images of the fitted size {by(self._shape)}, got shape {data.shape}")
        steps, powers = _steps(net, data.shape, self._dtype), powers_of(net, data)
        degree = Scaling.of(net).degrees[-1]
        out = np.empty((len(data), self.n_features_out_), dtype=self._dtype)
        batches = _batches(steps, self.maps_, len(data))
        for here in watched(progress, batches, len(batches)):
            part = times_powers(data[here], -powers[here]).astype(self._dtype, copy=False)
            last = _forward(steps, self.maps_, part)
            flat = _along(self._readout, last.reshape(len(last), -1, last.shape[-1]))
            out[here] = times_powers(flat.reshape(len(last), -1), degree * powers[here])
        if not np.isfinite(out).all():
            raise ValueError(f"x is too large: its features overflow {self._dtype}")
        return self._made(out)

    def fit_transform(
        self, x: Any, y: Any = None, *, progress: Progress | None = None, channels: str | None = None
    ) -> Any:
        """The features of the data that the anchors are chosen from."""
        fitted = self.fit(x, progress=progress, channels=channels)
        return fitted.transform(x, progress=progress, channels=channels)

    def _sample(self, steps: list[_Step], maps: list[AnchorMap], data: Any, rng: np.random.Generator) -> Any:
        """Directions of patches of the next layer, at random images, positions and turns."""
        step, order = steps[len(maps)], self.net.group.order
        each = order * step.places
        wanted = min(self.patches, len(data) * each)
        # One patch in each of so many equal parts of all.
        edges = np.arange(wanted + 1) * (len(data) * each) // wanted
        chosen = edges[:-1] + (rng.random(wanted) * np.diff(edges)).astype(np.int64)
        image, place = chosen // each, chosen % each
        images, found = np.unique(image), []
        for here in _batches(steps[: len(maps) + 1], maps, len(images)):
            batch = images[here]
            x = _forward(steps, maps, data[batch])
            turn = place // step.places
            for r in range(order):
                mine = (image >= batch[0]) & (image <= batch[-1]) & (turn == r)
                if mine.any():
                    patches = _patches(step, x, r)
                    at = np.searchsorted(batch, image[mine]), place[mine] % step.places
                    found.append(patches[at])
        sample = np.concatenate(found)
        norms = lengths(sample)
        if not np.isfinite(norms).all():
            raise ValueError(f"x is too large: the norms of its patches overflow {data.dtype}")
        if not norms.any():
            raise ValueError("no patch of x has a norm above 0: there is no direction")
        kept = norms > SMALL * norms.max()
        return sample[kept] / norms[kept, None]


def _steps(net: Network, shape: tuple[int, ...], dtype: Any) -> list[_Step]:
    steps: list[_Step] = []
    for k, (layer, size) in enumerate(zip(net.layers, net.shapes(shape, "last"), strict=True)):
        assert isinstance(layer, Layer)
        before, fibre = size.input[: len(shape) - 2], net.fibres[k]
        order, neighbours = np.arange(net.group.order), np.array(layer.neighbours(net.group))
        reached = net.group.product(order[:, None], neighbours)
        index, tables = None, []
        if net.group.exact:
            index = patch_reads(net.group, layer, before).index[..., 0]
        else:  # one turn at a time: with 16 taps for each place of each patch, all are large
            for r in order:
                reads = patch_reads(net.group, layer, before, [r])
                tables.append(reads.matrix([0], slice(None)).astype(dtype))
        steps.append(
            _Step(
                layer,
                index,
                tables,
                np.array([[0]] * net.group.order) if fibre == 1 else reached,
                math.prod(size.patches),
                layer.patch ** (len(shape) - 2),
                spatial_pooling(layer, size.patches).astype(dtype),
                layer.turn_pooling(net.group).astype(dtype),
            )
        )
    return steps


def _batches(steps: list[_Step], maps: Any, count: int) -> Sequence[slice]:
    """Slices of the images, so that the patches of one turn stay within `_CHUNK` numbers."""
    channels = [1, *(psi.features for psi in maps)]
    largest = 1
    for step, read in zip(steps, channels, strict=False):
        patch = step.places * step.offsets * step.reached.shape[1] * read
        largest = max(largest, patch, step.places * len(step.turns[0]) * 64)
    size = max(1, _CHUNK // largest)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def _forward(steps: list[_Step], maps: Any, x: Any) -> Any:
    """The map behind the layers that have a psi, shape (n, turns, positions, channels)."""
    x, ops = x.reshape(len(x), 1, -1, x.shape[-1]), InPlace()
    with np.errstate(over="ignore", invalid="ignore"):  # seen in the result
        for step, psi in zip(steps, maps, strict=False):
            held = []
            for r in range(step.turns.shape[1]):
                patches = _patches(step, x, r)
                values = psi.responses(patches.reshape(-1, patches.shape[-1]), ops)
                values = values.reshape(len(x), step.places, -1)
                held.append(_along(step.pooling, values))
            pooled = np.einsum("rs,snuc->nruc", step.turns, np.stack(held))
            x = psi.mixed(pooled.reshape(-1, psi.width)).reshape(*pooled.shape[:3], -1)
    return x


def _patches(step: _Step, x: Any, r: int) -> Any:
    """P x(u, r) at one turn r, shape (n, places, numbers)."""
    n, _, positions, channels = x.shape
    x = x[:, step.reached[r]]
    if step.layer.normalized:
        x = x * x.dtype.type((step.offsets * x.shape[1]) ** -0.5)
    count = x.shape[1]
    if step.index is not None:
        padded = np.concatenate([x, np.zeros((n, count, 1, channels), x.dtype)], axis=2)
        found = np.take(padded, step.index[r], axis=2)
        return found.transpose(0, 2, 3, 1, 4).reshape(n, step.places, -1)
    flat = np.ascontiguousarray(x.transpose(2, 0, 1, 3)).reshape(positions, -1)
    found = (step.tables[r] @ flat).reshape(step.places, -1, n, count * channels)
    return found.transpose(2, 0, 1, 3).reshape(n, step.places, -1)


def _along(matrix: Any, x: Any) -> Any:
    """A matrix on the middle axis of (n, positions, channels)."""
    n, positions, channels = x.shape
    flat = np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(positions, -1)
    return (matrix @ flat).reshape(-1, n, channels).transpose(1, 0, 2)
