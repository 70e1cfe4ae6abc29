r"""Two quadratic layers: |z||z'| cos^2 and <z, z'>^2

The tables of the seminar name both a polynomial of degree 2. They agree on patches of norm 1 alone.
"""

from typing import Any

import numpy as np
import sympy as sp

from experiments import architectures
from experiments.datasets import digits
from oracle.convolutional import Step
from paper_checks.registry import *

_WHERE = (
    "The released code of Bietti 2022 (approximation and learning with deep convolutional models): "
    "kernels `poly` and `square`"
)


@check("C58", verdict="proved", where=_WHERE)
def two_kernels(tier: Tier) -> Checks:
    r"""Two quadratic patch kernels

    $|z||z'|\cos^r$ has the features $z^{\otimes r}/|z|^{r-1}$ and $\langle z,z'\rangle^2$ has $z\otimes z$. For $r=2$
    the second is $|z||z'|$ times the first: equal for patches of norm 1, of degree 2 and 4 under $(z,z')\to(tz,tz')$;
    after $n$ layers, of degree 2 and $2^{n+1}$. On $R^p$ both have $p(p+1)/2$ features, but no function but 0 in
    common: along a ray they grow like $t$ and $t^2$.
    """
    p = 3
    z, w = (sp.Matrix(sp.symbols(f"{name}:{p}", real=True)) for name in "zw")
    t = sp.Symbol("t", positive=True)
    a, b = (sp.sqrt((v.T * v)[0]) for v in (z, w))
    inner = (z.T * w)[0]
    yield step(
        "the features",
        r"$\langle z^{\otimes r},z'^{\otimes r}\rangle=\langle z,z'\rangle^r$ for every $r$ and $p$: the sum over all "
        "products of $r$ coordinates is the power of the sum. The norms are scalars.",
    )
    powers = (2, 3, 4)
    tensors = [[_tensor_power(list(v), r) for v in (z, w)] for r in powers]
    label = rf"$\langle z^{{\otimes r}},z'^{{\otimes r}}\rangle=\langle z,z'\rangle^r$, $r=2,3,4$, $p={p}$"
    found = [sp.expand(sum(x * y for x, y in zip(*pair, strict=True))) for pair in tensors]
    yield exact(label, found, [sp.expand(inner**r) for r in powers], by="sympy")
    # The norms divide as scalars, so this is the identity for the homogeneous kernel, too.
    yield vanish(
        r"$\langle z,z'\rangle^r/(|z||z'|)^{r-1}=|z||z'|\cos^r$",
        *(inner**r / (a * b) ** (r - 1) - a * b * (inner / (a * b)) ** r for r in powers),
    )
    poly, square = a * b * (inner / (a * b)) ** 2, inner**2
    yield step(
        "the quotient, and the degrees",
        "After $n$ layers: $P$ and $A$ are linear, so that a layer keeps the degree of $K$, "
        "2, in the first case, and doubles it in the second, from 2 to $2^{n+1}$.",
    )
    yield exact(
        r"$\langle z,z'\rangle^2$ over $|z||z'|\cos^2$", sp.simplify(square / poly), a * b, by="sympy"
    )  # fmt: skip
    scaled = {**dict(zip(z, t * z, strict=True)), **dict(zip(w, t * w, strict=True))}
    label = "both at $(tz,tz')$ over their values at $(z,z')$"
    found = [sp.simplify(k.subs(scaled, simultaneous=True) / k) for k in (poly, square)]
    detail = "P and A are linear, so a layer takes degree g to g, or to 2 g"
    yield exact(label, found, [t**2, t**4], by="sympy", detail=detail)
    yield step(
        "how many features",
        r"Both spaces are those of symmetric matrices, $\langle W,z\otimes z\rangle$, in the "
        r"first case over $|z|$: $\frac{p(p+1)}{2}$ dimensions for every $p$, as the monomials "
        "of degree 2 are independent. A rank of so many at some points shows it again.",
    )
    for p in (2, 3, 4):
        points = _rational_points(p, 24, tier.rng)
        norms = [sp.sqrt(sum(x * x for x in point)) for point in points]
        inners = sp.Matrix(points) * sp.Matrix(points).T
        squares = inners.applyfunc(lambda x: x**2)
        poly2 = sp.Matrix(
            24, 24, lambda i, j, s=squares, n=norms: s[i, j] / (n[i] * n[j])
        )  # fmt: skip
        size = p * (p + 1) // 2
        label = f"ranks of both at 24 points with rational norms in $R^{p}$"
        yield exact(label, [squares.rank(), poly2.rank()], [size, size], by="rational arithmetic")
    yield step(
        "no function in common",
        r"Both spaces are those of $\langle W,z\otimes z\rangle$, in the first case over $|z|$, with the norm of the "
        "symmetric part of $W$. Along a ray $z=te$ functions of the first grow like $t$, of the second like $t^2$: "
        r"one in both is 0. So $z\to\langle w,z\rangle^2$ has norm $|w|^2$ in the space of the square, and off the "
        r"sphere is in no space of a homogeneous kernel $|z||z'|\kappa(\cos)$.",
    )
    yield conclusion(
        "Features, quotient, degrees, dimensions and the empty intersection, for every $p$, "
        "and every $r$ where $r$ is named."
    )


def _tensor_power(z: list[Any], r: int) -> list[Any]:
    power = [1]
    for _ in range(r):
        power = [x * y for x in power for y in z]
    return power


def _rational_points(p: int, count: int, rng: np.random.Generator) -> list[list[Any]]:
    """Points of rational norm: a rational multiple of the stereographic image of integers."""
    points = []
    for y, scale in zip(rng.integers(-5, 6, (count, p - 1)), rng.integers(1, 6, count), strict=True):
        whole = [int(v) for v in y]
        s = sum(v * v for v in whole)
        factor = sp.Rational(int(scale), s + 1)
        points.append([*(2 * v * factor for v in whole), (s - 1) * factor])
    return points


@check("C58a", verdict="holds", where=_WHERE)
def on_images(tier: Tier) -> Checks:
    r"""The two quadratic layers on images

    On images the two are different kernels: on the digits of scikit-learn the ratio of their values varies, since
    $\langle z,z'\rangle^2$ weights a pair of patches by $|z||z'|$, its contrast. The best multiple of one is a tenth
    away from the other, or more, and the normalised kernels differ as well.
    """
    signals = tier.rng.normal(size=(6, 9, 3))
    unit = signals / np.linalg.norm(signals, axis=-1, keepdims=True)
    grams = [
        architectures.network([Step(1, kernel, "gaussian", 2, 2)]).gram(unit) for kernel in ("polynomial(2)", "square")
    ]
    label = "patches of norm 1, one layer: both kernels"
    why = "sums of squares of cosines in float64; values up to 2"
    yield measured_against(label, grams[0], grams[1], atol=5e-15, why=why)
    data = digits()
    count = tier.pick(quick=100, full=300)
    images = data.pixels[:count].reshape(count, 8, 8, 1)
    ratios, apart, gaps = [], [], []
    names = ("one layer", "after exponential(0.6)")
    for first in ((), (Step(3, "exponential(0.6)", "gaussian", 1, 1),)):
        poly, square = (
            architectures.network([*first, Step(3, kernel, "gaussian", 1, 2)]).gram(images)
            for kernel in ("polynomial(2)", "square")
        )
        ratio = (square / poly)[~np.eye(count, dtype=bool)]
        best = np.sum(square * poly) / np.sum(poly**2)
        ratios.append(ratio.max() / ratio.min())
        apart.append(np.linalg.norm(square - best * poly) / np.linalg.norm(square))
        cosines = [k / np.sqrt(np.outer(np.diag(k), np.diag(k))) for k in (poly, square)]
        gaps.append(float(np.abs(cosines[0] - cosines[1]).max()))
    for what, values, lower, why in (
        ("largest over smallest ratio of their values", ratios, 1.5, "1 for kernels that are multiples"),
        ("relative distance of the best multiple", apart, 0.1, "the tenth of the statement"),
        ("largest difference of the normalised kernels", gaps, 0.02, "the kernels' own accuracy is 1e-12"),
    ):
        yield bound(f"{count} digits, {' and '.join(names)}: {what}", values, lower=lower, why=why)
