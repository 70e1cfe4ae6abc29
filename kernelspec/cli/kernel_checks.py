"""What can be checked of a kernel on S^{d-1}: each check says ok, failed or not known, and why.

The library against itself by independent routes (floats against balls, eigenvalues against kappa(1), expansions
against values), and the two facts that make a function a kernel: |kappa| <= kappa(1), and no eigenvalue below 0.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..parse import parse
from ..ranges import NotShownError, TooLargeError, require_cosine
from ..rkhs.tail import OPEN, Tail, start_of
from ..sphere import log_multiplicity
from ..state import mpmath_context, with_balls
from ..zonal import Zonal

OK, FAILED, NOT_KNOWN = "ok", "failed", "not known"
DEGREES = (0, 1, 2, 3, 4, 5, 8, 13, 21, 34, 55)  # where floats are held against balls
_DIGITS = 25
_TRACES = (200, 2000)  # degrees up to which eigenvalues are added
_ROUNDING = 1e-12  # of the sum
_NEAR = 1e-9  # of kappa(1): where the sum has arrived
_TERMS = 3  # of an expansion, which the next one judges
_BITS = 80  # t = 2^-80 and 2^-40
_PRECISION = 320  # decimal digits, for what is left beyond t^12
_SMALLEST = 1e-290


@dataclass(frozen=True)
class Line:
    """One check: its name, what came of it, and why."""

    check: str
    result: str
    why: str


class UnknownError(Exception):
    """The reason why a check could not be made."""


class WrongError(Exception):
    """What a check found wrong."""


def kernel_checks(kernel: Zonal, d: int) -> list[Line]:
    """All checks, in order."""
    checks: list[tuple[str, Callable[[Zonal, int], str]]] = [
        ("text", _reads_back),
        ("range", _in_range),
        ("positive", _positive),
        ("eigenvalues", _floats_in_balls),
        ("trace", _trace),
        ("u = 1", lambda k, d: _expansion(k, 1)),
        ("u = -1", lambda k, d: _expansion(k, -1)),
    ]
    return [_line(name, check, kernel, d) for name, check in checks]


@with_balls
def _line(name: str, check: Callable[[Zonal, int], str], kernel: Zonal, d: int) -> Line:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a value that is NaN is seen here
            return Line(name, OK, check(kernel, d))
    except WrongError as fault:
        return Line(name, FAILED, str(fault))
    except (UnknownError, *OPEN) as reason:
        return Line(name, NOT_KNOWN, str(reason))


def _reads_back(kernel: Zonal, d: int) -> str:
    """`parse(repr(kernel)) == kernel`."""
    if kernel.user_functions:
        raise UnknownError("it holds a function of your own, which has no text")
    if parse(repr(kernel)) != kernel:
        raise WrongError("the printed text reads back as another kernel")
    return "the printed text reads back as the same kernel"


def _in_range(kernel: Zonal, d: int) -> str:
    """|kappa| <= kappa(1), proved (`ranges`)."""
    if math.isinf(kernel.at_one):
        raise WrongError("kappa(1) is infinite")
    if not kernel.at_one > 0:
        raise WrongError(f"kappa(1) = {kernel.at_one:.6g} is not positive")
    try:
        require_cosine(kernel.normalized())
    except TooLargeError as fault:
        raise WrongError(f"|kappa| exceeds kappa(1): {_tail_of(fault)}") from None
    except NotShownError as reason:
        raise UnknownError(f"|kappa| <= kappa(1) is neither proved nor refuted: {reason}") from None
    return f"|kappa| <= kappa(1) = {kernel.at_one:.10g} on [-1, 1], proved"


def _tail_of(error: Exception) -> str:
    """What an error of `ranges` says of kappa/kappa(1)."""
    text = str(error)
    place = text.rfind(" reaches ")
    return f"kappa/kappa(1){text[place:].partition(' (')[0]}" if place >= 0 else text


def _positive(kernel: Zonal, d: int) -> str:
    """No negative eigenvalue: by the Taylor coefficients, or on S^{d-1} by balls and the remainder of the expansion."""
    if kernel.series_sign > 0:
        return "no Taylor coefficient at 0 is negative: positive semi-definite on every sphere (claim 10)"
    spectrum = kernel.spectrum(d)
    known = -1
    try:
        for k in DEGREES:
            if spectrum.certified(k, 10) < 0:
                raise WrongError(f"mu_{k} = {spectrum[k]:.6g} < 0 on S^{d - 1}, proved")
            known = k
        starts = [_from_where(kernel, d, parity) for parity in (0, 1)]
        degrees = [k for parity in (0, 1) for k in range(parity, starts[parity], 2)]
        for k, mu in zip(degrees, spectrum.certified(degrees, 10), strict=True):
            if mu < 0:
                raise WrongError(f"mu_{k} = {mu} < 0 on S^{d - 1}, proved")
    except OPEN as reason:
        some = (
            f"no eigenvalue among the degrees up to {known} is negative, but of "
            if known >= 0
            else "of "
        )
        raise UnknownError(f"{some}all degrees it is not shown: {reason}") from None
    return (
        f"no eigenvalue on S^{d - 1} is negative, proved: balls below degree {max(starts)}, beyond it the expansion "
        "and its remainder (of other spheres nothing is said)"
    )


def _from_where(kernel: Zonal, d: int, parity: int) -> int:
    """The degree from which on no eigenvalue of this parity is negative, proved."""
    part = kernel.polynomial_part(parity)
    if part is not None:
        return max(part, default=-1) + 1
    return start_of([Tail.of(kernel, d, parity)], parity)


def _floats_in_balls(kernel: Zonal, d: int) -> str:
    """|float - mu_k| <= s.error(k) |mu_k| for enclosed mu_k."""
    import flint

    spectrum = kernel.spectrum(d)
    degrees = np.array(DEGREES)
    values, errors = spectrum(degrees), spectrum.error(degrees)
    worst, held = 0.0, 0
    for k, value, error in zip(DEGREES, values, errors, strict=True):
        if math.isnan(value):
            continue
        ball = spectrum.certified(k, _DIGITS)
        if 0 < abs(float(ball.mid())) < _SMALLEST:
            continue  # floats end here
        distance = abs(flint.arb(float(value)) - ball)
        if distance > flint.arb(float(error)) * abs(ball):
            raise WrongError(
                f"mu_{k} = {value!r} with the error {error:.1e} is not in the ball {ball}"
            )
        held += 1
        worst = max(worst, float((distance / abs(ball)).mid()) if ball != 0 else 0.0)
    if not held:
        raise UnknownError("no eigenvalue is known in floats and in balls")
    return f"{held} eigenvalues in floats lie as near to their certified balls as they say (relative: {worst:.1e})"


def _trace(kernel: Zonal, d: int) -> str:
    """sum_k N(d, k) mu_k = kappa(1) (claim 7): the sum up to a degree, and the rest by the law of decay."""
    one = kernel.at_one
    if not math.isfinite(one):
        raise UnknownError("kappa(1) is infinite")
    spectrum = kernel.spectrum(d)
    for last in _TRACES:
        k = np.arange(last + 1)
        values = spectrum.values(k)
        if np.isnan(values.value).any():
            raise UnknownError("not all eigenvalues are known to six digits")
        sizes = np.exp(np.minimum(values.log_abs + log_multiplicity(d, k), 700.0))
        terms = values.sign * sizes
        total = math.fsum(terms)
        if abs(one - total) <= _NEAR * max(abs(one), math.fsum(sizes)):
            return f"the eigenvalues up to degree {last} add up to kappa(1) = {one:.10g}"
    rest, doubt = _beyond(kernel, d, terms)
    doubt += float(np.sum(sizes * values.error)) + _ROUNDING * math.fsum(sizes)
    if doubt > 0.5 * abs(one - total):
        raise UnknownError(
            f"up to degree {last} the eigenvalues add up to {total:.10g} of kappa(1) = {one:.10g}, and the rest is "
            f"known no better than {rest:.3g} +/- {doubt:.1g}"
        )
    if abs(total + rest - one) > doubt:
        raise WrongError(
            f"the eigenvalues add up to {total + rest:.12g} +/- {doubt:.1g}, but kappa(1) = {one:.12g}"
        )
    return (
        f"the eigenvalues add up to {total + rest:.10g} +/- {doubt:.1g}, the part beyond degree {last} by the law of "
        f"decay, and kappa(1) = {one:.10g}"
    )


def _beyond(kernel: Zonal, d: int, terms: Any) -> tuple[float, float]:
    """The sum of N(d, k) mu_k beyond the terms that are given, by the law of decay; and how far it may be off.

    With m = (d-2)/2 the terms of one parity are A (k+m)^{-q} (1 + o(1)), q = 2 nu + 1, whose sum is Hurwitz's zeta
    function. A is read off at the last degree; how far it has moved since half of that says how well it is known:
    where the powers of k that are left out are at least 1/4 apart, what is to come is at most some five times that.
    """
    from scipy.special import zeta

    middle, rest, doubt = (d - 2) / 2, 0.0, 0.0
    for parity, law in enumerate(kernel.decay(d).parities):
        if law.kind == "vanishing":
            continue
        if law.kind != "power":
            raise UnknownError(
                f"up to degree {len(terms) - 1} the eigenvalues do not add up to kappa(1) yet"
            )
        q = float(2 * law.nu + 1)
        last, half = len(terms) - 1 - parity, (len(terms) - 1) // 2 - parity
        early, late = (terms[n] * (n + middle) ** q for n in (half, last))
        if not late:
            raise UnknownError(f"mu_{last} is too small for the law of decay to be read off")
        part = late * 2**-q * float(zeta(q, (last + middle) / 2 + 1))
        rest += part
        doubt += 6 * abs(part) * abs(early / late - 1)
    return rest, doubt


def _expansion(kernel: Zonal, at: int) -> str:
    """What the terms leave of kappa(+-(1 - t)) is the next term, the better the smaller t is."""
    found = kernel.expand(at=at, terms=_TERMS + 1)
    mp = mpmath_context(_PRECISION)
    balls = found.balls(_PRECISION)
    coefficients = [mp.mpf(c.mid().str(_PRECISION + 5, radius=False)) for c in balls]
    exponents = [mp.mpf(e.numerator) / e.denominator for e in found.exponents]
    rests = []
    for bits in (_BITS // 2, _BITS):
        t = mp.mpf(2) ** -bits
        parts = [c * t**e for c, e in zip(coefficients, exponents, strict=True)]
        value = kernel(at * (1 - t))
        if len(parts) <= _TERMS:  # a polynomial: nothing is left
            order = Fraction(found.order)
            rests.append(
                abs(value - mp.fsum(parts)) / t ** (mp.mpf(order.numerator) / order.denominator)
            )
        else:
            rests.append(abs((value - mp.fsum(parts[:_TERMS])) / parts[_TERMS] - 1))
    where = "1 - t" if at == 1 else "-1 + t"
    if not rests[1] <= rests[0] / 2 + mp.mpf(2) ** (-2 * _BITS) or not rests[1] < 1:
        raise WrongError(
            f"{found!r} leaves of kappa({where}) at t = 2^-{_BITS} what the next term is not, by {float(rests[1]):.1e}"
        )
    return (
        f"the terms of the expansion leave of kappa({where}) what the next term says, at t = 2^-{_BITS} to "
        f"{float(rests[1]):.1e}"
    )
