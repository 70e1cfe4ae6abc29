"""Kernel maps: the inequalities at random, their constants, what would refute them, and the figure's data."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import kernelspec as ks
from experiments import tangent_balls as balls
from figures import kernel_map_smoothness, style
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.plots import maps as figure
from oracle import deep as oracle
from oracle.mpmath_values import kappa, ntk_value
from paper_checks import g_arccosine_maps as arccosine
from paper_checks import g_kernel_maps as maps
from paper_checks import g_tangent_map as tangent
from paper_checks import g_tangent_sphere as sphere
from paper_checks.registry import Claim, Tier, computed_verdict

SECTIONS = (maps, arccosine, tangent, sphere)
CLAIMS = [v for module in SECTIONS for v in vars(module).values() if isinstance(v, Claim)]

# ---------------------------------------------------------------- kernel maps of vectors, by mpmath


#: arccos of a cosine next to 1, rounded at 60 digits, has 30 of them; layers cost a few. Relative to |x|^2 + |y|^2.
ROUNDING = mpmath.mpf(10) ** -27


def squares(x: list[float], y: list[float], kernel: Callable[[Value], Value]) -> tuple[Any, ...]:
    """|Phi(x)-Phi(y)|^2, |x-y|^2, |x|, |y| of K = |x||y|kernel(cos), and the rounding error of the first."""
    p, q = ([mpmath.mpf(v) for v in vector] for vector in (x, y))
    a, b = (mpmath.sqrt(mpmath.fdot(v, v)) for v in (p, q))
    u = mpmath.fdot(p, q) / (a * b) if a * b else mpmath.mpf(0)
    u = max(mpmath.mpf(-1), min(mpmath.mpf(1), u))  # rounding at 60 digits
    moved = kernel(mpmath.mpf(1)) * (a**2 + b**2) - 2 * a * b * kernel(u)
    distance2 = sum((v - w) ** 2 for v, w in zip(p, q, strict=True))
    return moved, distance2, a, b, ROUNDING * (a**2 + b**2)


# Of any size, equal and opposite ones included; no squares that fall below the smallest float.
entries = st.floats(-1e6, 1e6).filter(lambda v: v == 0 or abs(v) > 1e-9)
vectors = st.integers(2, 4).flatmap(
    lambda d: st.tuples(st.lists(entries, min_size=d, max_size=d), st.lists(entries, min_size=d, max_size=d))
)
# r or 2(1-r), and -log10(theta/pi); the plain formulas in balls have no value at theta = pi itself.
places = st.tuples(st.floats(1e-9, 1.0), st.floats(1e-6, 12), st.booleans())


@settings(max_examples=60)
@given(vectors, st.integers(2, 7), st.integers(0, 1))
def test_the_tangent_map_keeps_its_bound(pair: tuple[list[float], list[float]], depth: int, bias: int) -> None:
    with mpmath.workdps(60):
        moved, distance2, a, b, error = squares(*pair, lambda u: ntk_value(depth, bool(bias), u))
        near, far = tangent.constants(depth, bool(bias))
        distance, least = mpmath.sqrt(distance2), min(a, b)
        assert moved <= near / mpmath.pi * least * distance + far * distance2 + error
        if depth == 2 and not bias:  # the bound in the papers, and with the sharp constants
            root = mpmath.sqrt(max(moved, 0))
            assert root <= mpmath.sqrt(least * distance) + 2 * distance + mpmath.sqrt(error)
            sharp = mpmath.sqrt(2 / mpmath.pi * least * distance) + mpmath.sqrt(2) * distance
            assert root <= sharp + mpmath.sqrt(error)


def both_sides(kappa: Any, theta: Any, r: Any, near: Any, far: Any) -> tuple[Any, Any]:
    r"""\|Phi(x)-Phi(y)\|^2 and near r s + far s^2 for \|x\| = 1, \|y\| = r, far = kappa(1), in balls.

    kappa is a function of the cosine; s^2 = (1-r)^2 + 4r sin(theta/2)^2.
    """
    squared = (1 - r) ** 2 + 4 * r * (theta / 2).sin() ** 2
    image = far * (1 + r * r) - 2 * r * kappa(theta.cos())
    return image, near * r * squared.sqrt() + far * squared


@settings(max_examples=60)
@given(places, st.integers(2, 6), st.booleans())
def test_the_bound_is_strict_next_to_the_edges(place: tuple[float, float, bool], depth: int, bias: bool) -> None:
    r, spread, close = place
    near, far = tangent.constants(depth, bias)
    with oracle.precision(200 + 50 * depth):
        radius = 1 - arb(r) / 2 if close else arb(r)
        theta = arb.pi() * arb(10) ** -arb(spread)
        image, limit = both_sides(oracle.ntk(depth, bias), theta, radius, near / arb.pi(), far)
        assert image < limit
        # the same distance by the library
        defect = ks.ntk(depth, bias=bias).of_angle(theta, defect=True)
        assert (far * (1 - radius) ** 2 + 2 * radius * defect).overlaps(image)


@pytest.mark.parametrize("depth", [2, 3, 6])
@pytest.mark.parametrize("bias", [False, True])
def test_smaller_constants_are_refuted(depth: int, bias: bool) -> None:
    near, far = tangent.constants(depth, bias)
    with oracle.precision(1000):
        share = 1 - arb(10) ** -4
        kernel, small = oracle.ntk(depth, bias), arb(10) ** -9
        image, limit = both_sides(kernel, small, arb(1), share * near / arb.pi(), far)
        assert image > limit  # the first constant, on the sphere
        squared = (1 - small) ** 2 + 4 * small * (small / 2).sin() ** 2
        image, limit = both_sides(kernel, small, small, near / arb.pi(), arb(far))
        assert limit - squared * far / 10**4 < image < limit  # the second, next to 0


@pytest.mark.parametrize("depth", [2, 5])
def test_no_adversary_beats_the_bound(depth: int) -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(12)

    def loss(z: np.ndarray) -> float:
        r, theta = 1 / (1 + math.exp(-z[0])), math.pi / (1 + math.exp(-z[1]))
        return -float(figure.share(depth, np.array(r), np.array(theta)))

    reached = []
    for start in rng.uniform(-6, 6, (6, 2)):
        found = minimize(loss, start, method="Nelder-Mead", bounds=[(-14, 14)] * 2)
        reached.append(-found.fun)
    # The supremum 1 is at the edges r = 0 and theta = 0, r = 1; floats leave 1e-15.
    assert 0.999 < max(reached) < 1 + 1e-13


# ----------------------------------------------------------------------------- Lipschitz constants


@given(vectors, st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(lambda b: sum(b) > 0))
def test_the_lipschitz_inequality_of_power_series(pair: tuple[list[float], list[float]], b: list[int]) -> None:
    slope = Fraction(sum(j * c for j, c in enumerate(b)), sum(b))
    with mpmath.workdps(60):
        moved, distance2, x, y, error = squares(
            *pair, lambda u: sum(c * u**j for j, c in enumerate(b)) / mpmath.mpf(sum(b))
        )
        s = mpmath.mpf(slope.numerator) / slope.denominator
        bound = (1 - s) * (x - y) ** 2 + s * distance2
        assert moved <= bound + error
        assert moved <= max(1, s) * distance2 + error


@given(vectors)
def test_the_arccosine_maps(pair: tuple[list[float], list[float]]) -> None:
    with mpmath.workdps(60):
        moved, distance2, a, b, error = squares(*pair, lambda u: kappa(1, u))
        assert distance2 / 2 - error <= moved <= distance2 + error
        if a * b > 0:
            unit = [[mpmath.mpf(v) / mpmath.norm(w) for v in w] for w in pair]
            step = 2 - 2 * kappa(0, max(-1, min(1, mpmath.fdot(*unit))))
            distance = mpmath.norm([v - w for v, w in zip(*unit, strict=True)])
            assert 2 / mpmath.pi * distance - ROUNDING <= step <= distance + ROUNDING


@pytest.mark.parametrize(("text", "slope"), maps.TABLES)
def test_constants_of_the_tables(text: str, slope: Fraction) -> None:
    kernel = ks.parse(text)
    rho = math.sqrt(slope)
    u = np.linspace(-1, 1 - 1e-9, 4001)
    ratio = np.sqrt(kernel.defect(u) / (1 - u))
    # The ratio grows to rho; at 1 - 1e-9 what is missing is of relative size 1e-9.
    assert ratio.max() < rho * (1 + 1e-12)
    assert ratio[-1] == pytest.approx(rho, rel=1e-8, abs=0)
    assert rho > 1.4  # far from non-expansive
    assert bool(maps._squared_ratio(text, arb(1) / 2) > 1) == bool(kernel.defect(0.5) > 0.5)


def test_a_wrong_weight_breaks_equality() -> None:
    gram = maps._gram(lambda u: (u + u**3) / 2)
    weights = [Fraction(0)] * len(gram)
    weights[1], weights[4] = Fraction(3), Fraction(-3)
    assert maps.smoothness(gram, weights, 1, 4) == 0
    weights[2] = Fraction(1, 100)
    assert maps.smoothness(gram, weights, 1, 4) > 0
    assert maps.smoothness(gram, weights, 1, 1) == 0  # the same point twice


# --------------------------------------------------------------------------------- the sphere in balls


@given(st.integers(2, 8), st.floats(1e-3, 3.14))  # differences must not step over pi
def test_ratios_are_those_of_the_library(depth: int, theta: float) -> None:
    with balls.arithmetic():
        value, slope, bend = balls.ratio(arb(theta), depth)
        step = arb(2) ** -20
        library = [
            ks.ntk(depth).of_angle(arb(theta) + k * step, defect=True) / ((arb(theta) + k * step) / 2).sin()
            for k in (-1, 0, 1)
        ]
        assert value.overlaps(library[1])
        # central differences: of relative error step^2, for derivatives of F that are below 1e4 here
        assert abs(slope - (library[2] - library[0]) / (2 * step)) < 1e-6
        assert abs(bend - (library[2] - 2 * library[1] + library[0]) / (2 * step**2)) < 1e-6


@settings(max_examples=60)
@given(st.integers(2, 6), st.floats(0, 3.1), st.floats(1e-6, 1e-3), st.floats(0, 1))
def test_intervals_hold_their_points(depth: int, start: float, width: float, part: float) -> None:
    with balls.arithmetic():
        inside = balls.ratio(arb(start + part * width), depth)
        whole = balls.ratio(balls.interval(start, start + 1.000001 * width), depth)
        assert all(whole[k].overlaps(inside[k]) for k in range(3))
        assert bool(inside[0] - 1e-3 < whole[0].upper()) and bool(inside[0] + 1e-3 > whole[0].lower())


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_the_maximum_by_another_method(depth: int) -> None:
    found = balls.peak(depth)
    with mpmath.workdps(30):

        def ratio(theta: Value) -> Value:
            return (depth - ntk_value(depth, False, mpmath.cos(theta))) / mpmath.sin(theta / 2)

        start = 2 * math.asin(float(found.distance) / 2)
        theta = mpmath.findroot(lambda t: mpmath.diff(ratio, t), start)
        value, distance = mpmath.sqrt(ratio(theta)), 2 * mpmath.sin(theta / 2)
    assert float(found.constant) == pytest.approx(float(value), rel=1e-15, abs=0)
    assert float(found.distance) == pytest.approx(float(distance), rel=1e-12, abs=0)
    assert float(found.constant.rad()) < 1e-12


def test_from_six_layers_on_the_limit_is_the_largest() -> None:
    assert balls.largest_at_zero(6) > 0
    for depth in (2, 5):  # there is a larger value inside
        assert balls.largest_at_zero(depth) == 0
    with pytest.raises(ArithmeticError, match="no maximum"):
        balls.peak(6)
    theta = np.geomspace(1e-6, math.pi, 500)
    for depth in (7, 12, 50):
        ratio = ks.ntk(depth).of_angle(theta, defect=True) / np.sin(theta / 2)
        assert np.all(ratio < figure.hoelder(depth)) and np.all(np.diff(ratio) < 0)


def test_a_cover_stops_where_it_must() -> None:
    assert balls.covered(lambda a, b: True, 0.0, 1.0) > 0
    assert balls.covered(lambda a, b: b < 0.5, 0.0, 1.0) == 0
    seen: list[tuple[float, float]] = []

    def narrow(a: float, b: float) -> bool:
        if b - a < 0.02:
            seen.append((a, b))
        return b - a < 0.02

    assert balls.covered(narrow, 0.0, 1.0) == len(seen)
    ends = np.array(seen)
    assert ends[0, 0] == 0 and ends[-1, 1] == 1 and np.all(ends[1:, 0] == ends[:-1, 1])

    def too_wide(a: float, b: float) -> bool:
        raise ValueError("division by a ball that holds 0")

    assert balls.covered(too_wide, 0.0, 1.0) == 0


def test_the_arithmetic_is_put_back() -> None:
    import flint

    before = flint.ctx.prec, flint.ctx.cap
    with pytest.raises(KeyError), balls.arithmetic(77):
        assert (flint.ctx.prec, flint.ctx.cap) == (77, 3)
        raise KeyError
    assert (flint.ctx.prec, flint.ctx.cap) == before


# ------------------------------------------------------------------------------------------- checks


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_every_check_of_the_section(claim: Claim) -> None:
    assert computed_verdict(claim(Tier.for_claim(claim.number, quick=True))) == claim.verdict


def test_a_wrong_constant_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    right = tangent.constants
    monkeypatch.setattr(tangent, "constants", lambda n, bias=False: (n - 1, right(n, bias)[1]))
    claim = tangent.every_depth
    assert computed_verdict(claim(Tier.for_claim("L12a", quick=True))) == "failed"
    monkeypatch.undo()
    monkeypatch.setattr(maps, "TABLES", (("exponential(1)", Fraction(1)),))
    assert computed_verdict(maps.tables_expand(Tier.for_claim("C37b", quick=True))) == "failed"


# -------------------------------------------------------------------------------------------- figure


@pytest.fixture(scope="module")
def data() -> figure.Smoothness:
    return kernel_map_smoothness.compute(quick=True)


def test_slopes_and_bounds_of_the_curves(data: figure.Smoothness) -> None:
    logs = np.diff(np.log(data.near[:10]))
    for curve in data.curves:
        slope = np.diff(np.log(curve.moved[:10])) / logs
        # the next power is theta^{3/2} or theta below 1e-4 of the first: its constant is below 10
        assert slope == pytest.approx(1.0 if curve.family == "RF" else 0.5, abs=1e-3)
        assert np.all(curve.moved <= curve.bound * (1 + 1e-14))  # two roundings
    assert [c.depth for c in data.curves] == [2, 3, 5] * 2


def test_distances_are_those_of_a_gram_matrix(data: figure.Smoothness) -> None:
    x = np.array([[3.0, 0.0], [0.6 * np.cos(2.0), 0.6 * np.sin(2.0)]])
    for kernel in (ks.rf(3), ks.ntk(2), ks.ntk(5)):
        gram = kernel.gram(x)
        wanted = math.sqrt(gram[0, 0] + gram[1, 1] - 2 * gram[0, 1])
        found = 3 * figure.moved(kernel, np.array(0.2), np.array(2.0))
        assert float(found) == pytest.approx(wanted, rel=1e-14, abs=0)


def test_ratios_of_the_middle_panel(data: figure.Smoothness) -> None:
    for curve in data.scaled:
        assert curve.ratio[0] == pytest.approx(1, abs=0.02)  # at |x-y| = 0.002, slopes up to 5
        top = curve.peak[1] if curve.peak else 1.0
        assert np.all(curve.ratio <= top)
        if curve.peak:
            assert curve.ratio.max() == pytest.approx(top, rel=2e-3, abs=0)  # forty points
        assert (curve.peak is None) == (curve.depth >= 6)
    # claim 40: 1.5509 at 1.578
    two = data.scaled[0].peak
    assert two is not None
    assert two[0] == pytest.approx(1.578, abs=5e-4)
    assert two[1] * math.sqrt(2 / math.pi) == pytest.approx(1.5509, abs=5e-5)


def test_shares_of_the_bound(data: figure.Smoothness) -> None:
    assert data.share.shape == (data.r.size, data.theta.size)
    assert np.all((data.share > 0) & (data.share < 1))
    assert data.share[0] == pytest.approx(1, abs=3e-3)  # r = 1e-3: (2+A/2) r is missing at pi
    # Antipodes of norm 1: kappa(-1) = 0, so 4 over 2 A + 8.
    assert data.share[-1, -1] == pytest.approx(4 / (2 * figure.hoelder(2) + 8), rel=1e-14, abs=0)


def test_the_figure_can_be_drawn(data: figure.Smoothness) -> None:
    with style.paper():
        drawn = figure.draw(data)
        assert isinstance(drawn, Figure)
        drawn.draw_without_rendering()
