"""Ranges of inner kernels, bounds by Taylor coefficients and singular places, against exact maxima and mpmath."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest
from expressions import exact_cosines, exact_kernels, inner_cosines
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels import ranges
from kernelspec.kernels.ball_values import upper, value_at
from kernelspec.kernels.compositions import Compose
from kernelspec.kernels.expression import compose
from kernelspec.kernels.ranges import contacts

P = ks.parse
u = ks.linear()
F = Fraction
RANGE = "must take values in"


def refused_at(message: str) -> Fraction:
    """The point that an error names."""
    found = re.search(r"at u = (\S+) \(", message)
    assert found, message
    return Fraction(found[1])


def exact_value(kernel: Zonal, point: Any) -> Any:
    """kappa at a point by mpmath, from 40 digits of the point."""
    with mp.workdps(40):
        return kernel(mp.mpf(point.numerator) / point.denominator)


# -- the door ------------------------------------------------------------------------------------------------------


def test_a_narrow_peak_between_samples_is_found() -> None:
    peak = F("1.004")
    inner = peak - peak * F("1.8") * (u - F("0.04907")) ** 2
    with pytest.raises(ValueError, match=RANGE) as error:
        ks.exponential(F(1, 20)) @ inner
    assert abs(refused_at(str(error.value)) - F("0.04907")) < F(1, 10**6)
    assert "reaches 1.004" in str(error.value)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("ntk(2)", 1),
        ("dual('exp')", 1),
        ("1.2*linear() - 0.3*arccos(1)", -1),
        ("3.2*sine_power(1/2)", 0),
        ("0.9*polynomial(2) - 0.9*polynomial(5)", -1),
        ("1.5*exponential() - 0.5*laplace()", F(98, 100)),
        ("1 + 1/1000*linear() - 1/1000*polynomial(200)", F(974, 1000)),
    ],
)
def test_errors_name_a_point_where_it_fails(text: str, point: Any) -> None:
    inner = P(text)
    with pytest.raises(ValueError, match=RANGE) as error:
        ks.laplace() @ inner
    found = refused_at(str(error.value))
    assert abs(found - point) < F(1, 50)
    assert abs(exact_value(inner, found)) > 1


@pytest.mark.parametrize(
    "inner",
    [
        0.3333333333333334 * ks.ntk(3),
        0.1 + 0.2 + 0.7 * u,  # 0.1 + 0.2 is 0.30000000000000004
        1 - math.sqrt(2) * ks.defect_power(0.5),
        -1.0000000000000002 * ks.exponential(),
        (1 + 1e-13) * ks.arccos(1),
    ],
)
def test_rounding_of_floats_is_said(inner: Zonal) -> None:
    with pytest.raises(ValueError, match=r"rounding of a float.*Fraction\(1, 3\)"):
        ks.laplace() @ inner


@pytest.mark.parametrize("at", [1, -1])
@pytest.mark.parametrize("sign", [1, -1])
def test_what_no_float_can_see(at: int, sign: int) -> None:
    # beyond 1 by 6e-19 next to an end where it is 1, exactly: 1 + 1e-9 t^{1/2} - 0.4 t
    root = ks.laplace(F(1, 10**9)) if at == 1 else ks.laplace(F(1, 10**9)) @ -u
    inner = sign * (F(3, 5) + 1 - root + F(2, 5) * at * u)
    assert not any(abs(inner(x)) > 1 for x in (1.0, -1.0, at * (1 - 1e-15), 0.5))
    with pytest.raises(ValueError, match=RANGE):
        ks.exponential() @ inner
    assert ks.exponential() @ (sign * (F(3, 5) - 1 + root + F(2, 5) * at * u))


@pytest.mark.parametrize("inner", [ks.sine_power(F(-1, 2)), ks.defect_power(F(-1, 3)) * F(1, 9)])
def test_infinite_inner_kernels_are_refused(inner: Zonal) -> None:
    with pytest.raises(ValueError, match="is infinite or not defined"):
        ks.laplace() @ inner


@pytest.mark.parametrize(
    "text",
    [
        "(1/3)*ntk(3)", "0.3333333333333333*ntk(3)", "0.1 + 0.2*linear() + 0.7*arccos(1)", "-linear()", "polynomial(2)",
        "2*polynomial(2) - 1", "4*polynomial(3) - 3*linear()", "0.5*linear() - 0.5*polynomial(2)", "-exponential()",
        "2*arccos(0) - 1", "2*arccos(1) - linear()", "-0.8*linear() + 1.8*arccos(1)", "2*arccos(0)*arccos(0) - 1",
        "1 - defect_power(1/2)", "1 - 1.414*defect_power(1/2)", "3*sine_power(1/2)", "1 - polynomial(2)",
        "1.5*laplace() - 0.5*exponential()", "0.135*dual('exp')", "mlp(3, slope=-1)", "mlp(3, bias_variance=0.3)",
        "resnet(3, tangent=True)", "exponential() - 0.5*polynomial(2)", "0*linear() + 1",
        "polynomial(1000) - 0.001*linear()*polynomial(999)",
        "(8*polynomial(4) - 8*polynomial(2) + 1)@(2*polynomial(2) - 1)", "0.5*polynomial(9007199254740991)",
        "-2*arccos(1) + linear()", "0.36*dual('gelu')", "dual('erf')",
    ],
)  # fmt: skip
def test_what_is_proved_is_accepted(text: str) -> None:
    assert ks.laplace() @ P(text)
    with mp.workdps(25):
        for i in range(-20, 21):
            inner = P(text)(mp.mpf(i) / 20)
            assert abs(inner) <= 1 + mp.mpf(10) ** -24


@settings(max_examples=200)
@given(*[st.fractions(-2, 2, max_denominator=12)] * 3)
def test_parabolas_by_their_vertex(a: Fraction, b: Fraction, c: Fraction) -> None:
    points = [F(1), F(-1)]
    if a and abs(b) <= 2 * abs(a):
        points.append(-b / (2 * a))
    largest = max(abs(a * x * x + b * x + c) for x in points)
    inner = a * ks.polynomial(2) + b * u + c
    if largest > 1:
        with pytest.raises(ValueError, match=RANGE):
            ks.arccos(1) @ inner
    else:
        assert ks.arccos(1) @ inner
        if isinstance(inner, ks.Zonal) and a:
            inside = {s for s in (1, -1) for x in points[2:] if abs(x) < 1 and a * x * x + b * x + c == s}
            assert inside <= contacts(inner).inside
            assert contacts(inner).inside <= inside | ({1, -1} if largest == 1 else set())


@settings(max_examples=60)
@given(st.integers(1, 7), st.fractions(F(1, 2), 2, max_denominator=10**6))
def test_chebyshev_polynomials_touch_and_no_more(n: int, scale: Fraction) -> None:
    # T_n reaches +-1 at cos(j pi/n), with even order inside: the hardest polynomials there are
    previous, current = ks.polynomial(0), u
    for _ in range(n - 1):
        previous, current = current, 2 * u * current - previous
    if scale > 1:
        with pytest.raises(ValueError, match=RANGE):
            ks.arccos(0) @ (scale * current)
    elif scale == 1:
        found = contacts(current)
        assert found.right == {1}
        assert found.left == {(-1) ** n}
        assert found.inside == ({1, -1} if n > 2 else {-1} if n == 2 else set())
    else:
        assert not any(contacts(scale * current))


def random_inner() -> st.SearchStrategy[Zonal]:
    """Combinations of kernels and powers, with signs, of which some stay within [-1, 1]."""
    atoms = st.sampled_from(
        ["linear()", "polynomial(2)", "polynomial(5)", "arccos(0)", "arccos(1)", "exponential()", "laplace()", "rf(3)",
         "(1/3)*ntk(3)", "1", "sine_power(3/2)", "defect_power(1/2)", "arccos(1)*laplace()"]
    ).map(P)  # fmt: skip
    weights = st.integers(-9, 9).filter(bool).map(lambda n: F(n, 8))
    return st.lists(st.tuples(weights, atoms), min_size=1, max_size=3).map(
        lambda terms: sum((c * k for c, k in terms), 0 * u)
    )


@settings(max_examples=40)
@given(random_inner())
def test_random_combinations(inner: Zonal) -> None:
    assume(inner not in (u, ks.polynomial(0)))
    with mp.workdps(30):
        largest = max(abs(inner(mp.cos(mp.pi * i / 150))) for i in range(151))
    try:
        ks.laplace() @ inner
    except ValueError as error:
        if "could not be shown" in str(error):
            assert largest > 0.99  # only what comes close is left open
        else:
            assert abs(exact_value(inner, refused_at(str(error)))) > 1 - 1e-5
            assert largest > 0.98
    else:
        assert largest <= 1 + mp.mpf(10) ** -28


def test_a_range_is_proved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [P("(1/3)*ntk(3)"), P("0.5*rf(7) + 0.5*ntk(1)"), ks.mlp(50, bias_variance=0.1), ks.rf(500)]
    for inner in layers:
        ks.laplace() @ inner
    assert ks.rf(500).singular == {1, -1}
    monkeypatch.setattr(ranges, "_contacts", lambda kernel: pytest.fail(f"{kernel!r} is proved again"))
    for inner in layers:
        compose(ks.laplace(), inner)


# -- bounds by Taylor coefficients -----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.one_of(exact_kernels(), exact_cosines(), random_inner()))
def test_signs_and_majorants_of_series(kernel: Zonal) -> None:
    try:
        coefficients = kernel.taylor(12)
    except ValueError:
        assume(False)
    assume(all(c.is_finite() for c in coefficients))
    if kernel.series_sign:
        assert not any(kernel.series_sign * c < 0 for c in coefficients)
    for r in (F(1, 2), F(1), F(6, 5)):
        bound = kernel.majorant(r)
        if bound is not None:
            total = sum(float(abs(c).lower()) * float(r) ** i for i, c in enumerate(coefficients))
            assert total <= float(bound) * (1 + 1e-12) + 1e-12
            assert r <= 1 or kernel.radius > 1 or math.isinf(kernel.radius) or bound >= 0


@settings(max_examples=60)
@given(exact_cosines(), inner_cosines())
def test_majorants_bound_values(kernel: Zonal, point: float) -> None:
    bound = kernel.majorant(F(1))
    assert bound is not None
    assert bound == 1  # kernels with kappa(1) = 1, by their coefficients alone
    assert abs(kernel(point)) <= 1


@pytest.mark.parametrize("p", [F(1, 2), F(3, 2), F(5, 2), F(9, 2), F(3)])
def test_binomial_series(p: Fraction) -> None:
    with mp.workdps(20):
        exponent = mp.mpf(p.numerator) / p.denominator
        terms = 4000  # the rest is of size terms^-p
        total = float(mp.fsum(abs(mp.binomial(exponent, i)) for i in range(terms)))
    if p.denominator > 1:
        found = ks.defect_power(p).majorant(F(1))
        assert found is not None
        assert 0 <= float(found) - total <= 2 * terms ** -float(p) * math.gamma(float(p) + 1)
    bound = ks.sine_power(p).majorant(F(1))
    assert bound is not None
    assert 0 <= float(bound) - total / math.pi < 1e-3 * total + 1e-2


@pytest.mark.parametrize(
    ("text", "radius"),
    [
        ("arccos(0)@(0.5*linear() - 0.5*polynomial(2))", 1.0),  # -1 at u = -1
        ("arccos(0)@(0.5*linear() - 0.4*polynomial(2))", 1.05),
        ("arccos(0)@(0.5*linear())", 2.0),
        ("exponential(2)@arccos(0)@(0.5*linear())", 2.0),
        ("arccos(0)@(0.9999*linear())", 1.0),  # too slow a series: by the contour
        ("laplace()@(-linear())", 1.0),
        ("exponential()@(1 - polynomial(2))", math.inf),
        ("arccos(1)@laplace()", 1.0),
        ("arccos(0)@(0.9*linear() - 0.8*polynomial(3))", 1.0),  # beyond 1 at u = i
    ],
)
def test_radii(text: str, radius: float) -> None:
    assert P(text).radius == radius


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("arccos(0)@(0.5*linear() - 0.5*polynomial(2))", {-1}),
        ("arccos(0)@(0.9*linear() - 0.8*polynomial(3))", set()),
        ("laplace()@(0.5*linear() - 0.5*polynomial(2))", set()),  # -1 is no singular point of Laplace
        ("laplace()@(-linear())", {-1}),
        ("laplace()@(2*polynomial(2) - 1)", {1, -1}),
        ("laplace()@(1 - polynomial(2))", {0}),
        ("arccos(1)@(2*polynomial(2) - 1)", {1, -1, 0}),
        ("arccos(0)@(4*polynomial(3) - 3*linear())", {1, -1, 0}),
        ("arccos(0)@(-exponential())", {1}),
        ("arccos(1)@(0.5 - exponential())", set()),
        ("laplace()@laplace()", {1}),
        ("arccos(0)@exponential()@(2*polynomial(2) - 1)", {1, -1}),
        ("ntk(3)@(0.5*laplace() - 0.5*linear())", {1}),
        ("laplace(c=1, gamma=1)@(1 - polynomial(2))", set()),
        ("rf(20)", {1, -1}),
        ("arccos(0)@(0*linear() + 1)", set()),
        ("defect_power(1/2) + linear()*exponential()", {1}),
        ("sine_power(2)*exponential()", set()),
        ("mlp(3, slope=-1)@(0.5*linear() - 0.5*polynomial(2))", {-1}),
        ("(1/2)*ntk(2, bias=True)@arccos(2)", {1, -1}),
    ],
)
def test_singular_places(text: str, places: set[int]) -> None:
    found = P(text).singular
    assert places <= found
    if "ntk(3)" not in text and "(1/2)" not in text:
        assert found == places


def test_values_and_bounds_are_rounded_outward() -> None:
    ball = value_at(ks.exponential(3), F(-1))
    bound = upper(ball)
    assert bound is not None
    assert bound >= F(float(ball.lower()))
    assert upper(value_at(ks.sine_power(F(-1, 2)), F(1))) is None


def test_a_composition_keeps_its_layers() -> None:
    kernel = ks.arccos(0) @ P("0.5*linear() - 0.5*polynomial(2)")
    assert isinstance(kernel, Compose)
    assert len(kernel.layers) == 2


@pytest.mark.parametrize("outer", [ks.arccos(1), ks.laplace(), ks.arccos(0) * ks.laplace(2)], ids=repr)
def test_constants_that_cancel_leave_the_radius(outer: ks.Zonal) -> None:
    # 2 arccos(0) - 1 = (2/pi) arcsin at 2/3 u, the dual of erf: at most arcsin(2/3) 2/pi < 1 in the disc.
    erf = ks.dual("erf")
    bound = erf.majorant(Fraction(1))
    assert bound is not None and bound < Fraction(47, 100)
    kernel = outer @ erf
    assert kernel.radius > 1 and kernel.spectrum(2).method(0) == "Taylor series"
    assert kernel.spectrum(2)(0) == pytest.approx(float(kernel.spectrum(2).certified(0)), rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("layer", "left"), [("tanh", {-1}), ("silu", set()), ("erf", {-1}), ("cos", {1}), ("sin(1, 1, 1/2)", set())]
)
def test_where_a_layer_is_1_or_minus_1(layer: str, left: set[int]) -> None:
    """Its parts tell; and its values next to u = -1, in floats, agree."""
    kernel = ks.network(layer)
    found = contacts(kernel)
    assert (found.right, found.left, found.inside) == ({1}, left, set())
    assert (abs(kernel(-1.0)) > 1 - 1e-12) is bool(left) and abs(kernel(0.0)) < 1
