r"""Beyond the papers

The constant of the decay theorem for every degree, as an identity in d and nu.
"""

from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from oracle import deep as oracle
from oracle.identities import Gammas, rational_zero
from oracle.sphere_forms import down, up
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step, vanish

_EVERY = "sympy, for every k, d and nu"


def _power(k: Any, d: Any, nu: Any) -> Gammas:
    """mu_k[(1-t)^nu] of claim 15, without 2^{d-2}/sqrt(pi)."""
    upper = (d / 2, nu + (d - 1) / 2, k - nu)
    return Gammas(upper, (-nu, k + nu + d - 1), twos=nu)


def _by_moments(d: Fraction, nu: Fraction, k: int) -> Any:
    r"""mu_k[(1-t)^nu] from the sum for P_k at t = 1 and Beta integrals, for real d, in balls.

    .. math:: P_k = \sum_j \frac{(-k)_j(k+d-2)_j}{((d-1)/2)_j\,j!}\Bigl(\frac{1-t}2\Bigr)^j
    """
    half, total, term = (oracle.ball(d) - 1) / 2, arb(0), arb(1)
    power = oracle.ball(nu) + half
    # c_d int (1-t)^{nu+(d-3)/2} (1+t)^{(d-3)/2} dt
    scale = (half + arb("0.5")).gamma() / (arb.pi().sqrt() * half.gamma())
    scale *= 2 ** (power + half - 1) * power.gamma() * half.gamma() / (power + half).gamma()
    for j in range(k + 1):
        total += term
        term *= arb(j - k) * (k + oracle.ball(d) - 2 + j) / ((half + j) * (j + 1))
        term *= (power + j) / (power + half + j)
    return scale * total


def _closed(d: Fraction, nu: Fraction, k: int) -> Any:
    """The Gamma form of claim 15 in balls."""
    dim, order = oracle.ball(d), oracle.ball(nu)
    value = 2 ** (order + dim - 2) * (dim / 2).gamma() * (order + (dim - 1) / 2).gamma()
    value /= arb.pi().sqrt() * (-order).gamma()
    return value * (k - order).gamma() / (k + order + dim - 1).gamma()


@check("L3", verdict="proved", where="derived here; Bietti & Bach 2021, the lemma on $(1-t^2)^\\nu$; claim 15")
def every_argument(tier: Tier) -> Checks:
    r"""The corrected constant, for every degree

    $\mu_k[(1-t)^\nu]=C(d,\nu)\frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)}$ for every $k\geq0$ and all real $d>1$,
    $\nu>-\frac{d-1}{2}$, with $C(d,\nu)=\frac{2^{\nu+d-2}\Gamma(d/2)\Gamma(\nu+(d-1)/2)}{\sqrt\pi\,\Gamma(-\nu)}$; the
    limit of the paper's lemma on $(1-t^2)^\nu$ gives the same constant, twice the printed one, for all $d$ and $\nu$.
    """
    k, d, nu, t = sp.symbols("k d nu t", positive=True)
    yield step(
        "a recurrence in $k$ with one solution",
        r"A second proof of claim 15a, without Rodrigues' formula. Green's formula (claim 16) on $(1-t)^{\nu+1}$ has "
        r"$\mu_k(\nu+1)=r_k\,\mu_k(\nu)$ with a rational $r_k$, and $(1-t)^{\nu+1}=(1-t)^\nu-t(1-t)^\nu$ has "
        r"$\mu_k(\nu+1)=\mu_k(\nu)-\frac{k}{2k+d-2}\mu_{k-1}(\nu)-\frac{k+d-2}{2k+d-2}\mu_{k+1}(\nu)$ (claim 2). "
        r"Together they give $\mu_{k+1}(\nu)$ from $\mu_k(\nu)$ and $\mu_{k-1}(\nu)$, the last with the factor 0 at "
        r"$k=0$: one solution for each $\mu_0$.",
    )
    power = (1 - t) ** (nu + 1)
    applied = -(1 - t**2) * power.diff(t, 2) + (d - 1) * t * power.diff(t)
    wanted = (nu + 1) * ((nu + d - 1) * (1 - t) - (2 * nu + d - 1))
    yield vanish(
        r"$-(1-t^2)f''+(d-1)tf'$ of $f=(1-t)^{\nu+1}$ is $(\nu+1)(\nu+d-1)f-(\nu+1)(2\nu+d-1)(1-t)^\nu$",
        sp.expand(applied / power * (1 - t)) - wanted,
        by=_EVERY,
    )

    def over(degree: Any, shift: int = 0) -> Any:
        return _power(degree, d, nu + shift).over(_power(k, d, nu))

    lifted = (k * (k + d - 2) - (nu + 1) * (nu + d - 1)) * over(k, 1)
    yield vanish(
        "the Gamma form satisfies both relations",
        rational_zero(lifted + (nu + 1) * (2 * nu + d - 1)),
        rational_zero(over(k, 1) - 1 + down(k, d) * over(k - 1) + up(k, d) * over(k + 1)),
        down(sp.Integer(0), d),
        by=_EVERY,
    )
    gamma, root = sp.gamma, sp.sqrt(sp.pi)
    constant = 2 ** (nu + d - 2) * gamma(d / 2) * gamma(nu + (d - 1) / 2) / (root * gamma(-nu))
    first = constant * gamma(-nu) / gamma(nu + d - 1)
    mean = gamma(d / 2) / (root * gamma((d - 1) / 2)) * 2 ** (nu + d - 2)
    mean *= gamma(nu + (d - 1) / 2) * gamma((d - 1) / 2) / gamma(nu + d - 1)
    label = r"$\mu_0$ is the mean of $(1-t)^\nu$, a Beta integral"
    yield exact(label, sp.simplify(sp.powsimp(first / mean)), 1, by="sympy, for every d and nu")
    # For even k, Gamma(1/2-m) Gamma(1/2+m) = pi (-1)^m, and the same for nu+1-m, m = k/2:
    # 1/(Gamma((1-k)/2) Gamma(nu+1-k/2)) = Gamma((k+1)/2) Gamma(k/2-nu)/(pi Gamma(1+nu) Gamma(-nu)).
    m = sp.Symbol("m", integer=True, nonnegative=True)
    signs = sp.sin(sp.pi * (m - nu)) * sp.cos(sp.pi * m) + sp.sin(sp.pi * nu)
    yield step(
        "the paper's lemma leads to the same constant",
        r"$\Gamma(z)\Gamma(1-z)=\pi/\sin\pi z$ twice, in the formula of claim 16 at even $k$; "
        r"then $\Gamma(x)/\Gamma(x+a)\sim x^{-a}$. Without "
        r"$\Gamma(\frac{1}{2})/\Gamma(\frac{3}{2})=2$ it is the printed one.",
    )
    yield vanish(
        r"reflection: $\cos(\pi m)\sin(\pi(m-\nu))=-\sin(\pi\nu)$, $m=k/2$",
        sp.expand_trig(signs),
        by="sympy, for every m and nu",
        detail=r"so $1/(\Gamma(\frac{1-k}{2})\Gamma(\nu+1-\frac{k}{2}))=\Gamma(\frac{k+1}{2})"
        r"\Gamma(\frac{k}{2}-\nu)/(\pi\,\Gamma(1+\nu)\Gamma(-\nu))$",
    )
    ratio = gamma(d / 2) / (root * gamma((d - 1) / 2))
    even = ratio * sp.pi * gamma(nu + (d - 1) / 2) * gamma((d - 1) / 2) * gamma(nu + 1)
    even *= 1 / (sp.pi * gamma(1 + nu) * gamma(-nu))
    # what is left, Gamma((k+1)/2) Gamma(k/2-nu)/(Gamma((k+d-1)/2) Gamma(nu+(k+d)/2)), tends to
    # (k/2)^{1-d-2nu}
    limit = even * 2 ** (d + 2 * nu - 1)
    both_ends = 2 ** (nu + 1) * constant
    label = r"$\lim\mu_k[(1-t^2)^\nu]k^{d+2\nu-1}$, even $k$, over $2\cdot2^\nu C(d,\nu)$"
    detail = r"$(1-t^2)^\nu$ has $c_1=c_{-1}=2^\nu$"
    yield exact(label, sp.simplify(sp.powsimp(limit / both_ends)), 1, by="sympy, for every d and nu", detail=detail)
    lost = gamma(sp.Rational(1, 2)) / gamma(sp.Rational(3, 2))
    label = r"the printed constant, which lacks $\Gamma(\frac{1}{2})/\Gamma(\frac{3}{2})$, over the right one"
    yield exact(label, sp.simplify(limit / lost / both_ends), sp.Rational(1, 2), by="sympy, for every d and nu")
    yield conclusion(
        r"The Gamma form has the right $\mu_0$ and obeys the recurrence, for every $k$ and all "
        r"real $d>1$, $\nu>-\frac{d-1}{2}$, by continuity where a Gamma function is infinite; "
        r"the limit of the lemma is $C(d,\nu)$, twice the print."
    )
    count, degrees = tier.pick(quick=10, full=60), (0, 1, 2, 7, 40)
    inside, apart = [], []
    with oracle.precision(600):
        for _ in range(count):
            d_0 = Fraction(int(tier.rng.integers(21, 400)), 20)
            low = -(d_0 - 1) / 2
            nu_0 = low + Fraction(int(tier.rng.integers(1, 4000)), 317)
            for degree in degrees:
                if nu_0.denominator == 1:
                    continue
                summed, closed = _by_moments(d_0, nu_0, degree), _closed(d_0, nu_0, degree)
                inside.append(bool(abs(summed / closed - 1) < 1e-100))
                apart.append(bool(abs(summed / (closed / 2) - 1) > 0.9))
    yield exact(
        rf"the sum for $P_k$ against the Gamma form, {len(inside)} random rational $(d,\nu)$ and $k$ up to "
        f"{degrees[-1]}: equal to 100 digits, and not half of it",
        all(inside) and all(apart) and len(inside) > 4 * count,
        by="ball arithmetic",
        detail="d from 1.05 to 20",
    )
