r"""K_k = c_d Q_k/2, the Gegenbauer function of the second kind, at nodes of a contour: the weight of mu_k's integral.

With lambda = d/2 - 1, by Rodrigues' formula,

.. math::
    K_k(\eta) = \lambda e^{-(k+1)\eta} \int_0^1 s^k [(1-s)(1-s e^{-2\eta})]^{\lambda-1} ds  \quad (d \ge 3), \qquad
    K_k(\eta) = e^{-k\eta} / (2 \sinh\eta) \quad (d = 2),

whose integrand is unimodal in r = log(s/(1-s)) and decays exponentially: the trapezoidal rule in r converges
geometrically, and every exponent is formed from logarithms that are accurate in relative terms, so that no difference
of large log-Gamma values ever occurs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .eigenvalue_arrays import Array

_LOW = 11  # lambda = d/2 - 1 up to which powers are products
_AT_ONCE = 1 << 14  # numbers of a tile
DROP = 42.0  # e^-42 = 6e-19: what falls below this fraction of the largest term is left out


def weights(
    eta: Array, strength: Array, lam: float, k: float, floor: float = -math.inf, symmetric: bool = True
) -> tuple[float, Array, Array, Array]:
    """(log scale, K_k(eta)/scale, the same with |integrand|, indices) where strength K_k is not negligible.

    No indices where strength times weight stays below e^floor everywhere. `symmetric`: whether complex nodes are those
    of the contour's bottom, of which the last ones mirror the first.
    """
    if lam == 0:
        exponent = -k * eta - np.log(2 * np.sinh(eta))
        kept = _relevant(exponent.real, strength, floor)
        scale = float(exponent.real[kept].max()) if kept.size else 0.0
        values = np.exp(exponent[kept] - scale)
        return scale, values, np.abs(values), kept
    nodes, y = eta.size, -np.expm1(-2 * eta)
    q = _peaks(y, lam, k)
    r0 = np.log(q)
    peak = _log_size(r0, eta, y, lam, k)
    # The integral over r is its peak times its width, which is at least 1/sqrt(k + lam) and at most some hundred.
    kept = _relevant(peak + math.log(lam), strength, floor - 6)
    if not kept.size:
        return 0.0, np.zeros(0), np.zeros(0), kept
    eta, y, r0, q = eta[kept], y[kept], r0[kept], q[kept]
    s = q / (1 + q)
    curvature = s * (lam + (lam - 1) * (1 - y.real) / (1 + y.real * q) ** 2)
    width = 1 / math.sqrt(float(np.max(curvature)))
    # A narrow peak is Gaussian; a broad one has the Fourier decay e^{-pi w/2} of log-Gamma variables, at the least.
    step = min(0.18, 0.47 * width)
    r = _trapezoid(step, width, r0, eta, y, lam, k)
    if not np.iscomplexobj(eta):
        scale, values = _sum(r, eta, y, lam, k)
        return scale + math.log(lam * step), values, values, kept
    mirror = np.minimum(kept, nodes - 1 - kept) if symmetric else kept
    scale, values, magnitude = _sum_off_legs(r, eta, y, lam, k, mirror)
    return scale + math.log(lam * step), values, magnitude, kept


def log_sizes(eta: Array, lam: float, k: float) -> Array:
    """log K_k(eta), but for the width of the integrand's peak, at real nodes; for d = 2 that of K_k sinh(eta)."""
    if lam == 0:
        return -k * eta
    y = -np.expm1(-2 * eta)
    return _log_size(np.log(_peaks(y, lam, k)), eta, y, lam, k)


def _peaks(y: Array, lam: float, k: float) -> Array:
    """The integrand's peak in q = s/(1-s): lam q + (lam-1) z q/(1+yq) = k+1, a quadratic."""
    # Its real part guides the complex case.
    a, b = lam, lam + (lam - 1) * (1 - y) - (k + 1) * y
    y_real, b_real = y.real, b.real
    root = np.sqrt(np.maximum(b_real**2 + 4 * a * y_real * (k + 1), 0.0))
    with np.errstate(all="ignore"):
        return np.where(b_real > 0, 2 * (k + 1) / (b_real + root), (root - b_real) / (2 * a * y_real))


def _trapezoid(step: float, width: float, r0: Array, eta: Array, y: Array, lam: float, k: float) -> Array:
    """Nodes r = step * integer that hold everything within e^-DROP of the peak, for every eta."""
    extremes = np.array([int(np.argmin(r0)), int(np.argmax(r0))])
    if np.iscomplexobj(eta):
        extremes = np.concatenate([extremes, np.linspace(0, eta.size - 1, 7).astype(int)])
    r0, eta, y = r0[extremes], eta[extremes], y[extremes]
    peak = _log_size(r0, eta, y, lam, k)
    far = width * 2.0 ** np.arange(24)
    ends = []
    for direction in (-1, 1):
        drop = peak - _log_size(r0 + direction * far[:, None], eta, y, lam, k)
        ends.append(r0 + direction * far[np.argmax(drop > DROP, axis=0)])
    r = step * np.arange(math.floor(ends[0].min() / step), math.ceil(ends[1].max() / step) + 1)
    inside = (_log_size(r[:, None], eta, y, lam, k) > peak - DROP).any(axis=1)
    low, high = np.flatnonzero(inside)[[0, -1]]
    return r[low : high + 1]


def _sum(r: Array, eta: Array, y: Array, lam: float, k: float) -> tuple[float, Array]:
    """(log scale, sums over r / scale of the integrand) on the legs, for every eta."""
    if lam > _LOW:
        exponent = _exponent(r[:, None], eta, y, lam, k)
        scale = float(exponent.max())
        return scale, np.exp(exponent - scale).sum(axis=0)
    # Low dimension: (1-zs)^{lam-1} by square roots and products, the rest separates into r and eta.
    top, along, s, rest = _along(r, lam, k)
    decay = -(k + 1) * eta
    start = float(decay.max())
    decay, n = np.exp(decay - start), round(2 * lam) - 2
    if n == 0:
        return top + start, along.sum() * decay
    total = np.empty(eta.size)
    for here in _tiles(eta.size, r.size):
        x = np.multiply.outer(y[here], s)
        x += rest
        if n == -1:
            np.reciprocal(np.sqrt(x, out=x), out=x)
        else:
            x = _power(x, n // 2, np.sqrt(x) if n % 2 else None)
        total[here] = x @ along
    return top + start, total * decay


def _sum_off_legs(r: Array, eta: Array, y: Array, lam: float, k: float, mirror: Array) -> tuple[float, Array, Array]:
    """(log scale, sums over r / scale of the integrand, and of its absolute value) at complex eta.

    On the bottom, H + i alpha, y is conjugate at pi - alpha: the sums over r are taken once for both, `mirror` numbers
    these pairs of nodes.
    """
    _, first, back = np.unique(mirror, return_index=True, return_inverse=True)
    y_real, y_imag = y.real[first], np.abs(y.imag[first])
    if lam > _LOW:
        exponent = _exponent(r[:, None], np.zeros(1), y_real + 1j * y_imag, lam, k)
        scale = float(exponent.real.max())
        terms = np.exp(exponent - scale)
        total, size = terms.sum(axis=0), np.exp(exponent.real - scale).sum(axis=0)
    else:
        scale, along, s, rest = _along(r, lam, k)
        total, size = _turned(along, s, rest, y_real, y_imag, lam)
    value = np.where(y.imag < 0, total.conj()[back], total[back])
    height = float(eta.real.min())
    turn = np.exp(-(k + 1) * (eta - height))
    return scale - (k + 1) * height, value * turn, size[back] * np.abs(turn)


def _turned(along: Array, s: Array, rest: Array, y_real: Array, y_imag: Array, lam: float) -> tuple[Array, Array]:
    """The sum over s of along (1-zs)^{lam-1}, and that of absolute values, for every y = 1 - z; Re(1-zs) > 0."""
    n = round(2 * lam) - 2
    total, size = np.empty(y_real.shape, complex), np.empty(y_real.shape)
    if n == 0:
        total[:] = size[:] = along.sum()
        return total, size
    for here in _tiles(y_real.size, s.size):
        real, imag = np.multiply.outer(y_real[here], s), np.multiply.outer(y_imag[here], s)
        real += rest
        absolute = np.sqrt(real * real + imag * imag)
        if n % 2:  # the root in real arithmetic, which is faster than NumPy's complex one
            root_real = np.sqrt(0.5 * (absolute + real))
            root_imag = imag / (2 * root_real)
        if n == -1:
            inverse = np.reciprocal(absolute, out=absolute)
            total[here] = (root_real * inverse) @ along - 1j * ((root_imag * inverse) @ along)
            size[here] = np.sqrt(inverse, out=inverse) @ along
            continue
        factor = _power(real + 1j * imag, n // 2, root_real + 1j * root_imag if n % 2 else None)
        total[here] = factor.real @ along + 1j * (factor.imag @ along)
        size[here] = _power(absolute, n // 2, np.sqrt(absolute) if n % 2 else None) @ along
    return total, size


def _tiles(count: int, length: int) -> Iterator[slice]:
    """Parts of `count` rows of this length that stay in the cache: for d = 3 there are many s."""
    rows = max(1, _AT_ONCE // length)
    return (slice(first, first + rows) for first in range(0, count, rows))


def _along(r: Array, lam: float, k: float) -> tuple[float, Array, Array, Array]:
    """(log scale, s^{k+1} (1-s)^lam / scale, s, 1-s) at s = 1/(1+e^{-r})."""
    log_s, log_rest, s, rest = _logistic(r)
    along = (k + 1) * log_s + lam * log_rest
    top = float(along.max())
    return top, np.exp(along - top), s, rest


def _power(x: Array, n: int, start: Array | None) -> Array:
    """x^n for n >= 0, times `start`."""
    out, square = start, x
    while n:
        if n % 2:
            out = square if out is None else out * square
        n //= 2
        if n:
            square = square * square
    return np.ones_like(x) if out is None else out


def _exponent(r: Array, eta: Array, y: Array, lam: float, k: float) -> Array:
    """log of e^{-(k+1) eta} s^{k+1} (1-s)^lam (1-zs)^{lam-1} at s = 1/(1+e^{-r}), z = 1 - y."""
    out = _log_size(r, eta, y, lam, k)
    if not np.iscomplexobj(eta) and not np.iscomplexobj(y):
        return out
    _, _, s, rest = _logistic(r)
    rest_zs = rest + s * y  # 1 - zs
    return out + 1j * ((lam - 1) * np.arctan2(rest_zs.imag, rest_zs.real) - (k + 1) * eta.imag)


def _log_size(r: Array, eta: Array, y: Array, lam: float, k: float) -> Array:
    """Its real part."""
    log_s, log_rest, s, rest = _logistic(r)
    out = (k + 1) * log_s + lam * log_rest - (k + 1) * eta.real
    if lam != 1:
        out = out + (lam - 1) * _log_one_minus(s, rest, y)
    return out


def _logistic(r: Array) -> tuple[Array, Array, Array, Array]:
    """log s, log(1-s), s and 1-s at s = 1/(1+e^{-r}), all accurate in relative terms."""
    small = np.exp(-np.abs(r))
    log_small = np.log1p(small)
    positive = r > 0
    return (
        np.where(positive, 0.0, r) - log_small,
        np.where(positive, -r, 0.0) - log_small,
        np.where(positive, 1.0, small) / (1 + small),
        np.where(positive, small, 1.0) / (1 + small),
    )


def _log_one_minus(s: Array, rest: Array, y: Array) -> Array:
    """log |1 - s(1-y)| where 1 - s = rest, accurate in relative terms; y in (0, 1), or complex."""
    zs = s * (1 - y)
    if not np.iscomplexobj(y):
        return np.where(zs < 0.5, np.log1p(-np.minimum(zs, 0.5)), np.log(rest + s * y))
    real, absolute = np.minimum(-zs.real, 0.5), np.abs(rest + s * y)
    small = 0.5 * np.log1p(np.maximum(real, -0.5) * (2 + np.maximum(real, -0.5)) + zs.imag**2)
    return np.where(np.abs(zs) < 0.5, small, np.log(absolute))


def _relevant(exponent: Array, strength: Array, floor: float) -> Array:
    """Indices at which exp(exponent) * strength is within e^-DROP of its maximum; none if that is below e^floor."""
    with np.errstate(divide="ignore"):
        size = np.where(strength > 0, exponent + np.log(strength), -np.inf)
    top = size.max(initial=-np.inf)
    if not np.isfinite(top) or top < floor:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(size > top - DROP)
