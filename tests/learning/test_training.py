"""Networks in training: matrix exponentials and steps in mpmath, ridge regression, noise, units, errors."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from kernelspec import regression
from kernelspec.learning import posterior, training
from kernelspec.learning.trained import Training
from oracle import training as oracle

N, Q = 4, 2


@functools.cache
def problem(outputs: int = 2) -> dict[str, Any]:
    """Kernels of N training and Q test points that do not commute, and targets."""
    rng = np.random.default_rng(18)
    ntk, nngp = (half @ half.T / 6 for half in rng.standard_normal((2, N + Q, 6)))
    return {"ntk": ntk, "nngp": nngp, "y": rng.standard_normal((N, outputs))}


def given(ntk: Any, nngp: Any, y: Any) -> dict[str, Any]:
    return {
        "ntk": ntk[:N, :N], "ntk_cross": ntk[N:, :N], "y": y,
        "nngp": nngp[:N, :N], "nngp_cross": nngp[N:, :N], "nngp_test": nngp[N:, N:],
    }  # fmt: skip


def near(found: Training, place: int, wanted: tuple[Any, Any, float], rtol: float = 1e-12) -> None:
    mean, covariance, loss = wanted
    assert found.covariance is not None
    np.testing.assert_allclose(found.mean[place], mean, rtol, rtol * np.abs(mean).max())
    np.testing.assert_allclose(found.covariance[place], covariance, rtol, rtol * np.abs(covariance).max())
    assert found.loss[place] == pytest.approx(loss, rel=rtol)


# -- the equations themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lam", "noise"), [(0.0, 0.0), (0.02, 0.0), (0.02, 0.3)])
def test_gradient_flow_is_an_exponential_of_a_matrix(lam: float, noise: float) -> None:
    ntk, nngp, y = (problem()[name] for name in ("ntk", "nngp", "y"))
    times = [0.0, 1e-9, 0.1, 3.0, 40.0, math.inf]
    found = training(**given(ntk, nngp, y), times=times, lam=lam, noise=noise)
    for place, t in enumerate(times):
        near(found, place, oracle.trained(ntk[:, :N], nngp, y, t, s=N * lam, noise=noise), 1e-11)


@pytest.mark.parametrize("part", [1e-3, 0.5, 0.9, 1.0, 1.9, 1.999])  # of 1/(largest eigenvalue + n lambda)
def test_gradient_descent_is_a_loop_of_steps(part: float) -> None:
    ntk, nngp, y = (problem()[name] for name in ("ntk", "nngp", "y"))
    lam = 0.02
    rate = part / (np.linalg.eigvalsh(ntk[:N, :N])[-1] + N * lam)
    steps = [0, 1, 2, 3, 50, 51, math.inf]
    found = training(**given(ntk, nngp, y), times=steps, lam=lam, noise=0.1, rate=rate)
    for place, t in enumerate(steps):
        near(found, place, oracle.trained(ntk[:, :N], nngp, y, t, s=N * lam, rate=rate, noise=0.1), 1e-11)


def test_small_rates_are_gradient_flow() -> None:
    ntk, nngp, y = (problem()[name] for name in ("ntk", "nngp", "y"))
    flow = training(**given(ntk, nngp, y), times=2.0)
    gaps = []
    for steps in (1000, 2000):
        descent = training(**given(ntk, nngp, y), times=steps, rate=2.0 / steps)
        gaps.append(np.abs(descent.mean - flow.mean).max())
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.01)


def test_what_was_learnt_in_a_tiny_time() -> None:
    """K(x, X) t y, to all digits; the steps of a tiny rate add up."""
    ntk, _, y = (problem()[name] for name in ("ntk", "nngp", "y"))
    first = ntk[N:, :N] @ y
    for found in (
        training(ntk[:N, :N], y, [1e-200], ntk_cross=ntk[N:, :N]).mean[0] / 1e-200,
        training(ntk[:N, :N], y, [10**6], ntk_cross=ntk[N:, :N], rate=1e-40).mean[0] / 1e-34,
    ):
        np.testing.assert_allclose(found, first, 1e-13)


def test_an_even_and_an_odd_number_of_steps_beyond_the_middle() -> None:
    """(1 - 1.5)^t for one point."""
    found = training([[1.0]], [1.0], [2, 3, 2**53 - 1, 2**53], rate=1.5)
    assert found.train_mean.ravel().tolist() == [0.75, 1.125, 1.0, 1.0]
    assert training([[1.0]], [1.0], [0, 1], rate=1.0).train_mean.ravel().tolist() == [0.0, 1.0]
    # 1 - (-1 + 2^-52)^t, close to the limit of stability
    slow = training([[1.0]], [1.0], [2**52, 2**52 + 1], rate=2 - 2**-52).train_mean.ravel()
    np.testing.assert_allclose(slow, [-math.expm1(-1), 1 + math.exp(-1)], 1e-15)


def test_what_is_not_seen_is_not_learnt() -> None:
    """A point twice with two targets: their mean is learnt, their difference stays, for all times."""
    base = problem()["ntk"]
    twice = [0, 1, 1]
    ntk, cross = base[np.ix_(twice, twice)], base[N:, twice]
    y = np.array([0.3, 1.0, 2.0])
    found = training(ntk, y, [1e-3, 1.0, 1e30, math.inf], ntk_cross=cross)
    assert found.eigenvalues[-1] == 0
    np.testing.assert_allclose(found.train_mean[:, 1], found.train_mean[:, 2], 1e-12)
    np.testing.assert_allclose(found.train_mean[2:], [[0.3, 1.5, 1.5]] * 2, 1e-12)
    np.testing.assert_allclose(found.loss[2:], [0.5 / 3] * 2, 1e-12)
    once = training(base[:2, :2], [0.3, 1.5], [math.inf], ntk_cross=base[N:, :2])
    np.testing.assert_allclose(found.mean[2:], [once.mean[0]] * 2, 1e-11)
    nothing = training(np.zeros((2, 2)), [1.0, 2.0], [5, math.inf], ntk_cross=np.zeros((1, 2)), rate=100.0)
    assert not nothing.mean.any() and not nothing.train_mean.any() and nothing.loss.tolist() == [2.5, 2.5]


# -- the limit ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outputs", [1, 3])
def test_gradient_descent_tends_to_ridge_regression(outputs: int) -> None:
    ntk, _, y = problem(outputs).values()
    y = y[:, 0] if outputs == 1 else y
    for lam in (1e-6, 0.1, 3.0):
        path = regression.ridge_path(ntk[:N, :N], y, [lam])
        wanted = regression.predict(path, ntk[N:, :N])[0]
        for rate, t in ((None, math.inf), (None, 1e9), (0.1, math.inf), (0.1, 10**9)):
            found = training(ntk[:N, :N], y, t, ntk_cross=ntk[N:, :N], rate=rate, lam=lam)
            np.testing.assert_allclose(found.mean[0], wanted, 1e-12, 1e-12 * np.abs(wanted).max())
    ridgeless = training(ntk[:N, :N], y, math.inf, ntk_cross=ntk[N:, :N])
    np.testing.assert_allclose(ridgeless.mean[0], ntk[N:, :N] @ np.linalg.solve(ntk[:N, :N], y), 1e-11)
    np.testing.assert_allclose(ridgeless.train_mean[0], y, 1e-12)
    assert ridgeless.loss[0] == 0


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.5])
def test_the_posterior_of_a_gaussian_process(noise: float) -> None:
    _, nngp, y = problem().values()
    found = posterior(nngp[:N, :N], y, noise, nngp_cross=nngp[N:, :N], nngp_test=nngp[N:, N:])
    solved = np.linalg.solve(nngp[:N, :N] + noise**2 * np.eye(N), nngp[:N, N:])
    np.testing.assert_allclose(found.mean[0], solved.T @ y, 1e-11)
    assert found.covariance is not None and found.lam == pytest.approx(noise**2 / N)
    np.testing.assert_allclose(found.covariance[0], nngp[N:, N:] - nngp[N:, :N] @ solved, 1e-11, 1e-13)
    # the last layer alone is trained, every network with noise of its own
    long = training(**given(nngp, nngp, y), times=1e9 if noise else math.inf, lam=noise**2 / N, noise=noise)
    assert long.covariance is not None
    np.testing.assert_allclose(long.covariance, found.covariance, 1e-9, 1e-12)


def test_rounded_kernels_of_close_points() -> None:
    """float32, nearly singular: variances stay above 0 as far as float32 goes, and nothing is refused."""
    points = np.linspace(0, 1, 120)
    whole = np.exp(-((points[:, None] - points) ** 2)).astype(np.float32)
    train, cross, test = whole[::2, ::2], whole[1::2, ::2], whole[1::2, 1::2]
    found = posterior(train, np.sin(points[::2]), 0.0, nngp_cross=cross, nngp_test=test)
    assert np.abs(found.mean[0] - np.sin(points[1::2])).max() < 1e-2
    assert found.standard_deviation.max() < 0.05


# -- units -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [-700, 700])
def test_kernels_of_any_size(power: int) -> None:
    """2^p K for the time t is K for 2^p t."""
    ntk, _, y = problem().values()
    wanted = training(ntk[:N, :N], y, [0.5, 2.0, math.inf], ntk_cross=ntk[N:, :N], lam=0.1)
    times = np.ldexp(wanted.times, -power)
    cross = np.ldexp(ntk[N:, :N], power)
    found = training(np.ldexp(ntk[:N, :N], power), y, times, ntk_cross=cross, lam=math.ldexp(0.1, power))
    np.testing.assert_allclose(found.mean, wanted.mean, 1e-14)
    wanted = training(ntk[:N, :N], y, [7], ntk_cross=ntk[N:, :N], rate=0.25)
    found = training(np.ldexp(ntk[:N, :N], power), y, [7], ntk_cross=cross, rate=math.ldexp(0.25, -power))
    np.testing.assert_allclose(found.mean, wanted.mean, 1e-14)
    np.testing.assert_allclose(found.eigenvalues, np.ldexp(wanted.eigenvalues, power), 1e-14)


# -- what is asked of the result ---------------------------------------------------------------------------------------


def test_errors_at_test_points_and_early_stopping() -> None:
    """Noisy targets: the error falls, and rises again. By 4000 networks that are drawn."""
    ntk, nngp, y = problem().values()
    times = np.logspace(-2, 3, 30)
    found = training(**given(ntk, nngp, y), times=times)
    truth = found.mean[10] + 0.01
    error = found.test_error(truth)
    assert 0 < int(np.argmin(error)) < len(times) - 1
    assert found.stopping_time(truth) == times[np.argmin(error)]
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(N + Q), nngp, (4000, 2)).transpose(2, 0, 1)
    t, values = times[20], np.linalg.eigh(ntk[:N, :N])
    learnt = (values[1] * (-np.expm1(-values[0] * t) / values[0])) @ values[1].T
    outputs = draws[N:] + np.tensordot(ntk[N:, :N] @ learnt, y[:, None] - draws[:N], 1)
    errors = ((outputs - truth[:, None]) ** 2).sum(axis=2).mean(axis=0)
    assert abs(errors.mean() - error[20]) < 3 * errors.std() / np.sqrt(len(errors))
    flat = training([[1.0]], [0.0], [4.0, 2.0, 8.0], ntk_cross=[[1.0]])
    assert flat.stopping_time([1.0]) == 2.0


def test_networks_that_are_the_same_have_no_covariance() -> None:
    ntk, _, y = problem().values()
    found = training(ntk[:N, :N], y, [1.0], ntk_cross=ntk[N:, :N])
    assert found.covariance is None and not found.standard_deviation.any()
    noisy = training(ntk[:N, :N], y, [math.inf], ntk_cross=ntk[N:, :N], noise=0.5)
    right = ntk[N:, :N] @ np.linalg.inv(ntk[:N, :N])
    assert noisy.covariance is not None
    np.testing.assert_allclose(noisy.covariance[0], 0.25 * right @ right.T, 1e-10)
    assert noisy.loss[0] == pytest.approx(2 * 0.25)  # every network fits its own targets
    alone = training(ntk[:N, :N], y, [1.0, 2.0])
    assert alone.mean.shape == (2, 0, 2) and alone.train_mean.shape == (2, N, 2)
    with pytest.raises(ValueError, match="y must have shape"):
        alone.test_error(np.empty((0, 2)))


def test_looks() -> None:
    ntk, nngp, y = problem().values()
    flow = training(**given(ntk, nngp, y), times=[0.0, 1.0, math.inf], lam=0.1)
    assert flow.table().columns == ("time", "training loss", "test deviation")
    assert (
        "Gradient flow of infinitely wide networks, lambda = 0.1: 4 training points, 2 test points"
        in flow._repr_html_()
    )
    descent = training(ntk[:N, :N], y, [1, 10, 100, math.inf], rate=0.1)
    assert repr(descent).split()[:3] == ["step", "training", "loss"] and descent.table()[1]["step"] == 10
    ax = flow.plot(label="flow")
    assert ax.get_xscale() == "log" and len(ax.get_lines()) == 2  # a point, and the limit
    descent.plot(ax)
    assert len(ax.get_lines()) == 3  # its limit is 0
    assert len(flow.plot(asymptote=False).get_lines()) == 1
    with pytest.raises(ValueError, match="asymptote must be False"):
        training(ntk[:N, :N], y, [1.0]).plot(asymptote=True)


# -- the door ----------------------------------------------------------------------------------------------------------


def test_gradient_descent_that_diverges_is_refused() -> None:
    limit = 2 / 3.0
    assert training([[3.0]], [1.0], [1], rate=np.nextafter(limit, 0)).loss[0] <= 1
    for rate in (np.nextafter(limit, 1), 1.0):
        with pytest.raises(ValueError, match=r"rate must be < 2/\(largest eigenvalue \+ n lambda\) = 0\.666667"):
            training([[3.0]], [1.0], [1], rate=rate)
    with pytest.raises(ValueError, match=r"= 0\.5, where gradient descent diverges; got 0\.6"):
        training([[3.0]], [1.0], [1], rate=0.6, lam=1.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"times": [1.0, -1.0]}, r"times must be >= 0, infinity included; got -1\.0"),
        ({"times": math.nan}, "times must be"),
        ({"times": []}, r"times must be one or more numbers; got shape \(0,\)"),
        ({"times": [[1.0]]}, "times must be one or more"),
        ({"times": 1.5, "rate": 0.01}, r"times must be steps, integers from 0 .* infinity, with a rate; got 1\.5"),
        ({"times": 2.0**54, "rate": 0.01}, "times must be steps"),
        ({"rate": 0.0}, "rate must be > 0"),
        ({"lam": 1e308}, "lam must be such that n lam is a float"),
        ({"ntk": np.diag([1.0, 1, 1, -1])}, "ntk must be positive semi-definite"),
        ({"nngp": np.diag([1.0, 1, 1, -1])}, "nngp must be positive semi-definite"),
        ({"ntk": np.eye(5)}, "y must have shape"),
        ({"ntk_cross": np.ones((2, 3))}, r"ntk_cross must have shape \(test points, 4\)"),
        ({"nngp": np.eye(3)}, r"nngp must have shape \(4, 4\)"),
        ({"nngp_cross": np.ones((3, 4))}, r"nngp_cross must have shape \(2, 4\)"),
        ({"nngp_test": np.eye(3)}, r"nngp_test must have shape \(2, 2\)"),
        ({"nngp_test": None}, "nngp_test must be given"),
        ({"nngp": None}, "nngp_cross must be None where nngp is"),
        ({"ntk_cross": None}, "nngp_cross must be None where ntk_cross is"),
        ({"nngp_test": -np.eye(2)}, "a variance is -"),
        ({"nngp_cross": 9 * problem()["ntk"][N:, :N], "times": 1e3}, "nngp_test must come from one"),
        ({"ntk_cross": np.full((2, 4), 1e300), "y": np.full(4, 1e140)}, "overflow float64"),
        ({"y": np.full(4, 1e151)}, r"y must have values up to 1e\+150"),
    ],
)  # fmt: skip
def test_what_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        training(**{**given(**problem()), "times": [1.0], **change})


def test_a_posterior_needs_both_kernels_of_test_points() -> None:
    with pytest.raises(ValueError, match="nngp_cross and nngp_test must be given together"):
        posterior(np.eye(2), [1.0, 2.0], 0.1, nngp_cross=np.ones((1, 2)))
