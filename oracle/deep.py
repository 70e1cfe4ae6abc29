r"""Second opinions in Arb balls: deep kernels by their plain formulas, eigenvalues by quadrature.

Nothing here uses the library. A kernel is a function of the cosine, written with arccos and square
roots as in the papers; an eigenvalue is the Funk-Hecke integral by Gauss-Legendre in the angle, in
which these kernels are analytic (claim 6). The balls hold all rounding errors; what the quadrature
leaves out is measured by `quadrature_gap`. `limit` extrapolates constants from such values alone.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath as mp

Ball: TypeAlias = Any
Kernel: TypeAlias = Callable[[Ball], Ball]

# Balls in the recurrence of P_k grow like 2.42^k: 255 of these bits at k = 200.
BITS = 700


@contextmanager
def precision(bits: int = BITS) -> Iterator[None]:
    """Work with this many bits, and put the former precision back."""
    import flint

    saved = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = saved


def ball(q: Any) -> Ball:
    """A rational number, a float included, as a ball at the precision in force."""
    from flint import arb

    q = Fraction(q)
    return arb(q.numerator) / q.denominator


def like(q: Any, u: Any) -> Any:
    """A rational number, a float included, in the arithmetic of u: a ball, or a number of mpmath."""
    if isinstance(u, mp.mpf):
        return mp.mpf(Fraction(q).numerator) / Fraction(q).denominator
    return ball(q)


def sqrt2_over_pi() -> Ball:
    """The coefficient of t^{1/2} in 1 - kappa_0(1-t)."""
    from flint import arb

    return arb(2).sqrt() / arb.pi()


def alpha() -> Ball:
    """2 sqrt2/(3 pi), the coefficient of t^{3/2} in kappa_1 at both ends."""
    return 2 * sqrt2_over_pi() / 3


def arccosine(n: int, u: Any) -> Any:
    """kappa_n, n = 0, 1, 2, as Cho & Saul print it (claim 12), of a ball or a number of mpmath."""
    from flint import arb

    plain = isinstance(u, mp.mpf)
    pi, angle = (mp.pi, mp.acos(u)) if plain else (arb.pi(), u.acos())
    if n == 0:
        return 1 - angle / pi
    square = (1 - u) * (1 + u)
    sine = mp.sqrt(square) if plain else square.sqrt()
    if n == 1:
        return (u * (pi - angle) + sine) / pi
    return (3 * u * sine + (1 + 2 * u * u) * (pi - angle)) / (3 * pi)


def rf(depth: int, degree: int = 1) -> Kernel:
    """The random-feature kernel of `depth` layers: depth - 1 compositions."""

    def kappa(u: Ball) -> Ball:
        for _ in range(depth - 1):
            u = arccosine(degree, u)
        return u

    return kappa


def ntk(depth: int, bias: bool = False) -> Kernel:
    """The tangent kernel by the recursion of claim 23, from u or, with bias, from u + 1."""

    def kappa(u: Ball) -> Ball:
        tangent = u + 1 if bias else u
        for _ in range(depth - 1):
            tangent, u = tangent * arccosine(0, u), arccosine(1, u)
            tangent = tangent + u
        return tangent

    return kappa


def laplace(c: Any, gamma: Any = Fraction(1, 2)) -> Kernel:
    """e^{-c (1-u)^gamma} for rational c and gamma."""

    def kappa(u: Ball) -> Ball:
        defect = 1 - u
        root = defect.sqrt() if gamma == 0.5 else defect ** ball(gamma)
        return (-ball(c) * root).exp()

    return kappa


def funk_hecke_constant(d: int) -> Ball:
    """c_d = Gamma(d/2)/(sqrt(pi) Gamma((d-1)/2)) (claim 6)."""
    from flint import arb

    return (arb(d) / 2).gamma() / (arb.pi().sqrt() * (arb(d - 1) / 2).gamma())


def legendre(d: int, u: Any) -> Iterator[Any]:
    """P_0(u), P_1(u), ..., 1 at u = 1, by the recurrence of claim 2 in the arithmetic of u."""
    before, here = 1 + 0 * u, u
    for k in itertools.count():
        yield before
        before, here = here, ((2 * k + d) * u * here - (k + 1) * before) / (k + d - 1)


def eigenvalues(
    kappa: Kernel, d: int, degrees: Sequence[int], nodes: int = 300, fold: int = 1, bits: int = BITS
) -> list[Ball]:
    r"""mu_k of kappa on S^{d-1} for some degrees k, by Gauss-Legendre in z, theta = pi z^fold.

    .. math:: \mu_k = c_d\int_0^\pi \kappa(\cos\theta)P_k(\cos\theta)\sin^{d-2}\theta\,d\theta

    fold = 2^{L-2} makes the integrand of a step network of L layers analytic.
    """
    from flint import arb

    with precision(bits):
        total = {k: arb(0) for k in degrees}
        for u, weight in _points(d, nodes, fold, bits):
            factor = weight * kappa(u)
            for k, value in zip(range(max(degrees) + 1), legendre(d, u), strict=False):
                if k in total:
                    total[k] += factor * value
        return [funk_hecke_constant(d) * total[k] for k in degrees]


@functools.lru_cache(maxsize=32)
def _rule(nodes: int, bits: int) -> list[tuple[Ball, Ball]]:
    """Gauss-Legendre on [0, 1] at the precision in force, which is `bits`."""
    from flint import arb

    pairs = (arb.legendre_p_root(nodes, i, weight=True) for i in range(nodes))
    return [((1 + root) / 2, weight / 2) for root, weight in pairs]


@functools.lru_cache(maxsize=8)
def _points(d: int, nodes: int, fold: int, bits: int) -> list[tuple[Ball, Ball]]:
    """Cosines and weights of the integral."""
    from flint import arb

    points = []
    for z, weight in _rule(nodes, bits):
        theta = arb.pi() * z**fold
        jacobian = arb.pi() * fold * z ** (fold - 1)
        points.append((theta.cos(), weight * jacobian * theta.sin() ** (d - 2)))
    return points


def quadrature_gap(kappa: Kernel, d: int, degrees: Sequence[int], nodes: int = 300, fold: int = 1) -> float:
    """The largest relative difference from the quadrature with a fifth fewer nodes."""
    fine = eigenvalues(kappa, d, degrees, nodes, fold)
    coarse = eigenvalues(kappa, d, degrees, nodes * 4 // 5, fold)
    with precision():
        return max(float((1 - c / f).abs_upper()) for c, f in zip(coarse, fine, strict=True))


def power_eigenvalue(d: int, nu: Ball, k: int) -> Ball:
    r"""C(d, nu) Gamma(k-nu)/Gamma(k+nu+d-1), the eigenvalue of (1-t)^nu (claim 15), in balls."""
    from flint import arb

    half, nu = arb(d) / 2, arb(nu)
    constant = 2 ** (nu + d - 2) * half.gamma() * (nu + half - arb(1) / 2).gamma()
    constant /= arb.pi().sqrt() * (-nu).gamma()
    return constant * (k - nu).gamma() / (k + nu + d - 1).gamma()


def limit(ratios: Sequence[Ball], d: int, degrees: Sequence[int]) -> Ball:
    """The limit of ratios that are series in 1/(k + d/2 - 1)^2, by Richardson extrapolation.

    So are the ratios of mu_k to the eigenvalue of (1-t)^nu wherever all non-integer exponents of
    the kernel are nu, nu+1, nu+2, ... (claim 18).
    """
    from flint import arb

    with precision():
        return at_zero([1 / (arb(k) + arb(d) / 2 - 1) ** 2 for k in degrees], ratios)


def at_zero(x: Sequence[Any], values: Sequence[Any]) -> Any:
    """The interpolating polynomial at 0, by Neville's scheme, for numbers of any kind."""
    rows = list(values)
    for width in range(1, len(rows)):
        rows = [(x[i] * rows[i + 1] - x[i + width] * rows[i]) / (x[i] - x[i + width]) for i in range(len(rows) - 1)]
    return rows[0]


def depths(largest: int) -> tuple[list[Ball], list[Ball]]:
    """b_L = kappa^L(-1) and Pi_L = prod_{j=2}^{L-1} kappa_0(b_j), indexed by L = 0..largest."""
    from flint import arb

    with precision():
        b, product = [arb("nan")] * 2 + [arb(0)], [arb("nan")] * 2 + [arb(1)]
        for _ in range(3, largest + 1):
            product.append(product[-1] * arccosine(0, b[-1]))
            b.append(arccosine(1, b[-1]))
        return b, product


def has_digits(value: Ball, decimal: str) -> bool:
    """Whether every number in the ball rounds to this decimal: proved by the ball."""
    from flint import arb

    with precision():
        places = len(decimal.partition(".")[2])
        return bool(abs(value - arb(decimal)) < arb(1) / 2 / arb(10) ** places)


def end_coefficient(kappa: Kernel, end: int, nu: Ball, start: Any, bits: int = 4000) -> Ball:
    """(kappa(end (1-t)) - start(t))/t^nu at t = 2^-bits: the coefficient of t^nu at an end.

    `start` is a number or a polynomial, its coefficients in order. The next term of the expansion,
    t^mu, leaves a relative error near 2^(-bits (mu - nu)).
    """
    from flint import arb

    # t^nu takes nu times the bits of t, and arccos near 1 as many again.
    with precision(int((4 + 2 * float(arb(nu))) * bits)):
        t = arb(2) ** -bits
        parts = start if isinstance(start, (list, tuple)) else [start]
        polynomial = sum((c * t**j for j, c in enumerate(parts)), arb(0))
        return (kappa(end * (1 - t)) - polynomial) / t ** arb(nu)


def step_expansions(depth: int, terms: int) -> tuple[dict[Ball, Ball], dict[Ball, Ball]]:
    r"""The non-integer powers of a step network at +1 and -1, as {exponent: coefficient}.

    By claim 13, 1 - kappa_0(1-t) = kappa_0(-1+t) = c sum_j a_j t^{j+1/2}, c = sqrt2/pi. So at +1 the
    defect of l layers is s F_l(s^2) in s = t^{2^{1-l}}, with F_1 = 1 and

    .. math:: F_l(w) = c \sum_j a_j w^j F_{l-1}(w^2)^{j+1/2};

    at -1 the first layer is this series in t^{1/2}, and the others are analytic where they read it.
    """
    import flint
    from flint import arb

    saved = flint.ctx.cap
    flint.ctx.cap = 2 * terms
    try:
        with precision():
            c = arb(2).sqrt() / arb.pi()
            a = [arb(1)]
            for j in range(terms):
                a.append(a[-1] * (2 * j + 1) ** 2 / (4 * (2 * j + 3) * (j + 1)))
            one, x = flint.arb_series([1], terms), flint.arb_series([0, 1], 2 * terms)
            factor = one
            for _ in range(depth - 1):
                inner = _dilated(factor, terms)
                power, total = inner.sqrt(), flint.arb_series([0], terms)
                for j in range(terms):
                    total += c * a[j] * power * flint.arb_series([0] * j + [1], terms)
                    power = power * inner
                factor = total
            near = {arb(2 * j + 1) / 2 ** (depth - 1): -factor[j] for j in range(terms)}
            value = flint.arb_series([0], 2 * terms)
            for j in range(terms):
                value += c * a[j] * x * flint.arb_series([0] * (2 * j) + [1], 2 * terms)
            for _ in range(depth - 2):
                value = 1 - value.acos() / arb.pi()
            far = {arb(j) / 2: value[j] for j in range(1, 2 * terms, 2)}
            integers = [e for e in near if e == e.floor()]
            return {e: b for e, b in near.items() if e not in integers}, far
    finally:
        flint.ctx.cap = saved


def _dilated(series: Any, terms: int) -> Any:
    """F(w^2) for a series F(w)."""
    import flint

    coefficients = [0] * terms
    for j in range((terms + 1) // 2):
        coefficients[2 * j] = series[j]
    return flint.arb_series(coefficients, terms)
