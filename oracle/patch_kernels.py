"""The kernels of patches from their formulas, in float64 or, as long numbers, in midpoints of Arb balls; features."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import flint
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

FLOOR = Fraction(1, 10**150)  # of norms before dividing: 0 for all purposes; 1e-6 in the papers' code


@dataclass(frozen=True)
class Numbers:
    """The functions of one arithmetic; all but `number` (a rational, rounded once) take arrays."""

    pi: Any
    number: Callable[[Fraction], Any]
    array: Callable[[Any], Array]
    exp: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]  # of what rounding made negative: 0
    acos: Callable[[Any], Any]
    clip: Callable[[Any], Any]  # to [-1, 1]
    larger: Callable[[Any, Any], Any]


FLOATS = Numbers(
    math.pi,
    float,
    lambda x: np.asarray(x, dtype=np.float64),
    np.exp,
    lambda x: np.sqrt(np.maximum(x, 0.0)),
    np.arccos,
    lambda x: np.clip(x, -1.0, 1.0),
    np.maximum,
)


def long_numbers() -> Numbers:
    """Object arrays of midpoints of Arb balls, at the precision in force."""
    arb = flint.arb

    def each(function: Callable[..., Any], arguments: int = 1) -> Callable[..., Any]:
        return np.frompyfunc(function, arguments, 1)

    return Numbers(
        arb.pi().mid(),
        lambda q: arb(flint.fmpq(q.numerator, q.denominator)).mid(),
        each(arb),
        each(lambda x: arb(x).exp().mid()),
        each(lambda x: x.mid().sqrt().mid() if x.mid() > 0 else arb(0)),
        each(lambda x: x.acos().mid()),
        each(lambda x: min(max(x.mid(), arb(-1)), arb(1))),
        each(lambda x, y: max(x.mid(), y), 2),
    )


# -- the kernels of patches, from the claims -------------------------------------------------------------------------

Kappa: TypeAlias = Callable[[Any, Numbers], Any]


def kappa_0(u: Any, f: Numbers) -> Any:
    """Claim 12; it is the derivative of kappa_1."""
    return 1 - f.acos(u) / f.pi


def kappa_1(u: Any, f: Numbers) -> Any:
    """Claim 12."""
    return (u * (f.pi - f.acos(u)) + f.sqrt((1 - u) * (1 + u))) / f.pi


def _no_slope(u: Any, f: Numbers) -> Any:
    raise ValueError("the kernel has no finite derivative at u = 1, or none is written here")


def _exponential(sigma: Fraction) -> tuple[Kappa, Kappa]:
    def bell(u: Any, f: Numbers) -> Any:
        return f.exp((u - 1) / f.number(sigma**2))

    return bell, lambda u, f: bell(u, f) / f.number(sigma**2)


# kappa and kappa' by the name of a kernel and its argument.
_ATOMS: dict[str, Callable[[Fraction], tuple[Kappa, Kappa]]] = {
    "linear": lambda _: (lambda u, f: u, lambda u, f: u**0),
    "polynomial": lambda r: (lambda u, f: u ** int(r), lambda u, f: int(r) * u ** (int(r) - 1)),
    "exponential": _exponential,
    "laplace": lambda c: (lambda u, f: f.exp(-f.number(c) * f.sqrt(1 - u)), _no_slope),
    "arccos": lambda n: (kappa_1, kappa_0) if n == 1 else (kappa_0, _no_slope),
    "rf": lambda _: (lambda u, f: kappa_1(f.clip(kappa_1(u, f)), f), _no_slope),  # of three layers
}


def terms(kernel: str) -> Iterator[tuple[Fraction, str, Fraction]]:
    """Weight, name and argument of each term of a sum."""
    for text in kernel.split(" + "):
        term = re.fullmatch(r"(?:([\d./]+)\*)?(\w+)\((?:\w+=)?([\d.]*)\)", text)
        if term is None or term[2] not in _ATOMS:
            raise ValueError(f"no formula for {kernel!r}")
        yield Fraction(term[1] or 1), term[2], Fraction(term[3] or 1)


def kappa_and_slope(kernel: str, f: Numbers = FLOATS) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """kappa and its derivative on [-1, 1], from their formulas."""
    parts = [(f.number(weight), *_ATOMS[name](argument)) for weight, name, argument in terms(kernel)]
    return lambda u: sum(w * kappa(u, f) for w, kappa, _ in parts), lambda u: sum(w * d(u, f) for w, _, d in parts)


# -- on explicit features --------------------------------------------------------------------------------------------


def tensor_power(z: Array, r: int) -> Array:
    """z (x) ... (x) z, r times, over the last axis."""
    power = z
    for _ in range(r - 1):
        power = (power[..., :, None] * z[..., None, :]).reshape(*z.shape[:-1], -1)
    return power


def pointwise(z: Array, kernel: str) -> Array:
    r"""The feature map of a patch kernel: z^{(x)r} / |z|^{r-1} of |z||z'|cos^r, z (x) z of "square"."""
    if kernel == "square":
        return tensor_power(z, 2)
    ((_, name, argument),) = terms(kernel)
    norms = np.linalg.norm(z, axis=-1, keepdims=True)
    unit = z / np.maximum(norms, float(FLOOR))
    if name == "exponential":
        return norms * _exponential_features(unit, 1 / float(argument) ** 2)
    if name not in ("polynomial", "linear"):
        raise ValueError(f"{kernel!r} has no features in finite dimension here")
    return norms * tensor_power(unit, int(argument))


def _exponential_features(unit: Array, alpha: float, degree: int = 30) -> Array:
    """e^{alpha(u-1)} as a sum of powers u^j on the circle; the rest is below 1e-15."""
    if unit.shape[-1] != 2:
        raise ValueError(f"the powers are written out for patches in R^2, not R^{unit.shape[-1]}")
    a, b = np.moveaxis(unit, -1, 0)
    # u^j = (a a' + b b')^j, by the binomial theorem.
    columns = [
        math.sqrt(math.exp(-alpha) * alpha**j / math.factorial(j) * math.comb(j, i)) * a**i * b ** (j - i)
        for j in range(degree + 1)
        for i in range(j + 1)
    ]
    return np.stack(columns, axis=-1)
