r"""Convolutional kernels: which signals linear readings determine, and what they miss

Ranks in exact arithmetic; what the whole map still sees.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import nmod_mat

import kernelspec as ks
from experiments import architectures
from kernelspec import ckn
from kernelspec.ckn import recovery
from oracle import convolutional as oracle
from oracle.convolutional import Step
from oracle.linear_readings import exact_axis
from paper_checks.h_recovery import WHERE
from paper_checks.registry import *

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


@check(
    "C51b",
    verdict="proved",
    where=f"{WHERE}; sizes of the networks of Bietti & Mairal 2019 (NeurIPS) and of the seminar's tables",
)
def coverage(tier: Tier) -> Checks:
    r"""Which sampled readings determine the signal

    On $n$ positions that wrap, the readings determine the signal (rank $n$) exactly where the sampled patches cover all
    positions and $\hat h$ has no zero among the frequencies of the grid; for $n$ a multiple of the stride they cover
    for stride $s\leq$ patch $p$. For $s>p$ and $n>p(s-1)/(s-p)$ they never do: there are fewer readings than positions.
    With the zero border of the experiments ($\lfloor n/s\rfloor-1$ windows) $s=p$ is too much, and patches of 3 at
    stride 2, $q=2$, need an even $n$ (shown to $n=40$). The tables' networks lose part of the signal from the second
    layer on.
    """
    yield step(
        "positions that wrap: where the rank is $n$",
        r"On positions that wrap, $P$ and $A$ commute: the readings are the rows of the convolution with $h$ at the "
        r"positions that sampled patches cover. Are these all, the rank is the number of frequencies with "
        r"$\hat h\neq0$; else it is at most their number, which is below $n$.",
    )
    sizes = tier.pick(quick=(12, 13, 24), full=(12, 13, 24, 25, 36, 48))
    found, expected = [], []
    for n in sizes:
        for patch, stride in itertools.product((1, 2, 3, 4, 5), range(1, min(7, n // 2) + 1)):
            covered = {(stride * i + c) % n for i in range(n // stride) for c in range(patch)}
            for pool, size in (("gaussian", 1), ("gaussian", 2), ("strided", 1)):
                found.append(_rank(n, Step(patch, "arccos(1)", pool, size, stride, "circular")))
                expected.append(len(covered))
    label = "positions that wrap: the rank is the number of positions that the sampled patches cover"
    stated = expected
    detail = f"patch 1-5, stride 1-7, n = {', '.join(map(str, sizes))}"
    yield exact(label, found, stated, by="integer arithmetic, taps as the float64 numbers that they are", detail=detail)
    # h^(w) = 0 at w = 2 pi j/n where j q is a multiple of n and j is none.
    averages = ((12, 2), (12, 3), (12, 4), (13, 2), (13, 4))
    yield exact(
        r"averages of $q$: one less for each zero of $\hat h$ on the grid",
        [_rank(n, Step(4, "arccos(1)", "average", q, 2, "circular")) for n, q in averages],
        [n - sum((j * q) % n == 0 for j in range(1, n)) for n, q in averages],
        by="integer arithmetic",
        detail="q = 2, 3, 4 of 12 positions; 13 positions have no zero",
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
        r"$s=p$ has $(\lfloor n/p\rfloor-1)p<n$ readings. The parity of $n$ for patches of 3 at stride 2 is a finite "
        r"statement, $6\leq n\leq40$; the ranks of the networks are computed in integers.",
    )
    yield from _experiments(tier)
    yield conclusion("The general sentences by the first and third step, the finite ones by exact ranks.")


def _transcendental_rank(n: int, patch: int, stride: int, q: int, tier: Tier) -> int:
    """The rank mod p of the circular readings whose taps are g^(t^2) with a random g."""
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
    label = r"zero border, patch 3, $q=2$, stride 2: rank $n$ exactly for even $n$"
    found = [_rank(n, Step(3, "arccos(1)", "gaussian", 2, 2)) == n for n in range(6, 41)]
    yield exact(label, found, [n % 2 == 0 for n in range(6, 41)], by="integer arithmetic", detail="n = 6, ..., 40")
    yield exact(
        r"stride = patch: the rank is at most $(\lfloor n/p\rfloor-1)p<n$",
        all(
            _rank(n, Step(p, "arccos(1)", "gaussian", 2, p)) <= (n // p - 1) * p
            for p in (2, 3, 4, 5)
            for n in range(2 * p, 41)
        ),
        by="integer arithmetic",
        detail="patch 2-5, n up to 40",
    )
    ranks, checked, whole, said = [], [], [], []
    for name, n, factors in (
        ("Cifar10, 2-5", 32, (2, 5)),
        ("Cifar10, 2-2-2", 32, (2, 2, 2)),
        ("MNIST, 2-5", 28, (2, 5)),
        ("Cifar10, 2", 32, (2,)),
    ):
        steps = [Step(3, "arccos(1)", "gaussian", q, q) for q in factors]
        known = recovery.readout(architectures.network(steps), (1, n, n, 1))
        ranks.append(known.rank)
        checked.append(rational_rank(axis_matrix(steps, n)) ** 2)
        whole.append(known.rank == known.columns)
        said.append(f"{name}: {known.rank} of {known.columns}")
    label = "ranks of the tables' networks (ReLU, patches 3 x 3, zero border), by sympy, squared along one axis"
    yield exact(label, ranks, checked, by="sympy", detail="; ".join(said))
    label = "with two or three layers below the number of pixels, with one equal to it"
    yield exact(label, whole, [False, False, False, True], by="integer arithmetic")


def _rank(n: int, layer: Step) -> int:
    """The exact rank of the readings of n numbers by one layer, as the library has it."""
    return int(recovery.readout(architectures.network([layer]), (1, n, 1)).rank)


@check(
    "C51c",
    verdict="holds",
    where=f"{WHERE}: no recovery where subsampling > patch, which is true of the linear readings",
)
def missed(tier: Tier) -> Checks:
    r"""What the readings miss, and what the whole map misses

    A null vector $v$ of the readings need not be one of the map. Without pooling ($A$ subsampling alone) pixels that no
    sampled patch reads do not enter: $\Phi(x+v)=\Phi(x)$. With pooling, ReLU maps tell $x$ and $x+v$ apart, as the even
    part of $\kappa$ sees the patches; they are not injective either: averages at stride = $q$ larger than the patch are
    the same for signals whose windows hold the same patches in another order, for every kernel.
    """
    n = 16
    x = tier.rng.normal(size=(1, n, 1))
    strided = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.strided(), 4)])
    null = _null_vector(strided, x)
    values = [float(strided.gram(a, b)[0, 0]) for a in (x, x + null) for b in (x, x + null)]
    label = r"subsampling alone, stride 4, patch 3: all four kernel values of $x$ and $x+v$ are the same float64"
    yield holds(label, len(set(values)) == 1, detail="v is 1 at a position that no sampled patch holds")
    ratios = {}
    for text in ("linear()", "arccos(1)", "0.5*linear() + 0.5*arccos(1)", "exponential(0.6)"):
        net = ckn.Network([ckn.Layer(3, ks.parse(text), ckn.gaussian(1), 4, "circular", normalized=True)])
        null = _null_vector(net, x)
        moved = [float(net.distances(x, x + t * null)[0, 0]) / t for t in (0.1, 1.0, 10.0)]
        ratios[text] = np.array(moved) / np.linalg.norm(null)
    label = r"linear kernel: $\|\Phi(x+v)-\Phi(x)\|/|v|$"
    why = "distances are roots of differences of squares: rounding 1e-8 of the norms"
    yield bound(label, ratios.pop("linear()")[1:], upper=1e-7, why=why)
    label = rf"$\|\Phi(x+tv)-\Phi(x)\|/|tv|$, $t=0.1,1,10$: {', '.join(ratios)}"
    why = "a million times the rounding of distances"
    yield bound(label, np.concatenate(list(ratios.values())), lower=1e-2, why=why)
    a, b, c = 1.0, -2.0, 3.0
    # Between a and a the loops a b a and a c a can be run through in either order.
    first = np.array([0, 2, 5, 0.5, a, b, a, c, a, 4, 1, -1, 2, 3, 7])[None, :, None]
    second = np.array([0, 2, 5, 0.5, a, c, a, b, a, 4, 1, -1, 2, 3, 7])[None, :, None]
    single = Step(2, "arccos(1)", "average", 5, 5)
    patches = [oracle.extract(s, oracle.operators(single, (15,)))[0] for s in (first, second)]
    bags = [[sorted(map(tuple, p[start : start + 5].tolist())) for start in (0, 5, 10)] for p in patches]
    label = "patches of 2, averages of 5: two signals whose windows hold the same patches"
    detail = "... a b a c a ... and ... a c a b a ..."
    yield holds(label, bags[0] == bags[1] and bool(np.any(first != second)), detail=detail)
    gaps = []
    for text in ("arccos(1)", "exponential(0.6)", "laplace(1)", "polynomial(4)"):
        gram = ckn.Network([ckn.Layer(2, ks.parse(text), ckn.average(5), 5)]).gram(np.concatenate([first, second]))
        gaps.append(float(gram[0, 0] + gram[1, 1] - 2 * gram[0, 1]) / float(gram[0, 0]))
    label = r"$\|\Phi(x)-\Phi(x')\|^2/\|\Phi(x)\|^2$ for ReLU, exponential, Laplace kernel, $u^4$"
    yield measured_against(label, gaps, 0.0, atol=5e-15, why="sums of 25 values of the kernel")


def _null_vector(net: ckn.Network, x: Array) -> Array:
    null = recovery.readout(net, x.shape).null_vector
    if null is None:
        raise ValueError("stride 4 of patches of 3 leaves something unread")
    return null
