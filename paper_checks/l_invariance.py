r"""Beyond the papers: what invariance to a finite group leaves of the harmonics

Molien's series, its limit, and the effective dimension of kernels averaged over a group.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

import kernelspec as ks
from kernelspec.rkhs.capacity import effective_dimension
from kernelspec.rkhs.invariant import averaged_gram, invariant_levels
from kernelspec.sphere import invariants
from oracle import invariants as oracle
from paper_checks.registry import Checks, Tier, bound, check, conclusion, exact, measured_against, step


@check("L22", verdict="proved", where="Molien 1897; Mei, Misiakiewicz & Montanari 2021 for kernels; cyclic shifts here")
def gain(tier: Tier) -> Checks:
    r"""Invariance gains the order of the group in the limit, and more at degree 2

    For a finite group $G$ of orthogonal maps of $R^d$ the kernel averaged over $G$ has the eigenvalues $\mu_k$ with
    the multiplicities $N_G(d,k)=[t^k](1-t^2)|G|^{-1}\sum_g1/\det(1-tg)$. If $d\geq3$ and $-1\notin G$,
    $N(d,k)/N_G(d,k)\to|G|$; with $-1\in G$ no odd degree is left and the limit over even ones is $|G|/2$. It is no
    bound: cyclic shifts of $d\geq3$ coordinates have $d+2$ (odd $d$) or $d+1-2/d$ (even $d$) at degree 2.
    """
    yield step(
        "the multiplicities",
        r"The average of $\kappa(\langle x,gy\rangle)$ over $g$ is $\kappa$ after the projection $|G|^{-1}\sum_gg$ "
        r"onto invariant functions, which maps each space of harmonics into itself: $\mu_k$ on the invariant "
        r"ones of degree $k$. Their number is the mean of the characters; $g$ has the trace $[t^k]1/\det(1-tg)$ on the "
        r"polynomials of degree $k$, which are its harmonics and $|x|^2$ times the polynomials of degree $k-2$.",
    )
    yield step(
        "the limit",
        r"$\chi_k(1)=N(d,k)\sim2k^{d-2}/(d-2)!$. For $g\ne\pm1$ the poles of $(1-t^2)/\det(1-tg)$ are eigenvalues of "
        r"$g$ and their inverses, of an order of at most $d-1$ each, and of $d-2$ where it is $1$ or $-1$, as $1-t^2$ "
        r"takes one away. Complex eigenvalues come in pairs, so that theirs is at most $d/2\leq d-2$ for $d\geq4$, and "
        r"$1$ for $d=3$. So $\chi_k(g)=O(k^{d-3})$, and $\chi_k(-1)=(-1)^kN(d,k)$.",
    )
    yield step(
        "degree 2, cyclic shifts",
        r"Monomials $x_ix_j$ have $\lfloor d/2\rfloor+1$ orbits, one for each distance of $i$ and $j$; less $|x|^2$, "
        r"$N_G(d,2)=\lfloor d/2\rfloor$, and $N(d,2)=d(d+1)/2-1=(d+2)(d-1)/2$.",
    )
    d = sp.Symbol("d", positive=True)
    ratio = [(d + 2) * (d - 1) / 2 / half for half in ((d - 1) / 2, d / 2)]
    yield exact(
        r"$N/N_G$ at degree 2 for odd and even $d$, less $d+2$ and $d+1-2/d$",
        [sp.simplify(ratio[0] - (d + 2)), sp.simplify(ratio[1] - (d + 1 - 2 / d))],
        [0, 0],
        by="sympy, every d",
    )
    yield conclusion(
        "The first step is Molien's series for every finite group and kernel; the second the limit, for $d$ from 3 on; "
        "the third the exact gain at degree 2, above $|G|=d$. Below, averages of polynomials in fractions, and samples."
    )
    yield from _averages(tier)
    yield from _effective(tier)


def _averages(tier: Tier) -> Checks:
    found, expected = [], []
    for size in tier.pick(quick=(3, 4), full=(3, 4, 5, 6)):
        elements = oracle.permutation_matrices(oracle.rotations_of(size))
        ks_ = range(5 if size > 4 else 7)
        found += [invariants.cyclic(size).multiplicity(k) for k in ks_]
        expected += [oracle.invariant_harmonics(elements, size, k) for k in ks_]
    cube = oracle.permutation_matrices(oracle.all_permutations(3), oracle.signs(3))
    found += [invariants.signed_permutations(3).multiplicity(k) for k in range(9)]
    expected += [oracle.invariant_harmonics(cube, 3, k) for k in range(9)]
    label = "harmonics that cyclic shifts and the symmetries of the cube leave, against averages of all monomials"
    yield exact(label, found, expected, by="rational numbers")
    group = invariants.cyclic(28)
    table = [Fraction(int(ks.sphere.multiplicity(28, k)), group.multiplicity(k)) for k in (1, 2, 3, 4)]
    label = "cyclic shifts of 28 coordinates, degrees 1 to 4"
    yield exact(label, table, [28, Fraction(405, 14), 28, Fraction(31059, 1113)], by="integers")
    low, high = group.share(200)[0]
    label = r"$|G|N_G/N$ for all $k\geq200$, $d=28$: its bounds less 1"
    yield bound(label, [float(abs(28 * end - 1)) for end in (low, high)], upper=1e-12, why="the characters, bounded")


def _effective(tier: Tier) -> Checks:
    spectrum = ks.ntk(3).spectrum(28)
    whole, part = (invariant_levels(spectrum, each) for each in (invariants.trivial(28), invariants.cyclic(28)))
    lams = [1e-1, 1e-2, 1e-3, 1e-4]
    ratio = effective_dimension(whole, lams)[0] / effective_dimension(part, lams)[1]
    label = r"ntk(3) on $S^{27}$ averaged over cyclic shifts: gain of the effective dimension, $\lambda=.1$ to $.0001$"
    yield bound(label, ratio, lower=13.0, upper=28.0, why="the constant is invariant, and gains nothing")
    group, lam, n = invariants.cyclic(4), 0.1, 300
    low, high = effective_dimension(invariant_levels(ks.ntk(3).spectrum(4), group, 100), lam)
    values = []
    for seed in range(tier.pick(quick=8, full=24)):
        gram = averaged_gram(ks.ntk(3), group, ks.sphere.sample_sphere(2 * n, 4, seed))
        each = []
        for chosen in (slice(0, n), slice(n, None), slice(None)):
            eigenvalues = np.linalg.eigvalsh(gram[chosen, chosen]) / len(gram[chosen])
            each.append(float((eigenvalues / (eigenvalues + lam)).sum()))
        values.append(each)
    found = 2 * np.array(values)[:, 2] - np.array(values)[:, :2].mean(axis=1)
    error = float(np.std(found, ddof=1) / np.sqrt(len(found)))
    label = r"effective dimension of samples of 600 points of $S^3$, averaged over cyclic shifts, $\lambda=0.1$"
    why = "three standard errors; the bias of order 1/n is extrapolated from 300 points"
    yield measured_against(label, float(found.mean()), (low + high) / 2, atol=3 * error, why=why)
    label = "uniform data is not the worst case for it: the largest over 300 points, against the sum over levels"
    yield bound(
        label, float(np.array(values)[:, :2].max()), lower=high, why="the averaged kernel is not invariant to rotations"
    )
