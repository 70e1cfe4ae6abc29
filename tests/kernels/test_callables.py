"""Functions of the user's own: their values, their spectra with absolute errors, and what is refused."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from expressions import inner_cosines, untyped
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning
from kernelspec.spectrum.quadrature import _PANELS, QuadratureRoute, edges
from oracle.mpmath_values import legendre


def gauss(u: Value) -> Value:
    return np.exp(u - 1)


def cube(u: Value) -> Value:
    return u**3


# A function, the library's kernel that it is, and what may be stated.
TWINS: dict[str, tuple[Callable[[Value], Value], Zonal, dict[str, Any]]] = {
    "gauss": (gauss, ks.exponential(), {}),
    "laplace": (lambda u: np.exp(-np.sqrt(1 - u)), ks.laplace(), {}),
    "quarter": (
        lambda u: np.exp(-((1 - u) ** 0.25)),
        ks.laplace(1, Fraction(1, 4)),
        {"singular": (Fraction(1, 4), None)},
    ),
    "third": (
        lambda u: np.exp(-np.cbrt(1 + u)) + u,
        ks.laplace(1, Fraction(1, 3)) @ (-1 * ks.linear()) + ks.linear(),
        {"singular": {-1: Fraction(1, 3)}},
    ),
    "relu": (lambda u: (np.sqrt(1 - u * u) + u * (np.pi - np.arccos(u))) / np.pi, ks.arccos(1), {}),
    "step": (lambda u: 1 - np.arccos(u) / np.pi, ks.arccos(0), {}),
    "cube": (cube, ks.polynomial(3), {"parity": "odd"}),
}
DEGREES = np.array([0, 1, 2, 3, 6, 11, 50, 251])


def made(name: str) -> Zonal:
    function, _, stated = TWINS[name]
    return ks.from_callable(function, name=name, **stated)


@pytest.mark.parametrize("name", TWINS)
def test_values_are_the_functions(name: str) -> None:
    kernel, twin = made(name), TWINS[name][1]
    u = np.linspace(-1, 1, 24).reshape(2, 3, 4)
    np.testing.assert_allclose(kernel(u), twin(u), rtol=1e-14, atol=2e-16)
    assert kernel(0.5) == kernel(np.array([0.5]))[0] and isinstance(kernel(0.5), float)
    assert kernel(u.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(kernel.defect(u), twin.defect(u), rtol=0, atol=1e-15)
    x = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 3.0]])
    np.testing.assert_allclose(kernel.gram(x), twin.gram(x), rtol=1e-13, atol=1e-13)
    assert kernel.at_one == pytest.approx(twin.at_one, rel=1e-15, abs=0)


@pytest.mark.parametrize("d", [2, 3, 10, 200])
@pytest.mark.parametrize("name", TWINS)
def test_the_absolute_error_covers_the_true_one(name: str, d: int) -> None:
    found, error = made(name).spectrum(d).approximate(DEGREES)
    truth = TWINS[name][1].spectrum(d)(DEGREES)
    assert np.all(np.abs(found - truth) <= error + 1e-15 * np.abs(truth))
    # And is no more than what rounding costs: of a cosine next to 1, on the circle, where (1-u)^(1/4) is steep.
    assert np.all(error < (1e-10 if d == 2 else 1e-13))


@settings(max_examples=12)
@example(d=2, k=0, where=26 / 64, order=0)
@example(d=3, k=1, where=math.cos(0.503 * math.pi / 2), order=0)  # about the middle of odd rules
@example(d=3, k=0, where=1e-3, order=0)  # between an end that all rules share and their last node
@example(d=3, k=0, where=-1e-6, order=0)
@example(d=17, k=9, where=0.4468699626760577, order=0)  # next to the end of a panel of many rules
@given(st.integers(2, 60), st.integers(0, 40), inner_cosines(), st.sampled_from([0, 1, 2]))
def test_the_error_of_a_kink_inside(d: int, k: int, where: float, order: int) -> None:
    # Nothing can be stated of it; the quadrature converges slowly, and says so.
    kernel = ks.from_callable(lambda u: np.maximum(u - where, 0) ** order * (u > where), name="kink")
    value, error = kernel.spectrum(d).approximate(k)
    mp = mpmath.mp.clone()
    mp.dps = 30  # at 20 a sum of 1e-18 has eight digits
    scale = mp.gamma(mp.mpf(d) / 2) / mp.sqrt(mp.pi) / mp.gamma(mp.mpf(d - 1) / 2)
    start = mp.acos(mp.mpf(where))
    truth = scale * mp.quad(
        lambda x: (mp.cos(x) - where) ** order * legendre(d, k, mp.cos(x)) * mp.sin(x) ** (d - 2),
        mp.linspace(0, start, 6),
        method="gauss-legendre",
    )
    assert abs(value - float(truth)) <= error
    assert error < 1e-3


def test_rules_that_agree_by_chance_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rules next to each other, but not to their rounding, and then others that say something else."""
    route = QuadratureRoute(made("gauss"))
    told = iter([1.0, 1 + 1e-9, 1 - 1e-9, *(2 + 1e-3 * (-1) ** i for i in range(40))])
    monkeypatch.setattr(route, "_integrals", lambda d, k, panels: (np.array([next(told)]), np.array([1e-15])))
    value, error = route._converged(3, np.array([4]))
    assert abs(value[0] - 2) <= 1e-3 < error[0] < 1e-2


def test_the_error_is_four_times_what_five_rules_differ_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """And four times what three differ by, where that is no more than the rounding; and the rounding."""

    def told(values: list[float], rounding: float) -> tuple[float, float]:
        route, rules = QuadratureRoute(made("gauss")), iter(values)
        found = lambda d, k, panels: (np.array([next(rules)]), np.array([rounding]))  # noqa: E731
        monkeypatch.setattr(route, "_integrals", found)
        value, error = route._converged(3, np.array([4]))
        return float(value[0]), float(error[0])

    wild = [1.0 + 0.25 * (-1) ** i for i in range(14)]
    value, error = told([*wild, 1.5, 1.125, 1.25, 1.0, 1.125], 2.0**-30)
    assert (value, error) == (1.125, 4 * 0.375 + 2.0**-30)
    value, error = told([5.0, 1.0, 1.0, 1.0 + 2.0**-12], 2.0**-10)
    assert (value, error) == (1.0 + 2.0**-12, 4 * 2.0**-12 + 2.0**-10)


def test_no_two_rules_share_a_place() -> None:
    found = [edges(panels) for panels in _PANELS]
    assert all(ends[0] == 0 and ends[-1] == 1 and np.all(np.diff(ends) > 0) for ends in found)
    for first, ends in enumerate(found):
        for other in found[first + 1 : first + 3]:
            inner = np.abs(np.subtract.outer(ends[1:-1], other[1:-1]))
            assert inner.min() > 5e-9
    for three in zip(found, found[1:], found[2:], strict=False):
        assert min(1 - ends[-2] for ends in three) <= 2.0**-26
        assert min(ends[1] for ends in three) <= 2.0**-26


def test_what_is_not_known_to_six_digits_is_nan() -> None:
    s = made("gauss").spectrum(3)
    truth = ks.exponential().spectrum(3)
    assert s[4] == pytest.approx(truth[4], rel=1e-9, abs=0)
    with pytest.warns(PrecisionWarning, match="1 eigenvalues of .* are NaN: `approximate` gives"):
        assert np.isnan(s[30])
    with pytest.warns(PrecisionWarning):
        found = s[0:40]
    known = ~np.isnan(found)
    assert known[:8].all() and not known[20:].any()
    np.testing.assert_allclose(found[known], truth[0:40][known], rtol=1e-6)
    with pytest.warns(PrecisionWarning):
        assert np.isnan(s.log_abs(30))
    value, error = s.approximate(30)
    assert abs(value) <= error < 1e-14
    assert s.method(4) == "quadrature"
    assert truth.approximate(5).error < 1e-14 * truth[5]  # of any kernel


def test_parities_are_exact_as_stated() -> None:
    s = made("cube").spectrum(5)
    assert s[0] == s[100] == 0.0 and s.error(100) == 0.0
    assert s[3] == pytest.approx(ks.polynomial(3).spectrum(5)[3], rel=1e-12, abs=0)
    even = ks.from_callable(lambda u: np.abs(u), name="abs", parity="even").spectrum(3)
    truth = ks.dual("abs").spectrum(3)
    assert even[7] == 0.0 and truth[0] != 0  # another kernel: only its parity is alike
    with pytest.raises(ValueError, match="parity: cube is not even"):
        ks.from_callable(cube, parity="even")


def test_algebra() -> None:
    kernel, twin = made("gauss"), ks.exponential()
    u = np.linspace(-1, 1, 11)
    mine = 2 * kernel * ks.arccos(1) + ks.ntk(3) - kernel**2
    theirs = 2 * twin * ks.arccos(1) + ks.ntk(3) - twin**2
    np.testing.assert_allclose(mine(u), theirs(u), rtol=1e-13, atol=1e-14)
    k = np.array([0, 1, 2, 5, 12])
    np.testing.assert_allclose(mine.spectrum(4)(k), theirs.spectrum(4)(k), rtol=1e-10)
    outer = kernel @ ks.arccos(1)
    np.testing.assert_allclose(outer(u), (twin @ ks.arccos(1))(u), rtol=1e-14)
    np.testing.assert_allclose(outer.spectrum(3)(k), (twin @ ks.arccos(1)).spectrum(3)(k), rtol=1e-9)
    assert mine.user_functions == ("gauss",) and theirs.user_functions == ()
    with pytest.raises(ValueError, match="nothing bounds gauss"):
        ks.arccos(1) @ kernel


def test_equality_hash_text_and_pickles() -> None:
    one, other = ks.from_callable(gauss), ks.from_callable(gauss)
    assert one == other and hash(one) == hash(other) and one != ks.from_callable(cube)
    assert one != ks.from_callable(gauss, parity=None, singular=(Fraction(1, 4), None))
    assert pickle.loads(pickle.dumps(one + ks.rf(3))) == copy.deepcopy(other + ks.rf(3)) == one + ks.rf(3)
    assert repr(one) == "from_callable('gauss')"
    assert repr(made("quarter")) == "from_callable('quarter', singular=(0.25, None))"
    assert repr(made("cube")) == "from_callable('cube', parity='odd')"
    with pytest.raises(ValueError, match="a function of your own cannot be read from text"):
        ks.parse(repr(one + ks.rf(3)))
    # Two functions of one name are two, in one order.
    first = ks.from_callable(lambda u: u * 1.0, name="f")
    second = ks.from_callable(lambda u: u * 2.0, name="f")
    assert first != second
    assert first + second == second + first and first * second == second * first
    assert (first + second)(0.5) == 1.5
    assert "gauss" in one.latex() and "<" not in ks.from_callable(lambda u: u).latex()


REFUSALS: dict[str, Callable[[Zonal], Any]] = {
    "certified": lambda k: k.spectrum(3).certified(2),
    "exact": lambda k: k.spectrum(3).exact(2),
    "asymptotic": lambda k: k.spectrum(3).asymptotic(50),
    "asymptotic ball": lambda k: k.spectrum(3).asymptotic_ball(50, digits=20),
    "asymptotic_bound": lambda k: k.spectrum(3).asymptotic_bound(50),
    "remainder": lambda k: k.spectrum(3).remainder(2),
    "expand": lambda k: k.expand(),
    "decay": lambda k: k.decay(3),
    "taylor": lambda k: k.taylor(5),
    "same_rkhs": lambda k: ks.same_rkhs(ks.rf(3), k, d=3),
}


@pytest.mark.parametrize("inner", [ks.matern(1, scale=0.5), ks.matern(2)], ids=repr)
def test_around_a_kernel_without_an_expansion(inner: Zonal) -> None:
    # u^n of its own is read by quadrature, the library's by the contour or a series.
    k, n = np.arange(6), ks.from_callable(cube)
    for own, twin in ((n @ inner, inner**3), (n * inner, ks.polynomial(3) * inner)):
        s, t = own.spectrum(4), twin.spectrum(4)
        found, expected = s(k), t(k)
        known = np.abs(expected) > 1e-12
        doubt = s.error(k[known]) + t.error(k[known])
        assert np.all(doubt < 1e-10)
        assert np.all(np.abs(found / expected - 1)[known] <= doubt)
        behind = own == n @ inner and inner == ks.matern(1, scale=0.5)  # of infinite slope, as t log t is
        assert own.angle_root(1) == (8 if behind else 4)
    for read in (own.expand, lambda: own.decay(4), lambda: own.spectrum(4).certified(2), lambda: own.rkhs(4)):
        with pytest.raises(ValueError, match="only values are known"):
            read()


def test_around_a_series_that_is_cut_off() -> None:
    with pytest.raises(ValueError, match=r"eigenvalues of .*cube.*tanh.* are out of reach: .* cut off"):
        (ks.from_callable(cube) @ ks.dual("tanh")).spectrum(4)[1]


@pytest.mark.parametrize("door", REFUSALS)
@pytest.mark.parametrize("around", ["alone", "sum", "product"])
def test_what_needs_a_formula_says_so(door: str, around: str) -> None:
    kernel = made("gauss")
    kernel = {"alone": kernel, "sum": kernel + ks.rf(3), "product": kernel * ks.rf(3)}[around]
    with pytest.raises(ValueError, match="needs a formula, and of gauss in .* only values are known"):
        REFUSALS[door](kernel)


def test_other_readings_are_refused_or_stated() -> None:
    kernel = made("gauss")
    import sympy

    for u in (mpmath.mpf(1) / 3, flint.arb(1) / 3, sympy.Rational(1, 3)):
        with pytest.raises(TypeError, match="read at real NumPy arrays of floats only"):
            kernel(u)
    with pytest.raises(TypeError, match="read at real NumPy arrays of floats only"):
        kernel.of_angle(0.5 + 0.1j)
    with pytest.raises(NotImplementedError, match="its derivative is not known"):
        kernel.derivative()

    def square(u: Value) -> Value:
        return u * u / 2

    stated = ks.from_callable(square, readings=("mpmath", "arb", "sympy"))
    assert stated(mpmath.mpf(1) / 4) == mpmath.mpf(1) / 32
    assert stated(flint.arb(1) / 4) == flint.arb(1) / 32
    assert stated(sympy.Rational(1, 4)) == sympy.Rational(1, 32)
    assert stated.defect(flint.arb(0)) == flint.arb(1) / 2


@pytest.mark.parametrize(
    ("function", "options", "error", "message"),
    [
        (5, {}, TypeError, "function must be callable; got int"),
        (ks.rf(3), {}, TypeError, "function is a kernel already"),
        (lambda u: float(u), {}, TypeError, "single numbers only"),
        (lambda u: u if u > 0 else 0, {}, TypeError, "single numbers only"),
        (lambda u: u[:-1], {}, ValueError, "a value for every entry"),
        (lambda u: 1.0, {}, TypeError, "single numbers only.*a value for every entry"),
        (lambda u: u + 1j, {}, TypeError, "real floats; got dtype complex128"),
        (lambda u: np.array(["a"] * len(u)), {}, TypeError, "real floats; got dtype"),
        (lambda u: np.where(u == 1, np.inf, u), {}, ValueError, "finite on .*it is inf at u = "),
        (lambda u: np.where(u < 0, np.nan, u), {}, ValueError, "must be finite"),
        (lambda u: u / np.max(np.abs(u) + 1), {}, ValueError, "every entry by itself"),
        (gauss, {"name": ""}, TypeError, "name must be a non-empty string"),
        (gauss, {"parity": "both"}, ValueError, "parity must be 'even', 'odd' or None"),
        (gauss, {"parity": "odd"}, ValueError, "parity: gauss is not odd"),
        (gauss, {"singular": 0.5}, TypeError, "singular must be a pair of exponents or a dict"),
        (gauss, {"singular": (0, None)}, ValueError, "an exponent must be > 0"),
        (gauss, {"singular": {2: 1}}, ValueError, "must have the keys 1 and -1"),
        (gauss, {"singular": ("x", None)}, TypeError, "singular must be a real number"),
        (gauss, {"readings": "float128"}, ValueError, "readings must be among"),
    ],
)
def test_bad_input(function: Callable[..., Value], options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ks.from_callable(untyped(function), **options)


def test_the_function_sees_fresh_arrays_and_no_error_state() -> None:
    def greedy(u: Value) -> Value:
        u *= 2  # its own array
        return np.where(u == 0, 0, u / 2 + 0 / u)

    u = np.linspace(-1, 1, 5)
    np.testing.assert_array_equal(ks.from_callable(greedy)(u), np.linspace(-1, 1, 5))
    with np.errstate(all="raise"):
        small = ks.from_callable(lambda u: np.exp(-1e3 * (1 - u)), name="small")
        assert small(-1.0) == 0.0 and small.spectrum(3)[0] > 0


def test_what_depends_on_other_entries_or_has_another_parity_by_little_is_seen() -> None:
    with pytest.raises(ValueError, match="must act on every entry by itself"):
        ks.from_callable(lambda u: u + 1e-4 * np.mean(u), name="mixed")
    with pytest.raises(ValueError, match="parity: nearly is not even"):
        ks.from_callable(lambda u: u**2 + 1e-4 * u, name="nearly", parity="even")
    ks.from_callable(lambda u: u**2 + 1e-13 * np.mean(u), name="rounding", parity="even")


def test_nothing_is_taken_for_known_of_a_user_s_function() -> None:
    """Neither a bound, nor kappa(1), nor that it is analytic anywhere."""
    three = ks.from_callable(lambda u: 3 + 0 * u, name="three")
    assert not three.bounded and three.rational_one is None
    assert three.singular == {1, -1, 0} and three.radius == 1
    with pytest.raises(ValueError, match="needs a formula"):
        three.normalized()
    with pytest.raises(ValueError, match="needs a formula"):
        (2 * three + ks.arccos(1)).normalized()
