r"""Taylor coefficients at 0 of networks of smooth activations as balls, and what all of them add up to.

Every part is a power series with coefficients >= 0 of which balls are known, and the sum of all: a dual of a smooth
activation (`smooth_duals`), or a kernel that is analytic beyond [-1, 1]. Sums, products and compositions of them are
read in `flint.arb_series`; as nothing is subtracted, nothing cancels, and what follows the last term is kappa(1) less
the sum of what is known.

*Compositions.* With f(1) <= 1 no coefficient of f^m is above f(1)^m <= 1: the terms m >= M of the outer series add at
most their sum to any coefficient of the composition, and nothing to those of u^n, n < M, where f(0) = 0.

*Variances* behind a smooth activation are balls of the precision in force, and the coefficients are those for all
numbers in them. A closed dual is read at a rational number q_0 beside such a ball: for phi of Lipschitz constant C,
||phi(q^{1/2} z) - phi(q_0^{1/2} z)|| <= C |q^{1/2} - q_0^{1/2}| =: e in L^2 of the Gaussian measure, and by Bessel's
inequality no Hermite coefficient a_i, b_i = a_i^2, differs by more; nor does the root of E phi^2, and with the constant
of phi' that of E phi'^2.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import flint

from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import precision
from . import smooth_duals as smooth
from .activated import Activated, Formed
from .ball_values import taylor_balls
from .compositions import Compose
from .expression import exact_one
from .hermite_balls import as_ball
from .products import Product
from .scaled_duals import Phi
from .steps import Branches, Chain, Norm, Weights
from .sums import Sum
from .wide import Wide
from .zonal import Zonal

_FEW = 160  # terms, behind which sums of what follows are some e^{-c n^{1/2}}
_STEEP = 9  # bits by which it falls, over the root: 2 log2(e) pi for silu at variance 1
_FALL, _SPARE = 1.5, 48  # a little more than 2^{1/2}; and bits with which that sum is known
Variance: TypeAlias = "Scalar | flint.arb"


class Series(NamedTuple):
    """The first coefficients, as a series of flint's, and the sum of all of them."""

    first: Any
    one: Any

    def __mul__(self, other: Any) -> Series:
        if isinstance(other, Series):
            return Series(self.first * other.first, self.one * other.one)
        return Series(self.first * other, self.one * other)

    def __add__(self, other: Any) -> Series:
        return Series(self.first + other.first, self.one + other.one)


@functools.lru_cache(maxsize=32)
def squares(kernel: Zonal, terms: int, bits: int) -> tuple[list[Any], Any] | None:
    """`Zonal.taylor_squares` of a kernel with parts; None where one of these has no such series."""
    if not kernel.truncation or kernel.user_functions or kernel.real_only:
        return None
    sure = bits
    if terms > _FEW:  # what follows the terms is a difference: it has to be seen
        half = squares(kernel, terms // 2, bits)
        if half is None:
            return None
        if half[1] > 0:
            sure = max(bits, math.ceil(-_FALL * float(half[1].log()) / math.log(2)) + _SPARE)
        else:
            sure = bits + math.ceil(_STEEP * math.sqrt(terms))
    with precision(sure, cap=terms):
        found = _series(kernel, terms)
        if found is None:
            return None
        known = [found.first[i] for i in range(terms)]
        return known, found.one - sum(known, flint.arb(0))


def _series(kernel: Zonal, terms: int) -> Series | None:
    """The series of a kernel at the precision in force."""
    if isinstance(kernel, smooth.SmoothDual):
        return _smooth(kernel.name, kernel.variance, terms, kernel.steep)[kernel.steep]
    if isinstance(kernel, Wide):
        found = _walked(kernel.chain, kernel.variance, _State(_line(terms), None), kernel.tangent, terms)
        if found is None:
            return None
        state, q = found
        series = state.tangent if kernel.tangent else state.rho
        return None if series is None else series * as_ball(q) if kernel.scaled else series
    if isinstance(kernel, Activated):
        pair = _dual(kernel.phi, kernel.variance, terms, kernel.steep)
        return None if pair is None else pair[kernel.steep] * (1 / pair[0].one)
    if isinstance(kernel, Formed):
        return _series(kernel.form, terms)
    if isinstance(kernel, Sum):
        total = Series(flint.arb_series([0], terms), flint.arb(0))
        for c, part in kernel.terms:
            found_part = _series(part, terms) if c > 0 else None
            if found_part is None:
                return None
            total += found_part * ball(c)
        return total
    if isinstance(kernel, Product):
        product = Series(flint.arb_series([1], terms), flint.arb(1))
        for part in kernel.factors:
            found_part = _series(part, terms)
            if found_part is None:
                return None
            product *= found_part
        return product
    if isinstance(kernel, Compose):
        inner = _series(kernel.layers[-1], terms)
        for part in reversed(kernel.layers[:-1]):
            outer = None if inner is None else _series(part, _needed(inner, terms))
            if inner is None or outer is None:
                return None
            inner = _composed(outer, inner, terms)
        return inner
    return _analytic(kernel, terms)


def _analytic(kernel: Zonal, terms: int) -> Series | None:
    """The series of a kernel that is analytic beyond [-1, 1], none of whose coefficients is negative."""
    if kernel.truncation or kernel.real_only or not kernel.radius > 1 or kernel.series_sign != 1:
        return None
    one = kernel.pair(_at_one()).value if kernel.rational_one is None else ball(kernel.rational_one)
    return _made(taylor_balls(kernel, terms), one, terms)


def _at_one() -> Any:
    from ..numbers.arithmetic import BallArithmetic
    from .points import Point

    return Point.from_cosine(BallArithmetic(), flint.arb(1))


def _made(known: list[Any], one: Any, terms: int) -> Series:
    with precision(cap=terms):
        return Series(flint.arb_series(known, terms), one)


def _line(terms: int) -> Series:
    return Series(flint.arb_series([0, 1], terms), flint.arb(1))


# -- compositions ------------------------------------------------------------------------------------------------------


def _needed(inner: Series, terms: int) -> int:
    """How many terms of the outer series are taken."""
    return terms if inner.first[0] == 0 else 2 * terms


def _composed(outer: Series, inner: Series, terms: int) -> Series:
    """outer(inner), inner(1) <= 1."""
    start = inner.first[0]
    known = flint.arb_poly(outer.first.coeffs())
    count = outer.first.prec
    rest = outer.one - known(flint.arb(1))
    one = outer.one if inner.one == 1 else known(inner.one) + inner.one**count * rest * flint.arb(0, 1)
    if start == 0:
        return Series(flint.arb_series(outer.first.coeffs(), terms)(inner.first), one)
    shifted = known(flint.arb_poly([start, 1]))
    rise = inner.first - start
    found = flint.arb_series(shifted.coeffs()[:terms], terms)(_without_constant(rise, terms))
    return Series(found + flint.arb_series([rest * flint.arb(0, 1)] * terms, terms), one)


def _without_constant(series: Any, terms: int) -> Any:
    return flint.arb_series([0, *series.coeffs()[1:]], terms)


# -- networks ----------------------------------------------------------------------------------------------------------


class _State(NamedTuple):
    """The correlation and the tangent kernel behind some steps, as series in u; None is 0."""

    rho: Series
    tangent: Series | None


def _sum(a: Series | None, b: Series | None) -> Series | None:
    return b if a is None else a if b is None else a + b


def _walked(chain: Chain, q: Variance, state: _State, tangent: bool, terms: int) -> tuple[_State, Variance] | None:
    """The state behind a chain of steps, and the variance there (`wide`); None where a step has no series."""
    for step in chain:
        rho, gradient = state
        if isinstance(step, Norm):
            q = q / (q + step.eps) if not isinstance(q, flint.arb) else q / (q + ball(step.eps))
        elif isinstance(step, Weights):
            before = as_ball(q)
            q = as_ball(q) * ball(step.weight) + ball(step.bias) if isinstance(q, flint.arb) else _affine(step, q)
            constant = ball(step.bias) / as_ball(q)
            kept = before * ball(step.weight) / as_ball(q) if step.bias else flint.arb(1)
            own = Series(rho.first * kept + constant, rho.one)  # both shares add up to 1
            if tangent:
                gradient = None if gradient is None else gradient * kept
                if not step.trained:
                    parts = before * ball(step.own_weight) / as_ball(q), ball(step.own_bias) / as_ball(q)
                    gained = Series(rho.first * parts[0] + parts[1], parts[0] + parts[1])
                    gradient = _sum(gradient, gained if step.own_weight or step.own_bias else None)
                else:
                    gradient = _sum(gradient, own)
            state = _State(own, gradient)
        elif isinstance(step, Phi):
            pair = _dual(step, q, _needed(rho, terms), tangent)
            if pair is None:
                return None
            dual, slope = pair
            if gradient is not None and slope is not None:
                gradient = gradient * _composed(slope, rho, terms) * (1 / dual.one)
            found = _composed(dual, rho, terms)
            state = _State(Series(found.first * (1 / dual.one), flint.arb(1)), gradient)
            q = dual.one if step.family in smooth.NAMES or isinstance(q, flint.arb) else step.square(q)
        else:
            joined = _joined(step, q, state, tangent, terms)
            if joined is None:
                return None
            state, q = joined
    return state, q


def _affine(step: Weights, q: Scalar) -> Scalar:
    return step.weight * q + step.bias


def _joined(
    step: Branches, q: Variance, state: _State, tangent: bool, terms: int
) -> tuple[_State, Variance] | None:
    """Branches that read one state: their sum, or their product."""
    found = [_walked(chain, q, state, tangent, terms) for chain in step.chains]
    ends = [each for each in found if each is not None]
    if len(ends) < len(found):
        return None
    variances = [as_ball(variance) for _, variance in ends]
    gradient: Series | None = None
    if step.product:
        rho = functools.reduce(lambda a, b: a * b, (end.rho for end, _ in ends))
        for i, (end, _) in enumerate(ends):
            if end.tangent is not None:
                others = [other.rho for other, _ in [*ends[:i], *ends[i + 1 :]]]
                gradient = _sum(gradient, functools.reduce(lambda a, b: a * b, others, end.tangent))
        return _State(rho, gradient), math.prod(variances, start=flint.arb(1))
    shares = [ball(w) * variance for w, variance in zip(step.weights, variances, strict=True)]
    total = sum(shares, flint.arb(0))
    mean: Series | None = None
    for (end, _), share in zip(ends, shares, strict=True):
        mean = _sum(mean, end.rho * (share / total))
        gradient = _sum(gradient, None if end.tangent is None else end.tangent * (share / total))
    assert mean is not None  # there is a branch
    return _State(Series(mean.first, flint.arb(1)), gradient), total


# -- duals -------------------------------------------------------------------------------------------------------------


def _dual(phi: Phi, q: Variance, terms: int, steep: bool) -> tuple[Series, Series | None] | None:
    """K at a variance and, where it is asked for, K'; None where their series are not known."""
    if phi.family in smooth.NAMES:
        return _smooth(phi.family, q, terms, steep)
    if phi.pieces is not None or phi.function is not None:
        return None
    if not isinstance(q, flint.arb):
        kernel = phi.dual(q)
        if kernel.truncation or not kernel.radius > 1:
            return None
        known, one = taylor_balls(kernel, terms + steep), ball(exact_one(kernel))
        return _with_slope(known, one, ball(exact_one(phi.slope(q))) if steep else None, terms)
    constants = _lipschitz(phi)
    if constants is None:
        return None
    near = _rational(q)
    found = _dual(phi, near, terms + steep, steep)
    if found is None:
        return None
    off = flint.arb(0, 1) * abs(q.sqrt() - ball(near).sqrt()) * (1 + flint.arb(2) ** -20)
    error = off * constants[0]
    known = [b + error * (2 * b.abs_upper().sqrt() + error) for b in map(found[0].first.__getitem__, range(terms + steep))]
    climb = None if found[1] is None else q * ((found[1].one / ball(near)).sqrt() + off * constants[1]) ** 2
    return _with_slope(known, (found[0].one.sqrt() + error) ** 2, climb, terms)


def _smooth(name: str, q: Variance, terms: int, steep: bool) -> tuple[Series, Series | None]:
    climb = smooth.slope_at_one(name, q) if steep else None
    return _with_slope(*smooth.at_precision(name, q, terms + steep), climb, terms)


def _with_slope(known: list[Any], one: Any, climb: Any, terms: int) -> tuple[Series, Series | None]:
    """A series of which one more term is known where its slope is, too; `climb` is that at u = 1."""
    slope = None if climb is None else _made([i * b for i, b in enumerate(known)][1:], climb, terms)
    return _made(known[:terms], one, terms), slope


def _rational(q: Any) -> Fraction:
    """The middle of a ball."""
    mantissa, exponent = q.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _lipschitz(phi: Phi) -> tuple[Any, Any] | None:
    """Lipschitz constants of phi and of phi'; None where they are not stated here."""
    numbers = [abs(ball(p)) for p in phi.parameters]
    if phi.family == "gelu":
        return flint.arb("1.13"), flint.arb("0.8")
    if phi.family in ("erf", "sin", "cos"):  # 2 pi^{-1/2} = 1.128; 2 pi^{-1/2} max |2 t e^{-t^2}| = 0.97
        a, b = numbers[:2]
        return a * b * flint.arb("1.13"), a * b * b
    if phi.family == "gaussian" and phi.parameters[1] <= 0:
        a, b = numbers
        return a * b.sqrt(), 2 * a * b
    return None
