"""Evidence about decays that several sections form: quadrature, extrapolated constants, large k."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sympy
from flint import arb

from kernelspec import Zonal
from oracle import deep as oracle
from paper_checks.registry import Evidence, bound, exact, holds, measured_against

RICHARDSON = "eight values per parity, extrapolated in 1/(k+d/2-1)^2, leave less than 1e-14"


def rf_coefficients(depth: int) -> tuple[Any, Any]:
    """c_1 and c_{-1} of claim 24, as balls."""
    with oracle.precision():
        return (depth - 1) * oracle.alpha(), oracle.alpha() * oracle.depths(depth)[1][depth]


def ntk_coefficients(depth: int, bias: bool = False) -> tuple[Any, Any]:
    """c_1 and c_{-1} of claims 25 and 26, as balls."""
    with oracle.precision():
        size = -oracle.sqrt2_over_pi()
        if bias:
            return size * ((depth - 1) * (depth + 2) // 2), size * 0
        return size * (depth * (depth - 1) // 2), size * oracle.depths(depth)[1][depth]


def extrapolated(plain: oracle.Kernel, d: int, nu: float, parities: Sequence[int] = (0, 1)) -> list[Any]:
    """lim mu_k/(C(d,nu) Gamma(k-nu)/Gamma(k+nu+d-1)) of each parity, from quadrature alone."""
    limits = []
    for odd in parities:
        degrees = [k + odd for k in (40, 60, 80, 100, 120, 140, 160, 180)]
        values = oracle.eigenvalues(plain, d, degrees)
        with oracle.precision():
            powers = [oracle.power_eigenvalue(d, arb(nu), k) for k in degrees]
            ratios = [v / p for v, p in zip(values, powers, strict=True)]
        limits.append(oracle.limit(ratios, d, degrees))
    return limits


def library_coefficients(kernel: Zonal, plus: Any, minus: Any, name: str) -> Evidence:
    """The library's exact c_1 and c_{-1}, evaluated, against balls."""
    decay = kernel.decay(4)
    with oracle.precision():
        found = [arb(str(sympy.N(c, 40))) for c in (decay.c_plus, decay.c_minus)]
        return measured_against(
            rf"library's exact $c_1$ and $c_{{-1}}$, {name}",
            found,
            [plus, minus],
            rtol=1e-35,
            atol=1e-40,
            why="its symbols were evaluated to 40 digits",
            at=["c_1", "c_-1"],
        )


def digits(label: str, values: Sequence[Any], decimals: Sequence[str]) -> Evidence:
    """Exact evidence that every ball rounds to its decimal."""
    pairs = zip(values, decimals, strict=True)
    wrong = [text for ball, text in pairs if not oracle.has_digits(ball, text)]
    return exact(
        f"{label}: {', '.join(decimals)}",
        not wrong,
        by="ball arithmetic",
        detail=f"wrong: {wrong}" if wrong else "every digit",
    )


def parity_ratio(plus: Any, minus: Any) -> Any:
    """(c_1 + c_{-1})/(c_1 - c_{-1}), the limit of even over odd eigenvalues."""
    with oracle.precision():
        return (plus + minus) / (plus - minus)


def power_series(expression: Any, x: Any, terms: int) -> list[Any]:
    """The first Taylor coefficients of a sympy expression at x = 0."""
    expanded = sympy.series(expression, x, 0, terms).removeO()
    return [sympy.simplify(expanded.coeff(x, j)) for j in range(terms)]


def settles(
    label: str, first: Zonal, second: Zonal, d: int, limit: float, largest: int, parity: str = "all"
) -> Iterator[Evidence]:
    """Evidence that the ratio of two spectra lies between two positive numbers and has a limit.

    All degrees below `largest` of a parity ("even", "odd" or "all") are looked at.
    """
    step, start = (1, 0) if parity == "all" else (2, int(parity == "odd"))
    k, far = np.arange(start, largest, step), np.array([10**9, 10**9 + 1])[start::step]
    ratio, reached = (first.spectrum(d)(at) / second.spectrum(d)(at) for at in (k, far))
    why = "both spectra in float64; the correction is of order k^-2"
    yield measured_against(f"{label}: ratio at $k=10^9$", reached, limit, rtol=2e-14, why=why, at=far)
    early, late = ratio[k < 100], k >= 100
    gap = float(np.max(np.abs(ratio[late] / limit - 1) * k[late].astype(float) ** 2))
    why = "then all these ratios are within 1 percent of the limit"
    yield bound(rf"{label}: $k^2\,|$ratio/limit$-1|$ for $100\leq k<{largest}$", gap, upper=100, why=why)
    finite = bool(np.all(np.isfinite(early)) and np.all(early > 0))
    ends = f"from {ratio.min():.6g} to {ratio.max():.6g} over all k"
    yield holds(f"{label}: positive and finite for $k<100$", finite, detail=ends)
