"""What a kernel on S^{d-1} obeys: the library against itself by independent routes (floats against balls, eigenvalues
against kappa(1), expansions against values), and the two facts that make a function a kernel: |kappa| <= kappa(1), and
no eigenvalue below 0.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Protocol

import numpy as np

from ..kernels.range_errors import NotShownError, TooLargeError
from ..kernels.ranges import require_cosine
from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray
from ..numbers.precision import mpmath_context, with_balls
from ..rkhs.tail import OPEN, Tail, start_of
from ..sphere import log_multiplicity
from .laws import Law, NotApplicableError, UnknownError, WrongError

DEGREES = (0, 1, 2, 3, 4, 5, 8, 13, 21, 34, 55)  # where floats are held against balls
_DIGITS = 25
_TRACES = (200, 2000)  # degrees up to which eigenvalues are added
_ROUNDING = 1e-12  # of the sum
_NEAR = 1e-9  # of kappa(1): where the sum has arrived
_TERMS = 3  # of an expansion, which the next one judges
_BITS = 80  # t = 2^-80 and 2^-40
_FEW_BITS = 16  # where coefficients are known to 29 digits or so
_PRECISION = 320  # decimal digits, for what is left beyond t^12
_SMALLEST = 1e-290
_EXACT = (0, 1, 2, 3, 6)  # degrees of which exact forms are read


class OnSphere(Protocol):
    """A kernel and the dimension of the space around the sphere."""

    kernel: Zonal
    d: int


@with_balls
def _in_range(case: OnSphere) -> str:
    """|kappa| <= kappa(1), proved (`ranges`)."""
    kernel = case.kernel
    if math.isinf(kernel.at_one):
        raise WrongError("kappa(1) is infinite")
    if kernel == 0 * kernel:
        return "kappa = 0"
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


@with_balls
def _positive(case: OnSphere) -> str:
    """No negative eigenvalue: by the Taylor coefficients, or on S^{d-1} by balls and the remainder of the expansion."""
    kernel, d = case.kernel, case.d
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
        some = f"no eigenvalue among the degrees up to {known} is negative, but of " if known >= 0 else "of "
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


@with_balls
def _floats_in_balls(case: OnSphere) -> str:
    """|float - mu_k| <= s.error(k) |mu_k| for enclosed mu_k."""
    import flint

    kernel, d = case.kernel, case.d
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
            raise WrongError(f"mu_{k} = {value!r} with the error {error:.1e} is not in the ball {ball}")
        held += 1
        worst = max(worst, float((distance / abs(ball)).mid()) if ball != 0 else 0.0)
    if not held:
        raise UnknownError("no eigenvalue is known in floats and in balls")
    return f"{held} eigenvalues in floats lie as near to their certified balls as they say (relative: {worst:.1e})"


@with_balls
def _trace(case: OnSphere) -> str:
    """sum_k N(d, k) mu_k = kappa(1) (Bietti & Bach 2021; claim 7): the law of decay bounds the sum's tail."""
    kernel, d = case.kernel, case.d
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
        raise WrongError(f"the eigenvalues add up to {total + rest:.12g} +/- {doubt:.1g}, but kappa(1) = {one:.12g}")
    return (
        f"the eigenvalues add up to {total + rest:.10g} +/- {doubt:.1g}, the part beyond degree {last} by the law of "
        f"decay, and kappa(1) = {one:.10g}"
    )


def _beyond(kernel: Zonal, d: int, terms: FloatArray) -> tuple[float, float]:
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
            raise UnknownError(f"up to degree {len(terms) - 1} the eigenvalues do not add up to kappa(1) yet")
        q = float(2 * law.nu + 1)
        last, half = len(terms) - 1 - parity, (len(terms) - 1) // 2 - parity
        early, late = (terms[n] * (n + middle) ** q for n in (half, last))
        if not late:
            raise UnknownError(f"mu_{last} is too small for the law of decay to be read off")
        part = late * 2**-q * float(zeta(q, (last + middle) / 2 + 1))
        rest += part
        doubt += 6 * abs(part) * abs(early / late - 1)
    return rest, doubt


@with_balls
def _exact(case: OnSphere) -> str:
    """`exact(k)` lies in the certified ball, or, where there is none, by the float."""
    import flint
    import sympy

    spectrum, held = case.kernel.spectrum(case.d), 0
    for k in _EXACT:
        try:
            form = spectrum.exact(k)
        except NotImplementedError:
            continue
        held += 1
        exact = flint.arb(str(sympy.N(form, _DIGITS + 15)))
        try:
            ball = spectrum.certified(k, _DIGITS)
            here = ball.overlaps(exact * flint.arb(1, 10.0 ** -(_DIGITS + 10)))
        except OPEN:
            ball = spectrum[k]
            here = bool(abs(exact - ball) <= flint.arb(float(spectrum.error(k))) * abs(exact))
        if not here:
            raise WrongError(f"exact({k}) = {form} = {sympy.N(form, 15)}, but mu_{k} = {ball} by quadrature")
    if not held:
        raise NotApplicableError("no closed form of an eigenvalue is known")
    return f"{held} eigenvalues in closed form are those by quadrature, to {_DIGITS} digits"


@with_balls
def _at_one(case: OnSphere) -> str:
    return _expansion(case.kernel, 1)


@with_balls
def _at_minus_one(case: OnSphere) -> str:
    return _expansion(case.kernel, -1)


def _expansion(kernel: Zonal, at: int) -> str:
    """What the terms leave of kappa(+-(1 - t)) is the next term, the better the smaller t is."""
    found = kernel.expand(at=at, terms=_TERMS + 1)
    mp = mpmath_context(_PRECISION)
    balls = found.balls(_PRECISION)
    coefficients = [mp.mpf(c.mid().str(_PRECISION + 5, radius=False)) for c in balls]
    exponents = [mp.mpf(e.numerator) / e.denominator for e in found.exponents]
    rests = []
    smallest = _FEW_BITS if kernel.truncation else _BITS
    for bits in (smallest // 2, smallest):
        t = mp.mpf(2) ** -bits
        parts = [c * t**e for c, e in zip(coefficients, exponents, strict=True)]
        value = kernel(at * (1 - t))
        if len(parts) <= _TERMS:  # a polynomial: nothing is left
            order = Fraction(found.order)
            rests.append(abs(value - mp.fsum(parts)) / t ** (mp.mpf(order.numerator) / order.denominator))
        else:
            rests.append(abs((value - mp.fsum(parts[:_TERMS])) / parts[_TERMS] - 1))
    where = "1 - t" if at == 1 else "-1 + t"
    if not rests[1] <= rests[0] / 2 + mp.mpf(2) ** (-2 * smallest) or not rests[1] < 1:
        raise WrongError(
            f"{found!r} leaves of kappa({where}) at t = 2^-{smallest} what the next term is not, by "
            f"{float(rests[1]):.1e}"
        )
    return (
        f"the terms of the expansion leave of kappa({where}) what the next term says, at t = 2^-{smallest} to "
        f"{float(rests[1]):.1e}"
    )


@with_balls
def _singular(case: OnSphere) -> str:
    """Where the expansion at an end has a power that is no integer, the end is stated to be singular."""
    kernel, seen = case.kernel, []
    if not isinstance(kernel.singular, frozenset) or not kernel.singular <= {1, -1, 0}:
        raise WrongError(
            f"`singular` is {kernel.singular!r}; it should be a frozenset of 1, -1 and 0 (for points in between)"
        )
    for at in (1, -1):
        broken = [q for q in kernel.expand(at=at, terms=_TERMS + 1).exponents if q.denominator > 1]
        if broken and at not in kernel.singular:
            raise WrongError(
                f"`singular` is {sorted(kernel.singular)}, but the expansion at u = {at} holds the power {broken[0]} "
                f"of 1 {'-' if at == 1 else '+'} u"
            )
        seen.append(f"u = {at}: {'a power ' + str(broken[0]) if broken else 'whole powers'}")
    return f"the ends stated to be singular are those where the expansion shows it ({'; '.join(seen)})"


SPHERE_LAWS = (
    Law(
        "range",
        "|kappa(u)| <= kappa(1) on [-1, 1].",
        "a term is subtracted that outweighs the others, or kappa(1) is not the largest value: no such function is a "
        "kernel.",
        _in_range,
        OPEN,
    ),
    Law(
        "positive",
        "no eigenvalue on the sphere is negative.",
        "a difference of kernels, or a formula that is no kernel in this dimension; a wrong sign.",
        _positive,
        OPEN,
    ),
    Law(
        "eigenvalues",
        "eigenvalues in floats lie as near to their certified balls as `error` says.",
        "a wrong closed form, or a fact (`radius`, `singular`, `polynomial_part`) that does not hold, so that one of "
        "the two routes uses a theorem that does not apply.",
        _floats_in_balls,
        OPEN,
    ),
    Law(
        "exact",
        "closed forms of eigenvalues are the values by quadrature.",
        "a closed form for another normalisation, another d, or another degree.",
        _exact,
        OPEN,
    ),
    Law(
        "trace",
        "the eigenvalues, with their multiplicities, add up to kappa(1).",
        "a wrong kappa(1) (`rational_one`), or eigenvalues of another normalisation.",
        _trace,
        OPEN,
    ),
    Law(
        "u = 1",
        "what the terms of the expansion at u = 1 leave of the values is the next term.",
        "`series(point)`, or `pair(point)` of a point that is a series, is not the function that `pair(point)` is in "
        "other numbers.",
        _at_one,
        OPEN,
    ),
    Law(
        "u = -1",
        "what the terms of the expansion at u = -1 leave of the values is the next term.",
        "`series(point)`, or `pair(point)` of a point that is a series, is not the function that `pair(point)` is in "
        "other numbers away from u = 1.",
        _at_minus_one,
        OPEN,
    ),
    Law(
        "singular",
        "an end where the expansion has a power that is no integer is in `singular`.",
        "`singular` or `radius` is stated for another kernel, or was forgotten after a change of the formula.",
        _singular,
        OPEN,
    ),
)
