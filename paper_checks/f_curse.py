r"""A function of one patch: convolutional and fully connected kernels

Norms of parities on the cube, exact for both kernels.
"""

import math
from fractions import Fraction

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from paper_checks.registry import *


def _power_eigenvalue(n: int, m: int, size: int) -> Fraction:
    """The coefficient of (<x, y>/n)^m in parities of so many of n positions: words of m positions, by their parities.

    The words in which exactly the positions of S stand an odd number of times, over n^m.
    """
    ways = {0: 1}  # how many of the positions stand an odd number of times
    for _ in range(m):
        later: dict[int, int] = {}
        for odd, count in ways.items():
            if odd < n:
                later[odd + 1] = later.get(odd + 1, 0) + count * (n - odd)
            if odd:
                later[odd - 1] = later.get(odd - 1, 0) + count * odd
        ways = later
    return Fraction(ways.get(size, 0), math.comb(n, size) * n**m)


def _full(kernel: ks.Zonal, n: int) -> Model:
    return Model(ckn.Network([ckn.Layer(n, kernel, border="valid", normalized=True)]), n, "cube")


@check("C36", verdict="proved", where="slide on the curse of dimension")
def curse(tier: Tier) -> Checks:
    r"""The curse of dimension

    A function of one patch has a norm in the RKHS of a convolutional kernel that depends on the dimension of the patch
    alone, and one in that of the fully connected kernel that grows with that of the image. On $\{-1,1\}^d$ a parity of
    $l$ positions of one patch of $q$ has $|Y|^2\leq1/\xi_{q,l}$, whatever $d$ is, and $|Y|^2=1/\xi_{d,l}$ for the fully
    connected kernel $\kappa(\langle x,y\rangle/d)$, with $\binom{d}{l}/\kappa(1)\leq1/\xi_{d,l}\leq d^l/(b_ll!)$, $b_l$
    the Taylor coefficient of $\kappa$. So for a given function the growth is a power of $d$, its degree, and not
    exponential; it is exponential in $q$ at the degree of the patch, $d^q/q!$.
    """
    yield step(
        "the patch",
        r"$f(x)=g(x_{u_0})$ has $|f|\leq|g|$ for a kernel that is a sum over patches (claim 52), and $Y_S$ has "
        r"$|Y_S|^2=1/\xi_{q,l}$ in the RKHS of the patch kernel, whose features are $\xi_{q,|T|}^{1/2}Y_T$.",
    )
    yield step(
        "below, for every kernel",
        r"All $\binom dl$ parities of size $l$ have the eigenvalue $\xi_{d,l}$, and all eigenvalues have the sum "
        r"$\kappa(1)$ and are $\geq0$: $\binom dl\xi_{d,l}\leq\kappa(1)$.",
    )
    yield step(
        "above, for Taylor coefficients that are not negative",
        r"$\xi_{d,l}=\sum_mb_m\xi_{d,l}[t^m]\geq b_l\xi_{d,l}[t^l]=b_ll!/d^l$: of the $d^l$ words in "
        r"$(x_1y_1+\ldots+x_dy_d)^l$, $l!$ have the $l$ positions of $S$, once each.",
    )
    yield exact(
        r"$\xi_{d,l}[t^l]=l!/d^l$ by counting words, d = 4, 7, 12 and l = 1, ..., 4",
        [_power_eigenvalue(d, size, size) for d in (4, 7, 12) for size in (1, 2, 3, 4)],
        [Fraction(math.factorial(size), d**size) for d in (4, 7, 12) for size in (1, 2, 3, 4)],
    )
    yield conclusion(
        r"The norm for the patch has a bound without $d$; the one for all positions is between two powers $d^l$, up to "
        "factors that do not depend on $d$."
    )
    q, kernel = 4, ks.exponential(1.0)  # e^{t-1}: b_l = e^{-1}/l!
    sizes = tier.pick(quick=(8, 16, 32), full=(8, 16, 32, 64, 128))
    rows: list[list[object]] = []
    for s in ((0,), (0, 1), (0, 1, 2), (0, 1, 2, 3)):
        degree = len(s)
        layer = ckn.Layer(q, kernel, border="circular", normalized=True)
        patch = [Model(ckn.Network([layer]), d, "cube").norm({s: 1}) ** 2 for d in sizes]
        full = [_full(kernel, d).norm({s: 1}) ** 2 for d in sizes]
        rows += [[degree, d, a, b] for d, a, b in zip(sizes, patch, full, strict=True)]
        yield measured_against(
            f"patches, degree {degree}: the same for d = {', '.join(map(str, sizes))}",
            patch,
            np.full(len(sizes), patch[0]),
            rtol=1e-14,
            why="rounding",
        )
        lower = [math.comb(d, degree) for d in sizes]
        upper = [d**degree * math.e for d in sizes]
        ratios = [b / low for b, low in zip(full, lower, strict=True)]
        yield bound(
            f"fully connected, degree {degree}: least ratio to its lower bound", min(ratios), lower=1.0, why="proved"
        )
        ratios = [b / high for b, high in zip(full, upper, strict=True)]
        yield bound(
            f"fully connected, degree {degree}: ratio to its upper bound at the largest d, which tends to 1",
            ratios[-1],
            lower=1 - degree * 2.0 / sizes[-1] - 1 / sizes[-1],
            upper=1.0,
            why="what it leaves out is of the order l^2/d at most",
        )
    ramp = ks.rkhs.relu(4)  # finite smoothness: in the space on S^{d-1} only if d < 2 * 4 + 1
    member = {
        d: ks.rkhs.Space(ks.ntk(3), d).contains(ks.rkhs.ridge(ramp, [1, *[0] * (d - 1)])).member for d in (3, 8, 9, 12)
    }
    yield holds(
        "ntk(3) on spheres: max(0, u)^4 of one patch is in the space of patches on $S^2$, whatever their number is; "
        "in the fully connected one of 4 such patches, on $S^{11}$, no more: the last dimension is d = 8",
        member == {3: True, 8: True, 9: False, 12: False},
        detail=f"{member}",
    )
    yield table("squared norms of a parity in one patch of 4", ["degree", "d", "patches", "fully connected"], rows)
