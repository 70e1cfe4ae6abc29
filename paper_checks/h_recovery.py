r"""Convolutional kernels: the signal recovered from the maps by linear functions

Readings by values of the kernels against P and A as matrices; norms of linear functions.
"""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import sympy as sp

import kernelspec as ks
from experiments import architectures
from kernelspec.ckn import recovery
from oracle import convolutional as oracle
from oracle.convolutional import Step
from oracle.linear_readings import readings
from paper_checks.registry import *

WHERE = "Bietti & Mairal 2019 (JMLR), signal recovery; the slide on it"


_NETWORKS: tuple[tuple[str, tuple[int, ...], list[Step]], ...] = (
    ("1 layer, signal", (20, 2), [Step(3, "arccos(1)", "gaussian", 1, 2, normalized=True)]),
    ("3 layers, signal", (24, 1), [Step(3, "arccos(1)", "gaussian", 1, 2, "circular", True)] * 3),
    (
        "exponential and ReLU, signal",
        (20, 1),
        [Step(3, text, "gaussian", 1, 2, "circular", True) for text in ("exponential(0.6)", "arccos(1)")],
    ),
    (
        "2 layers, image",
        (8, 12, 1),
        [Step(3, "arccos(1)", "gaussian", 1, 2, "circular"), Step(2, "arccos(1)", "average", 1, 2, "circular")],
    ),
)


@check("C51", verdict="holds", where=WHERE)
def recovered(tier: Tier) -> Checks:
    r"""The signal is recovered from the maps by linear functions

    $\langle f_w,x_k(u)\rangle=\langle w,A_kP_kx_{k-1}(u)\rangle$ at every depth with values of the kernels alone:
    $f_w=\varphi(w)-\varphi(-w)$ for ReLU, a cubature formula in the first layer for smooth kernels. Where these
    readings determine the signal it comes back, to rounding times their condition number. For one layer on positions
    that wrap, each read $m$ to $M$ times, that is between $(m/M)^{1/2}/\min|\hat h|$ and $(M/m)^{1/2}/\min|\hat h|$:
    exactly $1/\min|\hat h|$ for stride = patch and for stride 1.
    """
    theta = sp.Symbol("theta", real=True)
    relu = (sp.sin(theta) + (sp.pi - theta) * sp.cos(theta)) / sp.pi  # claim 12
    yield vanish(
        r"$\kappa_1(u)-\kappa_1(-u)-u$ for $u=\cos\theta$", relu - relu.subs(theta, sp.pi - theta) - sp.cos(theta)
    )
    for name, shape, steps in _NETWORKS:
        net = architectures.network(steps)
        x = tier.rng.normal(size=(2, *shape))
        found = recovery.read(net, x)
        expected = readings(x, steps)
        scale = float(np.abs(x).max()) * math.sqrt(2) ** len(steps)
        label = f"readings by the kernels, {name}"
        why = "values of kernels times |w||z|, patches of up to 27 numbers a layer"
        yield measured_against(label, found.ravel() / scale, expected.ravel() / scale, atol=5e-15, why=why)
        known = recovery.readout(net, x.shape)
        back = recovery.reconstruct(net, found, x.shape)
        error = float(np.linalg.norm(back - x) / np.linalg.norm(x))
        if not known.injective:  # what comes back is a projection
            continue
        label = f"relative error of the signal over the condition number, {name}"
        why = "readings are right to some ulp of the norms of patches"
        yield bound(label, error / known.condition, upper=5e-15, why=why)
    alike, between = [], []
    cases = itertools.product((24, 48), (("gaussian", 2), ("average", 5)), ((3, 1), (3, 3), (4, 4), (3, 2), (5, 2)))
    for n, (pool, size), (patch, stride) in cases:
        h = oracle.taps(pool, size)
        transfer = float(np.abs(np.exp(2j * np.pi * np.outer(np.arange(n), np.arange(len(h))) / n) @ h).min())
        layer = Step(patch, "arccos(1)", pool, size, stride, "circular")
        ratio = recovery.readout(architectures.network([layer]), (1, n, 1)).condition * transfer
        if stride in (1, patch):
            alike.append(ratio)
        else:
            often = np.bincount([(i + c) % n for i in range(0, n, stride) for c in range(patch)])
            between.append(math.log(ratio) / math.log(math.sqrt(often.max() / often.min())))
    label = r"condition number times $\min|\hat h|$, stride = patch or 1"
    yield measured_against(label, alike, 1.0, rtol=2e-11, why="singular values of condition numbers up to 1e6")
    label = r"its logarithm over that of $(M/m)^{1/2}$, other strides"
    why = r"$R^TR$ lies between $m$ times and $M$ times that of the convolution"
    yield bound(label, between, lower=-1, upper=1, why=why)


@check("C51a", verdict="holds", where=f"{WHERE}; $b_1>0$ and $|w|/\\sqrt{{b_1}}$ there")
def norms(tier: Tier) -> Checks:
    r"""The norm of a linear function

    Linear functions of patches of $d$ numbers belong to the RKHS of $|z||z'|\kappa(\cos)$ exactly where $\mu_1>0$:
    where some odd $b_j>0$. Then $\|f_w\|=|w|/\sqrt{d\mu_1}\leq|w|/\sqrt{b_1}$, with equality where the odd part of
    $\kappa$ is linear (ReLU: $\sqrt{2}\,|w|$) and in the limit $d\to\infty$, where $b_1>0$ is needed. $|w|/\sqrt{b_1}$
    is the norm of one representing element of the Taylor series' space.
    """
    squares, values, expected = [], [], []
    for d in range(1, 6):
        tensor = _cubic(d)
        squares.append(sum(v * v for v in tensor.values()))
        expected.append(Fraction(d + 2, 3))
        z = sp.symbols(f"z:{d}")
        read = sum(v * z[i] * z[j] * z[k] for (i, j, k), v in tensor.items())
        values.append(sp.expand(read - z[0] * sum(c * c for c in z)))
    yield vanish(
        r"$\kappa=u^3$, $b_1=0$: the symmetric tensor $T=\mathrm{sym}(w\otimes I)$ has "
        r"$\langle T,z^{\otimes3}\rangle/|z|^2=\langle w,z\rangle$, $d=1,\ldots,5$",
        *values,
    )
    label = r"its squared norm, the least as symmetric tensors are what $z^{\otimes3}$ spans: $(d+2)/3$"
    yield exact(label, squares, expected, by="rational arithmetic")
    cubic = [recovery.linear_function(ks.polynomial(3), d).norm ** 2 for d in range(1, 6)]
    mixed = [recovery.linear_function(0.4 * ks.linear() + 0.6 * ks.arccos(1), d).norm ** 2 for d in (1, 9, math.inf)]
    label = r"the library's squared norms: $1/(d\mu_1)$ for $u^3$, $1/b_1$ in every dimension for $0.4u+0.6\kappa_1$"
    found = [*cubic, *mixed]
    why = "closed forms in float64"
    yield measured_against(label, found, [*(float(v) for v in expected), *[1 / 0.7] * 3], rtol=5e-15, why=why)
    ratios = []
    alpha = mpmath.mpf(25) / 9
    b1 = alpha * mpmath.exp(-alpha)
    for d in (2, 3, 4, 9, 27, 81, 729):
        nu = mpmath.mpf(d) / 2
        mu = mpmath.exp(-alpha) * mpmath.gamma(nu) * (2 / alpha) ** (nu - 1)
        ratios.append(float(b1 / (d * mu * mpmath.besseli(nu, alpha))))
    label = r"$b_1/(d\mu_1)$ for $e^{(u-1)/0.6^2}$, by Bessel functions (claim 11), grows with $d$ and is below 1"
    detail = ", ".join(f"{r:.4f}" for r in ratios)
    yield holds(label, all(a < b < 1 for a, b in itertools.pairwise(ratios)), detail=detail)
    label = r"$d=729$ against the limit 1"
    why = r"the next term, $3b_3/(b_1(d+2))=\alpha^2/(2(d+2))$, and half of it for the others"
    yield measured_against(label, ratios[-1], 1.0, atol=3 * float(alpha**2) / 6 / 729 * 1.5, why=why)
    points = tier.rng.normal(size=(tier.pick(quick=200, full=400), 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    gram = ks.exponential(0.6).gram(points)
    size, vectors = np.linalg.eigh(gram)
    kept = size > 1e-9 * size[-1]
    least = math.sqrt(float(np.sum((vectors.T[kept] @ points[:, 0]) ** 2 / size[kept])))
    yield bound(
        rf"least norm of all elements with the values $\langle w,z\rangle$ at {len(points)} points of the sphere, "
        r"over $1/\sqrt{3\mu_1}$",
        least / recovery.linear_function(ks.exponential(0.6), 3).norm,
        lower=0.999,
        upper=1 + 1e-9,
        why="a lower bound that grows to the norm in the RKHS; below that of the paper by a factor 0.704",
    )


def _cubic(d: int) -> dict[tuple[int, int, int], Fraction]:
    """The symmetric part of e_1 (x) sum_i e_i (x) e_i."""
    return {
        (i, j, k): Fraction((i == 0) * (j == k) + (j == 0) * (i == k) + (k == 0) * (i == j), 3)
        for i, j, k in itertools.product(range(d), repeat=3)
    }
