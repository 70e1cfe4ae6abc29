r"""Networks of finite width: several layers

The variance of the kernel and of the tangent kernel of deep random networks, to leading order in the widths.
"""

from typing import Any

import numpy as np
import sympy as sp

import kernelspec as ks
from experiments import finite_width as experiment
from experiments import summaries
from kernelspec import learning
from oracle import finite_width as oracle
from paper_checks.registry import *


@check(
    "C64c",
    verdict="holds",
    where="Jacot, Gabriel & Hongler 2018 for the limit; Hanin & Nica 2020 for the tangent kernel at one point; the "
    "variances at two points: here",
)
def several_layers(tier: Tier) -> Checks:
    r"""Deep random networks: the variance of the kernel

    For unit $x,y$ with cosine $u_0$ and $L$ hidden layers of $m_1,\ldots,m_L$ ReLUs,
    $\mathrm{Var}\,K_m=\sum_l v_l/m_l+O(m^{-2})$ with $v_l=\lambda^2A+2\lambda\rho B+\rho^2C$, $u_l=\kappa_1(u_{l-1})$,
    $\lambda=u_L$, $\rho=\kappa_0(u_l)\cdots\kappa_0(u_{L-1})$ and, at the cosine $c=u_{l-1}$, $A=2+3\kappa_2$,
    $B=5\kappa_1-\frac2\pi(1-c^2)^{3/2}-\kappa_1A$, $C=6\kappa_2-2\kappa_1B-\kappa_1^2(1+A)$. At $x=y$ it is
    $5\sum_l1/m_l$, and for the tangent kernel $\sum_l(5(L-l+1)^2+5l^2+2l(L-l+1))/m_l$. The error of one entry of either
    kernel falls like $m^{-1/2}$.
    """
    yield from _moments()
    cosines = tier.pick(quick=(-0.6, 0.4), full=(-1.0, -0.6, 0.0, 0.4, 0.9, 1 - 2**-40, 1.0))
    for widths in ((3, 5), (2, 7, 4)):
        label = f"the formula against the library, widths {widths}"
        found = learning.entry_variance(cosines, widths)
        why = "far from $u=1$, where the formula as it stands cancels to a part of 1e-16 of its terms"
        yield measured_against(label, found, [_as_stated(u, widths) for u in cosines], rtol=1e-13, why=why)
        for tangent in (False, True):
            expected = [float(oracle.entry_variance(u, widths, tangent)) for u in cosines]
            kernel = "tangent kernel" if tangent else "kernel"
            label = f"{kernel}, widths {widths}: the library against quadrature and differences in 60 digits"
            found = learning.entry_variance(cosines, widths, tangent=tangent)
            yield measured_against(label, found, expected, rtol=2e-15, why="some roundings", at=cosines)
    yield from _at_one_point()
    yield from _samples(tier)
    yield from _rates(tier)


def _as_stated(u: float, widths: tuple[int, ...]) -> float:
    """The sum of the statement, letter by letter."""
    k0, k1, k2 = (ks.arccos(n) for n in (0, 1, 2))
    cosines = [u]
    for _ in widths:
        cosines.append(min(1.0, float(k1(cosines[-1]))))
    total = 0.0
    for place, m in enumerate(widths):
        c = cosines[place]
        mean = float(k1(c))
        a = 2 + 3 * float(k2(c))
        b = 5 * mean - 2 / np.pi * (1 - c * c) ** 1.5 - mean * a
        spread = 6 * float(k2(c)) - 2 * mean * b - mean**2 * (1 + a)
        rho = float(np.prod([float(k0(v)) for v in cosines[place + 1 : -1]]))
        total += (cosines[-1] ** 2 * a + 2 * cosines[-1] * rho * b + rho**2 * spread) / m
    return total


def _moments() -> Checks:
    """A, B, C and the covariances with the gradients, from integrals over the angle of a weight."""
    phi = sp.Symbol("phi", real=True)
    theta = sp.Symbol("theta", positive=True)
    a, b = sp.cos(phi), sp.cos(phi - theta)
    c, s = sp.cos(theta), sp.sin(theta)

    def mean(integrand: Any, radius: int, low: Any = theta - sp.pi / 2) -> Any:
        terms = sp.expand(sp.expand_trig(integrand))
        return radius * sp.integrate(terms, (phi, low, sp.pi / 2)) / (2 * sp.pi)

    k0 = (sp.pi - theta) / sp.pi
    k1 = (s + (sp.pi - theta) * c) / sp.pi
    k2 = (3 * s * c + (sp.pi - theta) * (1 + 2 * c**2)) / (3 * sp.pi)
    for label, found, expected in (
        (r"$E(2\sigma^2)^2=6$", 4 * mean(a**4, 8, -sp.pi / 2), sp.Integer(6)),
        (r"$E(2\sigma^2)(2\sigma'^2)=6\kappa_2$", 4 * mean(a**2 * b**2, 8), 6 * k2),
        (
            r"$E(2\sigma^2)(2\sigma\sigma')=6\kappa_1-\frac2\pi(1-c^2)^{3/2}$",
            4 * mean(a**3 * b, 8),
            6 * k1 - 2 * s**3 / sp.pi,
        ),
        (
            r"$E(2\sigma^2)(2\cdot1\cdot1')=2\kappa_0+\frac2\pi c(1-c^2)^{1/2}$",
            4 * mean(a**2, 2),
            2 * k0 + 2 * s * c / sp.pi,
        ),
        (r"$E(2\sigma\sigma')(2\cdot1\cdot1')=2\kappa_1$", 4 * mean(a * b, 2), 2 * k1),
    ):
        difference = sp.expand(sp.expand_trig(sp.expand(found - expected)))
        yield vanish(label, sp.expand(difference.subs(s, sp.sqrt(1 - c**2))))


def _at_one_point() -> Checks:
    """x = y: products over the layers of means that are independent from layer to layer."""
    widths = (3, 5, 7)
    found = [learning.entry_variance(1.0, widths, tangent=tangent) for tangent in (False, True)]
    expected = [
        sum(oracle.at_one_point(len(widths), layer, tangent) / m for layer, m in enumerate(widths, 1))
        for tangent in (False, True)
    ]
    yield measured_against("$x=y$, kernel and tangent kernel, widths 3, 5, 7", found, expected, rtol=1e-15, why="sums")
    m, count = sp.symbols("m L", positive=True)
    product = (1 + 5 / m) ** count - 1  # E |a_L|^4 = prod (1 + 5/m_l): the layers' lengths are independent factors
    leading = sp.limit(product * m, m, sp.oo)
    yield vanish(r"$x=y$: $m\,((1+5/m)^L-1)\to5L$", leading - 5 * count)


def _samples(tier: Tier) -> Checks:
    draws, m = tier.pick(quick=(400, 64), full=(3000, 256))
    for depth in (2, 3):
        for tangent in (False, True):
            sample = experiment.entries(experiment.COSINES, [m] * depth, draws, tier.rng, tangent)
            _, _, variance, error = summaries.mean_and_variance(sample)
            claimed = learning.entry_variance(experiment.COSINES, [m] * depth, tangent=tangent)
            kernel = "tangent kernel" if tangent else "kernel"
            yield measured_against(
                f"{kernel}, {depth} hidden layers of {m}: variance over {draws} networks, in standard errors",
                (variance - claimed) / error,
                0.0,
                atol=5.0,
                why="five standard errors; the term in $m^{-2}$ is smaller",
                at=[f"u = {u}" for u in experiment.COSINES],
                detail=f"ratios {(variance / claimed).min():.3f} to {(variance / claimed).max():.3f}",
            )


def _rates(tier: Tier) -> Checks:
    """m E(K_m - K)^2 = v + w/m + O(1/m^2), v > 0 that of the variances: the error falls like m^{-1/2}.

    The slope between logarithms would not do: the tangent kernel of three layers has w/v of some 6, so that its error
    falls like m^{-0.52} between 64 and 512, and a confidence interval of that leaves out -1/2 where draws are many.
    """
    widths = np.array(tier.pick(quick=(64, 128, 256), full=(64, 128, 256, 512)))
    draws = tier.pick(quick=100, full=600)
    u = experiment.COSINES[3]
    fit = np.linalg.pinv(np.stack([np.ones(len(widths)), 1 / widths], axis=1))[0]
    for tangent, limit in ((False, ks.rf), (True, ks.ntk)):
        for depth in experiment.DEPTHS:
            squared = np.array(
                [
                    (experiment.entries([u], [m] * depth, draws, tier.rng, tangent)[:, 0] - float(limit(depth + 1)(u)))
                    ** 2
                    for m in widths
                ]
            )
            scaled = widths * squared.mean(axis=1)
            error = float(np.linalg.norm(fit * widths * squared.std(axis=1, ddof=1)) / np.sqrt(draws))
            claimed = float(learning.entry_variance(u, [1] * depth, tangent=tangent))
            found = float(fit @ scaled)
            kernel = "tangent kernel" if tangent else "kernel"
            label = f"m times the mean square error of the {kernel} at u = {u}, {depth} hidden layers, at 1/m = 0"
            slope = summaries.slope(widths, squared.mean(axis=1)) / 2
            yield measured_against(
                label,
                found,
                claimed,
                atol=4 * error,
                why="four standard errors of the line in 1/m",
                detail=f"{found:.3f} ± {error:.3f} for {claimed:.3f}; slope between logarithms {slope:.3f}",
            )
