r"""Exact expansions at u = +1 and -1 of the dual kernels of piecewise smooth activations: the kink rule in full.

*Setting.* kappa(u) = E[f(a) f(b)], (a, b) standard Gaussian of correlation u. At u = 1 put g = f, at u = -1 put
g(x) = f(-x), so that in both cases kappa = E[f(a) g(b)] with correlation 1 - w, w = 1 - u or 1 + u. Let f_n, g_n be the
n-th derivatives between the kinks, F_n(x), G_n(x) their jumps at x, phi the normal density and phi_2(x, y; u) the
density of (a, b). Then A_n(u) = E[f_n(a) g_n(b)] obeys

.. math:: A_n' = A_{n+1} + D_n, \qquad D_n = \sum_x F_n(x)\,\varphi(x)\,E[g_{n+1}(b) | a = x]
   + \sum_x G_n(x)\,\varphi(x)\,E[f_{n+1}(a) | b = x] + \sum_{x,y} F_n(x)\, G_n(y)\,\varphi_2(x, y; u) .

*Proof.* d/du phi_2 = d^2/dx dy phi_2 (the heat equation of correlation), so that d/du E[F(a) G(b)] = E[F'(a) G'(b)]
with the derivatives of distributions, f_n' = f_{n+1} + sum_x F_n(x) delta_x: integrate by parts between the kinks.
Taylor's formula in u with this A_n' is, for every N,

.. math:: \kappa = \sum_{n<N} A_n(1) \frac{(-w)^n}{n!} - \sum_{n<N} (-1)^n \int_0^w \frac{(w-y)^n}{n!} D_n(y)\,dy
   + (-1)^N \int_0^w \frac{(w-y)^{N-1}}{(N-1)!} A_N(y)\,dy ,

A_n(1) at w = 0; all D_n are integrable at w = 0 and the last term is O(w^N).

*Powers of w.* x^2 - 2uxy + y^2 = (1+u)(x-y)^2/2 + (1-u)(x+y)^2/2, so phi_2(x, y; 1-w) with x != y has the factor
e^{-(x-y)^2/(4w)}, and adds to no power; likewise in E[g_{n+1}(b) | a = x] the kinks of g elsewhere than at x. With
s^2 = w(2-w) and tau = x sqrt(w/(2-w)), b given a = x is x - xw + sz, z standard normal, and with
M_l(tau) = E[(z-tau)_+^l] and T_l = M_l(tau) - (-1)^l M_l(-tau)

.. math:: E[g(b)|a=x] = \sum_l \frac{s^l}{l!}\Big[\frac{g^{(l)}(x+)+g^{(l)}(x-)}{2}\, E(z-\tau)^l
   + \frac{g^{(l)}(x+)-g^{(l)}(x-)}{2}\, T_l\Big] .

s^l E(z-tau)^l is a polynomial in w. T_0 = 1 - 2 Phi(tau), T_1 = 2 phi(tau) - tau T_0, T_l = (l-1) T_{l-2} - tau
T_{l-1}: s^l T_l is sqrt(2/pi)/s times a power series V_l(w), V_0 = -x w K(tau^2), V_1 = s^2 e^{-tau^2/2} - x w V_0,
V_l = (l-1) s^2 V_{l-2} - x w V_{l-1}, K(q) = sum (-q/2)^j/(j! (2j+1)). So the half-integer powers of D_n at x are

.. math:: \frac{\sqrt2\, e^{-x^2/2}}{4\pi} \frac{1}{\sqrt{w(1-w/2)}} \Big[F_n G_n e^{-\tau^2/2}
   + \sum_l \frac{F_n G_{n+1+l} + G_n F_{n+1+l}}{l!} V_l\Big] .

*The kink rule.* Let r be the least order with jumps, J_j at x_j. The first half-integer power is w^{r+1/2}, from n = r
and the integral of (w-y)^r/r! y^{-1/2}, which is w^{r+1/2} / prod_{i=0}^r (i+1/2): with G = F at u = 1 and G_r(x) =
(-1)^{r+1} F_r(-x) at u = -1 its coefficients are

.. math:: (-1)^{r+1} \frac{\sqrt2}{2\pi} \frac{\sum_j J_j^2 e^{-x_j^2/2}}{\prod_{i=1}^r (i+\frac12)}
   \quad\text{and}\quad \frac{\sqrt2}{2\pi} \frac{\sum_{x_i=-x_j} J_i J_j e^{-x_j^2/2}}{\prod_{i=1}^r (i+\frac12)} .

Where kinks of different orders r, r' meet at u = -1 the first power there is w^{(r+r'+1)/2}, singular if r + r' is
even: the series below holds all of them.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import flint

from ..kernels.activations import Activation, ExponentialSum, Terms, times
from ..numbers.closed_values import e_power, exponential, pi_power, power, product
from ..numbers.constants import ONE, ZERO, Number, named_generator, rational, total
from ..numbers.exact_numbers import Scalar, as_number

_ONE = Activation((), (((0, Fraction(0), Fraction(1)),),))
_HALF = Fraction(1, 2)
_BITS = 96
_FAR = 8  # beyond, 1/2 and Phi - 1/2 would cancel by 90 bits and more, and e^{q^2/2} would need as many again
_Series = list[flint.fmpq_poly]  # in w, its coefficients polynomials in x


def weighted(x: Number, c: Scalar | int) -> Number:
    """c x."""
    return x.scaled(c) if type(c) is Fraction or isinstance(c, int) else x * as_number(c)


def exponential_of(q: Scalar) -> Number:
    """e^q."""
    return e_power(q) if type(q) is Fraction else exponential(as_number(q))


def number(value: ExponentialSum) -> Number:
    """The sum of c e^q as a `Number`."""
    return total([weighted(exponential_of(q), c) for q, c in value.items()]) if value else ZERO


@functools.lru_cache(maxsize=4096)
def normal(q: Scalar) -> Number:
    """Phi(q), the normal distribution function."""
    half = rational(_HALF)
    if not q:
        return half
    size, sign = float(q), 1 if float(q) > 0 else -1
    far = abs(size) > _FAR
    content = q * sign if type(q) is Fraction else as_number(q).scaled(sign)
    name = named_generator("mills" if far else "normal", content)
    if name.floats:  # q may be 0 within their rounding
        name.positive = far or bool(name.inner[0].ball(_BITS) > 0)
    found = product({name: Fraction(1)})
    if far:
        tail = found * exponential_of(-q * q / 2)
        return tail if sign < 0 else rational(1) - tail
    return half + found.scaled(sign)


def mills(q: Scalar) -> Number:
    """e^{q^2/2} (1 - Phi(q)): Mills' ratio over (2 pi)^{1/2}."""
    return normal(-q) * exponential_of(q * q / 2)


@functools.lru_cache(maxsize=4096)
def density(q: Scalar) -> Number:
    """phi(q), the normal density."""
    return exponential_of(-q * q / 2) * power(pi_power(1).scaled(2), -_HALF)


def _pieces_of_product(f: Activation, g: Activation) -> list[tuple[Scalar | None, Scalar | None, Terms]]:
    """(from, to, f g there); None: infinite."""
    points = sorted({*f.breaks, *g.breaks})
    ends: list[Scalar | None] = [None, *points, None]
    out = []
    for low, high in zip(ends, ends[1:], strict=False):
        i, j = (0 if low is None else sum(x <= low for x in h.breaks) for h in (f, g))
        out.append((low, high, times(f.terms[i], g.terms[j])))
    return out


def moment(m: int, beta: Scalar, low: Scalar | None, high: Scalar | None) -> Number:
    """The integral of x^m e^{beta x} phi(x) from low to high (None: infinite)."""
    # e^{beta x} phi(x) = e^{beta^2/2} phi(x - beta).
    a, b = (None if x is None else x - beta for x in (low, high))
    above = rational(1) if b is None else normal(b)
    moments = [above if a is None else above - normal(a)]
    for i in range(1, m + 1):
        found = moments[i - 2].scaled(i - 1) if i > 1 else ZERO
        for x, sign in ((a, 1), (b, -1)):
            if x is not None and (x or i == 1):
                found = found + weighted(density(x), sign * x ** (i - 1))
        moments.append(found)
    parts = [weighted(c, math.comb(m, i) * beta ** (m - i)) for i, c in enumerate(moments)]
    return total(parts) * exponential_of(beta * beta / 2)


def expectation(f: Activation, g: Activation) -> Number:
    """E[f(a) g(a)], a standard normal."""
    parts = [
        weighted(moment(m, beta, low, high), c)
        for low, high, piece in _pieces_of_product(f, g)
        for (m, beta), c in piece.items()
    ]
    return total(parts) if parts else ZERO


def mean(f: Activation) -> Number:
    """E[f(a)], a standard normal."""
    return expectation(f, _ONE)


@functools.lru_cache(maxsize=4096)
def end_value(f: Activation, end: int) -> Number:
    """E[f(a)^2] (end = 1) or E[f(a) f(-a)] (end = -1)."""
    return expectation(f, f if end == 1 else f.mirrored())


def kink_rule(kinks: tuple[tuple[Fraction, int, Fraction], ...]) -> tuple[Fraction, Number, Number]:
    """(nu, c_plus, c_minus) for an activation that is smooth but for kinks (x, r, J): the rule of the module.

    Kinks of a higher order than the least one add to higher powers only.
    """
    r = min(order for _, order, _ in kinks)
    jumps = {x: j for x, order, j in kinks if order == r}
    scale = power(rational(2), _HALF) * pi_power(-1)
    scale = scale.scaled(1 / math.prod((i + _HALF for i in range(1, r + 1)), start=Fraction(2)))
    sums = [
        total([e_power(-x * x / 2).scaled(j * jumps.get(sign * x, 0)) for x, j in jumps.items()]) for sign in (1, -1)
    ]
    return r + _HALF, (scale * sums[0]).scaled((-1) ** (r + 1)), scale * sums[1]


# -- the expansion -------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def end_coefficients(f: Activation, end: int, count: int) -> tuple[Number, ...]:
    """c_0, ..., c_{count-1} of kappa = sum_j c_j w^{j/2}, w = 1 - u (end = 1) or 1 + u (end = -1)."""
    length = (count + 1) // 2  # powers of w
    derivatives_f, derivatives_g = [f], [f if end == 1 else f.mirrored()]
    # A jump of order n + 1 + l adds from w^{n + 1 + l/2} on.
    for _ in range(2 * length + 2):
        derivatives_f.append(derivatives_f[-1].derivative())
        derivatives_g.append(derivatives_g[-1].derivative())
    whole = [
        expectation(derivatives_f[n], derivatives_g[n]).scaled(Fraction((-1) ** n, math.factorial(n)))
        for n in range(length)
    ]
    half = [ZERO] * length  # of w^{j + 1/2}
    for x in sorted({*derivatives_f[0].breaks, *derivatives_g[0].breaks}):
        _add_kink(x, derivatives_f, derivatives_g, whole, half)
    out = [c for pair in zip(whole, half, strict=True) for c in pair]
    return tuple(out[:count])


def _add_kink(
    x: Scalar, derivatives_f: list[Activation], derivatives_g: list[Activation], whole: list[Number], half: list[Number]
) -> None:
    length = len(whole)
    sides = [
        [tuple(number(value) for value in h.sides(x)) for h in derivatives]
        for derivatives in (derivatives_f, derivatives_g)
    ]
    jumps = [[right - left for left, right in values] for values in sides]
    middles = [[(right + left).scaled(_HALF) for left, right in values] for values in sides]
    moments, tails, weight = _local_at(x, length)
    plain, singular = density(x), (exponential_of(-x * x / 2) * pi_power(-1)).scaled(Fraction(1, 4))
    singular = singular * power(rational(2), _HALF)
    for n in range(length):
        smooth = [ZERO] * length
        rough = [ZERO] * length  # times w^{-1/2}
        if jumps[0][n] and jumps[1][n]:
            _accumulate(rough, jumps[0][n] * jumps[1][n], weight)
        for first, second in ((0, 1), (1, 0)):
            jump = jumps[first][n]
            if not jump:
                continue
            for order in range(2 * length - 2 * n):
                scale = Fraction(1, math.factorial(order))
                middle = middles[second][n + 1 + order]
                if middle:
                    _accumulate(smooth, (jump * middle).scaled(scale), moments[order])
                other = jumps[second][n + 1 + order]
                if other:
                    _accumulate(rough, (jump * other).scaled(scale), tails[order])
        sign = -((-1) ** n)
        for i in range(length):
            if i + n + 1 < length and smooth[i]:
                c = Fraction(sign * math.factorial(i), math.factorial(i + n + 1))
                whole[i + n + 1] = whole[i + n + 1] + (smooth[i] * plain).scaled(c)
            if i + n < length and rough[i]:
                c = sign / math.prod((Fraction(i + j) + _HALF for j in range(n + 1)), start=Fraction(1))
                half[i + n] = half[i + n] + (rough[i] * singular).scaled(c)


def _accumulate(target: list[Number], scale: Number, series: list[Number]) -> None:
    for i, c in enumerate(series):
        if c and i < len(target):
            target[i] = target[i] + scale * c


@functools.lru_cache(maxsize=256)
def _local_at(x: Scalar, length: int) -> tuple[list[list[Number]], list[list[Number]], list[Number]]:
    """`_local` at x."""
    powers = [ONE]
    for _ in range(2 * length):
        powers.append(powers[-1] * as_number(x))

    def at(series: _Series) -> list[Number]:
        return [total([powers[i].scaled(c) for i, c in enumerate(p.coeffs()) if c]) for p in series]

    moments, tails, weight = _local(length)
    return [at(series) for series in moments], [at(series) for series in tails], at(weight)


@functools.lru_cache(maxsize=64)
def _local(length: int) -> tuple[list[_Series], list[_Series], _Series]:
    """Series in w to this length: E(b-x)^l, and (1-w/2)^{-1/2} times V_l and times e^{-tau^2/2}."""
    square = _cut([0, 2, -1], length)  # s^2
    shift = _cut([0, flint.fmpq_poly([0, -1])], length)  # -x w
    # tau^2 = x^2 w/(2-w) = x^2 sum_{j>=1} (w/2)^j
    tau = _cut([0] + [flint.fmpq_poly([0, 0, flint.fmpq(1, 2**j)]) for j in range(1, length)], length)
    gauss, distribution = _cut([], length), _cut([], length)
    term, j = _cut([1], length), 0
    while any(term):
        for i, c in enumerate(term):
            gauss[i] += c
            distribution[i] += c * flint.fmpq(1, 2 * j + 1)
        j += 1
        term = [c * flint.fmpq(-1, 2 * j) for c in _times(term, tau)]
    root = _cut([flint.fmpq(math.comb(2 * i, i), 8**i) for i in range(length)], length)  # (1-w/2)^{-1/2}
    moments, tails = [_cut([1], length), shift], [_times(shift, distribution)]
    tails.append(_plus(_times(square, gauss), _times(shift, tails[0])))
    for order in range(2, 2 * length + 1):
        for found in (moments, tails):
            second = [(order - 1) * c for c in _times(square, found[-2])]
            found.append(_plus(_times(shift, found[-1]), second))
    return moments, [_times(v, root) for v in tails], _times(gauss, root)


def _cut(a: list[Any], length: int) -> _Series:
    return [flint.fmpq_poly(0) + c for c in (a + [0] * length)[:length]]


def _plus(a: _Series, b: _Series) -> _Series:
    return [p + q for p, q in zip(a, b, strict=True)]


def _times(a: _Series, b: _Series) -> _Series:
    out = _cut([], len(a))
    for i, p in enumerate(a):
        if p:
            for j in range(len(a) - i):
                out[i + j] += p * b[j]
    return out
