"""What is no kernel is refused in words, or its numbers are right; never a matrix of zeros."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups, stability
from kernelspec.kernels.zonal import Zonal

RELU = ks.arccos(1)
X = np.random.default_rng(0).standard_normal((3, 6, 5, 2))
# kappa(1) < 0; kappa(1) = 0; |kappa| larger elsewhere; at some cosines only.
NEGATIVE = [
    -1 * ks.linear(),
    ks.laplace() - 2 * ks.polynomial(0),
    ks.laplace() - ks.polynomial(0),
    RELU - ks.linear(),
    ks.polynomial(2) - 0.9 * ks.linear(),
    2 * ks.polynomial(3) - ks.linear() - 0.5 * ks.polynomial(0),
]


@pytest.mark.parametrize("kernel", NEGATIVE, ids=repr)
@pytest.mark.parametrize("place", [0, 1])
def test_a_layer_that_is_no_kernel(kernel: Zonal, place: int) -> None:
    layers = [ckn.Layer(2, RELU, ckn.average(2), 1), ckn.Layer(2, RELU)]
    layers[place] = ckn.Layer(2, kernel, layers[place].pool, 1)
    words = rf"layer {place + 1}: kernel must be positive semi-definite"
    net = ckn.Network(layers)
    calls: list[Any] = [net.gram, net.distances, net.norms, net.maps]
    on_group = groups.Network(groups.cyclic(1), layers, output="sum")
    calls += [on_group.gram, on_group.distances, on_group.covariances, on_group.maps]
    calls += [ckn.Nystrom(net, 5).fit, groups.Features(on_group, 5).fit]
    tau = stability.translation(X.shape[1:3], (0.1, 0.0))
    calls += [lambda x: stability.measured(net, x, tau), lambda x: stability.bound(net, tau)]
    for call in calls:
        with pytest.raises(ValueError, match=words):
            call(X)


@pytest.mark.parametrize(
    ("kernel", "degree"),
    [
        (ks.exponential(1) - Fraction(1, 2), 0),
        (ks.polynomial(4) - Fraction(1, 10) * ks.polynomial(2) + 3 * ks.linear(), 2),
    ],
    ids=repr,
)
def test_a_coefficient_that_is_proved_negative(kernel: Zonal, degree: int) -> None:
    net = ckn.Network([ckn.Layer(1, RELU), ckn.Layer(1, kernel)])
    with pytest.raises(ValueError, match=rf"layer 2: .*Taylor coefficient of u\^{degree} in"):
        net.gram(X)
    # Next to it, none is negative.
    ckn.Network([ckn.Layer(1, ks.exponential(1) - Fraction(1, 3))]).gram(X)


def test_a_layer_whose_kernel_is_infinite_at_1() -> None:
    """No scaling of images helps there, and none is recommended."""
    for kernel in (ks.laplace().derivative(), ks.arccos(0).derivative()):
        net = ckn.Network([ckn.Layer(1, RELU), ckn.Layer(1, kernel)])
        for call in (net.gram, net.norms, net.maps, net.distances, ckn.Nystrom(net, 5).fit):
            with pytest.raises(ValueError, match="layer 2: kernel must be finite at 1") as told:
                call(X)
            assert "scale" not in str(told.value)


def test_a_kernel_that_is_seen_by_its_squares_only() -> None:
    """u^64 - 4/5 u^34 + 3u is at most its value at 1, and its coefficient of u^34 is not looked at."""
    kernel = ks.polynomial(64) - Fraction(4, 5) * ks.polynomial(34) + 3 * ks.linear()
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    # The average over the circle sees the even part alone, 0.0994 - 0.8 * 0.1359.
    x = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[None]
    for layers in (
        [ckn.Layer(1, kernel, ckn.average(64), 64)],
        [ckn.Layer(1, kernel, ckn.average(64), 64), ckn.Layer(1, RELU)],
    ):
        net = ckn.Network(layers)
        for call in (net.gram, net.norms, net.maps, net.distances):
            with pytest.raises(ValueError, match="positive semi-definite: squared norms of"):
                call(x)
        on_group = groups.Network(groups.cyclic(1), layers, output="sum")
        with pytest.raises(ValueError, match="positive semi-definite: squared norms of"):
            on_group.gram(x)


@pytest.mark.parametrize("output", ["sum", "mean"])
def test_rounding_below_zero_is_no_fault(output: str) -> None:
    """Averages of opposite patches are 0, and rounding may leave less."""
    x = np.random.default_rng(1).standard_normal((20, 8, 1))
    x[:, 1::2] = -x[:, ::2]
    for kernel in (ks.linear(), ks.polynomial(3)):
        pooled = ckn.Layer(1, kernel, ckn.average(2), 2)
        for layers in ([ckn.Layer(1, kernel)], [pooled, ckn.Layer(1, kernel)]):
            for dtype in (np.float64, np.float32):
                net = ckn.Network(layers, output=output)
                assert np.isfinite(net.gram(x.astype(dtype))).all()


def test_the_kernel_that_is_zero() -> None:
    assert not ckn.Network([ckn.Layer(2, 0 * RELU), ckn.Layer(2, RELU)]).gram(X).any()


@pytest.mark.parametrize("kernel", [ks.polynomial(900), ks.exponential(0.6), RELU, ks.rf(3)], ids=repr)
def test_what_averages_of_opposite_patches_leave_stays_small(kernel: Zonal) -> None:
    """An inner product that is rounding is not divided by norms that are less: cosines of 1e15 are none."""
    x = np.random.default_rng(0).standard_normal((6, 9, 2))
    x[:4, 2::3] = -x[:4, ::3] - x[:4, 1::3]  # three neighbours cancel, to rounding
    layers = [ckn.Layer(1, ks.linear(), ckn.average(3), 3), ckn.Layer(1, kernel, ckn.average(2), 1)]
    plain = [layers[0], ckn.Layer(1, kernel)]
    for net in (ckn.Network(layers), ckn.Network(layers, output="mean"), ckn.Network(plain)):
        gram = net.gram(x)
        bound = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
        assert np.all(np.abs(gram) <= bound * (1 + 1e-9) + 1e-15 * bound.max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_without_a_derivative_are_layers(dtype: DTypeLike, rng: np.random.Generator) -> None:
    """A function of the user's has values; that its slope is not known is no reason to refuse it."""
    x = rng.standard_normal((4, 9, 9, 1)).astype(dtype)
    x[1] = x[0]

    def gram(kernel: ks.Zonal) -> Any:
        return ckn.Network([ckn.Layer(3, kernel), ckn.Layer(3, kernel)]).gram(x)

    for function, kernel in (
        (lambda u: u**3, ks.polynomial(3)),
        (lambda u: np.exp(u - 1), ks.exponential()),
        (lambda u: np.exp(-np.sqrt(1 - u)), ks.laplace()),
    ):
        found, wanted = gram(ks.from_callable(function)), gram(kernel)
        rtol = 1e-12 if dtype is np.float64 else 1e-5
        if kernel == ks.laplace():  # 1 - u, rounded by the function
            rtol = 1e-7 if dtype is np.float64 else 2e-3
        np.testing.assert_allclose(found, wanted, rtol=rtol)
