r"""Interactions of two patches: norms, predicted learning curves and regressions of architectures.

Bietti 2022, claims 53-57; L17. The target is f(x) = sum_u g_1(x_u) g_2(x_{u+r}) over n patches on a circle, each
uniform on S^{d-1}, g_1 and g_2 harmonics of power 1. |f|^2 E K(x, x) over the power of f is what bounds of the excess
risk grow with. It and the spectrum are exact. What one layer asks of f(x) = sum_u e_j[u] Y_k(x_u) is shown beside:
|f|^2 = 1/(s_j mu_k), a factor for smoothness over positions, and one for smoothness within patches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import sphere
from ..ckn.layers import Layer, Pool, average, gaussian
from ..ckn.network import Network
from ..ckn.spectra import Model
from ..ckn.spectra.pooled import modes
from ..kernels.families import linear
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Row, Table
from ..views import drawing
from .curves import draw_curves, predictor, regressions
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import KernelLike, as_kernel, as_kernels, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
FIRST, SECOND = "exponential(1)", "exponential(0.6)"
SMOOTHING = ("exponential(1)", "rf(3)", "ntk(3)")  # kernels of patches
SCALES = (0, 1, 2, 4)  # of Gaussian pooling, 0 for none
D = 3
CIRCLE = 32  # positions, where smoothing over them is shown
_DEGREES = 12
_RIDGE = 1e-6  # lambda over E K(x, x)
_TESTS = 400


def architectures(positions: int, window: int, omega: int, first: Zonal, second: Zonal) -> dict[str, Network]:
    """Two layers, pooled or not, with windows or one; the fully connected kernel; one layer."""
    maps = Layer(1, first, border="circular")
    whole = Layer(positions, second, border="valid")

    def windows(pool: Pool | None) -> Network:
        return Network([maps, Layer(window, second, pool, border="circular")])

    return {
        "two layers, global pooling": windows(average(positions)),
        "two layers, local pooling": windows(average(omega)),
        "two layers": windows(None),
        "two layers, one window": Network([Layer(1, first, border="valid"), whole]),
        "fully connected": Network([Layer(1, linear(), border="valid"), whole]),
        "one layer": Network([maps]),
    }


@dataclass(frozen=True, eq=False)
class Interactions:
    """What `interactions` has found; the first axis of arrays is that of the architectures.

    Parameters
    ----------
    names : of the architectures.
    positions, window, omega, degrees : of the experiment.
    separations : r = 1, 2, ...
    complexity : |f|^2 E K(x, x) over the power of f, shape (m, r); infinity where f is not in the RKHS.
    n, predicted : numbers of samples, and errors for r = 1: shapes (c,), (m, c).
    sizes, measured, error : of ridge regression: means and standard errors, shapes (s,), (m, s), (m, s).
    scales, frequencies, over_positions : 1/s_j over that of j = 0, for Gaussian pooling: shape (scales, frequencies).
    kernels, k, within : 1/mu_k over that of k = 1, shape (kernels, k); infinity where mu_k is 0.
    """

    names: tuple[str, ...]
    positions: int
    window: int
    omega: int
    degrees: tuple[int, int]
    separations: NDArray[np.int64]
    complexity: Array
    n: NDArray[np.int64]
    predicted: Array
    sizes: NDArray[np.int64]
    measured: Array
    error: Array
    scales: tuple[int, ...]
    frequencies: NDArray[np.int64]
    over_positions: Array
    kernels: tuple[str, ...]
    k: NDArray[np.int64]
    within: Array


def interactions(
    positions: int = 10,
    window: int = 4,
    omega: int = 3,
    degrees: Sequence[int] = (1, 1),
    first: KernelLike = FIRST,
    second: KernelLike = SECOND,
    samples: int = 400,
    seed: int = 0,
    points: int = 32,
) -> Interactions:
    """Norms, curves at so many numbers of samples, and regressions on up to `samples` points."""
    positions = integer("positions", positions, 4, 64)
    window = integer("window", window, 2, (positions + 1) // 2)
    omega = integer("omega", omega, 2, positions)
    try:
        kinds = tuple(integer("degrees", k, 1, 20) for k in degrees)
    except TypeError as error:
        raise TypeError(f"degrees must be two integers, got {degrees!r}") from error
    if len(kinds) != 2:
        raise ValueError(f"degrees must be those of two harmonics, got {degrees!r}")
    samples, points = integer("samples", samples, 10, 10_000), integer("points", points, 2, 1000)
    seed = integer("seed", seed, 0)
    nets = architectures(positions, window, omega, as_kernel("first", first), as_kernel("second", second))
    separations = np.arange(1, (positions - 1) // 2 + 1)
    models = [Model(net, positions, dimension=D) for net in nets.values()]
    complexity = np.array([[_complexity(model, kinds, int(r)) for r in separations] for model in models])
    n = np.unique(np.geomspace(5, 5 * samples, points).astype(np.int64))
    predicted = [
        predictor(model, model.trace() / found[0], _RIDGE)(n)[0]
        for model, found in zip(models, complexity, strict=True)
    ]
    sizes = np.unique(np.geomspace(10, samples, 6).astype(np.int64))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples + _TESTS, positions, D))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    y = target(x, kinds[0], kinds[1], 1)[:, None]
    measured = []
    for net, model in zip(nets.values(), models, strict=True):
        gram = net.gram(x[:samples], channels="last")
        across = net.gram(x[samples:], x[:samples], channels="last")
        measured.append(regressions(gram, across, y, sizes, _RIDGE * model.trace()))
    means, errors = (np.array(several)[:, 0] for several in zip(*measured, strict=True))
    frequencies = np.arange(CIRCLE // 2 + 1)
    return Interactions(
        tuple(nets),
        positions,
        window,
        omega,
        (kinds[0], kinds[1]),
        separations,
        complexity,
        n,
        np.array(predicted),
        sizes,
        means,
        errors,
        SCALES,
        frequencies,
        np.array([over_positions(scale, CIRCLE) for scale in SCALES]),
        SMOOTHING,
        np.arange(1, _DEGREES + 1),
        np.array([within_patches(kernel, _DEGREES) for kernel in as_kernels("kernels", SMOOTHING)]),
    )


def _complexity(model: Model, degrees: tuple[int, ...], r: int) -> float:
    """|f|^2 E K(x, x) over the power of f."""
    if len(model.net.layers) == 1:  # no product of two patches is a sum of functions of one
        return math.inf
    n = model.positions
    norm = model.norm({((u, degrees[0]), ((u + r) % n, degrees[1])): 1 for u in range(n)})
    return float(norm**2 / n * model.trace())


def target(x: Array, k: int, m: int, r: int) -> Array:
    """f of power 1 at points of shape (count, n, d), for zonal harmonics around the first and the second axis."""
    n, d = x.shape[1:]
    one, other = (
        math.sqrt(sphere.multiplicity(d, degree)) * sphere.legendre(d, degree, x[..., axis])
        for axis, degree in ((0, k), (1, m))
    )
    return np.asarray((one * np.roll(other, -r, axis=1)).sum(axis=1) / math.sqrt(n))


def over_positions(scale: int, positions: int) -> Array:
    """s_0/s_j for the frequencies j up to half of the positions, Gaussian pooling of a scale, 0 for none."""
    count = positions // 2 + 1
    if not scale:
        return np.ones(count)
    found = modes(Layer(1, linear(), gaussian(scale, centred=True), border="circular"), positions)
    assert found.frequencies is not None
    by_frequency = dict(zip(found.frequencies, found.value, strict=True))
    return np.array([by_frequency[0] / by_frequency[j] for j in range(count)])


def within_patches(kernel: Zonal, degrees: int) -> Array:
    """mu_1/mu_k on S^{d-1} for k = 1, ..., `degrees`; infinity where mu_k is 0."""
    mu = np.asarray(kernel.spectrum(D)[1 : degrees + 1])
    return np.asarray(np.divide(mu[0], mu, out=np.full(degrees, np.inf), where=mu > 0))


def patch_interactions(
    positions: int = 10,
    window: int = 4,
    omega: int = 3,
    degrees: Sequence[int] = (1, 1),
    *,
    first: KernelLike = FIRST,
    second: KernelLike = SECOND,
    samples: int = 400,
    seed: int = 0,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Norms and learning curves of sum_u g_1(x_u) g_2(x_{u+r}) under six architectures, and what one layer smooths.

    Parameters
    ----------
    positions : n patches on a circle, from 4 to 64, each uniform on S^2.
    window : patches that a window of the second layer reads, from 2 to (n+1)/2.
    omega : windows over which local pooling averages, from 2 to n.
    degrees : those of the harmonics g_1 and g_2, from 1 to 20.
    first, second : kernels of both layers, or their texts.
    samples : the most points of the regressions, from 10 to 10000; `seed` of their draws.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (complexity, learning curves, smoothing over positions, smoothing within patches) and a table.

    Source: Bietti 2022 (claims 52-57); norms of interactions are derived here (L17).
    """
    data = interactions(positions, window, omega, degrees, first, second, samples, seed)
    return finished(draw, data, table(data), width, font)


def table(data: Interactions) -> Table:
    """A row for each panel, line and place."""
    rows: list[Row] = []
    panels: list[tuple[str, Sequence[object], NDArray[np.int64], Array, Array | None]] = [
        ("|f|^2 E K", data.names, data.separations, data.complexity, None),
        ("predicted error", data.names, data.n, data.predicted, None),
        ("measured error", data.names, data.sizes, data.measured, data.error),
        ("over positions", [f"gaussian({q})" if q else "none" for q in data.scales], data.frequencies,
         data.over_positions, None),
        ("within patches", data.kernels, data.k, data.within, None),
    ]  # fmt: skip
    for panel, names, places, values, errors in panels:
        for i, name in enumerate(names):
            for j, place in enumerate(places):
                error = None if errors is None or np.isnan(errors[i, j]) else float(errors[i, j])
                value = float(values[i, j])
                rows.append({"panel": panel, "line": str(name), "place": int(place), "value": value, "error": error})
    return Table(rows, caption="Interactions of two patches, and what one layer smooths")


def draw(data: Interactions, width: float = PAGE) -> Figure:
    """Complexity and learning curves of interactions, and the two factors of one layer's norm."""
    sheet = Sheet(width, 4, 2.3, across=2, least=2.6, legend=0.5)
    norms, curves, positions, patches = sheet.panels
    _norms(norms, data)
    draw_curves(curves, data.n, data.predicted, data.sizes, data.measured, data.error)
    _smoothing(positions, data.frequencies, data.over_positions, [f"$q={q}$" if q else "none" for q in data.scales])
    positions.set_xticks(data.frequencies[::4])
    positions.set(xlabel="frequency $j$ of the sum over positions", ylabel="$s_0/s_j$")
    names = [label(kernel) for kernel in as_kernels("kernels", data.kernels)]
    _smoothing(patches, data.k, data.within, names)
    patches.set(xlabel="degree $k$ of the function of a patch", ylabel=r"$\mu_1/\mu_k$")
    titles = ("norms", "learning curves, $r=1$", "smoothing over positions", "smoothing within patches")
    for place, title in enumerate(titles):
        sheet.panels[place].set_title(f"{letters(place)} {title}", loc="left")
    sheet.legend(curves.get_lines()[: len(data.names)], data.names, columnspacing=1.2)
    return sheet.settle()


def _norms(ax: Axes, data: Interactions) -> None:
    for i, found in enumerate(data.complexity):
        ax.plot(data.separations, np.where(np.isfinite(found), found, np.nan), **drawing.line(i, marker=True, lw=1.2))
    ax.set(
        yscale="log", xlabel="distance $r$ of the patches", ylabel=r"$|\,f\,|^2\,\mathrm{E}\,K(x,x)\,/\,\mathrm{E}f^2$"
    )
    ax.set_xlim(data.separations[0] - 0.3, data.separations[-1] + 0.3)
    ax.set_xticks(data.separations)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)


def _smoothing(ax: Axes, places: NDArray[np.int64], several: Array, names: Sequence[str]) -> None:
    for i, values in enumerate(several):
        finite = np.isfinite(values)
        ax.plot(places[finite], values[finite], **drawing.line(i, marker=True, lw=1.0, ms=3), label=names[i])
    ax.set(yscale="log")
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
    ax.legend(loc="upper left", handlelength=2.2, borderaxespad=0.1)
