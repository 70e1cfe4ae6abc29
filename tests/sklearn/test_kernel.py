"""Kernels of this library in scikit-learn: hyper-parameters, gradients, and the estimators that take them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks

kernels = pytest.importorskip("sklearn.gaussian_process.kernels")
from scipy.optimize import approx_fprime  # noqa: E402 - where there is scikit-learn
from sklearn.base import clone  # noqa: E402
from sklearn.decomposition import KernelPCA  # noqa: E402
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor  # noqa: E402
from sklearn.kernel_approximation import Nystroem  # noqa: E402
from sklearn.kernel_ridge import KernelRidge  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.svm import SVC, SVR  # noqa: E402

from kernelspec import ckn  # noqa: E402
from kernelspec.sklearn import Kernel, KernelMatrix  # noqa: E402

RNG = np.random.default_rng(0)
X, NEW = RNG.standard_normal((40, 4)), RNG.standard_normal((10, 4))
Y = np.sin(2 * X[:, 0]) + X[:, 1]
LABELS = Y > 0

VARYING = [
    Kernel(ks.laplace(2)),
    Kernel(ks.laplace(2), normalize=True, gamma_bounds="fixed"),
    Kernel(ks.exponential(0.5) + 0.5 * ks.laplace(2) * ks.ntk(2)),
    Kernel(ks.rf(3) @ ks.cauchy(2, 1, 0.25)),
    Kernel(ks.mlp, depth=2, slope=0.3),
    Kernel(ks.mlp, depth=3, slope=0.3, weight_variance=1.5, bias_variance=0.2, tangent=True),
    Kernel(ks.resnet, depth=3, alpha=0.7, tangent=True),
    Kernel(ks.matern, nu=1.5, scale=0.7),
    Kernel(ks.rational_quadratic(2, 0.5)),
    Kernel(ks.dual, activation="elu", alpha=0.7),
]


@pytest.mark.parametrize("kernel", VARYING, ids=repr)
def test_gradients_are_those_of_the_matrix(kernel: Any) -> None:
    """Their size is tested in tests/kernels; here their order, their logarithms, and their matrices."""
    K, gradient = kernel(X, eval_gradient=True)
    assert gradient.shape == (40, 40, kernel.n_dims) and kernel.n_dims > 0
    np.testing.assert_array_equal(K, kernel(X))
    np.testing.assert_array_equal(np.diagonal(K), kernel.diag(X))
    np.testing.assert_array_equal(gradient, gradient.transpose(1, 0, 2))
    step = 1e-3
    for i, way in enumerate(np.eye(kernel.n_dims)):
        K4, K3, K2, K1 = (kernel.clone_with_theta(kernel.theta + s * step * way)(X) for s in (2, 1, -1, -2))
        # Five points err by step^4 times the fifth derivative in the logarithm.
        np.testing.assert_allclose(gradient[..., i], (8 * (K3 - K2) - (K4 - K1)) / (12 * step), rtol=0, atol=1e-8)


def test_conduct_of_a_kernel() -> None:
    kernel = Kernel(ks.mlp, depth=3, slope=0.1, bias_variance=0.05, bias_variance_bounds="fixed")
    assert [each.name for each in kernel.hyperparameters] == ["slope", "weight_variance", "bias_variance"]
    np.testing.assert_allclose(np.exp(kernel.theta), [0.1, 2.0])
    np.testing.assert_allclose(np.exp(kernel.bounds), [[1e-5, 1.0], [1e-5, 1e5]])
    numbered = Kernel(ks.laplace(2) + ks.cauchy(gamma=0.25))  # c_1, gamma_1, alpha, c_2, gamma_2
    highest = {each.name: each.bounds[0, 1] for each in numbered.hyperparameters}
    assert highest == {"c_1": 1e5, "gamma_1": 1.0, "c_2": 1e5, "gamma_2": 1.0, "alpha": 1e5}
    for other in (clone(kernel), pickle.loads(pickle.dumps(kernel)), Kernel(**kernel.get_params())):
        assert other == kernel and other is not kernel and other.zonal == kernel.zonal
        np.testing.assert_array_equal(other(X), kernel(X))
    assert kernel.slope == 0.1 and kernel.depth == 3 and kernel.slope_bounds == (1e-5, 1.0)
    moved = kernel.clone_with_theta(np.log([0.2, 1.5]))
    assert moved.zonal == ks.mlp(3, slope=0.2, weight_variance=1.5, bias_variance=0.05)
    assert kernel.zonal == ks.mlp(3, slope=0.1, bias_variance=0.05) and moved != kernel
    assert repr(moved) == "Kernel(mlp(3, slope=0.2, weight_variance=1.5, bias_variance=0.05))"
    assert not kernel.is_stationary() and kernel.requires_vector_input
    assert kernel.set_params(depth=5).zonal == ks.mlp(5, slope=0.1, bias_variance=0.05)
    assert kernel.set_params(kernel=ks.ntk(2)).zonal == ks.ntk(2) and kernel.n_dims == 0
    assert Kernel(ks.ntk, depth=4).zonal == ks.ntk(4)
    assert Kernel(ks.laplace(2), normalize=True)(X)[0, 0] == 1.0
    K, gradient = Kernel(ks.ntk(3))(X, eval_gradient=True)
    assert gradient.shape == (40, 40, 0) and K.shape == (40, 40)


def test_exact_numbers_stay() -> None:
    kernel = Kernel(ks.laplace(Fraction(1, 3)) + ks.ntk(2))
    assert clone(kernel).zonal == kernel.zonal == ks.laplace(Fraction(1, 3)) + ks.ntk(2)
    assert kernel.set_params(c=0.1).zonal == ks.laplace(0.1) + ks.ntk(2)


def test_algebra_of_scikit_learn() -> None:
    kernel = kernels.ConstantKernel(2.0) * Kernel(ks.laplace(2)) + kernels.WhiteKernel(0.1)
    K, gradient = kernel(X, eval_gradient=True)
    np.testing.assert_allclose(K, 2 * ks.laplace(2).gram(X) + 0.1 * np.eye(40), rtol=1e-15)
    assert gradient.shape == (40, 40, 4)
    np.testing.assert_allclose(kernel.diag(X), np.diagonal(K), rtol=1e-15)
    power = 1.5 * Kernel(ks.rf(2), normalize=True) ** 2
    np.testing.assert_allclose(power(X, NEW), 1.5 * ks.rf(2).gram(X, NEW, normalize=True) ** 2, rtol=1e-15)


@pytest.mark.parametrize("kernel", VARYING[:6], ids=repr)
def test_the_gradient_of_the_likelihood(kernel: Any) -> None:
    model = GaussianProcessRegressor(kernels.ConstantKernel(2.0) * kernel + kernels.WhiteKernel(0.1), optimizer=None)
    model.fit(X, Y)
    theta = model.kernel_.theta
    value, slope = model.log_marginal_likelihood(theta, eval_gradient=True)
    # A difference of values that are known to 1e-13 of themselves, over 1e-6.
    wanted = approx_fprime(theta, model.log_marginal_likelihood, 1e-6)
    np.testing.assert_allclose(slope, wanted, rtol=0, atol=1e-5 * max(1, abs(value)))


def test_gaussian_processes_fit_their_parameters() -> None:
    kernel = kernels.ConstantKernel(1.0) * Kernel(ks.laplace(20), gamma_bounds="fixed") + kernels.WhiteKernel(0.1)
    model = GaussianProcessRegressor(kernel).fit(X, Y)
    before = model.log_marginal_likelihood(kernel.theta)
    assert model.log_marginal_likelihood_value_ > before + 1
    assert model.kernel_.k1.k2.zonal != ks.laplace(20) and model.kernel_.k1.k2.gamma == 0.5
    value, slope = model.log_marginal_likelihood(model.kernel_.theta, eval_gradient=True)
    low, high = model.kernel_.bounds.T
    inside = (model.kernel_.theta > low + 1e-9) & (model.kernel_.theta < high - 1e-9)
    assert np.abs(slope[inside]).max() < 1e-3 * max(1, abs(value))  # where the optimiser ends
    assert np.all(model.predict(NEW, return_std=True)[1] > 0)
    classifier = GaussianProcessClassifier(1.0 * Kernel(ks.rational_quadratic(1, 1))).fit(X, LABELS)
    assert classifier.score(X, LABELS) > 0.8 and classifier.log_marginal_likelihood_value_ < 0


# -- the other estimators ----------------------------------------------------------------------------


def test_estimators_agree_with_precomputed_matrices() -> None:
    zonal = ks.ntk(3)
    kernel, train, cross = Kernel(zonal), zonal.gram(X), zonal.gram(NEW, X)
    for maker, target in ((SVC, LABELS), (SVR, Y), (lambda kernel: KernelRidge(alpha=0.1, kernel=kernel), Y)):
        ours = maker(kernel=kernel).fit(X, target).predict(NEW)
        theirs = maker(kernel="precomputed").fit(train, target).predict(cross)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    parts = KernelPCA(3, kernel=kernel).fit(X).transform(NEW)
    wanted = KernelPCA(3, kernel="precomputed").fit(train).transform(cross)
    np.testing.assert_allclose(np.abs(parts), np.abs(wanted), rtol=1e-6, atol=1e-9)
    features = Nystroem(kernel=kernel, n_components=40, random_state=0).fit_transform(X)
    np.testing.assert_allclose(features @ features.T, train, rtol=0, atol=1e-8 * train.max())


def test_no_estimator_calls_it_for_single_points(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, ...]] = []
    own = Kernel.__call__

    def counted(self: Any, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        calls.append(np.shape(X))
        return own(self, X, Y, eval_gradient)

    monkeypatch.setattr(Kernel, "__call__", counted)
    kernel = Kernel(ks.ntk(3))
    SVC(kernel=kernel).fit(X, LABELS).predict(NEW)
    KernelRidge(kernel=kernel).fit(X, Y).predict(NEW)
    Nystroem(kernel=kernel, n_components=20).fit(X).transform(NEW)
    KernelPCA(3, kernel=kernel).fit(X).transform(NEW)
    assert len(calls) == 8 and min(n for n, _ in calls) >= 10


def test_search_over_depth_and_lambda() -> None:
    target = np.sign(X[:, 0] * X[:, 1])
    grid: dict[str, list[Any]] = {"kernel__depth": [1, 2, 5], "alpha": [1e-3, 1e-1]}
    search = GridSearchCV(KernelRidge(kernel=Kernel(ks.ntk, depth=1)), grid, cv=4).fit(X, target)
    scores = {}
    for depth, alpha in [(depth, alpha) for depth in grid["kernel__depth"] for alpha in grid["alpha"]]:
        folds = []
        for start in range(0, 40, 10):
            held = np.arange(40) // 10 == start // 10
            K = ks.ntk(int(depth)).gram(X)
            weights = np.linalg.solve(K[~held][:, ~held] + alpha * np.eye(30), target[~held])
            error = target[held] - K[held][:, ~held] @ weights
            folds.append(1 - np.mean(error**2) / np.var(target[held]))
        scores[depth, alpha] = np.mean(folds)
    for found, parameters in zip(search.cv_results_["mean_test_score"], search.cv_results_["params"], strict=True):
        assert found == pytest.approx(scores[parameters["kernel__depth"], parameters["alpha"]], rel=1e-8)
    assert search.best_params_["kernel__depth"] > 1  # x1 x2 is not linear
    assert search.best_estimator_.kernel.zonal == ks.ntk(search.best_params_["kernel__depth"])
    classifier = GridSearchCV(SVC(kernel=Kernel(ks.ntk, depth=1)), {"kernel__depth": [1, 3], "C": [1.0, 100.0]}, cv=4)
    assert classifier.fit(X, target).best_params_["kernel__depth"] == 3
    noisy = Kernel(ks.ntk, depth=1) + kernels.WhiteKernel(0.1)
    process = GridSearchCV(GaussianProcessRegressor(noisy, optimizer=None), {"kernel__k1__depth": [1, 3]}, cv=4)
    assert process.fit(X, target).best_params_["kernel__k1__depth"] == 3


def test_matrices_as_a_step_are_cut_by_points() -> None:
    model = make_pipeline(KernelMatrix(ks.ntk(3)), SVC(kernel="precomputed"))
    whole = SVC(kernel=Kernel(ks.ntk(3)))
    np.testing.assert_array_equal(cross_val_score(model, X, LABELS, cv=4), cross_val_score(whole, X, LABELS, cv=4))
    search = GridSearchCV(model, {"kernelmatrix__kernel": [ks.linear(), ks.ntk(4)]}, cv=4)
    search.fit(X, X[:, 0] * X[:, 1] > 0)
    assert search.best_params_ == {"kernelmatrix__kernel": ks.ntk(4)}


def test_matrices_of_images() -> None:
    images = RNG.standard_normal((12, 6, 6, 1))
    labels = np.arange(12) % 2
    images[labels == 1, 2:4] += 2
    net = ckn.Network([ckn.Layer(3, ks.exponential(0.6), ckn.average(2), stride=2)])
    model = make_pipeline(KernelMatrix(net), SVC(kernel="precomputed", C=10.0)).fit(images, labels)
    theirs = SVC(kernel="precomputed", C=10.0).fit(net.gram(images), labels)
    np.testing.assert_allclose(
        model.decision_function(images), theirs.decision_function(net.gram(images, images)), rtol=1e-6
    )
    assert model.score(images, labels) == 1.0
    np.testing.assert_array_equal(KernelMatrix(net).fit_transform(images), net.gram(images))


# -- at the door ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "message", "given"),
    [
        (TypeError, "kernel must be a kernelspec kernel, or a function that makes one; got 'ntk", {"kernel": "ntk(3)"}),
        (TypeError, "kernel must be a kernelspec kernel, or a function", {"kernel": lambda depth: depth, "depth": 2}),
        (TypeError, "kernel: ntk: missing a required argument: 'depth'", {"kernel": ks.ntk}),
        (TypeError, "kernel: ntk: got an unexpected keyword", {"kernel": ks.ntk, "depth": 2, "width": 2}),
        (ValueError, "depth must be an integer from 1", {"kernel": ks.ntk, "depth": 0}),
        (TypeError, "depth must be an integer >= 1, got 3.0", {"kernel": ks.ntk, "depth": 3.0}),
        (TypeError, "normalize must be True or False", {"kernel": ks.ntk(2), "normalize": 1}),
        (ValueError, "has no parameter 'sigma'; it has c, gamma", {"kernel": ks.laplace(2), "sigma": 1.0}),
        (ValueError, r"ntk\(2\) has no parameter 'c'; it has none", {"kernel": ks.ntk(2), "c": 1.0}),
        (ValueError, "c must be > 0; got -1.0", {"kernel": ks.laplace(2), "c": -1.0}),
        (TypeError, "c must be a real number", {"kernel": ks.laplace(2), "c": "1"}),
        (ValueError, r"gamma must lie in \(0, 1\]", {"kernel": ks.laplace(2), "gamma": 1.5}),
        (ValueError, "c_bounds must be 'fixed', or", {"kernel": ks.laplace(2), "c_bounds": "free"}),
        (ValueError, "c_bounds must be 'fixed', or", {"kernel": ks.laplace(2), "c_bounds": (0.0, 1.0)}),
        (ValueError, "c_bounds must be 'fixed', or", {"kernel": ks.laplace(2), "c_bounds": (1.0, 2.0, 3.0)}),
        (ValueError, "has no parameter 'depth_bounds'", {"kernel": ks.ntk, "depth": 2, "depth_bounds": (1, 3)}),
        (TypeError, "function without an argument 'kernel'", {"kernel": lambda kernel=1: ks.ntk(2)}),
    ],
)  # fmt: skip
def test_what_is_refused(kind: type[Exception], message: str, given: dict[str, Any]) -> None:
    with pytest.raises(kind, match=message):
        Kernel(**given)


def test_what_is_refused_later() -> None:
    kernel = Kernel(ks.laplace(2))
    with pytest.raises(ValueError, match="Y must be None where eval_gradient is True"):
        kernel(X, NEW, eval_gradient=True)
    with pytest.raises(ValueError, match="theta must have 2 entries, one for each of"):
        kernel.theta = [0.0]
    with pytest.raises(TypeError, match="theta must be a real array"):
        kernel.theta = ["a", "b"]
    with pytest.raises(TypeError, match=r"a kernel takes one argument.*got 2: k.gram\(X, Y\) is.*sklearn.Kernel\(k\)"):
        SVC(kernel=ks.ntk(3)).fit(X, LABELS)
    with pytest.raises(ValueError, match="has no parameter 'nothing'"):
        kernel.set_params(nothing=1)
    with pytest.raises(ValueError, match="c must be > 0"):
        kernel.set_params(gamma=0.25, c=0.0)
    assert kernel.gamma == 0.5  # none is changed where one is wrong
    with pytest.raises(AttributeError, match="'Kernel' object has no attribute 'sigma'"):
        _ = kernel.sigma
    with pytest.raises(ValueError, match="X must be finite"):
        kernel(X * np.nan, eval_gradient=True)
    with pytest.raises(TypeError, match=r"kernel must have a method gram\(X, Y\)"):
        KernelMatrix(3).fit(X)
    with pytest.raises(ValueError, match="X must have points of shape"):
        KernelMatrix(ks.ntk(2)).fit(X).transform(X[:, :2])


def test_scikit_learn_comes_with_the_room_alone() -> None:
    code = (
        "import sys, kernelspec as ks; ks.ntk(3).gram([[1.0, 2.0]]); assert 'sklearn' not in sys.modules\n"
        "assert ks.sklearn.Kernel(ks.ntk(3)).zonal == ks.ntk(3) and 'sklearn' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    code = (
        "import sys; sys.modules['sklearn'] = None; import kernelspec as ks\n"
        "try: ks.sklearn\nexcept ModuleNotFoundError as error: assert 'pip install kernelspec[sklearn]' in str(error)\n"
        "else: raise AssertionError"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
