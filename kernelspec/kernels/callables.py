r"""Kernels from a function of the user's own: `from_callable`.

Of such a function only values are known. It is read at real float arrays: values, Gram matrices, sums, products and
compositions around other kernels, and eigenvalues by quadrature with an absolute error (`spectrum.quadrature`). What
needs a formula - `expand`, `decay`, `taylor`, `spectrum(d).exact`, `certified`, `asymptotic`, `same_rkhs` - refuses.
A kernel with all readings is a subclass of `Zonal`, whose docstring shows one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.arithmetic import BallArithmetic, FloatArithmetic, MpmathArithmetic, SympyArithmetic
from ..numbers.rational import Polynomial, as_fraction, number_text
from ..numbers.user_functions import finite
from .atoms import Atom
from .points import Pair, Point
from .zonal import Zonal

Array = np.ndarray[Any, np.dtype[Any]]
_READINGS: dict[str, type] = {"mpmath": MpmathArithmetic, "arb": BallArithmetic, "sympy": SympyArithmetic}
_PROBE = np.array([-1.0, -0.8125, -0.3, -0.125, 0.0, 0.125, 0.3, 0.7, 0.8125, 1.0])
_CLOSE = 1e-10  # what two calls of one function may differ by, relative to its size


@dataclass(frozen=True, repr=False)
class UserFunction(Atom):
    """A function of the user's own, with what he states about it."""

    bounded = False

    function: Callable[[Any], Any]
    name: str
    exponents: tuple[Fraction | None, Fraction | None] = (None, None)  # as `singular` states them
    parity: str | None = None
    readings: tuple[str, ...] = field(default=())

    @property
    def user_functions(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def singular(self) -> frozenset[int]:
        return frozenset((1, 0, -1))

    @property
    def tie(self) -> int:
        """Where two functions of one name stand in a sum."""
        return id(self.function)

    def pair(self, point: Point) -> Pair:
        arithmetic: Any = point.arithmetic
        if type(arithmetic) is FloatArithmetic and arithmetic.xp is np:
            value = called(self.function, self.name, point.u)
            one = called(self.function, self.name, np.ones(1))[0]
            return Pair(value, one - value, one)
        if any(isinstance(arithmetic, _READINGS[reading]) for reading in self.readings):
            value = self.function(point.u)
            one = self.function(arithmetic.constant(arithmetic.number(Fraction(1)), point.u))
            return Pair(value, one - value, one)
        raise TypeError(
            f"{self.text()} is a function of your own and read at real NumPy arrays of floats only; state other "
            f"kinds of numbers that it takes with readings= ({', '.join(_READINGS)}), or write a subclass of Zonal"
        )

    def angle_root(self, at: int) -> int:
        nu = self.exponents[0 if at == 1 else 1]
        return 1 if nu is None else (2 * nu).denominator

    def derivative(self) -> Zonal:
        raise NotImplementedError(f"{self.text()} is a function of your own: its derivative is not known")

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return {} if self.parity == ("odd", "even")[parity] else None

    def text(self) -> str:
        stated = [repr(self.name)]
        if any(nu is not None for nu in self.exponents):
            words = ["None" if nu is None else number_text(nu) for nu in self.exponents]
            stated.append(f"singular=({', '.join(words)})")
        if self.parity is not None:
            stated.append(f"parity={self.parity!r}")
        return f"from_callable({', '.join(stated)})"

    def latex_of(self, argument: str) -> str:
        plain = "".join(c if c.isalnum() and c.isascii() else "\\_" for c in self.name.strip("<>"))
        return f"\\mathrm{{{plain or 'f'}}}\\left({argument}\\right)"


def called(function: Callable[[Any], Any], name: str, u: Any) -> Array:
    """function(u) in float64, with u's shape; TypeError or ValueError for anything but finite real numbers.

    The function sees a fresh one-dimensional float64 array, and NumPy warns of nothing inside.
    """
    flat = np.array(u, dtype=np.float64).ravel()
    return finite(function, name, flat, "u", " on [-1, 1]").reshape(np.shape(u))


def require_formula(kernel: Zonal, what: str) -> None:
    """ValueError where the kernel holds a function of which only values are known."""
    if kernel.user_functions:
        raise ValueError(
            f"{what} needs a formula, and of {', '.join(kernel.user_functions)} in {kernel!r} only values are known: "
            "it is a function of your own (a subclass of Zonal has all readings; its docstring shows one)"
        )


def from_callable(
    function: Callable[[Any], Any],
    *,
    name: str | None = None,
    singular: Mapping[int, Any] | Sequence[Any] | None = None,
    parity: str | None = None,
    readings: str | Sequence[str] = (),
) -> Zonal:
    r"""The zonal function kappa(u) = function(u) of a function of your own.

    Values, Gram matrices and eigenvalues (by quadrature in the angle) follow; what needs a formula refuses. Positive
    semi-definiteness is not checked: look at the eigenvalues.

    Parameters
    ----------
    function : takes a float64 array of cosines, shape (n,), in [-1, 1], and returns n finite real numbers, each
        from its own entry. It is called with fresh arrays; NumPy warns of nothing inside.
    name : what it is called in texts and errors (default: its `__name__`).
    singular : exponents (nu_plus, nu_minus), or {1: nu_plus, -1: nu_minus}: near u = 1 it is a power series in
        (1-u)^{nu_plus} and 1 - u, near u = -1 one in (1+u)^{nu_minus} and 1 + u; None where it is smooth there.
        Rational, > 0. Half-integers need not be stated. The quadrature then converges at once; it is wrong to state
        them only in so far as it converges more slowly.
    parity : "even" or "odd": eigenvalues of the other parity are exactly 0 then, as stated (a few values are
        looked at).
    readings : other kinds of numbers that the function takes one by one and gives back: "mpmath", "arb", "sympy".

    Equal are two of them with one function and the same facts. They are pickled where the function is; `ks.parse`
    cannot read a function back from its name and says so. Nothing bounds the values, so that it cannot stand inside a
    composition (around another kernel it can).

    Raises
    ------
    TypeError, ValueError
        for a function of single numbers, one with other shapes, with values that are not real and finite or depend on
        other entries, and for facts that are visibly false.

    >>> import numpy as np
    >>> from kernelspec import exponential
    >>> k = from_callable(lambda u: np.exp(u - 1), name="gauss")
    >>> k(1.0), bool(abs(k.spectrum(3)[2] / exponential().spectrum(3)[2] - 1) < 1e-12)
    (1.0, True)
    """
    if not callable(function):
        raise TypeError(f"function must be callable; got {type(function).__name__}")
    if isinstance(function, Zonal):
        raise TypeError("function is a kernel already")
    try:
        hash(function)
    except TypeError:
        raise TypeError("function must be hashable: kernels are values") from None
    label = getattr(function, "__name__", type(function).__name__) if name is None else name
    if not isinstance(label, str) or not label:
        raise TypeError(f"name must be a non-empty string; got {name!r}")
    if parity not in (None, "even", "odd"):
        raise ValueError(f"parity must be 'even', 'odd' or None; got {parity!r}")
    kinds = (readings,) if isinstance(readings, str) else tuple(readings)
    for kind in kinds:
        if kind not in _READINGS:
            raise ValueError(f"readings must be among {', '.join(_READINGS)}; got {kind!r}")
    _require_elementwise(function, label, parity)
    return UserFunction(function, label, _exponents(singular), parity, kinds)


def _require_elementwise(function: Callable[[Any], Any], name: str, parity: str | None) -> None:
    try:
        values = called(function, name, _PROBE)
    except (TypeError, ValueError) as error:
        try:
            alone = isinstance(function(0.25), int | float)
        except Exception:  # noqa: BLE001 - whatever it is, it is no function of single numbers
            alone = False
        if alone:
            raise TypeError(
                f"{name} takes single numbers only; it must take arrays (numpy.vectorize({name}) does): {error}"
            ) from error
        raise
    size = float(np.max(np.abs(values)))
    single = np.array([called(function, name, u[None])[0] for u in _PROBE])
    if np.any(np.abs(single - values) > _CLOSE * size):
        raise ValueError(f"{name} must act on every entry by itself: alone it gives another value")
    sign = {"even": 1, "odd": -1}.get(parity or "")
    if sign is not None:
        wrong = np.abs(called(function, name, -_PROBE) - sign * values) > _CLOSE * size
        if np.any(wrong):
            u = float(_PROBE[wrong][-1])
            raise ValueError(f"parity: {name} is not {parity}: compare u = {u} and {-u}")


def _exponents(singular: Any) -> tuple[Fraction | None, Fraction | None]:
    if singular is None:
        return None, None
    if isinstance(singular, Mapping):
        if not set(singular) <= {1, -1}:
            raise ValueError(f"singular must have the keys 1 and -1; got {list(singular)!r}")
        pair = [singular.get(1), singular.get(-1)]
    elif isinstance(singular, tuple | list) and len(singular) == 2:
        pair = list(singular)
    else:
        raise TypeError(f"singular must be a pair of exponents or a dict; got {singular!r}")
    found = [nu if nu is None else as_fraction(nu, "singular") for nu in pair]
    for nu in found:
        if nu is not None and not (nu > 0 and nu.denominator <= 64):
            raise ValueError(f"singular: an exponent must be > 0, of denominator at most 64; got {nu}")
    return found[0], found[1]
