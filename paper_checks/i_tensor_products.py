r"""Products of kernels: the exact spectrum beside that of one kernel on pairs

What a second layer that multiplies two patches has instead of a kernel on both of them.
"""

from fractions import Fraction

import numpy as np

import kernelspec as ks
from kernelspec.rkhs.capacity import effective_dimension
from kernelspec.rkhs.capacity_on_sphere import Capacity
from kernelspec.rkhs.tensor_products import nodes, tensor
from paper_checks.registry import *


@check("C59", verdict="holds", where="Bietti 2022; slide on two layers")
def products(tier: Tier) -> Checks:
    r"""Products of kernels

    The RKHS of $k\otimes k$ contains $f_1f_2$, of norm $|f_1||f_2|$, and its eigenvalues on $S^{p-1}\times S^{p-1}$ are
    $\mu_k\mu_l$, $N(p,k)N(p,l)$ times. For the tangent kernel ($\mu_k\sim k^{-p}$) the effective dimension grows like
    $\lambda^{-(p-1)/p}\log(1/\lambda)$, where it is $\lambda^{-(2p-1)/(2p)}$ for the kernel on pairs, on $S^{2p-1}$:
    as for one patch, but for the logarithm.
    """
    rng = tier.rng
    points = [[Fraction(int(x)) for x in rng.integers(-3, 4, 4)] for _ in range(2)]
    grams = [[[Fraction(1 if i == j else 0) + a[i] * a[j] for j in range(4)] for i in range(4)] for a in points]
    product = [[grams[0][i // 4][j // 4] * grams[1][i % 4][j % 4] for j in range(16)] for i in range(16)]
    c, e = ([Fraction(int(x)) for x in rng.integers(-3, 4, 4)] for _ in range(2))
    both = [x * y for x in c for y in e]
    norms = [
        sum(v[i] * g[i][j] * v[j] for i in range(len(v)) for j in range(len(v)))
        for v, g in zip((c, e, both), (*grams, product), strict=True)
    ]
    yield exact("$|f_1f_2|^2=|f_1|^2|f_2|^2$ for sums of kernel functions", norms[2], norms[0] * norms[1])
    p, kernel = 3, ks.ntk(3)
    one = nodes(kernel, p, degree=10**7)
    lam = np.geomspace(1e-12, 1e-6, tier.pick(quick=3, full=4))
    low, high = effective_dimension(tensor(one, one), lam)
    yield bound(
        "width of the enclosed effective dimensions of the product", (high - low) / low, upper=1e-8, why="proved"
    )
    pair, single = (Capacity(kernel, d).effective_dimension(lam) for d in (2 * p, p))
    rows = [[f"{x:.0e}", float(a), float(b), float(c)] for x, a, b, c in zip(lam, low, pair, single, strict=True)]
    yield table("Effective dimension, ntk(3)", ["lambda", "product of two $S^2$", "$S^5$", "$S^2$"], rows)
    power = lam ** (2 / 3)
    slope = np.polyfit(np.log(1 / lam), low * power, 1)
    fitted = np.polyval(slope, np.log(1 / lam))
    yield measured_against(
        r"$D(\lambda)\lambda^{2/3}$ of the product is a line in $\log(1/\lambda)$",
        low * power,
        fitted,
        rtol=2e-3,
        why="further terms of the law, of relative order $\\lambda^{1/3}$: 0.01 at the largest lambda of the fit",
    )
    exponent = np.log(pair[0] / pair[1]) / np.log(lam[1] / lam[0])
    yield measured_against("the exponent on $S^5$", exponent, 5 / 6, atol=2e-3, why="its correction falls like a power")
    yield bound("product over pair, at the smallest lambda", low[0] / pair[0], upper=0.25, why="a smaller exponent")
