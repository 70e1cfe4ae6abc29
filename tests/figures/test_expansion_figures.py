"""The data of the figures of expansions, bands and constants, against numbers that are known otherwise."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import kernelspec as ks
from figures import end_constants, expansion_error, rkhs_ratio, style
from kernelspec.plots import expansions, ratios
from kernelspec.plots.ends import Blocks
from oracle.eigenvalues import KernelSpec, eigenvalues
from oracle.mpmath_values import ends_product

ROOT = math.sqrt(2) / math.pi


# -- the constants at both ends ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> Blocks:
    return end_constants.compute()


def test_constants_are_those_of_the_claims(table: Blocks) -> None:
    relu, tangent, biased, step = table.values()
    for depth, rows in enumerate(zip(relu, tangent, biased, step, strict=True), start=2):
        product, layers = float(ends_product(depth)), depth * (depth - 1) / 2
        wanted = (  # claims 24, 25, 26, 29: nu, c_{+1}, c_{-1}
            (Fraction(3, 2), 2 * ROOT / 3 * (depth - 1), 2 * ROOT / 3 * product),
            (Fraction(1, 2), -layers * ROOT, -product * ROOT),
            (Fraction(1, 2), -(depth - 1) * (depth + 2) / 2 * ROOT, 0.0),
            (Fraction(1, 2 ** (depth - 1)), -(ROOT ** (2 - 2.0 ** (2 - depth))), ROOT if depth == 2 else 0.0),
        )
        for shown, (nu, plus, minus) in zip(rows, wanted, strict=True):
            assert (shown.depth, shown.nu) == (depth, nu)
            # Some ten float operations on either side.
            assert shown.plus.value == pytest.approx(plus, rel=1e-14, abs=0)
            assert shown.minus.value == pytest.approx(minus, rel=1e-14, abs=0)


def test_parity_ratios_as_printed(table: Blocks) -> None:
    relu, tangent, biased, step = table.values()
    # Claims 24 and 25, printed to six decimals; claim 20: at L = 2 one parity vanishes.
    printed = {3: (5 / 3, 1.4), 4: (1.223505, 1.105839), 5: (1.105454, 1.040888)}
    printed[6] = (1.058289, 1.019059)
    assert relu[0].ratio is tangent[0].ratio is step[0].ratio is None
    for shown in (*relu[1:], *tangent[1:]):
        wanted = printed[shown.depth][shown.kernel.startswith("ntk")]
        assert shown.ratio == pytest.approx(wanted, abs=5.1e-7)
    assert {shown.ratio for shown in (*biased, *step[1:])} == {1.0}


def test_first_powers_at_minus_one_are_those_of_the_function(table: Blocks) -> None:
    for shown in (shown for block in table.values() for shown in block):
        kernel, power = ks.parse(shown.kernel), float(shown.power)
        with mpmath.workdps(80):
            # A difference of step s takes out the constant, one more the linear power; what is left of the next
            # power, t^{1/2} further on at least, is below 1e-10 of the first, times a constant of order one.
            t = mpmath.mpf(10) ** -24
            at = [kernel(-1 + j * t) for j in range(3)]
            size = (at[2] - 2 * at[1] + at[0]) / ((mpmath.mpf(2) ** power - 2) * t**power)
        assert float(size) == pytest.approx(shown.first.value, rel=1e-9, abs=0), shown.kernel
        if shown.minus.value:
            assert (shown.power, shown.first) == (shown.nu, shown.minus)


def test_formulas_name_the_inner_values(table: Blocks) -> None:
    relu, tangent, biased, step = table.values()
    assert tangent[1].plus.latex == r"- \frac{3 \sqrt{2}}{\pi}"
    assert relu[3].minus.latex == r"\frac{\sqrt{2} \kappa_{0}(b_{3}) \kappa_{0}(b_{4})}{3 \pi}"
    assert biased[0].minus.latex == "0"
    assert step[1].plus.latex == r"- \frac{2^{3/4}}{\pi^{3/2}}"


# -- expansions against the truth -------------------------------------------------------------------------

K = np.array([20, 21, 100, 101, 200, 201])


@pytest.fixture(scope="module")
def panel() -> expansions.Panel:
    return expansions.panel(ks.ntk(3), 4, K)


def test_one_term_is_the_leading_one_of_claim_25(panel: expansions.Panel) -> None:
    spec = KernelSpec("ntk", 3)
    oracle = eigenvalues([spec], 4, tuple(K.tolist()))
    for k, error in zip(K.tolist(), panel.errors[0].error, strict=True):
        with mpmath.workdps(30):
            mu = mpmath.mpf(oracle[spec, k].value.mid().str(30, radius=False))
            # (2^{d-2} Gamma(d/2)^2/pi^2) (L(L-1)/2 +- Pi_L), with the Gamma ratio of claim 15 for the power k^{-d}.
            constant = 4 / mpmath.pi**2 * (3 + mpmath.mpf((-1) ** k) / 2)
            term = constant * mpmath.gammaprod([k - 0.5], [k + 3.5])
            wanted = abs(term / mu - 1)
        assert error == pytest.approx(float(wanted), rel=1e-12, abs=0)  # one rounding, the rest to 25 digits


def test_each_term_gains_its_power(panel: expansions.Panel) -> None:
    for errors in panel.errors:
        # The next exponent lies M above the first: the relative error falls like k^{-2M}, to within 1 + O(M/k).
        gain = errors.error[4:] / errors.error[2:4]
        expected = (K[4:] / K[2:4]) ** (-2.0 * errors.terms)
        assert gain == pytest.approx(expected, rel=3 * errors.terms / 100, abs=0)


def test_errors_are_below_their_bounds(panel: expansions.Panel) -> None:
    assert [errors.terms for errors in panel.errors] == [1, 3, 8]
    for errors in panel.errors:
        assert errors.start <= 20
        assert np.all(errors.error <= errors.bound)
        # The caption: at large k the bound is below three times the error.
        assert np.all(errors.bound[K >= 100] < 3 * errors.error[K >= 100])


def test_degrees_of_the_expansion_figure() -> None:
    for last in (200, 300, 1000):
        k = expansions.degrees(last, 25)
        assert k[0] == 10 and k[-1] == last and len(k) == 25
        assert np.all(np.diff(k) > 0) and set(k[::2] % 2) == {0} and set(k[1::2] % 2) == {1}


# -- ratios in their bands --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ratio() -> ratios.Ratio:
    return ratios.ratio(ks.ntk(3), ks.laplace(c=1), 4, ratios.degrees(60, 4))


def test_limits_are_those_of_the_claims(ratio: ratios.Ratio) -> None:
    # Claim 25 over claim 28: (sqrt 2/pi) (L(L-1)/2 +- Pi_L), Pi_3 = 1/2.
    assert ratio.even == pytest.approx(3.5 * ROOT, rel=1e-14, abs=0)
    assert ratio.odd == pytest.approx(2.5 * ROOT, rel=1e-14, abs=0)


def test_all_ratios_lie_in_the_band(ratio: ratios.Ratio) -> None:
    kernels = ks.parse(ratio.kernel), ks.parse(ratio.other)
    floats = kernels[0].spectrum(4)(ratio.k) / kernels[1].spectrum(4)(ratio.k)
    # The branch-cut integral in float64, of relative accuracy 1e-13.
    assert ratio.ratio == pytest.approx(floats, rel=1e-12, abs=0)
    far = np.unique(np.geomspace(1, 1e6, 200).astype(np.int64))
    beyond = kernels[0].spectrum(4)(far) / kernels[1].spectrum(4)(far)
    for values in (ratio.ratio, beyond, np.array([ratio.even, ratio.odd])):
        assert np.all((values >= ratio.lower) & (values <= ratio.upper))
    # The largest ratio is attained, the lowest is the limit of the odd ones, from below to 1 per cent.
    assert ratio.upper == pytest.approx(ratio.ratio.max(), rel=1e-11, abs=0)
    assert ratio.lower > 0.99 * ratio.odd
    assert 2 < ratio.start < far[-1]


def test_no_band_without_the_same_rkhs() -> None:
    with pytest.raises(ValueError, match="proved to have the same RKHS for d = 4, got ntk"):
        ratios.ratio(ks.ntk(2), ks.ntk(3), 4, np.array([0, 1]))


def test_degrees_of_the_ratio_figure() -> None:
    k = ratios.degrees(200, 14)
    assert k[:16].tolist() == list(range(16)) and k[-2:].tolist() == [200, 201]
    assert np.all(np.diff(k) > 0) and (k % 2).sum() * 2 == k.size


@given(st.floats(1e-6, 1e6), st.sampled_from([-1, 1]))
def test_shown_edges_are_rounded_outward(value: float, sign: int) -> None:
    shown = float(ratios.outward(value, sign))
    # Four digits, so one unit is at most 1e-3 of the value; the float operations err by 1e-15.
    assert -1e-14 <= sign * (shown / value - 1) <= 1e-3


def test_all_of_them_can_be_drawn(table: Blocks, panel: expansions.Panel, ratio: ratios.Ratio) -> None:
    few = expansion_error.compute(quick=True, kernels=("laplace(c=1)",), dims=(3,), last=(300,))
    pairs = tuple(f"laplace(c=1) / laplace(c={c})" for c in (2, 3))
    with style.paper():
        for drawn in (
            end_constants.draw(table),
            end_constants.draw(end_constants.compute(quick=True)),
            expansion_error.draw([panel, *few]),
            rkhs_ratio.draw([ratio, *rkhs_ratio.compute(quick=True, pairs=pairs)]),
        ):
            assert isinstance(drawn, Figure)
            drawn.draw_without_rendering()
