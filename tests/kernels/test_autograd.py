"""PyTorch's and JAX's derivatives of k(u), at u = 1 and -1 as well: one-sided, or refused in words."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.autograd import end_slopes
from kernelspec.numbers.arithmetic_protocol import Value

pytest.importorskip("array_api_compat")
U = [-1.0, -0.7, -1e-9, 0.0, 0.3, 0.9999, 1 - 1e-12, 1.0]
SMOOTH = [  # kappa' is finite at both ends
    ks.linear(),
    ks.polynomial(4),
    ks.arccos(1),
    ks.arccos(3),
    ks.rf(4),
    ks.exponential(0.6),
    ks.laplace(1, 1),
    ks.dual("gelu"),
    ks.resnet(3),
    ks.mlp(3, slope=-0.5, bias_variance=0.1),
    ks.arccos(2) * ks.exponential(),
]
STEEP = [ks.arccos(0), ks.ntk(3), ks.laplace(), ks.laplace(1, 0.25), ks.defect_power(Fraction(1, 2))]


def test_slopes_at_the_ends() -> None:
    # kappa_1' = kappa_0; a root of 1 - u falls with infinite slope; an infinite factor times 0 is decided exactly.
    assert end_slopes(ks.arccos(1)) == (0.0, 1.0)
    assert end_slopes(ks.rf(3)) == pytest.approx((0.0, 1.0))
    assert end_slopes(ks.laplace()) == pytest.approx((math.exp(-math.sqrt(2)) / (2 * math.sqrt(2)), math.inf))
    product = ks.defect_power(Fraction(1, 2)) * (1 - ks.linear())  # t^{3/2}
    assert end_slopes(product) == pytest.approx((-1.5 * math.sqrt(2), 0.0))
    quarter = ks.defect_power(Fraction(1, 4)) * ks.defect_power(Fraction(1, 4)) * (1 + ks.linear())
    assert end_slopes(quarter)[1] == -math.inf


# -- PyTorch -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", SMOOTH, ids=repr)
def test_gradients_of_tensors(kernel: ks.Zonal) -> None:
    torch = pytest.importorskip("torch")
    for reading, sign in ((kernel, 1), (kernel.defect, -1)):
        u = torch.tensor(U, dtype=torch.float64, requires_grad=True)
        value = reading(u)
        np.testing.assert_allclose(value.detach(), reading(np.array(U)), rtol=1e-14, atol=1e-15)
        value.sum().backward()
        wanted = sign * kernel.derivative()(np.array(U))
        np.testing.assert_allclose(u.grad, wanted, rtol=1e-13, atol=1e-15)
    with torch.no_grad():
        assert not kernel(u).requires_grad


@pytest.mark.parametrize("kernel", STEEP, ids=repr)
def test_infinite_gradients_are_refused(kernel: ks.Zonal) -> None:
    torch = pytest.importorskip("torch")
    u = torch.tensor([0.2, 1.0], dtype=torch.float64, requires_grad=True)
    with pytest.raises(ValueError, match="derivative of .* at u = 1 is infinite"):
        kernel(u).sum().backward()
    kernel(u)[0].backward()  # what does not flow back through u = 1 is not asked for
    assert u.grad[1] == 0
    assert float(u.grad[0]) == pytest.approx(float(kernel.derivative()(0.2)), rel=1e-13, abs=0)


def test_higher_derivatives_of_tensors() -> None:
    torch = pytest.importorskip("torch")
    kernel = ks.exponential(0.6) * ks.arccos(2)
    u = torch.tensor(U[1:-2], dtype=torch.float64, requires_grad=True)
    value, wanted = kernel(u).sum(), kernel
    for _ in range(3):
        (gradient,) = torch.autograd.grad(value, u, create_graph=True)
        wanted = wanted.derivative()
        np.testing.assert_allclose(gradient.detach(), wanted(np.array(U[1:-2])), rtol=1e-11)
        value = gradient.sum()
    u = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(ks.rf(3)(u).sum(), u, create_graph=True)
    assert float(gradient.detach()) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="infinite"):  # kappa_1'' = 1/(pi sqrt(1 - u^2))
        gradient.sum().backward()


def test_a_gaussian_process_with_its_diagonal() -> None:
    # d/dx of sum_ij K_ij against finite differences: the matrix from the kernel's values, diagonal included.
    torch = pytest.importorskip("torch")
    x = torch.tensor([[0.3, 1.0], [2.0, -1.0], [0.3, 1.0]], dtype=torch.float64, requires_grad=True)

    def total(x: Value) -> Value:
        unit = x / x.norm(dim=1, keepdim=True)
        return (ks.rf(3)((unit @ unit.T).clamp(-1, 1)) * torch.outer(x.norm(dim=1), x.norm(dim=1))).sum()

    assert torch.autograd.gradcheck(lambda y: total(torch.cat([x[:1].detach(), y])), x[1:2].detach().requires_grad_())
    total(x).backward()
    assert bool(torch.isfinite(x.grad).all())


def test_functional_transforms_of_torch() -> None:
    torch = pytest.importorskip("torch")
    u = torch.tensor(U, dtype=torch.float64)
    kernel = ks.rf(3)
    np.testing.assert_allclose(torch.func.vmap(kernel)(u), kernel(np.array(U)), rtol=1e-14, atol=1e-15)
    slopes = torch.func.vmap(torch.func.grad(kernel))(u)
    np.testing.assert_allclose(slopes, kernel.derivative()(np.array(U)), rtol=1e-13, atol=1e-15)


def test_tensors_that_are_wrong() -> None:
    torch = pytest.importorskip("torch")
    for wrong in (torch.tensor([1.5]), torch.tensor([math.nan]), torch.tensor([1.5], requires_grad=True)):
        with pytest.raises(ValueError, match=r"u must lie in \[-1, 1\]"):
            ks.rf(3)(wrong)
    for kind in (torch.tensor([True]), torch.tensor([1j])):
        with pytest.raises(TypeError, match="u must be a real array"):
            ks.rf(3)(kind)
    with pytest.raises(TypeError, match="u must be a dense array"):
        ks.rf(3)(torch.eye(2).to_sparse())
    with pytest.raises(TypeError, match="theta requires gradients"):
        ks.rf(3).of_angle(torch.tensor([0.1], requires_grad=True))
    assert ks.rf(3)(torch.tensor([0, 1])).dtype == torch.float64
    assert ks.rf(3)(torch.tensor([0.5], dtype=torch.float16)).dtype == torch.float32


# -- JAX ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [*SMOOTH, *STEEP], ids=repr)
def test_jax(kernel: ks.Zonal) -> None:
    jax = pytest.importorskip("jax")
    u = jax.numpy.asarray(U, dtype=jax.numpy.float32)
    wanted = kernel(np.asarray(u))
    for found in (kernel(u), jax.jit(kernel)(u), jax.vmap(kernel)(u)):
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=3e-6, atol=3e-6)
    inner = u[1:-2]
    slopes = kernel.derivative()(np.asarray(inner))
    for gradient in (jax.vmap(jax.grad(kernel)), jax.jit(jax.vmap(jax.grad(kernel)))):
        np.testing.assert_allclose(np.asarray(gradient(inner)), slopes, rtol=2e-5, atol=1e-5)
    one = jax.numpy.float32(1)
    if kernel in SMOOTH:
        assert float(jax.grad(kernel)(one)) == pytest.approx(float(kernel.derivative()(1.0)), rel=1e-5, abs=0)
    else:
        with pytest.raises(ValueError, match="infinite"):
            jax.grad(kernel)(one)
        assert math.isinf(float(jax.jit(jax.grad(kernel))(one)))


def test_jax_outside_of_the_interval() -> None:
    jax = pytest.importorskip("jax")
    u = jax.numpy.asarray([0.5, 1.5])
    with pytest.raises(ValueError, match="u must lie in"):
        ks.rf(3)(u)
    found = jax.jit(ks.rf(3))(u)  # numbers under jit cannot be looked at
    assert math.isfinite(float(found[0])) and math.isnan(float(found[1]))
