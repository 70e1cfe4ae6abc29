r"""Networks with slopes, biases and skip connections by their printed recursions, in Arb balls or mpmath.

Nothing here uses the library: the covariances and tangent kernels are carried un-normalised from layer
to layer, as the networks define them, and the constants at the ends are the closed forms of L6, L7, L8.
"""

from __future__ import annotations

from typing import Any

from oracle import deep as oracle


def dense(depth: int, slope: Any, variance: Any = 2, bias: Any = 0, tangent: bool = False) -> oracle.Kernel:
    r"""Sigma^L or Theta^L over Sigma^L(1) of a fully connected network (Lee et al. 2018, Jacot et al. 2018).

    Sigma^1 = v u + b, Sigma^{l+1} = v E[phi phi] + b, Theta^{l+1} = v E[phi' phi'] Theta^l + Sigma^{l+1}.
    """

    def kappa(u: oracle.Ball) -> oracle.Ball:
        s, v, b = (oracle.like(q, u) for q in (slope, variance, bias))
        sigma, size = v * u + b, v + b
        theta = sigma
        for _ in range(depth - 1):
            rho = sigma / size
            ramp, step = oracle.arccosine(1, rho), oracle.arccosine(0, rho)
            # E[phi phi] for phi = relu - s relu(-.): claim 12, and kappa_1(-u) = kappa_1(u) - u
            sigma = v * size * ((1 - s) ** 2 * ramp / 2 + s * rho) + b
            size = v * size * (1 + s * s) / 2 + b
            theta = v * ((1 - s) ** 2 * step / 2 + s) * theta + sigma
        return (theta if tangent else sigma) / size

    return kappa


def residual(depth: int, weight: Any, tangent: bool = False) -> oracle.Kernel:
    """K_L/K_L(1) or Theta_L/Theta_L(1) of a residual network (Huang et al. 2020), un-normalised until the end."""

    def kappa(u: oracle.Ball) -> oracle.Ball:
        square = oracle.like(weight, u) ** 2
        k, size, theta = u, oracle.like(1, u), oracle.like(0, u)
        for _ in range(depth):
            ramp, step = oracle.arccosine(1, k / size), oracle.arccosine(0, k / size)
            theta = theta * (1 + square * step) + square * (size * ramp + k * step)
            k, size = k + square * size * ramp, size * (1 + square)
        if not tangent:
            return k / size
        return theta / (2 * depth * square * (1 + square) ** (depth - 1))

    return kappa


def descent(ramp: oracle.Ball, layers: int) -> tuple[oracle.Ball, oracle.Ball]:
    """psi^layers(-1) and the product of psi' at psi(-1), ..., psi^{layers-1}(-1), psi = ramp kappa_1 + (1-ramp) u."""
    b, product = ramp - 1, oracle.ball(1)
    for _ in range(layers - 1):
        product *= ramp * oracle.arccosine(0, b) + 1 - ramp
        b = ramp * oracle.arccosine(1, b) + (1 - ramp) * b
    return b, product


def leaky_ends(depth: int, slope: Any, tangent: bool = False) -> tuple[oracle.Ball, oracle.Ball]:
    """c_1 and c_{-1} of L6, for a slope in (-1, 1]."""
    with oracle.precision():
        s = oracle.ball(slope)
        ramp = (1 - s) ** 2 / (1 + s * s)
        product = descent(ramp, depth - 1)[1]
        if tangent:
            lead = -ramp * oracle.sqrt2_over_pi()
            return lead * (depth * (depth - 1) // 2), lead * product
        return ramp * oracle.alpha() * (depth - 1), ramp * oracle.alpha() * product


def residual_ends(depth: int, weight: Any, tangent: bool = False) -> tuple[oracle.Ball, oracle.Ball]:
    """c_1 and c_{-1} of L8."""
    with oracle.precision():
        share = oracle.ball(weight) ** 2 / (1 + oracle.ball(weight) ** 2)
        product = descent(share, depth)[1]
        if tangent:
            lead = -oracle.sqrt2_over_pi() / 2
            return lead * (1 + (depth - 1) * share), lead * product / depth
        return share * oracle.alpha() * depth, share * oracle.alpha() * product


def biased_end(depth: int, slope: Any, variance: Any, bias: Any, tangent: bool = False) -> oracle.Ball:
    """c_1 of L7."""
    with oracle.precision():
        s, v, b = oracle.ball(slope), oracle.ball(variance), oracle.ball(bias)
        gain, size = v * (1 + s * s) / 2, v + b
        slopes = []  # D_l = v g^{l-1} / q_l
        for layer in range(depth):
            slopes.append(v * gain**layer / size)
            size = gain * size + b
        ramp = (1 - s) ** 2 / (1 + s * s)
        total, inverse = oracle.ball(0), oracle.ball(0)
        for d in slopes[:-1]:
            inverse += 1 / d
            total += d.sqrt() * (inverse if tangent else 1)
        return ramp * slopes[-1] * total * (-oracle.sqrt2_over_pi() if tangent else oracle.alpha())
