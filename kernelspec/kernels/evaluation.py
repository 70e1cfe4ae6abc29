"""Evaluation of kernels: the arithmetic for an argument, the check of the argument, and the type of the result."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..numbers.arithmetic import BallArithmetic, FloatArithmetic, MpmathArithmetic, SympyArithmetic, arithmetic_of
from ..numbers.checks import array, dense
from ..numbers.precision import own_precision
from .autograd import read_array
from .points import Point
from .text import brief

if TYPE_CHECKING:
    from .zonal import Zonal

_CHUNK = 1 << 17  # bytes of an argument: with what a layer makes of it, about a core's cache


def read(kernel: Zonal, u: Any, which: str) -> Any:
    """The kernel's value or defect at u, of the kind that u is; ValueError or TypeError for a bad u."""
    scalar = isinstance(u, int | float | np.generic) and not isinstance(u, bool | np.bool_)
    dense("u", u)
    if isinstance(u, list | tuple):
        u = array("u", u) if len(u) else np.zeros(0)
    if isinstance(u, Fraction):
        scalar, u = True, float(u)
    if isinstance(u, np.ndarray | np.generic | int | float):
        u = _check_array(array("u", u))
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            out = _in_chunks(kernel, u, which) if u.nbytes > _CHUNK else _at_once(kernel, u, which)
        return out.item() if scalar else out
    arithmetic = arithmetic_of(u)
    if isinstance(arithmetic, FloatArithmetic):
        require_reading(kernel, arithmetic, u)
        return read_array(kernel, u, which)
    if isinstance(arithmetic, MpmathArithmetic):
        if isinstance(u, arithmetic.mp.mpc):
            raise TypeError(f"u must be real (complex angles are read by of_angle); got {u}")
        if not -1 <= u <= 1:
            raise ValueError(f"u must lie in [-1, 1]; got {u}")
    elif isinstance(arithmetic, BallArithmetic):
        if not isinstance(u, arithmetic.flint.arb):
            raise TypeError(f"u must be a real ball (complex angles are read by of_angle); got {u}")
        if not u.is_finite() or u > 1 or u < -1:
            raise ValueError(f"u must be a ball that meets [-1, 1]; got {u}")
    elif isinstance(arithmetic, SympyArithmetic) and u.is_number:
        if u.is_real is not True or not bool(-1 <= u) or not bool(u <= 1):
            raise ValueError(f"u must lie in [-1, 1]; got {u}")
    require_reading(kernel, arithmetic, u)
    with own_precision() if isinstance(arithmetic, BallArithmetic) else contextlib.nullcontext():
        return getattr(kernel.pair(Point.from_cosine(arithmetic, u).within()), which)


def _at_once(kernel: Zonal, u: np.ndarray, which: str) -> np.ndarray:
    out = getattr(kernel.pair(Point.from_cosine(arithmetic_of(u), u)), which)
    return np.asarray(out, dtype=u.dtype)


def _in_chunks(kernel: Zonal, u: np.ndarray, which: str) -> np.ndarray:
    """The same, chunk by chunk, so that intermediate results stay in the cache; a user's function is called once.

    Many values are taken from a table, where there is one: it is nearer than the formula, and cheaper.
    """
    if kernel.user_functions:
        return _at_once(kernel, u, which)
    if u.flags.f_contiguous and not u.flags.c_contiguous:
        return _in_chunks(kernel, u.T, which).T
    flat = np.ascontiguousarray(u).reshape(-1)
    if which == "value":
        from ..gram.tables import many_values

        found = many_values(kernel, flat)
        if found is not None:
            return found.reshape(u.shape)
    out, step = np.empty_like(flat), _CHUNK // u.itemsize
    for start in range(0, flat.size, step):
        out[start : start + step] = _at_once(kernel, flat[start : start + step], which)
    return out.reshape(u.shape)


def read_angle(kernel: Zonal, theta: Any, which: str) -> Any:
    """The kernel's value or defect at cos theta, of the kind that theta is; ValueError or TypeError for a bad theta."""
    scalar = isinstance(theta, int | float | complex)
    dense("theta", theta)
    if isinstance(theta, np.ndarray | np.generic | int | float | complex | list | tuple):
        theta = array("theta", theta)
        if theta.dtype.kind in "iu" or not theta.size:
            theta = theta.astype(np.float64)
        if theta.dtype == np.float16:
            theta = theta.astype(np.float32)
        if theta.dtype.kind not in "fc":
            raise TypeError(f"theta must be a real or complex array; got dtype {theta.dtype}")
        if not np.all(np.isfinite(theta)):
            raise ValueError("theta must be finite; got NaN or infinity")
    try:
        arithmetic = arithmetic_of(theta)
    except TypeError:
        raise TypeError(
            f"theta must be a number, an array, or an mpmath, flint or sympy value; got {type(theta).__name__}"
        ) from None
    if getattr(theta, "requires_grad", False):
        raise TypeError(
            "theta requires gradients, which values by angle do not give: pass theta.detach(), or call k(u)"
        )
    if not _finite(arithmetic, theta):
        raise ValueError(f"theta must be finite; got {theta}")
    if arithmetic.closed_form:
        import sympy

        return read(kernel, sympy.cos(theta), which)
    require_reading(kernel, arithmetic, theta)
    own = isinstance(arithmetic, BallArithmetic)
    # As `read` does: where a kernel is infinite, infinity is its value.
    silent = np.errstate(divide="ignore", over="ignore", invalid="ignore")
    with own_precision() if own else contextlib.nullcontext(), silent:
        pair = kernel.pair(Point.from_angle(arithmetic, theta).within())
    value = getattr(pair, which)
    return np.asarray(value).item() if scalar else value


def require_reading(kernel: Zonal, arithmetic: Any, u: Any) -> None:
    """ValueError or TypeError, by the name of the whole kernel, where a part of it is read in [-1, 1] only."""
    if arithmetic.closed_form:
        kernel.require_whole("it has no closed form")
    off = isinstance(arithmetic, BallArithmetic) and not isinstance(u, arithmetic.flint.arb)
    if off:
        kernel.require_whole("it has no values off [-1, 1]")
    other = isinstance(arithmetic, FloatArithmetic) and (arithmetic.xp is not np or np.iscomplexobj(u))
    if off and kernel.real_only or (other or arithmetic.closed_form) and kernel.real_floats:
        refuse(kernel)


def refuse(kernel: Zonal) -> NoReturn:
    """The TypeError of a kernel with activations by pieces."""
    raise TypeError(
        f"{brief(kernel)} is read in real NumPy arrays, mpmath numbers and balls in [-1, 1], and not in complex "
        "numbers, symbols or arrays of other libraries"
    )


def _finite(arithmetic: Any, theta: Any) -> bool:
    if isinstance(arithmetic, MpmathArithmetic):
        return bool(arithmetic.mp.isfinite(theta))
    if isinstance(arithmetic, BallArithmetic):
        return bool(theta.is_finite())
    return not isinstance(arithmetic, SympyArithmetic) or theta.is_finite is not False


def _check_array(u: np.ndarray) -> np.ndarray:
    if u.dtype.kind in "iu":
        u = u.astype(np.float64)
    if u.dtype.kind != "f":
        hint = " (complex angles are read by of_angle)" if u.dtype.kind == "c" else ""
        raise TypeError(f"u must be a real floating-point array; got dtype {u.dtype}{hint}")
    if u.dtype == np.float16:
        u = u.astype(np.float32)
    if not u.size:
        return u
    low, high = u.min(), u.max()
    if low >= -1 and high <= 1:
        return u
    slack = 4 * np.finfo(u.dtype).eps
    if not (low >= -1 - slack and high <= 1 + slack):
        raise ValueError(f"u must lie in [-1, 1] and not be NaN; got values from {low} to {high}")
    return np.clip(u, -1, 1)
