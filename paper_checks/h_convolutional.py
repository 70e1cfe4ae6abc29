r"""Convolutional kernels: patches and pooling

Each layer is A M P. The operators are written out in `oracle.convolutional`, whose evaluators share
no code with the library's; M is in `h_convolutional_maps`, tangent kernels in
`h_convolutional_tangent`.
"""

import math

import numpy as np

from experiments import architectures
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.registry import *

JMLR = "Bietti & Mairal 2019 (JMLR), construction of the representation; the slide on P, M, A"
_SHAPES = ((1, 9, 2), (1, 6, 5, 1))  # a signal and an image that is not square
_NUMERIC = "one rounding per term of sums of at most 100 terms"


@check(
    "C42",
    verdict="incomplete as printed",
    where=JMLR,
    printed=r"$\|P_kx\|=\|x\|$, with no word on the measure of the patch $S_k$",
    corrected=(
        r"$\|P_kx\|=\|x\|$ with a measure of total mass 1 on $S_k$, on a circular domain; "
        r"$|S_k|^{1/2}\|x\|$ with the plain sum $\|P_kx(u)\|^2=\sum_{v\in S_k}\|x(u+v)\|^2$"
    ),
)
def patches(tier: Tier) -> Checks:
    r"""Patches: an isometry with the normalised measure only

    With the measure of total mass 1 on the patch $S_k$, on a circular domain, $\|P_kx\|=\|x\|$; the plain sum over the
    patch has $\|P_kx\|=|S_k|^{1/2}\|x\|$. Zero padding makes either a little smaller.
    """
    sizes_of_patch = (1, 2, 3, 4)
    for shape in _SHAPES:
        what = f"a signal of {shape[1]}" if len(shape) == 3 else f"an image of {shape[1]} x {shape[2]}"
        signal = tier.rng.integers(-9, 10, shape).astype(np.float64)
        x, sizes = oracle.flattened(signal)
        energy, axes = int(np.sum(x**2)), len(sizes)
        masses = [patch**axes * energy for patch in sizes_of_patch]
        circular, lost, missing = [], [], []
        for patch, mass in zip(sizes_of_patch, masses, strict=True):
            around = oracle.operators(Step(patch, "linear()", border="circular"), sizes)
            circular.append(int(np.sum(oracle.extract(x, around) ** 2)))
            zero = oracle.operators(Step(patch, "linear()"), sizes)
            lost.append(mass - int(np.sum(oracle.extract(x, zero) ** 2)))
            # A position near the border lies in fewer than patch^axes patches.
            fewer = patch**axes - zero.shifts.sum(axis=(0, 1))
            missing.append(int(fewer @ np.sum(x[0] ** 2, axis=1)))
        yield exact(
            rf"$\|Px\|^2=|S|\,\|x\|^2$, circular, patches of 1 to 4 per axis, {what}", circular, masses, by="integers"
        )
        label = (
            r"zero padding: $|S|\,\|x\|^2-\|Px\|^2\geq0$ is the energy near the border times the patches that miss it, "
            f"{what}"
        )
        yield exact(label, lost, missing, by="integers")
        label = rf"$\|Px\|/\|x\|$, plain sum, patches of 3 per axis, {what}"
        why = rf"$\sqrt{{|S|}}$ is {math.sqrt(3**axes):.3g}"
        yield printed_fails(label, math.sqrt(circular[2] / energy), 1.0, rtol=0.1, why=why)
        for normalized, measure in ((False, "plain sum"), (True, "probability measure")):
            layers = [Step(p, "arccos(1)", border="circular", normalized=normalized) for p in sizes_of_patch]
            piece = measured_against(
                rf"the library's $\|P_1x\|^2$, {measure}, {what}",
                [float(np.sum(architectures.network([layer]).maps(signal)[1].values ** 2)) for layer in layers],
                [float(energy)] * 4 if normalized else [float(mass) for mass in masses],
                rtol=5e-15,
                why=_NUMERIC,
                at=sizes_of_patch,
            )
            yield printed_given("$S_k$ has mass 1", piece) if normalized else piece


@check("C42a", verdict="holds", where=f"{JMLR}, on the continuous domain. Subsampling and borders: here")
def pooling(tier: Tier) -> Checks:
    r"""Pooling does not expand

    $\|h\|_1=1$ gives $\|A_kx\|\leq\|x\|$, on a circular domain with equality for constants. Subsampling by $s$ and
    borders where taps are dropped keep it, if each position counts once; if a position of the smaller map counts for
    the $s$ that it stands for, the norm is $\max_\omega(\sum_{l<s}|\hat h((\omega+2\pi l)/s)|^2)^{1/2}$: at least 1,
    exactly 1 for means of $q$ where $s$ divides $q$, and 1.0015 for `gaussian(2)`.
    """
    filters = [("gaussian", q) for q in (1, 2, 3, 5)] + [("average", q) for q in (2, 3, 4, 5)]
    cases = [(name, q, s) for name, q in filters for s in (1, 2, 3, 5)]
    n = tier.pick(quick=60, full=240)
    circular = {c: oracle.pooling_matrix(n, Step(1, "linear()", *c, "circular")) for c in cases}
    names = [f"{name}({q}), stride {s}" for name, q, s in cases]
    found = [math.sqrt(c[2]) * _norm(circular[c]) for c in cases]
    label = rf"$\sqrt s$ times the norm of A, circular, {n} positions, against the formula: 1 at stride 1"
    stated = [_transfer(oracle.taps(name, q), s, n) for name, q, s in cases]
    yield measured_against(label, found, stated, atol=1e-14, why="singular values of a matrix of norm 1", at=names)
    yield measured_against(
        "attained by a constant at stride 1",
        [float(np.linalg.norm(circular[c] @ np.ones(n)) / math.sqrt(n)) for c in cases if c[2] == 1],
        1.0,
        rtol=5e-15,
        why=_NUMERIC,
    )
    yield bound(
        "norm of A as the code has it, zero border, every stride and size",
        [_norm(oracle.pooling_matrix(m, Step(1, "linear()", *c))) for c in cases for m in range(4 * c[2], n, 7)],
        upper=1 + 1e-13,
        why="rows and columns are positive with sums of at most 1: Schur's test",
    )
    yield bound(
        r"means of $q$, stride $s$ dividing $q$, zero border: $\sqrt s$ times the norm",
        [
            math.sqrt(s) * _norm(oracle.pooling_matrix(n, Step(1, "linear()", "average", q, s)))
            for q, s in ((2, 2), (4, 2), (3, 3), (5, 5))
        ],
        lower=0.9,
        upper=1 + 1e-13,
        why="disjoint windows have 1; overlapping ones lose a little at the border",
    )
    label = r"`gaussian(2)`, stride 2: $\sqrt s$ times the norm, circular"
    why = "the four digits of the statement"
    yield measured_against(label, found[cases.index(("gaussian", 2, 2))], 1.0015, atol=5e-5, why=why)


def _norm(matrix: Array) -> float:
    return float(np.linalg.svd(matrix, compute_uv=False).max(initial=0.0))


def _transfer(h: Array, s: int, n: int) -> float:
    """The maximum over the frequencies of n/s outputs of the aliased energy of h, its root."""
    frequencies = 2 * math.pi * np.arange(n // s) / (n // s)
    shifted = (frequencies + 2 * math.pi * np.arange(s)[:, None]) / s
    response = np.exp(1j * shifted[..., None] * np.arange(len(h))) @ h
    return float(np.sqrt(np.sum(np.abs(response) ** 2, axis=0).max()))
