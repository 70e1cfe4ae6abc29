"""Hypothesis strategies for zonal kernels: random expressions over all families, shrinking to small ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from hypothesis import strategies as st

from ..kernels.callables import from_callable
from ..kernels.duals import dual
from ..kernels.families import arccos, exponential, laplace, linear, polynomial
from ..kernels.hermite import power_series
from ..kernels.layered import mlp, resnet
from ..kernels.layers import relu_layer
from ..kernels.networks import ntk, rf
from ..kernels.piecewise import piecewise
from ..kernels.powers import defect_power, sine_power
from ..kernels.stationary import matern, rational_quadratic
from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray, flag, integer

Kernels = st.SearchStrategy[Zonal]

_ACTIVATIONS = ("relu", "step", "erf", "sin", "cos", "exp", "gelu", "abs")
_WIDE_ACTIVATIONS = ("erf", "gelu", "sin", "step", "abrelu(-0.5, 2)", "polynomial(0.5, 1, -1)")
_SMOOTH_ACTIVATIONS = ("erf", "sin", "cos", "exp", "gelu")
_PIECES = ("0 if x < 1; x - 1", "-1 if x < -1; x if x < 1; 1", "0 if x < 0; x**2 if x < 2; 4*x - 4")
_PARITIES = (None, "even", "odd")


# -- numbers ------------------------------------------------------------------------------------------


def positive(least: Fraction = Fraction(1, 100), largest: int = 5) -> st.SearchStrategy[Fraction]:
    """Positive rationals and decimals of moderate size."""
    decimals = st.integers(int(100 * least), 100 * largest).map(lambda n: Fraction(n, 100))
    return st.one_of(decimals, st.fractions(max(least, Fraction(1, 10)), largest, max_denominator=12))


def scalars() -> st.SearchStrategy[int | Fraction | float]:
    """What a kernel may be multiplied by: integers, rationals, floats; not 0."""
    floats = st.floats(-8, 8).map(lambda x: round(x, 6))
    return st.one_of(st.integers(-5, 5), st.fractions(-3, 3, max_denominator=9), floats).filter(bool)


def exponents() -> st.SearchStrategy[Fraction]:
    """gamma of the generalised Laplace kernel."""
    return st.fractions(Fraction(1, 8), 1, max_denominator=8)


# -- families -----------------------------------------------------------------------------------------


def deep_networks(max_depth: int = 8) -> Kernels:
    """Dense networks with slopes and biases, and residual networks; the Gaussian process's or the tangent kernel."""
    slopes = st.fractions(-3, 3, max_denominator=7)
    variances = st.fractions(Fraction(1, 7), 4, max_denominator=7)
    biases = st.one_of(st.just(Fraction(0)), st.fractions(0, 2, max_denominator=5))
    depths, tangents = st.integers(1, max_depth), st.booleans()
    return st.one_of(
        st.builds(mlp, depths, slopes, variances, biases, tangents), st.builds(resnet, depths, variances, tangents)
    )


def wide_networks(max_depth: int = 3) -> Kernels:
    """Dense networks of activations at the variances of their layers; the Gaussian process's or the tangent kernel."""
    depths = st.integers(2, max_depth)
    variances = st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(2)])
    biases = st.sampled_from([Fraction(0), Fraction(1, 10)])

    def made(depth: int, name: str, weight: Fraction, bias: Fraction, tangent: bool) -> Zonal:
        return mlp(depth, 0, weight, bias, tangent and name != "step", activation=name)

    return st.builds(made, depths, st.sampled_from(_WIDE_ACTIVATIONS), variances, biases, st.booleans())


def _normalized_ntk(depth: int, bias: bool) -> Zonal:
    return Fraction(1, depth + bias) * ntk(depth, bias)


def _layer(constant: Fraction, share: Fraction) -> Zonal:
    return relu_layer(linear=share * (1 - constant), constant=constant)


# With kappa(1) = 1 and values that are shown to lie in [-1, 1]: what may stand inside a composition.
_INNER: dict[str, Callable[[], Kernels]] = {
    "arccos": lambda: st.integers(0, 4).map(arccos),
    "polynomial": lambda: st.integers(1, 5).map(polynomial),
    # Narrower Gaussians leave the reach of the branch-cut integral, which then says so.
    "exponential": lambda: positive(Fraction(1, 4)).map(exponential),
    "laplace": lambda: st.builds(laplace, positive(), exponents()),
    "rf": lambda: st.builds(rf, st.integers(1, 5), st.integers(0, 3)),
    "ntk": lambda: st.builds(_normalized_ntk, st.integers(1, 4), st.booleans()),
    "rational_quadratic": lambda: st.builds(rational_quadratic, positive(Fraction(1, 4)), positive(Fraction(1, 2))),
    "matern": lambda: st.builds(
        matern, st.sampled_from([1, Fraction(3, 2), 2, Fraction(5, 2)]), positive(Fraction(1, 2))
    ),
    "relu_layer": lambda: st.builds(
        _layer, st.fractions(0, 1, max_denominator=5), st.fractions(-1, 1, max_denominator=5)
    ),
}
_OUTER: dict[str, Callable[[], Kernels]] = {
    "ntk": lambda: st.builds(ntk, st.integers(1, 4), st.booleans()),
    "constant": lambda: st.just(polynomial(0)),
    "dual": lambda: st.sampled_from(_ACTIVATIONS).map(dual),
    "leaky_relu": lambda: st.builds(lambda a: dual("leaky_relu", slope=a), st.fractions(-2, 2, max_denominator=5)),
    "power_series": lambda: _series(-20),
    "sine_power": lambda: st.sampled_from([Fraction(1, 2), Fraction(3, 2), Fraction(2)]).map(sine_power),
    "defect_power": lambda: st.sampled_from([Fraction(1, 3), Fraction(3, 2)]).map(defect_power),
    "deep_networks": lambda: deep_networks(4),
    "wide_networks": lambda: wide_networks(2),
    "piecewise": lambda: st.sampled_from(_PIECES).map(piecewise),
    "from_callable": lambda: st.just(from_callable(_gaussian, name="gaussian")),
}
_NOT_POSITIVE = ("sine_power", "defect_power")
_SMOOTH = ("polynomial", "exponential", "rational_quadratic", "constant", "dual", "power_series")

#: The names of all families.
FAMILIES = tuple(dict.fromkeys((*_INNER, *_OUTER)))
#: Those with exact expansions at both ends, any sum, product and composition of which has decay and certified values.
EXACT_FAMILIES = (
    *("arccos", "polynomial", "exponential", "laplace", "rf", "ntk", "constant", "dual"),
    *("leaky_relu", "power_series", "sine_power", "defect_power"),
)


def _gaussian(u: FloatArray) -> FloatArray:
    import numpy as np

    return np.exp(u - 1)


def _series(lowest: int) -> Kernels:
    coefficients = st.lists(st.integers(lowest, 20).map(lambda n: n / 16), min_size=1, max_size=4)
    return coefficients.map(lambda b: power_series(*b))


def _atoms(
    table: dict[str, Callable[[], Kernels]], names: Iterable[str], smooth: bool, positive: bool
) -> list[Kernels]:
    found: list[Kernels] = []
    for name, make in table.items():
        if name not in names or smooth and name not in _SMOOTH or positive and name in _NOT_POSITIVE:
            continue
        if name == "dual" and smooth:
            found.append(st.sampled_from(_SMOOTH_ACTIVATIONS).map(dual))
        elif name == "power_series" and positive:
            found.append(_series(1))
        else:
            found.append(make())
    return found


def cosine_atoms(families: Iterable[str] = FAMILIES, *, smooth: bool = False) -> Kernels:
    """Named kernels with kappa(1) = 1 whose values are shown to lie in [-1, 1]: what may stand inside a composition."""
    found = _atoms(_INNER, _known(families), flag("smooth", smooth), False)
    if not found:
        raise ValueError(
            f"families must hold one of {', '.join(_INNER)}, for kernels that may stand inside others; got {families!r}"
        )
    return _short(st.one_of(found))


def cosines(families: Iterable[str] = FAMILIES, *, smooth: bool = False, max_atoms: int = 3) -> Kernels:
    """Positive definite kernels with kappa(1) = 1: mixtures, products and compositions of `cosine_atoms`.

    Parameters
    ----------
    families, smooth, max_atoms : as for `kernels`.
    """

    def extend(children: Kernels) -> Kernels:
        weights = st.fractions(Fraction(1, 6), Fraction(5, 6), max_denominator=6)
        return st.one_of(
            st.builds(lambda a, b, w: w * a + (1 - w) * b, children, children, weights),
            st.builds(lambda a, b: a * b, children, children),
            st.builds(lambda a, b: a @ b, children, children),
        )

    atoms = cosine_atoms(families, smooth=smooth)
    return _short(st.recursive(atoms, extend, max_leaves=integer("max_atoms", max_atoms, 1)))


def kernels(
    *,
    positive: bool = False,
    smooth: bool = False,
    parity: str | None = None,
    max_atoms: int = 4,
    families: Iterable[str] = FAMILIES,
) -> Kernels:
    """Zonal functions, finite on [-1, 1]: sums, differences, multiples, products and compositions of named kernels.

    Parameters
    ----------
    positive : only kernels that are positive semi-definite on every sphere: no differences, no negative multiples.
    smooth : only functions that are analytic on [-1, 1].
    parity : "even" or "odd" for functions with kappa(-u) = kappa(u) or -kappa(u); None for any.
    max_atoms : how many named kernels an expression may hold, about.
    families : names of families, of `kernelspec.testing.kernel_strategies.FAMILIES`. Those of `EXACT_FAMILIES` have
        exact expansions; a Matern kernel of integer order has none, and of `from_callable` only values are known.

    Raises ValueError and TypeError for bad arguments.

    >>> from hypothesis import given
    >>> @given(kernels(positive=True, smooth=True, max_atoms=2))
    ... def test(kernel):
    ...     assert kernel(1.0) >= abs(kernel(-0.5))
    """
    names = _known(families)
    if parity not in _PARITIES:
        raise ValueError(f"parity must be 'even', 'odd' or None; got {parity!r}")
    only_positive, only_smooth = flag("positive", positive), flag("smooth", smooth)
    max_atoms = integer("max_atoms", max_atoms, 1)
    atoms = _atoms(_INNER, names, only_smooth, False)
    atoms = [st.one_of(atoms)] if atoms else []
    atoms += _atoms(_OUTER, names, only_smooth, only_positive)
    if not atoms:
        raise ValueError(f"families must hold one that has such kernels; got {names!r}")
    inside = _atoms(_INNER, names, only_smooth, False)

    def extend(children: Kernels) -> Kernels:
        found = [
            st.builds(lambda a, b: a + b, children, children),
            *(() if only_positive else (st.builds(lambda a, b: a - b, children, children),)),
            st.builds(lambda a, b: a * b, children, children),
            st.builds(lambda a, c: (abs(c) if only_positive else c) * a, children, scalars()),
        ]
        if inside:
            inner = cosines(names, smooth=only_smooth)
            found.append(st.builds(lambda a, b: a @ b, children, inner))
        return st.one_of(found)

    found = _short(st.recursive(st.one_of(atoms), extend, max_leaves=max_atoms))
    if parity is None:
        return found
    even = found.map(lambda kernel: kernel @ polynomial(2))
    return even if parity == "even" else even.map(lambda kernel: linear() * kernel)


def _short(strategy: Kernels) -> Kernels:
    """The same strategy, whose text does not hold all of its parts: pages of them, which Hypothesis would print."""

    @st.composite
    def expressions(draw: st.DrawFn) -> Zonal:
        return draw(strategy)

    return expressions()


def _known(families: Iterable[str]) -> tuple[str, ...]:
    names = (families,) if isinstance(families, str) else tuple(families)
    for name in names:
        if name not in FAMILIES:
            raise ValueError(f"families must be among {', '.join(FAMILIES)}; got {name!r}")
    return names
