r"""Taylor coefficients and the full expansion

Claims 17 and 18: beyond the leading term of the decay theorem.
"""

from __future__ import annotations

import math
from typing import Any

import kernelspec as ks
from kernelspec import sphere
from paper_checks import deep_oracle as oracle
from paper_checks.registry import Checks, Tier, bound, check, measured_against, table


@check(
    "C17",
    title="Taylor coefficients",
    statement=(r"$b_k \sim (c_1+(-1)^kc_{-1})k^{-\nu-1}/\Gamma(-\nu)$ for $\kappa = \sum b_ku^k$."),
    where="Bietti & Bach 2021, Appendix B.1, for the order; the constant by Flajolet & Odlyzko",
    verdict="holds",
)
def taylor_coefficients(tier: Tier) -> Checks:
    """Series in balls at k = 400 and 800, extrapolated."""
    kernels = (ks.arccos(1), ks.rf(3), ks.ntk(3), ks.laplace(1), ks.rf(2, degree=0))
    rows = []
    for kernel in kernels:
        b = [float(v) for v in kernel.taylor(804)]
        decay = kernel.decay(3)
        nu = float(decay.nu)
        plus, minus = float(decay.c_plus.evalf()), float(decay.c_minus.evalf())
        for parity in (0, 1):
            c = plus + (-1) ** parity * minus
            if abs(c) < 1e-12:
                continue
            ratio = {
                k: b[k] * k ** (nu + 1) * math.gamma(-nu) / c for k in (400 + parity, 800 + parity)
            }
            near, far = ratio.values()
            rows.append((repr(kernel), parity, near, far))
            yield measured_against(
                rf"`{kernel!r}`, $k = 400, 800$ (+{parity}), extrapolated",
                2 * far - near,
                1.0,
                atol=2e-4,
                why="a series in 1/k: what is left is of order k^-2, with constants below 40",
            )
    yield table(
        r"$b_k$ over its asymptotic form", ["kernel", "parity", "$k = 400$", "$k = 800$"], rows
    )
    yield measured_against(
        r"$\kappa_1$ at $k = 400$", rows[0][2], 1.0044, atol=5e-5, why="claimed to four decimals"
    )


@check(
    "C18",
    title="The full expansion",
    statement=(
        r"$\mu_k \sim \sum_m(c_{m,1}+(-1)^kc_{m,-1})C(d,\nu_m)\frac{\Gamma(k-\nu_m)}"
        r"{\Gamma(k+\nu_m+d-1)}$ over all non-integer exponents at both ends: for RF and NTK,"
        r" $L = 2, 3, 4, 6$, at $k = 200$, relative errors below $3\cdot10^{-4}$,"
        r" $6\cdot10^{-11}$ and $5\cdot10^{-24}$ with 1, 3 and 8 terms."
    ),
    where="derived here",
    verdict="holds",
)
def full_expansion(tier: Tier) -> Checks:
    """Puiseux series in balls against quadrature in balls."""
    from benchmarks.oracle_kernels import KernelSpec, end_series

    depths = tier.pick(quick=(2, 4), full=(2, 3, 4, 6))
    specs = [KernelSpec(family, depth) for family in ("rf", "ntk") for depth in depths]
    rows: list[tuple[Any, ...]] = []
    errors: dict[int, list[float]] = {1: [], 3: [], 8: []}
    for spec in [*specs, KernelSpec("laplace")]:
        kernel = ks.parse(spec.text)
        with oracle.precision():
            _, plus, minus = end_series(spec, 12)
        for d in tier.pick(quick=(3,), full=(3, 4)):
            degrees = [k for k in (200, 201) if kernel.spectrum(d)[k] != 0]
            for k, mu in zip(degrees, oracle.eigenvalues(kernel, d, degrees, 300), strict=True):
                found = _errors(mu, plus, minus, d, k)
                rows.append((spec.text, d, k, *found.values()))
                if spec.family != "laplace":
                    for terms, error in found.items():
                        errors[terms].append(error)
    yield table(
        r"Relative error of the expansion",
        ["kernel", "$d$", "$k$", "1 term", "3 terms", "8 terms"],
        rows,
    )
    for terms, upper in {1: 3e-4, 3: 6e-11, 8: 5e-24}.items():
        yield bound(
            f"RF and NTK, all depths, both parities: relative errors with {terms} terms",
            errors[terms],
            upper=upper,
            why="as stated",
            detail=f"from {min(errors[terms]):.2g} to {max(errors[terms]):.2g}",
        )
    laplace = max(row[5] for row in rows if row[0].startswith("laplace"))
    yield bound("Laplace, 8 terms", laplace, upper=1e-38, why="claimed: 5e-39 at k = 201")
    bare = []
    for kernel, nu, c in (
        (ks.rf(2), 1.5, 4 * math.sqrt(2) / (3 * math.pi)),
        (ks.ntk(3), 0.5, -3.5 * math.sqrt(2) / math.pi),
    ):
        power = c * sphere.decay_constant(3, nu) * 50.0 ** (-2 - 2 * nu)
        bare.append(kernel.spectrum(3)[50] / power)
    yield measured_against(
        r"$\mu_{50}$ over the bare power $k^{-d-2\nu+1}$, `rf(2)` and `ntk(3)`, $d = 3$",
        bare,
        [0.953, 0.974],
        atol=5e-4,
        why="claimed to three decimals: compare with the Gamma ratio, not with the power",
        at=["RF", "NTK"],
    )


def _errors(mu: Any, plus: Any, minus: Any, d: int, k: int) -> dict[int, float]:
    """Relative errors with 1, 3 and 8 terms that are not 0, exponents 1/2, 3/2, ..."""
    from flint import arb

    found: dict[int, float] = {}
    with oracle.precision():
        total, terms = arb(0), 0
        for i in range(1, len(plus), 2):
            c = plus[i] + (-1) ** k * minus[i]
            if abs(c) < 1e-60:
                continue
            total += c * oracle.power_eigenvalue(d, arb(i) / 2, k)
            terms += 1
            if terms in (1, 3, 8):
                found[terms] = float(abs((total / mu - 1).mid()))
    return found
