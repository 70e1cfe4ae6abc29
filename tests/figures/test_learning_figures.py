"""Figures of learning: finite width, what depth costs, the table of Cifar10; against numbers from other sources."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import faults_at_both_widths

import kernelspec as ks
from experiments import finite_width as experiment
from experiments.tables import records, setups
from experiments.tables.records import Cost, Measurement, Record, Results
from experiments.tables.selection import Scores
from figures import cifar10_table, cost_against_depth, finite_width
from figures.finite_width import Variances
from oracle import finite_width as oracle

# -- finite width ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def variances(tmp_path_factory: pytest.TempPathFactory) -> Variances:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("finite"))
        return finite_width.compute(quick=True)


def test_variances_are_measured_and_predicted(variances: Variances) -> None:
    assert variances.draws == 300
    for kind in range(2):
        for i, depth in enumerate(experiment.DEPTHS):
            for j in (0, 3, 6):
                expected = float(oracle.entry_variance(experiment.COSINES[j], [1] * depth, bool(kind)))
                # Five standard errors of 300 draws, and the term in 1/m, a part of 6/128.
                assert (
                    abs(variances.measured[kind, i, j] - expected) < 5 * variances.error[kind, i, j] + 0.05 * expected
                )
            # The ends of the curves: u = -1, in an angle that is rounded, and u = 1.
            at_one = sum(oracle.at_one_point(depth, layer, bool(kind)) for layer in range(1, depth + 1))
            assert variances.formula[kind, i, -1] == pytest.approx(at_one, rel=1e-14)
            # The error at the cosine 0.4 is the root of the variance over m, for m = 256 up to 10 % of 100 draws.
            expected = math.sqrt(float(oracle.entry_variance(0.4, [256] * depth, bool(kind))))
            assert variances.predicted[kind, i, -1] == pytest.approx(expected, rel=1e-14)
            assert abs(variances.rms[kind, i, -1] - expected) < 5 * variances.rms_error[kind, i, -1] + 0.03 * expected


def test_picture_of_variances(variances: Variances) -> None:
    assert faults_at_both_widths(finite_width.draw, variances) == []
    table = finite_width.table(variances)
    assert len(table) == 2 * 3 * (len(experiment.COSINES) + len(experiment.WIDTHS))
    row = next(row for row in table if row["kernel"] == "NTK" and row["hidden_layers"] == 3 and row["u"] == 1.0)
    assert row["formula"] == pytest.approx(160.0) and row["measured"] == variances.measured[1, 2, 6]
    assert "300 networks" in " ".join(finite_width.caption(variances).replace("\n", " ").split())


# -- cost against depth ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def costs() -> cost_against_depth.Costs:
    return cost_against_depth.compute(quick=True, n=40, d=5, depths=(1, 2, 3, 4, 6))


def test_costs_are_there_for_every_way(costs: cost_against_depth.Costs) -> None:
    assert (costs.n, costs.d, costs.rounds, costs.depths) == (40, 5, 1, (1, 3, 6))
    assert costs.gram.shape == (2, 2, 3, 2) and np.isfinite(costs.gram).all() and (costs.gram > 0).all()
    ratio = costs.gram[1, 0, 2, 1] / costs.product[1]
    assert costs.ratios[1, 0, 2, 1] == ratio
    rows = list(cost_against_depth.table(costs))
    assert len(rows) == 24
    (row,) = [r for r in rows if (r["dtype"], r["kernel"], r["depth"], r["way"]) == ("float64", "RF", 6, "by hand")]
    assert row["products"] == ratio
    said = cost_against_depth.caption(costs)
    assert "@" not in said and "40 Gaussian points in dimension 5" in said and np.__version__ in said
    assert faults_at_both_widths(cost_against_depth.draw, costs) == []


@pytest.mark.parametrize("depth", [1, 2, 7])
@pytest.mark.parametrize("kind", cost_against_depth.KINDS)
def test_both_ways_compute_one_matrix(kind: str, depth: int, rng: np.random.Generator) -> None:
    x = rng.standard_normal((12, 6))
    kernel = cost_against_depth.kernel_of(kind, depth)
    found = cost_against_depth.by_hand(x, depth, kind == "NTK")
    # On the diagonal arccos loses half of the digits, which is why it is no way to compute these.
    expected, apart = kernel.gram(x), ~np.eye(12, dtype=bool)
    np.testing.assert_allclose(found[apart], expected[apart], rtol=1e-12)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert cost_against_depth.by_hand(x.astype(np.float32), depth, kind == "NTK").dtype == np.float32


@pytest.mark.parametrize("option", [{"n": 0}, {"d": 0}, {"rounds": 0}, {"depths": (2, 0)}])
def test_costs_refuse_what_is_no_number(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(option))} must be"):
        cost_against_depth.compute(quick=True, **option)


# -- the table of Cifar10 -------------------------------------------------------------------------------------


def record(row: str, way: str, train: int, accuracies: tuple[float, float], **options: str) -> Record:
    """A record of two lambdas, of which validation chooses the first."""
    scores = Scores((0.1, 0.01), (0.5, 0.4), accuracies, "cholesky")
    setup = next(each for each in setups.rows("cifar10") if each.name == row)
    measured = Measurement(0, scores, Cost(1.0, 1.0, 0), "2026-01-01", {}, {})
    return Record(row, way, train, "", 200, dict(options), {}, setup.printed, (measured,))


def results(*several: Record, data: str = "Cifar10", note: str = "another copy") -> Results:
    return Results("cifar10", data, "0" * 16, note, several)


SOME = results(
    record("2 layers, ReLU NTK", "exact", 500, (0.40, 0.45), whitening="authors"),
    record("10 layers, exp, flips", "exact", 500, (0.50, 0.41), whitening="zca"),
    record("2 layers, exp-exp", "nystrom", 50_000, (0.70, 0.70), components="64,256", whitening="authors"),
    replace(record("3 layers, exp", "exact", 500, (0.1, 0.1)), measurements=()),
)


def test_results_stand_beside_the_printed_numbers(tmp_path: Path) -> None:
    records.write(tmp_path / "cifar10-some.json", SOME)
    made_up = results(SOME.records[0], data="made up like cifar10")
    records.write(tmp_path / "cifar10-small.json", replace(made_up, digest="1" * 16))
    records.write(tmp_path / "mnist.json", replace(SOME, table="mnist"))
    records.write(tmp_path / "again.json", SOME)
    found = cifar10_table.compute(results=str(tmp_path))
    assert found.rows == tuple(row.name for row in setups.rows("cifar10"))
    assert len(found.dots) - len(found.measured) == sum(len(row.printed) for row in setups.rows("cifar10"))
    exact, flips, nystrom = found.measured
    assert (exact.row, exact.accuracy, exact.chosen, exact.train, exact.test) == (
        "2 layers, ReLU NTK",
        45,
        40,
        500,
        200,
    )
    assert (flips.accuracy, flips.chosen, flips.way) == (50, 50, "exact")
    assert exact.series == "measured, exact, whitening authors, $n$ = 500"
    assert nystrom.series == "measured, Nystrom (64, 256), whitening authors, $n$ = 50,000"
    said = cifar10_table.caption(found)
    assert "200 test images, another copy. 10 of 13 rows have not been measured." in said
    rows = list(cifar10_table.table(found))
    assert len(rows) == len(found.dots) and rows[-1]["best_on_test"] == 70.0 and rows[0]["splits"] is None
    assert faults_at_both_widths(cifar10_table.draw, found) == []


def test_without_results_the_printed_numbers_stand_alone(tmp_path: Path) -> None:
    found = cifar10_table.compute(quick=True, results=str(tmp_path / "none"))
    assert found.measured == () and len(found.dots) > 20
    assert "python -m experiments table cifar10" in cifar10_table.caption(found)
    figure = cifar10_table.draw(found)
    assert "no results yet" in figure.axes[0].get_title(loc="left")
    assert faults_at_both_widths(cifar10_table.draw, found) == []


def test_dots_stand_where_the_numbers_are() -> None:
    figure = cifar10_table.draw(cifar10_table.dots([SOME]))
    (ax,) = figure.axes
    heights = {label.get_text(): place for label, place in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    drawn = {
        (float(x), float(y))
        for line in ax.get_lines()
        for x, y in zip(np.atleast_1d(line.get_xdata()), np.atleast_1d(line.get_ydata()), strict=True)
    }
    for row, accuracy in (("2 layers, ReLU NTK", 45.0), ("2 layers, ReLU NTK", 87.19), ("10 layers, exp, flips", 90.0)):
        assert (accuracy, heights[row]) in drawn


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "cifar10.json").write_text('{"format": 1}')
    with pytest.raises(ValueError, match=r"cifar10\.json: not results"):
        cifar10_table.compute(results=str(tmp_path))


def test_kernels_of_the_costs() -> None:
    assert cost_against_depth.kernel_of("RF", 3) == ks.rf(3) and cost_against_depth.kernel_of("NTK", 3) == ks.ntk(3)
