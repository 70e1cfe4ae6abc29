"""The lambda of a path, chosen by points that were held out, and by leaving out training points."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernelspec.regression import RidgePath, leave_one_out, ridge_path, select

LAMBDAS = np.array([1e-4, 1.0, 1e-2])


def gram_of(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-np.abs(x[:, None] - z[None])))


@given(seed=st.integers(0, 10**6), outputs=st.sampled_from([None, 1, 3]), score=st.sampled_from(["mse", "accuracy"]))
def test_scores_are_those_of_refitting(seed: int, outputs: int | None, score: Any) -> None:
    rng = np.random.default_rng(seed)
    shape = () if outputs is None else (outputs,)
    x, y = rng.uniform(-2, 2, 12), rng.standard_normal((12, *shape))
    z, w = rng.uniform(-2, 2, 5), rng.standard_normal((5, *shape))
    path = ridge_path(gram_of(x, x), y, LAMBDAS, leave_one_out=True)

    def right(values: np.ndarray, truth: np.ndarray) -> float:
        if score == "mse":
            return float(np.mean((values - truth) ** 2))
        if outputs == 3:
            return float(np.mean([np.argmax(a) == np.argmax(b) for a, b in zip(values, truth, strict=True)]))
        return float(np.mean(np.sign(values) == np.sign(truth)))

    held, alone = [], []
    for size in LAMBDAS:
        held.append(right(gram_of(z, x) @ np.linalg.solve(gram_of(x, x) + 12 * size * np.eye(12), y), w))
        values = np.empty_like(y)
        for i in range(12):
            others = np.delete(np.arange(12), i)
            shifted = gram_of(x[others], x[others]) + 12 * size * np.eye(11)
            values[i] = gram_of(x[[i]], x[others])[0] @ np.linalg.solve(shifted, y[others])
        alone.append(right(values, y))
    for found, wanted in ((select(path, gram_of(z, x), w, score), held), (leave_one_out(path, y, score), alone)):
        np.testing.assert_allclose(found.scores, wanted, rtol=1e-9)
        best = max(wanted) if score == "accuracy" else min(wanted)
        assert wanted[found.best] == pytest.approx(best, rel=1e-9)
        assert found.lambda_ == LAMBDAS[found.best]
        np.testing.assert_array_equal(found.coefficients, path.coefficients[found.best])


def test_the_largest_of_the_best_is_taken() -> None:
    path = ridge_path(np.eye(3), [1.0, -1.0, 1.0], [0.1, 1.0, 0.5], leave_one_out=True)
    found = select(path, np.eye(3), [1.0, -1.0, 1.0], score="accuracy")
    assert found.lambda_ == 1.0 and found.scores.tolist() == [1.0, 1.0, 1.0] and found.at_an_end
    assert repr(found) == "<Selection: lambda = 1 of 3, accuracy 1 by validation, at an end of the path>"
    middle = select(RidgePath(path.lambdas, np.array([[0.0], [0.5], [1.0]]), "eigh"), [[1.0]], [1.0])
    assert middle.lambda_ == 0.5 and not middle.at_an_end
    assert not select(RidgePath(np.ones(1), np.ones((1, 1)), "eigh"), [[1.0]], [1.0]).at_an_end


def test_what_is_refused() -> None:
    path = ridge_path(np.eye(3), np.ones(3), [0.1])
    with pytest.raises(ValueError, match=r"y must have shape \(3,\).*\(2,\)"):
        select(path, np.eye(3), np.ones(2))
    with pytest.raises(ValueError, match=r"y must have shape \(3,\)"):
        select(path, np.eye(3), np.ones((3, 1)))
    with pytest.raises(ValueError, match="score must be 'mse' or 'accuracy'; got 'r2'"):
        select(path, np.eye(3), np.ones(3), score="r2")  # type: ignore[arg-type]  # the wrong word is the test
    with pytest.raises(ValueError, match="y must not be 0 where score is 'accuracy'"):
        select(path, np.eye(3), [1.0, 0.0, -1.0], score="accuracy")
    with pytest.raises(ValueError, match="path must be made with leave_one_out=True"):
        leave_one_out(path, np.ones(3))
    with pytest.raises(TypeError, match="path must be a RidgePath"):
        leave_one_out(3, np.ones(3))  # type: ignore[arg-type]  # the wrong type is the test
    with pytest.raises(ValueError, match=r"y must be at most 1e\+150"):
        select(path, np.eye(3), np.full(3, 1e200))


def test_it_is_drawn_and_tabled() -> None:
    path = ridge_path(np.eye(3), [1.0, -1.0, 1.0], [0.1, 1.0, 0.5], leave_one_out=True)
    found = leave_one_out(path, [1.0, -1.0, 1.0])
    assert [row["lambda"] for row in found.table() if row["best"]] == [found.lambda_]
    assert "<table" in found._repr_html_()
    ax = found.plot(label="mine")
    curve, mark = ax.get_lines()
    np.testing.assert_array_equal(curve.get_xdata(), [0.1, 0.5, 1.0])
    assert list(np.asarray(mark.get_xdata())) == [found.lambda_] * 2 and ax.get_ylabel().endswith("(leave-one-out)")
    assert len(found.plot(asymptote=False).get_lines()) == 1
    plt.close("all")
