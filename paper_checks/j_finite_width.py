r"""Networks of finite width: random neurons

Kernels of m random neurons have the mean of their limit and a variance in closed form; training is
in `j_training`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

import kernelspec as ks
from experiments import architectures, summaries
from experiments.datasets import digits
from kernelspec import learning
from oracle import finite_convolutional as finite
from oracle import finite_moments as moments
from oracle.convolutional import Step
from paper_checks.registry import *

FIVE = "five standard errors of the sample"


@check("C64", verdict="proved", where="Rahimi & Recht 2007 for the rate $m^{-1/2}$; the variances: here")
def variance_of_an_entry(tier: Tier) -> Checks:
    r"""Random neurons: the variance of the kernel

    For unit $x,y$ with cosine $u$ and $m$ neurons, $K_m=\frac2m\sum_i\sigma(w_i\cdot x)\sigma(w_i\cdot y)$ has the mean
    $\kappa_1$ and the variance $(6\kappa_2-\kappa_1^2)/m$; for steps in place of ReLU, $\kappa_0$ and
    $(2\kappa_0-\kappa_0^2)/m$; the inner product of the gradients in all weights of a network of one hidden layer,
    $\kappa_1+u\kappa_0$ and $(6\kappa_2+4u\kappa_1+6u^2\kappa_0-(\kappa_1+u\kappa_0)^2)/m$. The root mean square of
    $K_m-K$ is proportional to $m^{-1/2}$.
    """
    from sympy.simplify.fu import TR8

    phi, theta, r = sp.symbols("phi theta r", positive=True)
    u = sp.Symbol("u", positive=True)
    a, b = sp.cos(phi), sp.cos(phi - theta)

    def mean(integrand: Any, radius: int) -> Any:
        terms = sp.expand(TR8(sp.expand(integrand)))  # cosines of sums: quick to integrate
        overlap = sp.integrate(terms, (phi, theta - sp.pi / 2, sp.pi / 2))
        return radius * overlap / (2 * sp.pi)

    cosine = sp.cos(theta)
    kappa = [ks.arccos(s).sympy(u).subs(sp.sqrt(1 - u**2), sp.sin(theta)).subs(u, cosine) for s in (0, 1, 2)]
    kappa = [k.subs(sp.acos(cosine), theta) for k in kappa]
    cross = mean(a * b, 2)
    ones = mean(sp.Integer(1), 1)

    def zero(label: str, value: Any, claimed: Any) -> Evidence:
        difference = sp.expand(sp.expand_trig(sp.simplify(value - claimed)))
        return vanish(label, difference.subs(sp.sin(theta) ** 2, 1 - cosine**2))

    yield step(
        "one neuron is enough",
        "$K_m$ is the mean over $m$ independent neurons of one product $p$: its mean is $E\\,p$, its variance "
        "$(E\\,p^2-(E\\,p)^2)/m$, which is the mean square of $K_m-E\\,p$.",
    )
    yield step(
        "the weight is a radius and an angle",
        "Only the projection of $w$ to a plane that holds $x$ and $y$ matters, a standard normal vector there: "
        "$w\\cdot x=r\\cos\\phi$, $w\\cdot y=r\\cos(\\phi-\\theta)$ with $u=\\cos\\theta$, $\\phi$ uniform and "
        "independent of $r$, of density $r e^{-r^2/2}$. For $0\\leq\\theta\\leq\\pi$ both are positive where "
        "$\\theta-\\pi/2<\\phi<\\pi/2$, and nowhere else.",
    )
    moments_of_r = [sp.integrate(r ** (n + 1) * sp.exp(-(r**2) / 2), (r, 0, sp.oo)) for n in (0, 2, 4)]
    yield exact("$1, E r^2, E r^4$", moments_of_r, [1, 2, 8], by="sympy")
    weight = [sp.integrate(r**n * sp.exp(-(r**2) / 2), (r, -sp.oo, sp.oo)) / sp.sqrt(2 * sp.pi) for n in (2, 4)]
    yield exact("$E v^2, E v^4$ of a weight of the second layer", weight, [1, 3], by="sympy")
    yield step("the means")
    yield zero(r"ReLU: $E\,2\sigma\sigma'=\kappa_1$", 2 * cross, kappa[1])
    yield zero(r"step: $E\,2\cdot1\cdot1'=\kappa_0$", 2 * ones, kappa[0])
    yield step(
        "the mean of the gradients' product",
        "The gradients in $v$ and in $w$ give $2\\sigma\\sigma'+2uv^2\\,1\\cdot1'$, with $v$ independent of $w$ and "
        "$E v^2=1$: the mean is $\\kappa_1+u\\kappa_0$.",
    )
    yield step("the mean squares")
    for label, value, claimed in (
        (r"ReLU: $E(2\sigma\sigma')^2=6\kappa_2$", mean(4 * a**2 * b**2, 8), 6 * kappa[2]),
        (r"step: $E(2\cdot1\cdot1')^2=2\kappa_0$", 4 * ones, 2 * kappa[0]),
        (
            r"gradients: $E(2\sigma\sigma'+2uv^2\,1\cdot1')^2=6\kappa_2+4u\kappa_1+6u^2\kappa_0$",
            mean(4 * a**2 * b**2, 8) + 8 * cosine * cross + 12 * cosine**2 * ones,
            6 * kappa[2] + 4 * cosine * kappa[1] + 6 * cosine**2 * kappa[0],
        ),
    ):
        yield zero(label, value, claimed)
    yield conclusion(
        "The variance of one neuron's product is its mean square less the square of its mean, and that of $K_m$ is it "
        "over $m$; the mean of $K_m$ is $K$, so that the mean square of $K_m-K$ is this variance."
    )
    yield from _samples(tier)


def _samples(tier: Tier) -> Checks:
    """Cases of the three products, drawn."""
    count = tier.pick(quick=50_000, full=4_000_000)
    cosines = (-0.5, 0.0, 0.5, 0.9, 1.0)
    k0, k1, k2 = (np.array([float(ks.arccos(s)(v)) for v in cosines]) for s in (0, 1, 2))
    at = np.array(cosines)
    expected = {
        "ReLU": (k1, 6 * k2 - k1**2),
        "step": (k0, 2 * k0 - k0**2),
        "gradients": (k1 + at * k0, 6 * k2 + 4 * at * k1 + 6 * at**2 * k0 - (k1 + at * k0) ** 2),
    }
    for name, tangent in (("ReLU", False), ("gradients", True)):
        yield measured_against(
            f"library: {name}",
            learning.entry_variance(at, 1, tangent=tangent),
            expected[name][1],
            rtol=1e-15,
            why="a few roundings",
            at=[f"u = {v}" for v in cosines],
        )
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in expected}
    for v in cosines:
        first, other, weight = tier.rng.standard_normal((3, count))
        second = v * first + math.sqrt(1 - v * v) * other
        both = (first > 0) & (second > 0)
        relu = 2 * first * second * both
        samples = {"ReLU": relu, "step": 2.0 * both, "gradients": relu + 2 * v * weight**2 * both}
        for name, sample in samples.items():
            found[name].append(summaries.mean_and_variance(sample))
    for name, (means, variances) in expected.items():
        mean_, mean_error, variance, variance_error = np.array(found[name]).T
        for what, values, claimed, error in (
            ("mean", mean_, means, mean_error),
            ("variance", variance, variances, variance_error),
        ):
            yield measured_against(
                f"{name}: {what} over {count} neurons, in standard errors from the formula",
                (values - claimed) / error,
                0.0,
                atol=5.0,
                why=FIVE,
                at=[f"u = {v}" for v in cosines],
            )


@check(
    "C64a",
    verdict="holds",
    where="Bietti & Mairal 2019 (NeurIPS), on the inductive bias; the seminar's slide on kernels of wide networks",
)
def convolutional_features(tier: Tier) -> Checks:
    """Random convolutional features

    The kernel $K_m$ of a convolutional layer with $m$ random filters, with pooling, has the mean $K$ and a variance
    that is exactly proportional to $1/m$; with more layers the error falls like $m^{-1/2}$, and the mean is off by a
    term in $1/m$.
    """
    step = Step(2, "arccos(1)", "average", 3, 2)
    signals = tier.rng.normal(size=(3, 7, 1))
    mean, variance = moments.of_a_filter(signals, step)
    kernel = architectures.network([step]).gram(signals)
    label = "mean over the filter, patches of two positions, against the library's kernel"
    yield measured_against(label, mean, kernel, rtol=1e-14, why="Gauss-Legendre between the kinks is exact to rounding")
    draws = tier.pick(quick=1000, full=6000)
    for m in tier.pick(quick=(4, 64), full=(4, 16, 64)):
        sample = np.array(
            [finite.random_features(finite.draw((7, 1), [step], m, tier.rng), signals) for _ in range(draws)]
        )
        squares = (sample - kernel) ** 2
        error = squares.std(axis=0) / math.sqrt(draws)
        yield measured_against(
            f"m var over {draws} draws from the exact one, in standard errors, m = {m}",
            (m * squares.mean(axis=0) - variance) / (m * error),
            0.0,
            atol=5.0,
            why=FIVE,
            detail=f"$m\\,\\mathrm{{var}}/K^2$ from {(variance / kernel**2).min():.3g} "
            f"to {(variance / kernel**2).max():.3g}",
        )
    images = digits().pixels[:12].reshape(-1, 8, 8, 1)
    draws = tier.pick(quick=40, full=100)
    widths = tier.pick(quick=(32, 64, 128, 256), full=(32, 64, 128, 256, 512))
    for layers in (1, 2):
        steps = [Step(3, "arccos(1)", "gaussian", 1, 2), Step(2, "arccos(1)")][:layers]
        limit = architectures.network(steps).gram(images)
        squared = np.array([[_error(images, steps, m, limit, tier.rng) for _ in range(draws)] for m in widths])
        fitted = finite.rate(widths, squared)
        label = f"exponent of m in the error on 12 digits, {layers} layers: {fitted.exponent:.3f} ± {fitted.error:.3f}"
        yield measured_against(label, fitted.exponent, -0.5, atol=4 * fitted.error, why="four standard errors")
    yield from _bias(tier)


def _error(images: Array, steps: Sequence[Step], m: int, limit: Array, rng: np.random.Generator) -> float:
    net = finite.draw(images.shape[1:], steps, m, rng)
    return float(np.sum((finite.random_features(net, images) - limit) ** 2) / np.sum(limit**2))


def _bias(tier: Tier) -> Checks:
    """Two hidden layers at one pair of points: the 1/m term, by the moments of the first layer."""
    cosine, m = 0.0, 1024
    draws = tier.pick(quick=4000, full=40_000)
    kappa_1 = ks.arccos(1)

    def second_layer(q: Array) -> Array:
        """|a||a'| kappa_1 of the inner products q = (aa, aa', a'a')."""
        norms = np.sqrt(q[0] * q[2])
        return np.asarray(norms * kappa_1(np.clip(q[1] / norms, -1, 1)))

    centre, covariance = moments.of_inner_products(cosine)
    hessian, slope = moments.derivatives(second_layer, centre)
    expected = float(np.sum(hessian * covariance) / 2)
    values = np.empty(draws)
    block = 500
    for start in range(0, draws, block):
        first, other = tier.rng.standard_normal((2, block, m))
        one = np.maximum(first, 0.0)
        two = np.maximum(cosine * first + math.sqrt(1 - cosine**2) * other, 0.0)
        q = 2 / m * np.stack([np.sum(p, axis=1) for p in (one * one, one * two, two * two)])
        # The linear term has mean 0; without it the scatter is of order 1/m.
        values[start : start + block] = second_layer(q) - slope @ (q - centre[:, None])
    mean = m * (values.mean() - float(second_layer(centre)))
    error = m * values.std() / math.sqrt(draws)
    label = f"two hidden layers, orthogonal points: m times the bias of K, m = {m} ({mean:.4f} ± {error:.4f})"
    detail = "half the trace of Hessian and covariance of the first layer's inner products"
    yield measured_against(label, mean, expected, atol=4 * error, why="four standard errors", detail=detail)
