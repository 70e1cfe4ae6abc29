r"""Convolutional kernels: the signal recovered from the maps by linear functions

Readings by values of the kernels against P and A as matrices; ranks in exact arithmetic; what the whole map still sees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import architectures
from kernelspec import ckn
from kernelspec.ckn import recovery
from oracle import convolutional as oracle
from oracle.convolutional import Step
from oracle.linear_readings import exact_axis, readings
from paper_checks.registry import (
    Checks,
    Tier,
    bound,
    check,
    conclusion,
    exact,
    holds,
    measured_against,
    note,
    step,
    table,
)

Array = NDArray[np.float64]

_WHERE = "Bietti & Mairal 2019 (JMLR), signal recovery; the slide on it"
_RELU = ks.arccos(1)
_PRIME = 2**61 - 1


def axis_matrix(steps: Sequence[Step], n: int) -> Any:
    """The matrix of the readings along one axis, of fractions, shape (readings, n): no product is rounded."""
    return exact_axis(steps, n).reshape(-1, n)


def rational_rank(matrix: Any) -> int:
    """The rank by sympy's elimination over the rationals."""
    from sympy import QQ
    from sympy.polys.matrices import DomainMatrix

    table = [[QQ(v.numerator, v.denominator) for v in row] for row in matrix]
    return int(DomainMatrix(table, matrix.shape, QQ).rank())


_NETWORKS: tuple[tuple[str, tuple[int, ...], list[Step]], ...] = (
    ("1 layer, signal", (20, 2), [Step(3, "arccos(1)", "gaussian", 1, 2, normalized=True)]),
    ("2 layers, signal", (20, 1), [Step(3, "arccos(1)", "gaussian", 1, 2, "circular")] * 2),
    ("3 layers, signal", (24, 1), [Step(3, "arccos(1)", "gaussian", 1, 2, "circular", True)] * 3),
    ("1 exponential layer, signal", (18, 1), [Step(3, "exponential(0.6)", "gaussian", 1, 3, "circular", True)]),
    (
        "exponential and ReLU, signal",
        (20, 1),
        [
            Step(3, "exponential(0.6)", "gaussian", 1, 2, "circular", True),
            Step(3, "arccos(1)", "gaussian", 1, 2, "circular", True),
        ],
    ),
    ("1 layer, image", (10, 8, 3), [Step(3, "arccos(1)", "gaussian", 2, 2)]),
    (
        "2 layers, image",
        (8, 12, 1),
        [Step(3, "arccos(1)", "gaussian", 1, 2, "circular"), Step(2, "arccos(1)", "average", 1, 2, "circular")],
    ),
    ("3 layers, image", (8, 8, 1), [Step(2, "arccos(1)", "gaussian", 1, 2, "circular")] * 3),
)


@check(
    "C51",
    title="The signal is recovered from the maps by linear functions",
    statement=r"$\langle f_w,x_k(u)\rangle=\langle w,A_kP_kx_{k-1}(u)\rangle$ at every depth with values of the "
    r"kernels alone: $f_w=\varphi(w)-\varphi(-w)$ for ReLU, a cubature formula in the first layer for smooth kernels. "
    r"Where these readings determine the signal it comes back, to rounding times their condition number. For one layer "
    r"on positions that wrap, each read $m$ to $M$ times, that is between $(m/M)^{1/2}/\min|\hat h|$ and "
    r"$(M/m)^{1/2}/\min|\hat h|$: exactly $1/\min|\hat h|$ for stride = patch and for stride 1.",
    where=_WHERE,
    verdict="holds",
)
def recovered(tier: Tier) -> Checks:
    """Readings against matrices, signals against what comes back, condition numbers against h^."""
    import sympy

    theta = sympy.Symbol("theta", real=True)
    relu = (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / sympy.pi  # claim 12
    yield exact(
        r"$\kappa_1(u)-\kappa_1(-u)-u$ for $u=\cos\theta$",
        sympy.expand(relu - relu.subs(theta, sympy.pi - theta) - sympy.cos(theta)),
        0,
        by="sympy",
    )
    rows = []
    for name, shape, steps in _NETWORKS:
        net = architectures.network(steps)
        x = tier.rng.normal(size=(2, *shape))
        found = recovery.read(net, x)
        expected = readings(x, steps)
        scale = float(np.abs(x).max()) * math.sqrt(2) ** len(steps)
        yield measured_against(
            f"readings by the kernels, {name}",
            found.ravel() / scale,
            expected.ravel() / scale,
            atol=5e-15,
            why="values of kernels times |w||z|, patches of up to 27 numbers a layer",
        )
        known = recovery.readout(net, x.shape)
        back = recovery.reconstruct(net, found, x.shape)
        error = float(np.linalg.norm(back - x) / np.linalg.norm(x))
        rows.append([name, known.rank, known.columns, known.condition, error])
        if not known.injective:  # what comes back is a projection
            continue
        yield bound(
            f"relative error of the signal over the condition number, {name}",
            error / known.condition,
            upper=5e-15,
            why="readings are right to some ulp of the norms of patches",
        )
    yield table(
        "Signals from their maps, by values of the kernels alone",
        ["network", "rank", "positions", "condition", "relative error"],
        rows,
    )
    alike, between = [], []
    for n in (24, 48):
        for pool, size in (("gaussian", 1), ("gaussian", 2), ("gaussian", 4), ("average", 5)):
            w = 2 * np.pi * np.arange(n) / n
            h = oracle.taps(pool, size)
            transfer = float(np.abs(np.exp(1j * np.outer(w, np.arange(len(h)))) @ h).min())
            for patch, stride in ((3, 1), (3, 3), (4, 4), (3, 2), (4, 3), (5, 2)):
                layer = Step(patch, "arccos(1)", pool, size, stride, "circular")
                known = recovery.readout(architectures.network([layer]), (1, n, 1))
                ratio = known.condition * transfer
                if stride in (1, patch):
                    alike.append(ratio)
                else:
                    often = np.bincount([(i + c) % n for i in range(0, n, stride) for c in range(patch)])
                    root = math.sqrt(often.max() / often.min())
                    between.append(math.log(ratio) / math.log(root))
    yield measured_against(
        r"condition number times $\min|\hat h|$, stride = patch or 1",
        alike,
        1.0,
        rtol=2e-11,
        why="singular values of condition numbers up to 1e6",
    )
    yield bound(
        r"its logarithm over that of $(M/m)^{1/2}$, other strides",
        between,
        lower=-1,
        upper=1,
        why=r"$R^TR$ lies between $m$ times and $M$ times that of the convolution",
    )
    yield from _growth(tier)


def _growth(tier: Tier) -> Checks:
    """Depth and filter size against the condition number."""
    sizes, depths = (1, 2, 3, 4, 6, 8), (1, 2, 3, 4)
    n = tier.pick(quick=48, full=96)
    rows: list[list[Any]] = []
    grows = []
    for q in sizes:
        line: list[Any] = [q]
        for depth in depths:
            layer = Step(3, "arccos(1)", "gaussian", q, 2, "circular")
            line.append(recovery.readout(architectures.network([layer] * depth), (1, n, 1)).condition)
        rows.append(line)
        grows.append(all(b > a for a, b in zip(line[1:], line[2:], strict=False)))
    yield table(
        f"Condition number, patches of 3, stride 2, {n} positions that wrap",
        ["$q$", "1 layer", *(f"{depth} layers" for depth in depths[1:])],
        rows,
    )
    yield holds("the condition number grows with depth for every q", all(grows), detail="1 to 4 layers")
    yield note(
        r"It does not grow with $q$ steadily. The taps $e^{-t^2/q^2}$ stop at $|t|=q$ where they are still $e^{-1}$ of "
        r"the middle one, so that $\hat h$ changes its sign between the frequencies of the grid: $\min|\hat h|$ "
        r"depends on how near a frequency comes to a zero, and not on the $e^{-q^2\omega^2/4}$ of a whole Gaussian."
    )


@check(
    "C51a",
    title="The norm of a linear function",
    statement=r"Linear functions of patches of $d$ numbers belong to the RKHS of $|z||z'|\kappa(\cos)$ exactly where "
    r"$\mu_1>0$: where some odd $b_j>0$. Then $\|f_w\|=|w|/\sqrt{d\mu_1}\leq|w|/\sqrt{b_1}$, with equality where the "
    r"odd part of $\kappa$ is linear (ReLU: $\sqrt{2}\,|w|$) and in the limit $d\to\infty$, where $b_1>0$ is needed. "
    r"$|w|/\sqrt{b_1}$ is the norm of one representing element of the Taylor series' space.",
    where=f"{_WHERE}; $b_1>0$ and $|w|/\\sqrt{{b_1}}$ there",
    verdict="holds",
)
def norms(tier: Tier) -> Checks:
    """Symmetric tensors for u^3, Bessel functions for the exponential, least norms on samples, cubature."""
    import sympy

    squares, values, expected = [], [], []
    for d in range(1, 6):
        tensor = _cubic(d)
        squares.append(sum(v * v for v in tensor.values()))
        expected.append(Fraction(d + 2, 3))
        z = sympy.symbols(f"z:{d}")
        read = sum(v * z[i] * z[j] * z[k] for (i, j, k), v in tensor.items())
        values.append(sympy.expand(read - z[0] * sum(c * c for c in z)))
    yield exact(
        r"$\kappa=u^3$, $b_1=0$: the symmetric tensor $T=\mathrm{sym}(w\otimes I)$ has "
        r"$\langle T,z^{\otimes3}\rangle/|z|^2=\langle w,z\rangle$, $d=1,\ldots,5$",
        values,
        [0] * 5,
        by="sympy",
    )
    yield exact(
        r"its squared norm, the least as symmetric tensors are what $z^{\otimes3}$ spans: $(d+2)/3$",
        squares,
        expected,
        by="rational arithmetic",
    )
    cubic = [recovery.linear_function(ks.polynomial(3), d).norm ** 2 for d in range(1, 6)]
    yield measured_against(
        r"the library's $1/(d\mu_1)$ for $u^3$",
        cubic,
        [float(v) for v in expected],
        rtol=5e-15,
        why="closed forms in float64",
    )
    for text, b in (("arccos(1)", 0.5), ("linear()", 1.0), ("0.4*linear() + 0.6*arccos(1)", 0.7)):
        found = [recovery.linear_function(ks.parse(text), d).norm for d in (1, 2, 9, 27, math.inf)]
        yield measured_against(
            rf"`{text}`: $1/\sqrt{{b_1}}$ in every dimension", found, 1 / math.sqrt(b), rtol=1e-15, why="a square root"
        )
    rows, ratios = [], []
    alpha = mpmath.mpf(25) / 9
    b1 = alpha * mpmath.exp(-alpha)
    for d in (2, 3, 4, 9, 27, 81, 729):
        nu = mpmath.mpf(d) / 2
        mu = mpmath.exp(-alpha) * mpmath.gamma(nu) * (2 / alpha) ** (nu - 1)
        share = float(b1 / (d * mu * mpmath.besseli(nu, alpha)))
        rows.append([d, math.sqrt(share)])
        ratios.append(share)
    yield table(r"$\|f_w\|\sqrt{b_1}/|w|$ for $e^{(u-1)/0.6^2}$", ["$d$", "ratio"], rows)
    yield bound(
        r"$b_1/(d\mu_1)$ for $e^{(u-1)/0.6^2}$, by Bessel functions (claim 11)",
        ratios,
        lower=0.0,
        upper=1.0,
        why="all odd powers add to the degree 1",
    )
    yield holds("it grows with d", all(a < b for a, b in zip(ratios, ratios[1:], strict=False)))
    yield measured_against(
        r"$d=729$ against the limit 1",
        ratios[-1],
        1.0,
        atol=3 * float(alpha**2) / 6 / 729 * 1.5,
        why=r"the next term, $3b_3/(b_1(d+2))=\alpha^2/(2(d+2))$, and half of it for the others",
    )
    dimensions = (2, 3, 4)
    library = [recovery.linear_function(ks.exponential(0.6), d).norm ** 2 * float(b1) for d in dimensions]
    yield measured_against(
        r"the library's $b_1/(d\mu_1)$, $d=2,3,4$", library, ratios[:3], rtol=5e-15, why="eigenvalues to full accuracy"
    )
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
    for text, d in (("exponential(0.6)", 3), ("exponential(1)", 4), ("arccos(2)", 3)):
        f = recovery.linear_function(ks.parse(text), d)
        z = tier.rng.normal(size=(100, d))
        length = np.linalg.norm(z, axis=1)
        worst = float(np.max(np.abs(f.of_patches(z, length) - z) / length[:, None]))
        yield bound(
            rf"`{text}`, $d={d}$: error of the readings by {len(f.nodes)} values of the kernel",
            worst,
            upper=f.error + 5e-15,
            why=f"the proved error {f.error:.2g}, and rounding of sums with weights up to $1/\\mu_1$",
        )


def _cubic(d: int) -> dict[tuple[int, int, int], Fraction]:
    """The symmetric part of e_1 (x) sum_i e_i (x) e_i."""
    entries = {}
    for i in range(d):
        for j in range(d):
            for k in range(d):
                count = (i == 0) * (j == k) + (j == 0) * (i == k) + (k == 0) * (i == j)
                entries[i, j, k] = Fraction(int(count), 3)
    return entries


def _circular(n: int, patch: int, stride: int, pool: str, size: int) -> list[Step]:
    return [Step(patch, "arccos(1)", pool, size, stride, "circular")]


@check(
    "C51b",
    title="Which sampled readings determine the signal",
    statement=r"On $n$ positions that wrap, the readings determine the signal (rank $n$) exactly where the sampled "
    r"patches cover all positions and $\hat h$ has no zero among the frequencies of the grid; for $n$ a multiple of "
    r"the stride they cover for stride $s\leq$ patch $p$. For $s>p$ and $n>p(s-1)/(s-p)$ they never do: there are "
    r"fewer readings than positions. With the zero border of the experiments ($\lfloor n/s\rfloor-1$ windows) $s=p$ is "
    r"too much, and patches of 3 at stride 2, $q=2$, need an even $n$ (shown to $n=40$). The tables' networks lose "
    r"part of the signal from the second layer on.",
    where=f"{_WHERE}; sizes of the networks of Bietti & Mairal 2019 (NeurIPS) and of the seminar's tables",
    verdict="proved",
)
def coverage(tier: Tier) -> Checks:
    """Exact ranks of the library, of sympy, and over the field of the true Gaussian taps."""
    yield step(
        "positions that wrap: where the rank is $n$",
        r"On positions that wrap, $P$ and $A$ commute: the readings are the rows of the convolution with $h$ at the "
        r"positions that sampled patches cover. Are these all, the rank is the number of frequencies with "
        r"$\hat h\neq0$; else it is at most their number, which is below $n$.",
    )
    sizes = tier.pick(quick=(12, 13, 24), full=(12, 13, 24, 25, 36, 48))
    found, expected, names = [], [], 0
    for n in sizes:
        for patch in (1, 2, 3, 4, 5):
            for stride in range(1, 8):
                if n < 2 * stride:
                    continue
                covered = {(stride * i + c) % n for i in range(n // stride) for c in range(patch)}
                for pool, size in (("gaussian", 1), ("gaussian", 2), ("strided", 1)):
                    net = architectures.network(_circular(n, patch, stride, pool, size))
                    found.append(recovery.readout(net, (1, n, 1)).rank)
                    expected.append(len(covered))
                    names += 1
    yield exact(
        "positions that wrap: the rank is the number of positions that the sampled patches cover",
        found,
        expected,
        by="integer arithmetic, taps as the float64 numbers that they are",
        detail=f"patch 1-5, stride 1-7, n = {', '.join(map(str, sizes))}",
    )
    zeros = [
        (recovery.readout(architectures.network(_circular(n, 4, 2, "average", q)), (1, n, 1)).rank)
        for n, q in ((12, 2), (12, 3), (12, 4), (13, 2), (13, 4))
    ]
    # h^(w) = 0 at w = 2 pi j/n where j q is a multiple of n and j is none.
    lost = [sum((j * q) % n == 0 for j in range(1, n)) for n, q in ((12, 2), (12, 3), (12, 4))]
    yield exact(
        r"averages of $q$: one less for each zero of $\hat h$ on the grid",
        zeros[:3],
        [12 - k for k in lost],
        by="integer arithmetic",
        detail="q = 2, 3, 4 of 12 positions; 13 positions have no zero",
    )
    yield exact("13 positions", zeros[3:], [13, 13], by="integer arithmetic")
    theirs, ours = [], []
    for n in (9, 12):
        for patch, stride, pool in ((3, 2, "gaussian"), (3, 3, "gaussian"), (2, 3, "average")):
            for border in ("zero", "circular", "valid"):
                layer = Step(patch, "arccos(1)", pool, 2, stride, border)
                theirs.append(rational_rank(axis_matrix([layer], n)))
                ours.append(recovery.readout(architectures.network([layer]), (1, n, 1)).rank)
    yield exact(
        "the library's ranks against elimination over the rationals on P and A as matrices",
        ours,
        theirs,
        by="sympy",
        detail="three borders, one layer",
    )
    yield step(
        "Gaussian taps as real numbers, not as floats",
        "The rank of the true taps is at least that over a finite field with any $g$ in the place of $e^{-1/q^2}$.",
    )
    yield exact(
        r"Gaussian taps as real numbers, $n=24$, patch 3, stride 3, $q=1,2,4$: rank over $F_p$ with $g$ in "
        r"the place of $e^{-1/q^2}$",
        [_transcendental_rank(24, 3, 3, q, tier) for q in (1, 2, 4)],
        [24, 24, 24],
        by="a minor is a polynomial in g that is not 0 at one g mod p; $e^{-1/q^2}$ is transcendental (Lindemann)",
    )
    few = [
        (n, patch, stride, -(-n // stride) * patch < n)
        for n in range(2, 200)
        for patch in range(1, 7)
        for stride in range(patch + 1, 10)
        if n * (stride - patch) > patch * (stride - 1)
    ]
    yield step(
        r"$s>p$, and $s\leq p$",
        r"$\lceil n/s\rceil p\leq(n+s-1)\frac{p}{s}<n$ is $n>p(s-1)/(s-p)$: fewer readings "
        r"than positions. For $n$ a multiple of $s\leq p$ neighbouring windows leave no gap.",
    )
    yield exact(
        r"$\lceil n/s\rceil p<n$ wherever $n>p(s-1)/(s-p)$, so that the rank is below $n$",
        all(fewer for *_, fewer in few),
        by="integer arithmetic; in general (n + s - 1)p/s < n",
        detail=f"{len(few)} triples",
    )
    yield step(
        "the zero border, and the tables' networks",
        r"$s=p$ has $(\lfloor n/p\rfloor-1)p<n$ readings. The parity of $n$ for patches of 3 "
        r"at stride 2 is a finite statement, $6\leq n\leq40$; the ranks of the networks are "
        "computed in integers.",
    )
    yield from _experiments(tier)
    yield conclusion("The general sentences by the first and third step, the finite ones by exact ranks.")


def _transcendental_rank(n: int, patch: int, stride: int, q: int, tier: Tier) -> int:
    """The rank mod p of the circular readings whose taps are g^(t^2) with a random g."""
    from flint import nmod_mat

    g = int(tier.rng.integers(2, _PRIME))
    rows = []
    for i in range(0, n, stride):
        for c in range(patch):
            row = [0] * n
            for t in range(-q, q + 1):
                j = (i + c + t) % n
                row[j] = (row[j] + pow(g, t * t, _PRIME)) % _PRIME
            rows.append(row)
    return int(nmod_mat(len(rows), n, [v for row in rows for v in row], _PRIME).rank())


def _experiments(tier: Tier) -> Checks:
    """Zero borders: which n, and the networks of the tables."""
    even = [
        recovery.readout(architectures.network([Step(3, "arccos(1)", "gaussian", 2, 2)]), (1, n, 1)).injective
        == (n % 2 == 0)
        for n in range(6, 41)
    ]
    yield exact(
        r"zero border, patch 3, $q=2$, stride 2: injective exactly for even $n$",
        all(even),
        by="integer arithmetic",
        detail="n = 6, ..., 40",
    )
    same = [
        recovery.readout(architectures.network([Step(p, "arccos(1)", "gaussian", 2, p)]), (1, n, 1)).rank
        <= (n // p - 1) * p
        for p in (2, 3, 4, 5)
        for n in range(2 * p, 41)
    ]
    yield exact(
        r"stride = patch: $(\lfloor n/p\rfloor-1)p<n$ readings",
        all(same),
        by="integer arithmetic",
        detail="patch 2-5, n up to 40",
    )
    rows: list[list[Any]] = []
    networks: tuple[tuple[str, int, tuple[int, ...]], ...] = (
        ("Cifar10, 2-5", 32, (2, 5)),
        ("Cifar10, 2-2-2", 32, (2, 2, 2)),
        ("MNIST, 2-5", 28, (2, 5)),
        ("Cifar10, 2", 32, (2,)),
    )
    ranks, checked = [], []
    for name, n, factors in networks:
        steps = [Step(3, "arccos(1)", "gaussian", q, q) for q in factors]
        known = recovery.readout(architectures.network(steps), (1, n, n, 1))
        stages = ", ".join(f"{s.rank} of {s.columns}" for s in known.stages)
        rows.append([name, f"{n} x {n}", stages, known.rank, known.columns])
        ranks.append(known.rank)
        checked.append(rational_rank(axis_matrix(steps, n)) ** 2)
    yield table(
        "Linear readings of the experiments' networks (ReLU; patches 3 x 3, zero border)",
        ["network", "image", "rank of each layer", "rank of all", "pixels"],
        rows,
    )
    yield exact("their ranks by sympy, squared along one axis", ranks, checked, by="sympy")
    yield exact(
        "with two or three layers below the number of pixels, with one equal to it",
        [rank == pixels for (*_, rank, pixels) in rows],
        [False, False, False, True],
        by="integer arithmetic",
    )
    steps = _circular(16, 3, 4, "gaussian", 1)
    known = recovery.readout(architectures.network(steps), (1, 16, 1))
    if known.null_factors is None:
        raise ValueError("stride 4 of patches of 3 reads 12 of 16 numbers")
    # The oracle's taps are those of the library up to rounding: here the library's own.
    taps = dict(zip(oracle.taps("gaussian", 1), ckn.gaussian(1).taps, strict=True))
    missed = [
        sum(Fraction(float(taps.get(float(a), 0.0))) * b for a, b in zip(row, null, strict=True))
        for null in known.null_factors
        for row in axis_matrix(steps, 16)
    ]
    yield exact(
        "stride 4 of patches of 3, 16 positions that wrap: all 12 readings of the null vector",
        missed,
        [Fraction(0)] * len(missed),
        by="rational arithmetic",
    )


@check(
    "C51c",
    title="What the readings miss, and what the whole map misses",
    statement=r"A null vector $v$ of the readings need not be one of the map. Without pooling ($A$ subsampling alone) "
    r"pixels that no sampled patch reads do not enter: $\Phi(x+v)=\Phi(x)$. With pooling, ReLU maps tell $x$ and $x+v$ "
    r"apart, as the even part of $\kappa$ sees the patches; they are not injective either: averages at stride = $q$ "
    r"larger than the patch are the same for signals whose windows hold the same patches in another order, for every "
    r"kernel.",
    where=f"{_WHERE}: no recovery where subsampling > patch, which is true of the linear readings",
    verdict="holds",
)
def missed(tier: Tier) -> Checks:
    """Distances between x and x + v, and signals with the same patches."""
    n = 16
    x = tier.rng.normal(size=(1, n, 1))
    strided = ckn.Network([ckn.Layer(3, _RELU, ckn.strided(), 4)])
    null = recovery.readout(strided, x.shape).null_vector
    if null is None:
        raise ValueError("stride 4 of patches of 3 leaves positions unread")
    values = [float(strided.gram(a, b)[0, 0]) for a in (x, x + null) for b in (x, x + null)]
    yield holds(
        r"subsampling alone, stride 4, patch 3: all four kernel values of $x$ and $x+v$ are the same float64",
        len(set(values)) == 1,
        detail="v is 1 at a position that no sampled patch holds",
    )
    rows = []
    for text in ("linear()", "arccos(1)", "0.5*linear() + 0.5*arccos(1)", "exponential(0.6)"):
        layer = ckn.Layer(3, ks.parse(text), ckn.gaussian(1), 4, "circular", normalized=True)
        net = ckn.Network([layer])
        null = recovery.readout(net, x.shape).null_vector
        if null is None:
            raise ValueError("stride 4 of patches of 3 reads 12 of 16 numbers")
        ratios = [
            float(net.distances(x, x + size * null)[0, 0]) / (size * float(np.linalg.norm(null)))
            for size in (0.1, 1.0, 10.0)
        ]
        rows.append([f"`{text}`", *ratios])
        if text == "linear()":
            yield bound(
                r"linear kernel: $\|\Phi(x+v)-\Phi(x)\|/|v|$",
                ratios[1:],
                upper=1e-7,
                why="distances are roots of differences of squares: rounding 1e-8 of the norms",
            )
        else:
            yield bound(
                rf"`{text}`: $\|\Phi(x+tv)-\Phi(x)\|/|tv|$, $t=0.1,1,10$",
                ratios,
                lower=1e-2,
                why="a million times the rounding of distances",
            )
    yield table(
        r"Distances of the maps over $|tv|$; stride 4, patch 3, $q=1$, 16 positions that wrap",
        ["kernel", "$t=0.1$", "$t=1$", "$t=10$"],
        rows,
    )
    a, b, c = 1.0, -2.0, 3.0
    # Between a and a the loops a b a and a c a can be run through in either order.
    first = np.array([0, 2, 5, 0.5, a, b, a, c, a, 4, 1, -1, 2, 3, 7])[None, :, None]
    second = np.array([0, 2, 5, 0.5, a, c, a, b, a, 4, 1, -1, 2, 3, 7])[None, :, None]
    single = Step(2, "arccos(1)", "average", 5, 5)
    patches = [oracle.extract(s, oracle.operators(single, (15,)))[0] for s in (first, second)]
    bags = [[sorted(map(tuple, p[start : start + 5].tolist())) for start in (0, 5, 10)] for p in patches]
    yield holds(
        "patches of 2, averages of 5: two signals whose windows hold the same patches",
        bags[0] == bags[1] and bool(np.any(first != second)),
        detail="... a b a c a ... and ... a c a b a ...",
    )
    gaps, relative = [], []
    for text in ("arccos(1)", "exponential(0.6)", "laplace(1)", "polynomial(4)"):
        net = ckn.Network([ckn.Layer(2, ks.parse(text), ckn.average(5), 5)])
        both = np.concatenate([first, second])
        gram = net.gram(both)
        gaps.append(float(gram[0, 0] + gram[1, 1] - 2 * gram[0, 1]) / float(gram[0, 0]))
        other = both.copy()
        other[1, 6] += 0.5
        gram = net.gram(other)
        relative.append(float(gram[0, 0] + gram[1, 1] - 2 * gram[0, 1]) / float(gram[0, 0]))
    yield measured_against(
        r"$\|\Phi(x)-\Phi(x')\|^2/\|\Phi(x)\|^2$ for ReLU, exponential, Laplace kernel, $u^4$",
        gaps,
        0.0,
        atol=5e-15,
        why="sums of 25 values of the kernel",
    )
    yield bound(
        "the same with one number changed by 1/2",
        relative,
        lower=1e-4,
        why="what the kernels see is far above rounding",
    )
