"""Closed forms against the oracle: what must hold if the oracle is right.

    python -m benchmarks.oracle_check

Each line compares the oracle with a formula that enters none of its methods, or prints how far the
exact leading asymptotics are from it. The formulas are claims 11, 15, 18-22, 25, 27 and 28.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import mpmath
from flint import arb, ctx
from mpmath import mp, mpf

from oracle.eigenvalues import DEGREES, DIMENSIONS, KernelSpec, load, mu
from oracle.kernels import at_angles
from oracle.mpmath_values import ends_product, ntk_value, power_eigenvalue

DPS = 60


@dataclass(frozen=True)
class Check:
    """A formula, the worst relative difference from it over some values, and what is allowed."""

    name: str
    claim: str
    values: int
    worst: mpf
    allowed: float


def _constant(d: int) -> mpf:
    return mp.gammaprod([mpf(d) / 2], [mpf(1) / 2, mpf(d - 1) / 2])


def lambda_closed(s: int, d: int, k: int) -> mpf:
    """lambda_k(sigma_s) in closed form (claim 19); for k <= s <= 2 by Beta integrals."""
    if k > s:
        if (k - s) % 2 == 0:
            return mpf(0)
        logs = mp.loggamma(mpf(d) / 2) - mp.log(mp.pi) / 2 + mp.loggamma(s + 1) - k * mp.log(2)
        logs += mp.loggamma(k - s) - mp.loggamma(mpf(k - s + 1) / 2) - mp.loggamma(mpf(k + d + s) / 2)
        return (-1) ** ((k - s - 1) // 2) * mp.exp(logs)

    def moment(power: int) -> mpf:  # int_0^1 t^power (1-t^2)^{(d-3)/2} dt, times the constant
        return _constant(d) * mp.beta(mpf(power + 1) / 2, mpf(d - 1) / 2) / 2

    if k == 0:
        return moment(s)
    if k == 1:
        return moment(s + 1)
    if k == 2:  # P_2 = (d t^2 - 1)/(d - 1)
        return (d * moment(s + 2) - moment(s)) / (d - 1)
    raise NotImplementedError(f"closed form with k={k} <= s={s}")


def arccos_closed(s: int, d: int, k: int) -> mpf:
    """mu_k(kappa_s) = 2^{s+1} (d/2)_s / (2s-1)!! lambda_k^2 (claim 20)."""
    return mpf(2) ** (s + 1) / mp.fac2(2 * s - 1) * mp.rf(mpf(d) / 2, s) * lambda_closed(s, d, k) ** 2


def ntk2_closed(d: int, k: int, bias: bool = False) -> mpf:
    """Two-layer NTK, u kappa_0 + kappa_1 (claim 21), plus kappa_0 with bias (claim 22)."""
    total = arccos_closed(1, d, k)
    if k > 0:
        total += mpf(k) / (2 * k + d - 2) * arccos_closed(0, d, k - 1)
        total += mpf(k + d - 2) / (2 * k + d - 2) * arccos_closed(0, d, k + 1)
    else:  # (k+d-2)/(2k+d-2) is 1 at k = 0, also for d = 2
        total += arccos_closed(0, d, 1)
    return total + arccos_closed(0, d, k) if bias else total


def exponential_closed(alpha: mpf, d: int, k: int) -> mpf:
    """mu_k of e^{alpha (u-1)} by a Bessel function (claim 11)."""
    order = mpf(d) / 2 - 1
    return mp.exp(-alpha) * mp.gamma(mpf(d) / 2) * (2 / alpha) ** order * mp.besseli(k + order, alpha)


def _difference(value: mpf, formula: mpf) -> mpf:
    return abs(value) if formula == 0 else abs(value / formula - 1)


def _two_layers() -> Iterator[Check]:
    cases: list[tuple[str, str, Callable[[int, int], mpf]]] = [
        ("rf(2, degree=0)", "20", partial(arccos_closed, 0)),
        ("rf(2)", "20", partial(arccos_closed, 1)),
        ("rf(2, degree=2)", "20", partial(arccos_closed, 2)),
        ("ntk(2)", "21", ntk2_closed),
        ("ntk(2, bias=True)", "22", partial(ntk2_closed, bias=True)),
    ]
    for text, claim, formula in cases:
        differences = [_difference(v.value, formula(v.d, v.k)) for v in load(text)]
        if differences:
            yield Check(f"{text}, closed form", claim, len(differences), max(differences), 1e-24)


def _exponentials() -> Iterator[Check]:
    for sigma in (Fraction(1), Fraction(1, 2)):
        kernel = KernelSpec("exponential", sigma=sigma)
        alpha = 1 / mpf(float(sigma)) ** 2  # exact for these
        cases = [(d, k) for d in (2, 3, 10, 300) for k in (0, 1, 5, 12)]
        worst = max(_difference(mu(kernel, d, k), exponential_closed(alpha, d, k)) for d, k in cases)
        yield Check(f"{kernel.text}, Bessel function", "11", len(cases), worst, 1e-25)


def _powers() -> Iterator[Check]:
    """mu_k[(1-t)^nu] by Gamma functions, which `expansion` uses, against mpmath.quad (claim 15)."""
    differences = []
    for d, nu, k in ((3, 0.5, 4), (4, 0.25, 3), (5, 1.5, 2), (8, 2.75, 6), (3, 1.5, 0)):
        exponent = mpf(nu)

        def integrand(t: mpf, d: int = d, k: int = k, exponent: mpf = exponent) -> mpf:
            legendre = mp.hyp2f1(-k, k + d - 2, mpf(d - 1) / 2, (1 - t) / 2)
            return (1 - t) ** exponent * legendre * (1 - t * t) ** (mpf(d - 3) / 2)

        direct = _constant(d) * mp.quad(integrand, [-1, 0, 1])
        differences.append(_difference(direct, power_eigenvalue(d, exponent, k)))
    yield Check("(1-t)^nu, Gamma functions", "15", len(differences), max(differences), 1e-25)


def _naive_quadrature() -> Iterator[Check]:
    """A few values by mpmath alone, composing in u as the recursion is printed (claim 23)."""
    differences = []
    for depth, d, k in ((3, 4, 3), (3, 3, 6), (5, 10, 4)):

        def integrand(theta: mpf, depth: int = depth, d: int = d, k: int = k) -> mpf:
            u = mp.cos(theta)
            legendre = mp.hyp2f1(-k, k + d - 2, mpf(d - 1) / 2, (1 - u) / 2)
            return ntk_value(depth, False, u) * legendre * mp.sin(theta) ** (d - 2)

        direct = _constant(d) * mp.quad(integrand, [0, mp.pi / 2, mp.pi])
        differences.append(_difference(mu(KernelSpec("ntk", depth), d, k), direct))
    yield Check("ntk(3), ntk(5): mpmath.quad of the printed recursion", "23", 3, max(differences), 1e-25)


def _asymptotics() -> Iterator[Check]:
    """Leading constants at k = 10^6 and 10^9: the next term is smaller by O(L^2 d / k^2)."""
    for depth in (3, 5, 10):
        ratios = []
        for v in load(f"ntk({depth})"):
            if v.k >= 10**6 and v.d <= 10:
                amplitude = mpf(depth * (depth - 1)) / 2 + (-1) ** v.k * ends_product(depth)
                leading = -amplitude * mp.sqrt(2) / mp.pi * power_eigenvalue(v.d, 0.5, v.k)
                ratios.append(_difference(v.value, leading))
        if ratios:
            yield Check(f"ntk({depth}), leading term, k >= 1e6", "25", len(ratios), max(ratios), 1e-8)
    for c in ("1", "0.3", "3"):
        ratios = []
        for v in load(f"laplace(c={c})"):
            if v.k == 10**9 and v.d <= 10:
                constant = mpf(c) * mpf(2) ** (v.d - mpf(5) / 2) * mp.gamma(mpf(v.d) / 2) ** 2 / mp.pi
                ratios.append(_difference(v.value, constant * mpf(v.k) ** -v.d))
        if ratios:  # the bare power k^-d is off by O(d^2/k)
            yield Check(f"laplace(c={c}), bare power, k = 1e9", "28", len(ratios), max(ratios), 1e-7)
    printed = {3: "9.16e-3", 5: "1.07e-3", 7: "2.95e-4"}  # three digits in print
    stored = {v.k: v.value for v in load("ntk(3)") if v.d == 4 and v.k in printed}
    if stored:
        worst = max(_difference(stored[k], mpf(text)) for k, text in printed.items())
        yield Check("ntk(3), d=4, k=3,5,7 as printed", "27", 3, worst, 5e-3)


def _large_degree() -> Iterator[Check]:
    """The Gamma expansion at k = 10^4 against quadrature where P_k is a trigonometric function.

    P_k(cos theta) = cos(k theta) for d = 2, sin((k+1) theta) / ((k+1) sin theta) for d = 4.
    """
    k, count = 10**4, 9000  # 0.9 nodes a half-wave; pi/4 is the least
    ctx.prec = 300
    specs = [KernelSpec("ntk", 3), KernelSpec("rf", 5), KernelSpec("laplace"), KernelSpec("rf", 2)]
    sums = {(spec, d): arb(0) for spec in specs for d in (2, 4)}
    for i in range(count):
        x, weight = arb.legendre_p_root(count, min(i, count - 1 - i), weight=True)
        theta = arb.pi() / 2 * (1 + (x if 2 * i < count else -x))
        circle = weight * (k * theta).cos() / 2
        three_sphere = weight * theta.sin() * ((k + 1) * theta).sin() / (k + 1)
        for spec, value in zip(specs, at_angles(specs, theta), strict=True):
            sums[spec, 2] += value * circle
            sums[spec, 4] += value * three_sphere
    stored = {(v.kernel, v.d): v.value for v in load() if v.k == k}
    differences = [
        _difference(mpf(total.mid().str(50, radius=False)), stored[spec.text, d]) for (spec, d), total in sums.items()
    ]
    yield Check("quadrature at k = 1e4, d = 2 and 4", "18", 8, max(differences), 1e-24)


def checks() -> Iterator[Check]:
    """All comparisons, as they are computed."""
    for part in (_powers, _exponentials, _naive_quadrature, _two_layers, _large_degree, _asymptotics):
        yield from part()


def report() -> int:
    """Print every comparison and the coverage of the table; 0 if all hold."""
    failed = 0
    with mp.workdps(DPS):
        for check in checks():
            good = check.worst <= check.allowed
            failed += not good
            worst = mpmath.nstr(check.worst, 2)
            print(
                f"{'ok  ' if good else 'FAIL'} claim {check.claim:<3} {check.name:<52} "
                f"{check.values:>4} values, worst {worst} (allowed {check.allowed:g})"
            )
    stored = list(load())
    compared = [v for v in stored if v.methods[1] != "-"]
    kernels = {v.kernel for v in stored}
    print(f"{len(stored)} values of {len(kernels)} kernels; {len(compared)} of them by two methods")
    missing = len(kernels) * len(DIMENSIONS) * len(DEGREES) - len(stored)
    print(f"{missing} cells of the table have no value with 25 digits")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(report())
