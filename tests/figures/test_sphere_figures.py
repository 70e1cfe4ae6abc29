"""The data of the figures about the RKHS on the sphere and about the cube, against numbers that are known otherwise."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import faults_at_both_widths

import kernelspec as ks
from figures import approximation_curves, membership_map, sphere_and_cube
from kernelspec.plots import approximations, cubes, memberships
from kernelspec.plots.approximations import Curve
from kernelspec.plots.cubes import Domains
from kernelspec.plots.memberships import Line
from oracle import cube as cube_oracle
from oracle.eigenvalues import KernelSpec, eigenvalues
from oracle.mpmath_values import ntk_value
from oracle.sphere_sums import multiplicity

HALF = Fraction(1, 2)


# -- the sphere and the cube ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both() -> dict[int, Domains]:
    return {found.d: found for found in sphere_and_cube.compute(quick=True)}


def test_ratios_are_those_of_two_definitions(both: dict[int, Domains]) -> None:
    """Means over the cube's points by mpmath over the sphere's eigenvalues by quadrature in balls."""
    spec, shown = KernelSpec("ntk", 3), both[10]
    assert shown.k.tolist() == list(range(1, 11))
    sphere = eigenvalues([spec], 10, tuple(range(1, 11)))
    with mp.workdps(40):
        for k, ratio in zip(shown.k.tolist(), shown.ratio, strict=True):
            above = cube_oracle.eigenvalue(lambda u: ntk_value(3, False, u), 10, k)
            below = mp.mpf(sphere[spec, k].value.mid().str(30, radius=False))
            # Logarithms of some 20 in float64, by which the ratio is off.
            assert ratio == pytest.approx(float(above / below), rel=2e-14, abs=0)


def test_ratios_as_found_before(both: dict[int, Domains]) -> None:
    # Tried numerically before, in numbers of two or three digits.
    for d, k, ratio in ((10, 2, 1.26), (10, 4, 4.83), (10, 10, 1004), (100, 10, 2.48)):
        assert both[d].ratio[k - 1] == pytest.approx(ratio, rel=4e-3, abs=0)
    assert both[100].k[-1] == 31 and both[100].scaled[-1] == 9.61


@given(st.integers(2, 60), st.integers(1, 8))
def test_ratios_of_powers_of_u(d: int, k: int) -> None:
    """Of u^k: k!/d^k over k!/(d(d+2)...(d+2k-2)), the products of the caption, between their own simple bounds."""
    k = min(k, d)
    (found,) = cubes.all_domains(ks.polynomial(k), d, last=100.0, count=2)
    exact = math.prod(1 + Fraction(2 * j, d) for j in range(k))
    # Logarithms of up to 30 in float64.
    assert found.ratio[found.k == k] == pytest.approx(float(exact), rel=2e-14, abs=0)
    assert 1 + Fraction(k * (k - 1), d) <= exact <= math.exp(k * (k - 1) / d) * (1 + 1e-15)


def test_effective_dimensions_are_sums_over_the_spectra(both: dict[int, Domains]) -> None:
    with mp.workdps(30):
        xi = [cube_oracle.eigenvalue(lambda u: ntk_value(3, False, u), 10, k) for k in range(11)]
        for lam, found in zip(both[10].lam, both[10].cube, strict=True):
            whole = mp.fsum(math.comb(10, k) * x / (x + lam) for k, x in enumerate(xi))
            assert found == pytest.approx(float(whole), rel=1e-14, abs=0)
    # At lambda = 1 the degrees from 3000 on have mu/(mu + 1) = mu up to 1e-30, which is the rest of the trace 3.
    mu = ks.ntk(3).spectrum(10)[0:3000]
    n = np.array([float(multiplicity(10, k)) for k in range(3000)])
    whole = np.sum(n * mu / (mu + 1)) + 3 - np.sum(n * mu)
    assert both[10].sphere[0] == pytest.approx(whole, rel=1e-13, abs=0)  # eigenvalues in float64
    # A smooth kernel has all of its trace in the first 200.
    (found,) = cubes.all_domains("exponential(1)", 10, count=5)
    mu, n = ks.exponential(1).spectrum(10)[0:200], n[:200]
    for lam, value in zip(found.lam, found.sphere, strict=True):
        assert value == pytest.approx(np.sum(n * mu / (mu + lam)), rel=1e-13, abs=0)
    xi = ks.exponential(1).spectrum(10, domain="cube")[0:11]
    counts = np.array([math.comb(10, k) for k in range(11)])
    for k, value in zip(found.k.tolist(), found.shared, strict=True):
        exact = np.sum(counts * xi / (xi + mu[k])) / np.sum(n * mu / (mu + mu[k]))
        assert value == pytest.approx(exact, rel=1e-12, abs=0)  # mu[k] to 1e-13


def test_shares_of_the_trace_part_later(both: dict[int, Domains]) -> None:
    """The caption: at d = 100 and k^2 = d eigenvalues are apart by 2.48, shares of the trace by a few per cent."""
    k, d = 10, 100
    share = both[d].ratio[k - 1] * math.comb(d, k) / multiplicity(d, k)
    assert share == pytest.approx(1, abs=0.05)
    assert both[d].shared[k - 1] > 0.95 and both[10].shared[-1] < 0.01
    assert both[10].cube.max() <= 2**10


def test_lambdas_that_are_cut_off_have_no_ratio() -> None:
    (found,) = cubes.all_domains("exponential(1)", 300, last=100, count=2)
    mu = ks.exponential(1).spectrum(300).log_abs(found.k)
    assert np.array_equal(np.isnan(found.shared), mu < math.log(1e-290)) and np.isnan(found.shared[-1])
    assert np.isfinite(found.ratio).all() and found.k[-1] == 173


def test_table_of_both_domains(both: dict[int, Domains]) -> None:
    table, shown = sphere_and_cube.table([both[100]]), both[100]
    assert table.column("ratio")[:31] == shown.ratio.tolist() and table.column("lambda")[:31] == [None] * 31
    rows = table[31:]
    for name, values in (("lambda", shown.lam), ("sphere", shown.sphere), ("cube", shown.cube)):
        assert rows.column(name) == values.tolist()


def test_degrees_that_vanish_are_left_out() -> None:
    (found,) = cubes.all_domains("ntk(2)", 20, count=2)
    assert found.k.tolist() == [1, *range(2, 15, 2)] and np.isfinite(found.ratio).all()


def test_marks_stand_apart_on_the_logarithmic_axis() -> None:
    x = np.arange(1, 200) ** 2 / 7
    some = cubes.spaced(x)
    assert some[0] == 0 and some[-1] == x.size - 1
    assert np.all(x[some[1:-1]] >= 1.12 * x[some[:-2]])


# -- membership -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return membership_map.compute(quick=True)


def betas(d: int) -> dict[str, Fraction]:
    """Claims 24, 25, 28, 29: mu_k ~ k^{-d - 2 nu + 1} = k^{-2 beta}."""
    step = {f"rf({n}, degree=0)": Fraction(d - 1, 2) + Fraction(1, 2 ** (n - 1)) for n in (3, 4, 6)}
    tangent = dict.fromkeys(("ntk(3)", "ntk(10)", "laplace(c=1)"), Fraction(d, 2))
    relu = dict.fromkeys(("rf(3)", "rf(10)", "matern(nu=1.5)"), Fraction(d, 2) + 1)
    return {**step, **tangent, **relu, "rf(3, degree=2)": Fraction(d, 2) + 2}


def test_members_are_those_of_the_exponents(lines: list[Line]) -> None:
    known = betas(5)
    for line in lines:
        if line.kernel not in known:
            continue
        beta = known[line.kernel]
        assert line.betas == (beta, beta) and line.bars == (float(beta - HALF),)
        for s, member in zip(line.powers, line.members, strict=True):
            # Even powers of x_1 are polynomials, whose parts all have mu_k > 0.
            polynomial = line.profile == "abs_power" and s % 2 == 0
            assert member is (s > beta - HALF or polynomial), (line.kernel, line.profile, s)


def test_two_layers_lack_a_parity(lines: list[Line]) -> None:
    found = {(line.kernel, line.profile): line for line in lines}
    for kernel, beta in (("ntk(2)", Fraction(5, 2)), ("arccos(1)", Fraction(7, 2))):
        assert found[kernel, "relu"].betas == (beta, None) and not any(found[kernel, "relu"].members)
        even = found[kernel, "abs_power"]
        assert even.members == tuple(s > beta - HALF or s % 2 == 0 for s in even.powers)
    steps = found["arccos(0)", "abs_power"]  # the odd degrees, and the constant
    assert steps.betas == (None, Fraction(5, 2)) and steps.bars == ()
    assert [s for s, member in zip(steps.powers, steps.members, strict=True) if member] == [0]
    assert not any(found["arccos(0)", "relu"].members)


def test_smooth_kernels_hold_polynomials_only(lines: list[Line]) -> None:
    found = {line.profile: line for line in lines if line.kernel == "exponential(sigma=1)"}
    assert found["relu"].betas == (math.inf, math.inf) and not any(found["relu"].members)
    assert found["abs_power"].members == tuple(s % 2 == 0 for s in found["abs_power"].powers)


def test_what_is_not_decided_says_so(lines: list[Line]) -> None:
    (line,) = (line for line in lines if (line.kernel, line.profile) == ("matern(nu=1)", "abs_power"))
    assert line.betas == ("?", "?") and line.bars == ()
    assert line.members == tuple(True if s % 2 == 0 else None for s in line.powers)
    table = membership_map.table(lines)
    assert set(table.column("member")) == {"yes", "no", "undecided"}
    assert {row["beta_odd"] for row in table if row["kernel"] == "ntk(2)"} == {"none"}


def test_powers_stand_around_the_bars() -> None:
    for d in (2, 5, 10, 101):
        powers = memberships.powers_of(d)
        assert len(powers) == 37 and {b - a for a, b in pairwise(powers)} == {Fraction(1, 8)}
        for beta in betas(d).values():  # at least one power on either side, or all of them are in it
            assert powers[0] < max(beta - HALF, Fraction(1, 8)) < powers[-1]
    (line,) = (x for x in memberships.memberships("ntk(3)", 5, (2.05, 2.0)) if x.profile == "relu")
    assert line.powers == (Fraction(2), Fraction(41, 20)) and line.members == (False, True)


# -- approximation ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curves() -> list[Curve]:
    return approximation_curves.compute(quick=True)


def test_curves_are_those_of_the_sums(curves: list[Curve]) -> None:
    """|x_1| on S^9 by the recursion of its harmonics: at a multiplier, the radius and the distance."""
    d, count = 10, 20_000
    g, energy = mp.gamma(5) * mp.gamma(1) / (mp.sqrt(mp.pi) * mp.gamma(5.5)), []
    n = [float(multiplicity(d, k)) for k in range(0, count, 2)]
    value = float(g)  # the mean of |x_1|
    for k, number in zip(range(0, count, 2), n, strict=True):
        energy.append(number * value**2)
        value *= -(k - 1) / (k + 1 + d)
    for kernel in (ks.ntk(3), ks.rf(3)):
        (shown,) = (c for c in curves if (c.target, c.kernel) == ("abs_power(1)", repr(kernel)))
        mu, a = kernel.spectrum(d)[np.arange(0, count, 2)], np.array(energy)
        for radius, error, lower in zip(shown.radii, shown.error, shown.lower, strict=True):
            low, high = -60.0, 10.0
            for _ in range(80):
                lam = math.exp((low + high) / 2)
                large = np.sum(a * mu / (mu + lam) ** 2) > radius**2
                low, high = ((low + high) / 2, high) if large else (low, (low + high) / 2)
            wanted = math.sqrt(np.sum(a * (lam / (mu + lam)) ** 2))
            # The energy beyond degree 20000 is 1e-6 of the distance at the largest radius.
            assert error == pytest.approx(wanted, rel=2e-6, abs=0)
            assert 0 <= error - lower <= 1e-6 * error


def test_slopes_of_the_curves(curves: list[Curve]) -> None:
    wanted = {  # -sigma/(beta - sigma), beta = 5 and 6
        ("abs_power(1)", "ntk(3)"): Fraction(-3, 7), ("abs_power(1)", "rf(3)"): Fraction(-1, 3),
        ("relu(0)", "ntk(3)"): Fraction(-1, 9), ("relu(0)", "rf(3)"): Fraction(-1, 11),
    }  # fmt: skip
    for shown in curves:
        if shown.target == "relu(6)":
            assert shown.slope is None
            continue
        slope = wanted[shown.target, shown.kernel]
        assert shown.slope == slope
        found = np.log(shown.error[-1] / shown.error[-2]) / np.log(shown.radii[-1] / shown.radii[-2])
        # From r = 4000 to 10000 at degrees of some tens, the corrections are relative to the degree.
        assert found == pytest.approx(float(slope), rel=0.06, abs=0)


def test_claimed_slopes(curves: list[Curve]) -> None:
    """Claim 34: -1/(d/2 - 1) for the tangent kernel, -1/(d/2) for random features, for Lipschitz functions alone."""
    for shown in curves:
        claimed = {"ntk(3)": Fraction(-1, 4), "rf(3)": Fraction(-1, 5)}[shown.kernel]
        assert shown.claimed == (claimed if shown.target == "abs_power(1)" else None)
        if shown.claimed is not None:
            assert shown.slope is not None and shown.slope < shown.claimed


def test_a_function_in_the_rkhs_is_reached(curves: list[Curve]) -> None:
    for shown in curves:
        assert np.all(np.diff(shown.radii) > 0) and np.all(np.diff(shown.error) <= 0)
        inside = shown.radii >= shown.norm
        assert np.all(shown.error[inside] == 0) and np.all(shown.error[~inside] > 0)
        if shown.target == "relu(6)":
            assert inside.any() and shown.error[~inside][-1] < 1e-3 * shown.error[0]
    (norm,) = (c.norm for c in curves if (c.target, c.kernel) == ("relu(6)", "ntk(3)"))
    assert norm == pytest.approx(1.6311816997889794, rel=1e-15, abs=0)  # printed in the docstring of `Space.norm`


def test_slopes_need_a_power() -> None:
    read = approximations.as_target
    assert approximations.smoothness_of(read("step(1/2)")) == (HALF, frozenset((0, 1)))
    assert approximations.smoothness_of(read("step(0)")) == (HALF, frozenset((1,)))
    assert approximations.smoothness_of(read("abs_power(2)"))[1] == frozenset()
    assert approximations.slopes(read("step(0)"), ks.ntk(2).rkhs(5)) == (None, None)  # the odd degrees vanish
    assert approximations.slopes(read("relu(1.5)"), ks.ntk(2).rkhs(5)) == (None, None)  # those beyond 1
    assert approximations.slopes(read("abs_power(1)"), ks.ntk(3).rkhs(3)) == (None, Fraction(-2))  # |x_1| nearly in it
    assert approximations.slopes(read("abs_power(1)"), ks.exponential(1).rkhs(5)) == (None, None)
    assert approximations.slopes(read("abs_power(1)"), ks.ntk(3).rkhs(2)) == (None, None)  # beta = 1


def test_what_is_not_told_is_not_drawn() -> None:
    (shown,) = approximations.curves("abs_power(3/2)", "ntk(5)", 5, (0.1, 1e4), 6)
    assert shown.told[:3].all() and not shown.told[-1]
    assert np.all(shown.error[shown.told] * 0.99 <= shown.lower[shown.told])


def test_titles_are_formulas() -> None:
    texts = {"abs_power(1)": "|x_1|", "abs_power(1.5)": "|x_1|^{3/2}", "relu(6)": r"\max(0,x_1)^{6}"}
    texts |= {"step(0)": r"1\{x_1\geq 0\}", "step(-1/4)": r"1\{x_1\geq -1/4\}"}
    for target, text in texts.items():
        assert approximations._written(repr(approximations.as_target(target))) == f"${text}$"


# -- looks ------------------------------------------------------------------------------------------------


def test_all_of_them_can_be_drawn(lines: list[Line], curves: list[Curve], both: dict[int, Domains]) -> None:
    assert faults_at_both_widths(membership_map.draw, lines) == []
    assert faults_at_both_widths(approximation_curves.draw, curves) == []
    assert faults_at_both_widths(sphere_and_cube.draw, list(both.values())) == []
    for module, data in ((membership_map, lines), (approximation_curves, curves)):
        assert "@" not in module.caption(data)
    assert "NTK, $L=3$" in sphere_and_cube.caption(list(both.values()))
