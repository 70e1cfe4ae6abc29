r"""Deep against shallow: which kernels share an RKHS

Exact zeros and enclosed values at odd degrees, positivity by Taylor coefficients in balls, and ratios of eigenvalues
over all degrees with their limits.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy
from flint import arb

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.rkhs import RecheckError, recheck
from kernelspec.rkhs.tail import Tail
from kernelspec.sphere import monomial_eigenvalue_exact
from kernelspec.sphere.power_eigenvalues import cut_power
from oracle import deep as oracle
from oracle.identities import Gammas, rational_zero
from paper_checks.deep_evidence import ntk_coefficients, rf_coefficients, settles
from paper_checks.registry import *


def _taylor(depth: int, tangent: bool, terms: int) -> list[Any]:
    """Taylor coefficients at 0 of RF or NTK of a depth, in balls, by series arithmetic."""
    saved = flint.ctx.cap
    flint.ctx.cap = terms
    try:
        with oracle.precision():
            u = total = flint.arb_series([0, 1], terms)
            for _ in range(depth - 1):
                angle = u.acos()
                ramp = (u * (arb.pi() - angle) + (1 - u * u).sqrt()) / arb.pi()
                total = total * (1 - angle / arb.pi()) + ramp
                u = ramp
            series = total if tangent else u
            return [series[j] for j in range(terms)]
    finally:
        flint.ctx.cap = saved


@check(
    "C27",
    verdict="refuted as printed",
    where="Slide on deep kernels; Bietti & Bach 2021 say: up to parity constraints",
    printed="the kernels of every depth have the same decay, thus the same RKHS",
    corrected=r"the same RKHS for all $L\geq3$; for $L=2$ with a bias, or up to parity",
)
def same_rkhs(tier: Tier) -> Checks:
    r"""Deep and shallow kernels: the same RKHS, up to parity

    For $L\geq3$ all RF kernels have the same RKHS on $S^{d-1}$, and all NTK kernels; $L=2$ has it too with a bias, or
    on even functions and degree 1. Without bias $\mu_k=0$ at $L=2$ for odd $k\geq3$, and $\mu_k>0$ for every $k$ at
    $L\geq3$.
    """
    d, largest, odd = 4, tier.pick(quick=400, full=1000), [3, 5, 7]
    zeros = [ks.ntk(2).spectrum(d).exact(k) for k in odd]
    yield exact(r"$\mu_3,\mu_5,\mu_7$ at $L=2$, $d=4$", zeros, [0] * 3, by="rational arithmetic")
    for k, ball, decimal in zip(
        odd, oracle.eigenvalues(oracle.ntk(3), d, odd), (9.16e-3, 1.07e-3, 2.95e-4), strict=True
    ):
        unit, why = 1e-6 if k == 7 else 1e-5, "half a unit of the last digit given"
        yield measured_against(rf"$\mu_{k}$ at $L=3$, $d=4$, by quadrature", ball, decimal, atol=unit / 2, why=why)
    yield note(
        r"$\kappa_1=b_0+b_1u+\sum b_{2j}u^{2j}$ with all these $b>0$; $b_2\kappa_1^2$ alone gives "
        r"$\kappa_1\circ\kappa_1$ the coefficient $2b_2b_1b_{2j}>0$ at $u^{2j+1}$. The other terms, the other layers "
        r"and the tangent kernel only add. So every $\mu_k>0$ for $L\geq3$, in every dimension (claim 10)."
    )
    terms = tier.pick(quick=42, full=82)
    shallow = _taylor(2, False, terms)
    for name, tangent in (("RF", False), ("NTK", True)):
        deep = _taylor(3, tangent, terms)
        with oracle.precision():
            least = {m: 2 * shallow[2] * shallow[1] * shallow[m - 1] for m in range(3, terms, 2)}
            above = all(bool(deep[m] > low) and bool(low > 0) for m, low in least.items())
        label = rf"{name}, $L=3$: coefficients of $u^3,u^5,\ldots,u^{{{terms - 1}}}$ above $2b_2b_1b_{{2j}}>0$"
        yield exact(label, above, by="ball arithmetic")
    # A partial sum of positive terms is a lower bound: claim 10's mu_3(u^m), m = 3, 5, ...
    with oracle.precision():
        eigenvalues = {k: [oracle.ball(monomial_eigenvalue_exact(d, m, k)) for m in range(k, terms, 2)] for k in odd}
        lower = [sum(b * mu for b, mu in zip(deep[k::2], found, strict=True)) for k, found in eigenvalues.items()]
    label = r"$L=3$ has odd eigenvalues that $L=2$ lacks: $Y_3$ lies in one RKHS, not in the other"
    detail = "mu_3 > " + lower[0].str(4, radius=False) + " at L = 3, = 0 at L = 2, d = 4"
    yield printed_false(label, all(bool(low > 0) for low in lower), detail=detail, exact=True)
    for family, kernel, coefficients in (("RF", ks.rf, rf_coefficients), ("NTK", ks.ntk, ntk_coefficients)):
        for layers, base in tier.pick(quick=((4, 3),), full=((3, 2), (4, 3), (10, 3))):
            (p, m), (q, n) = coefficients(layers), coefficients(base)
            for parity, sign in (("even", 1), ("odd", -1)):
                if base == 2 and parity == "odd":
                    continue
                with oracle.precision():
                    limit = float((p + sign * m) / (q + sign * n))
                label = f"{family}, $L={layers}$ over $L={base}$, {parity} $k$, $d={d}$"
                yield from settles(label, kernel(layers), kernel(base), d, limit, largest, parity)
    for layers in (3, 5):
        deeper, limit = ks.ntk(layers, bias=True), (layers - 1) * (layers + 2) / 4
        label = f"NTK with bias, $L={layers}$ over $L=2$, $d={d}$"
        yield from settles(label, deeper, ks.ntk(2, bias=True), d, limit, largest)


@check("C27a", verdict="proved", where="Slide on deep kernels; Bietti & Bach 2021; Geifman et al. 2020; Chen & Xu 2021")
def proved_equivalence(tier: Tier) -> Checks:
    r"""The same RKHS from three layers on, proved

    On every sphere all random-feature kernels with $L\geq3$ have one RKHS, all tangent kernels with $L\geq3$, and all
    tangent kernels with bias, $L\geq2$, together with the Laplace kernels. Constants $0<a\leq\mu_k/\mu_k'\leq b$ for
    every $k$ are proved for four pairs on $S^3$; `ntk(2)` and `ntk(3)` differ.
    """
    yield step(
        "the orders agree, for every $L$",
        r"In either parity $\mu_k$ is asymptotically a positive constant times one power of "
        r"$k$: $k^{-d-2}$ for random features with $L\geq3$ (claim 24b), $k^{-d}$ for tangent "
        r"kernels with $L\geq3$ (claim 25a), with bias from $L=2$ on (claim 26a), and for "
        r"Laplace kernels (claim 28). So $\mu_k/\mu_k'$ has a positive limit in either parity.",
    )
    yield step(
        "no eigenvalue is 0, for every $L$",
        r"By claim 10 positive Taylor coefficients are enough. $\kappa_1''=\kappa_0'=\frac{1}{\pi}(1-u^2)^{-1/2}$ has "
        r"a positive coefficient at every even power, so $\kappa_1=b_0+b_1u+\sum b_{2j}u^{2j}$ with all these $b>0$. "
        r"In $\kappa_1\circ\kappa_1$ the summand $b_2\kappa_1^2$ has $2b_2b_1b_{2j}>0$ at $u^{2j+1}$ and "
        r"$2b_2b_0b_{2j}>0$ at $u^{2j}$, and $b_1\kappa_1$ has $b_1^2$ at $u$: every power is there. A further layer "
        r"adds $b_1$ times what it reads to terms that are not negative, and a tangent kernel adds to $\kappa^L$. "
        r"Laplace kernels, and tangent kernels with bias at $L=2$: claim 28.",
    )
    u = sympy.Symbol("u", real=True)
    ramp = sympy.diff(ks.arccos(1).sympy(u), u, 2) * sympy.pi * sympy.sqrt(1 - u**2)
    j, half = sympy.symbols("j", positive=True), sympy.S.Half
    binomial = [Gammas((half + m,), (m + 1,)) for m in (j, j + 1)]
    gap = rational_zero(binomial[1].over(binomial[0]) - (j + half) / (j + 1))
    label = (
        r"$\pi\sqrt{1-u^2}\,\kappa_1''$; the coefficients of $(1-v)^{-1/2}$ have the positive quotients "
        r"$\frac{j+1/2}{j+1}$"
    )
    yield exact(label, [sympy.simplify(ramp), gap], [1, 0], by="sympy, every j")
    yield step(
        "one RKHS",
        r"A sequence of positive numbers with positive limits in both parities lies between two positive numbers, so "
        r"that $\sum a_{kj}^2/\mu_k$ and $\sum a_{kj}^2/\mu_k'$ are finite for the same functions (claim 8).",
    )
    yield step(
        r"constants for four pairs on $S^3$",
        "Enclosures of the first degrees, and the expansion with its remainder for all later ones. What is concluded "
        "from the data of each proof is computed again, in another interval arithmetic.",
    )
    pairs = [
        (ks.rf(3), ks.rf(4)),
        (ks.ntk(3), ks.ntk(4)),
        (ks.laplace(1), ks.ntk(2, bias=True)),
        (ks.laplace(1), ks.laplace(2)),
    ]
    by = "ball arithmetic; the proof is checked again in another interval arithmetic"
    for first, second in tier.pick(quick=pairs[2:], full=pairs):
        found = ks.same_rkhs(first, second, 4)
        again = found.proof is not None and recheck(found.proof.data())
        proved = found.same is True and again and 0 < found.lower <= found.upper < np.inf
        ends = f"a = {found.lower:.6g}, b = {found.upper:.6g}"
        yield exact(f"`{first!r}` and `{second!r}`, $d=4$", proved, by=by, detail=ends)
    yield step("`ntk(2)` and `ntk(3)` differ", "$Y_3$ is in one space and not in the other.")
    other = ks.same_rkhs(ks.ntk(2), ks.ntk(3), 4)
    differ = other.same is False and other.proof is not None and recheck(other.proof.data())
    yield exact("`ntk(2)` and `ntk(3)`, $d=4$: different", differ, by=by, detail=other.why[:160])
    yield conclusion(
        r"The first three steps are the three families, for every $L$ and every $d\geq2$; the "
        "others are the constants and the exception."
    )
    yield from _no_better_proof()


def _proof(first: Zonal, second: Zonal) -> dict[str, Any]:
    """The data of the proof about two kernels, d = 4."""
    found = ks.same_rkhs(first, second, 4).proof
    assert found is not None
    return found.data()


def _accepted(data: dict[str, Any]) -> bool:
    try:
        return recheck(data)
    except RecheckError:
        return False


def _no_better_proof() -> Iterator[Evidence]:
    """What a proof concludes is the most that its numbers give, and they hold where they are tight."""
    data = _proof(ks.laplace(1), ks.laplace(2))
    for column, mu in zip(data["parities"][0]["enclosures"], (("1", "30"), ("2", "7")), strict=True):
        column["2"] = list(mu)
    bounds = [(1 / 7, 15), (1 / 7 + 1e-12, 15), (1 / 7, 15 - 1e-12)]
    label = r"enclosures $[1,30]$ and $[2,7]$ at one degree: $\frac17$ and 15 pass the second check, and nothing better"
    found = [_accepted(data | {"lower": low, "upper": high}) for low, high in bounds]
    yield exact(label, found, [True, False, False], by="mpmath's intervals")
    (odd,) = (part for part in _proof(ks.ntk(2), ks.ntk(3))["parities"] if part["parity"] == 1)
    degree, spectrum = odd["zero_beyond"], ks.ntk(2).spectrum(4)
    label = "`ntk(2)`: the degree beyond which the odd eigenvalues are said to vanish is the last at which none does"
    found = [degree % 2, spectrum.exact(degree) == 0, spectrum.exact(degree + 2) == 0]
    yield exact(label, found, [1, False, True], by="sympy")
    rows = []
    for pair in ((kernel, ks.ntk(2, bias=True)) for kernel in (ks.laplace(1), ks.ntk(3))):
        for part in _proof(*pair)["parities"]:
            for kernel, tail in zip(pair, part["tails"], strict=True):
                rows += [_tail_at(kernel, tail, k) for k in (part["start"], 100 + part["parity"])]
    yield exact(
        "where the tails begin, and at $k=100,101$: $\\mu_k$, by quadrature, is as near its leading term as a tail "
        "says, and for some farther than nine tenths of that",
        all(off <= eps for off, eps in rows) and any(off > 0.9 * eps for off, eps in rows),
        by="ball arithmetic",
        detail=", ".join(f"{off / eps:.2g}" for off, eps in rows),
    )


def _tail_at(kernel: Zonal, tail: dict[str, Any], k: int) -> tuple[float, float]:
    """|mu_k/E_k - s|, and the error that the tail's numbers give it, upper bounds."""
    with oracle.precision(256):
        (mu,) = kernel.spectrum(4).certified([k], 40)
        own = Tail.of(kernel, 4, k % 2)
        off = abs(mu / cut_power(4, Fraction(tail["nu"])).ball(k) - own.leading)
        return float(off.abs_upper()), float(own.error(k))
