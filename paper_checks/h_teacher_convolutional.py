r"""Teacher networks: with patches and pooling

A convolutional network is an inner product with the maps of a kernel network; bounds of its norm,
lower bounds from samples, and how far its values move.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from experiments import architectures
from kernelspec.ckn.teachers import BOUNDS, Teacher
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.h_teacher import JMLR
from paper_checks.registry import *


@dataclass(frozen=True)
class Case:
    """An architecture with inputs of a shape, filters per layer and an activation."""

    name: str
    steps: Sequence[Step]
    shape: tuple[int, ...]
    activation: Sequence[float]
    output: Literal["sum", "mean"] = "sum"
    widths: Sequence[int] = (4, 3)


CASES = (
    Case("one layer, $(u+u^2)/2$, patch 2", [Step(2, "0.5*linear() + 0.5*polynomial(2)", "average", 2, 2)],
         (4, 1), (0, 1, 1)),
    Case("one layer, arccos(1), images", [Step(2, "arccos(1)", "average", 2, 2)],
         (4, 4, 1), (0, 1, 0.5)),
    Case("two layers, exponential(1)", [Step(3, "exponential(1)", "gaussian", 1, 2), Step(2, "exponential(1)")],
         (8, 1), (0, 1, 0, -1 / 6)),
    Case("two layers, arccos(1), mean", [Step(2, "arccos(1)", border="circular", normalized=True),
         Step(3, "arccos(1)", border="circular", normalized=True)], (6, 1), (0.2, 1, 0.5), "mean"),
    Case("two layers, exponential(0.6), images", [Step(2, "exponential(0.6)", "average", 2, 2),
         Step(2, "exponential(0.6)")], (4, 4, 1), (0, 1, 1)),
)  # fmt: skip


def random_teacher(case: Case, rng: np.random.Generator) -> Teacher:
    """Gaussian filters, each layer of Frobenius norm 1."""
    net = architectures.network(case.steps, case.output)
    axes, channels, filters = len(case.shape) - 1, case.shape[-1], []
    for step, width in zip(case.steps, case.widths, strict=False):
        weights = rng.normal(size=(width, *(step.patch,) * axes, channels))
        filters.append(weights / np.linalg.norm(weights))
        channels = width
    places = net.shapes((1, *case.shape))[-1].output if case.output == "sum" else ()
    readout = rng.normal(size=(*places, channels))
    return Teacher(net, filters, readout / np.linalg.norm(readout), case.activation)


def values(teacher: Teacher, case: Case, x: Array) -> Array:
    """The same network by explicit operators; norms of patches by the kernel trick."""
    maps, sizes = oracle.flattened(x)
    for number, (step, weights) in enumerate(zip(case.steps, teacher.filters, strict=True)):
        covariances = np.einsum("nunv->nuv", oracle.covariances(x, case.steps[:number]).kernel, optimize=True)
        ops = oracle.operators(step, sizes)
        weight = step.weight(len(sizes))
        squares = weight * np.einsum("cpu,nuv,cpv->np", ops.shifts, covariances, ops.shifts, optimize=True)
        size = np.sqrt(squares)[..., None]
        before = math.sqrt(weight) * oracle.extract(maps, ops) @ weights.reshape(len(weights), -1).T
        neuron = sum(a * before**j / size ** (j - 1) for j, a in enumerate(case.activation))
        maps, sizes = np.einsum("op,npk->nok", ops.pooling, neuron), ops.sizes
    last = maps.mean(axis=1) if case.output == "mean" else maps.reshape(len(maps), -1)
    return last @ teacher.readout.ravel()


def sampled_norm(gram: Array, f: Array) -> float:
    """A lower bound of |f|^2: that of its projection on the leading directions of the samples."""
    eigenvalues, vectors = np.linalg.eigh(gram)
    # Below it, an eigenvalue has lost so many digits that the quotient would be noise.
    kept = eigenvalues > 1e-9 * eigenvalues[-1]
    return float(np.sum((vectors.T @ f)[kept] ** 2 / eigenvalues[kept]))


@check("C50b", verdict="holds", where=f"{JMLR}, and the slide. The bound by Gram matrices: here")
def convolutional(tier: Tier) -> Checks:
    r"""Convolutional teachers

    A network of layers $A_k[n_k\sigma(W_kP_kf_{k-1}/n_k)]$, $n_k(u)=|P_kx_{k-1}(u)|$, and a linear last layer $w$ is
    $\langle f,\Phi(x)\rangle$ with $\|f\|^2\leq\sum_uw(u)^TG_nw(u)$, $G_k=C^2_k[\sum_vW_k(v)G_{k-1}W_k(v)^T]$
    entrywise; that is at most the bound by spectral norms, and that at most the bound with $|W_1|_F$. So
    $|f(x)-f(x')|\leq\|f\|\,\|\Phi(x)-\Phi(x')\|$. From samples, $f^TK^+f\leq\|f\|^2$.
    """
    counts = tier.pick(quick=(20, 80), full=(20, 80, 320, 640))
    for case in CASES:
        teacher = random_teacher(case, tier.rng)
        net = teacher.network
        x = tier.rng.normal(size=(counts[-1], *case.shape))
        f = teacher(x)
        label = f"values by explicit operators, {case.name}"
        stated = values(teacher, case, x[:20])
        why = "sums of at most 100 products"
        yield measured_against(label, f[:20], stated, atol=1e-12 * float(np.abs(f).max()), why=why)
        gram, spectral, frobenius = (teacher.squared_norm(name) for name in BOUNDS)
        matrix = net.gram(x)
        lower = [sampled_norm(matrix[:n, :n], f[:n]) for n in counts]
        label = f"sampled norm of {counts} samples over the next, the last over the bound by Gram matrices, {case.name}"
        why = "what is kept has 1e-16/1e-9 of relative rounding, of the norm, per direction"
        yield bound(label, [a / b for a, b in pairwise([*lower, gram])], upper=1 + 1e-5, why=why)
        label = f"Gram over spectral, and spectral over Frobenius, {case.name}"
        yield bound(label, [gram / spectral, spectral / frobenius], upper=1 + 1e-12, why="singular values")
        label = rf"$|f(x)-f(x')|/\|\Phi(x)-\Phi(x')\|$ over the bound of $\|f\|$, search over pairs, {case.name}"
        found = _largest_move(teacher, tier.pick(quick=3, full=12), x[:60], tier.rng) / math.sqrt(gram)
        yield bound(label, found, upper=1 + 1e-6, why="squared distances cancel to 1e-10")


def _largest_move(teacher: Teacher, rounds: int, x: Array, rng: np.random.Generator) -> float:
    """A climb over pairs: each round keeps the better of the pair and a changed one."""

    def ratio(a: Array, b: Array) -> Array:
        # Shifted signals coincide in a network with borders that wrap and a mean; so must the values.
        floor = 1e-6 * teacher.network.norms(a)
        distance = np.maximum(np.diagonal(teacher.network.distances(a, b)), floor)
        return np.abs(teacher(a) - teacher(b)) / distance

    y = x + 10 ** rng.uniform(-2, 0.5, (len(x),) + (1,) * (x.ndim - 1)) * rng.normal(size=x.shape)
    y[::4] = np.roll(x[::4], 1, axis=1)
    y[1::8] = -x[1::8]
    best = ratio(x, y)
    for k in range(rounds):
        step = 0.5 * 0.8**k
        a, b = (v + step * rng.normal(size=v.shape) for v in (x, y))
        found = ratio(a, b)
        better = found > best
        x, y = (np.where(better.reshape(-1, *(1,) * (x.ndim - 1)), new, old)
                for new, old in ((a, x), (b, y)))  # fmt: skip
        best = np.maximum(best, found)
    return float(best.max())
