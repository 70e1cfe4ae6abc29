"""The recipes of docs/recipes, where their packages are installed: values, gradients with the diagonal, a fit."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

import kernelspec as ks

RECIPES = Path(__file__).resolve().parents[2] / "docs" / "recipes"
RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 3))
X[5] = X[2]  # a point that is there twice
Y = np.sin(2 * X[:, 0]) + X[:, 1]
WEIGHTS, DIRECTION = np.array([0.5, 1.0, 2.0]), RNG.standard_normal((12, 12))
KERNELS = [ks.ntk(2), ks.laplace(2)]


def recipe(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, RECIPES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def directed(zonal: Any, weights: Any) -> float:
    """sum_ij D_ij K_ij, whose gradient in the weights goes through every entry, the diagonal with it."""
    return float(np.sum(DIRECTION * zonal.gram(X * weights)))


@pytest.fixture
def jax() -> Iterator[Any]:
    library = pytest.importorskip("jax")
    before = library.config.jax_enable_x64
    library.config.update("jax_enable_x64", True)
    yield library
    library.config.update("jax_enable_x64", before)


def checked(zonal: Any, matrix: Any, gradient: Any) -> None:
    np.testing.assert_allclose(np.asarray(matrix), zonal.gram(X * WEIGHTS), rtol=1e-12)
    wanted = approx_fprime(WEIGHTS, lambda w: directed(zonal, w), 1e-7)
    np.testing.assert_allclose(np.asarray(gradient), wanted, rtol=1e-5)  # of differences, 1e-7 and 1e-16/1e-7


@pytest.mark.parametrize("zonal", KERNELS, ids=repr)
def test_gpytorch(zonal: Any) -> None:
    pytest.importorskip("gpytorch")
    torch: Any = pytest.importorskip("torch")
    module = recipe("gpytorch_kernel")
    kernel = module.ZonalKernel(zonal, 3).double()
    kernel.initialize(raw_weight=kernel.raw_weight_constraint.inverse_transform(torch.tensor(WEIGHTS)))
    points = torch.tensor(X)
    weight = torch.tensor(WEIGHTS, requires_grad=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(kernel), "weight", property(lambda self: weight))
        matrix = kernel(points).to_dense()
        (torch.tensor(DIRECTION) * matrix).sum().backward()
        np.testing.assert_allclose(kernel(points, diag=True).detach(), np.diagonal(zonal.gram(X * WEIGHTS)), rtol=1e-12)
    checked(zonal, matrix.detach(), weight.grad)
    model, seen = module.fitted(points, torch.tensor(Y), zonal, steps=10)
    assert np.isfinite(seen).all() and seen[-1] > seen[0] + 0.1
    assert np.isfinite(model(points).mean.detach().numpy()).all()


@pytest.mark.parametrize("zonal", KERNELS, ids=repr)
def test_tinygp(zonal: Any, jax: Any) -> None:
    pytest.importorskip("tinygp")
    module, np_ = recipe("tinygp_kernel"), jax.numpy

    def total(weights: Any) -> Any:
        matrix = module.ZonalKernel(weights, zonal)(np_.asarray(X), np_.asarray(X))
        return np_.sum(DIRECTION * matrix), matrix

    gradient, matrix = jax.jit(jax.grad(total, has_aux=True))(np_.asarray(WEIGHTS))
    checked(zonal, matrix, gradient)
    parameters = {"weight": np_.zeros(3), "scale": np_.array(0.0), "noise": np_.array(-2.0)}
    value, slopes = jax.value_and_grad(module.loss)(parameters, np_.asarray(X), np_.asarray(Y), zonal)
    K = zonal.gram(X) + np.exp(-2) * np.eye(12)
    wanted = 0.5 * (Y @ np.linalg.solve(K, Y) + np.linalg.slogdet(K)[1] + 12 * np.log(2 * np.pi))
    assert float(value) == pytest.approx(wanted, rel=1e-10)
    assert all(np.isfinite(np.asarray(each)).all() for each in jax.tree.leaves(slopes))


@pytest.mark.parametrize("zonal", KERNELS, ids=repr)
def test_gpjax(zonal: Any, jax: Any) -> None:
    gpjax: Any = pytest.importorskip("gpjax")
    module, np_ = recipe("gpjax_kernel"), jax.numpy

    def total(weights: Any) -> Any:
        kernel = module.ZonalKernel(zonal, WEIGHTS)
        object.__setattr__(kernel, "weight", weights)  # a plain array, as GPJax puts it there for a fit
        matrix = kernel.cross_covariance(np_.asarray(X), np_.asarray(X))
        return np_.sum(DIRECTION * matrix), matrix

    gradient, matrix = jax.grad(total, has_aux=True)(np_.asarray(WEIGHTS))
    checked(zonal, matrix, gradient)
    data = gpjax.Dataset(np_.asarray(X), np_.asarray(Y)[:, None])
    value = gpjax.objectives.conjugate_mll(module.posterior(data, zonal, noise=np.exp(-1)), data)
    K = zonal.gram(X) + np.exp(-2) * np.eye(12)
    wanted = -0.5 * (Y @ np.linalg.solve(K, Y) + np.linalg.slogdet(K)[1] + 12 * np.log(2 * np.pi))
    assert float(value) == pytest.approx(wanted, rel=1e-3)  # GPJax adds a jitter of its own
