"""KernelRidgePath: what it fits, and scikit-learn's manners."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.numbers.parameters import NotFittedError
from kernelspec.regression import KernelRidgePath, leave_one_out, ridge_path, select

RNG = np.random.default_rng(11)
X = ks.sphere.sample_sphere(50, 4, RNG)
Y = np.stack([X[:, 0] * X[:, 1], np.sign(X[:, 2])], axis=1)
NEW = ks.sphere.sample_sphere(9, 4, RNG)
LAMBDAS = [1e-4, 1e-2, 1.0]


def test_leaving_out_chooses() -> None:
    model = KernelRidgePath(ks.ntk(3), LAMBDAS).fit(X, Y)
    path = ridge_path(ks.ntk(3).gram(X), Y, LAMBDAS, leave_one_out=True)
    chosen = leave_one_out(path, Y)
    assert model.lambda_ == chosen.lambda_ and model.selection_ is not None
    np.testing.assert_allclose(model.selection_.scores, chosen.scores, rtol=1e-12)
    np.testing.assert_allclose(model.predict(NEW), ks.ntk(3).gram(NEW, X) @ chosen.coefficients, rtol=1e-9)
    assert model.predict(NEW[:0]).shape == (0, 2) and model.n_features_in_ == 4
    assert repr(model) == f"KernelRidgePath(ntk(3), 3 lambdas, selection='loo', lambda_={model.lambda_:.3g})"


def test_validation_chooses_and_all_data_are_used_then() -> None:
    model = KernelRidgePath(ks.ntk(3), LAMBDAS, selection="validation", validation=0.3, rng=4).fit(X, Y[:, 0])
    order = np.random.default_rng(4).permutation(50)
    held, used = np.sort(order[:15]), np.sort(order[15:])
    path = ridge_path(ks.ntk(3).gram(X[used]), Y[used, 0], LAMBDAS)
    chosen = select(path, ks.ntk(3).gram(X[held], X[used]), Y[held, 0])
    assert model.selection_ is not None and model.lambda_ == chosen.lambda_
    np.testing.assert_allclose(model.selection_.scores, chosen.scores, rtol=1e-10)
    final = ridge_path(ks.ntk(3).gram(X), Y[:, 0], [chosen.lambda_])
    np.testing.assert_allclose(model.dual_coef_, final.coefficients[0], rtol=1e-9)


@pytest.mark.parametrize("method", [None, "cholesky", "eigh", "cg"])
@pytest.mark.parametrize("dtype", [None, "float32", "float64"])
def test_one_lambda_every_method_and_dtype(method: Any, dtype: Any) -> None:
    model = KernelRidgePath(ks.laplace(), 0.01, None, method=method, dtype=dtype).fit(X, Y)
    gram = ks.laplace().gram(X)
    wanted = ks.laplace().gram(NEW, X) @ np.linalg.solve(gram + 0.5 * np.eye(50), Y)
    np.testing.assert_allclose(model.predict(NEW), wanted, rtol=0, atol=1e-5)
    assert model.selection_ is None and model.X_fit_.dtype == np.dtype(dtype or "float64")


def test_scores() -> None:
    model = KernelRidgePath(ks.ntk(3), LAMBDAS).fit(X, Y)
    truth, values = RNG.standard_normal((9, 2)), model.predict(NEW)
    parts = [1 - np.sum((t - v) ** 2) / np.sum((t - t.mean()) ** 2) for t, v in zip(truth.T, values.T, strict=True)]
    assert model.score(NEW, truth) == pytest.approx(np.mean(parts), rel=1e-12)
    assert model.score(NEW, np.ones((9, 2))) == 0.0 and model.score(NEW, values) == 1.0
    zero = KernelRidgePath(ks.ntk(3), [1.0], None).fit(X, np.zeros(50))
    assert zero.score(NEW, np.zeros(9)) == 1.0
    signs = KernelRidgePath(ks.ntk(3), LAMBDAS, scoring="accuracy").fit(X, Y[:, 1])
    right = np.mean(np.sign(signs.predict(NEW)) == np.sign(NEW[:, 2]))
    assert signs.score(NEW, np.sign(NEW[:, 2])) == right
    with pytest.raises(ValueError, match=r"y must have shape \(9, 2\)"):
        model.score(NEW, truth[:, 0])
    with pytest.raises(ValueError, match="y must not be 0 where score is 'accuracy'"):
        signs.score(NEW, np.zeros(9))
    with pytest.raises(ValueError, match=r"y must be at most 1e\+150"):
        model.score(NEW, 1e160 * truth)
    large = KernelRidgePath(ks.ntk(3), [1.0], None).fit(X, 1e200 * Y[:, 1])
    assert large.score(NEW, np.sign(NEW[:, 2])) == -np.inf


def test_functions_and_networks_are_kernels() -> None:
    from kernelspec import ckn

    model = KernelRidgePath(lambda x, z: x @ z.T, [0.1], None).fit(X, Y[:, 0])
    wanted = NEW @ np.linalg.solve(X.T @ X + 5 * np.eye(4), X.T @ Y[:, 0])  # n lambda = 5
    np.testing.assert_allclose(model.predict(NEW), wanted, rtol=1e-9)
    images = RNG.standard_normal((12, 6, 6, 1))
    net = ckn.Network([ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(2), stride=2)])
    found = KernelRidgePath(net, [1e-3], None).fit(images, Y[:12, 0])
    gram = net.gram(images)
    np.testing.assert_allclose(found.dual_coef_, np.linalg.solve(gram + 0.012 * np.eye(12), Y[:12, 0]), rtol=1e-8)
    assert found.n_features_in_ == 36


def test_what_is_refused() -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"kernel": 3}, "kernel must have a method gram"),
        ({"lambdas": 0.0}, "lambdas must be > 0"),
        ({"selection": "cv"}, "selection must be 'loo', 'validation' or None; got 'cv'"),
        ({"selection": None}, "selection must be 'loo' or 'validation' for 3 lambdas"),
        ({"scoring": "r2"}, "scoring must be 'mse' or 'accuracy'; got 'r2'"),
        ({"validation": 1.0}, "validation must be above 0 and below 1"),
        ({"dtype": "float16"}, "dtype must be 'float32', 'float64' or None; got 'float16'"),
        ({"method": "cg"}, "leave_one_out needs method"),
        ({"tolerance": 2.0}, "tolerance must be"),
        ({"rank": 0}, "rank must be"),
        ({"threads": 0}, "threads must be"),
        ({"rng": "a"}, "rng must be"),
    )
    usual: dict[str, Any] = {"kernel": ks.ntk(2), "lambdas": LAMBDAS}
    for change, message in refused:
        with pytest.raises((TypeError, ValueError), match=message):
            KernelRidgePath(**usual | change).fit(X, Y)
    model = KernelRidgePath(ks.ntk(3), LAMBDAS)
    with pytest.raises(NotFittedError, match=r"call fit\(X, y\) before predict"):
        model.predict(X)
    with pytest.raises(ValueError, match=r"y must have shape \(50,\)"):
        model.fit(X, Y[:4])
    with pytest.raises(ValueError, match="X must have shape"):
        model.fit(X[0], Y[:1])
    with pytest.raises(ValueError, match=r"X must have points of shape \(4,\), as in fit; got \(3,\)"):
        model.fit(X, Y).predict(NEW[:, :3])
    with pytest.raises(ValueError, match=r"kernel must give a matrix of shape \(50, 50\); got \(4, 4\)"):
        KernelRidgePath(lambda x, z: x.T @ z, [0.1], None).fit(X, Y)
    with pytest.raises(ValueError, match="X must have at least two points"):
        KernelRidgePath(ks.ntk(3), selection="validation").fit(X[:1], Y[:1])
    with pytest.raises(ValueError, match="KernelRidgePath has no parameter 'alpha'; it has kernel"):
        model.set_params(lambdas=[1.0], alpha=1)
    assert model.get_params()["lambdas"] is LAMBDAS and model.set_params(lambdas=[1.0]).lambdas == [1.0]


def test_the_error_before_fit_is_that_of_scikit_learn() -> None:
    exceptions = pytest.importorskip("sklearn.exceptions")
    with pytest.raises(NotFittedError, match="fit") as seen:
        KernelRidgePath(ks.exponential(0.6)).predict(X)
    again = pickle.loads(pickle.dumps(seen.value))
    assert isinstance(again, exceptions.NotFittedError) and str(again) == str(seen.value)


def test_what_has_been_fitted_stays_until_the_next_fit() -> None:
    model = KernelRidgePath(ks.exponential(0.6), LAMBDAS).fit(X, Y)
    expected = model.predict(NEW)
    earlier = pickle.loads(pickle.dumps(model))
    del earlier._fitted  # earlier versions had none
    np.testing.assert_array_equal(earlier.predict(NEW), expected)
    model.set_params(kernel=ks.ntk(2), dtype="float32")
    np.testing.assert_array_equal(model.predict(NEW), expected)
    assert not np.array_equal(model.fit(X, Y).predict(NEW), expected)


def test_the_dtype_of_the_fit_stays() -> None:
    model = KernelRidgePath(ks.exponential(0.6), LAMBDAS, dtype="float32").fit(X, Y)
    expected = model.predict(NEW)
    np.testing.assert_array_equal(model.set_params(dtype=None).predict(NEW), expected)
    np.testing.assert_array_equal(model.predict(NEW.astype(np.float32)), expected)


def test_wrong_parameters_have_a_text_and_are_refused_by_name() -> None:
    several: list[tuple[Any, str]] = [([[1.0], [2.0, 3.0]], "2"), (None, "1"), (0.5, "1"), (np.array(0.5), "1")]
    for lambdas, count in several:
        assert f"{count} lambdas" in repr(KernelRidgePath(ks.ntk(2), lambdas))
    model = KernelRidgePath(ks.ntk(2), LAMBDAS).fit(X, Y).set_params(scoring="best")
    with pytest.raises(ValueError, match="scoring must be 'mse' or 'accuracy'; got 'best'"):
        model.score(X, Y)


def test_objects_that_are_numbers_are_read() -> None:
    model = KernelRidgePath(ks.exponential(0.6), LAMBDAS)
    expected = model.fit(X, Y).predict(NEW)
    np.testing.assert_array_equal(model.fit(X.astype(object), Y.astype(object)).predict(NEW.astype(object)), expected)
    with pytest.raises(TypeError, match=r"X must hold numbers; .* not 'dict'"):
        model.fit(np.array([[1.0, {}]], dtype=object), Y[:1])
    with pytest.raises(ValueError, match="X must be real; got complex numbers"):
        model.fit(X + 1j, Y)


def test_manners_of_scikit_learn() -> None:
    base = pytest.importorskip("sklearn.base")
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.utils.validation import check_is_fitted

    model = KernelRidgePath(ks.ntk(2), LAMBDAS, rng=1)
    copied = base.clone(model)
    assert copied is not model and copied.get_params() == model.get_params() and base.is_regressor(model)
    kernels = [ks.ntk(2), ks.linear()]
    search = GridSearchCV(model, {"kernel": kernels, "selection": ["loo", "validation"]}, cv=3).fit(X, Y)
    assert search.best_params_["kernel"] == ks.ntk(2)
    assert cross_val_score(model, X, Y, cv=3).shape == (3,)
    check_is_fitted(search.best_estimator_)
    with pytest.raises(Exception, match="not fitted"):
        check_is_fitted(copied)
