r"""One total of pooling reached by one layer or by several: stability against what is kept of the signal.

Bietti & Mairal 2019, JMLR (claims 43, 47, 51). Signals are periodic, so that networks of different depth differ in
nothing but their layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import ckn
from ..ckn import stability
from ..ckn.recovery import readout
from ..kernels.families import arccos
from ..numbers.checks import integer, real
from ..results.tables import Row, Table
from ..views import drawing
from ..views.drawing import Look
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks, power_of_ten, sparse_ticks
from .looks import reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
LENGTH = 128
HIGHEST = 40  # wave numbers of the signals; fields with |grad tau| below 0.6 keep them in the band of 64
SCALE = 6.0  # samples over which a field is correlated
GRAD = 0.2  # of the deformations in (b)
GRADS = (0.0125, 0.025, 0.05, 0.1, GRAD, 0.4)
BLOCKS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Plan:
    """Subsampling, patch and scale of the Gaussian pooling of each layer."""

    strides: tuple[int, ...]
    patches: tuple[int, ...]
    pools: tuple[int, ...]

    @property
    def name(self) -> str:
        """As in the legend."""
        patches = dict.fromkeys(self.patches)
        count = len(self.strides)
        layers = f"{count} layer{'s' if count > 1 else ''}"
        return f"{layers}, patch {', '.join(map(str, patches))}"

    def network(self) -> ckn.Network:
        """The network: circular borders, windows centred, the normalised measure on patches."""
        return ckn.Network(
            [
                ckn.Layer(
                    patch,
                    arccos(1),
                    ckn.gaussian(pool, centred=True),
                    stride=stride,
                    border="circular",
                    normalized=True,
                )
                for stride, patch, pool in zip(self.strides, self.patches, self.pools, strict=True)
            ]
        )

    @property
    def width(self) -> float:
        """The standard deviation in samples of all pooling together."""
        variance, step = 0.0, 1
        for pool, stride in zip(self.pools, self.strides, strict=True):
            taps = ckn.gaussian(pool).taps
            variance += step**2 * float(taps @ np.arange(-pool, pool + 1) ** 2)
            step *= stride
        return float(np.sqrt(variance))


# The last scale makes the widths alike: 10.8, 10.8, 11.0, 11.1, 10.8 samples.
PLANS = (
    Plan((16,), (3,), (21,)),
    Plan((16,), (17,), (21,)),
    Plan((4, 4), (5, 5), (4, 5)),
    Plan((2, 2, 4), (3, 3, 5), (2, 2, 5)),
    Plan((2, 2, 2, 2), (3, 3, 3, 3), (2, 2, 2, 2)),
)


@dataclass(frozen=True, eq=False)
class Tradeoff:
    """What `tradeoff` has found, the first axis of arrays the networks of `plans`.

    Parameters
    ----------
    plans : of the networks.
    grads : the |grad tau| of the deformations.
    deformed : relative distances to deformed signals, shape (networks, signals, grads), means over the fields.
    bounds : of |Phi(L_tau x) - Phi(x)| / |x| for every x, over |Phi(x)| / |x| of the signals: (networks, grads).
    exchanged : relative distances to signals with blocks exchanged, shape (networks, signals, blocks).
    reference : relative distances to signals deformed with `GRAD`, shape (networks, signals).
    wave_numbers, gains : what linear reading sees of each, shape (networks, wave numbers); 1 for a constant.
    conditions : the condition numbers of linear reading; infinity where something is lost.
    power, seed : of the signals.
    """

    plans: tuple[Plan, ...]
    grads: Array
    deformed: Array
    bounds: Array
    exchanged: Array
    reference: Array
    wave_numbers: Array
    gains: Array
    conditions: Array
    power: float
    seed: int


def tradeoff(
    grads: Sequence[float] = GRADS,
    power: float = 1.0,
    count: int = 16,
    fields: int = 3,
    seed: int = 16,
    plans: Sequence[Plan] = PLANS,
) -> Tradeoff:
    """Distances of `count` random signals of the power spectrum 1/omega^power under so many fields."""
    given = reals("grads", grads, 1e-6, 0.6)
    grads = sorted({*given, GRAD})
    count, fields = integer("count", count, 2, 10_000), integer("fields", fields, 1, 1000)
    power = real("power", power, 0.0, 10.0)
    rng = np.random.default_rng(integer("seed", seed, 0))
    x = signals(count, rng, power)
    taus = [stability.field((LENGTH,), 1.0, SCALE, rng) for _ in range(fields)]
    moved = [[stability.warp(x, g * tau, "circular") for tau in taus] for g in grads]
    swapped = [exchange(x, b) for b in BLOCKS]
    networks = [plan.network() for plan in plans]
    deformed = np.empty((len(plans), count, len(grads), fields))
    exchanged = np.empty((len(plans), count, len(BLOCKS)))
    bounds = np.empty((len(plans), len(grads)))
    for place, net in enumerate(networks):
        sizes = net.norms(x)
        for i in range(count):
            images = [m[i] for per_grad in moved for m in per_grad] + [s[i] for s in swapped]
            found = net.distances(x[i : i + 1], np.stack(images), threads=1)[0] / sizes[i]
            deformed[place, i] = found[: -len(BLOCKS)].reshape(len(grads), fields)
            exchanged[place, i] = found[-len(BLOCKS) :]
        share = float(np.mean(sizes / np.linalg.norm(x[..., 0], axis=1)))
        bounds[place] = [float(stability.bound(net, g * taus[0])) / share for g in grads]
    readings = [reading(net, LENGTH) for net in networks]
    means = deformed.mean(axis=-1)
    return Tradeoff(
        plans=tuple(plans),
        grads=np.array(grads),
        deformed=means,
        bounds=bounds,
        exchanged=exchanged,
        reference=means[..., grads.index(GRAD)],
        wave_numbers=np.arange(LENGTH // 2 + 1.0),
        gains=np.stack([gains(matrix) for matrix in readings]),
        conditions=np.array([readout(net, (1, LENGTH, 1)).condition for net in networks]),
        power=power,
        seed=seed,
    )


def signals(count: int, rng: np.random.Generator, power: float = 1.0) -> Array:
    """Random phases, amplitudes k^(-power/2) up to `HIGHEST`: shape (count, LENGTH, 1)."""
    k = np.arange(1, HIGHEST + 1)[:, None]
    phases = rng.uniform(0, 2 * np.pi, (count, HIGHEST, 1))
    waves = np.cos(2 * np.pi * k * np.arange(LENGTH) / LENGTH + phases)
    return np.asarray(np.sum(waves * k ** (-power / 2), axis=1))[..., None]


def exchange(x: Array, block: int) -> Array:
    """Signals (n, length, channels) with the blocks 0 and 1, 2 and 3, ... of so many samples exchanged."""
    pairs = x.reshape(len(x), -1, 2, block, x.shape[-1])
    return pairs[:, :, ::-1].reshape(x.shape)


def reading(net: ckn.Network, length: int) -> Array:
    r"""What linear functions of x_n see of a signal of one axis: all A_n T_{c_n} ... A_1 T_{c_1} x.

    T_c x(u) = x(u + c), c over the patch of its layer. As <w, P_k x(u)> is in the RKHS of patches where kappa has
    a linear term (Bietti & Mairal 2019, JMLR; claim 51), each of them is a linear function of x_n, up to factors.
    Circular borders.

    Returns a matrix of shape (offsets of all layers x outputs, length), with the weights of the measures on patches.
    """
    matrix = np.eye(length)[None]
    for layer in net.layers:
        size = matrix.shape[1]
        shifted = np.concatenate([np.roll(matrix, -c, axis=1) for c in layer.offsets])
        weight = layer.patch**-0.5 if layer.normalized else 1.0
        matrix = weight * (layer.pooling(size) @ shifted)
    return matrix.reshape(-1, length)


def gains(matrix: Array) -> Array:
    """|W e_k| / |W e_0| for the waves e_k of all wave numbers up to the highest."""
    transformed = np.fft.fft(matrix, axis=1)[:, : matrix.shape[1] // 2 + 1]
    norms = np.linalg.norm(transformed, axis=0)
    return np.asarray(norms / norms[0])


def ratio(data: Tradeoff, place: int) -> tuple[Array, Array]:
    """Mean distance of exchanged over that of deformed signals for each b, and its standard error by linearisation."""
    top, below = data.exchanged[place], data.reference[place][:, None]
    mean = top.mean(axis=0) / below.mean(axis=0)
    rest = (top - mean * below) / below.mean(axis=0)
    return mean, rest.std(axis=0, ddof=1) / np.sqrt(len(rest))


def stability_tradeoff(
    *,
    grads: Sequence[float] = GRADS,
    power: float = 1.0,
    count: int = 16,
    fields: int = 3,
    seed: int = 16,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Networks of one to four layers with the same total pooling: stability, detail, and linear reading.

    Parameters
    ----------
    grads : |grad tau|_inf of the deformations, up to 0.6; 0.2, the reference of the second panel, is added.
    power : the signals have the power spectrum 1/omega^power.
    count : random signals; `fields` random deformations of each; `seed` of all of them.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (deformations, detail over stability, linear reading) and a table of all three.
    """
    data = tradeoff(grads, power, count, fields, seed)
    return finished(draw, data, table(data), width, font)


def table(data: Tradeoff) -> Table:
    """A row for each panel, network and place; `error` is a standard error over the signals."""
    rows: list[Row] = []
    for i, plan in enumerate(data.plans):
        n = data.deformed.shape[1]
        mean = data.deformed[i].mean(axis=0)
        error = data.deformed[i].std(axis=0, ddof=1) / np.sqrt(n)
        detail, spread = ratio(data, i)
        exact = np.zeros_like(data.gains[i])
        for panel, places, values, errors in (
            ("deformed", data.grads, mean, error),
            ("bound", data.grads, data.bounds[i], np.zeros_like(mean)),
            ("exchanged over deformed", np.array(BLOCKS), detail, spread),
            ("gain", data.wave_numbers, data.gains[i], exact),
        ):
            for place, value, one in zip(places, values, errors, strict=True):
                rows.append(
                    {
                        "panel": panel,
                        "network": plan.name,
                        "place": float(place),
                        "value": float(value),
                        "error": float(one),
                    }
                )
    return Table(rows, caption="Stability, detail and linear reading of networks with the same total pooling")


def draw(data: Tradeoff, width: float = PAGE) -> Figure:
    """Stability, the trade of it against detail, linear reading."""
    sheet = Sheet(width, 3, 2.5, across=3, least=2.1, legend=0.55)
    left, middle, right = sheet.panels
    _stability(left, data)
    _blocks(middle, data)
    for place, gain in enumerate(data.gains):
        # The curves have many narrow minima: what counts is how high they reach.
        right.plot(data.wave_numbers, envelope(gain), **drawing.line(place, lw=1.2))
    right.set(yscale="log", xlabel="wave number", ylabel="gain of linear reading")
    log_ticks(right.yaxis, *right.get_ylim(), most=7)
    for place, title in enumerate(("deformations", "detail over stability", "linear reading")):
        sheet.panels[place].set_title(f"{letters(place)} {title}", loc="left")
    labels = [
        f"{plan.name}; condition {_condition(number)}" for plan, number in zip(data.plans, data.conditions, strict=True)
    ]
    sheet.legend(left.get_lines(), labels, columnspacing=1.2)
    return sheet.settle()


def envelope(values: Array, around: int = 2) -> Array:
    """The largest of the values at most so many places away."""
    padded = np.pad(values, around, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * around + 1)
    return np.asarray(windows.max(axis=1))


def _stability(ax: Axes, data: Tradeoff) -> None:
    for place, values in enumerate(data.deformed):
        look: Look = drawing.line(place, marker=True)
        scaled = values / data.grads
        mean, error = scaled.mean(axis=0), scaled.std(axis=0, ddof=1) / np.sqrt(len(values))
        ax.plot(data.grads, mean, **look)
        ax.fill_between(data.grads, mean - error, mean + error, color=look["color"], alpha=0.12, lw=0)
    ax.set(xscale="log", ylim=(0, None), xlabel=r"$|\nabla\tau|_\infty$")
    sparse_ticks(ax.xaxis, data.grads)
    ax.set_ylabel(r"relative distance over $|\nabla\tau|_\infty$")


def _blocks(ax: Axes, data: Tradeoff) -> None:
    b = np.array(BLOCKS)
    for place in range(len(data.plans)):
        mean, error = ratio(data, place)
        look: Look = drawing.line(place, marker=True)
        ax.plot(b, mean, **look)
        ax.fill_between(b, mean - error, mean + error, color=look["color"], alpha=0.12, lw=0)
    ax.set(xscale="log", xlabel="exchanged blocks of $b$ samples", ylim=(0, None))
    ax.set_ylabel("exchanged over deformed")
    sparse_ticks(ax.xaxis, b)


def _condition(number: float) -> str:
    return r"$\infty$" if np.isinf(number) else power_of_ten(number)
