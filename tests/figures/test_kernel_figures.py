"""The data of the figures of kernels and spectra, against numbers that are known otherwise."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictures import faults_at_both_widths

from figures import accuracy, decay_constants, deep_equals_shallow, eigenvalue_decay, kernel_functions, style
from kernelspec.plots.deep import Comparison
from kernelspec.plots.eigenvalues import Line
from kernelspec.plots.functions import Functions


@pytest.fixture(scope="module")
def functions() -> Functions:
    return kernel_functions.compute(quick=True)


@pytest.fixture(scope="module")
def decays() -> list[Line]:
    return eigenvalue_decay.compute(quick=True)


@pytest.fixture(scope="module")
def constants() -> list[Line]:
    found = decay_constants.compute(quick=True, depths=(2, 3, 5, 30))
    return [line for lines in found.values() for line in lines]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return deep_equals_shallow.compute(quick=True)


def test_values_at_the_ends(functions: Functions) -> None:
    for curve in [*functions.rf, *functions.ntk, *functions.kernels]:
        assert curve.values[-1] == 1
    # Claim 24: kappa^L(-1) = b_L, printed there to six digits.
    at_minus_one = {curve.kernel: curve.values[0] for curve in functions.rf}
    for kernel, b in (("arccos(1)", 0.0), ("rf(3)", 0.318310), ("rf(5)", 0.604826)):
        assert at_minus_one[kernel] == pytest.approx(b, abs=5e-7)


def test_defects_follow_the_named_slopes(functions: Functions) -> None:
    slopes = {"rf(4, degree=0)": 1 / 8, "rf(3, degree=0)": 1 / 4, "ntk(10)": 1 / 2, "arccos(1)": 1}
    for curve in functions.kernels:
        gain = math.log(functions.t[1] / functions.t[0])
        slope = math.log(curve.defects[1] / curve.defects[0]) / gain
        wanted = slopes.get(curve.kernel, 1 if curve.kernel == "arccos(2)" else 1 / 2)
        # At theta = 1e-15 the next power is smaller by 1e-2 (t^{1/16}) at worst for the deep ones.
        assert slope == pytest.approx(wanted, rel=1e-3, abs=0)
        assert curve.slope is not None and float(curve.slope) == wanted  # what the legend says


def test_decay_has_the_constants_of_the_claims(constants: list[Line], decays: list[Line]) -> None:
    lines = {line.kernel: line for line in [*decays, *constants]}
    # Claim 25, d = 4: (2^{d-2} Gamma(d/2)^2/pi^2) (L(L-1)/2 +- Pi_L), Pi_3 = 1/2.
    assert lines["ntk(3)"].even == pytest.approx(4 / math.pi**2 * 3.5, rel=1e-14, abs=0)
    assert lines["ntk(3)"].odd == pytest.approx(4 / math.pi**2 * 2.5, rel=1e-14, abs=0)
    # Claim 28: c 2^{d-5/2} Gamma(d/2)^2/pi for both parities.
    assert lines["laplace(c=2)"].even == pytest.approx(2 * 2**1.5 / math.pi, rel=1e-14, abs=0)
    assert lines["laplace(c=2)"].odd == lines["laplace(c=2)"].even
    exponents = {"rf(3)": 6, "ntk(3)": 4, "rf(3, degree=0)": 3.5, "rf(4, degree=0)": 3.25}
    assert {name: lines[name].exponent for name in exponents} == exponents


def test_eigenvalues_meet_their_asymptotes(constants: list[Line]) -> None:
    for line in constants:
        for odd in (False, True):
            chosen = line.parity(odd) & np.isfinite(line.asymptote)
            if not chosen.any():
                assert line.kernel in ("arccos(1)", "ntk(2)", "arccos(0)")
                continue
            # The next power has the exponent nu + gap, so the distance is about k^(-2 gap). Its
            # constant is some tens for L = 30, and below 1 for step networks (0.8 in claim 29).
            gap = 1.0
            if line.family == "step" and line.kernel != "arccos(0)":
                assert line.exponent is not None
                nu = float(line.exponent - line.d + 1) / 2
                gap = min(2 * nu, 1 / 2 - nu)  # at u = 1 and u = -1
            bound = (1 if line.family == "step" else 1000) * float(line.k[chosen][-1]) ** (-2 * gap)
            assert line.distance[chosen][-1] < bound, line.kernel


def test_ratios_tend_to_the_exact_limits(comparison: Comparison) -> None:
    for ratios in comparison.ratios:
        sum_of_layers = ratios.depth * (ratios.depth - 1) / 2
        # Claims 22, 25: (L(L-1)/2 + Pi_L)/2 and (L(L-1)/2 - Pi_L)/2.
        assert ratios.even + ratios.odd == pytest.approx(sum_of_layers, rel=1e-13, abs=0)
        for odd, limit in ((0, ratios.even), (1, ratios.odd)):
            k, ratio = (part[ratios.k % 2 == odd] for part in (ratios.k, ratios.ratio))
            assert ratio[-1] == pytest.approx(limit, rel=1e-4, abs=0)
            # The distance from the limit falls like k^-2 to within k^-2 of itself, down to the 1e-13
            # that two eigenvalues of relative accuracy 1e-14 leave.
            scaled = (ratio - limit) * k.astype(float) ** 2
            assert k[-2] > 1000
            assert scaled[-2] == pytest.approx(scaled[-1], rel=0.01, abs=1e-13 * limit * k[-1] ** 2)
    two = next(ratios for ratios in comparison.ratios if ratios.depth == 2)
    assert two.odd == 0 and np.all(two.ratio[(two.k % 2 == 1) & (two.k >= 3)] == 0)


def test_logarithms_reach_below_the_floats(comparison: Comparison) -> None:
    last = comparison.eigenvalues[-1]
    assert last.d == 50 and last.k[-1] == 10**9 and last.log10[-1] < -380
    assert last.log10[-1] == pytest.approx(last.asymptote[-1], abs=1e-9)


def test_errors_of_quadrature_and_of_the_library() -> None:
    errors = accuracy.measured(10, (0, 2, 5, 20, 40, 100, 10**9))
    assert errors.kernelspec.max() < 1e-12  # what the library promises
    assert np.all(errors.kernelspec <= errors.estimate)
    at_100 = errors.k == 100
    # Rounding alone costs 9 digits there: both quadratures must lose most of them.
    for lost in (errors.quad[at_100], errors.gauss[at_100], errors.rounding[at_100]):
        assert 1e-10 < lost[0] < 1e-3


def test_plain_kernel_is_the_three_layer_tangent_kernel() -> None:
    import kernelspec as ks

    for u in (-1.0, -0.3, 0.0, 0.7, 1.0):
        # arccos of a number rounded next to 1 is good to sqrt(2^-53) at worst.
        assert accuracy.plain_kernel(u) == pytest.approx(ks.ntk(3)(u), abs=2e-8)


def test_all_of_them_can_be_drawn(functions: Functions, decays: list[Line], comparison: Comparison) -> None:
    errors = [accuracy.measured(d, (0, 5, 10), depth=4) for d in (4, 12)]
    assert faults_at_both_widths(accuracy.draw, errors) == []
    assert [row["d"] for row in accuracy.table(errors)] == [4, 4, 4, 12, 12, 12]
    with style.paper():
        for drawn in (
            kernel_functions.draw(functions),
            eigenvalue_decay.draw(decays),
            deep_equals_shallow.draw(comparison),
            accuracy.draw([accuracy.measured(d, (0, 5, 10)) for d in (3, 10)]),
        ):
            assert isinstance(drawn, Figure)
            drawn.draw_without_rendering()
