"""The checks and the figure of signal recovery: verdicts, what they notice, numbers of the figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from figures import signal_recovery as figure
from figures import style
from kernelspec.ckn import recovery
from kernelspec.ckn.recovery import coverage, linear_functions
from kernelspec.kernels.zonal import Zonal
from oracle.convolutional import Step
from oracle.linear_readings import readings
from paper_checks import h_recovery, h_recovery_ranks
from paper_checks.registry import Claim, Tier, computed_verdict

CLAIMS = {v.number: v for m in (h_recovery, h_recovery_ranks) for v in vars(m).values() if isinstance(v, Claim)}


def verdict(number: str) -> str:
    return computed_verdict(CLAIMS[number](Tier.for_claim(number, quick=True)))


@pytest.mark.parametrize("number", ["C51", "C51a", "C51b", "C51c"])
def test_verdicts(number: str) -> None:
    assert verdict(number) == CLAIMS[number].verdict


def test_readings_that_are_off_by_a_millionth_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    true = recovery.read
    monkeypatch.setattr(recovery, "read", lambda *a, **k: true(*a, **k) * (1 + 1e-6))
    assert verdict("C51") == "failed"


def test_a_rank_that_is_off_by_one_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    true = coverage.rank_and_null

    def wrong(rows: Any) -> Any:
        rank, null = true(rows)
        return (rank - 1 if null is not None else rank), null

    monkeypatch.setattr(coverage, "rank_and_null", wrong)
    assert verdict("C51b") == "failed"


def test_a_norm_that_is_that_of_the_series_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def series(kernel: Zonal, d: float) -> float:
        return float(kernel.derivative()(0.0)) or 1.0

    monkeypatch.setattr(linear_functions, "degree_one", series)
    assert verdict("C51a") == "failed"


def test_matrices_by_hand() -> None:
    step = Step(2, "linear()", "average", 2, 2)
    # Windows (0, 1) and (2, 3) of patches x(v-1), x(v).
    halves = (2 * h_recovery_ranks.axis_matrix([step], 4)).astype(int)
    np.testing.assert_array_equal(halves, [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
    assert h_recovery_ranks.rational_rank(halves.astype(object)) == 4
    x = np.arange(4.0)[None, :, None]
    found = readings(x, [step])
    np.testing.assert_array_equal(found[0, :, :, 0], [[0, 0.5], [1.5, 2.5]])


def test_the_figure() -> None:
    pytest.importorskip("sklearn")
    data = figure.compute(quick=True)
    whole, part = data.signals
    assert (whole.rank, part.rank) == (48, 36) and (whole.stride, part.stride) == (3, 4)
    # 1/min|h^| of the taps (a, 1 - 2a, a), h^(pi) = 1 - 4a, at stride = patch; a = e^-1/(1 + 2 e^-1).
    a = np.exp(-1) / (1 + 2 * np.exp(-1))
    assert whole.condition == pytest.approx(1 / (1 - 4 * a), rel=1e-12, abs=0)
    assert whole.error < 1e-14 * whole.condition  # rounding
    assert whole.uncovered.size == 0 and whole.null is None
    np.testing.assert_array_equal(part.uncovered, np.arange(2, 48, 4))
    assert part.null is not None
    # What comes back has the least norm: it is orthogonal to what is missed, up to rounding.
    assert abs(part.null @ part.back) < 1e-13 and 0.1 < part.error < 0.5
    # |x_1| <= the mean of |x| over the patches and windows, whose norm is at most the largest value.
    assert np.all(whole.norms <= np.abs(whole.x).max()) and whole.norms.shape == (16,)
    picture = data.picture
    assert picture is not None
    assert [norm.shape for norm in picture.norms] == [(12, 15), (6, 8)]
    first, second = picture.errors
    assert first < 1e-14 * picture.condition and second > 0.1
    with style.paper():
        drawn = figure.draw(data)
    assert isinstance(drawn, Figure) and len(drawn.axes) == 9
