r"""Two kernels over one parity of which both fall faster than any power: by their series beyond u = 1 (`verdict`, 5).

Let g and g' be the parts of this parity of two kernels with Taylor coefficients b_n, b'_n >= 0 at u = 0. For r >= 1 and
all m >= 0, in [0, oo],

.. math:: g^{(m)}(r) = \sum_k N(d, k)\, \mu_k\, P_k^{(m)}(r) .

*Proof.* u^n = sum_{k <= n} N(d, k) mu_k[u^n] P_k(u), a finite sum, with mu_k[u^n] >= 0; its m-th derivative at r, times
b_n, is summed over n. As P_k^(m)(r) >= 0, all roots of P_k being in (-1, 1), no term is negative, so that the sums over
n and k change places; and sum_n b_n mu_k[u^n] = mu_k. QED.

So if mu_k <= C mu'_k for all k of the parity, then g^(m)(r) <= C g'^(m)(r) for all r >= 1 and m. If the spaces are the
same this holds both ways, and they are different where

- *radii*: at some r > 1 one of the series diverges, and the other one converges;
- *growth*: both are entire, and g(r)/g'(r) tends to infinity as r does, as the larger logarithm says;
- *rates*: the limits of (g^(m)(1)/(m!)^2)^{1/m} for m -> oo (their upper limits) are different.

A tangent kernel is told from that of the network's values by b_n >= c n b'_n, c > 0 (`Zonal.outgrows`): as mu_k[u^n]
= 0 for n < k, mu_k = sum_{n >= k} b_n mu_k[u^n] >= c k mu'_k. If infinitely many b'_n of the parity are positive, mu'_k
> 0 for all of its k, and mu_k/mu'_k tends to infinity.

`kernels.growth` reads these, with the proofs for layers. They tell kernels apart; they never show that spaces are the
same.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from ..kernels.zonal import Zonal
from .tail import NAMES, UndecidedError, decimals

if TYPE_CHECKING:
    from ..kernels.parity_readings import ByParity

_FARTHEST = 20  # powers of 2 up to which a series of a finite radius is asked where it diverges
_BITS = (6, 16, 40)  # to which radii are known, one after the other
_FINE = Fraction(1, 1 << 48)  # that they are multiples of
_SPLIT = Fraction(29, 64)  # not in the middle: radii of which a number is known are seldom hit

Pair: TypeAlias = "tuple[Zonal, Zonal]"
# Where a series converges, and where it diverges: exact numbers, or infinite.
Radius: TypeAlias = "tuple[Fraction | float, Fraction | float]"

_ONE: Radius = (Fraction(1), Fraction(2))  # of a part that is singular at u = 1


def compare(out: dict[str, Any], pair: Pair, parity: int) -> dict[str, Any]:
    """The comparison over the k of one parity, as data; UndecidedError or ValueError where it is open."""
    radii = [_ONE, _ONE]
    for bits in () if all(k.taylor_parts[parity].singular for k in pair) else _BITS:
        radii = [radius(k, parity, bits) for k in pair]
        for fast in (0, 1):
            if radii[1 - fast][1] <= radii[fast][0] and math.isfinite(radii[1 - fast][1]):
                return _by_radius(out, pair, parity, fast, radii)
    for fast in (0, 1):
        if pair[1 - fast].outgrows == pair[fast] and _endless(pair[fast], parity, radii[fast]):
            return _by_degree(out, pair, parity, fast)
    if math.isinf(radii[0][0]):
        return _by_growth(out, pair, parity)
    if radii[0][0] > 1:
        near = f"next to {float(radii[0][0]):.12g}"
        raise _alike(pair, parity, f"their series have radii of convergence that are not told apart, {near}")
    return _by_rate(out, pair, parity)


def _alike(pair: Pair, parity: int, how: str) -> UndecidedError:
    return UndecidedError(
        f"the {NAMES[parity]} eigenvalues of {pair[0]!r} and of {pair[1]!r} fall faster than any power of k, {how}, "
        "and no comparison of such kernels is implemented"
    )


def _read(kernel: Zonal, reading: ByParity, parity: int) -> Any:
    from ..kernels.parity_readings import growth_of

    sides = growth_of(kernel, reading)
    part = (sides.even, sides.odd)[parity]
    if part is None:
        raise UndecidedError(f"the {NAMES[parity]} part of {kernel!r} is 0")
    return part


@functools.lru_cache(maxsize=256)
def radius(kernel: Zonal, parity: int, bits: int = _BITS[-1]) -> Radius:
    """The radius of convergence of a part, from below and from above; infinite for an entire kernel."""
    from ..kernels.growth_facts import UnreadError

    low: Any
    high: Any
    if math.isinf(kernel.radius):
        return math.inf, math.inf
    if bits == _BITS[0]:
        low, high = Fraction(1), _beyond(kernel, parity)
    else:
        low, high = radius(kernel, parity, _BITS[_BITS.index(bits) - 1])
    while (high - low) * 2**bits > low:
        middle = low + round((high - low) * _SPLIT / _FINE) * _FINE
        try:
            low, high = (low, middle) if _diverges(kernel, parity, middle) else (middle, high)
        except UnreadError:  # next to the radius
            break
    return low, high


def _diverges(kernel: Zonal, parity: int, r: Fraction) -> bool:
    from ..kernels.growth import AtRadius, infinite

    return infinite(_read(kernel, AtRadius(r), parity))


def _beyond(kernel: Zonal, parity: int) -> Fraction:
    """A number at which the series of a part diverges."""
    from ..kernels.growth_facts import UnreadError

    why: Exception = UndecidedError(f"the {NAMES[parity]} part of {kernel!r} is not shown to diverge anywhere")
    for r in (Fraction(1 << n) for n in range(1, _FARTHEST)):
        try:
            if _diverges(kernel, parity, r):
                return r
        except UnreadError as reason:  # r is next to the radius, or that is not known
            why = reason
    raise why


def _between(low: Fraction, high: Fraction | float) -> Fraction:
    """A number from low to high, with few digits if there is one: they may be equal."""
    scales = (10**n for n in range(_FARTHEST))
    return next((r for r in (Fraction(math.ceil(low * n), n) for n in scales) if r <= high), low)


def _by_radius(out: dict[str, Any], pair: Pair, parity: int, fast: int, radii: list[Radius]) -> dict[str, Any]:
    r = _between(Fraction(radii[1 - fast][1]), radii[fast][0])
    out |= {"kind": "radii", "same": False, "fast": fast, "r": str(r)}
    out |= {"radii": [[str(end) for end in ends] for ends in radii]}
    return _unbounded(out, pair, parity, f"at r = {r} the first series diverges, and the second one converges")


def _endless(kernel: Zonal, parity: int, ends: Radius) -> bool:
    """Whether infinitely many Taylor coefficients of a part are positive: its series diverges, or grows without end."""
    from ..kernels.growth import AtInfinity

    return math.isfinite(ends[1]) or _read(kernel, AtInfinity(), parity).level > 0


def _by_degree(out: dict[str, Any], pair: Pair, parity: int, fast: int) -> dict[str, Any]:
    name = NAMES[parity]
    out |= {"kind": "outgrown", "same": False, "fast": fast}
    out["why"] = (
        f"Over the {name} k, mu_k({pair[1 - fast]!r})/mu_k({pair[fast]!r}) >= c k, c > 0: the first is the tangent "
        "kernel of a network, and the second the kernel of its values; so the Taylor coefficients of the first are at "
        f"least c n times those of the second, all >= 0 and infinitely many {name} ones positive, and u^n has no "
        "eigenvalue beyond k = n."
    )
    out["steps"].append(out["why"])
    return out


def _by_growth(out: dict[str, Any], pair: Pair, parity: int) -> dict[str, Any]:
    from ..kernels.growth import AtInfinity

    found = [_read(k, AtInfinity(), parity) for k in pair]
    above = found[0].above(found[1])
    if above is None:
        raise _alike(pair, parity, f"both parts are entire and grow alike, {found[0].text()}")
    fast = int(above)
    growths = [[g.level, g.power, list(decimals(g.scale))] for g in found]
    out |= {"kind": "growths", "same": False, "fast": fast, "growths": growths}
    said = f"as r -> oo the first is {found[1 - fast].text()}, and the second {found[fast].text()}"
    return _unbounded(out, pair, parity, said)


def _by_rate(out: dict[str, Any], pair: Pair, parity: int) -> dict[str, Any]:
    from ..kernels.growth import AtOne

    found = [_read(k, AtOne(), parity) for k in pair]
    if not (found[0] < found[1] or found[0] > found[1]):
        rate = f"(m!)^2 {float(found[0]):.6g}^m"
        raise _alike(pair, parity, f"the derivatives at u = 1 grow at rates that are not told apart, {rate}")
    fast = int(found[0] > found[1])
    out |= {"kind": "rates", "same": False, "fast": fast, "rates": [list(decimals(rate)) for rate in found]}
    slow, quick = (float(found[i]) for i in (1 - fast, fast))
    said = (
        f"at r = 1 its m-th derivatives grow like (m!)^2 {slow:.6g}^m for the first kernel, and like (m!)^2 "
        f"{quick:.6g}^m for the second, up to factors c^m with c next to 1"
    )
    return _unbounded(out, pair, parity, said)


def _unbounded(out: dict[str, Any], pair: Pair, parity: int, said: str) -> dict[str, Any]:
    name, fast = NAMES[parity], out["fast"]
    out["why"] = (
        f"Over the {name} k, mu_k({pair[1 - fast]!r})/mu_k({pair[fast]!r}) is not bounded: the sum over k of N(d, k) "
        f"mu_k P_k(r) is the {name} part at r, a power series with coefficients >= 0, and {said}."
    )
    out["steps"].append(out["why"])
    return out
