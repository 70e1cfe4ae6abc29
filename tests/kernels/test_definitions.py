"""LaTeX of kernels: short with names, and in full with the definitions of all of them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
import sympy
from expressions import exact_kernels, untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

import kernelspec as ks
from kernelspec.kernels.definitions import definitions
from kernelspec.kernels.dual_names import split

GELU = ks.dual("gelu")


def equations(kernel: ks.Zonal) -> list[str]:
    """The lines of the full LaTeX, without alignment."""
    text = kernel.latex(full=True)
    assert text.startswith("\\begin{aligned}\n") and text.endswith("\n\\end{aligned}")
    lines = text.split("\n")[1:-1]
    assert all(line.endswith(" \\\\") for line in lines[:-1]) and not lines[-1].endswith("\\\\")
    assert all(line.count("&") == 1 for line in lines)
    return [line.removesuffix(" \\\\").replace("&", "") for line in lines]


def balanced(text: str) -> bool:
    """Whether braces, and \\left and \\right, match."""
    bare = re.sub(r"\\[{}]", "", text)
    depth = 0
    for c in bare:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    return depth == 0 and text.count("\\left") == text.count("\\right")


def drawable(equation: str) -> None:
    """Matplotlib draws it; what it does not know of LaTeX is none of its business."""
    MathTextParser("path").parse(f"${equation}$")


@given(exact_kernels())
@settings(max_examples=30, deadline=None)
def test_full_latex_is_drawn_line_by_line(k: ks.Zonal) -> None:
    lines = equations(k)
    assert lines[0] == f"\\kappa\\left(u\\right) = {k.latex()}"
    for line in lines:
        assert balanced(line)
        drawable(line)


NETWORKS = [
    ks.ntk(3),
    ks.ntk(3, bias=True),
    ks.rf(4, degree=0),
    ks.rf(4) @ ks.rf(2, degree=2),
    ks.mlp(3, slope=0.5),
    ks.mlp(3, slope=0.5, bias_variance=0.1, tangent=True),
    ks.mlp(3, bias_variance=1, weight_variance=Fraction(1, 3)),
    ks.resnet(3),
    ks.resnet(3, alpha=0.5, tangent=True),
    ks.relu_layer(0.5, 0.25) @ ks.rf(2),
    GELU,
    GELU.normalized() @ GELU.normalized() + ks.ntk(2),
    ks.dual("erf"),
    ks.dual("elu"),
    ks.dual("selu"),
    ks.dual("hardtanh"),
    *(ks.dual(name) for name in ("tanh", "sigmoid", "softplus", "silu", "mish")),
    ks.piecewise("0 if x < 1; x - 1"),
    ks.matern(1.5, scale=2),
    sympy.sqrt(2) * ks.ntk(2),
]


@pytest.mark.parametrize("kernel", NETWORKS, ids=repr)
def test_every_name_in_a_network_is_defined(kernel: ks.Zonal) -> None:
    lines = equations(kernel)
    named = set(re.findall(r"\\kappa_\{[^\s(]*?\}(?=\^|\\left)|\\psi(?=')|M_\{[^\s(]*?\}(?=\\left)", " ".join(lines)))
    heads = [line.partition(" = ")[0] for line in lines]
    for name in named:
        assert any(head.startswith(name) for head in heads), name
    for line in lines:
        assert balanced(line)
        drawable(line)
    assert len(lines) > 1 and len(set(lines)) == len(lines)


def test_full_latex_says_the_recursion() -> None:
    assert equations(ks.ntk(3))[:4] == [
        r"\kappa\left(u\right) = \kappa_{\mathrm{NTK}}^{(3)}\left(u\right)",
        r"\kappa_{\mathrm{NTK}}^{(1)}\left(u\right) = u",
        r"\kappa_{\mathrm{NTK}}^{(\ell)}\left(u\right) = \kappa_{\mathrm{NTK}}^{(\ell-1)}\left(u\right)"
        r"\,\kappa_{0}\left(\kappa_{\mathrm{RF}}^{(\ell-1)}\left(u\right)\right)"
        r" + \kappa_{\mathrm{RF}}^{(\ell)}\left(u\right)",
        r"\kappa_{\mathrm{RF}}^{(1)}\left(u\right) = u",
    ]
    assert equations(ks.polynomial(3)) == [r"\kappa\left(u\right) = u^{3}"]
    assert definitions(ks.laplace()) == ()


def test_definitions_of_layers_are_those_of_the_library() -> None:
    """kappa_n by sympy: the definition, read as the closed form, has the kernel's values."""
    u = sympy.Symbol("u", real=True)
    for n in range(4):
        (line,) = definitions(ks.arccos(n))
        form = ks.arccos(n).sympy(u)
        assert line.partition(" = ")[2] == sympy.latex(form, inv_trig_style="full")
        assert abs(float(form.subs(u, 0.3)) - ks.arccos(n)(0.3)) < 1e-14


@pytest.mark.parametrize("name", ["gelu", "erf"])
def test_a_dual_shows_its_name(name: str) -> None:
    k = ks.dual(name)
    symbol = f"\\kappa_{{\\mathrm{{{name}}}}}"
    assert k.latex() == f"{symbol}\\left(u\\right)"
    assert (3 * k).latex() == f"3\\,{symbol}\\left(u\\right)"
    assert (k @ ks.rf(3)).latex() == rf"{symbol}\left(\kappa_{{1}}\left(\kappa_{{1}}\left(u\right)\right)\right)"
    mixed = (k @ ks.rf(2) + ks.laplace()).latex()
    assert symbol in mixed and "e^{-\\sqrt{1-u}}" in mixed and "kappa_{0}" not in mixed


def test_normalised_duals_and_their_networks_are_short() -> None:
    layer = network = GELU.normalized()
    for depth in range(2, 6):
        network = network @ layer
        text = network.latex()
        assert text.count("gelu") == depth and len(text) <= 60 * depth
    erf = ks.dual("erf").normalized()
    assert (erf @ erf @ erf).latex().count("erf") == 3


def test_what_is_almost_a_dual_is_not_named_so() -> None:
    for kernel in (
        GELU + ks.linear() * (ks.arccos(0) @ (ks.linear() / 2)),
        GELU - ks.sine_power(-0.5) @ (ks.linear() / 2),
    ):
        assert "gelu" not in kernel.latex()
    erf = ks.dual("erf")  # 2 kappa_0(2u/3) - 1
    assert (erf + 1).latex() == r"2\,\kappa_{0}\left(\frac{2}{3}\,u\right)"
    # kappa_0 of what is no 2/3 of a cosine
    for step in (ks.rf(3, degree=0), 2 * ks.rf(3, degree=0) - 1):
        assert "erf" not in step.latex()


@settings(max_examples=25, deadline=None)
@given(exact_kernels(), st.sampled_from(["gelu", "erf"]), st.integers(1, 5))
def test_splitting_loses_nothing(k: ks.Zonal, name: str, c: int) -> None:
    """The named parts and what is left add up to the kernel."""
    whole: Any = k + c * ks.dual(name)
    terms = getattr(whole, "terms", ((Fraction(1), whole),))
    named, rest = split(terms)
    total = 0 * ks.linear()
    for scale, found, inner in named:
        total = total + scale * (ks.dual(found) @ inner)
    for scale, part in rest:
        total = total + scale * part
    assert total == whole


def test_long_constants_are_written_in_digits_and_defined() -> None:
    k = GELU.normalized()
    assert k.latex() == r"2.35172\ldots\,\kappa_{\mathrm{gelu}}\left(u\right)"
    line = next(line for line in equations(k) if line.startswith("2.35172"))
    assert line.startswith(r"2.35172\ldots = ") and r"\pi^{2}" in line and line.count("2.35") == 1
    assert r"\sqrt{2}" in (sympy.sqrt(2) * ks.ntk(2)).latex()  # short ones are exact


def test_full_at_the_door() -> None:
    with pytest.raises(TypeError, match="full must be True or False, got 1"):
        ks.ntk(3).latex(full=untyped(1))
