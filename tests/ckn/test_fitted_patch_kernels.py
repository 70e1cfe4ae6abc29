"""Patch kernels that are evaluated by fits: the kernel's own values, up to the error that the fit states."""

from __future__ import annotations

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import patch_kernels
from kernelspec.gram.fitted import fitted_halves
from kernelspec.numbers.arithmetic_protocol import DType
from kernelspec.numbers.arrays import InPlace

KERNELS = [ks.rf(3), ks.ntk(2) / 2, ks.ntk(20) / 20, ks.matern(3 / 2), ks.dual("gelu"), ks.cauchy()]
COUNT = patch_kernels.PIECE + 1500  # a whole piece, and the beginning of another


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0.3, 1), (-0.9, 0.8)])
def test_values_are_those_of_the_kernel(kernel: ks.Zonal, dtype: DType, low: float, high: float) -> None:
    u = np.linspace(low, high, COUNT).astype(dtype)
    fits = fitted_halves(kernel, dtype)
    assert fits is not None
    made = patch_kernels.pointwise(kernel, tangent=False)
    found = made.value(InPlace(), u.copy())
    exact = np.asarray(kernel(u.astype(np.float64)))
    assert found.dtype == dtype and np.max(np.abs(found - exact)) <= max(fit.error for fit in fits)
    for end in (-1.0, 1.0):
        assert np.all(found[u == end] == dtype(kernel(end)))


def test_a_kernel_without_fits_is_evaluated_directly() -> None:
    kernel = ks.arccos(1) @ ks.laplace()
    assert fitted_halves(kernel, np.float64) is None
    u = np.linspace(-1, 1, 1000)
    made = patch_kernels.pointwise(kernel, tangent=False)
    assert made.value(InPlace(), u.copy()) == pytest.approx(np.asarray(kernel(u)), rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_a_cosine_has_one_value_whatever_stands_beside_it(kernel: ks.Zonal, dtype: DType) -> None:
    made = patch_kernels.pointwise(kernel, tangent=False)
    u = np.linspace(-1, 1, 4001).astype(dtype)
    found = made.value(InPlace(), u.copy())
    for part in (slice(0, 0), slice(7, 8), slice(0, 90), slice(1990, 2010), slice(2000, None), slice(3000, 3300)):
        assert np.array_equal(made.value(InPlace(), u[part].copy()), found[part])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", [ks.rf(3), ks.matern(3 / 2), ks.ntk(2) / 2], ids=repr)
def test_equal_images_have_distance_0(kernel: ks.Zonal, dtype: DType) -> None:
    net = ckn.Network([ckn.Layer(3, kernel, ckn.gaussian(2), stride=2), ckn.Layer(2, kernel)])
    x = np.random.default_rng(0).standard_normal((4, 9, 9, 2)).astype(dtype)
    x[3] = x[1]
    K = net.gram(x)
    assert K[1, 3] == K[1, 1] == K[3, 3] and np.array_equal(K, K.T)
    assert net.distances(x)[1, 3] == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kernels_of_one_exponential_are_not_fitted(dtype: DType) -> None:
    """Their fits cost up to 1.7 times as much in float64: values are the direct ones, bit by bit."""
    u = np.linspace(-1, 1, 2000).astype(dtype)
    for kernel in (ks.laplace(), ks.rational_quadratic() * 2, ks.laplace(1, gamma=0.75)):
        found = patch_kernels.pointwise(kernel, tangent=False).value(InPlace(), u.copy())
        assert np.array_equal(found, np.asarray(kernel(u), dtype=dtype))


def test_nan_stays_nan() -> None:
    u = np.linspace(-1, 1, 2000)
    u[[3, 1500]] = np.nan
    found = patch_kernels.pointwise(ks.rf(3), tangent=False).value(InPlace(), u.copy())
    assert np.flatnonzero(np.isnan(found)).tolist() == [3, 1500]
