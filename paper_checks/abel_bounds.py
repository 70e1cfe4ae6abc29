r"""The bounds of `l_parabolic` and of the tangent kernel's series, beside what they bound where that is known.

A bound that is only compared with a generous number passes more easily when it is too small. Here each is compared
with sums of the same terms formed another way, from above and from below.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flint import arb, fmpq

from oracle import deep as oracle
from oracle import parabolic as parabolic
from paper_checks.deep_proofs import beside
from paper_checks.registry import Evidence

_SMALL = 0.25  # |sigma| where series of _LENGTH terms leave less than 1e-30
_LENGTH = 60
_WIDE = 0.94  # sigma next to the circle on which the residual is bounded
_SUMMED = 40  # layers and, tenfold, coefficients of a direct sum


def _size(series: Sequence[Any], x: Any) -> Any:
    """sum_j |a_j| x^j of coefficients in Q[tau]."""
    terms = (abs(parabolic.at_tau(a)) * x**j for j, a in enumerate(series))
    return sum(terms, arb(0))


def _lost(exponent: Any) -> list[Any]:
    """(1-g)^exponent - 1."""
    series = parabolic.survival(_LENGTH, exponent)
    series[0] = series[0] - 1
    return series


def abel_size(function: parabolic.Abel, x: Any) -> Any:
    """The sum of |coefficient| x^j over the summands of E: (1/G-1/x), (3/4) log(1-g), a_m(G^m-x^m), 1."""
    total = arb(1) + _size(_lost(fmpq(-1, 2))[1:], x)
    total += arb(3) / 4 * _size(parabolic.log_survival(_LENGTH), x)
    for m, a in enumerate(function.coefficients, 1):
        total += abs(parabolic.at_tau(a)) * x**m * _size(_lost(fmpq(-m, 2)), x)
    return total


def tangent_size(v: Sequence[Any], x: Any) -> Any:
    """The same sum over the summands of R = V(G) - kappa_0 V - 1 + delta(G), for V = sum v_m x^m, m = -1, 0, ..."""
    slope = parabolic.odd_series(_LENGTH, integrated=False)
    kept = _size(parabolic.survival(_LENGTH, 1), x)
    total = arb(1) + 2 * parabolic.tau() * x * x * kept
    for m, c in enumerate(v, -1):
        change = _size(_lost(fmpq(-abs(m), 2)), x) + _size(slope, x)
        total += abs(parabolic.at_tau(c)) * x**m * change
    return total


def direct_sums(function: parabolic.Abel, sigma: Any) -> tuple[Any, Any]:
    """The sums that `l_parabolic.tails` bounds, over `_SUMMED` layers, with |E(x)| and |E'(x)| by Cauchy's bounds."""
    (r, _), p = parabolic.circle(), function.order
    maximum, first = parabolic.majorant(function), sigma / parabolic.tau().sqrt()
    values = slopes = arb(0)
    for _ in range(_SUMMED):
        x = sigma / parabolic.tau().sqrt()
        q = x / r
        values += maximum * q**p
        coefficients = (j * q ** (j - 1) for j in range(p, p + 10 * _SUMMED))
        slopes += maximum / r * sum(coefficients, arb(0)) * first / x
        sigma = parabolic.layer(sigma)
    return values, slopes


def abel_steps() -> Iterator[Evidence]:
    """Exact evidence for each bound behind C, K and the bounds for every depth."""
    with oracle.precision(400):
        x = arb(_SMALL) / parabolic.tau().sqrt()
        few = [parabolic.abel(terms) for terms in (1, 4)]
        yield beside(
            r"the bound of $|A(G)-A-1|$ on $|\sigma|=\frac{1}{4}$, 1 and 4 terms: all coefficients of its summands, "
            f"in absolute value, to $x^{{{_LENGTH}}}$",
            [parabolic.majorant(function, _SMALL) for function in few],
            [abel_size(function, x) for function in few],
            1e-30,
        )
        function, start = parabolic.abel(), parabolic.start()
        wide = arb(_WIDE)
        yield beside(
            rf"what 24 terms leave of $A$ and $A'$ at $\sigma={_WIDE}$, against sums over {_SUMMED} layers",
            parabolic.tails(function, wide / parabolic.tau().sqrt()),
            direct_sums(function, wide),
            0.5,
        )
        x = start / parabolic.tau().sqrt()
        found, sums = parabolic.limits(start, layers=0), direct_sums(function, start)
        yield beside(
            r"the radii of $C$ and $K$ from $L=2$ alone, against the same sums",
            [arb(found.shift.rad()), arb(found.product.rad())],
            [sums[0], sums[1] / x],
            0.5,
        )
        best = parabolic.limits(start)
        rough = parabolic.limits(start, layers=0, terms=8)
        apart = [abs(rough.shift.mid() - best.shift), abs(rough.product.mid() - best.product)]
        yield beside(
            r"the radii of $C$ and $K$ from $L=2$ and 8 terms, against their errors",
            [arb(rough.shift.rad()), arb(rough.product.rad())],
            apart,
            1e4,
            detail="the maximum principle is generous by such a factor; a remainder of 0 is not",
        )
        value = abs(best.shift + 2 - 1 / x - 3 * x.log() / 2) / x
        slope = abs(1 / x**2 - 3 / (2 * x) - best.product * x)
        yield beside(
            r"the bounds of $|A-\frac{1}{x}-\frac{3}{2}\log x|/x$ and $|A'+\frac{1}{x^2}-\frac{3}{2x}|$ on $(0,x_2]$, "
            r"against their values at $x_2$; with 24 terms, and with 2",
            [*parabolic.uniform_bounds(), *parabolic.uniform_bounds(2)],
            [value, slope, value, slope],
            400.0,
        )
        yield beside(r"the same with 24 terms: within a factor 2", parabolic.uniform_bounds(), [value, slope], 1.0)


def tangent_steps(v: Sequence[Any], bound: Callable[[list[Any], float], Any]) -> Iterator[Evidence]:
    """Exact evidence for the bound of R and for that of one layer's growth of Z."""
    with oracle.precision(400):
        x = arb(_SMALL) / parabolic.tau().sqrt()
        yield beside(
            r"the bound of $|R|/x^4$ on $|\sigma|=\frac{1}{4}$: all coefficients of its summands, in absolute value, "
            f"to $x^{{{_LENGTH}}}$",
            [bound(list(v), _SMALL)],
            [tangent_size(v, x) / x**4],
            1e-30,
        )
        start = parabolic.start()
        x = start / parabolic.tau().sqrt()
        after = parabolic.layer(start) / parabolic.tau().sqrt()
        grown = (1 / after - 1 / x - 1) / x
        yield beside(
            r"$c$ in $Z_{L+1}-Z_L\leq1+\frac{c}{Z_L}$, against $(Z_3-Z_2-1)Z_2$",
            [parabolic.growth_bound() * (1 + arb(10) ** -60)],
            [grown],
            1e-50,
        )
