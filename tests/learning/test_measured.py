"""Measured learning curves: the same regressions by hand, and what is known of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.learning import measured
from kernelspec.sphere import sample_sphere


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_same_regressions_by_hand(noise: float) -> None:
    kernel, sizes, lam, draws = ks.laplace(), [3, 20], 1e-3, 3
    found = measured(kernel, "x1*x2 - x3", 3, sizes, lam, noise, draws=draws, test_points=40, rng=5)
    rng = np.random.default_rng(5)
    for draw in range(draws):
        x, new = sample_sphere(20, 3, rng), sample_sphere(40, 3, rng)
        y = x[:, 0] * x[:, 1] - x[:, 2] + noise * rng.standard_normal(20)
        truth = new[:, 0] * new[:, 1] - new[:, 2]
        for at, n in enumerate(sizes):
            # e^{-sqrt(1 - u)}, and 1 - u = |x - y|^2/2
            K, cross = (np.exp(-np.sqrt(((a[:, None] - x[None, :n]) ** 2).sum(axis=2) / 2)) for a in (x[:n], new))
            alpha = np.linalg.solve(K + n * lam * np.eye(n), y[:n])
            assert found.errors[at, draw] == pytest.approx(np.mean((cross @ alpha - truth) ** 2), rel=1e-10)
            assert found.train[at, draw] == pytest.approx(np.mean((K @ alpha - y[:n]) ** 2), rel=1e-10)
    assert found.error == pytest.approx(found.errors.mean(axis=1) + noise**2, rel=1e-15)
    spread = np.sqrt(((found.errors - found.errors.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (draws - 1) / draws)
    assert found.standard_error == pytest.approx(spread, rel=1e-12)


def test_the_prediction_lies_within_three_standard_errors() -> None:
    kernel, sizes = ks.ntk(3), [50, 200]
    found = measured(kernel, "step(0.7)", 4, sizes, 1e-4, 0.1, draws=40, test_points=500)
    theory = ks.learning.curve(kernel, "step(0.7)", 4, sizes, 1e-4, 0.1)
    assert np.all(np.abs(found.error - theory.error) < 3 * found.standard_error)
    spread = found.train.std(axis=1, ddof=1) / np.sqrt(40)
    assert np.all(np.abs(found.train.mean(axis=1) - theory.train) < 3 * spread)


def test_a_seed_fixes_everything_and_kernels_see_the_same_points() -> None:
    one, two = (measured(ks.rf(2), "relu(1)", 3, 10, 1e-2, draws=2, test_points=5, rng=1) for _ in range(2))
    assert np.array_equal(one.errors, two.errors) and np.array_equal(one.train, two.train)
    other = measured(ks.rf(2), "relu(1)", 3, 10, 1e-2, draws=2, test_points=5, rng=2)
    assert not np.array_equal(one.errors, other.errors)
    half = measured(ks.rf(2) / 2, "relu(1)", 3, 10, 5e-3, draws=2, test_points=5, rng=1)
    assert half.errors == pytest.approx(one.errors, rel=1e-10)  # the same regression


def test_progress_and_pictures() -> None:
    seen: list[int] = []

    def progress(work: Any, total: int) -> Any:
        for step in work:
            seen.append(total)
            yield step

    found = measured(ks.rf(2), "x1", 2, [1, 2, 5], 1e-2, draws=4, test_points=1, progress=progress)
    assert seen == [12] * 12
    assert [row["n"] for row in found.table()] == [1, 2, 5]
    ax = found.plot(label="measured")
    line, _, (bars,) = ax.containers[0]
    assert line.get_ydata().tolist() == found.error.tolist()
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert ends[:, 1] - ends[:, 0] == pytest.approx(4 * found.standard_error)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kernel": "ntk(3)"}, "kernel must be a zonal kernel"),
        ({"f": 3}, "f must be a function"),
        ({"f": "x9"}, "x9"),
        ({"d": 1}, "d must be"),
        ({"f": ks.rkhs.polynomial("x1", 4)}, "f must live on S.2"),
        ({"n": 0}, "n must be an integer from 1"),
        ({"n": [10, 30_000]}, "n must be at most 20000 .* got 30000"),
        ({"lam": 0.0}, "lam must be > 0"),
        ({"lam": -1.0}, "lam must be"),
        ({"lam": 1e-30}, "lam must be > 0 and >= 2.22e-16"),
        ({"kernel": ks.linear() - 1}, "K must be positive semi-definite"),
        ({"f": "1e200*x1"}, "f and noise must have values up to 1e.150"),
        ({"noise": 1e200}, "noise must be from 0 to 1e.150"),
        ({"noise": -0.1}, "noise must be"),
        ({"draws": 1}, "draws must be"),
        ({"test_points": 0}, "test_points must be"),
        ({"test_points": 10**9}, "test_points must be"),
        ({"rng": "seed"}, "rng must be"),
        ({"progress": 3}, "progress must be"),
    ],
)
def test_bad_input_is_met_at_the_door(arguments: dict[str, Any], words: str) -> None:
    right: dict[str, Any] = {"kernel": ks.rf(2), "f": "x1", "d": 3, "n": 5, "lam": 0.1}
    with pytest.raises((TypeError, ValueError), match=words):
        measured(**(right | arguments))
