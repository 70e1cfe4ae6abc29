r"""Searches for deformations whose commutator with pooling is large: what `h_commutators` and its figure measure.

The unit of length is the standard deviation of the Gaussian filter, unless pixels are said. `first_order` and `ascent`
share no code with the library: they treat the limit eps -> 0 of [T_c A, L_tau] / eps, which is -[T_c A, tau . grad] for
|grad tau| = 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kernelspec.ckn import stability
from kernelspec.ckn.stability.norms import norm
from kernelspec.ckn.stability.operators import Grid

Array = NDArray[np.float64]


def symbol(beta: float, d: int = 1) -> float:
    """The supremum of |w||w - i c| e^{-w^2/2}, |c| = beta: the commutator with tau(u) = u, by brute force; any d."""
    w = np.linspace(0, 6, 60_001)
    return float((w * np.hypot(w, beta) * np.exp(-(w**2) / 2)).max())


def first_order(beta: float, k: float, fibre: float = 0.0) -> float:
    r"""The norm of [T_c A, tau d/du], tau = sin(k u)/k, on the waves e^{i(fibre + j k)u}, j integer, in d = 1.

    tau d/du takes w to w + k with the factor w/(2k) and to w - k with -w/(2k), so that the operator is a matrix with
    two diagonals beside the main one; w up to 9, where A is below e^{-40}.
    """
    from scipy.linalg import eigvals_banded

    most = math.ceil(9 / k)
    w = fibre + k * np.arange(-most, most + 1)
    multiplier = np.exp(1j * beta * w - w**2 / 2)
    step = np.diff(multiplier) / (2 * k)
    up, down = w[:-1] * step, w[1:] * step  # entries [j + 1, j] and [j, j + 1]
    size = len(w)
    gram = np.zeros((3, size), dtype=complex)  # lower bands of M^* M
    gram[0, :-1] += np.abs(up) ** 2
    gram[0, 1:] += np.abs(down) ** 2
    gram[2, :-2] = down[1:].conj() * up[:-1]  # column j + 2 with column j, in row j + 1
    top = eigvals_banded(gram, lower=True, select="i", select_range=(size - 1, size - 1))
    return math.sqrt(float(top[0]))


def ascent(beta: float, rng: np.random.Generator, rounds: int = 40) -> float:
    r"""A local maximum of |[T_c A, tau d/du]| over all fields of d = 1 with |tau'| <= 1, from a random one.

    For given singular vectors the norm is linear in tau', so its best value is a sign everywhere; smoothed by Fejer's
    kernel, which keeps |tau'| <= 1, it resolves on the grid. Signs of mean 0, for a periodic tau.
    """
    n, period, most = 256, 32.0, 12.0
    w = 2 * math.pi * np.fft.fftfreq(n, period / n)
    smooth = np.clip(1 - np.abs(w) / most, 0, None)
    fourier = np.fft.fft(np.eye(n), axis=0, norm="ortho")
    pooled = (fourier.conj().T @ (np.exp(1j * beta * w - w**2 / 2)[:, None] * fourier)).real
    derivative = (fourier.conj().T @ ((1j * w)[:, None] * fourier)).real

    def primitive(f: Array) -> Array:
        """Of a function less its mean."""
        transform = np.fft.fft(f) * smooth
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.fft.ifft(np.where(w == 0, 0, transform / (1j * w))).real

    waves = rng.integers(1, 60)
    slope = np.sin(2 * math.pi * waves * np.arange(n) / n + rng.uniform(0, 6))
    slope = np.where(slope + rng.standard_normal(n) / 2 > 0, 1.0, -1.0)
    best = 0.0
    for _ in range(rounds):
        tau = primitive(slope)
        # The mean of the signs, which the primitive leaves out, counts on either side.
        largest = 1 + abs(float(slope.mean()))
        field = tau[:, None] * derivative
        left, values, right = np.linalg.svd(pooled @ field - field @ pooled)
        found = float(values[0]) / largest
        if found < best * (1 + 1e-6):
            break
        best, y, x = found, left[:, 0], right[0]
        pull = (pooled.T @ y) * (derivative @ x) - y * (derivative @ (pooled @ x))
        force = -primitive(pull)
        slope = np.where(force > np.median(force), 1.0, -1.0)
    return best


def plane_waves(beta: float, grad: float, d: int, waves: Sequence[int], sigma: float, length: int = 512) -> float:
    """The largest |[T_c A, L_tau]| / grad over sinusoids with so many waves on a grid, which compress along c."""
    shape = (length,) if d == 1 else (length, 8)
    grid, c = Grid(shape), np.zeros((1, d))
    c[0, 0] = beta * sigma
    found = 0.0
    for count in waves:
        tau = stability.sinusoid(shape, grad, length / count)
        found = max(found, norm(grid.commutator(tau, sigma, c), rtol=1e-3).value)
    return found / grad


def both_axes(beta: float, grad: float, length: int, wavelength: float, sigma: float) -> float:
    """|[T_c A, L_tau]| / grad for (sin k u_1, sin k u_2), which dilates in d = 2; c along the first axis."""
    shape = (length, length)
    tau = stability.sinusoid(shape, grad, wavelength)
    tau = tau + stability.sinusoid(shape, grad, wavelength, along=1, moves=1)
    operator = Grid(shape).commutator(tau, sigma, [[beta * sigma, 0.0]])
    return norm(operator, rtol=1e-3).value / grad


def schur(grad: float, k: float, at: float) -> tuple[float, float]:
    r"""The integrals over its row and its column at a point of the kernel of [A, L_tau], tau = grad sin(k u)/k, d = 1.

    k(u, v) = h(u - g(v)) g'(v) - h(gamma(u) - v) with g the inverse of gamma(u) = u - tau(u), integrated over v at
    u = `at`, and over u at v = gamma(`at`); in the variable w with v = gamma(w), by the trapezoidal rule.
    """
    w = np.linspace(at - 20, at + 20, 40_001)
    step = w[1] - w[0]

    def bell(z: Array) -> Array:
        return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    def moved(u: Array) -> Array:
        return u - grad * np.sin(k * u) / k

    place = np.array(at)
    jacobian = 1 - grad * np.cos(k * w)
    row = np.abs(bell(place - w) - bell(moved(place) - moved(w)) * jacobian)
    here = 1 - grad * math.cos(k * at)
    column = np.abs(bell(w - place) / here - bell(moved(w) - moved(place)))
    return float(row.sum() * step), float(column.sum() * step)


def dilated_column(grad: float, d: int) -> float:
    r"""The integral over a column of the kernel of [A, L_tau], tau(u) = grad u, in d dimensions, in closed form.

    It is that of |h(z) - D h((1 - grad) z)|/D, D = (1 - grad)^d: twice the difference of the masses of two Gaussians
    inside the sphere where they are equal, over D.
    """
    from scipy.special import gammainc

    rest = 1 - grad
    square = -2 * d * math.log(rest) / (1 - rest**2)  # |z|^2 there
    inside = gammainc(d / 2, square / 2) - gammainc(d / 2, rest**2 * square / 2)
    return 2 * float(inside) / rest**d
