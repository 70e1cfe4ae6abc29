"""Learning curves of spectra: the equations in mpmath, and kernel ridge regression on the cube; whole cycles."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Eigenspace, Model
from kernelspec.ckn.spectra.cycle import orbits
from kernelspec.rkhs.learning_curves import learning_curve
from oracle import convolutional_spectra as oracle

SERIES = ks.parse("0.2*linear() + 0.2*polynomial(2) + 0.2*polynomial(3) + 0.2*polynomial(4) + 0.2*polynomial(5)")


def cube(p: int, q: int, pool: Any = None, border: str = "circular") -> Model:
    layer = ckn.Layer(q, SERIES, pool, border=border, normalized=True)
    return Model(ckn.Network([layer]), p, "cube")


@pytest.mark.parametrize(("n", "ridge", "noise"), [(3, 0.0, 0.0), (40, 0.0, 0.5), (17, 1e-3, 0.1), (5000, 1e-2, 1.0)])
def test_the_equations_in_mpmath(n: int, ridge: float, noise: float) -> None:
    model = cube(8, 4, ckn.average(2))
    spaces = model.eigenvalues(10**6)
    target = {spaces[2]: 0.75, spaces[5]: 0.25, Eigenspace(0.0, 1, (8,)): 0.125}
    found = model.learning_curve(target, n, ridge, noise)
    with mp.workdps(40):
        mu = [(mp.mpf(space.value), space.multiplicity) for space in spaces]

        def missing(kappa: Any) -> Any:
            return mp.fsum(m * x / (x + kappa) for x, m in mu) + n * mp.mpf(ridge) / kappa - n

        rank = sum(m for _, m in mu)
        if ridge == 0 and n >= rank:
            kappa = mp.mpf(0)
        else:
            low, high = mp.mpf("1e-9"), mp.mpf(10)
            for _ in range(130):
                middle = mp.sqrt(low * high)
                low, high = (middle, high) if missing(middle) > 0 else (low, middle)
            kappa = low
        squares = mp.fsum(m * (x / (x + kappa)) ** 2 for x, m in mu)
        coefficient = n / (n - squares)
        bias = mp.fsum(p * (kappa / (x.value + kappa)) ** 2 for x, p in target.items() if x.value) + mp.mpf(0.125)
        wanted = coefficient * (bias + mp.mpf(noise) ** 2)
    assert found.lower[0] <= found.upper[0] < found.lower[0] * (1 + 1e-8)
    assert found.error[0] == pytest.approx(float(wanted), rel=1e-8)  # kappa is enclosed to 1e-9
    assert found.kappa[0] == pytest.approx(float(kappa), rel=1e-8)
    assert found.overfitting[0] == pytest.approx(float(coefficient), rel=1e-8)
    learned = [float(x.value / (x.value + kappa)) if x.value else 0.0 for x in target]
    assert found.learnability[0] == pytest.approx(learned, rel=1e-8)


def test_bounds_hold_the_answer_of_a_spectrum_without_end() -> None:
    """An infinite spectrum whose tail is left out: bounds from fewer eigenspaces hold those from more."""
    model = Model(ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.average(2), border="circular")]), 6)
    part = [(model.eigenspace((2,), 0).value, 1.0)]
    coarse = learning_curve(lambda count: model.levels(30), part, [10, 100], noise=0.1)
    fine = model.learning_curve({model.eigenspace((2,), 0): 1.0}, [10, 100], noise=0.1)
    assert np.all((coarse.lower <= fine.lower) & (fine.upper <= coarse.upper))
    assert np.all(fine.upper < fine.lower * (1 + 1e-6))


@pytest.mark.parametrize("kernel", [ks.arccos(1), ks.polynomial(3), ks.exponential(1.0), ks.laplace()])
@pytest.mark.parametrize(("p", "n", "pool"), [(3, 6, ckn.average(2)), (2, 4, None), (4, 4, ckn.average(4))])
def test_nodes_stand_for_eigenvalues(kernel: Any, p: int, n: int, pool: Any) -> None:
    """The same curve from nodes and from eigenvalues one by one, whose bounds are wider where they fall slowly."""
    model = Model(ckn.Network([ckn.Layer(p, kernel, pool, border="circular")]), n)
    first = model.eigenvalues(2)[-1]
    by_nodes = model.learning_curve({first: 1.0}, [1, 7, 60], 1e-3)
    one_by_one = learning_curve(lambda count: model.levels(100), [(first.value, 1.0)], [1, 7, 60], 1e-3)
    assert np.all(by_nodes.lower <= one_by_one.upper * (1 + 1e-12))
    assert np.all(one_by_one.lower <= by_nodes.upper * (1 + 1e-12))
    assert np.all(by_nodes.upper <= by_nodes.lower * (1 + 1e-8))


def test_a_spectrum_that_falls_slowly() -> None:
    model = Model(ckn.Network([ckn.Layer(3, ks.laplace(), ckn.average(4), border="circular")]), 4)
    space = model.eigenspace((1,), 0)
    curve = model.learning_curve({space: 1.0}, np.geomspace(10, 10**5, 20).astype(int))
    assert np.all(curve.upper <= curve.lower * (1 + 1e-7))


def test_ridge_regression_follows_the_prediction() -> None:
    """Means over 30 draws of all of {-1, 1}^10: within 3 standard errors and 5 percent of the prediction (a theory)."""
    p, q, n, ridge = 10, 5, 40, 1e-3
    x = oracle.signals(p)
    matrix = oracle.cube_matrix(SERIES, p, q, oracle.pooling(p, [0.5, 0.5]))
    target = sum(np.prod(x[:, [i % p, (i + 1) % p]], axis=1) for i in range(p)) / math.sqrt(p)
    rng, errors = np.random.default_rng(0), []
    for _ in range(30):
        chosen = rng.integers(0, len(x), n)
        weights = np.linalg.solve(matrix[np.ix_(chosen, chosen)] + n * ridge * np.eye(n), target[chosen])
        errors.append(float(np.mean((matrix[:, chosen] @ weights - target) ** 2)))
    model = cube(p, q, ckn.average(2))
    predicted = float(model.learning_curve({model.eigenspace((2,), 0, 2): 1.0}, n, ridge).error[0])
    slack = 3 * np.std(errors, ddof=1) / math.sqrt(len(errors)) + 0.05 * predicted
    assert abs(np.mean(errors) - predicted) < slack
    assert 0.05 < predicted < 0.9


def half(model: Model, space: Eigenspace) -> float:
    """The number of samples at which the predicted error is a half."""
    low, high = 1, 10**6
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if model.learning_curve({space: 1.0}, middle).error[0] > 0.5 else (low, middle)
    return high


def test_published_sample_complexities() -> None:
    """Misiakiewicz & Mei 2021, figure 1: p = 30, q = 10, omega = 5, degree 3: ratios of p, omega and (p/q)^2."""
    p, q, omega = 30, 10, 5
    models = {
        "full": cube(p, p, border="valid"),
        "full, pooled": cube(p, p, ckn.average(p)),
        "patches": cube(p, q),
        "local": cube(p, q, ckn.average(omega)),
        "global": cube(p, q, ckn.average(p)),
    }
    n = {name: half(model, model.eigenspace((3,), 0, 3)) for name, model in models.items()}
    assert n["full"] > n["patches"] > n["full, pooled"] > n["local"] > n["global"]
    # Powers up to constants: 4842, 165, 571, 125 and 21 samples, whose ratios are 29.3, 4.57, 27.2 and 8.48.
    assert n["full"] / n["full, pooled"] == pytest.approx(p, rel=0.1)
    assert n["patches"] / n["local"] == pytest.approx(omega, rel=0.1)
    assert n["patches"] / n["global"] == pytest.approx(p, rel=0.1)
    assert n["full"] / n["patches"] == pytest.approx((p / q) ** 2, rel=0.1)
    high = models["local"].eigenspace((3,), p // 2, 3)  # the alternating sum: kappa_j = 1/omega, not omega
    assert half(models["local"], high) > 2 * n["patches"]
    with pytest.raises(ValueError, match="none with"):
        models["global"].eigenspace((3,), p // 2, 3)


CYCLES = [(2, None), (4, ckn.average(2)), (6, ckn.average(3)), (6, ckn.average(6)), (8, ckn.gaussian(1)), (8, None)]


@pytest.mark.parametrize(("n", "pool"), CYCLES)
def test_whole_cycles_against_all_signals(n: int, pool: Any) -> None:
    taps = [1.0] if pool is None else list(pool.taps)
    layer = ckn.Layer(n, ks.ntk(3), pool, border="circular", normalized=True)
    model = Model(ckn.Network([layer]), n, "cube")
    wanted = np.linalg.eigvalsh(oracle.cube_matrix(ks.ntk(3), n, n, oracle.pooling(n, taps)))[::-1] / 2**n
    found = model.eigenvalues(2**n).values
    assert np.abs(np.append(found, np.zeros(2**n - len(found))) - wanted).max() < 4e-15 * wanted[0]
    levels = model.levels(1)
    assert model.trace() == pytest.approx(np.sum(wanted), rel=4e-15)
    assert np.sum(levels.upper * levels.multiplicity_upper) == pytest.approx(np.sum(wanted), rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 6, 12])
def test_orbits_are_counted(n: int) -> None:
    for size in range(n + 1):
        assert sum(orbits(n, size, j) for j in range(n)) == math.comb(n, size)
        assert orbits(n, size, 1) <= orbits(n, size, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 0}, "n must be"),
        ({"n": [1.5]}, "n must be"),
        ({"ridge": -1.0}, "ridge must be"),
        ({"noise": math.nan}, "noise must be"),
        ({"target": {0.5: 1.0}}, "target must be"),
        ({"target": {Eigenspace(1.0, 1, ()): -1.0}}, "target must be"),
    ],
)
def test_bad_curves(arguments: Any, words: str) -> None:
    model = cube(8, 3)
    with pytest.raises((TypeError, ValueError), match=words):
        model.learning_curve(**({"target": {Eigenspace(1.0, 1, ()): 1.0}, "n": 5} | arguments))


def test_curves_are_looked_at() -> None:
    model = cube(8, 3)
    curve = model.learning_curve({model.eigenspace((1,)): 1.0}, [1, 10, 100])
    assert curve.table().column("n") == [1, 10, 100]
    assert repr(curve) == repr(curve.table()) and "<table" in curve._repr_html_()
    (line,) = curve.plot().get_lines()
    assert np.array_equal(line.get_ydata(), curve.error)
    (steps,) = model.plot(n=50).get_lines()
    assert np.asarray(steps.get_ydata())[0] == model.eigenvalues(1)[0].value
    assert "<table" in model._repr_html_() and "domain='cube'" in repr(model)
    assert model.table(5).column("degrees")[0] == "0"


def test_more_samples_than_eigenvalues() -> None:
    """Three eigenvalues and no ridge: kappa is 0, and the noise is that of a least squares fit, n/(n - 3)."""
    model = ckn.spectra.Model(ckn.Network([ckn.Layer(3, ks.linear())]), 1)
    curve = model.learning_curve({model.eigenspace((1,)): 1.0}, [4, 10], noise=0.5)
    np.testing.assert_allclose(curve.error, [0.25 * 4 / 1, 0.25 * 10 / 7], rtol=1e-14)
    assert np.all(curve.kappa == 0)
