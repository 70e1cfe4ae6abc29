r"""Convolutional kernels: patches and pooling

Each layer is A M P. The operators are written out in `oracle.convolutional`, whose evaluators share
no code with the library's; M is in `h_convolutional_maps`, tangent kernels in
`h_convolutional_tangent`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from experiments import architectures
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.registry import (
    Checks,
    Tier,
    bound,
    check,
    exact,
    measured_against,
    note,
    printed_fails,
    printed_given,
    table,
)

Array = NDArray[np.float64]

JMLR = "Bietti & Mairal 2019 (JMLR), construction of the representation; the slide on P, M, A"
_SHAPES = ((1, 9, 2), (1, 6, 5, 1))  # a signal and an image that is not square
_NUMERIC = "one rounding per term of sums of at most 100 terms"


@check(
    "C42",
    title="Patches: an isometry with the normalised measure only",
    statement=r"With the measure of total mass 1 on the patch $S_k$, on a circular domain, "
    r"$\|P_kx\|=\|x\|$; the plain sum over the patch has $\|P_kx\|=|S_k|^{1/2}\|x\|$. Zero "
    r"padding makes either a little smaller.",
    where=JMLR,
    verdict="incomplete as printed",
    printed=r"$\|P_kx\|=\|x\|$, with no word on the measure of the patch $S_k$",
    corrected=r"$\|P_kx\|=\|x\|$ with a measure of total mass 1 on $S_k$, on a circular domain; "
    r"$|S_k|^{1/2}\|x\|$ with the plain sum $\|P_kx(u)\|^2=\sum_{v\in S_k}\|x(u+v)\|^2$",
)
def patches(tier: Tier) -> Checks:
    """Integer signals, exactly; then the library's maps."""
    for shape in _SHAPES:
        what = f"a signal of {shape[1]}" if len(shape) == 3 else f"an image of {shape[1]} x {shape[2]}"
        signal = tier.rng.integers(-9, 10, shape).astype(np.float64)
        x, sizes = oracle.flattened(signal)
        energy = int(np.sum(x**2))
        axes = len(sizes)
        ratios, masses, lost, missing = [], [], [], []
        for patch in (1, 2, 3, 4):
            circular = oracle.operators(Step(patch, "linear()", border="circular"), sizes)
            ratios.append(int(np.sum(oracle.extract(x, circular) ** 2)))
            masses.append(patch**axes * energy)
            zero = oracle.operators(Step(patch, "linear()"), sizes)
            lost.append(masses[-1] - int(np.sum(oracle.extract(x, zero) ** 2)))
            # A position near the border lies in fewer than patch^axes patches.
            fewer = patch**axes - zero.shifts.sum(axis=(0, 1))
            missing.append(int(fewer @ np.sum(x[0] ** 2, axis=1)))
        yield exact(
            rf"$\|Px\|^2=|S|\,\|x\|^2$, circular, patches of 1 to 4 per axis, {what}", ratios, masses, by="integers"
        )
        yield exact(
            rf"zero padding: $|S|\,\|x\|^2-\|Px\|^2$ is the energy near the border times the "
            f"patches that miss it, {what}",
            lost,
            missing,
            by="integers",
        )
        yield exact(f"so zero padding contracts: nothing negative, {what}", min(lost) >= 0, by="integers")
        yield printed_fails(
            rf"$\|Px\|/\|x\|$, plain sum, patches of 3 per axis, {what}",
            math.sqrt(ratios[2] / energy),
            1.0,
            rtol=0.1,
            why=rf"$\sqrt{{|S|}}$ is {math.sqrt(3**axes):.3g}",
        )
        for normalized in (False, True):
            norms = []
            for patch in (1, 2, 3, 4):
                layer = Step(patch, "arccos(1)", border="circular", normalized=normalized)
                values = architectures.network([layer]).maps(signal)[1].values
                norms.append(float(np.sum(values**2)))
            measure = "probability measure" if normalized else "plain sum"
            piece = measured_against(
                rf"the library's $\|P_1x\|^2$, {measure}, {what}",
                norms,
                [float(energy)] * 4 if normalized else [float(mass) for mass in masses],
                rtol=5e-15,
                why=_NUMERIC,
                at=(1, 2, 3, 4),
            )
            yield printed_given("$S_k$ has mass 1", piece) if normalized else piece
    yield note(
        r"For homogeneous kernels the measure is a factor of $K$ alone, $\prod_k|S_k|$; it changes "
        r"the kernel of a layer $\langle z,z'\rangle^2$ by a factor as well, $|S_k|^2$, squared "
        "again by every such layer after it."
    )
    signals = tier.rng.normal(size=(3, 8, 7, 2))
    steps = [("exponential(0.6)", "arccos(1)"), ("square", "square")]
    for first, second in steps:
        grams = []
        for normalized in (False, True):
            two = [Step(3, first, "gaussian", 1, 1, normalized=normalized), Step(2, second, normalized=normalized)]
            grams.append(architectures.network(two).gram(signals))
        factor = 9.0 * 4.0 if first != "square" else (9.0**2 * 4.0) ** 2
        yield measured_against(
            f"K with plain sums over K with probability measures, patches 3 x 3 and 2 x 2, {first}, {second}",
            grams[0] / grams[1],
            factor,
            rtol=1e-14,
            why="powers of sums in float64; the entries vary by a factor 100",
        )


@check(
    "C42a",
    title="Pooling does not expand",
    statement=r"$\|h\|_1=1$ gives $\|A_kx\|\leq\|x\|$, on a circular domain with equality for "
    r"constants. Subsampling by $s$ and borders where taps are dropped keep it, if each position "
    r"counts once; if a position of the smaller map counts for the $s$ that it stands for, the "
    r"norm is $\max_\omega(\sum_{l<s}|\hat h((\omega+2\pi l)/s)|^2)^{1/2}$: at least 1, "
    r"exactly 1 for means of $q$ where $s$ divides $q$, and 1.0015 for `gaussian(2)`.",
    where=f"{JMLR}, on the continuous domain. Subsampling and borders: here",
    verdict="holds",
)
def pooling(tier: Tier) -> Checks:
    """Singular values of the matrices, against the aliased transfer function."""
    filters = [("gaussian", q) for q in (1, 2, 3, 5)] + [("average", q) for q in (2, 3, 4, 5)]
    n = tier.pick(quick=60, full=240)
    plain, constant = [], []
    for name, q in filters:
        matrix = oracle.pooling_matrix(n, Step(1, "linear()", name, q, 1, "circular"))
        plain.append(_norm(matrix))
        constant.append(float(np.linalg.norm(matrix @ np.ones(n)) / math.sqrt(n)))
    names = [f"{name}({q})" for name, q in filters]
    why = "singular values of a matrix of norm 1"
    yield measured_against(f"norm of A, circular, stride 1, {n} positions", plain, 1.0, rtol=1e-14, why=why, at=names)
    yield measured_against("attained by a constant", constant, 1.0, rtol=5e-15, why=_NUMERIC, at=names)
    rows, largest, differences = [], [], []
    for name, q in filters:
        for s in (1, 2, 3, 5):
            zero = Step(1, "linear()", name, q, s)
            circular = Step(1, "linear()", name, q, s, "circular")
            norms = [_norm(oracle.pooling_matrix(size, zero)) for size in range(4 * s, n, 7)]
            sampled = math.sqrt(s) * _norm(oracle.pooling_matrix(n, circular))
            formula = _transfer(oracle.taps(name, q), s, n)
            rows.append([f"{name}({q})", s, max(norms), math.sqrt(s) * max(norms), sampled])
            largest.append(max(norms))
            differences.append(sampled - formula)
    yield measured_against(
        r"$\sqrt{s}$ times the norm of the circular A, less the formula; strides 1, 2, 3, 5",
        differences,
        0.0,
        atol=1e-14,
        why=why,
        at=[f"{row[0]}, stride {row[1]}" for row in rows],
    )
    yield bound(
        "norm of A as the code has it, zero border, every stride and size",
        largest,
        upper=1 + 1e-13,
        why="rows and columns are positive with sums of at most 1: Schur's test",
    )
    inside = [math.sqrt(s) * _norm(oracle.pooling_matrix(n, Step(1, "linear()", "average", q, s)))
              for q, s in ((2, 2), (4, 2), (3, 3), (5, 5))]  # fmt: skip
    yield bound(
        r"means of $q$, stride $s$ dividing $q$, zero border: $\sqrt s$ times the norm",
        inside,
        lower=0.9,
        upper=1 + 1e-13,
        why="disjoint windows have 1; overlapping ones lose a little at the border",
    )
    yield measured_against(
        r"`gaussian(2)`, stride 2: $\sqrt s$ times the norm, circular",
        next(row[4] for row in rows if row[:2] == ["gaussian(2)", 2]),
        1.0015,
        atol=5e-5,
        why="the four digits of the statement",
    )
    header = ["filter", "stride", "norm, zero border", "times root of s", "circular"]
    yield table(f"Norm of A, up to {n} positions", header, rows)
    step = Step(1, "linear()")
    for name, q in filters[1:6:2]:
        step = Step(1, "linear()", name, q, 2)
        yield measured_against(
            f"the library's matrix of {name}({q}), stride 2, 17 positions",
            architectures.layer(step).pooling(17),
            oracle.pooling_matrix(17, step),
            atol=1e-16,
            why="the same few operations; one unit of a tap below 1/2",
        )


def _norm(matrix: Array) -> float:
    return float(np.linalg.svd(matrix, compute_uv=False).max(initial=0.0))


def _transfer(h: Array, s: int, n: int) -> float:
    """The maximum over the frequencies of n/s outputs of the aliased energy of h, its root."""
    frequencies = 2 * math.pi * np.arange(n // s) / (n // s)
    shifted = (frequencies + 2 * math.pi * np.arange(s)[:, None]) / s
    response = np.exp(1j * shifted[..., None] * np.arange(len(h))) @ h
    return float(np.sqrt(np.sum(np.abs(response) ** 2, axis=0).max()))
