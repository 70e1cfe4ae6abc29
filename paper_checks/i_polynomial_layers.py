r"""Two quadratic layers: |z||z'| cos^2 and <z, z'>^2

The tables of the seminar name both a polynomial of degree 2. They agree on patches of norm 1 alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments import architectures
from experiments.datasets import digits
from kernelspec import regression
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.registry import Checks, Tier, bound, check, conclusion, exact, measured_against, note, step, table

Array = NDArray[np.float64]

_WHERE = (
    "The released code of Bietti 2022 (approximation and learning with deep convolutional models): "
    "kernels `poly` and `square`"
)


@check(
    "C58",
    title="Two quadratic patch kernels",
    statement=r"$|z||z'|\cos^r$ has the features $z^{\otimes r}/|z|^{r-1}$ and $\langle z,z'\rangle^2$ has "
    r"$z\otimes z$. For $r=2$ the second is $|z||z'|$ times the first: equal for patches of norm 1, of degree "
    r"2 and 4 under $(z,z')\to(tz,tz')$; after $n$ layers, of degree 2 and $2^{n+1}$. On $R^p$ both have "
    r"$p(p+1)/2$ features, but no function but 0 in common: along a ray they grow like $t$ and $t^2$.",
    where=_WHERE,
    verdict="proved",
)
def two_kernels(tier: Tier) -> Checks:
    """Polynomial identities, scaling, exact ranks."""
    import sympy

    p = 3
    z, w = (sympy.Matrix(sympy.symbols(f"{name}:{p}", real=True)) for name in "zw")
    t = sympy.Symbol("t", positive=True)
    a, b = (sympy.sqrt((v.T * v)[0]) for v in (z, w))
    inner = (z.T * w)[0]
    yield step(
        "the features",
        r"$\langle z^{\otimes r},z'^{\otimes r}\rangle=\langle z,z'\rangle^r$ for every $r$ "
        "and $p$: the sum over all products of $r$ coordinates is the power of the sum. The "
        "norms are scalars.",
    )
    for r in (2, 3, 4):
        left, right = (_tensor_power(list(v), r) for v in (z, w))
        product = sum(x * y for x, y in zip(left, right, strict=True))
        yield exact(
            rf"$\langle z^{{\otimes {r}}},z'^{{\otimes {r}}}\rangle=\langle z,z'\rangle^{r}$, $p={p}$",
            sympy.expand(product),
            sympy.expand(inner**r),
            by="sympy",
        )
        # The norms divide as scalars, so this is the identity for the homogeneous kernel, too.
        homogeneous = a * b * (inner / (a * b)) ** r
        yield exact(
            rf"$\langle z,z'\rangle^{r}/(|z||z'|)^{{{r - 1}}}=|z||z'|\cos^{r}$",
            sympy.simplify(inner**r / (a * b) ** (r - 1) - homogeneous),
            0,
            by="sympy",
        )
    poly, square = a * b * (inner / (a * b)) ** 2, inner**2
    yield step(
        "the quotient, and the degrees",
        "After $n$ layers: $P$ and $A$ are linear, so that a layer keeps the degree of $K$, "
        "2, in the first case, and doubles it in the second, from 2 to $2^{n+1}$.",
    )
    yield exact(
        r"$\langle z,z'\rangle^2$ over $|z||z'|\cos^2$", sympy.simplify(square / poly), a * b, by="sympy"
    )  # fmt: skip
    scaled = {**dict(zip(z, t * z, strict=True)), **dict(zip(w, t * w, strict=True))}
    yield exact(
        "both at $(tz,tz')$ over their values at $(z,z')$",
        [sympy.simplify(k.subs(scaled, simultaneous=True) / k) for k in (poly, square)],
        [t**2, t**4],
        by="sympy",
        detail="P and A are linear, so a layer takes degree g to g, or to 2 g",
    )
    yield step(
        "how many features",
        r"Both spaces are those of symmetric matrices, $\langle W,z\otimes z\rangle$, in the "
        r"first case over $|z|$: $\frac{p(p+1)}{2}$ dimensions for every $p$, as the monomials "
        "of degree 2 are independent. A rank of so many at some points shows it again.",
    )
    for p in (2, 3, 4):
        points = _rational_points(p, 24, tier.rng)
        norms = [sympy.sqrt(sum(x * x for x in point)) for point in points]
        inners = sympy.Matrix(points) * sympy.Matrix(points).T
        squares = inners.applyfunc(lambda x: x**2)
        poly2 = sympy.Matrix(
            24, 24, lambda i, j, s=squares, n=norms: s[i, j] / (n[i] * n[j])
        )  # fmt: skip
        size = p * (p + 1) // 2
        yield exact(
            f"ranks of both at 24 points with rational norms in $R^{p}$",
            [squares.rank(), poly2.rank()],
            [size, size],
            by="rational arithmetic",
        )
    yield step(
        "no function in common",
        r"Both spaces are those of $\langle W,z\otimes z\rangle$, in the first case over $|z|$, with the norm of the "
        r"symmetric part of $W$. Along a ray $z=te$ functions of the first grow like $t$, of the second "
        r"like $t^2$: one in both is 0. "
        r"So $z\to\langle w,z\rangle^2$ has norm $|w|^2$ in the space of the square, and off "
        r"the sphere is in no space of a homogeneous kernel $|z||z'|\kappa(\cos)$.",
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
    import sympy

    points = []
    for y, scale in zip(rng.integers(-5, 6, (count, p - 1)), rng.integers(1, 6, count), strict=True):
        whole = [int(v) for v in y]
        s = sum(v * v for v in whole)
        factor = sympy.Rational(int(scale), s + 1)
        points.append([*(2 * v * factor for v in whole), (s - 1) * factor])
    return points


@check(
    "C58a",
    title="The two quadratic layers on images",
    statement=r"On images the two are different kernels: on the digits of scikit-learn the ratio of their values "
    r"varies, since $\langle z,z'\rangle^2$ weights a pair of patches by $|z||z'|$, its contrast. The "
    r"best multiple of one is a tenth away from the other, or more, and the normalised kernels differ as well.",
    where=_WHERE,
    verdict="holds",
)
def on_images(tier: Tier) -> Checks:
    """The library in rational arithmetic's company, scaling, unit patches, digits."""
    yield from _exact_network(tier)
    signals = tier.rng.normal(size=(6, 9, 3))
    unit = signals / np.linalg.norm(signals, axis=-1, keepdims=True)
    grams = [
        architectures.network([Step(1, kernel, "gaussian", 2, 2)]).gram(unit) for kernel in ("polynomial(2)", "square")
    ]
    yield measured_against(
        "patches of norm 1, one layer: both kernels",
        grams[0],
        grams[1],
        atol=5e-15,
        why="sums of squares of cosines in float64; values up to 2",
    )
    data = digits()
    count = tier.pick(quick=100, full=300)
    images = data.pixels[:count].reshape(count, 8, 8, 1)
    rows = []
    for name, first in (("one layer", ()), ("after exponential(0.6)", ("exponential(0.6)",))):
        found = []
        for kernel in ("polynomial(2)", "square"):
            steps = [
                Step(3, text, "gaussian", 1, 1 + (len(first) == number)) for number, text in enumerate((*first, kernel))
            ]
            net = architectures.network(steps)
            found.append(net.gram(images))
            power = 4 if kernel == "square" else 2
            yield measured_against(
                f"K(2x, 2x')/K(x, x'), {kernel}, {name}, 50 digits",
                net.gram(2 * images[:50]) / found[-1][:50, :50],
                2.0**power,
                rtol=1e-11,
                why="float64; small values of K are sums as well",
            )
        poly, square = found
        off = ~np.eye(count, dtype=bool)
        ratio = (square / poly)[off]
        low, high = np.quantile(ratio, [0.05, 0.95])
        best = np.sum(square * poly) / np.sum(poly**2)
        rest = np.linalg.norm(square - best * poly) / np.linalg.norm(square)
        cosines = [k / np.sqrt(np.outer(np.diag(k), np.diag(k))) for k in found]
        gap = float(np.abs(cosines[0] - cosines[1]).max())
        rows.append([name, ratio.min(), low, high, ratio.max(), rest, gap])
        yield bound(
            f"largest over smallest ratio, {name}",
            ratio.max() / ratio.min(),
            lower=1.5,
            why="1 for kernels that are multiples",
        )
        yield bound(
            f"relative distance of the best multiple, {name}", rest, lower=0.1, why="the tenth of the statement"
        )
        yield bound(
            f"largest difference of the normalised kernels, {name}",
            gap,
            lower=0.02,
            why="the kernels' own accuracy is 1e-12",
        )
    yield table(
        f"$\\langle z,z'\\rangle^2$ over $|z||z'|\\cos^2$ on pairs of {count} digits",
        ["network", "least", "5 %", "95 %", "largest", "distance", "normalised"],
        rows,
    )
    yield from _accuracies(tier)


def _exact_network(tier: Tier) -> Checks:
    """Two square layers on integer signals: every number is rational."""
    signals = tier.rng.integers(-4, 5, (3, 6, 1))
    steps = [Step(3, "square", "average", 2, 2), Step(2, "square")]
    values = architectures.network(steps).gram(signals.astype(np.float64))
    expected = _rational_gram(signals, steps).astype(np.float64)
    yield measured_against(
        "the library against rational arithmetic, two layers of $\\langle z,z'\\rangle^2$, integer signals",
        values / expected.max(),
        expected / expected.max(),
        atol=5e-15,
        why="some ten roundings of positive and negative terms",
    )
    for layers in (1, 2, 3):
        deep = [steps[0], *[steps[1]] * (layers - 1)]
        plain, doubled = (_rational_gram(x, deep).ravel() for x in (signals, 2 * signals))
        yield exact(
            f"$K(2x,2x')/K(x,x')$, {layers} layers",
            [y / x for x, y in zip(plain, doubled, strict=True)],
            [Fraction(2**2 ** (layers + 1))] * plain.size,
            by="rational arithmetic",
        )


def _rational_gram(signals: NDArray[np.int64], steps: Sequence[Step]) -> NDArray[np.object_]:
    """K of layers <z, z'>^2 with means or no pooling, on signals of one channel, in Fractions."""
    n, length = signals.shape[:2]
    flat = [int(v) for v in signals.ravel()]
    # Integers: the inner products times `scale`.
    inner, scale = np.array([[x * y for y in flat] for x in flat], dtype=object), 1
    for layer in steps:
        ops = oracle.operators(layer, (length,))
        shifts = ops.shifts.astype(int).astype(object)
        inner, scale = _both_sides(shifts, inner, n) ** 2, scale**2
        # The entries of A are multiples of 1/q.
        whole = np.rint(ops.pooling * layer.size).astype(int).astype(object)
        inner, scale = _both_sides(whole[None], inner, n), scale * layer.size**2
        length = len(whole)
    blocks = inner.reshape(n, length, n, length)
    sums = np.einsum("iuju->ij", blocks)
    return np.array([[Fraction(int(v), scale) for v in row] for row in sums], dtype=object)


def _both_sides(matrices: NDArray[np.object_], inner: NDArray[np.object_], n: int) -> NDArray[np.object_]:
    """The sum of B G B^T over the matrices B, which act on the positions of each of n signals."""
    every = [np.kron(np.eye(n, dtype=int).astype(object), matrix) for matrix in matrices]
    return sum(matrix @ inner @ matrix.T for matrix in every)


def _accuracies(tier: Tier) -> Checks:
    """Ridge regression on digits; lambda by validation images."""
    data = digits()
    sizes = tier.pick(quick=(80, 40, 80), full=(300, 150, 450))
    order = tier.rng.permutation(len(data))[: sum(sizes)]
    # float32 is enough: n lambda is 1e-5 at least, far above its rounding.
    images = data.pixels[order].reshape(-1, 8, 8, 1).astype(np.float32)
    labels = data.labels[order]
    train, middle = sizes[0], sizes[0] + sizes[1]
    rows = []
    for kernel in ("polynomial(2)", "square", "polynomial(4)"):
        steps = [Step(3, "exponential(0.6)", "gaussian", 1, 2), Step(3, kernel)]
        net = architectures.network(steps)
        gram, cross = (
            k.astype(np.float64) for k in (net.gram(images[:train]), net.gram(images[train:], images[:train]))
        )
        scale = float(np.mean(np.diag(gram)))
        targets = np.eye(10)[labels[:train]] - 0.1
        path = regression.ridge_path(gram / scale, targets, 10.0 ** -np.arange(2, 8))
        right = regression.predict(path, cross / scale).argmax(axis=2) == labels[train:]
        chosen = int(right[:, : middle - train].mean(axis=1).argmax())
        rows.append([kernel, f"{100 * right[chosen, middle - train :].mean():.1f}"])
    yield table(
        f"Accuracy on {sizes[2]} digits after {train} (%), lambda chosen on {sizes[1]} others",
        ["after exponential(0.6)", "accuracy"],
        rows,
    )
    yield note("The table only informs: on this many digits a point of accuracy is within chance.")
