"""The checks of teacher networks: their oracle, the verdicts, and that a wrong library is found out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.ckn.teachers import Teacher
from kernelspec.rkhs import neurons
from oracle import neuron_norms
from paper_checks import h_teacher, h_teacher_convolutional, h_teacher_layers, l_teachers
from paper_checks.registry import Claim, Tier, computed_verdict

SECTIONS = (h_teacher, h_teacher_layers, h_teacher_convolutional, l_teachers)
CLAIMS = [v for module in SECTIONS for v in vars(module).values() if isinstance(v, Claim)]
HALF = Fraction(1, 2)


def verdict(claim: Claim) -> str:
    return computed_verdict(claim(Tier.for_claim(claim.number, quick=True)))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_verdicts(claim: Claim) -> None:
    assert verdict(claim) == claim.verdict


def test_a_wrong_norm_on_the_sphere_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    true = neurons.sphere_squared_norm
    off = 1 + Fraction(1, 10**9)
    monkeypatch.setattr(neurons, "sphere_squared_norm", lambda *a: true(*a) * off)
    for claim in (h_teacher.one_neuron, h_teacher_layers.linear_layers):
        assert isinstance(claim, Claim)
        assert verdict(claim) == "failed"


@pytest.mark.parametrize("name", ["gram", "spectral"])
def test_a_bound_that_is_too_small_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Teacher.squared_norm

    def smaller(self: Teacher, bound: str = "gram") -> float:
        return true(self, bound) * (0.99 if bound == name else 1.0)

    monkeypatch.setattr(Teacher, "squared_norm", smaller)
    # Gram bounds are attained with patches, spectral ones by orthogonal filters.
    claim: Any = h_teacher_convolutional.convolutional if name == "gram" else l_teachers.tightness
    assert verdict(claim) == "failed"


def test_a_teacher_that_is_off_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Teacher.__call__
    monkeypatch.setattr(Teacher, "__call__", lambda self, x: true(self, x) * (1 + 1e-9))
    claim: Any = h_teacher_convolutional.convolutional
    assert verdict(claim) == "failed"


# ---------------------------------------------------------------------------------------- oracle


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(2, 6))
def test_dimensions_are_sums_of_multiplicities(kernel: list[int], d: int) -> None:
    count = len(kernel)
    degrees = {k for k in range(count) if any(kernel[j] for j in range(k, count, 2))}
    expected = sum(ks.sphere.multiplicity(d, k) for k in degrees)
    assert neuron_norms.space_dimension(kernel, d) == expected


@settings(max_examples=25)
@given(
    st.lists(st.fractions(-2, 2, max_denominator=5), min_size=1, max_size=4),
    st.lists(st.fractions(-2, 2, max_denominator=5), min_size=1, max_size=4),
    st.fractions(-2, 2, max_denominator=5),
)
def test_composition_of_polynomials(outer: list[Fraction], inner: list[Fraction], u: Fraction) -> None:
    value = neuron_norms.polynomial
    assert value(neuron_norms.composed(outer, inner), u) == value(outer, value(inner, u))


@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_points_lie_on_the_sphere(d: int, seed: int) -> None:
    points = neuron_norms.sphere_points(d, 6, np.random.default_rng(seed))
    assert len(set(points)) == 6
    assert all(len(x) == d and neuron_norms.inner(x, x) == 1 for x in points)


def test_a_kernel_section_has_the_norm_of_the_kernel_and_strangers_are_refused() -> None:
    rng = np.random.default_rng(0)
    kernel, pole = (HALF, 0, HALF), (Fraction(3, 5), Fraction(4, 5))

    def section(x: neuron_norms.Point) -> Fraction:
        return neuron_norms.polynomial(kernel, neuron_norms.inner(pole, x))

    assert neuron_norms.squared_norm(kernel, section, 2, rng) == 1
    with pytest.raises(ValueError, match="not in the RKHS"):
        neuron_norms.squared_norm(kernel, lambda x: x[0], 2, rng)


def test_norms_of_a_hidden_layer() -> None:
    """By harmonics against rational Gram matrices, filters of different lengths."""
    rng = np.random.default_rng(1)
    filters = [[Fraction(int(v), 4) for v in row] for row in rng.integers(1, 6, (3, 3))]
    readout, b, a = [Fraction(1), Fraction(-2), HALF], (HALF, 1, HALF, 2), (1, -1, 2, HALF)
    network = neuron_norms.teacher([filters], readout, a)
    expected = float(neuron_norms.squared_norm(b, network, 3, rng))
    kernel = sum((v * ks.polynomial(j) for j, v in enumerate(b)), 0 * ks.linear())
    found = l_teachers.layer_norm(kernel, [float(v) for v in a], np.array(filters, float), np.array(readout, float))
    # Sums of at most 16 terms, with cancellation by the readout's signs.
    assert found == pytest.approx(expected, rel=1e-12, abs=0)
