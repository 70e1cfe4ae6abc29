"""Kernels at arrays of other libraries (PyTorch, JAX, the array API standard), with the derivatives that are true.

The formulas that are stable next to u = 1 hold roots of 1 - u, through which automatic differentiation gives NaN at the
end itself, where the diagonal of every Gram matrix lies. So PyTorch and JAX are told the derivative: it is the kernel
`kernel.derivative()`, read in the same way, and its own derivative is told again, for every order. At u = 1 and -1 it
is one-sided; where it is infinite (tangent kernels and Laplace kernels at 1), PyTorch's backward raises an error, if
anything flows back through that entry, and so does JAX outside of jit; within jit it is infinite.
"""

from __future__ import annotations

import functools
import importlib
import math
from typing import Any

import numpy as np

from ..numbers.arithmetic import FloatArithmetic
from ..numbers.arrays import is_traced, library_of
from .points import Point


def read_array(kernel: Any, u: Any, which: str) -> Any:
    """The kernel's value or defect at an array of another library; ValueError or TypeError for a bad u.

    Under transformations (jit, vmap, grad) numbers cannot be looked at: there what lies outside of [-1, 1] gives NaN.
    """
    ops = library_of(u, "u", traced=True)
    u = ops.real("u", u)
    words = {kind.__module__.split(".")[0] for kind in type(u).__mro__}
    if "torch" in words:
        import torch

        if torch.is_grad_enabled() and (u.requires_grad or is_traced(u)):
            return _torch_function().apply(u, kernel, which)
    if words & {"jax", "jaxlib"}:
        return _jax_function(kernel, which)(u)
    return _plain(kernel, u, which)


def _inside(xp: Any, u: Any) -> Any:
    slack = 4 * float(xp.finfo(u.dtype).eps)
    return (u <= 1 + slack) & (u >= -1 - slack)


def _plain(kernel: Any, u: Any, which: str) -> Any:
    ops = library_of(u, "u", traced=True)
    inside = _inside(ops.xp, u)
    traced = is_traced(u)
    if not (traced or bool(ops.xp.all(inside))):
        raise ValueError("u must lie in [-1, 1] and not be NaN")
    point = Point.from_cosine(FloatArithmetic(ops.xp), ops.xp.clip(u, -1.0, 1.0))
    found = ops.cast(getattr(kernel.pair(point), which) + ops.xp.zeros_like(u), u.dtype)
    return ops.xp.where(inside, found, ops.xp.full_like(u, math.nan)) if traced else found


def _slope(kernel: Any, u: Any, which: str) -> Any:
    """d/du of the value or the defect, one-sided at the ends."""
    xp = library_of(u, "u", traced=True).xp
    slope, (low, high) = read_array(kernel.derivative(), u, "value"), end_slopes(kernel)
    # Products of an infinite and a vanishing factor are known at the ends alone.
    slope = slope if math.isfinite(high) else xp.where(u >= 1, xp.full_like(u, high), slope)
    slope = slope if math.isfinite(low) else xp.where(u <= -1, xp.full_like(u, low), slope)
    return slope if which == "value" else -slope


@functools.lru_cache(maxsize=256)
def end_slopes(kernel: Any) -> tuple[float, float]:
    """kappa'(-1) and kappa'(1), one-sided; infinite where they are."""
    found = []
    slope = kernel.derivative()
    for end in (-1.0, 1.0):
        with np.errstate(all="ignore"):
            value = float(slope.pair(Point.from_cosine(FloatArithmetic(), np.float64(end))).value)
        found.append(_leading_slope(kernel, int(end)) if math.isnan(value) else value)
    return found[0], found[1]


def _leading_slope(kernel: Any, end: int) -> float:
    """From the exact expansion in t = 1 - u or 1 + u: minus or plus the coefficient of t."""
    slope = 0.0
    for exponent, coefficient in kernel.expand(at=end, terms=4).entries:
        if 0 < exponent <= 1:
            size = float(coefficient.accurate(15).mid())
            slope = size if exponent == 1 else math.copysign(math.inf, size)
            break
    return -end * slope


def _refuse_infinite(kernel: Any, bad: Any, u: Any) -> None:
    where = float(u[bad][0])
    raise ValueError(
        f"the derivative of {kernel!r} at u = {where:g} is infinite, and the gradient through it is not defined: keep "
        "u away from there, or keep that entry (the diagonal of a Gram matrix is a constant) out of what is "
        "differentiated"
    )


@functools.cache
def _torch_function() -> Any:
    import torch

    class Values(torch.autograd.Function):
        """A kernel's values, and `kernel.derivative()` on the way back."""

        generate_vmap_rule = True

        @staticmethod
        def forward(u: Any, kernel: Any, which: str) -> Any:
            return _plain(kernel, u, which)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            u, ctx.kernel, ctx.which = inputs
            ctx.save_for_backward(u)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (u,) = ctx.saved_tensors
            slope = _slope(ctx.kernel, u, ctx.which)
            used = torch.where(gradient == 0, torch.zeros_like(slope), slope)
            if not is_traced(used):
                bad = ~torch.isfinite(used)
                if bool(torch.any(bad)):
                    _refuse_infinite(ctx.kernel, bad, u.detach())
            return gradient * used, None, None

    return Values


@functools.lru_cache(maxsize=256)
def _jax_function(kernel: Any, which: str) -> Any:
    jax: Any = importlib.import_module("jax")
    values = jax.custom_jvp(functools.partial(_plain, kernel, which=which))

    def rule(primals: Any, tangents: Any) -> Any:
        (u,), (change,) = primals, tangents
        slope = _slope(kernel, u, which)
        if not is_traced(slope):
            bad = ~jax.numpy.isfinite(slope)
            if bool(jax.numpy.any(bad)):
                _refuse_infinite(kernel, bad, u)
        return values(u), slope * change

    values.defjvp(rule)
    return values
