r"""A photograph through three convolutional layers: the norms of its maps, and what resembles what.

Each layer extracts patches (P), maps them to the features of a kernel (M) and pools (A), claim 42. The
norms are those of ``kernelspec.ckn``. The similarity of a position with all others is
<x_k(u0), x_k(u)> over the norms, by the kernel trick on all pairs of positions of the one image.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec import Table, ckn
from kernelspec.plots.layout import Sheet, lines_of, no_ticks, parts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

NAME = "convolutional-maps"
TITLE = "A photograph through the layers"
CAPTION = r"""
Three layers $x_k = A_kM_kP_kx_{k-1}$ of a convolutional kernel network: patches of 3 × 3 positions
with the normalised measure, the kernel $|z||z'|e^{(\cos-1)/0.6^2}$, Gaussian pooling with centred
windows at every second position. Top: the photograph, and the norms of its maps in one scale of
colours. $M$ keeps the norm at each position; pooling adds vectors of different directions, so that
edges and textures fade and even regions stay; the padding with zeros darkens the border. Bottom: the
similarity with a position on the right edge of the pavilion,
$\langle x_k(u_0),x_k(u)\rangle$ over the norms; cosines below 0 have the colour of 0. The patch of
$3\times3$ pixels resembles those on edges of the same direction, and $M_1$ sharpens this; each
further layer compares larger parts of the photograph, the last one the edge as a whole. The squares
show what the position sees.
"""
ORDER = 70

Array = NDArray[np.float64]
# One more than a multiple of 8: the centres of the windows then reach from border to border.
SIZE = (65, 81)
START = (24, 48)  # the marked position, a multiple of 8: the centre of a window in every layer
KERNEL = ks.exponential(0.6)
NET = ckn.Network((ckn.Layer(3, KERNEL, ckn.gaussian(2, centred=True), stride=2, normalized=True),) * 3)


@dataclass(frozen=True, eq=False)
class Maps:
    """One photograph through `NET`.

    Parameters
    ----------
    image : shape (height, width, 3), in [0, 1].
    norms : |P_1 x|, |x_1|, |x_2|, |x_3|, each over its positions.
    similarities : with the marked position, of P_1 x, M_1 P_1 x, x_1, x_2, x_3.
    marked : the marked position of P_1 x, x_1, x_2, x_3.
    sees : how many pixels a position of P_1 x, x_1, x_2, x_3 depends on, along one axis.
    """

    image: Array
    norms: list[Array]
    similarities: list[Array]
    marked: list[tuple[int, int]]
    sees: list[int]


def compute(quick: bool = False) -> Maps:
    """The maps of one photograph of scikit-learn; `quick` takes it at half the resolution."""
    part = 2 if quick else 1
    image = photograph(SIZE[0] // part + part - 1, SIZE[1] // part + part - 1)
    # The mean colour is the origin, so that cosines tell colours apart.
    x = image - image.mean(axis=(0, 1))
    maps = {m.name: np.asarray(m.values[0]) for m in NET.maps(x[None])}
    count = len(NET.layers)
    row, column = (8 * round(p / part / 8) for p in START)
    marked = [(row >> k, column >> k) for k in range(count + 1)]
    sees, step = [NET.layers[0].patch], 1
    for number, layer in enumerate(NET.layers):
        taps = len(layer.pool.taps) if layer.pool else 1
        wider = layer.patch - 1 if number else 0  # the first patch is counted already
        sees.append(sees[-1] + (wider + taps - 1) * step)
        step *= layer.stride
    patches = patch_vectors(x, NET.layers[0])
    norms = np.linalg.norm(patches, axis=-1)
    inner = patches @ patches[marked[0]]
    mapped = kernel_values(inner, norms[marked[0]], norms)
    alike = [values / norms / norms[marked[0]] for values in (inner, mapped)]
    for pooled, place in zip(products(patches), marked[1:], strict=True):
        norms = np.sqrt(np.einsum("abab->ab", pooled))
        alike.append(pooled[place] / norms / norms[place])
    return Maps(
        image=image,
        norms=[maps["patches 1"], *(maps[f"layer {k}"] for k in range(1, count + 1))],
        similarities=alike,
        marked=marked,
        sees=sees,
    )


def photograph(height: int, width: int) -> Array:
    """The left part of scikit-learn's photograph of a pavilion, each pixel the mean of a square.

    Raises
    ------
    ModuleNotFoundError
        where scikit-learn is not installed.
    """
    from sklearn.datasets import load_sample_image

    picture = np.asarray(load_sample_image("china.jpg"), dtype=np.float64) / 255
    side = min(picture.shape[0] // height, picture.shape[1] // width)
    part = picture[: side * height, : side * width]
    return part.reshape(height, side, width, side, 3).mean(axis=(1, 3))


def patch_vectors(x: Array, layer: ckn.Layer) -> Array:
    """P x of an image (height, width, channels): zero border, normalised measure."""
    height, width = x.shape[:2]
    padded = np.pad(x, (_around(layer), _around(layer), (0, 0)))
    moves = itertools.product(range(layer.patch), repeat=2)
    shifted = [padded[i : i + height, j : j + width] for i, j in moves]
    return np.concatenate(shifted, axis=-1) / layer.patch


def products(patches: Array) -> list[Array]:
    """Inner products of all pairs of positions of x_1, x_2, x_3, each of the shape (h, w, h, w).

    Parameters
    ----------
    patches : P_1 x, shape (height, width, dimension).
    """
    layer = NET.layers[0]
    norms = np.linalg.norm(patches, axis=-1)
    rows, columns = (layer.pooling(n) for n in norms.shape)
    pooled = np.zeros((len(rows), len(columns)) * 2)
    for i, line in enumerate(patches):  # all at once would take a gigabyte
        mapped = kernel_values(np.tensordot(line, patches, axes=(1, 2)), norms[i][:, None, None], norms)
        half = np.einsum("pb,qc,abc->apq", rows, columns, mapped, optimize=True)
        pooled += rows[:, i, None, None, None] * np.tensordot(columns, half, axes=1)
    found = [pooled]
    for layer in NET.layers[1:]:
        inner = patch_sums(pooled, layer)
        norms = np.sqrt(np.einsum("abab->ab", inner))
        mapped = kernel_values(inner, norms[:, :, None, None], norms)
        rows, columns = (layer.pooling(n) for n in norms.shape)
        pooled = np.einsum("pa,qb,rc,sd,abcd->pqrs", rows, columns, rows, columns, mapped, optimize=True)
        found.append(pooled)
    return found


def kernel_values(inner: Array, left: Any, right: Array) -> Array:
    """|z||z'| kappa(cos) from inner products and norms, which are divided by from 1e-6 on."""
    cosine = inner / np.maximum(left, 1e-6) / np.maximum(right, 1e-6)
    return np.asarray(left * right * KERNEL(np.clip(cosine, -1, 1)))


def patch_sums(inner: Array, layer: ckn.Layer) -> Array:
    """Inner products of patches from those of positions; zero border, normalised measure."""
    height, width = inner.shape[:2]
    padded = np.pad(inner, (_around(layer),) * 4)
    total = np.zeros_like(inner)
    for i, j in itertools.product(range(layer.patch), repeat=2):
        rows, columns = slice(i, i + height), slice(j, j + width)
        total += padded[rows, columns, rows, columns]
    return total / layer.patch**2


def _around(layer: ckn.Layer) -> tuple[int, int]:
    before = -layer.offsets[0]
    return before, layer.patch - 1 - before


def table(data: Maps) -> Table:
    """A row for each map and position: norms, and similarities with the marked position."""
    maps = [
        *zip(("|M_1 P_1 x|", "|x_1|", "|x_2|", "|x_3|"), data.norms, strict=True),
        *zip(("cos P_1 x", "cos M_1 P_1 x", "cos x_1", "cos x_2", "cos x_3"), data.similarities,
             strict=True),
    ]  # fmt: skip
    rows = [
        {"map": name, "row": i, "column": j, "value": float(values[i, j])}
        for name, values in maps
        for i, j in np.ndindex(values.shape)
    ]
    return Table(rows, caption="Norms of the maps of a photograph, and similarities with one position")


def draw(data: Maps, width: float = style.PAGE) -> Figure:
    """Five panels of norms, five of similarities."""
    lines = lines_of(5, width, 5, 1.0)
    above, below = parts(width, [1.45 * lines, 1.3 * lines])
    upper = Sheet(width, 5, 1.4, across=5, least=1.0, part=above).panels
    lower = Sheet(width, 5, 1.3, across=5, least=1.0, part=below).panels
    height, across = data.image.shape[:2]
    upper[0].imshow(data.image)
    upper[0].set_title("$x$")
    largest = max(norm.max() for norm in data.norms)
    names = ("$|M_1P_1x|$", "$|x_1|$", "$|x_2|$", "$|x_3|$")
    for k, (ax, norm, name) in enumerate(zip(upper[1:], data.norms, names, strict=True)):
        shown = _map(ax, norm, 2**k, largest)
        ax.set_title(name)
    names_below = ("$P_1x$", "$M_1P_1x$", "$x_1$", "$x_2$", "$x_3$")
    for k, (ax, values, name) in enumerate(zip(lower, data.similarities, names_below, strict=True)):
        alike = _map(ax, values, 2 ** max(0, k - 1), 1.0)
        ax.set_title(name)
        _square(ax, data, data.sees[max(0, k - 1)])
    for sees in data.sees:
        _square(upper[0], data, sees)
    sizes = [data.image.shape[:2], *(norm.shape for norm in data.norms)]
    for ax, size in zip(upper, sizes, strict=True):
        ax.set_xlabel(rf"${size[0]} \times {size[1]}$", labelpad=2)
    for ax in (*upper, *lower):
        no_ticks(ax)
        ax.set(xlim=(-0.5, across - 0.5), ylim=(height - 0.5, -0.5))
        ax.spines[:].set_visible(False)
    above.colorbar(shown, ax=upper, fraction=0.02, pad=0.01, label="norm")
    below.colorbar(alike, ax=lower, fraction=0.02, pad=0.01, extend="min", label="cosine")
    return above.figure


def _map(ax: Axes, values: Array, step: int, largest: float) -> AxesImage:
    """A map in the place where it lies in the photograph: position i is at pixel step * i."""
    height, width = values.shape
    return ax.imshow(
        values,
        extent=(-step / 2, step * (width - 0.5), step * (height - 0.5), -step / 2),
        vmin=0,
        vmax=largest,
        cmap="cividis",
        interpolation="nearest",
    )


def _square(ax: Axes, data: Maps, sees: int) -> None:
    """What the marked position sees: white on black, for any background."""
    from matplotlib.patches import Rectangle

    row, column = data.marked[0]
    for colour, thickness in (("black", 1.8), ("white", 0.8)):
        corner = (column - sees / 2, row - sees / 2)
        square = Rectangle(corner, sees, sees, fill=False, ec=colour, lw=thickness)
        ax.add_patch(square)
