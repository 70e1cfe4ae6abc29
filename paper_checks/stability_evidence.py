"""Evidence from the search for violations of stability bounds, claims 43 and 48."""

import numpy as np

import kernelspec as ks
from experiments import stability_search as search
from experiments.summaries import slope
from kernelspec import ckn
from kernelspec.ckn import stability
from paper_checks.registry import Array, Checks, bound

__all__ = ["Array", "opposite_signals", "slope", "translated_waves", "violations"]


def violations(rng: np.random.Generator, tangent: bool, lines: int, planes: int) -> Checks:
    """Evidence: distances over bounds, of so many networks on fine grids that stand for R and R^2."""
    for d, count, factor in ((1, lines, 6), (2, planes, 3)):
        found = search.ratios(search.on_fine_grids(rng, count, tangent, d, factor), tangent)
        yield bound(
            f"measured over the theorem's bound, d = {d}, {len(found)} random networks and fields",
            found,
            upper=1.0,
            why="proved on $R^d$; the grid's errors are far below the gap",
            detail=f"median {np.median(found):.2f}",
        )


def translated_waves(tangent: bool) -> Checks:
    """Evidence: the theorem's bound where it is nearly attained, translations of a wave through linear layers.

    Linear maps keep norms, and without a gradient no commutator is left: what remains is |T_c A_n - A_n|, times
    (n + 1)^{1/2} for tangent kernels. The wave has the frequency at which the last filter is steepest.
    """
    pixels, scale, shares = 256, 24, []
    u = 2 * np.pi * np.round(pixels / (2 * np.pi * scale / np.sqrt(2))) * np.arange(pixels) / pixels
    x = np.stack([np.cos(u), np.sin(u)], axis=-1)
    tau = stability.translation(pixels, scale / 70)
    for n in (1, 2, 3):
        narrow = ckn.Layer(1, ks.linear(), ckn.gaussian(1), border="circular")
        wide = ckn.Layer(1, ks.linear(), ckn.gaussian(scale), border="circular")
        net = ckn.Network([narrow] * (n - 1) + [wide])
        upper = stability.bound(net, tau, tangent, smoothing=1.0, continuum=True).value
        shares.append(float(stability.measured(net, x, tau, tangent, smoothing=1.0)) / upper)
    yield bound(
        "a translated wave, 1 to 3 linear layers, the last with wide pooling: measured over the theorem's bound",
        shares,
        lower=0.8,
        upper=1.0,
        why=r"nearly attained: the constant of displacements is sharp, the filter is cut off at $\sqrt2$ deviations",
        detail=", ".join(f"{share:.3f}" for share in shares),
    )


def opposite_signals(tangent: bool) -> Checks:
    """Evidence: the bound on pixels where it is attained, by a signal that alternates and is moved by one pixel."""
    x, tau = ((-1.0) ** np.arange(8))[:, None], stability.translation(8, 1)
    nets = [ckn.Network([ckn.Layer(1, ks.linear(), border="circular")] * n) for n in (1, 2, 3)]
    yield bound(
        "an alternating signal moved by a pixel, 1 to 3 linear layers: measured over the bound on pixels",
        [float(stability.measured(net, x, tau, tangent)) / stability.bound(net, tau, tangent).value for net in nets],
        lower=1 - 1e-5,
        upper=1 + 1e-12,
        why="the two maps are opposite; rounding, and what a norm is rounded up by",
    )
