"""Random networks, fields and signals for the search for violations of stability bounds, claims 43 and 48."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.kernels.zonal import Zonal
from kernelspec.plots.bounds import trial_signals

Array = NDArray[np.float64]

KERNELS = ("arccos(1)", "exponential(0.6)", "exponential(1)", "polynomial(3)", "linear()")
RECTIFIERS = ("arccos(1)", "linear()", "0.5*linear() + 2*arccos(1)")


@dataclass(frozen=True, eq=False)
class Trial:
    """One network, field and batch of signals; `smoothing` is that of A_0, in pixels."""

    net: ckn.Network
    tau: stability.Field
    signals: Array
    smoothing: float


def on_fine_grids(rng: np.random.Generator, count: int, tangent: bool, d: int = 1, factor: int = 6) -> Iterator[Trial]:
    """Networks that stand for those on R^d: `factor` points to a pixel, no subsampling, after a Gaussian of a pixel."""
    pixels = 32 if d == 1 else 8
    for _ in range(count):
        layers = []
        for _ in range(int(rng.integers(1, 4 if d == 1 else 3))):
            pool = ckn.gaussian(1) if rng.random() < 0.7 else ckn.average(2)
            stride = int(rng.integers(1, 3)) if d == 1 else 1
            patch, kernel = int(rng.integers(1, 5 if d == 1 else 3)), _kernel(rng, tangent)
            layers.append(ckn.Layer(patch, kernel, pool, stride))
        shape = (pixels * factor,) * d
        tau = field(rng, shape, unit=factor, below=0.9)
        net = stability.refined(ckn.Network(layers), factor)
        yield Trial(net, tau, trial_signals(rng, shape, unit=factor), float(factor))


def field(rng: np.random.Generator, shape: tuple[int, ...], unit: int = 1, below: float = 0.9) -> stability.Field:
    """A smooth random field, a wave, a translation, or a sum of the first and the last."""
    kind = rng.integers(4)
    grad = below * 10 ** rng.uniform(-3, 0)
    shift = stability.translation(shape, [float(t) for t in unit * rng.normal(0, 2, len(shape))])
    if kind == 0:
        return shift
    if kind == 1:
        length = float(np.max(shape)) / float(rng.integers(1, 4))
        return stability.sinusoid(shape, float(grad), length)
    tau = stability.field(shape, float(grad), float(unit * rng.uniform(1.5, 6)), rng)
    return tau if kind == 2 else tau + shift


def ratios(trials: Iterable[Trial], tangent: bool) -> list[float]:
    """The largest measured / bound of each trial."""
    found = []
    for trial in trials:
        upper = stability.bound(trial.net, trial.tau, tangent, smoothing=trial.smoothing, continuum=True)
        values = stability.measured(trial.net, trial.signals, trial.tau, tangent, smoothing=trial.smoothing)
        # Below this a distance is the root of a rounded difference, of angles known to 1e-8 for tangent kernels.
        if upper.value > (1e-3 if tangent else 1e-6):
            found.append(float(values.max()) / upper.value)
    return found


def _kernel(rng: np.random.Generator, tangent: bool) -> Zonal:
    return ks.parse(str(rng.choice(RECTIFIERS if tangent else KERNELS)))
