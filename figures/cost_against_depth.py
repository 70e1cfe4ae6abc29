r"""What a Gram matrix costs against depth, in matrix products: `kernel.gram` beside the recursion in plain NumPy.

Processor time, all ways in turn in one process, the least of several rounds. The numbers are measured in each run; the
caption says on what.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec import Table
from kernelspec.plots.layout import Sheet, letters, log_ticks
from kernelspec.plots.looks import LOOKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "cost-against-depth"
TITLE = "What a Gram matrix costs against depth"
CAPTION = r"""
Processor time of the Gram matrix of @n@ Gaussian points in dimension @d@ against the depth $L$ of the ReLU network, in
units of one matrix product $XX^\top$ of the same precision (black line), for random-feature (RF) and tangent (NTK)
kernels: by `kernel.gram` (dots), and by hand (thin lines): the recursion on whole matrices in plain NumPy,
`arccos` and `sqrt` of every entry in every layer, without care for what is lost near the diagonal. One process, all
ways in turn, the least of @rounds@ rounds. Measured with NumPy @numpy@, one BLAS thread unless the environment says
otherwise, on a machine on which the product took @float32@ s in float32 (@rate32@ GFlop/s) and @float64@ s in float64
(@rate64@ GFlop/s).
"""
ORDER = 95

Array = NDArray[np.float64]
KINDS = ("RF", "NTK")
DTYPES = ("float32", "float64")
WAYS = ("kernel.gram", "by hand")


@dataclass(frozen=True, eq=False)
class Costs:
    """Processor seconds.

    Parameters
    ----------
    n, d : points and their dimension.
    depths : numbers L of layers.
    rounds : how often everything was timed.
    product : of one matrix product, shape (dtypes,).
    gram : of a Gram matrix, shape (dtypes, kinds, depths, ways), for `DTYPES`, `KINDS` and `WAYS`.
    """

    n: int
    d: int
    depths: tuple[int, ...]
    rounds: int
    product: Array
    gram: Array

    @property
    def ratios(self) -> Array:
        """In matrix products."""
        return np.asarray(self.gram / self.product[:, None, None, None])


def compute(
    quick: bool = False,
    *,
    n: int = 1000,
    d: int = 784,
    depths: tuple[int, ...] = (1, 2, 3, 5, 10, 20, 50, 100),
    rounds: int = 2,
) -> Costs:
    """Times at these depths; `quick` of at most 500 points in dimension 200, at three, once.

    As many points, that deep kernels have fits.
    """
    for name, value, least in (("n", n, 1), ("d", d, 1), ("rounds", rounds, 1), ("depths", min(depths), 1)):
        if value < least:
            raise ValueError(f"{name} must be whole numbers >= {least}, got {value}")
    if quick:
        n, d, rounds = min(n, 500), min(d, 200), 1
        depths = tuple(dict.fromkeys((depths[0], depths[len(depths) // 2], depths[-1])))
    points = np.random.default_rng(0).standard_normal((n, d))
    product = np.full(len(DTYPES), np.inf)
    gram = np.full((len(DTYPES), len(KINDS), len(depths), len(WAYS)), np.inf)
    kernels = {(name, depth): kernel_of(name, depth) for name in KINDS for depth in depths}
    for kernel in kernels.values():  # what is made once for a kernel, as fits are, is no part of the cost of a matrix
        for dtype in DTYPES:
            kernel.gram(points.astype(dtype))
    for _ in range(rounds):
        for place, dtype in enumerate(DTYPES):
            x = points.astype(dtype)
            for kind, name in enumerate(KINDS):
                for at, depth in enumerate(depths):
                    kernel = kernels[name, depth]
                    product[place] = min(product[place], _seconds(partial(np.matmul, x, x.T)))
                    spent = (_seconds(partial(kernel.gram, x)), _seconds(partial(by_hand, x, depth, name == "NTK")))
                    gram[place, kind, at] = np.minimum(gram[place, kind, at], spent)
    return Costs(n, d, depths, rounds, product, gram)


def kernel_of(kind: str, depth: int) -> ks.Zonal:
    """The kernel of `depth` layers; both are linear at depth 1."""
    if depth == 1:
        return ks.linear()
    return ks.rf(depth) if kind == "RF" else ks.ntk(depth)


def by_hand(x: NDArray[Any], depth: int, tangent: bool) -> NDArray[Any]:
    """|x||y| kappa(cos) by the recursion of arc-cosine kernels, on whole matrices."""
    product = x @ x.T
    norms = np.sqrt(np.einsum("ij,ij->i", x, x))
    lengths = norms[:, None] * norms
    value = np.clip(product / lengths, -1, 1)
    total = value
    for _ in range(depth - 1):
        step = 1 - np.arccos(value) / np.pi
        value = np.minimum(value * step + np.sqrt(1 - value * value) / np.pi, 1)
        total = total * step + value
    return np.asarray(lengths * (total if tangent else value))


def _seconds(call: Callable[[], object]) -> float:
    """Processor seconds of a call: of as many calls as take ten milliseconds together."""
    count, start = 0, time.process_time()
    while True:
        call()
        count += 1
        spent = time.process_time() - start
        if spent >= 0.01:
            return spent / count


def table(data: Costs) -> Table:
    """A row for each precision, kernel, depth and way."""
    rows = [
        {
            "dtype": dtype,
            "kernel": kind,
            "depth": depth,
            "way": way,
            "seconds": float(data.gram[i, j, k, w]),
            "products": float(data.ratios[i, j, k, w]),
            "n": data.n,
            "d": data.d,
        }
        for i, dtype in enumerate(DTYPES)
        for j, kind in enumerate(KINDS)
        for k, depth in enumerate(data.depths)
        for w, way in enumerate(WAYS)
    ]
    return Table(rows, caption="Processor seconds of Gram matrices, and the same in matrix products")


def caption(data: Costs) -> str:
    """The caption with what was measured."""
    operations = 2e-9 * data.n**2 * data.d
    facts = {"n": f"{data.n:,}", "d": str(data.d), "rounds": str(data.rounds), "numpy": np.__version__}
    for dtype, seconds in zip(DTYPES, data.product, strict=True):
        facts |= {dtype: f"{seconds:.2g}", "rate" + dtype[-2:]: f"{operations / seconds:.3g}"}
    text = CAPTION
    for name, fact in facts.items():
        text = text.replace(f"@{name}@", fact)
    return text


def draw(data: Costs, width: float = style.PAGE) -> Figure:
    """A panel for each precision, with one legend and the same scales."""
    sheet = Sheet(width, 2, 2.6, across=2, least=2.6, legend=0.35, sharey=True)
    for place, (ax, dtype) in enumerate(zip(sheet.panels, DTYPES, strict=True)):
        _panel(ax, data, place)
        ax.set_title(f"{letters(place)} {dtype}", loc="left")
    for ax in sheet.first:
        ax.set_ylabel("matrix products")
    for ax in sheet.lowest:
        ax.set_xlabel("depth $L$")
    ax = sheet.panels[0]
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
    sheet.legend(*ax.get_legend_handles_labels())
    return sheet.settle()


def _panel(ax: Axes, data: Costs, place: int) -> None:
    ax.axhline(1.0, color=style.BLACK, lw=0.8, zorder=1, label="one product")
    for j, kind in enumerate(KINDS):
        look = LOOKS[kind]
        library, hand = np.moveaxis(data.ratios[place, j], -1, 0)
        marker = {"marker": "os"[j], "markersize": 4.0, "linewidth": 1.3}
        ax.plot(data.depths, library, label=f"{kind}, kernel.gram", **(look | marker))
        ax.plot(data.depths, hand, label=f"{kind}, by hand", **(look | {"linewidth": 0.8, "alpha": 0.8}))
    ax.set(xscale="log", yscale="log")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=7)
