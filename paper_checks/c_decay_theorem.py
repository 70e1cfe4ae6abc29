r"""The decay theorem, proved

Claim 14 for every kernel that is analytic inside and a convergent sum of powers at both ends: all
kernel expressions of the library are. What is measured stands in `c_decay`.
"""

from fractions import Fraction

import sympy

import kernelspec as ks
from oracle.identities import rational_zero
from paper_checks.deep_proofs import THEOREM, first_term_bounds, near_the_start, present
from paper_checks.registry import *

_THEOREM = "Bietti & Bach 2021, Theorem 1 (Theorem 7 in full); this proof is given here"


@check("C14c", verdict="proved", where=_THEOREM)
def every_term(tier: Tier) -> Checks:
    r"""The theorem with every term, proved

    Let $\kappa$ be continuous on $[-1,1]$, analytic inside, and let $\kappa(1-t)$ and $\kappa(-1+t)$ be convergent sums
    of powers $t^e$, $e\geq0$, for small $t$. Then for every $N$, over the non-integer exponents $\nu<N$ at the two
    ends, $\mu_k=\sum_\nu(c_{\nu,1}+(-1)^kc_{\nu,-1})C(d,\nu)\frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)}+O(k^{-2j})$, where
    $j<N$ is the largest such integer. So each parity decays by the first exponent whose factor is not 0, and faster
    than any power if there is none. The kernels of networks of arc-cosine layers of any depth, and
    $e^{-c(1-u)^\gamma}$, are of this kind.
    """
    e, d, t = sympy.symbols("e d t", positive=True)
    yield step(
        r"what is left after the powers $\nu<N$ has eigenvalues $O(k^{-2j})$",
        r"$f=\kappa-\sum_{\nu<N}[c_{\nu,1}(1-u)^\nu+c_{\nu,-1}(1+u)^\nu]$ is, at either end, an analytic function and "
        r"a convergent sum of $t^e$, $e\geq N>j$. Let $f_{i+1}=-(1-u^2)f_i''+(d-1)uf_i'$. A step lowers an exponent "
        r"by one at most, so $f_0,\ldots,f_j$ are continuous. The boundary terms $(1-u^2)^{(d-1)/2}(f_iP_k'-f_i'P_k)$ "
        r"are of order $t^{(d-1)/2+e-i-1}$, $e-i>1$ or analytic times $t^{(d-1)/2}$, and vanish. By Green's formula "
        r"(claim 16) $\mu_k(f)=\mu_k(f_j)/(k(k+d-2))^j$, and $|\mu_k(f_j)|\leq\max|f_j|$. The powers subtracted have "
        r"the eigenvalues of claim 15a. Integer powers of $t$ contribute nothing.",
    )
    applied = {}
    for end in (1, -1):
        # u = end (1 - t): d/du = -end d/dt
        u, power = end * (1 - t), t**e
        slope = -end * power.diff(t)
        applied[end] = -(1 - u**2) * power.diff(t, 2) + (d - 1) * u * slope
    wanted = e * (e + d - 2) * t - e * (2 * e + d - 3)
    yield exact(
        r"a step takes $t^e$ to $e(e+d-2)t^e-e(2e+d-3)t^{e-1}$ at either end",
        [sympy.simplify(sympy.expand(a / t**e * t) - wanted) for a in applied.values()],
        [0, 0],
        by="sympy, for every e and d",
    )
    k, nu, gap = sympy.symbols("k nu g", positive=True)
    yield step(
        "each parity decays by the first exponent whose factor is not 0",
        r"For such a $\nu$ take $N$ so large that $2j>d+2\nu-1$: remainder and later terms are "
        "smaller. If there is none, only the remainder is left, with any $j$.",
    )
    yield exact(
        r"the remainder is below the term of $\nu$ once $2j>d+2\nu-1$; so is the term of $\nu+g$, by $k^{-2g}$",
        rational_zero((d + 2 * (nu + gap) - 1) - (d + 2 * nu - 1) - 2 * gap),
        0,
        by="sympy",
        detail=r"$\Gamma(k-\nu)/\Gamma(k+\nu+d-1)=k^{-d-2\nu+1}(1+O(1/k))$",
    )
    yield step(r"the kernels of networks, and $e^{-c(1-u)^\gamma}$, are of this kind", THEOREM)
    x = sympy.Symbol("x", positive=True)
    slopes = [sympy.acos(1 - 2 * x**2).diff(x), (2 * sympy.asin(x)).diff(x)]
    ramp = (2 * x * sympy.sqrt(1 - x**2) - 2 * sympy.asin(x) * (1 - 2 * x**2)) / sympy.pi
    yield exact(
        r"$\theta=2\arcsin\sigma$, so that $\kappa_0(-1+t)=\theta/\pi$ and $\kappa_1(-1+t)=(\sin\theta-"
        r"\theta\cos\theta)/\pi$ are odd and analytic in $\sigma=\sqrt{t/2}$: squares of the slopes of "
        r"both sides; the odd part, less the whole",
        [sympy.simplify(slopes[0] ** 2 - slopes[1] ** 2), sympy.simplify(ramp + ramp.subs(x, -x))],
        [0, 0],
        by="sympy",
    )
    yield conclusion(
        "The first step is the sum with its remainder, for every $N$; the second its orders; "
        "the third says which kernels it is about."
    )


@check("C14b", verdict="proved", where="Bietti & Bach 2021, Theorem 1 (Theorem 7 in full)")
def cancelling_parities(tier: Tier) -> Checks:
    r"""Parities that cancel, and smooth kernels

    For the kernels of claim 14c: where $c_1 = \pm c_{-1}$, one parity is $o(k^{-d-2\nu+1})$. If $\kappa$ is smooth on
    $[-1,1]$, $\mu_k$ falls faster than any power.
    """
    yield step(
        "a parity that cancels, and a smooth kernel",
        r"By claim 14c the parity where the factor of $t^\nu$ cancels has the first exponent whose factor "
        r"does not. A smooth $\kappa$ can be integrated by parts any number of times: $O(k^{-2j})$ for "
        r"every $j$, with the factor $\max|\kappa_j|$.",
    )
    yield conclusion(
        r"Both sentences of the claim: the first exponent left is larger than $\nu$, so that "
        r"the parity is $o(k^{-d-2\nu+1})$. The case below is a parity with a later exponent."
    )
    mixed = ks.linear() * ks.arccos(0) + ks.rf(3)
    law = mixed.decay(3)
    label = r"$u\kappa_0+\kappa_1\circ\kappa_1$: $\nu$, $c_1-c_{-1}$, odd constant"
    yield exact(label, [law.nu, law.c_plus - law.c_minus, law.odd], [Fraction(1, 2), 0, 0])
    gap = sympy.simplify(sympy.Add(*(e * mixed.expand(at=e, terms=5).coefficient(Fraction(3, 2)) for e in (1, -1))))
    label = r"its coefficients of $t^{3/2}$ differ: odd $k$ decay like $k^{-d-2}$, not faster"
    yield exact(label, gap.is_zero is False, by="sympy", detail=f"they differ by {gap}")


@check("C14a", verdict="proved", where="Bietti & Bach 2021, Theorem 1 (Theorem 7 in full)")
def many_kernels(tier: Tier) -> Checks:
    r"""The theorem for many kernels

    $\mu_k/[(c_1+(-1)^kc_{-1})C(d,\nu)\Gamma(k-\nu)/\Gamma(k+\nu+d-1)] \to 1$, for each parity whose factor is not 0,
    with the exact $c_{\pm1}$ of the expansions: for fourteen kernels with a bound of the difference for every
    $k\geq10^3$ and every $k\geq10^6$, on the spheres tabulated.
    """
    u = ks.linear()
    # by the distance from nu to the next non-integer exponent, and a bound of the correction
    kernels: dict[tuple[float, int], list[ks.Zonal]] = {
        (1.0, 100): [
            *(ks.rf(2), ks.rf(3), ks.ntk(2), ks.ntk(5), ks.ntk(3, bias=True), ks.rf(3, degree=2), ks.laplace(2)),
            *((1 + u) * ks.arccos(1), ks.ntk(3) * ks.exponential(1), ks.arccos(0) @ ks.rf(3)),
        ],
        (0.75, 10): [ks.laplace(1, gamma=0.75)],
        (0.25, 2): [ks.laplace(1, gamma=0.25), ks.rf(3, degree=0), ks.rf(4, degree=0)],
    }
    yield step(
        "bounds for every $k$ from a degree on",
        "What follows the first term is bounded, for every $k$ from a degree on, by the remainder of the expansion in "
        r"balls, over the first term. The bounds fall like $k^{-2g}$, where $\nu+g$ is the next non-integer exponent.",
    )
    rows, vanishing = [], {ks.rf(2): 1, ks.ntk(2): 1}
    tight = {repr(ks.rf(3)), repr(ks.ntk(2)), repr(ks.laplace(2))}
    for (gap, size), kernel in ((key, kernel) for key, group in kernels.items() for kernel in group):
        for d in tier.pick(quick=(4,), full=(2, 3, 10)):
            near, far = (first_term_bounds(kernel, d, start) for start in (10**3, 10**6))
            there = present(kernel, vanishing)
            which = "both parities" if len(there) == 2 else ("even", "odd")[there[0]]
            small = all(
                bool(b < size * first ** (-2 * gap))
                for bounds, first in ((near, 1e3), (far, 1e6))
                for b in bounds.values()
            )
            yield exact(
                rf"`{kernel!r}`, $d={d}$: $|\mathrm{{ratio}}-1|<{size}k^{{-{2 * gap:g}}}$ at $k=10^3$ and $10^6$, and "
                "not above these values for larger $k$",
                sorted(near) == sorted(far) == there and small,
                by="ball arithmetic, and the proved remainder of the expansion",
                detail=f"nu = {kernel.decay(d).nu}, {which}",
            )
            if repr(kernel) in tight:
                yield near_the_start(kernel, d, 10**3, near)
            rows.append([f"`{kernel!r}`", d, *(float(max(b.values(), key=float)) for b in (near, far))])
    yield conclusion(
        "The limit is claim 14c, for every kernel of this kind; the bounds are those of the fourteen kernels."
    )
    label = r"Bound of $|\mathrm{ratio}-1|$ for every $k$ from $10^3$ and from $10^6$ on"
    yield table(label, ["kernel", "$d$", r"$10^3$", r"$10^6$"], rows)
