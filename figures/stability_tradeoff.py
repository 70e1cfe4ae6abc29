r"""One total of pooling reached by one layer or by several: stability against what is kept of the signal.

Claims 43, 47, 51. Signals are periodic, so that networks of different depth differ in nothing but their layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.ckn.recovery import readout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "stability-tradeoff"
TITLE = "Stability against preservation of the signal"
CAPTION = r"""
Five networks on periodic signals of 128 samples with arc-cosine kernels, a total subsampling by 16 and a total Gaussian
pooling of a standard deviation of 11 samples: one layer with patches of 3 or of 17 samples, two layers (subsampling
4·4, patches of 5), three (2·2·4, patches of 3, 3, 5), four (2·2·2·2, patches of 3). Signals are random with the power
spectrum $1/\omega$. (a) The mean relative distance to a signal deformed by smooth fields, over
$|\nabla\tau|_\infty$: one layer of large patches is the least stable, four of small patches the most. The bounds
hold for every signal and hardly tell the networks apart. (b) The distance to the same signal with neighbouring blocks
of $b$ samples exchanged, over that to a deformed signal, $|\nabla\tau|_\infty=0.2$. At the same stability one layer of
large patches sees less of the detail than several layers at every $b$, by 12 to 33 percent; one layer of small patches
as much of the detail of 1 and 2 samples, and less of the order of blocks of 4 and 8. This depends on the signals: where
their spectrum is flat one layer of small patches does as well as several, where it is $1/\omega^2$ one of large patches
does better for $b=8$; several layers are never more than 12 percent below the better of the two. (c) Linear reading is
no reason for depth: what linear functions of the representation see of a frequency falls with the total pooling however
it is reached (the curves of one layer coincide), and the condition number for all of the signal grows with depth; with
patches of 3 and a subsampling by 16 it is infinite.
"""
ORDER = 75

Array = NDArray[np.float64]
LENGTH = 128
HIGHEST = (
    40  # wave numbers of the signals; fields with |grad tau| below 0.6 keep them in the band of 64
)
SCALE = 6.0  # samples over which a field is correlated
GRAD = 0.2  # of the deformations in (b)
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
                    ks.arccos(1),
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
    """What `compute` has found, the first axis of arrays the networks of `PLANS`.

    Parameters
    ----------
    grads : the |grad tau| of the deformations.
    deformed : relative distances to deformed signals, shape (networks, signals, grads), means over the fields.
    bounds : of |Phi(L_tau x) - Phi(x)| / |x| for every x, over |Phi(x)| / |x| of the signals: (networks, grads).
    exchanged : relative distances to signals with blocks exchanged, shape (networks, signals, blocks).
    reference : relative distances to signals deformed with `GRAD`, shape (networks, signals).
    wave_numbers, gains : what linear reading sees of each, shape (networks, wave numbers); 1 for a constant.
    conditions : the condition numbers of linear reading; infinity where something is lost.
    """

    grads: Array
    deformed: Array
    bounds: Array
    exchanged: Array
    reference: Array
    wave_numbers: Array
    gains: Array
    conditions: Array


def compute(quick: bool = False, power: float = 1.0) -> Tradeoff:
    """Distances of random signals of the power spectrum 1/omega^power; 6 in place of 16 when `quick`."""
    rng = np.random.default_rng(16)
    count, fields = (6, 1) if quick else (16, 3)
    grads = (0.0125, GRAD) if quick else (0.0125, 0.025, 0.05, 0.1, GRAD, 0.4)
    x = signals(count, rng, power)
    taus = [stability.field((LENGTH,), 1.0, SCALE, rng) for _ in range(fields)]
    moved = [[stability.warp(x, g * tau, "circular") for tau in taus] for g in grads]
    swapped = [exchange(x, b) for b in BLOCKS]
    networks = [plan.network() for plan in PLANS]
    deformed = np.empty((len(PLANS), count, len(grads), fields))
    exchanged = np.empty((len(PLANS), count, len(BLOCKS)))
    bounds = np.empty((len(PLANS), len(grads)))
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
    waves = np.arange(LENGTH // 2 + 1.0)
    means = deformed.mean(axis=-1)
    return Tradeoff(
        grads=np.array(grads),
        deformed=means,
        bounds=bounds,
        exchanged=exchanged,
        reference=means[..., grads.index(GRAD)],
        wave_numbers=waves,
        gains=np.stack([gains(matrix) for matrix in readings]),
        conditions=np.array([readout(net, (1, LENGTH, 1)).condition for net in networks]),
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
    a linear term (claim 51), each of them is a linear function of x_n, up to factors. Circular borders.

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


def draw(data: Tradeoff) -> Figure:
    """Stability, the trade of it against detail, linear reading."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 3.35))
    left, middle, right = figure.subplots(1, 3)
    _stability(left, data)
    _blocks(middle, data)
    for place, gain in enumerate(data.gains):
        right.plot(data.wave_numbers, gain, **style.line(place, lw=1.2))
    right.set(yscale="log", xlabel="wave number", ylabel="gain of linear reading")
    right.set_title("(c) linear reading", loc="left")
    handles = left.get_lines()
    labels = [
        f"{plan.name}; condition {_power(number)}"
        for plan, number in zip(PLANS, data.conditions, strict=True)
    ]
    figure.legend(handles, labels, loc="outside lower center", ncols=3, columnspacing=1.2)
    return figure


def _stability(ax: Axes, data: Tradeoff) -> None:
    for place, values in enumerate(data.deformed):
        ax.plot(data.grads, values.mean(axis=0) / data.grads, **style.line(place, marker=True))
    low, high = data.bounds.min(axis=0)[0], data.bounds.max(axis=0)[0]
    said = f"bounds, left end: {low / data.grads[0]:.0f} to {high / data.grads[0]:.0f}"
    ax.text(0.97, 0.04, said, transform=ax.transAxes, color="0.35", ha="right", fontsize=8.5)
    ax.set(xscale="log", ylim=(0, None), xlabel=r"$|\nabla\tau|_\infty$")
    ax.set_xticks(
        data.grads, [f"{size:g}" if i % 2 == 0 else "" for i, size in enumerate(data.grads)]
    )
    ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    ax.set_ylabel(r"relative distance over $|\nabla\tau|_\infty$")
    ax.set_title("(a) deformations", loc="left")


def _blocks(ax: Axes, data: Tradeoff) -> None:
    b = np.array(BLOCKS)
    for place in range(len(PLANS)):
        mean, error = ratio(data, place)
        look: dict[str, Any] = style.line(place, marker=True)
        ax.plot(b, mean, **look)
        ax.fill_between(b, mean - error, mean + error, color=look["color"], alpha=0.12, lw=0)
    ax.set(xscale="log", xlabel="exchanged blocks of $b$ samples", ylim=(0, None))
    ax.set_ylabel("exchanged over deformed")
    ax.set_xticks(b, [str(size) for size in b])
    ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    ax.set_title("(b) detail over stability", loc="left")


def ratio(data: Tradeoff, place: int) -> tuple[Array, Array]:
    """Mean distance of exchanged over that of deformed signals for each b, and its standard error by linearisation."""
    top, below = data.exchanged[place], data.reference[place][:, None]
    mean = top.mean(axis=0) / below.mean(axis=0)
    rest = (top - mean * below) / below.mean(axis=0)
    return mean, rest.std(axis=0, ddof=1) / np.sqrt(len(rest))


def _power(number: float) -> str:
    """3043 as 3·10^3."""
    if np.isinf(number):
        return r"$\infty$"
    exponent = int(np.floor(np.log10(number)))
    return rf"${number / 10**exponent:.0f}\cdot 10^{{{exponent}}}$"
