r"""Duals of activations at any variance q, as expressions: K(u) = E[phi(a) phi(b)], a and b of variance q.

Notation: beta = 1 - 1/(1 + x) for an x in proportion to q, y = beta u.

- a min(z, 0) + b max(z, 0), steps, powers of max(z, 0): q^n times the dual at variance 1 (Cho & Saul 2009; claim 12).
- a erf(b z) + c: (2 a^2/pi) arcsin y + c^2 with x = 2 b^2 q (Williams 1997), which is a^2 (2 kappa_0(y) - 1) + c^2.
- GELU, z Phi(z): (q/2) u kappa_0(y) + q beta (1 - (q-1)/(q+1) u^2) / (2 pi (1-y^2)^{1/2}) with x = q, by Stein's lemma
  applied twice, as `duals` has it at q = 1.
- a e^{b z^2}: a^2 / (1+x) (1 - y^2)^{-1/2} with x = -2 b q, from E e^{b(a^2+b^2)} = det(1 - 2 b Sigma)^{-1/2}; for
  b > 0 it has a mean square where 4 b q < 1.
- e^{-z^2} sin z: the same with b = -1, times (e^{-l(u)} - e^{-l(-u)})/2, l(u) = q(1-u)/(1 + 2q(1-u)): E sin sin of the
  tilted pair, of covariance Sigma (1 + 2 Sigma)^{-1}.
- a sin(b z + c): (a^2/2)(e^{-b^2 q (1-u)} - cos(2c) e^{-b^2 q (1+u)}); `rbf` is the one with c = pi/4.
- a e^{b z}: a^2 e^{b^2 q (1+u)}.
- polynomials: sum_i (E phi(q^{1/2} z) He_i(z))^2 u^i / i! (claim 10).

All numbers are exact where the parameters are; cos(2c) is a rounded one. Smooth activations by name (`smooth_duals`)
and callables have series with a stated error; activations by pieces (`activations`) are stretched by the root of q.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar, as_number, as_reading, is_zero, made, power
from ..numbers.rational import as_exact, latex_number, number_text, rational_root
from . import smooth_duals as smooth
from .activations import Activation as Pieces
from .atoms import Monomial
from .callable_duals import series_of
from .cauchy import cauchy
from .expression import add, compose, exact_one, zero
from .families import ArcCosine, Exponential
from .hermite import moment
from .named_activations import name_of
from .piecewise import dual_of as of_pieces
from .piecewise import kinked_power
from .piecewise import slope_of as slope_of_pieces
from .powers import SinePower
from .zonal import Zonal

_HALF = Fraction(1, 2)
_U = Monomial(1)
_LARGEST_DEGREE, _LARGEST_EXPONENT = 100, 400

#: The families, with the names of their parameters; a polynomial has as many coefficients as it has.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "abrelu": ("a", "b"),
    "rectified_monomial": ("degree",),
    "step": (),
    "sign": (),
    "erf": ("a", "b", "c"),
    "gelu": (),
    "sin": ("a", "b", "c"),
    "cos": ("a", "b", "c"),
    "rbf": ("gamma",),
    "exp": ("a", "b"),
    "gaussian": ("a", "b"),
    "gabor": (),
    "polynomial": ("coefficients",),
    # Maps of covariances that belong to no function at every variance: (q u)^degree, q e^{gamma (u + shift)}.
    "power": ("degree",),
    "exp_normalized": ("gamma", "shift"),
}

#: What the names of `ks.dual` are among these.
NAMES: dict[str, tuple[str, tuple[Fraction, ...]]] = {
    "relu": ("abrelu", (Fraction(0), Fraction(1))),
    "leaky_relu": ("abrelu", (Fraction(1, 100), Fraction(1))),
    "abs": ("abrelu", (Fraction(-1), Fraction(1))),
    "linear": ("abrelu", (Fraction(1), Fraction(1))),
    "erf": ("erf", (Fraction(1), Fraction(1), Fraction(0))),
    "sin": ("sin", (Fraction(1), Fraction(1), Fraction(0))),
    "cos": ("cos", (Fraction(1), Fraction(1), Fraction(0))),
    "exp": ("exp", (Fraction(1), Fraction(1))),
    "gelu": ("gelu", ()),
    "step": ("step", ()),
    "sign": ("sign", ()),
    "gabor": ("gabor", ()),
}


@dataclass(frozen=True)
class Phi:
    """An activation: one of `PARAMETERS`, its parameters exact; one of `smooth_duals`, by pieces, or a callable."""

    family: str
    parameters: tuple[Scalar, ...] = ()
    pieces: Pieces | None = None
    function: Callable[[Any], Any] | None = None
    derivative: Callable[[Any], Any] | None = None  # of a callable; None: by differences

    def __post_init__(self) -> None:
        if self.family == "polynomial" and len(self.parameters) > _LARGEST_DEGREE + 1:
            raise ValueError(f"polynomial takes at most {_LARGEST_DEGREE + 1} coefficients; got {len(self.parameters)}")
        for word, value in zip(PARAMETERS.get(self.family, ()), self.parameters, strict=False):
            if word == "degree" and value not in range(_LARGEST_DEGREE + 1):
                raise ValueError(
                    f"degree must be an integer from 0 to {_LARGEST_DEGREE} in {self.text()}, got {float(value):g}"
                )
            if word == "gamma" and value < 0:
                raise ValueError(f"gamma must be >= 0 for a kernel, got {float(value):g}")

    @property
    def homogeneous(self) -> bool:
        """Whether phi(s z) is in proportion to s: layers that forget the variance."""
        return self.family == "abrelu" or self.family == "rectified_monomial" and self.parameters[0] == 1

    @property
    def parity(self) -> int | None:
        """1 for a phi that is odd, 0 for one that is even, where the form of its dual does not show it."""
        if self.family in ("gabor", "tanh"):
            return 1
        plain = self.family in ("erf", "sin", "cos") and not self.parameters[2]
        return int(self.family != "cos") if plain else None

    @property
    def steps(self) -> bool:
        """Whether phi is constant between jumps."""
        return self.family in ("step", "sign") or self.family == "rectified_monomial" and not self.parameters[0]

    @property
    def jumps(self) -> bool:
        """Whether phi jumps: tangent kernels are infinite at u = 1 where phi' holds what a jump adds."""
        return self.steps or self.pieces is not None and any(self.pieces.jump(x) for x in self.pieces.breaks)

    def dual(self, q: Scalar) -> Zonal:
        """K."""
        if self.pieces is not None:
            return of_pieces(self.pieces, _stretch(q))
        if self.function is not None:
            return series_of(self.function, self.derivative, False, q)[0]
        if self.family in smooth.NAMES:
            return smooth.SmoothDual(self.family, variance=q)
        return _FORMS[self.family](q, *self.parameters)

    def slope(self, q: Scalar) -> Zonal:
        """K' = q E[phi'(a) phi'(b)], phi' the derivative between jumps."""
        if self.pieces is not None:
            return slope_of_pieces(self.pieces, _stretch(q))
        if self.function is not None:
            return series_of(self.function, self.derivative, True, q)[0]
        if self.family in smooth.NAMES:
            return smooth.SmoothDual(self.family, variance=q, steep=True)
        return zero() if self.steps else self.dual(q).derivative()

    def square(self, q: Scalar) -> Scalar:
        """E phi(q^{1/2} z)^2: exact, but of smooth activations by name (known to 96 bits) and callables (to 40)."""
        if self.function is not None:
            found = series_of(self.function, self.derivative, False, q)[1]
        elif self.family in smooth.NAMES:
            found = smooth.mean_square(self.family, q)
        else:
            found = exact_one(self.dual(q))
        if self.pieces.is_zero if self.pieces is not None else not found > 0:
            raise ValueError(f"{self.text()} is 0 at all inputs of variance {float(q):g}: its network has no kernel")
        return found

    def climb(self, q: Scalar) -> Scalar:
        """K'(1) = q E phi'(q^{1/2} z)^2: exact, but of smooth activations, whose series are rounded."""
        slope = self.slope(q)
        return smooth.series_one(slope) if slope.truncation else exact_one(slope)

    def text(self) -> str:
        """The text that `steps.read` reads back; a callable's is its name, which nothing reads back."""
        if self.function is not None:
            return f"callable({getattr(self.function, '__name__', 'function')})"
        if self.pieces is not None:
            return name_of(self.pieces) or f"pieces({self.pieces.text()})"
        plain = next((name for name, known in NAMES.items() if known == (self.family, self.parameters)), None)
        if plain is not None:
            return plain
        words = ", ".join(map(number_text, self.parameters))
        return f"{self.family}({words})" if words else self.family

    @property
    def latex(self) -> str:
        """Its name and parameters in LaTeX."""
        word = (name_of(self.pieces) if self.pieces is not None else None) or self.text().partition("(")[0]
        numbers = ", ".join(map(latex_number, self.parameters))
        plain = self.text() == word or not numbers
        name = word.replace("_", r"\,")
        return rf"\mathrm{{{name}}}" + ("" if plain else rf"\left({numbers}\right)")


def _stretch(q: Scalar) -> Scalar:
    """The root of q, by which pieces are stretched."""
    root = rational_root(q) if type(q) is Fraction else None
    return power(q, _HALF) if root is None else root


def _line(slope: Scalar) -> Zonal:
    return add([(slope, _U)])


def _tilt(x: Scalar) -> Scalar:
    """beta, with x in it once."""
    return 1 - 1 / (1 + x)


def _root(y: Zonal) -> Zonal:
    """(1 - y^2)^{-1/2} / pi."""
    return compose(SinePower(-_HALF), y)


def _pi() -> Scalar:
    from ..numbers.closed_values import pi_power

    return made(pi_power(1))


def _exp(x: Scalar) -> Scalar:
    """e^x."""
    if x > _LARGEST_EXPONENT:
        raise ValueError(f"the mean square e^{float(x):g} of an exponential is no float: it needs smaller variances")
    from ..numbers.closed_values import exponential

    number = as_number(x)
    reading = exponential(as_reading(x)) if number.floats else None
    return made(exponential(number), reading)


def _abrelu(q: Scalar, a: Scalar, b: Scalar) -> Zonal:
    return q * kinked_power(1, a, b)


def _rectified(q: Scalar, degree: Scalar) -> Zonal:
    n = int(float(degree))
    return q**n * kinked_power(n, Fraction(0), Fraction(1))


def _sign(q: Scalar) -> Zonal:
    return kinked_power(0, Fraction(-1), Fraction(1))


def _erf(q: Scalar, a: Scalar, b: Scalar, c: Scalar) -> Zonal:
    angle = compose(ArcCosine(0), _line(_tilt(2 * b * b * q)))
    return add([(2 * a * a, angle), (c * c - a * a, Monomial(0))])


def _gelu(q: Scalar) -> Zonal:
    beta = _tilt(q)
    y = _line(beta)
    bent = add([(Fraction(1), Monomial(0)), (2 / (1 + q) - 1, Monomial(2))])
    return add([(q / 2, _U * compose(ArcCosine(0), y)), (q * beta / 2, bent * _root(y))])


def _sinusoid(q: Scalar, a: Scalar, b: Scalar, twice: Scalar) -> Zonal:
    """`twice` is cos(2c)."""
    rate = b * b * q
    if not rate:
        return add([(a * a * (1 - twice) / 2, Monomial(0))])
    near = Exponential(rate)
    terms: list[tuple[Scalar, Zonal]] = [(a * a / 2, near)]
    if twice:
        terms.append((-a * a / 2 * twice, compose(near, _line(Fraction(-1)))))
    return add(terms)


def _double_cosine(c: Scalar) -> Scalar:
    return as_exact(math.cos(2 * float(c)), "cos(2c)") if c else Fraction(1)


def _exponential(q: Scalar, a: Scalar, b: Scalar) -> Zonal:
    rate = b * b * q
    return add([(a * a * _exp(2 * rate), Exponential(rate) if rate else Monomial(0))])


def _gaussian(q: Scalar, a: Scalar, b: Scalar) -> Zonal:
    if 4 * b * q >= 1:
        raise ValueError(
            f"exp(b x^2) has no mean square where 4 b times the variance is 1 or more; got b = {float(b):g} and the "
            f"variance {float(q):g}"
        )
    if not b:
        return add([(a * a, Monomial(0))])
    x = -2 * b * q
    return add([(a * a * _pi() / (1 + x), _root(_line(abs(_tilt(x)))))])


def _gabor(q: Scalar) -> Zonal:
    weight = add([(_pi() / (1 + 2 * q) / 2, _root(_line(_tilt(2 * q))))])
    near = compose(Exponential(_HALF), cauchy(c=2 * q, gamma=1, alpha=1))
    return weight * (near - compose(near, _line(Fraction(-1))))


def _polynomial(q: Scalar, *coefficients: Scalar) -> Zonal:
    terms = []
    for i in range(len(coefficients)):
        # The powers of q of one parity: a root of it is left, and is squared away.
        mean: Scalar = Fraction(0)
        for m in range(i, len(coefficients), 2):
            mean = mean + coefficients[m] * moment(m, i) * q ** (m // 2 - i // 2)
        if mean and not is_zero(mean):
            terms.append((mean * mean * q**i / math.factorial(i), Monomial(i)))
    return add(terms)


def _powers(q: Scalar, degree: Scalar) -> Zonal:
    n = int(float(degree))
    return q**n * Monomial(n)


def _exp_normalized(q: Scalar, gamma: Scalar, shift: Scalar) -> Zonal:
    if not gamma:
        return q * Monomial(0)
    return add([(q * _exp(gamma * (1 + shift)), Exponential(gamma))])


_FORMS: dict[str, Callable[..., Zonal]] = {
    "abrelu": _abrelu,
    "rectified_monomial": _rectified,
    "step": lambda q: kinked_power(0, Fraction(0), Fraction(1)),
    "sign": _sign,
    "erf": _erf,
    "gelu": _gelu,
    "sin": lambda q, a, b, c: _sinusoid(q, a, b, _double_cosine(c)),
    "cos": lambda q, a, b, c: _sinusoid(q, a, b, -_double_cosine(c)),
    "rbf": lambda q, gamma: add([(Fraction(1), Exponential(2 * gamma * q) if gamma else Monomial(0))]),
    "exp": _exponential,
    "gaussian": _gaussian,
    "gabor": _gabor,
    "polynomial": _polynomial,
    "power": _powers,
    "exp_normalized": _exp_normalized,
}
