r"""Beyond the papers: powers of the depth in the stability of tangent kernels

Between a lower bound n, attained, and an upper bound n^{3/2}.
"""

import math

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.ckn.stability.transport import MapConstants, tangent_growth
from paper_checks import stability_evidence as search
from paper_checks.registry import Checks, Tier, bound, check, measured_against, note


@check("L14", verdict="holds", where="the depths of claim 48; the bounds: here")
def powers_of_the_depth(tier: Tier) -> Checks:
    r"""Powers of the depth for tangent kernels

    The largest $\|\Phi_n(L_\tau x)-\Phi_n(x)\|/\|x\|$ at small deformations grows with the number of ReLU layers at
    least like $n$ and at most like $n^{3/2}$, where $n^{7/4}$ and $n^2$ are printed. Patches of one pixel without
    pooling have $(n(n+1)/\pi)^{1/2}\|L_\tau x-x\|^{1/2}$ to leading order, which is the bound on pixels.
    """
    relu = MapConstants.of(ks.arccos(1))
    u = 2 * np.pi * np.arange(63) / 63
    x = np.stack([np.cos(31 * u), np.sin(31 * u)], axis=-1)
    # A translation turns a wave by one angle everywhere, so that Cauchy and Schwarz lose nothing, and the wave of the
    # highest frequency by the largest.
    angle = 1e-6
    tau = stability.translation(63, angle * 63 / (2 * np.pi * 31))
    depths = (1, 2, 4, 8, 16) if tier.quick else (1, 2, 4, 8, 16, 32, 64)
    values, uppers = [], []
    for n in depths:
        net = ckn.Network([ckn.Layer(1, ks.arccos(1), border="circular")] * n)
        values.append(stability.measured(net, x, tau, tangent=True))
        uppers.append(stability.bound(net, tau, tangent=True).value)
    expected = [math.sqrt(n * (n + 1) / math.pi * angle) for n in depths]
    yield measured_against(
        rf"one wave turned by {angle:g}: distance over $(n(n+1)\theta/\pi)^{{1/2}}$",
        np.array(values) / expected,
        1.0,
        rtol=1e-2,
        why=r"the next order is $n\theta^{1/2}$ relative: 0.03 at most after halving; cosines of later layers are "
        "known to 1e-16 only, angles to 1e-8",
        at=depths,
    )
    label = "the same over the bound on pixels"
    yield bound(label, np.array(values) / uppers, lower=0.9, upper=1.0, why="the bound's first constant is attained")
    found = []
    ns = (100, 200, 400)
    for n in ns:
        e = f = 0.0
        for k in range(1, n + 1):
            e += 1e-9
            f = tangent_growth((relu,) * k, k - 1, 1.0, 1.0, e, f + math.sqrt(k) * 1e-9)
        found.append(f)
    label = "exponent of the depth in the recursion of the upper bound, n = 100 to 400"
    yield measured_against(label, search.slope(ns, found), 1.5, atol=0.02, why=r"$(n^3/3+n^2/2)^{1/2}$")
    yield note(
        r"The recursion lets the distance of $x_k$ grow like $k$. For one wave and patches of $p$ pixels it stays "
        r"where it is: the commutators of the layers do not add up. Whether $n$ or $n^{3/2}$ is the true power is open."
    )
