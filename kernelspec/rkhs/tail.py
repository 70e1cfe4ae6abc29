"""mu_k for all large k of one parity: the leading term of the expansion, a proved bound of the rest (`verdict`, 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.outward import rational
from ..sphere.power_eigenvalues import cut_power

_TERMS = 2  # beyond the leading one
_NARROW = 0.004  # how small eps/s should be, where that is cheap
_STARTS = (16, 32, 64, 96, 128, 192, 256, 384, 512)
_LATE_STARTS = (768, 1024, 1536, 2048)
_LAST_STARTS = (2304, 2560, 3072)  # in high dimension, where eigenvalues of such degrees are Taylor sums
DIGITS = 15  # of eigenvalues that are compared
_DIGITS = 20  # of the numbers in a proof
NAMES = ("even", "odd")


class UndecidedError(Exception):
    """The reason why a comparison is left open."""


# A region not shown to be analytic, digits out of reach, an expansion that is not known.
OPEN = (UndecidedError, ValueError, ArithmeticError, NotImplementedError)


def start_of(tails: list[Tail], parity: int) -> int:
    """The degree K from which the tails' bounds are used: the first at which they are narrow."""
    from ..spectrum.taylor_sums import serves

    usable = None
    starts = *_STARTS, *_LATE_STARTS, *(k for k in _LAST_STARTS if serves(tails[0].d, k, DIGITS))
    for k in starts:
        k += (k - parity) % 2
        if any(k <= tail.largest_exponent or not tail.decreasing(k) for tail in tails):
            continue
        sizes = [tail.error(k) / tail.leading for tail in tails]
        if all(size < _NARROW for size in sizes):
            return k
        if all(size < 0.5 for size in sizes) and k <= _STARTS[-1]:
            usable = k
        if usable is not None and k >= _STARTS[-1]:
            return usable
    if usable is not None:
        return usable
    raise UndecidedError(f"the remainder is not below the leading term up to degree {starts[-1]}")


@dataclass(frozen=True)
class Tail:
    """mu_k over one parity: leading exponent and coefficient, further terms, and the remainder's constants."""

    d: int
    parity: int
    nu: Fraction
    leading: Any  # s, a ball > 0
    terms: tuple[tuple[Fraction, Any], ...]  # the further exponents and |sin(pi nu_m) (a_m +- b_m)|
    sizes: tuple[tuple[Fraction, Any], ...]  # all exponents and (|a_m| + |b_m|) |sin(pi nu_m)|, for S_k
    order: Fraction
    constant: Any
    height: Any
    bound: Any

    @classmethod
    def of(cls, kernel: Zonal, d: int, parity: int) -> Tail:
        from ..spectrum.asymptotic import remainder

        law = kernel.decay(d).parities[parity]
        if law.kind != "power":
            raise UndecidedError(
                f"the {NAMES[parity]} eigenvalues of {kernel!r} fall faster than any power of k, and no comparison of "
                "such kernels is implemented"
                if law.kind == "super-polynomial"
                else f"the decay of the {NAMES[parity]} eigenvalues of {kernel!r} is not known"
            )
        nu = Fraction(int(law.nu.p), int(law.nu.q))
        count = 1 + _TERMS
        while True:
            found = remainder(kernel, d, count)
            later = [term for term in found.terms if term[0] >= nu]
            # Fewer than were asked for: there are no others below the order.
            if len(later) > _TERMS or later and len(found.terms) < count:
                break
            count += max(1 + _TERMS - len(later), 1)
        sums = []
        for e, a, b in found.terms:
            sine = (ball(e) * ball(1).pi()).sin()
            size = (abs(a) + abs(b)) * abs(sine)
            # Below nu the exact expansions say that the two ends cancel.
            sums.append((e, -sine * (a + b if parity == 0 else a - b), size))
        leading = next(value for e, value, _ in sums if e == nu)
        if not all(value.contains(0) for e, value, _ in sums if e < nu):
            raise AssertionError(f"the exact and the numerical expansions of {kernel!r} disagree")
        if not leading > 0:
            raise UndecidedError(
                f"the leading coefficient of {kernel!r} over the {NAMES[parity]} k is {leading.str(5)}, not positive: "
                "it is no kernel, or the precision does not tell"
            )
        terms = tuple((e, abs(value)) for e, value, _ in sums if e > nu)
        return cls(
            d,
            parity,
            nu,
            leading,
            terms,
            tuple((e, size) for e, _, size in sums),
            found.order,
            found.constant,
            found.height,
            found.largest,
        )

    @property
    def largest_exponent(self) -> Fraction:
        return max([self.order, *(e for e, _ in self.sizes)])

    def decreasing(self, k: int) -> bool:
        """Whether S_k/E_k(nu_0) decreases from k on."""
        ratio = ball(Fraction(k) + self.nu + self.d - 1) / ball(Fraction(k) - self.nu)
        return bool((-self.height).exp() * ratio < 1)

    def error(self, k: int) -> Any:
        """An upper bound of epsilon(k)."""
        from ..spectrum.asymptotic import Remainder

        scale = cut_power(self.d, self.nu).ball(k)
        total = self.constant * cut_power(self.d, self.order).ball(k)
        for e, size in self.terms:
            total += size * cut_power(self.d, e).ball(k)
        # S_k takes (|a| + |b|) |sin|: sizes stand for it with the sine divided out again.
        terms = tuple((e, size / abs((ball(e) * ball(1).pi()).sin()), ball(0)) for e, size in self.sizes)
        beyond = Remainder(self.d, terms, self.order, self.constant, self.height, self.bound, 1).beyond(k)
        return ((total + beyond) / scale).upper()

    def data(self) -> dict[str, Any]:
        return {
            "nu": str(self.nu),
            "leading": list(decimals(self.leading)),
            "terms": [[str(e), decimals(size)[1]] for e, size in self.terms],
            "sizes": [[str(e), decimals(size)[1]] for e, size in self.sizes],
            "order": str(self.order),
            "R": decimals(self.constant)[1],
            "H": decimals(self.height)[0],
            "D": decimals(self.bound)[1],
        }


def decimals(ball: Any) -> tuple[str, str]:
    """A ball's ends as decimals of 20 digits, rounded outward."""
    return _decimal(rational(ball.lower()), False), _decimal(rational(ball.upper()), True)


def _decimal(q: Fraction, up: bool) -> str:
    if q == 0:
        return "0"
    exponent = len(str(abs(q.numerator))) - len(str(q.denominator)) - _DIGITS
    scaled = q / Fraction(10) ** exponent
    return f"{math.ceil(scaled) if up else math.floor(scaled)}e{exponent}"
