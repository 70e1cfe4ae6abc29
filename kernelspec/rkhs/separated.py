r"""A lower bound of the smallest eigenvalue of the Gram matrix of n separated points, for every dimension.

kappa(u) = sum_j b_j u^j with all b_j >= 0 has the Gram matrix K = sum_j b_j G^{oj} of the entrywise powers of
G = (x_i . x_k), each of which is positive semi-definite (Schur 1911). Degrees may be left out of the sum, or scaled by
factors in [0, 1]: that makes K smaller. So Gershgorin's circles may be drawn for the best part of it.

**Theorem A** (derived here). If |x_i . x_k| <= rho = 1 - delta for all i != k, then

.. math:: \lambda_{\min}(K) \ge \sum_j b_j \big(1 - (n-1)\rho^j\big)_+
          = \kappa_{\ge J}(1) - (n-1)\,\kappa_{\ge J}(\rho),

J the first degree with (n-1) rho^J <= 1, kappa_{>= J} the series from there on. *Proof.* sum_{j >= J} b_j G^{oj} has
the diagonal kappa_{>=J}(1) and entries of size at most kappa_{>=J}(rho) off it. No other set of degrees gives more,
as each adds b_j (1 - (n-1) rho^j). QED For n = 2 and x.y = rho it is the eigenvalue itself, kappa(1) - kappa(rho).

Where sum_{j >= J} b_j falls like J^{-nu}, J ~ log(n)/delta, the bound is of the order (delta/log n)^nu: for networks of
ReLUs, nu = 1/2 for tangent kernels, this is the separation of the points (sqrt(2 delta) is their distance) over
sqrt(log n), where Oymak & Soltanolkotabi 2020 have the distance over n^2.

**Theorem B** (derived here). If x_i . x_k <= rho for all i != k, antipodes or not, let e and o be the even and odd part
of a series with coefficients in [0, b_j], r = sqrt(1 - delta/2) and q = max(e(rho) + o(rho), e(r), o(r)). Then

    lambda_min(K) >= min( e(1) + o(1) - (n-1) q,   min(e(1) + e(r), o(1) + o(r)) - (n-2) q ).

*Proof.* Angles between points are at least theta = arccos rho, so that at most one point is nearer than theta/2 to
-x_i: all other entries of the row have -r <= u <= rho, r = cos(theta/2), and are at most q in size, as those with u < 0
are e(|u|) - o(|u|). That one, u = -s with s in [r, 1], is e(s) - o(s), between e(r) - o(1) and e(1) - o(r). The first
term is a row without such a point. QED Here the series is that of degrees >= J, the larger parity scaled down to the
smaller one at 1, for the best J. Where a parity ends at some degree, so does the bound: four points x, -x, y, -y have a
singular Gram matrix if only the constant is even.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..kernels.ball_values import require_balls, values_at
from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import as_decimals
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import flag, integer, real
from ..numbers.exact_numbers import ball
from ..numbers.outward import lower_float
from ..numbers.precision import good, precision, with_balls

if TYPE_CHECKING:
    from ..numbers.enclosure import Enclosure

_DIGITS = 100, 400  # of Taylor coefficients, at first and at most
_FEW_DIGITS = 25, 100  # of networks of activations with pieces or with Hermite series, where they take longer
_MOST = 20_000  # Taylor coefficients: there, some seconds
_SHOWN = 16


@with_balls
def smallest_eigenvalue(
    kernel: Zonal, n: int, delta: float, antipodes: bool = False, certified: bool = False
) -> float | Enclosure:
    r"""A lower bound of lambda_min(K) for the Gram matrix K of any n unit vectors that are apart by delta (module).

    Parameters
    ----------
    kernel : a kernel whose Taylor coefficients at 0 are shown to be >= 0, finite at u = 1.
    n : how many points, from 1 to 2^53.
    delta : in (0, 1]: all |x_i . x_k| <= 1 - delta for i != k; of points at distance >= s from each other and from each
        other's antipodes it is s^2/2.
    antipodes : True where only x_i . x_k <= 1 - delta is known: points may lie at or near each other's antipodes.
    certified : False for a float, rounded down; True for an Arb ball that contains the bound's value.

    Returns 0 where the bound says nothing more. Raises ValueError where the kernel's coefficients are not shown to be
    >= 0, or more than 20 000 of them would be needed (n is too large for delta).

    >>> import kernelspec as ks
    >>> from kernelspec.rkhs.separated import smallest_eigenvalue
    >>> round(smallest_eigenvalue(ks.ntk(2), 1000, 0.1), 4)
    0.0298
    """
    require_kernel(kernel)
    n, delta = integer("n", n, 1), real("delta", delta, 0.0, 1.0)
    antipodes, certified = flag("antipodes", antipodes), flag("certified", certified)
    if not delta > 0:
        raise ValueError(f"delta must be in (0, 1], got {delta!r}")
    require_formula(kernel, "a bound of its Gram matrices")
    require_balls(kernel, "its Gram matrices have no proved bound")
    if kernel.series_sign != 1 or math.isinf(kernel.at_one):
        raise ValueError(
            f"kernel must have Taylor coefficients that are shown to be >= 0, with a finite sum; {kernel!r} has not"
        )
    read = as_decimals(kernel)

    def bound(digits: int) -> Any:
        with precision(4 * digits):
            if n == 1:
                return values_at(read, [Fraction(1)])[0]
            return _with_antipodes(read, n, delta, digits) if antipodes else _apart(read, n, delta, digits)

    # What is left of a sum behind many coefficients may be tiny: digits are raised until some are left.
    slow = read.real_only or read.truncation
    found = good(bound, _told, *(_FEW_DIGITS if slow else _DIGITS)).value
    found = found if found > 0 else ball(0).union(max(ball(0), found.upper()))
    if not certified:
        return max(0.0, lower_float(found))
    from ..numbers.enclosure import Enclosure

    return Enclosure(found, _SHOWN)


def _told(bound: Any) -> bool:
    """Whether digits of it are known, or that it is nothing beside the floats."""
    return bool(bound.rel_accuracy_bits() > 50 or bound.abs_upper() < ball(2) ** -1080)


def _apart(kernel: Zonal, n: int, delta: float, digits: int) -> Any:
    """Theorem A."""
    rho = 1 - Fraction(delta)
    first = _first(n - 1, rho)
    b = _coefficients(kernel, first, n, rho, digits)
    one, other = values_at(kernel, [Fraction(1), rho])
    other -= sum((x * ball(rho) ** j for j, x in enumerate(b)), ball(0))
    return one - sum(b, ball(0)) - (n - 1) * other


def _first(count: int, rho: Fraction) -> int:
    """The first j with count rho^j <= 1."""
    if count <= 1 or rho == 0:
        return 0 if count <= 1 else 1
    # 1 - rho in float64 is not 0 however small it is, as rho in float64 may be 1.
    j = max(0, math.floor(min(math.log(count) / -math.log1p(-float(1 - rho)), 1e18)) - 2)
    if j > _MOST:
        return j
    power = count * rho**j
    while power > 1:
        power *= rho
        j += 1
    return j


def _coefficients(kernel: Zonal, count: int, n: int, rho: Fraction, digits: int) -> list[Any]:
    if count > _MOST:
        raise ValueError(
            f"delta must be larger for n = {n} points: with |u| <= {float(rho):.6g}, some {count} Taylor coefficients "
            f"would be needed, of which at most {_MOST} are computed"
        )
    return [1 * x for x in kernel.taylor(count, digits)] if count else []


def _parities(kernel: Zonal, u: Fraction) -> list[Any]:
    one, other = values_at(kernel, [u, -u])
    return [(one + other) / 2, (one - other) / 2]


def _with_antipodes(kernel: Zonal, n: int, delta: float, digits: int) -> Any:
    """Theorem B, for the best J."""
    near = ball(1 - Fraction(delta) / 2).sqrt().upper()
    r = Fraction(math.nextafter(float(near), 2))
    if r > 1:
        r = Fraction(1)
    last = _first(max(n - 2, 1), r) + 2 if r < 1 else _MOST + 1
    # Beyond twice the degree of theorem A every term is smaller and the sums are, too.
    b = _coefficients(kernel, min(2 * last, _MOST) if last <= _MOST else last, n, r, digits)
    rho = 1 - Fraction(delta)
    at_one, at_r, at_rho = (_parities(kernel, u) for u in (Fraction(1), r, rho))
    best, powers = ball(0), [ball(1), ball(1)]
    for j in range(len(b) + 1):
        smaller = min(x.lower() for x in at_one)
        if smaller > 0:
            scales = [smaller / x.upper() for x in at_one]
            one, near_one, other = (
                [t * x for t, x in zip(scales, each, strict=True)] for each in (at_one, at_r, at_rho)
            )
            q = max(near_one[0].upper(), near_one[1].upper(), (other[0] + other[1]).upper())
            bounds = [one[0] + one[1] - (n - 1) * q]
            bounds += [x + y - (n - 2) * q for x, y in zip(one, near_one, strict=True)]
            least = min(bounds, key=lambda x: x.lower())
            if least.lower() > best.lower():
                best = least
        if j < len(b):
            at_one[j % 2] -= b[j]
            for each, i in ((at_r, 0), (at_rho, 1)):
                each[j % 2] -= b[j] * powers[i]
                powers[i] *= ball((r, rho)[i])
    return best
