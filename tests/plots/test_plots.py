"""Figures as functions: their layout at the widths of a column and a page, their tables, titles and doors."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from expressions import untyped
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import legendre as classical
from pictures import layout_faults, shown_texts

import kernelspec as ks
from kernelspec import ckn, plots
from kernelspec.ckn.stability.constants import commutator_rate
from kernelspec.kernels.points import Point
from kernelspec.plots import layout
from kernelspec.plots.expansions import expansion_panels
from kernelspec.plots.features import METHODS
from kernelspec.views import drawing
from kernelspec.views.drawing import COLUMN, PAGE


class Own(ks.Zonal):
    """1 - (1-u)^{1/2}/2, a kernel of the user's own, whose text the parser does not know."""

    bounded, rational_one, singular = True, Fraction(1), frozenset((1,))

    def pair(self, point: Point) -> ks.Pair:
        one = point.arithmetic.number(Fraction(1))
        defect = point.defect_power(Fraction(1, 2)) * point.arithmetic.number(Fraction(1, 2))
        return ks.Pair(one - defect, defect, one)

    def text(self) -> str:
        return "own()"

    def latex_of(self, argument: str) -> str:
        return f"1-(1-{argument})^{{1/2}}/2"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return hash(Own)


@pytest.mark.parametrize(
    "draw",
    [
        lambda k: plots.eigenvalue_decay([k, "ntk(2)"], 4, last=20),
        lambda k: plots.expansion_error([k], (3,), terms=(1,), last=20),
        lambda k: plots.kernel_functions((2,), [k]),
        lambda k: plots.approximation_curves(("abs_power(1)",), [k], (4,), radii=(0.1, 10)),
    ],
    ids=["eigenvalue_decay", "expansion_error", "kernel_functions", "approximation_curves"],
)
def test_a_kernel_of_the_users_own_is_drawn(draw: Callable[[ks.Zonal], plots.Drawn]) -> None:
    drawn = draw(Own())
    assert {row["kernel"] for row in drawn.table} >= {"own()"}


# Other kernels, depths and dimensions than those of the report, and few degrees.
CASES: dict[str, Callable[[float], plots.Drawn]] = {
    "approximation_curves": lambda w: plots.approximation_curves(
        ("abs_power(3/2)", "step(1/2)"), ("ntk(5)", "laplace(c=2)"), (5, 12), radii=(0.1, 100), width=w
    ),
    "commutator_growth": lambda w: plots.commutator_growth((1, 4), betas=(0.5, 1, 20), width=w),
    "decay_constants": lambda w: plots.decay_constants(
        (7,), (2, 20), step_depths=(2, 3), scales=(0.3,), last=300, width=w
    ),
    "deep_equals_shallow": lambda w: plots.deep_equals_shallow(
        (2, 6), (4, 90), kernel="rf(4)", shallow="laplace(c=1)", d=5, width=w
    ),
    "eigenvalue_decay": lambda w: plots.eigenvalue_decay(
        ["ntk(3)", ks.rf(2), "sine_power(1.5)", "exponential(2)"], (3, 7), last=20, width=w
    ),
    "eigenvalue_decay of depths": lambda w: plots.eigenvalue_decay(dims=20, depths=(2, 20), last=200, width=w),
    "end_constants": lambda w: plots.end_constants((2, 4, 9), width=w),
    "expansion_error": lambda w: plots.expansion_error(
        ["laplace(c=2)", "ntk(2)"], (3,), terms=(1, 2, 4), last=24, width=w
    ),
    "kernel_functions": lambda w: plots.kernel_functions(
        (2, 7, 40), ["rf(3, degree=0)", "matern(nu=0.5)", "exponential(0.7)"], width=w
    ),
    "kernel_map_smoothness": lambda w: plots.kernel_map_smoothness((3, 12), scaled=(2, 7, 8, 9), shared=3, width=w),
    "membership_map": lambda w: plots.membership_map(
        ["rf(4)", "cauchy(0.5, 1)", "matern(nu=0.5)"], (3, 8), powers=(0, 1, 2.5, 4), width=w
    ),
    "nystrom_convergence": lambda w: plots.nystrom_convergence(
        network(), images(), components=(2, 3, 5, 20), draws=2, width=w
    ),
    "pair_responses": lambda w: plots.pair_responses(
        [(1, -3), (0, 2)], ((0, 1), (2, -1)), positions=20, side=9, first=1, second=2, width=w
    ),
    "patch_interactions": lambda w: plots.patch_interactions(
        6, 2, 4, (1, 2), first="exponential(0.8)", second="polynomial(2)", samples=20, width=w
    ),
    "pooling_gain": lambda w: plots.pooling_gain(10, 3, 2, 2, "0.5*linear() + polynomial(2)", samples=15, width=w),
    "rkhs_ratio": lambda w: plots.rkhs_ratio([("ntk(2, bias=True)", "laplace(c=1)")], (3, 6), last=24, width=w),
    "signal_recovery": lambda w: plots.signal_recovery((1, 4), patch=2, image=photo(), width=w),
    "sphere_and_cube": lambda w: plots.sphere_and_cube("rf(3)", (3, 30, 2), last=4, least=1e-4, width=w),
    "stability_bounds": lambda w: plots.stability_bounds(
        (1, 3), grads=(0.01, 0.3), patches=(1, 5), factor=1, fields=1, width=w
    ),
    "stability_tradeoff": lambda w: plots.stability_tradeoff(grads=(0.03, 0.3), power=0.5, count=2, fields=1, width=w),
    "zonal_harmonics": lambda w: plots.zonal_harmonics((2, 5), 7, width=w),
}


def network() -> ckn.Network:
    return ckn.Network([ckn.Layer(2, ks.exponential(0.8), ckn.average(2), stride=2)])


def images() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((8, 6, 6, 1))


def photo() -> np.ndarray:
    return np.random.default_rng(2).uniform(0, 1, (12, 14, 3))


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_cut_off_or_lies_on_something_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(matplotlib.rcParams)
    home = sys.modules[getattr(plots, name.split()[0]).__module__]
    kept: list[Any] = []

    def finished(*arguments: Any) -> plots.Drawn:
        kept.extend(arguments)
        return layout.finished(*arguments)

    monkeypatch.setattr(home, "finished", finished)
    column = CASES[name](COLUMN)
    draw, data, table, _, font = kept
    for width, drawn in (
        (COLUMN, column),
        (PAGE, layout.finished(draw, data, table, PAGE, font)),  # the same numbers
    ):
        assert layout_faults(drawn.figure) == []
        assert drawn.figure.get_figwidth() == width
        assert drawn.axes and {type(ax).__name__ for ax in drawn.axes} == {"Axes"}
    assert len(column.table) > 1 and dict(matplotlib.rcParams) == before


def test_every_figure_is_looked_at() -> None:
    assert {name.split()[0] for name in CASES} == set(plots.__all__) - {"Drawn"}
    assert set(plots.__all__) <= set(dir(plots)) and ks.plots is plots
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        plots.nothing  # noqa: B018


@pytest.mark.parametrize("font", ["cm", "dejavu", "sans"])
def test_fonts_fit(font: str) -> None:
    drawn = plots.eigenvalue_decay("ntk(3)", 5, last=20, width=3, font=font)
    assert layout_faults(drawn.figure) == []


def test_faults_are_seen() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 2))
    ax = figure.subplots()
    ax.set_xticks([0.5, 0.51], ["one", "other"])
    figure.text(0.99, 0.99, "outside")
    figure.text(0.3, 0.7, "small", fontsize=6)
    figure.text(0.3, 0.3, "90\u00b0 $_2$")
    found = "; ".join(layout_faults(figure))
    for words in ("'one' lies on 'other'", "'outside' is not inside", "'small' has 6 points", "\u00b0"):
        assert words in found, found


# -- tables ---------------------------------------------------------------------------------------------------


def test_eigenvalues_are_those_of_the_spectrum() -> None:
    table = plots.eigenvalue_decay(["ntk(3)", "exponential(2)"], dims=(3, 7), last=40).table
    for kernel in (ks.ntk(3), ks.exponential(2)):
        for d in (3, 7):
            rows = [r for r in table if (r["kernel"], r["d"]) == (repr(kernel), d)]
            k = np.array([row["k"] for row in rows])
            logs = kernel.spectrum(d).log_abs(k) / np.log(10)
            assert np.allclose([row["log10_mu"] for row in rows], logs, rtol=1e-14)
            asymptotes = np.array([row["log10_asymptote"] for row in rows])
            if kernel == ks.ntk(3):
                late = k >= 2
                assert np.allclose(10 ** asymptotes[late], kernel.decay(d).at(k[late]), rtol=1e-12)
            else:
                assert np.isnan(asymptotes).all()  # faster than any power


def test_constants_are_those_of_the_decay() -> None:
    table = plots.decay_constants((3, 6), (2, 4), step_depths=(3,), scales=(2,), last=200).table
    assert len(table) == 2 * 6
    for row in table:
        decay = ks.parse(row["kernel"]).decay(row["d"])
        assert row["exponent"] == decay.exponent
        assert row["even"] == pytest.approx(float(decay.even), rel=1e-15, abs=0)
        assert row["odd"] == pytest.approx(float(decay.odd), rel=1e-15, abs=0)


def test_ratios_and_bands() -> None:
    table = plots.rkhs_ratio([("ntk(4)", "laplace(c=1)")], 5, last=24).table
    one, other = ks.ntk(4).spectrum(5), ks.laplace().spectrum(5)
    verdict = ks.same_rkhs(ks.ntk(4), ks.laplace(), 5)
    for row in table:
        assert row["ratio"] == pytest.approx(one[row["k"]] / other[row["k"]], rel=1e-11, abs=0)
        assert (row["lower"], row["upper"]) == (verdict.lower, verdict.upper)
        assert verdict.lower <= row["ratio"] <= verdict.upper


def test_ratios_of_multiples_and_of_parities_that_vanish() -> None:
    for pair in (("ntk(3)", "2*ntk(3)"), ("polynomial(2)", "2*polynomial(2)")):
        drawn = plots.rkhs_ratio([pair], last=20, width=3.4)
        seen = [row["ratio"] for row in drawn.table if np.isfinite(row["ratio"])]
        assert seen and np.allclose(seen, 0.5, rtol=1e-15)
    drawn = plots.rkhs_ratio([("ntk(2)", "rf(2) + ntk(2)")], last=20, width=3.4)
    for row in drawn.table:
        assert row["lower"] <= row["ratio"] <= row["upper"] or (row["k"] > 1 and row["k"] % 2 == 1)


def test_threads_draw_one_after_the_other() -> None:
    settings = dict(matplotlib.rcParams)

    def pictures(d: int) -> bytes:
        plots.end_constants((2, 3), width=3.4)
        return bytes(drawing.rendered(drawing.root_figure(ks.ntk(3).spectrum(d).plot(kmax=9)), "svg")["svg"])

    with ThreadPoolExecutor(4) as pool:
        assert all(len(picture) > 1000 for picture in pool.map(pictures, range(3, 9)))
    assert dict(matplotlib.rcParams) == settings


def test_deep_over_shallow() -> None:
    table = plots.deep_equals_shallow((4,), (6,), kernel="rf(3)", shallow="ntk(2, bias=True)", d=6).table
    deep, shallow = ks.ntk(4).spectrum(6), ks.ntk(2, bias=True).spectrum(6)
    rows = [row for row in table if row["panel"] == "ratio"]
    k = np.array([row["k"] for row in rows])
    assert np.allclose([row["ratio"] for row in rows], deep(k) / shallow(k), rtol=1e-12)
    logs = [row for row in table if row["panel"] == "eigenvalue"]
    k = np.array([row["k"] for row in logs])
    expected = ks.rf(3).spectrum(6).log_abs(k) / np.log(10)
    assert np.allclose([row["log10_mu"] for row in logs], expected, rtol=1e-14)


def test_errors_of_the_expansion_are_below_their_bounds() -> None:
    table = plots.expansion_error("laplace(c=2)", 3, terms=(1, 3), last=24).table
    spectrum = ks.laplace(2).spectrum(3)
    for row in table:
        if row["terms"] == 1 and math.isfinite(row["error"]):
            found = float(spectrum.asymptotic(row["k"], 1)) / spectrum[row["k"]] - 1
            assert row["error"] == pytest.approx(abs(found), rel=1e-9, abs=0)
        assert not row["error"] > row["bound"]


def test_functions_and_defects() -> None:
    drawn = plots.kernel_functions((3,), "matern(nu=0.5)")
    for row in drawn.table[::37]:
        kernel = ks.parse(row["kernel"])
        assert row["kappa_over_top"] == pytest.approx(kernel(row["u"]) / kernel(1), rel=1e-13, abs=0)
        # 1 - u of an angle, where it is no rounding of u.
        if row["one_minus_u"] > 1e-3:
            defect = 1 - kernel(1 - row["one_minus_u"]) / kernel(1)
            assert row["defect_over_top"] == pytest.approx(defect, rel=1e-11, abs=0)


def test_harmonics_are_the_classical_polynomials() -> None:
    table = plots.zonal_harmonics((3,), 4).table
    t = np.array(table.column("t"))
    for k in range(1, 5):
        exact = classical.legval(t, np.eye(5)[k])
        np.testing.assert_allclose(table.column(f"P_{k}"), exact, rtol=0, atol=2e-15)


def test_distances_are_those_of_a_gram_matrix() -> None:
    table = plots.kernel_map_smoothness((4,), scaled=(4,), shared=2).table
    for row in table[::50]:
        kernel = ks.rf(4) if row["family"] == "RF" else ks.ntk(4)
        cosine = 1 - row["distance"] ** 2 / 2
        if row["panel"] == "ratio" or cosine > 1 - 1e-4:
            continue
        assert row["value"] == pytest.approx(math.sqrt(2 * (kernel(1) - kernel(cosine))), rel=1e-9, abs=0)
        assert row["value"] <= row["bound"] * (1 + 1e-14)


def test_constants_at_the_ends_are_those_of_the_theorems() -> None:
    root = math.sqrt(2) / math.pi
    gaps = {2: 1.0, 3: 1 / 2}  # Pi_L, which is 1 for two layers and kappa_0(0) for three
    rows = {row["kernel"]: row for row in plots.end_constants((2, 3), width=3.4).table}
    for depth, gap in gaps.items():
        found = [
            (f"rf({depth})", (depth - 1) * 2 * root / 3, gap * 2 * root / 3),
            (f"ntk({depth})", -depth * (depth - 1) / 2 * root, -gap * root),
            (f"ntk({depth}, bias=True)", -(depth - 1) * (depth + 2) / 2 * root, 0),
        ]
        for kernel, plus, minus in found:
            row = rows[kernel]
            assert row["c_plus_decimal"] == pytest.approx(plus, rel=1e-14, abs=0)
            assert row["c_minus_decimal"] == pytest.approx(minus, rel=1e-14, abs=0)
            assert float(row["c_plus"]) == pytest.approx(plus, rel=1e-14, abs=0)


def test_constants_of_commutators() -> None:
    table = plots.commutator_growth((3,), betas=(0.5, 4)).table
    rates = {kind: commutator_rate(3, 4)[i] for i, kind in enumerate(("attained", "proved"))}
    found = {r["kind"]: r["value"] for r in table if r["panel"] == "commutator" and r["place"] == 4}
    assert found == rates


def test_what_comes_back() -> None:
    x = np.random.default_rng(3).standard_normal(20)
    table = plots.signal_recovery((2,), x=x, patch=2).table
    np.testing.assert_allclose(table.column("back"), x, atol=1e-10)
    assert table.column("rank") == [20] * 20 and table.column("missed") == [None] * 20


def test_exact_coefficients_for_a_paper() -> None:
    from kernelspec.plots.ends import blocks, printed

    latex = printed(blocks((2, 3))).to_latex()
    assert r"\toprule" in latex and r"$- \frac{3 \sqrt{2}}{\pi}$" in latex
    table = plots.end_constants((3,)).table
    assert "ntk(3),1/2,-3*sqrt(2)/pi," in table.to_csv()
    deep = plots.end_constants((20,)).table  # an exact number of 2,000 operations is given by its decimals
    biased = next(row for row in deep if row["kernel"] == "ntk(20, bias=True)")
    assert isinstance(biased["first_at_minus_one"], float)


def test_features_and_their_errors() -> None:
    drawn = plots.nystrom_convergence(network(), images(), components=(2, 16), draws=2)
    assert {row["method"] for row in drawn.table} == set(METHODS) - {"random"}
    for row in drawn.table:
        assert row["low"] <= row["error"] * (1 + 1e-12) and row["draws"] == 2
    errors = {(row["method"], row["m"]): row["error"] for row in drawn.table}
    assert all(errors[way, 16] < errors[way, 2] for way in ("patches", "kmeans"))


# -- titles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("d", "powers"), [(4, (6, 4, 4)), (20, (22, 20, 20))])
def test_titles_follow_the_dimension(d: int, powers: tuple[int, ...]) -> None:
    drawn = plots.decay_constants(d, (3,), step_depths=(2, 3), scales=(1,), last=20)
    titles = [ax.get_title("left") for ax in drawn.axes]
    # Claims 24, 25, 28: d + 2 nu - 1 with nu = 3/2 (RF) and 1/2.
    for title, power in zip(titles, powers, strict=False):
        assert rf"$k^{{{power}}}\,\mu_k$" in title and f"$d={d}$" in title
    assert r"k^{d+2\nu-1}" in titles[3]  # the power changes with depth


def test_words_follow_kernels_and_dimensions() -> None:
    drawn = plots.eigenvalue_decay("rf(3, degree=0)", 6, last=20)
    words = " ".join(text.get_text() for text in shown_texts(drawn.figure))
    assert "$d=6$" in words and "step, $L=3$: $k^{-11/2}$" in words  # claim 29: d + 2/4 - 1
    drawn = plots.deep_equals_shallow((3,), (8,), kernel="rf(5)", shallow="laplace(c=2)", d=7)
    assert "RF, $L=5$" in drawn.axes[0].get_title("left")
    assert "Laplace, $c=2$, $d=7$" in drawn.axes[1].get_title("left")


# -- doors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.eigenvalue_decay(width=2), "width must be from 3 to 20, got 2"),
        (lambda: untyped(plots.eigenvalue_decay)(width="7in"), "width must be a real number, got '7in'"),
        (lambda: plots.end_constants((2,), font="times"), "font must be one of stix"),
        (lambda: plots.eigenvalue_decay("ntk(3", 4), "kernels must be kernels or their texts"),
        (lambda: untyped(plots.eigenvalue_decay)([3], 4), "kernels must be kernels or their texts, got [3]"),
        (
            lambda: plots.kernel_functions(kernels=["defect_power(-0.25)"]),
            "kernels must have a finite value at u = 1 other than 0",
        ),
        (lambda: plots.eigenvalue_decay([], 4), "kernels must hold at least one value"),
        (lambda: plots.eigenvalue_decay(dims=1), "dims must be an integer from 2 to 1000, got 1"),
        (lambda: plots.end_constants((1,)), "depths must be an integer from 2 to 30, got 1"),
        (lambda: untyped(plots.end_constants)((2.5,)), "depths must be an integer >= 2, got 2.5"),
        (lambda: plots.rkhs_ratio([("ntk(2)", "ntk(3)")]), "proved to have the same RKHS for d = 4"),
        (lambda: plots.rkhs_ratio(["ntk(2)"]), "pairs must hold two kernels each, got 'ntk"),
        (lambda: plots.deep_equals_shallow(shallow="rf(3)"), "shallow must decay like k^-10"),
        (lambda: plots.expansion_error(dims=(3, 4)), "dims must hold one value, or one for each"),
        (lambda: plots.stability_bounds(grads=(1.5,)), "grads must be from 1e-12 to 0.99, got 1.5"),
        (lambda: plots.signal_recovery(x=np.zeros(20)), "x must be a signal of 8 samples or more"),
        (lambda: plots.nystrom_convergence(network(), np.ones((3, 4))), "images must have the shape"),
        (lambda: plots.approximation_curves("relu(x)"), "targets must be abs_power(s), relu(s) or step(t)"),
        (lambda: plots.approximation_curves(("step(2)",)), "t must lie between -1 and 1"),
        (lambda: plots.approximation_curves("relu(1/0)"), "targets must hold profiles, got 'relu(1/0)'"),
        (lambda: plots.approximation_curves(radii=(3, 1)), "radii must be the smallest and the largest one"),
        (lambda: plots.membership_map(powers=(-1,)), "powers must be from 0 to 100, got -1"),
        (lambda: plots.membership_map("sine_power(1.5)"), "kernels must have an RKHS on S^4, got sine_power(1.5)"),
        (lambda: plots.sphere_and_cube(dims=5000), "dims must be an integer from 2 to 4000, got 5000"),
        (lambda: plots.sphere_and_cube("polynomial(2) - 3"), "positive"),
        (lambda: plots.pooling_gain(9), "positions must be even"),
        (lambda: plots.pooling_gain(10, 6), "patch must be an integer from 1 to 5, got 6"),
        (
            lambda: plots.pooling_gain(8, 3, degree=3, kernel="linear()"),
            "degree must be one that the kernel sees, got 3",
        ),
        (lambda: plots.pair_responses([(1, 2, 3)]), "pairs must be pairs of integers"),
        (lambda: plots.patch_interactions(8, 5), "window must be an integer from 2 to 4, got 5"),
        (lambda: plots.patch_interactions(degrees=(1,)), "degrees must be those of two harmonics"),
        (lambda: plots.zonal_harmonics(largest=0), "largest must be an integer from 1 to 12, got 0"),
    ],
)
def test_what_is_wrong_is_said(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_are_the_same_on_every_run(tmp_path: Path) -> None:
    for ending in ("svg", "pdf", "png"):
        for run in "ab":
            plots.commutator_growth((1,), betas=(1, 2), width=3.5).save(tmp_path / f"{run}.{ending}")
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    drawn = plots.commutator_growth((1,), betas=(1, 2))
    assert drawn._repr_png_().startswith(b"\x89PNG")


def test_one_kernel_and_its_text_are_the_same() -> None:
    one, other = (expansion_panels(k, 3, (1,), 20, 4) for k in ("laplace()", ks.laplace()))
    assert one[0].kernel == other[0].kernel and np.array_equal(one[0].k, other[0].k)


# -- places of names and ticks --------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 9)), min_size=1, max_size=10).map(sorted))
def test_names_are_moved_apart_and_no_further(pairs: list[tuple[float, float]]) -> None:
    centres, heights = map(np.array, zip(*pairs, strict=True))
    found = layout.spread_out(centres, heights, 0.0, 100.0)
    gaps = (heights[1:] + heights[:-1]) / 2
    assert np.all(np.diff(found) >= gaps - 1e-9)
    if heights.sum() <= 100:
        assert found[0] >= heights[0] / 2 - 1e-9 and found[-1] <= 100 - heights[-1] / 2 + 1e-9
    inside = centres[0] >= heights[0] / 2 and centres[-1] <= 100 - heights[-1] / 2
    if inside and np.all(np.diff(centres) >= gaps):
        assert np.allclose(found, centres)  # nothing had to move


@given(st.floats(-300, 250), st.floats(0.3, 50), st.integers(3, 9))
def test_ticks_are_round_and_few(start: float, decades: float, most: int) -> None:
    low, high = 10**start, 10 ** (start + decades)
    ticks = layout.ticks_between(low, high, most)
    assert len(ticks) <= most and ticks == sorted(ticks)
    assert all(low <= tick <= high for tick in ticks)
    if decades > 2:
        assert len(ticks) >= 2
    for tick in ticks:
        assert f"{tick:.1e}"[:3] in {"1.0", "1.5", "2.0", "3.0", "4.0", "5.0", "7.0"}


@given(st.integers(1, 12), st.floats(3, 20), st.integers(1, 6), st.floats(0.6, 4))
def test_panels_have_room(count: int, width: float, across: int, least: float) -> None:
    columns = layout.columns(count, width, across, least)
    assert 1 <= columns <= min(count, across)
    assert columns == 1 or width / columns >= least
