r"""Stacks of step and ReLU layers

Leading powers, their coefficients and the first corrections by a recursion over the layers, in closed form for
every stack; then the library's expansions for all thirty stacks of one to four layers.
"""

import functools
import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import sympy as sp

import kernelspec as ks
from kernelspec.kernels.zonal import Zonal
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step, vanish

Stack = tuple[int, ...]  # degrees from the input to the output: 0 is a step, 1 a ReLU layer


class Near(NamedTuple):
    r"""The defect at 1 - t: C_steps t^nu (1 + relative C_level t^gap + ...), C_m = c^{2-2^{1-m}}, c = sqrt2/pi."""

    steps: int
    gap: Fraction
    level: int
    relative: Fraction

    @property
    def nu(self) -> Fraction:
        return Fraction(1, 2**self.steps)


def by_recursion(stack: Stack) -> Near:
    """Layer by layer: all corrections are kept, the leading ones of one size added."""
    steps = 0
    corrections: dict[tuple[Fraction, int], Fraction] = {}
    for degree in stack:
        if degree == 0:  # delta -> c delta^{1/2} (1 + delta/12 + ...)
            corrections = {key: q / 2 for key, q in corrections.items()}
            key, q = (Fraction(1, 2**steps), steps), Fraction(1, 12)
            corrections[key] = corrections.get(key, Fraction(0)) + q
            steps += 1
        else:  # delta -> delta - (2c/3) delta^{3/2}, and c C_m^{1/2} = C_{m+1}
            key, q = (Fraction(1, 2 ** (steps + 1)), steps + 1), Fraction(-2, 3)
            corrections[key] = corrections.get(key, Fraction(0)) + q
    gap, level = min(corrections)
    return Near(steps, gap, level, corrections[gap, level])


def in_closed_form(stack: Stack) -> Near:
    """The rule of L11 for a stack with a step layer."""
    m = stack.count(0)
    last = max(i for i, degree in enumerate(stack) if degree == 0)
    after = len(stack) - 1 - last
    earlier = [i for i, degree in enumerate(stack[:last]) if degree == 0]
    between = last - earlier[-1] - 1 if earlier else last
    before = 0
    if m >= 2:
        before = earlier[-1] - (earlier[-2] + 1 if len(earlier) > 1 else 0)
    if after:
        return Near(m, Fraction(1, 2 ** (m + 1)), m + 1, Fraction(-2 * after, 3))
    if between:
        return Near(m, Fraction(1, 2**m), m, Fraction(-between, 3))
    return Near(m, Fraction(2, 2**m), m - 1, Fraction(1 - 2 * before, 12))


def stacks(largest: int) -> Iterator[Stack]:
    """All stacks of at most so many layers."""
    for layers in range(1, largest + 1):
        yield from itertools.product((0, 1), repeat=layers)


def kernel_of(stack: Stack) -> Zonal:
    """The composition."""
    layers = [ks.arccos(degree) for degree in stack]
    return functools.reduce(lambda inner, outer: outer @ inner, layers)


def scale(level: int) -> Any:
    """C_m = (sqrt2/pi)^{2 - 2^{1-m}} in sympy."""
    return (sp.sqrt(2) / sp.pi) ** (2 - sp.Integer(2) ** (1 - level))


@check("L11", verdict="proved", where="derived here; Bietti & Bach 2021 have stacks of one kind")
def mixed_ends(tier: Tier) -> Checks:
    r"""Mixed stacks: exponents and coefficients

    Layers step ($\kappa_0$) or ReLU ($\kappa_1$), $m$ of them steps, $c=\sqrt2/\pi$, $C_j=c^{2-2^{1-j}}$. At $+1$ for
    $m\geq1$: $\nu=2^{-m}$ and $c_1=-C_m$ in every order; for $m=0$ $\nu=3/2$. The first correction, relative, does tell
    the order: $n\geq1$ ReLU after the last step $-\frac{2n}{3}C_{m+1}t^{\nu/2}$; none, but $n\geq1$ directly before it
    $-\frac{n}{3}C_mt^\nu$; else $\frac{1-2n}{12}C_{m-1}t^{2\nu}$ with $n$ ReLU directly before the last step but one.
    At $-1$ the input's layer decides: $c\,t^{1/2}$ for a step, $\frac23c\,t^{3/2}$ for ReLU, times
    $\prod_j\kappa_{s_j}'(b_j)$. So $c_{-1}\neq0$ at the order $\nu$ only for $m=0$, or $m=1$ with the step first; and a
    parity vanishes in single layers alone.
    """
    s = sp.Symbol("s", positive=True)
    c = sp.sqrt(2) / sp.pi
    angle = sp.series(sp.acos(1 - s**2), s, 0, 6).removeO()
    sine = sp.series(s * sp.sqrt(2 - s**2), s, 0, 6).removeO()
    ramp = sp.expand((1 - s**2) * (1 - angle / sp.pi) + sine / sp.pi)
    yield step("one layer at $+1$")
    yield exact(
        r"in $s=\delta^{1/2}$: $1-\kappa_0(1-\delta)=cs(1+\frac{s^2}{12}+\ldots)$, "
        r"$1-\kappa_1(1-\delta)=s^2-\frac23cs^3+\ldots$",
        [*[sp.expand(angle / sp.pi).coeff(s, j) for j in range(1, 4)], *[(1 - ramp).coeff(s, j) for j in range(1, 4)]],
        [c, 0, c / 12, 0, 1, -2 * c / 3],
        by="sympy, power series",
    )
    m = sp.Symbol("m", positive=True)
    power = 2 - 2 ** (1 - m)
    yield step(
        r"$\nu$ and $c_1$, in every order",
        r"Induction over the layers. With $\delta=C_mt^{2^{-m}}(1+\ldots)$ a step makes "
        r"$cC_m^{1/2}t^{2^{-m-1}}(1+\ldots)$ and a ReLU layer leaves the leading term as it is: after any $m$ steps "
        r"and any ReLU layers between them it is $C_mt^{2^{-m}}$. Without a step claim 24 has $\nu=\frac{3}{2}$.",
    )
    yield vanish(
        r"$cC_m^{1/2}=C_{m+1}$, $C_0=1$: powers of $c$",
        1 + power / 2 - power.subs(m, m + 1),
        power.subs(m, 0),
        by="sympy, every m",
    )
    yield step(
        "the first correction, for every stack",
        "Relative to the leading term, a ReLU layer that reads $C_jt^{2^{-j}}$ (after $j$ steps) adds "
        r"$-\frac23C_{j+1}t^{2^{-j-1}}$, a step that reads it adds $\frac{1}{12}C_jt^{2^{-j}}$ and halves what was "
        r"there. So the exponent $\frac{\nu}{2}=2^{-m-1}$ comes from ReLU after the last step alone, $n$ times. "
        r"Without those $\nu=2^{-m}$ comes from ReLU directly before the last step alone, halved once. Without those "
        r"$2\nu$ comes from ReLU directly before the last step but one, halved twice, and from the last step, "
        r"$\frac{1}{12}$, not halved: $\frac{1-2n}{12}$, which is not 0. Products of corrections are smaller than "
        r"their factors, and so are the next terms of a layer: $t^{3\nu}$ at most, or $t^{3\nu/2}$ with ReLU after "
        "the last step.",
    )
    yield step(
        "at $-1$",
        r"$\kappa_0(-1+t)=c\,t^{1/2}+\ldots$ and $\kappa_1(-1+t)=\frac23c\,t^{3/2}+\ldots$ (claim 13). Every later "
        r"layer reads an inner value $b_j\in[0,1)$, where it is analytic, and multiplies the coefficient of the first "
        r"non-integer power by its slope, which is positive. So $t^\nu$ with $\nu=2^{-m}$ is there for $m=1$ with the "
        "step first, and $t^{3/2}$ for $m=0$.",
    )
    yield step(
        "parities",
        r"Where $c_{-1}=0$ both parities have $c_1\neq0$. For $m=1$ with the step first and "
        r"more layers, $c_{-1}=c\prod_j\kappa_0(b_j)<c=|c_1|$, as $\kappa_1'=\kappa_0<1$ on "
        "$[0,1)$; for $m=0$ claim 24b. Single layers: claim 20.",
    )
    yield conclusion(
        r"The first two steps and the induction are for every order of the layers, the third for every stack with a"
        r" step; the last two are the sentences about $-1$. Below, the rule against the recursion for all stacks to ten"
        r" layers, and the library for all thirty to four."
    )
    largest = 10
    tried = {x for x in stacks(largest) if 0 in x}
    wrong = [x for x in sorted(tried) if by_recursion(x) != in_closed_form(x)]
    count = 2 ** (largest + 1) - 2 - largest
    label = f"the rule is the recursion, all {count} stacks with a step and at most {largest} layers"
    detail = f"wrong: {wrong[:3]}" if wrong else ""
    yield exact(label, not wrong and len(tried) == count, by="rational arithmetic", detail=detail)
    exponents: list[Any] = []
    expected: list[Any] = []
    ratios: list[Any] = []
    below: list[Any] = []
    for stack in stacks(4):
        kernel, decay = kernel_of(stack), kernel_of(stack).decay(4)
        exponents.append(decay.nu)
        if 0 not in stack:
            expected.append(Fraction(3, 2))
            ratios.append(sp.simplify(decay.c_plus / (2 * c * len(stack) / 3)))
        else:
            rule, expansion = in_closed_form(stack), kernel.expand(1, 4)
            second = rule.nu + rule.gap
            exponents += [expansion.exponents[1], expansion.exponents[2]]
            expected += [rule.nu, rule.nu, second]
            q = sp.Rational(rule.relative.numerator, rule.relative.denominator)
            term = -scale(rule.steps) * scale(rule.level) * q
            ratios.append(sp.simplify(decay.c_plus / -scale(rule.steps)))
            ratios.append(sp.simplify(expansion.coefficient(second) / term))
        present = 0 not in stack or (stack.count(0) == 1 and stack[0] == 0)
        vanishing = int(decay.even == 0) + int(decay.odd == 0)
        below += [int((decay.c_minus != 0) != present), vanishing - int(len(stack) == 1)]
    label = r"library at $+1$: $\nu$ and the first two non-constant exponents, all 30 stacks to four layers"
    yield exact(label, exponents, expected, by="rational arithmetic")
    label = r"library at $+1$: leading and next coefficient over the rule's, all 30 stacks"
    yield exact(label, ratios, [1] * len(ratios), by="sympy")
    yield vanish(r"library: $c_{-1}=0$ and vanishing parities exactly where the rule says", *below)
