"""Every public door, with what does not belong: an error that names the parameter, the value and the constraint."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import time_limit, untyped
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value

KERNELS = [
    ks.linear(),
    ks.polynomial(0),
    ks.polynomial(3),
    ks.arccos(0),
    ks.arccos(3),
    ks.exponential(),
    ks.laplace(),
    ks.laplace(2, 0.3),
    ks.rf(4),
    ks.ntk(3),
    ks.ntk(3, bias=True),
    ks.dual("erf"),
    ks.dual("gelu"),
    ks.dual("sin"),
    ks.power_series(1, 2),
    ks.arccos(1) + ks.laplace(),
    ks.arccos(1) * ks.exponential(),
    ks.laplace() @ ks.arccos(1),
    0 * ks.linear(),
]
READINGS: list[Callable[[Zonal, Value], Any]] = [lambda k, u: k(u), lambda k, u: k.defect(u)]


def refused(kind: type[Exception] | tuple[type[Exception], ...], *words: str) -> Any:
    """pytest.raises whose message holds every word."""
    pattern = "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(kind, match=f"(?s){pattern}")


# -- u ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_u_outside_the_interval(kernel: Zonal, read: Callable[[Zonal, Value], Any]) -> None:
    for u in (1.5, -2.0, 2, -3, 1 + 1e-12, math.inf, -math.inf, 1e300):
        with refused(ValueError, r"\bu\b", r"\[-1, 1\]"):
            read(kernel, u)
        with refused(ValueError, r"\bu\b", r"\[-1, 1\]"):
            read(kernel, np.array([0.5, u, 0.1]))
    with refused(ValueError, "1.5"):  # the message shows the value
        read(kernel, np.array([0.5, 1.5]))
    with refused(ValueError, r"\bu\b", r"\[-1, 1\]"):
        read(kernel, np.array([0.5, 1.001], dtype=np.float32))


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_u_that_is_not_a_number(kernel: Zonal, read: Callable[[Zonal, Value], Any]) -> None:
    for u in (math.nan, np.nan, np.float32("nan"), np.array([0.5, np.nan]), np.array(np.nan), [0.1, math.nan]):
        with refused(ValueError, r"\bu\b", "NaN"):
            read(kernel, u)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_u_of_the_wrong_kind(kernel: Zonal, read: Callable[[Zonal, Value], Any]) -> None:
    wrong: list[Any] = [
        "0.5",
        b"0.5",
        None,
        True,
        np.bool_(True),
        0.5j,
        complex(0.5),
        {},
        {0.5},
        object(),
        ks.arccos(1),
        [0.5, "a"],
        [0.5, None],
        np.array([True, False]),
        np.array(["0.5"]),
        np.array([0.5, None], dtype=object),
        np.array([0.5 + 0j]),
        np.complex128(0.5),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.zeros(2, dtype=[("a", float)]),
        lambda x: x,
    ]
    for u in wrong:
        with refused(TypeError, r"\bu\b"):
            read(kernel, u)


@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_u_outside_in_mpmath(read: Callable[[Zonal, Value], Any]) -> None:
    for kernel in KERNELS:
        for u in (mp.mpf(2), mp.mpf("-1.0000001"), mp.inf, -mp.inf, mp.nan):
            with refused(ValueError, r"\bu\b", r"\[-1, 1\]"):
                read(kernel, u)
        with refused(TypeError, r"\bu\b"):
            read(kernel, mp.mpc(0.5, 0.5))


@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_u_outside_in_balls(read: Callable[[Zonal, Value], Any]) -> None:
    # A ball wholly outside, or without a value, has no enclosure to return: not nan, which passes for one.
    for kernel in KERNELS:
        for u in (flint.arb(2), flint.arb("nan"), flint.arb("inf"), flint.arb(-3, 0.5)):
            with refused(ValueError, r"\bu\b", r"\[-1, 1\]"):
                read(kernel, u)


@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_u_outside_in_sympy(read: Callable[[Zonal, Value], Any]) -> None:
    for kernel in KERNELS:
        for u in (sympy.nan, sympy.oo, sympy.zoo, sympy.Integer(2), sympy.Rational(-3, 2), sympy.sqrt(2)):
            with refused(ValueError, r"\bu\b"):
                read(kernel, u)


def test_u_beyond_one_by_rounding_only_is_clipped() -> None:
    eps = float(np.finfo(np.float64).eps)
    for kernel in KERNELS:
        assert kernel(1 + eps) == kernel(1.0)
        assert kernel(-1 - 2 * eps) == kernel(-1.0)
        assert kernel.defect(1 + 2 * eps) == kernel.defect(1.0)
        single = np.array([1 + np.finfo(np.float32).eps], dtype=np.float32)
        assert kernel(single) == kernel(np.ones(1, dtype=np.float32))


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("read", READINGS, ids=["value", "defect"])
def test_shapes_of_u(kernel: Zonal, read: Callable[[Zonal, Value], Any]) -> None:
    for shape in ((0,), (0, 3), (2, 0, 1)):
        out = read(kernel, np.zeros(shape))
        assert (out.shape, out.dtype) == (shape, np.float64)
        assert read(kernel, np.zeros(shape, dtype=np.float32)).dtype == np.float32
    assert np.shape(read(kernel, [])) == (0,)
    zero_d = read(kernel, np.array(0.5))
    assert np.shape(zero_d) == ()
    assert type(read(kernel, 0.5)) is float
    assert type(read(kernel, 0)) is float
    assert float(zero_d) == read(kernel, 0.5)
    grid = np.linspace(-1, 1, 24).reshape(2, 3, 4)
    assert read(kernel, grid).shape == (2, 3, 4)
    # A view with strides, a transposed, a reversed, a Fortran-ordered and a read-only array.
    flat = read(kernel, np.ascontiguousarray(grid[:, ::2, ::-1]))
    assert np.array_equal(read(kernel, grid[:, ::2, ::-1]), flat)
    assert np.array_equal(read(kernel, grid.T), read(kernel, grid).T)
    assert np.array_equal(read(kernel, np.asfortranarray(grid)), read(kernel, grid))
    locked = grid.copy()
    locked.flags.writeable = False
    before = locked.copy()
    out = read(kernel, locked)
    assert np.array_equal(locked, before)
    out += 1.0  # what comes back is the caller's own
    assert np.array_equal(locked, before)
    assert np.array_equal(read(kernel, [0.1, -0.2]), read(kernel, np.array([0.1, -0.2])))
    assert np.array_equal(read(kernel, (0.1, -0.2)), read(kernel, np.array([0.1, -0.2])))
    assert np.array_equal(read(kernel, np.array([1, 0, -1])), read(kernel, np.array([1.0, 0.0, -1.0])))
    assert np.array_equal(read(kernel, grid.astype(">f8")), read(kernel, grid))


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_kinds_of_u_that_are_kept(kernel: Zonal) -> None:
    assert kernel(np.array([0.5], dtype=np.float32)).dtype == np.float32
    assert kernel(np.array([0.5])).dtype == np.float64
    assert isinstance(kernel(mp.mpf("0.5")), mp.mpf)
    assert isinstance(kernel(flint.arb(0.5)), flint.arb)
    assert isinstance(kernel(sympy.Rational(1, 2)), sympy.Expr)


def test_a_rational_number_is_a_real_number() -> None:
    for kernel in KERNELS:
        assert float(kernel(Fraction(1, 2))) == kernel(0.5)


# -- theta -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [math.nan, math.inf, np.array([0.1, np.nan]), complex(math.nan, 0), mp.nan, mp.inf])
def test_angles_that_are_not_finite(theta: Value) -> None:
    for kernel in (ks.arccos(1), ks.linear(), ks.ntk(3), ks.laplace()):
        with time_limit(), refused(ValueError, "theta"):
            kernel.of_angle(theta)


@pytest.mark.parametrize("theta", ["0.5", None, {}, np.array(["a"]), True, np.array([True]), ks.arccos(1)])
def test_angles_of_the_wrong_kind(theta: Value) -> None:
    with refused(TypeError, "theta"):
        ks.arccos(1).of_angle(theta)


def test_angles_of_every_right_kind() -> None:
    k = ks.arccos(1)
    assert type(k.of_angle(0.5)) is float
    assert float(k.of_angle(1)) == pytest.approx(k(math.cos(1)), rel=1e-15, abs=0)
    assert np.shape(k.of_angle(np.zeros((0, 2)))) == (0, 2)
    assert np.shape(k.of_angle([0.1, 0.2])) == (2,)
    assert np.shape(k.of_angle([])) == (0,)
    assert k.of_angle(np.array([0.5], dtype=np.float32)).dtype == np.float32
    assert complex(k.of_angle(0.5 + 0.1j)) == complex(k.of_angle(np.array([0.5 + 0.1j]))[0])
    assert k.of_angle(math.pi) == pytest.approx(0, abs=1e-45)


# -- parameters of the families --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (ks.arccos, "degree"),
        (ks.polynomial, "degree"),
        (ks.rf, "depth"),
        (ks.ntk, "depth"),
        (ks.nngp, "depth"),
        (lambda n: ks.rf(3, degree=n), "degree"),
        (lambda n: ks.dual(np.tanh, terms=n), "terms"),
    ],
)
def test_integers(make: Callable[[Any], Zonal], name: str) -> None:
    value: Any
    for value in (
        2.5,
        1.0,
        np.float64(2),
        "2",
        None,
        True,
        np.bool_(True),
        1j,
        [2],
        np.array([2]),
        math.nan,
        Fraction(5, 2),
    ):
        with refused(TypeError, name, "integer"):
            make(value)
    for value in (-1, -100, np.int64(-3)):
        with refused(ValueError, name, "an integer from", str(value)):
            make(value)
    assert make(np.int64(3)) == make(3) == make(np.uint8(3))


@pytest.mark.parametrize("make", [ks.rf, ks.ntk, ks.nngp])
def test_a_network_has_a_layer(make: Callable[[Any], Zonal]) -> None:
    with refused(ValueError, "depth", "from 1 to", "0"):
        make(0)
    for depth in (10_001, 10**30):
        with refused(ValueError, "depth", "to 10000", str(depth)):
            make(depth)


@pytest.mark.parametrize(
    ("make", "name"),
    [(ks.exponential, "sigma"), (lambda x: ks.laplace(c=x), r"\bc\b"), (lambda x: ks.laplace(gamma=x), "gamma")],
)
def test_positive_numbers(make: Callable[[Any], Zonal], name: str) -> None:
    value: Any
    for value in (0, 0.0, -1, -0.5, Fraction(-1, 3), np.float64(-2), -0.0):
        with refused(ValueError, name):
            make(value)
    for value in (math.nan, math.inf, -math.inf, np.float32("nan")):
        with refused(ValueError, name, "finite"):
            make(value)
    for value in ("1", None, True, np.bool_(True), 1j, [1.0], np.array([1.0]), np.array([1.0, 2.0]), ks.arccos(1), {}):
        with refused(TypeError, name, "real number"):
            make(untyped(value))


@pytest.mark.parametrize("gamma", [1.0000001, 2, 100, Fraction(3, 2)])
def test_gamma_beyond_one(gamma: Value) -> None:
    with refused(ValueError, "gamma", r"\(0, 1\]"):
        ks.laplace(gamma=gamma)


@pytest.mark.parametrize("nu", [0, 1, 2.0, Fraction(4, 2)])
def test_a_power_of_the_defect_that_is_a_polynomial(nu: Value) -> None:
    with refused(ValueError, "nu", "integer"):
        ks.defect_power(nu)


def test_other_parameters() -> None:
    with refused(ValueError, "power", "1/2"):
        ks.sine_power(0.3)
    for wrong in ("a", None, True, 1j):
        with refused(TypeError, "nu"):
            ks.defect_power(wrong)
        with refused(TypeError, "power"):
            ks.sine_power(wrong)
    for bias in (1, 0, "True", None, 1.0):
        with refused(TypeError, "bias"):
            ks.ntk(3, bias=untyped(bias))
    with refused(ValueError, "power_series", "coefficient"):
        ks.power_series()
    with refused(TypeError, "coefficient 1"):
        ks.power_series(1, "a")
    for value in (math.nan, math.inf):
        with refused(ValueError, "coefficient", "finite"):
            ks.power_series(value)


def test_activations() -> None:
    with refused(ValueError, "activation", "relu", "foo"):
        ks.dual("foo")
    with refused(ValueError, "slope", "leaky_relu"):
        ks.dual("relu", slope=0.1)
    with refused(ValueError, "slope", "leaky_relu"):
        ks.dual(np.tanh, slope=0.1)
    for slope in ("0.1", True, 1j, [0.1]):
        with refused(TypeError, "slope"):
            ks.dual("leaky_relu", slope=slope)
    for slope in (math.nan, math.inf):
        with refused(ValueError, "slope", "finite"):
            ks.dual("leaky_relu", slope=slope)
    for wrong in (None, 3, 2.5, True):
        with refused((TypeError, ValueError), "activation"):
            ks.dual(untyped(wrong))
    for coefficients in ([], [[1.0]], [math.nan], [math.inf]):
        with refused(ValueError, "coefficients"):
            ks.dual(untyped(coefficients))
    with refused((TypeError, ValueError), "activation"):
        ks.dual(untyped(["a"]))
    for function in (
        lambda x: x[:3],
        lambda x: 1.0,
        lambda x: x * np.nan,
        lambda x: None,
        lambda x: x * 1j,
        lambda x: "a",
    ):
        with refused((TypeError, ValueError), "activation"):
            ks.dual(untyped(function))
    with np.errstate(all="ignore"), refused(ValueError, "activation"):
        ks.dual(lambda x: 1 / (x - x))


def test_an_activation_cannot_spoil_the_nodes() -> None:
    def spoil(x: np.ndarray) -> np.ndarray:
        x[:] = 0.0
        return x

    def relu_in_place(x: np.ndarray) -> np.ndarray:
        np.maximum(x, 0, out=x)
        return x

    try:
        assert ks.dual(spoil)(0.5) == 0.0
        found = ks.dual(relu_in_place, terms=64)
    except ValueError:
        return  # a read-only array is fair, too
    assert found(0.5) == pytest.approx(ks.dual("relu")(0.5), abs=untyped(found).truncation)


# -- extreme but right -----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1e-300, 1e-200, 1e-30, 1e30, 1e200, 1e300, Fraction(1, 10**400), Fraction(10**400)])
def test_extreme_parameters_give_values_or_are_refused(value: Value) -> None:
    makers: list[Callable[[Any], Zonal]] = [ks.exponential, lambda c: ks.laplace(c), lambda c: c * ks.arccos(1)]
    if value < 1:
        makers.append(lambda g: ks.laplace(gamma=g))
    for make in makers:
        try:
            k = make(value)
            values = k(np.array([-1.0, 0.5, 1 - 1e-16, 1.0]))
            assert k(0.5) == values[1]
            assert np.all(np.isfinite(k.defect(np.array([0.5, 1.0]))))
        except ValueError:
            continue
        assert np.all(np.isfinite(values))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(-1, 1))
def test_any_sigma(sigma: float, u: float) -> None:
    try:
        k = ks.exponential(sigma)
        value, defect = k(u), k.defect(u)
    except ValueError:
        assert not 1e-100 <= sigma <= 1e100
        return
    assert 0 <= value <= 1
    assert 0 <= defect <= 1


@given(
    st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    st.floats(min_value=0, max_value=1, exclude_min=True),
    st.floats(-1, 1),
)
def test_any_c_and_gamma(c: float, gamma: float, u: float) -> None:
    try:
        k = ks.laplace(c, gamma)
    except ValueError:
        # Beyond these no double holds what e^{-c (1-u)^gamma} does on [-1, 1].
        assert not (1e-100 <= c <= 1e100 and gamma >= 1e-6)
        return
    assert 0 <= k(u) <= 1
    assert 0 <= k.defect(u) <= 1


@pytest.mark.parametrize("degree", [300, 1000, 10**4])
def test_high_degrees_give_values_or_are_refused(degree: int) -> None:
    with time_limit():
        try:
            value = ks.arccos(degree)(0.5)
        except ValueError as error:
            assert "degree" in str(error)
            return
    assert 0 <= value <= 1


# -- operators -------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["a", None, 1j, True, [1.0], {}, np.array([1.0, 2.0]), object()])
def test_operands_of_the_wrong_kind(wrong: Any) -> None:
    k = untyped(ks.arccos(1))
    for operation in (
        lambda: k + wrong,
        lambda: wrong + k,
        lambda: k - wrong,
        lambda: wrong - k,
        lambda: k * wrong,
        lambda: wrong * k,
        lambda: k / wrong,
        lambda: k @ wrong,
        lambda: wrong @ k,
    ):
        with pytest.raises(TypeError):
            operation()


def test_operands_out_of_range() -> None:
    k = untyped(ks.arccos(1))
    for number in (math.nan, math.inf, -math.inf):
        with refused(ValueError, "finite"):
            number * k
        with refused(ValueError, "finite"):
            k + number
    for zero in (0, 0.0, Fraction(0)):
        with refused(ValueError, "divided by 0"):
            k / zero
    with pytest.raises(TypeError):
        k / k
    with pytest.raises(TypeError):
        1 / k
    for power in (-1, 0.5, True, "2", None, k):
        with refused((ValueError, TypeError), "power|\\*\\*"):
            k**power
    with pytest.raises(TypeError):
        2**k
    with pytest.raises(TypeError):
        k @ 0.5


@pytest.mark.parametrize(
    "inner",
    [
        2 * ks.linear(),
        ks.ntk(3),
        ks.ntk(2, bias=True),
        ks.linear() + 1,
        -1.5 * ks.arccos(1),
        ks.power_series(0, 3),
        ks.dual("exp"),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "outer", [ks.arccos(1), ks.laplace(), ks.rf(3), ks.ntk(2), ks.exponential(), ks.dual("erf")], ids=repr
)
def test_composing_with_what_leaves_the_interval(outer: Zonal, inner: Zonal) -> None:
    with refused(ValueError, "inner", r"\[-1, 1\]", "reaches"):
        outer @ inner


def test_composing_with_what_leaves_the_interval_only_in_between() -> None:
    # 4.2 u - 4.2 u^3 reaches 1.617 at u = 0.577 and vanishes at both ends; a narrow hump likewise.
    hump = 4.2 * ks.linear() - 4.2 * ks.polynomial(3)
    with refused(ValueError, "inner"):
        ks.arccos(1) @ hump
    # 50 (u^40 - u^42) peaks at 0.92 below 1; 60 times that difference at 1.08.
    fine, bad = (n * (ks.polynomial(40) - ks.polynomial(42)) for n in (50, 60))
    peak = math.sqrt(40 / 42)
    assert fine(peak) < 1 < bad(peak)
    assert (ks.arccos(1) @ fine)(0.5) == pytest.approx(ks.arccos(1)(fine(0.5)), rel=1e-14, abs=0)
    with refused(ValueError, "inner"):
        ks.arccos(1) @ bad


def test_a_kernel_is_not_applied_to_a_kernel() -> None:
    with refused(TypeError, "@"):
        ks.arccos(1)(untyped(ks.arccos(1)))


# -- spectra ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kernel", [ks.arccos(1), ks.ntk(3), ks.exponential(), ks.dual("erf"), ks.polynomial(2)], ids=repr
)
def test_dimensions(kernel: Zonal) -> None:
    for d in (1, 0, -1, -(10**9), 2**60, 10**30):
        with refused(ValueError, r"\bd\b", str(d)):
            kernel.spectrum(d)
    for wrong in (2.0, 3.5, "3", None, True, np.bool_(True), 3j, [3], np.array([3, 4]), math.nan, Fraction(3)):
        with refused(TypeError, r"\bd\b"):
            kernel.spectrum(untyped(wrong))
    assert kernel.spectrum(untyped(np.int64(3)))[2] == kernel.spectrum(3)[2]


@pytest.mark.parametrize(
    "kernel", [ks.arccos(1), ks.ntk(3), ks.exponential(), ks.dual("erf"), ks.polynomial(2)], ids=repr
)
def test_degrees_of_harmonics(kernel: Zonal) -> None:
    wrong: Any
    s = untyped(kernel.spectrum(4))
    for read in (s, s.log_abs, s.error, s.method, s.exact, s.multiplicity, s.__getitem__, s.values):
        for k in (-1, -(10**9), np.int64(-2), 10**30, 2**53 + 1):
            with refused(ValueError, r"\bk\b", "integer"):
                read(k)
        for wrong in (1.0, 2.5, "1", None, True, 1j, math.nan, {}, ks.arccos(1)):
            with refused(TypeError, r"\bk\b", "integer"):
                read(wrong)
    for read in (s, s.log_abs, s.error, s.__getitem__, s.multiplicity):
        with refused(ValueError, r"\bk\b"):
            read(np.array([1, -1]))
        with refused(TypeError, r"\bk\b"):
            read(np.array([1.0, 2.0]))
        with refused(TypeError, r"\bk\b"):
            read(np.array([True, False]))
        with refused(TypeError, r"\bk\b"):
            read(["a"])


def test_slices() -> None:
    s = ks.arccos(1).spectrum(4)
    with refused(ValueError, "slice", "end"):
        s[3:]
    with refused(ValueError, "slice", "start"):
        s[-3:5]
    with refused(ValueError, "slice", "end"):
        s[0:-1]
    with refused(ValueError, "slice", "step"):
        s[5:0:-1]
    with refused(ValueError, "slice", "step"):
        s[0:5:0]
    for wrong in (slice("a", 3), slice(0, 2.5), slice(0, True), slice(0, 3, 1.0)):
        with refused(TypeError, "slice"):
            s[wrong]


def test_sums_and_fits() -> None:
    wrong: Any
    s = untyped(ks.arccos(1).spectrum(4))
    for read in (s.trace, lambda k: s.mercer(0.5, k), lambda k: s.plot(kmax=k)):
        for value in (-1, -10):
            with refused(ValueError, "kmax"):
                read(value)
        for wrong in (1.5, "3", None, True, [3]):
            with refused(TypeError, "kmax"):
                read(wrong)
    for t in (2, -1.5, math.nan, math.inf):
        with refused(ValueError, r"\bt\b"):
            s.mercer(t, 5)
    for wrong in ("0.5", None, 1j):
        with refused(TypeError, r"\bt\b"):
            s.mercer(wrong, 5)
    for wrong in (100, "a", (1, 2, 3), (5, 1), (-3, 5), (1.0, 2.0), None):
        with refused((TypeError, ValueError), r"\bk\b"):
            s.fit(wrong)


def test_a_spectrum_is_of_a_kernel() -> None:
    from kernelspec.spectrum import Spectrum

    with refused(TypeError, "kernel"):
        Spectrum(untyped("arccos(1)"), 3)


def test_taylor_coefficients() -> None:
    k = untyped(ks.arccos(1))
    for value in (0, -1):
        with refused(ValueError, "terms"):
            k.taylor(value)
    for wrong in (1.5, "3", None, True):
        with refused((TypeError, ValueError), "terms"):
            k.taylor(wrong)


@pytest.mark.parametrize("wrong", [0, 2, -2, 0.5, "1", None])
def test_the_end_of_an_expansion(wrong: Any) -> None:
    with refused((TypeError, ValueError), r"\bat\b"):
        ks.arccos(1).expand(at=untyped(wrong))


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "3", None, True])
def test_the_terms_of_an_expansion(wrong: Any) -> None:
    with refused((TypeError, ValueError), "terms"):
        ks.arccos(1).expand(terms=untyped(wrong))


@pytest.mark.parametrize("wrong", [1, 0, -3, 2.0, "3", None, True])
def test_the_dimension_of_a_decay(wrong: Any) -> None:
    with refused((TypeError, ValueError), r"\bd\b"):
        ks.arccos(1).decay(untyped(wrong))


# -- Gram matrices ---------------------------------------------------------------------------------


def test_gram_matrices() -> None:
    k = untyped(ks.arccos(1))
    x = np.eye(3)
    for wrong in ("a", None, 1.0, x[0], np.zeros((2, 2, 2)), x.astype(complex), np.array([["a"]])):
        with refused((TypeError, ValueError), r"\bx\b|\bX\b"):
            k.gram(wrong)
    for wrong in (np.eye(4), np.full((2, 3), np.nan), np.full((2, 3), np.inf)):
        with refused((TypeError, ValueError), r"\bx\b|\by\b|\bX\b|\bY\b"):
            k.gram(x, wrong)
    with refused(ValueError, r"\bx\b|\bX\b"):
        k.gram(np.full((2, 3), np.nan))
    assert k.gram(np.zeros((0, 3))).shape == (0, 0)
    assert k.gram(x, np.zeros((0, 3))).shape == (3, 0)
    assert np.array_equal(k.gram(np.zeros((2, 3))), np.zeros((2, 2)))  # zero rows have norm 0 and value 0
