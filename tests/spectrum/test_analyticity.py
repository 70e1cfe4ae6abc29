"""Regions of analyticity: refused where there is a singularity, granted where there is none, and bounds that hold."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
from flint import acb, arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.compositions import Compose
from kernelspec.kernels.points import Point
from kernelspec.spectrum import angular_quadrature, boundaries
from kernelspec.spectrum.analyticity import cover, ramified, sample
from kernelspec.spectrum.region_points import (
    _BALLS,
    RamifiedError,
    RegionArithmetic,
    RegionError,
    RegionPoint,
    UndecidedError,
    departure,
    narrower,
)

P = ks.parse
KERNELS = [
    "rf(3)", "rf(5)", "ntk(3)", "ntk(4, bias=True)", "laplace()", "rf(3, degree=2)", "resnet(2, tangent=True)",
    "mlp(3, slope=0.4, bias_variance=0.3)", "mlp(3, slope=-0.7)", "dual('erf')", "dual('gelu')",
    "exponential()@arccos(1)",
    "laplace(c=2)*ntk(2)", "arccos(1)@(0.5*rf(3)+0.5*linear())", "rf(3) - 2*laplace(c=3)",
]  # fmt: skip
#: What needs a root as local variable, with its degree on the ellipse (theta = (pi/2) z^m).
RAMIFIED = [("rf(3, degree=0)", 2), ("rf(4, degree=0)", 4), ("laplace(gamma=1/3)", 3), ("arccos(0)@laplace()", 2)]


def float_value(kernel: Zonal, theta: complex) -> complex:
    """kappa(cos theta) in complex floats, by the principal branches: right next to [0, pi]."""
    return complex(kernel.of_angle(np.asarray(theta)))


# -- singularities are seen -----------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    st.fractions(Fraction(3, 10), Fraction(9, 10), max_denominator=20), st.floats(0.1, 0.93), st.sampled_from([1, -1])
)
def test_a_known_branch_point(scale: Fraction, share: float, at: int) -> None:
    """kappa_0(a u) is analytic around u = +-1 up to u = +-1/a, and no further."""
    kernel = ks.arccos(0) @ (scale * ks.linear())
    distance = float(1 / scale) - 1
    inside = Fraction(min(distance * share, 1.9))
    local, points = boundaries.end_disc(at, 1, inside)
    pieces = cover(kernel, local, points, readings=2000)
    assert all(piece.bound.is_finite() for piece in pieces)
    beyond = Fraction(distance * 1.05 + 0.01)
    assume(beyond < Fraction(19, 10))
    with pytest.raises(RegionError):
        cover(kernel, *boundaries.end_disc(at, 1, beyond))


@settings(max_examples=15)
@given(st.floats(1.05, 4))
def test_a_pole_inside_the_ellipse(rho: float) -> None:
    """(1 - v^2)^{-1/2} with v = 0.8 u has its poles at u = 5/4, inside or outside of the ellipse in theta."""
    kernel = P("sine_power(-1/2)@(0.8*linear())")
    # where cos theta = 5/4: theta = i arccosh(5/4), in z = 2 theta/pi from the focus 0 on
    z = 2 / math.pi * complex(0, math.acosh(1.25))
    there = abs(z) + abs(z - 1)  # the sum of distances to the foci; (rho + 1/rho)/2 on E_rho
    margin = (rho + 1 / rho) / 2 - there
    assume(abs(margin) > 0.03)
    region = boundaries.ellipse(1, Fraction(rho))
    if margin > 0:
        with pytest.raises(RegionError):
            cover(kernel, *region)
    elif margin < -0.1:
        assert cover(kernel, *region, readings=4000)


@pytest.mark.parametrize(
    "text",
    [
        "arccos(0)@(4*polynomial(3)-3*linear())",  # touches +-1 at u = -+1/2
        "1.0000000000001*arccos(1)",  # refused at the door: the layer alone, around which arccos(0) is put
        "laplace()@(2*polynomial(2)-1)*linear()",  # touches -1 at u = 0, where Laplace is smooth
    ],
)
def test_where_an_inner_kernel_meets_one(text: str) -> None:
    kernel = P(text) if "@" in text else Compose((ks.arccos(0), P(text)))
    smooth = text.startswith("laplace")
    for rho in (Fraction(11, 10), Fraction(2), Fraction(5)):
        try:
            cover(kernel, *boundaries.ellipse(2, rho), readings=400)
        except RegionError:
            continue
        assert smooth, rho


@pytest.mark.parametrize("text", KERNELS)
def test_some_region_is_granted(text: str) -> None:
    quadrature = angular_quadrature.Quadrature(P(text))
    assert quadrature.ramification == 1
    assert any(quadrature.ellipse(Fraction(rho)) for rho in ("1.8", "1.35", "1.1"))


@pytest.mark.parametrize(("text", "degree"), RAMIFIED)
def test_roots_as_local_variables(text: str, degree: int) -> None:
    quadrature = angular_quadrature.Quadrature(P(text))
    assert quadrature.ramification == degree
    with pytest.raises(RamifiedError):
        sample(P(text), *boundaries.ellipse(1, Fraction(3, 2)))


# -- bounds ---------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.sampled_from(KERNELS), st.floats(-1, 1), st.floats(-1, 1))
def test_the_boundary_bounds_the_inside(text: str, x: float, y: float) -> None:
    kernel = P(text)
    rho = Fraction("1.35")
    pieces = _pieces(text, rho)
    bound = max(float(piece.bound) for piece in pieces)
    # the ellipse's half axes
    a, b = (float(rho) + 1 / float(rho)) / 4, (float(rho) - 1 / float(rho)) / 4
    z = complex(0.5 + a * x, b * y * math.sqrt(1 - x * x))
    theta = math.pi / 2 * z
    assume(theta.real > 0.05)  # left of 0 the principal branches are others
    total = abs(float_value(kernel, theta)) + abs(float_value(kernel, math.pi - theta))
    assert total <= bound * (1 + 1e-9)


_PIECES: dict[tuple[str, Fraction], Any] = {}


def _pieces(text: str, rho: Fraction) -> Any:
    if (text, rho) not in _PIECES:
        _PIECES[text, rho] = cover(P(text), *boundaries.ellipse(1, rho), readings=2000)
    return _PIECES[text, rho]


@pytest.mark.parametrize("text", ["rf(3)", "laplace()"])
def test_pieces_cover_the_whole_boundary(text: str) -> None:
    pieces = sorted(_pieces(text, Fraction("1.35")), key=lambda piece: piece.start)
    assert pieces[0].start == 0
    assert pieces[-1].stop == 1
    assert all(p.stop == q.start for p, q in zip(pieces, pieces[1:], strict=False))
    for p in pieces:
        for tau in (p.start, p.stop, (p.start + p.stop) / 2):
            turn = mp.expjpi(mp.mpf(tau.numerator) / tau.denominator) * mp.mpf("1.35")
            z = (turn + 1 / turn) / 4 + mp.mpf(1) / 2
            # 15 digits of mpmath against a ball of some 1e-2
            assert p.z.overlaps(acb(float(z.real), float(z.imag)) + acb(arb(0, 1e-12), arb(0, 1e-12)))


# -- balls of values ----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    st.sampled_from(KERNELS + [text for text, _ in RAMIFIED]),
    st.floats(0.05, 0.95), st.floats(-0.15, 0.15), st.floats(1e-6, 2e-2), st.floats(-1, 1), st.floats(-1, 1),
    st.booleans(),
)  # fmt: skip
def test_a_ball_contains_its_points(
    text: str, x: float, y: float, radius: float, right: float, up: float, by_left: bool
) -> None:
    """The value on a ball of z, by the mean value forms, contains the value at every point of it."""
    kernel = P(text)
    m = dict(RAMIFIED).get(text, 1)
    point = boundaries.ellipse(m, Fraction(2))[1][by_left]
    with flint.ctx.workprec(200):
        middle = acb(x, y)
        ball = acb(arb(x, radius), arb(y, radius))
        inside = acb(arb(x) + arb(right) * arb(radius), arb(y) + arb(up) * arb(radius))
        try:
            value = point(ball, point(middle, None)).pair(kernel).value
            alone = point(inside, None).pair(kernel).value
        except UndecidedError:  # too wide, and says so
            return
        assume(value.is_finite())
        assert value.overlaps(alone)
        theta = complex(math.pi / 2 * (x + right * radius + 1j * (y + up * radius)) ** m)
        assume(theta.real > 0.01)  # left of 0 the principal branches are others
        exact = float_value(kernel, math.pi - theta if by_left else theta)
        # complex floats: 1e-13 of deep compositions next to an end, where angles lose half their digits
        assert abs(complex(alone) - exact) <= 1e-6 * (1 + abs(exact))
        assert abs(complex(value) - exact) <= float(abs(acb(value.real.rad(), value.imag.rad()))) + 1e-6 * (
            1 + abs(exact)
        )


@given(st.sampled_from(KERNELS), st.floats(0.01, 1))
def test_real_points_read_as_the_kernel_does(text: str, z: float) -> None:
    kernel = P(text)
    for by_left, point in enumerate(boundaries.ellipse(1, Fraction(2))[1]):
        with flint.ctx.workprec(160):
            found = point(acb(z), None).pair(kernel).value
            exact = kernel(-(arb.pi() / 2 * z).cos() if by_left else (arb.pi() / 2 * z).cos())
        assert found.real.overlaps(exact)
        assert found.imag.contains(0)


def test_the_narrower_ball() -> None:
    a, b = arb(1, 0.1), arb(1, 0.2)
    assert narrower(a, b) is narrower(b, a) is a
    assert narrower(arb("nan"), b) is b
    wide = acb(arb(1, 0.1), arb(0, 0.3))
    assert narrower(wide, acb(b, b)) is wide or narrower(wide, acb(b, b)).real.rad() == b.rad()


# -- where layers start from ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "start", "power"),
    [
        ("arccos(1)", 1, 1, 1), ("arccos(1)", -1, 0, Fraction(3, 2)), ("arccos(0)", 1, 1, Fraction(1, 2)),
        ("arccos(0)", -1, 0, Fraction(1, 2)), ("2*arccos(0)-1", -1, -1, Fraction(1, 2)), ("linear()", -1, -1, 1),
        ("polynomial(2)", -1, 1, 1), ("-1*linear()", 1, -1, 1), ("rf(4, degree=0)", 1, 1, Fraction(1, 8)),
        ("laplace(gamma=1/3)", 1, 1, Fraction(1, 3)), ("laplace()", -1, 0, 1), ("polynomial(0)", 1, 0, 1),
        ("3*arccos(1) - 2*linear()", 1, 1, 1), ("arccos(1)@polynomial(2)", -1, 1, 1),
        ("0.5*ntk(2)", 1, 1, Fraction(1, 2)),
    ],
)  # fmt: skip
def test_departures(text: str, at: int, start: int, power: Any) -> None:
    assert departure(P(text), at) == (start, power)


@given(st.integers(1, 12))
def test_ramified_multiplies_up(wanted: int) -> None:
    def needs(q: int) -> int:
        for prime in (2, 3, 5, 7, 11):
            if wanted % prime == 0 and q % prime:
                raise RamifiedError(prime)
        return q

    q, found = ramified(needs)
    assert q == found
    assert wanted in (8, 4, 9, 12) or wanted % q == 0


def test_endless_ramification_is_refused() -> None:
    def never(q: int) -> None:
        raise RamifiedError(2)

    with pytest.raises(RegionError, match="512"):
        ramified(never)
    with pytest.raises(ValueError, match="root of degree|analytic"):
        P("rf(12, degree=0)").spectrum(4).certified(3)


# -- the precision in force ---------------------------------------------------------------------------------


def test_the_precision_is_put_back() -> None:
    region = boundaries.ellipse(1, Fraction(3, 2))
    with flint.ctx.workprec(71):
        cover(ks.rf(3), *region)
        sample(ks.rf(3), *region)
        with pytest.raises(RegionError):
            cover(P("sine_power(-1/2)@(0.995*linear())"), *region)
        assert flint.ctx.prec == 71


def test_orders_are_kept_apart() -> None:
    point = boundaries.ellipse(1, Fraction(2))[1][0](acb(0.5), None)
    assert isinstance(point, RegionPoint)
    assert (point.order, point.coorder) == (2, 0)
    inner = point.image(P("2*arccos(0)-1"))
    assert isinstance(inner, RegionPoint)
    assert (inner.order, inner.coorder) == (1, 0)
    left = boundaries.ellipse(1, Fraction(2))[1][1](acb(0.5), None)
    assert (left.order, left.coorder) == (0, 2)
    there = left.image(P("2*arccos(0)-1"))
    assert isinstance(there, RegionPoint)
    assert (there.order, there.coorder) == (0, 1)
    with pytest.raises(RamifiedError):
        there.psi  # noqa: B018 - half the angle is a root of z


# -- the test of the cut, step by step ----------------------------------------------------------------------------


def refused(kernel: Zonal, at: int, q: int, radius: str) -> bool:
    """Whether the disc around an end, in the root t^{1/q}, is not shown to be free of singularities."""
    try:
        cover(kernel, *boundaries.end_disc(at, q, Fraction(radius)), readings=3000)
    except RegionError:
        return True
    return False


@pytest.mark.parametrize("outer", ["arccos(0)", "arccos(1)", "laplace()", "defect_power(3/2)"])
@pytest.mark.parametrize("at", [1, -1])
def test_a_second_contact_is_seen_where_an_order_is_divided_out(outer: str, at: int) -> None:
    """1 - v = 0.45 t (1 - t/1.2 + t^2/1.44): v = 1 at t = 0, and at |t| = 1.2, 60 degrees off the axis."""
    u = at * ks.linear()
    t = 1 - u
    inner = 1 - Fraction(9, 20) * (t - Fraction(5, 6) * t**2 + Fraction(25, 36) * t**3)
    kernel = P(outer) @ inner
    assert not refused(kernel, at, 2, "1.1")
    assert refused(kernel, at, 2, "1.3")


def test_a_contact_with_the_other_end_is_seen() -> None:
    """v = 1 at t = 1 - u = 0, and v = -1 at |t| = 1.2, 60 degrees off the axis; 0.1 < v <= 1 on [-1, 1]."""
    t = 1 - ks.linear()
    apart = (1 - Fraction(5, 6) * t + Fraction(25, 36) * t**2) * (1 - Fraction(3, 10) * t)
    kernel = ks.arccos(0) @ (2 * apart - 1)
    assert not refused(kernel, 1, 2, "1.1")
    assert refused(kernel, 1, 2, "1.3")


@pytest.mark.parametrize(
    ("text", "at", "inside", "beyond"),
    [
        # 1 + (1-u)/alpha = 0 at t = -alpha
        ("rational_quadratic(alpha=1)", 1, "0.9", "1.1"),
        ("rational_quadratic(alpha=1/2)", 1, "0.45", "0.55"),
        # v = -1 at u = 1.25, t = -1/4
        ("arccos(1)@(-0.8*linear())", 1, "0.24", "0.26"),
        ("arccos(0)@(-0.8*linear())", -1, "0.24", "0.26"),
        ("laplace()@(0.8*linear())", 1, "0.24", "0.26"),
        ("sine_power(-1)@(0.8*linear())", 1, "0.24", "0.26"),
        ("sine_power(1/2)@(0.8*linear())", -1, "0.24", "0.26"),
        # an arcsine of 2u/3
        ("dual('erf')", 1, "0.4", "0.6"),
    ],
)
def test_singularities_of_every_kind_are_seen(text: str, at: int, inside: str, beyond: str) -> None:
    assert not refused(P(text), at, 1, inside)
    assert refused(P(text), at, 1, beyond)


@pytest.mark.parametrize("power", ["-1/2", "-1"])
def test_a_kernel_that_is_infinite_at_an_end_is_not_analytic_there(power: str) -> None:
    with pytest.raises(RegionError, match="infinite at an end"):
        cover(P(f"defect_power({power})"), *boundaries.end_disc(1, 2, Fraction(1, 2)))


@pytest.mark.parametrize("text", ["linear()", "exponential(0.5)", "laplace(c=2)", "rf(3)"])
def test_a_piece_bounds_the_kernel_at_its_ends(text: str) -> None:
    """|kappa| at both ends of [-1, 1], added, at the ends of each piece of the ellipse's edge."""
    kernel = P(text)
    local, points = boundaries.ellipse(1, Fraction("1.35"))
    worst = 0.0
    for piece in cover(kernel, local, points, readings=2000):
        for tau in (piece.start, piece.stop):
            with flint.ctx.workprec(128):
                z = local(_BALLS.number(tau))
                total = sum(abs(point(z, None).pair(kernel).value) for point in points)
            assert total <= piece.bound
            worst = max(worst, float(total / piece.bound))
    assert worst > 0.9


@given(
    st.sampled_from(["arccos(0)", "arccos(1)", "laplace()", "exponential()@arccos(1)"]),
    st.floats(0.1, 0.9),
    st.floats(-0.3, 0.3),
    st.floats(0.05, 0.2),
    st.integers(0, 7),
)
@settings(max_examples=40)
def test_wide_balls_of_layers_hold_their_rim(text: str, x: float, y: float, radius: float, corner: int) -> None:
    """By the mean value forms, for a layer inside and what is read on it, at the rim of the ball."""
    kernel, inner = P(text), ks.arccos(1)
    right, up = [(1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)][corner]
    for by_left, point in enumerate(boundaries.ellipse(1, Fraction(2))[1]):
        with flint.ctx.workprec(128):
            ball = acb(arb(x, radius), arb(y, radius))
            z = acb(arb(x) + right * arb(radius), arb(y) + up * arb(radius))
            try:
                wide: Point = point(ball, point(acb(x, y), None))
                exact: Point = point(z, None)
                assert wide.psi.overlaps(exact.psi)
                for layer in (inner, kernel):
                    value, found = exact.pair(layer).value, wide.pair(layer).value
                    assert found.overlaps(value)
                    if layer is inner:
                        wide, exact = wide.image(inner), exact.image(inner)
                        assert wide.delta.overlaps(exact.delta)
                        assert wide.codelta.overlaps(exact.codelta)
                        assert wide.psi.overlaps(exact.psi), by_left
            except UndecidedError:  # too wide, and says so
                pass


@pytest.mark.parametrize("at", [1, -1])
def test_the_slope_of_an_angle_is_that_of_the_whole_ball(at: int) -> None:
    """theta = 2 arcsin(w/sqrt(2)) where u = at (1 - w^2): the slope at w = 1.4 is 3.7 times that at w = 1.2."""
    point = boundaries.end_disc(at, 2, Fraction(1))[1][0]
    wide = point(acb(arb(1.2, 0.2)), point(acb(1.2), None)).image(at * ks.linear())
    for w in (1.0, 1.4):
        assert wide.psi.overlaps(2 * (arb(w) / arb(2).sqrt()).asin())


@pytest.mark.parametrize("at", [1, -1])
def test_a_power_is_divided_out_of_the_ratio_to_the_centre(at: int) -> None:
    """1 - u^2 = w^2 (2 - w^2), which hardly changes around w = 1, unlike its factor."""
    point = boundaries.end_disc(at, 2, Fraction(1))[1][0]
    wide = point(acb(arb(1, 0.2)), point(acb(1), None)).image(ks.polynomial(2))
    assert isinstance(wide, RegionPoint)
    for w in (arb(0.8), arb(1.2)):
        assert wide._factor.overlaps(2 - w**2)


@pytest.mark.parametrize("at", [1, -1])
@pytest.mark.parametrize("centred", [False, True])
def test_an_angle_is_refused_where_a_ball_meets_the_other_end(at: int, centred: bool) -> None:
    """|1 - u| = w^2 meets 2, next to which the branches of the angle are bounded."""
    point = boundaries.end_disc(at, 2, Fraction(1))[1][0]
    inner, ball = at * ks.linear(), acb(arb(1.45, 0.05), arb(0, 0.05))
    centre = point(acb(1.45, 0.01), None) if centred else None
    with pytest.raises(UndecidedError):
        point(ball, centre).image(inner).psi  # noqa: B018 - reading it is the test
    assert point(acb(1.4, 0.05), None).image(inner).psi.is_finite()


@pytest.mark.parametrize("ball", [acb(arb(0, 0.1), arb(0, 0.1)), acb(arb(-1, 0.1), arb(0, 0.1))])
def test_roots_powers_and_arcsines_refuse_balls_that_meet_their_cut(ball: flint.arb) -> None:
    own = RegionArithmetic()
    for call in (
        own.sqrt,
        lambda x: own.power(x, Fraction(1, 2)),
        lambda x: own.power(x, Fraction(-1)),
        lambda x: own.asin(1 - x),
        lambda x: own.asin(x - 1),
    ):
        with pytest.raises(UndecidedError):
            call(ball)
    assert own.power(ball, Fraction(2)).is_finite()


# -- covers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("depth", "rho"), [(3, "2"), (8, "1.6")])
def test_a_cover_leaves_nothing_out_and_reads_few_balls_in_vain(depth: int, rho: str) -> None:
    """Its pieces are the whole curve, once; a ball that is likely too wide, by its neighbours, is not read."""
    read = 0
    local, points = boundaries.ellipse(1, Fraction(rho))

    def counted(z: Any, centre: RegionPoint | None) -> RegionPoint:
        nonlocal read
        read += centre is not None  # single points and midpoints have none
        return points[0](z, centre)

    pieces = sorted(cover(ks.ntk(depth), local, [counted, points[1]], readings=1200), key=lambda piece: piece.start)
    assert pieces[0].start == 0 and pieces[-1].stop == 1
    assert all(a.stop == b.start for a, b in itertools.pairwise(pieces))
    halvings = 2 * len(pieces) - 32  # all balls that lie between 32 parts of the curve and the pieces
    assert len(pieces) <= read <= halvings and (depth < 8 or read < 0.9 * halvings)


def test_the_points_of_a_sample_go_from_one_end_to_the_other() -> None:
    points, _ = sample(ks.ntk(3), *boundaries.ellipse(1, Fraction(2)))
    assert [piece.start for piece in points] == [Fraction(i, 16) for i in range(17)]
