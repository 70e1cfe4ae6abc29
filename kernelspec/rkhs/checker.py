"""Checking a `same_rkhs` proof from its data alone, with rational numbers and mpmath's intervals.

The data are the statements that were proved with balls: enclosures of eigenvalues, coefficients of the tails, and the
constants R, H, D of the remainder theorem (`spectrum.asymptotic`). What is checked is everything that is concluded
from them: that every ratio lies within the stated bounds for k < K, that epsilon decreases from K on, that the
tail's band lies within the bounds, and that the verdict follows. The formulas are those in the docstrings of `verdict`
and `spectrum.asymptotic`, written here a second time on purpose: this module imports nothing of the library, so that no
fault of its Gamma functions, weights or balls is in what was proved and in its check.
"""

from __future__ import annotations

import math
import threading
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from fractions import Fraction
from typing import Any

_OWN = threading.local()


class RecheckError(ValueError):
    """A step of a proof does not follow from its data."""


def shown(x: float, up: bool, digits: int = 6) -> str:
    """x with a few digits, rounded outward."""
    if not math.isfinite(x):
        return str(x)
    context = Context(prec=digits, rounding=ROUND_CEILING if up else ROUND_FLOOR)
    return f"{context.create_decimal(x).normalize():g}"


def recheck(data: dict[str, Any]) -> bool:
    """Go through a proof's deduction again; True, or RecheckError that names the step which does not follow.

    `data` is `Proof.data()`, possibly read back from JSON.

    >>> import kernelspec as ks
    >>> from kernelspec.rkhs import recheck
    >>> recheck(ks.same_rkhs(ks.rf(3), ks.rf(4), d=3).proof.data())
    True
    """
    if not isinstance(data, dict):
        raise TypeError(f"data must be the dict of Proof.data(); got {type(data).__name__}")
    try:
        return _recheck(data)
    except RecheckError:
        raise
    except (KeyError, TypeError, ValueError, ArithmeticError, AssertionError) as error:
        raise RecheckError(f"the data are not those of a proof: {type(error).__name__}: {error}") from error


def _intervals() -> Any:
    """mpmath's interval arithmetic at 40 digits, in a context of this thread's own."""
    from mpmath.ctx_iv import MPIntervalContext

    if not hasattr(_OWN, "context"):
        _OWN.context = MPIntervalContext()
        _OWN.context.dps = 40
    return _OWN.context


def _recheck(data: dict[str, Any]) -> bool:
    d, lower, upper = data["d"], float(data["lower"]), float(data["upper"])
    _require(type(d) is int and d >= 2, "d is an integer >= 2")
    parts = data["parities"]
    if "scale" in data:
        _require(not parts and data["same"] is True, "proportional kernels are the same")
        _require(0 < lower <= Fraction(data["scale"]) <= upper < math.inf, "the factor's bounds")
        return True
    verdicts = []
    for part in parts:
        check = {
            "both infinite": _both_infinite,
            "both finite": _both_finite,
            "one finite": _one_finite,
            "different powers": _different_powers,
            "different rates": _different_rates,
            "exponentials": _exponentials,
            "one finite, one endless": _one_endless,
            "one power": _one_power,
            "two powers": _two_powers,
            "power and smooth": _power_and_smooth,
            "singular and analytic": _singular_and_analytic,
            "up to a polynomial": _up_to_a_polynomial,
            "outgrown": _outgrown,
            "radii": _radii,
            "growths": _growths,
            "rates": _rates,
        }[part["kind"]]
        same = check(part, d, lower, upper)
        _require(part["same"] is same, f"the verdict over parity {part['parity']}")
        verdicts.append(same)
    found = [part["parity"] for part in parts]
    _require(found in ([0, 1], [0], [1]), "the parities are 0 and 1, each once")
    if data["same"] is True:
        _require(all(verdicts) and len(parts) == 2, "both parities compare")
        if any(part["kind"] == "one power" for part in parts):
            _require(lower == 0 and upper == math.inf, "limits of a ratio do not bound it")
        else:
            _require(0 < lower <= upper < math.inf, "the bounds are positive and finite")
    else:
        _require(data["same"] is False and not all(verdicts), "some parity tells them apart")
        _require(lower == 0 and upper == math.inf, "different kernels have no bounds")
    return True


def _require(condition: bool, step: str) -> None:
    if not condition:
        raise RecheckError(f"this does not follow from the data: {step}")


def _both_finite(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    first, second = ({int(k): Fraction(q) for k, q in mu.items()} for mu in part["eigenvalues"])
    _require(all(k >= 0 and k % 2 == part["parity"] for k in (*first, *second)), "the degrees have the parity")
    _require(all(q > 0 for q in (*first.values(), *second.values())), "eigenvalues are positive")
    if first.keys() != second.keys():
        return False
    for k, q in first.items():
        _require(lower <= q / second[k] <= upper, f"the ratio at k = {k}")
    return True


def _one_finite(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    witness = part["witness"]
    k = int(witness["k"])
    _require(k > int(part["zero_beyond"]) and k % 2 == part["parity"], "the witness is beyond the zeros' start")
    low, high = map(Fraction, witness["mu"])
    _require(0 < low <= high, "the witness is positive")
    return False


def _different_powers(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    first, second = (_Tail(tail, d) for tail in part["tails"])
    start = int(part["start"])
    for tail in (first, second):
        _require(tail.epsilon(start) < tail.leading.a, f"mu_k > 0 from k = {start} on")
    _require(first.nu != second.nu, "the exponents differ")
    return False


def _different_rates(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    tail, start = _Tail(part["tail"], d), int(part["start"])
    _require(tail.epsilon(start) < tail.leading.a, f"mu_k > 0 from k = {start} on")
    _require(Fraction(part["height"]) > 0, "the strip has a positive height")
    return False


def _exponentials(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    first, second = map(Fraction, part["alphas"])
    _require(0 < first != second > 0, "the rates differ")
    return False


def _one_endless(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    _require(part["finite"] in (0, 1) and int(part["zero_beyond"]) >= -1, "one kernel has zeros from a degree on")
    return False


def _one_power(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    first, second = map(_law, part["laws"])
    _require(first[0] == second[0], "both kernels have the same exponent")
    _require(all(law["every"] is True for law in part["laws"]), "no eigenvalue vanishes")
    low, high = map(Fraction, part["limit"])
    slack = 1 + Fraction(1, 10**18)  # all are rounded to 20 digits
    _require(low <= first[2] / second[1] * slack and first[1] / second[2] <= high * slack, "the limit of the ratio")
    _require(0 < low <= high < low * slack**2, "the limit is known")
    return True


def _two_powers(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    first, second = map(_law, part["laws"])
    _require(first[0] != second[0], "the exponents differ")
    return False


def _power_and_smooth(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    _law(part["law"])
    _require(part["fast"] in (0, 1), "one of the kernels is smooth")
    return False


def _singular_and_analytic(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    _require(part["fast"] in (0, 1), "one of the kernels is analytic")
    return False


def _outgrown(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    _require(part["fast"] in (0, 1), "one of the kernels outgrows the other")
    return False


def _radii(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    slow, fast = _slow_and_fast(part, "radii")
    r = Fraction(part["r"])
    _require(_number(slow[0]) <= _number(slow[1]) and _number(fast[0]) <= _number(fast[1]), "radii have two ends")
    _require(_number(slow[1]) <= r <= _number(fast[0]), "r lies between the radii of convergence")
    _require(r > 1, "r is beyond u = 1")
    return False


def _growths(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    slow, fast = _slow_and_fast(part, "growths")
    for level, power, (low, high) in (slow, fast):
        _require(
            type(level) is int and level >= 0 and type(power) is int and power > 0, "a growth has a level and a power"
        )
        _require(0 < Fraction(low) <= Fraction(high), "its scale is positive")
    same = slow[:2] == fast[:2]
    _require(slow[:2] > fast[:2] or same and Fraction(slow[2][0]) > Fraction(fast[2][1]), "one grows faster")
    _require(not same or slow[0] > 0, "polynomials of one degree do not differ in growth")
    return False


def _rates(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    slow, fast = _slow_and_fast(part, "rates")
    _require(Fraction(slow[0]) > Fraction(fast[1]) >= Fraction(fast[0]) >= 0, "the rates differ")
    return False


def _slow_and_fast(part: dict[str, Any], name: str) -> tuple[Any, Any]:
    """What is stated of the kernel whose eigenvalues are at times the larger ones, and of the other one."""
    _require(part["fast"] in (0, 1) and len(part[name]) == 2, "one of two kernels falls faster")
    return part[name][1 - part["fast"]], part[name][part["fast"]]


def _number(text: str) -> Fraction | float:
    return math.inf if text == "inf" else Fraction(text)


def _law(data: dict[str, Any]) -> tuple[Fraction, Fraction, Fraction]:
    """nu, and the ends of the leading coefficient, of mu_k ~ s E_k(nu)."""
    nu, (low, high) = Fraction(data["nu"]), map(Fraction, data["leading"])
    _require(nu > 0 and nu.denominator > 1, "the exponent is positive and no integer")
    _require(0 < low <= high, "the leading coefficient is positive")
    return nu, low, high


def _both_infinite(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    first, second = (_Tail(tail, d) for tail in part["tails"])
    start, parity = int(part["start"]), int(part["parity"])
    _require(start % 2 == parity and parity in (0, 1), "K has the parity")
    _require(first.nu == second.nu, "both kernels have the same exponent")
    errors = [tail.epsilon(start) for tail in (first, second)]
    _require(errors[1] < second.leading.a, "the denominator stays positive")
    low = (first.leading - errors[0]) / (second.leading + errors[1])
    high = (first.leading + errors[0]) / (second.leading - errors[1])
    _require(lower <= low.a and high.b <= upper, f"the band of k >= {start} lies within the bounds")
    _enclosed(part, start, lower, upper)
    return True


def _up_to_a_polynomial(part: dict[str, Any], d: int, lower: float, upper: float) -> bool:
    low, high = map(Fraction, part["scale"])
    _require(0 < lower <= low <= high <= upper, "the factor lies within the bounds")
    _enclosed(part, int(part["start"]), lower, upper)
    return True


def _enclosed(part: dict[str, Any], start: int, lower: float, upper: float) -> None:
    """Both eigenvalues are enclosed at every degree below K."""
    columns = [{int(k): tuple(map(Fraction, mu)) for k, mu in c.items()} for c in part["enclosures"]]
    for k in range(int(part["parity"]), start, 2):
        (a, b), (c, e) = columns[0][k], columns[1][k]
        _require(0 < a <= b and 0 < c <= e, f"the enclosures at k = {k} are positive")
        _require(lower <= a / e and b / c <= upper, f"the ratio at k = {k} lies within the bounds")


class _Tail:
    """The tail of one kernel in interval arithmetic."""

    def __init__(self, data: dict[str, Any], d: int) -> None:
        self.iv, self.d = _intervals(), d
        self.nu, self.order = Fraction(data["nu"]), Fraction(data["order"])
        low, high = map(Fraction, data["leading"])
        _require(low <= high, "the leading coefficient is an interval")
        self.leading = self.iv.mpf(
            [self.number(x).a if i == 0 else self.number(x).b for i, x in enumerate(data["leading"])]
        )
        self.terms = [(Fraction(e), self.number(size)) for e, size in data["terms"]]
        self.sizes = [(Fraction(e), self.number(size)) for e, size in data["sizes"]]
        self.r, self.h, self.largest = (self.number(data[name]) for name in ("R", "H", "D"))
        self._sane()

    def _sane(self) -> None:
        sizes, terms = dict(self.sizes), dict(self.terms)
        numbers = [self.r, self.largest, *sizes.values(), *terms.values()]
        _require(all(x.a >= 0 for x in numbers) and self.h.a > 0, "sizes are not negative")
        _require(self.nu in sizes, "nu is one of the exponents")
        _require(terms.keys() == {e for e in sizes if e > self.nu}, "every later exponent is a term")
        slack = 1 + self.number("1e-15")  # both are rounded
        _require(all(terms[e].a <= (sizes[e] * slack).b for e in terms), "no term exceeds its size")
        _require(
            0 < self.leading.a and self.leading.b <= (sizes[self.nu] * slack).b,
            "the leading coefficient does not exceed its size",
        )

    def number(self, q: Any) -> Any:
        q = Fraction(q)
        return self.iv.mpf(q.numerator) / self.iv.mpf(q.denominator)

    def epsilon(self, k: int) -> Any:
        """The upper end of epsilon(K), after checking that epsilon decreases from K on."""
        iv, nu = self.iv, self.nu
        exponents = [e for e, _ in self.sizes] + [self.order]
        _require(k > max(exponents), f"K = {k} is beyond every exponent")
        _require(all(e > nu for e, _ in self.terms) and self.order > nu, "the leading exponent is the least")
        ratio = self.number(k + nu + self.d - 1) / self.number(k - nu)
        _require((iv.exp(-self.h) * ratio).b < 1, f"epsilon decreases from K = {k} on")
        total = self.r * self._relative(self.order, k)
        for e, size in self.terms:
            total += size * self._relative(e, k)
        return (total + self._beyond(k) / self._power(nu, k)).b

    def _relative(self, e: Fraction, k: int) -> Any:
        return self._power(e, k) / self._power(self.nu, k)

    def _power(self, nu: Fraction, k: int) -> Any:
        """E_k(nu), without the factor 2^{d-2} Gamma(d/2)/pi^{3/2} that all of them share."""
        iv, half = self.iv, Fraction(self.d - 1, 2)
        gammas = iv.gamma(self.number(nu + half)) * iv.gamma(self.number(1 + nu))
        gammas *= iv.gamma(self.number(k - nu)) / iv.gamma(self.number(k + nu + self.d - 1))
        return iv.mpf(2) ** self.number(nu) * gammas

    def _beyond(self, k: int) -> Any:
        """S_k, with the same factor divided out."""
        iv, d, h = self.iv, self.d, self.h
        weight = real = turned = iv.mpf(1)
        if d > 2:
            lam = self.number(Fraction(d, 2) - 1)
            weight = iv.gamma(lam + 1) * iv.gamma(iv.mpf(k + 1)) / iv.gamma(lam + k + 1)
            if d == 3:
                real = turned = (1 - iv.exp(-2 * h)) ** (lam - 1)
            else:
                turned = (1 + iv.exp(-2 * h)) ** (lam - 1)
        total = iv.mpf(0)
        for e, size in self.sizes:
            n = self.number(k - e)
            total += size / iv.mpf(2) ** self.number(e) * iv.exp(-n * h) / n / iv.pi
        total *= weight * real
        if d == 2:
            total += self.largest * iv.exp(-k * h)
        else:
            cosh = (iv.exp(h) + iv.exp(-h)) / 2
            total += 2 * self.largest * cosh * weight * turned * iv.exp(-(k + 1) * h)
        shared = iv.mpf(2) ** (d - 2) * iv.gamma(self.number(Fraction(d, 2))) / iv.pi ** self.number(Fraction(3, 2))
        return total / shared
