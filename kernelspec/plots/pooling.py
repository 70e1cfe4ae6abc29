r"""What pooling gains: effective dimensions and learning curves on the cube (Misiakiewicz & Mei 2021, figure 1).

Signals x are uniform on {-1, 1}^p. The targets are p^{-1/2} sum_i x_i ... x_{i+l-1} and the same sum with alternating
signs, the lowest and the highest frequency of one family of parities. Curves are those of the eigenlearning equations,
from closed spectra; dots are kernel ridge regression on samples, with Gram matrices that know nothing of the spectra.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ckn.layers import Layer, average
from ..ckn.network import Network
from ..ckn.spectra import Model
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Row, Table
from ..views import drawing
from .curves import draw_curves, predictor, regressions
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import KernelLike, as_kernel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
KERNEL = " + ".join(["0.2*linear()", *(f"0.2*polynomial({i})" for i in range(2, 6))])
RIDGE = 1e-8  # lambda over E K(x, x): what keeps Gram matrices of finite rank regular
FREQUENCIES = ("low", "high")
_TESTS = 300
_ROWS = 128  # of a block of a Gram matrix


@dataclass(frozen=True)
class Architecture:
    """One layer on a circle of p positions: its patch, and over how many positions its outputs are averaged.

    `whole` is one patch that reads all positions, without its rotations: the fully connected kernel.
    """

    name: str
    patch: int
    pool: int = 1
    whole: bool = False

    def network(self, kernel: Zonal) -> Network:
        """The network; inner products of patches are divided by their size."""
        pool = None if self.pool == 1 else average(self.pool)
        return Network([Layer(self.patch, kernel, pool, border="valid" if self.whole else "circular", normalized=True)])

    def gram(self, kernel: Zonal, x: Array, y: Array) -> Array:
        """The Gram matrix of signals of -1 and 1, shapes (m, p) and (n, p): sum_uv (A^T A)_uv kappa(<x_u, y_v>/q).

        Inner products of patches are whole numbers, so that kappa is a table; those of the next patches differ by two
        products.
        """
        p, q = x.shape[1], self.patch
        values = np.array([kernel(t) for t in np.arange(-q, q + 1) / q])
        shifts = np.zeros(p)  # (A^T A)_{u, u+s}
        for a, b in itertools.product(range(self.pool), repeat=2):
            shifts[(a - b) % p] += self.pool**-2
        left, right = (np.ascontiguousarray(each.T.astype(np.int8)) for each in (x, y))
        out = np.zeros((len(x), len(y)))
        for start in range(0, len(x), _ROWS):
            rows = slice(start, start + _ROWS)
            for s in np.flatnonzero(shifts):
                products = [np.multiply.outer(a, right[(i + s) % p]) for i, a in enumerate(left[:, rows])]
                inner = np.sum(products[:q], axis=0, dtype=np.int8) + np.int8(q)
                found = np.take(values, inner.astype(np.intp))
                if q == p:  # all patches are rotations of one
                    found *= 1 if self.whole else p
                else:
                    for u in range(p - 1):
                        inner += products[(u + q) % p] - products[u]
                        found += np.take(values, inner.astype(np.intp))
                out[rows] += shifts[s] * found
        return out


def architectures(positions: int, patch: int, omega: int) -> tuple[Architecture, ...]:
    """Those of Misiakiewicz & Mei 2021: fully connected or patches; averages over one, omega or all positions."""
    return (
        Architecture("fully connected", positions, whole=True),
        Architecture("fully connected, global pooling", positions, positions),
        Architecture("patches", patch),
        Architecture("patches, local pooling", patch, omega),
        Architecture("patches, global pooling", patch, positions),
    )


@dataclass(frozen=True, eq=False)
class PoolingGain:
    """What `pooling` has found; the first axis of arrays is that of the architectures.

    Parameters
    ----------
    architectures : with their names.
    positions, patch, omega, degree, kernel : of the experiment.
    eigenvalues : of the two targets, shape (m, 2); 0 where the kernel does not see one.
    scaled : lambda over the eigenvalue of the target of low frequency, shape (s,).
    dimensions : effective dimensions there, shape (m, s); `at_one` at lambda = that eigenvalue, shape (m,).
    n : numbers of samples, shape (c,).
    predicted : errors, shape (m, 2, c).
    half : numbers of samples from which on the predicted error is at most 1/2, shape (m, 2); infinity
        where it is more at all n.
    sizes : numbers of samples of the regressions, shape (r,).
    measured, error : their mean errors and standard errors (NaN for one set of points), shape (m, 2, r).
    """

    architectures: tuple[Architecture, ...]
    positions: int
    patch: int
    omega: int
    degree: int
    kernel: str
    eigenvalues: Array
    scaled: Array
    dimensions: Array
    at_one: Array
    n: NDArray[np.int64]
    predicted: Array
    half: Array
    sizes: NDArray[np.int64]
    measured: Array
    error: Array


def pooling(
    positions: int = 30,
    patch: int = 10,
    omega: int = 5,
    degree: int = 3,
    kernel: KernelLike = KERNEL,
    samples: int = 800,
    seed: int = 0,
    points: int = 32,
) -> PoolingGain:
    """Spectra, curves at so many numbers of samples, and regressions on up to `samples` points."""
    positions = integer("positions", positions, 4, 120)
    if positions % 2:
        raise ValueError(f"positions must be even, so that signs alternate around the circle; got {positions}")
    patch = integer("patch", patch, 1, positions // 2)
    omega = integer("omega", omega, 2, positions)
    degree = integer("degree", degree, 1, patch)
    samples, points = integer("samples", samples, 10, 10_000), integer("points", points, 2, 1000)
    seed = integer("seed", seed, 0)
    kappa = as_kernel("kernel", kernel)
    kinds = architectures(positions, patch, omega)
    models = [Model(kind.network(kappa), positions, "cube") for kind in kinds]
    both = (0, positions // 2)
    eigenvalues = np.array([[_eigenvalue(model, degree, frequency) for frequency in both] for model in models])
    if not np.all(eigenvalues[:, 0] > 0):
        raise ValueError(f"degree must be one that the kernel sees, got {degree} for {kappa!r}")
    scaled = np.geomspace(1e-3, 1e3, 2 * points + 1)
    last = 2.0 * float(models[0].effective_dimension(eigenvalues[0, 0]))
    n = np.unique(np.geomspace(3, max(last, samples), points).astype(np.int64))
    predictors = [predictor(model, pair, RIDGE) for model, pair in zip(models, eigenvalues, strict=True)]
    predicted = np.array([predict_errors(n) for predict_errors in predictors])
    sizes = np.unique(np.geomspace(10, samples, 7).astype(np.int64))
    measured = [
        _regressions(kind, kappa, model.trace(), degree, positions, sizes, seed)
        for kind, model in zip(kinds, models, strict=True)
    ]
    return PoolingGain(
        kinds,
        positions,
        patch,
        omega,
        degree,
        repr(kappa),
        eigenvalues,
        scaled,
        np.array([m.effective_dimension(scaled * e[0]) for m, e in zip(models, eigenvalues, strict=True)]),
        np.array([m.effective_dimension(e[0]) for m, e in zip(models, eigenvalues, strict=True)]),
        n,
        predicted,
        np.array([[_half(*each, i, n) for i in (0, 1)] for each in zip(predictors, predicted, strict=True)]),
        sizes,
        *(np.array(several) for several in zip(*measured, strict=True)),
    )


def _eigenvalue(model: Model, degree: int, frequency: int) -> float:
    """The eigenvalue of a target, 0 where the kernel does not see it."""
    try:
        return model.eigenspace((degree,), frequency, degree).value
    except ValueError:
        return 0.0


def _half(predicted_at: Callable[[Any], Array], predicted: Array, which: int, n: NDArray[np.int64]) -> float:
    """The first number of samples at which the predicted error is at most 1/2."""
    below = np.flatnonzero(predicted[which] <= 0.5)
    if not below.size:
        return math.inf
    low, high = (int(n[below[0] - 1]) if below[0] else 0), int(n[below[0]])
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if predicted_at(middle)[which, 0] > 0.5 else (low, middle)
    return float(high)


def target(x: Array, degree: int, alternating: bool) -> Array:
    """p^{-1/2} sum_i (+-1)^i x_i ... x_{i+degree-1} of signals of shape (n, p)."""
    products = np.prod([np.roll(x, -i, axis=1) for i in range(degree)], axis=0)
    signs = (-1.0) ** np.arange(x.shape[1]) if alternating else np.ones(x.shape[1])
    return np.asarray(products @ signs / math.sqrt(x.shape[1]))


def _regressions(
    kind: Architecture, kernel: Zonal, trace: float, degree: int, p: int, sizes: NDArray[np.int64], seed: int
) -> tuple[Array, Array]:
    """Means and standard errors of errors over the target's power, on disjoint sets of points, shape (2, sizes)."""
    rng = np.random.default_rng(seed)
    count = int(sizes[-1])
    x = rng.choice([-1.0, 1.0], (count + _TESTS, p))
    y = np.stack([target(x, degree, alternating) for alternating in (False, True)], axis=1)
    gram = kind.gram(kernel, x, x[:count])
    return regressions(gram[:count], gram[count:], y, sizes, RIDGE * trace)


def pooling_gain(
    positions: int = 30,
    patch: int = 10,
    omega: int = 5,
    degree: int = 3,
    kernel: KernelLike = KERNEL,
    *,
    samples: int = 800,
    seed: int = 0,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Effective dimensions and learning curves of one layer with and without pooling, on the Boolean cube.

    Parameters
    ----------
    positions : p, an even number from 4 to 120.
    patch : q, at most p/2.
    omega : positions over which local pooling averages, from 2 to p.
    degree : l of the targets p^{-1/2} sum_i (+-1)^i x_i ... x_{i+l-1}, at most q.
    kernel : kappa, of inner products of patches over q; a kernel or its text.
    samples : the most points of the regressions, from 10 to 10000; `seed` of their draws.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (effective dimension, low frequency, high frequency) and a table of all three.

    Source: Misiakiewicz & Mei 2021, figure 1; the predictions are those of `Model.learning_curve`.
    """
    data = pooling(positions, patch, omega, degree, kernel, samples, seed)
    return finished(draw, data, table(data), width, font)


def table(data: PoolingGain) -> Table:
    """A row for each panel, architecture and place."""
    rows: list[Row] = []
    for i, kind in enumerate(data.architectures):
        panels = [("effective dimension", data.scaled, data.dimensions[i], None)]
        for j, name in enumerate(FREQUENCIES):
            panels.append((f"{name} frequency, predicted", data.n, data.predicted[i, j], None))
            panels.append((f"{name} frequency, measured", data.sizes, data.measured[i, j], data.error[i, j]))
        for panel, places, values, spread in panels:
            for k, (place, value) in enumerate(zip(places, values, strict=True)):
                error = None if spread is None or np.isnan(spread[k]) else float(spread[k])
                rows.append(
                    {"panel": panel, "kernel": kind.name, "place": float(place), "value": float(value), "error": error}
                )
    return Table(rows, caption="Effective dimensions and test errors of one layer on the cube")


def draw(data: PoolingGain, width: float = PAGE) -> Figure:
    """Effective dimension, and a panel for each target."""
    sheet = Sheet(width, 3, 2.4, across=3, least=2.1, legend=0.5)
    first, *others = sheet.panels
    for i, values in enumerate(data.dimensions):
        look = drawing.line(i, lw=1.2)
        first.plot(data.scaled, values, **look)
        first.plot(1.0, data.at_one[i], drawing.MARKERS[i], color=look["color"], ms=4, mfc="white")
    first.axvline(1.0, color="0.4", lw=0.6, zorder=1)
    first.set(xscale="log", yscale="log", xlabel=r"$\lambda$ / eigenvalue of the target")
    first.set_ylabel(r"effective dimension")
    log_ticks(first.xaxis, *first.get_xlim(), most=4)
    log_ticks(first.yaxis, *first.get_ylim(), most=6)
    for j, ax in enumerate(others):
        draw_curves(ax, data.n, data.predicted[:, j], data.sizes, data.measured[:, j], data.error[:, j])
    for place, title in enumerate(("effective dimension", "low frequency", "high frequency")):
        sheet.panels[place].set_title(f"{letters(place)} {title}", loc="left")
    names = [kind.name for kind in data.architectures]
    sheet.legend(others[0].get_lines()[: len(names)], names, columnspacing=1.2)
    return sheet.settle()
