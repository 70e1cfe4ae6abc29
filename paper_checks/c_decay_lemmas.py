r"""Lemmas behind the decay theorem

Claim 16: the eigenvalues of (1-t^2)^nu, Watson's theorem, integration by parts. Proofs by sympy are for every k, d and
nu (`oracle.identities`); numbers come from quadrature in balls (`oracle.deep`).
"""

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy
from flint import arb

import kernelspec as ks
from kernelspec import Zonal, sphere
from oracle import deep as oracle
from oracle.identities import Gammas, rational_zero
from oracle.sphere_forms import down, legendre_equation, up
from paper_checks.registry import *

_LEMMA = r"Bietti & Bach 2021, lemma on $(1-t^2)^\nu$"
_PARTS = "Bietti & Bach 2021, Lemma 5"
_EVERY = "sympy, for every k, d and nu"


def _even_power(k: Any, d: Any, nu: Any) -> Gammas:
    """mu_k[(1-t^2)^nu] of claim 16, without the constant sqrt(pi)."""
    half = (d - 1) / 2
    above = (d / 2, nu + half, nu + 1)
    return Gammas(above, ((1 - k) / 2, k / 2 + half, nu + (k + d) / 2, nu + 1 - k / 2))


def _operator(f: Any, t: Any, d: Any) -> Any:
    """-(1-t^2) f'' + (d-1) t f', whose eigenvalue on degree k is k(k+d-2) times that of f."""
    return -(1 - t**2) * f.diff(t, 2) + (d - 1) * t * f.diff(t)


@check("C16", verdict="proved", where=f"{_LEMMA}; {_PARTS}")
def even_powers(tier: Tier) -> Checks:
    r"""Eigenvalues of $(1-t^2)^\nu$

    $\mu_k[(1-t^2)^\nu] =
    \frac{\omega_{d-2}}{\omega_{d-1}}\frac{\pi\,\Gamma(\nu+(d-1)/2)\Gamma((d-1)/2)\Gamma(\nu+1)}{\Gamma(\frac{1-k}{2})
    \Gamma(\frac{k+d-1}{2})\Gamma(\nu+\frac{k+d}{2})\Gamma(\nu+1-\frac{k}{2})}$, which is 0 for odd $k$. Where no
    boundary terms arise, $-(1-t^2)\kappa''+(d-1)t\kappa'$ has eigenvalues $k(k+d-2)\mu_k(\kappa)$.
    """
    k, d, nu, t = sympy.symbols("k d nu t", positive=True)
    p, f = sympy.Function("P")(t), sympy.Function("f")(t)
    flux = (1 - t**2) ** ((d - 1) / 2) * (f * p.diff(t) - f.diff(t) * p)
    inner = f * (legendre_equation(p, t, k, d) - k * (k + d - 2) * p) + _operator(f, t, d) * p
    weight = (1 - t**2) ** ((d - 3) / 2)
    yield step(
        r"the operator $-(1-t^2)f''+(d-1)tf'$ multiplies $\mu_k$ by $k(k+d-2)$",
        r"$\mu_k$ is the integral of $fP_k(1-t^2)^{(d-3)/2}$; the difference is that of "
        "$(1-t^2)^{(d-1)/2}(fP_k'-f'P_k)$ at the ends, 0 where no boundary terms arise.",
    )
    gap = sympy.simplify(sympy.expand(flux.diff(t) / weight) - sympy.expand(inner))
    yield exact("$((1-t^2)^{(d-1)/2}(fP'-f'P))'$, less the difference of the two integrands", gap, 0, by=_EVERY)
    yield step(r"from $\nu$ to $\nu+1$")
    power = (1 - t**2) ** nu
    applied = (_operator(power, t, d) - 2 * nu * (2 * nu + d - 2) * power) / power * (1 - t**2)
    gap = sympy.simplify(sympy.expand(applied) + 2 * nu * (2 * nu + d - 3))
    label = r"for $f = (1-t^2)^\nu$ it is $2\nu(2\nu+d-2)f-2\nu(2\nu+d-3)(1-t^2)^{\nu-1}$"
    yield exact(label, gap, 0, by=_EVERY)
    yield step(
        "a recurrence in $k$ with one start",
        r"So $(1-t^2)^{\nu+1}$ has $\mu_k(\nu+1) = r_k\,\mu_k(\nu)$ with a rational $r_k$; it also is $(1-t^2)^\nu$ "
        r"less $t^2$ times it (claim 2). Together: a recurrence that gives $\mu_{k+2}(\nu)$ from $\mu_k(\nu)$ and "
        r"$\mu_{k-2}(\nu)$, and all even $k$ from $\mu_0$. The formula must satisfy it, and be right at $k = 0$. Odd "
        r"eigenvalues of an even function vanish, as $1/\Gamma(\frac{1-k}{2})$ does. At $\nu = k/2-1$ take the limit.",
    )

    def over(degree: Any, shift: int = 0) -> Any:
        return _even_power(degree, d, nu + shift).over(_even_power(k, d, nu))

    lifted = (k * (k + d - 2) - 2 * (nu + 1) * (2 * nu + d)) * over(k, 1) + 2 * (nu + 1) * (2 * nu + d - 1)
    below = down(k, d) * (down(k - 1, d) * over(k - 2) + up(k - 1, d))
    above = up(k, d) * (down(k + 1, d) + up(k + 1, d) * over(k + 2))
    gaps = [rational_zero(lifted), rational_zero(over(k, 1) - 1 + below + above)]
    yield exact("the formula satisfies both relations", gaps, [0, 0], by=_EVERY)
    gamma, half = sympy.gamma, (d - 1) / 2
    start = _even_power(sympy.Integer(0), d, nu)
    value = sympy.Mul(*map(gamma, start.upper)) / sympy.Mul(*map(gamma, start.lower)) * sympy.sqrt(sympy.pi)
    mean = gamma(d / 2) / (sympy.sqrt(sympy.pi) * gamma(half))
    mean *= gamma(sympy.S.Half) * gamma(nu + half) / gamma(nu + half + sympy.S.Half)
    one = sympy.simplify(value / mean)
    yield exact(r"$\mu_0$ over the mean of $(1-t^2)^\nu$, a Beta integral", one, 1, by="sympy, for every d and nu")
    yield conclusion(
        r"The formula obeys the recurrence and its start, for every $k$, $d$ and $\nu$ where the Gamma functions are "
        r"finite, and by continuity at the others; the last sentence of the claim is the first step."
    )


def _even(nu: float) -> oracle.Kernel:
    """(1-u^2)^nu in balls."""
    return lambda u: (1 - u * u) ** arb(nu)


@check(
    "C16a",
    verdict="refuted as printed",
    where=_LEMMA,
    printed=r"$k^{-d-2\nu-1}$ (twice in the statement; the proof has it right)",
    corrected=r"$k^{-d-2\nu+1}$",
)
def lemma_exponent(tier: Tier) -> Checks:
    r"""The exponent in the lemma

    $\mu_k[(1-t^2)^\nu] \sim 2^{\nu+1}C(d,\nu)k^{-d-2\nu+1}$ for even $k$, with the $C(d,\nu)$ of claim 15.
    """
    degrees = (0, 1, 2, 6, 20)
    for d, nu in ((3, 0.5), (4, 0.3), (8, 1.5)):
        if nu % 1 == 0.5:  # else the integrand is not analytic in the angle
            found = oracle.eigenvalues(_even(nu), d, degrees, 160)
            yield measured_against(
                rf"$d = {d}$, $\nu = {nu}$: the Gamma form against quadrature in balls",
                sphere.even_power_eigenvalue(d, nu, np.array(degrees)),
                [float(v) for v in found],
                rtol=1e-14,
                atol=1e-150,
                why="a few roundings of float64; odd degrees vanish in the quadrature to 1e-150",
            )
        k, right = np.array([10**6, 2 * 10**6]), -d - 2 * nu + 1
        mu = sphere.even_power_eigenvalue(d, nu, k)
        slope, why = math.log2(mu[1] / mu[0]), "corrections of order d/k"
        label = rf"exponent of $\mu_k$ at $k = 10^6$, $d = {d}$, $\nu = {nu}$"
        yield printed_fails(label, slope, right - 2, atol=1e-3, why=why)
        yield measured_against(label, slope, right, atol=5e-4, why=why)
        expected = 2.0 ** (nu + 1) * sphere.decay_constant(d, nu)
        label = r"$\mu_kk^{d+2\nu-1}$ against $2^{\nu+1}C(d,\nu)$"
        yield measured_against(label, mu[1] * float(k[1]) ** -right, expected, rtol=1e-4, why=why)


@check(
    "C16b",
    verdict="refuted as printed",
    where=f"{_LEMMA}, its proof; DLMF, Section 16.4",
    printed=r"without $\Gamma(c+\frac{1-b}{2})$ in the denominator",
    corrected="with it",
)
def watson(tier: Tier) -> Checks:
    r"""Watson's theorem

    $_3F_2(a,b,c;\frac{a+b+1}{2},2c;1) =
    \frac{\Gamma(\frac{1}{2})\Gamma(c+\frac{1}{2})\Gamma(\frac{a+b+1}{2})\Gamma(c+\frac{1-a-b}{2})}{\Gamma(\frac{a+
    1}{2})\Gamma(\frac{b+1}{2})\Gamma(c+\frac{1-a}{2})\Gamma(c+\frac{1-b}{2})}$.
    """
    with mpmath.workdps(30):
        h, names = mpmath.mpf(1) / 2, ("0.5, 2.1, 3", "0.5, -1.2, 4", "0.3, 0.7, 2.5", "-4, 5, 1.3", "-6, 9, 3.5")
        sums, right, printed = [], [], []
        for a, b, c in (map(mpmath.mpf, name.split(", ")) for name in names):
            sums.append(mpmath.hyp3f2(a, b, c, h * (a + b + 1), 2 * c, 1))
            above = [h, c + h, h * (a + b + 1), c + h * (1 - a - b)]
            below = [h * (a + 1), h * (b + 1), c + h * (1 - a), c + h * (1 - b)]
            right.append(mpmath.gammaprod(above, below))
            printed.append(mpmath.gammaprod(above, below[:3]))
        label = r"$_3F_2$ summed, at $a,b,c$"
        yield printed_fails(label, sums, printed, rtol=0.01, why="a factor, of size about 1", at=names)
        yield measured_against(label, sums, right, rtol=5e-29, why="30 digits", at=names)
        rows = [(n, float(s / p), float(s / r)) for n, s, p, r in zip(names, sums, printed, right, strict=True)]
        yield table("The sum over its closed form", ["$a,b,c$", "as printed", "corrected"], rows)


def _sturm(kernel: Zonal, d: int, factor: Zonal | int) -> Zonal:
    """-(1-u^2) kappa'' + (d-1) factor kappa'; factor = u is right."""
    slope = kernel.derivative()
    return (d - 1) * (factor * slope) - (1 - ks.linear() ** 2) * slope.derivative()


@check(
    "C16c",
    verdict="refuted as printed",
    where=_PARTS,
    printed=r"$f_{j+1} = -(1-t^2)f_j''+(d-1)f_j'$, without the factor $t$",
    corrected=r"$(d-1)tf_j'$",
)
def parts(tier: Tier) -> Checks:
    r"""Integration by parts

    $f_{j+1} = -(1-t^2)f_j''+(d-1)tf_j'$ has $\mu_k(f_{j+1}) = k(k+d-2)\mu_k(f_j)$ as long as boundary terms vanish.
    """
    degrees = (1, 2, 3, 4, 9, 16)
    for kernel, d in ((ks.rf(3), 3), (ks.rf(3), 6), (ks.ntk(3), 5), (ks.laplace(1), 4)):
        k = np.array(degrees)
        expected = k * (k + d - 2) * kernel.spectrum(d)(k)
        right, printed = (
            [float(v) for v in oracle.eigenvalues(_sturm(kernel, d, factor), d, degrees, 160)]
            for factor in (ks.linear(), 1)
        )
        label = rf"$\mu_k(f_1)$, `{kernel!r}`, $d = {d}$, against $k(k+d-2)\mu_k$"
        yield printed_fails(label, printed, expected, rtol=0.01, why="a different function", at=degrees)
        why = "two float64 spectra, of $k^2$ times the other"
        yield measured_against(label, right, expected, rtol=2e-14, why=why, at=degrees)


@check("C16d", verdict="proved", where=_PARTS)
def weak_bound(tier: Tier) -> Checks:
    r"""The weak bound of the lemma

    For $\kappa\sim t^\nu$ at an end, $\nu$ not an integer, the boundary terms vanish for $f_0, \ldots, f_j$ with $j =
    \lceil\nu+\frac{d-3}{2}\rceil-1$: after these $j+1$ steps $\mu_k = O(k^{-2(j+1)})$, hence $O(k^{-d-2\nu+3})$, two
    powers short of the truth.
    """
    d, nu, t = sympy.symbols("d nu t", positive=True)
    yield step("a step lowers the power by one")
    power = (1 - t) ** nu
    applied = sympy.expand(_operator(power, t, d) / power * (1 - t) - nu * (nu + d - 2) * (1 - t))
    label = (
        r"for $f = (1-t)^\nu$ a step gives $\nu(\nu+d-2)(1-t)^\nu-\nu(2\nu+d-3)(1-t)^{\nu-1}$: one"
        r" power less, unless $2\nu = 3-d$"
    )
    yield exact(label, sympy.simplify(applied + nu * (2 * nu + d - 3)), 0, by="sympy, for every d and nu")
    yield step(
        "how many steps there are",
        r"The boundary term of the step from $f_i$ is of order $t^{\nu-i+(d-3)/2}$, and vanishes for"
        r" $i < \nu+\frac{d-3}{2}$; $f_{j+1} \sim t^{\nu-j-1}$ is integrable against $t^{(d-3)/2}$, "
        r"$f_{j+2}$ is not. So $|\mu_k|\leq(k(k+d-2))^{-j-1}$ times the mean of $|f_{j+1}|$.",
    )
    # with a = nu + (d-3)/2: i <= j < a, integrable since a-j-1 > -1, and 2(j+1) >= 2a = d+2nu-3
    shifts = [Fraction(m, 6) + Fraction(n - 3, 2) for n in range(2, 12) for m in range(1, 60) if m % 6]
    label = r"with $a=\nu+\frac{d-3}{2}$: $j<a$, $a-j-1>-1$ and $2(j+1)\geq2a=d+2\nu-3$"
    found = all(j < a and a - j > 0 and 2 * (j + 1) >= 2 * a for a in shifts for j in [math.ceil(a) - 1])
    detail = r"$\lceil a\rceil-1<a\leq\lceil a\rceil$; $d<12$, $\nu<10$ in sixths"
    yield exact(label, found, by="rational arithmetic", detail=detail)
    yield step("two powers short")
    short = sympy.expand((d + 2 * nu - 1) - (d + 2 * nu - 3))
    yield exact(r"the true exponent (claims 14c and 15a), less that of the bound", short, 2)
    yield conclusion(
        r"The inequalities hold for every real $a$, as $\lceil a\rceil-1<a\leq\lceil a\rceil$; "
        r"so for every $d$ and $\nu$."
    )
