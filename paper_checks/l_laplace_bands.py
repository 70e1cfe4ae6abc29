r"""The nearest Laplace kernel, proved

The band in which the eigenvalues of a tangent kernel lie over those of a Laplace kernel, for every k.
"""

from fractions import Fraction
from typing import Any

from flint import arb

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import ntk_coefficients
from paper_checks.deep_proofs import certified, first_term_bounds, near_the_start
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step


def ratio_beyond(limit: Any, first: Any, second: Any) -> Any:
    """All ratios whose numerator and denominator are within these relative bounds of the limit's."""
    above, below = (arb(0, bound.abs_upper()) for bound in (first, second))
    return limit * (1 + above) / (1 + below)


@check("L10b", verdict="proved", where="derived here; that the RKHS are the same: Geifman et al. 2020, Chen & Xu 2021")
def proved_bands(tier: Tier) -> Checks:
    r"""The nearest Laplace kernel, proved

    For every $k\geq1$ the eigenvalues of the 9-layer tangent kernel are, up to one constant, between 1 and 1.0415 times
    those of $e^{-2.34\sqrt{1-u}}$ at $d=4$; 1.037 at $d=3$, 1.061 at $d=10$.
    """
    depth, c, bands = 9, Fraction("2.34"), {3: 1.037, 4: 1.0415, 10: 1.061}
    middle, far = 80, 160
    tangent, laplace = ks.ntk(depth), ks.laplace(c=c)
    yield step(
        "every ratio is in the band",
        r"$k<80$: quadrature in balls. $80\leq k<160$: eight terms of the expansion and a ball "
        r"for what follows. $k\geq160$: the ratio of the first terms, and a bound of what "
        "follows them that falls with $k$, in both parities.",
    )
    for d in tier.pick(quick=(4,), full=(3, 4, 10)):
        with oracle.precision(256):
            pairs = []
            for kernel in (tangent, laplace):
                rest = kernel.spectrum(d).remainder(terms=8)
                late = [rest.sum(k) + arb(0, rest.bound(k)) for k in range(middle, far + 2)]
                pairs.append([*certified(kernel, d, range(1, middle), 12), *late])
            *ratios, even, odd = [a / b for a, b in zip(*pairs, strict=True)]
            bounds = [first_term_bounds(kernel, d, far) for kernel in (tangent, laplace)]
            plus, minus = ntk_coefficients(depth)
            for parity in (0, 1):
                limit = (plus + (-1) ** parity * minus) / (-arb(c.numerator) / c.denominator)
                ratios.append(ratio_beyond(limit, *(b[parity] for b in bounds)))
            met = all(bool(r.contains(k)) for r, k in zip(ratios[-2:], (even, odd), strict=True))
            highest, lowest = ratios[0], ratios[0]
            for ratio in ratios:
                highest, lowest = highest.max(ratio), lowest.min(ratio)
            band = highest / lowest
        yield exact(
            rf"$d={d}$: the two ratios of the first terms with their bounds, for every $k\geq{far}$, hold those of "
            rf"eight terms at $k={far},{far + 1}$",
            met,
            by="ball arithmetic",
        )
        for kernel, known in zip((tangent, laplace), bounds, strict=True):
            yield near_the_start(kernel, d, far, known)
        yield near_the_start(laplace, d, 100, terms=4)
        label = rf"$L={depth}$, $c={float(c)}$, $d={d}$, every $k\geq1$: sup/inf below {bands[d]}"
        found = bool(band < bands[d]) and bool(lowest > 0)
        detail = f"ratios from {float(lowest):.6g} to {float(highest):.6g}"
        yield exact(label, found, by="ball arithmetic, and the proved remainder of the expansion", detail=detail)
    yield conclusion(
        r"Largest over smallest ratio, over all $k\geq1$, is below the number stated, in each of the three dimensions."
    )
