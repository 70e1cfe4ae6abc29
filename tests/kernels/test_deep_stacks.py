"""Facts of networks that are read layer by layer, against those of the same networks written out."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels import wide
from kernelspec.kernels.deep_stacks import DeepStack
from kernelspec.kernels.end_facts import Part
from kernelspec.kernels.wide import Wide

NETWORKS: dict[str, dict[str, Any]] = {
    "erf": dict(depth=4, activation="erf"),
    "erf, bias": dict(depth=4, activation="erf", bias_variance=0.1),
    "erf, tangent": dict(depth=4, activation="erf", tangent=True),
    "sin": dict(depth=3, activation="sin"),
    "sin, tangent": dict(depth=3, activation="sin", tangent=True),
    "cos, tangent": dict(depth=3, activation="cos", tangent=True),
    "gelu, tangent, bias": dict(depth=3, activation="gelu", tangent=True, bias_variance=0.2),
    "tanh": dict(depth=3, activation="tanh"),
    "tanh, tangent": dict(depth=3, activation="tanh", tangent=True),
    "elu, tangent": dict(depth=3, activation="elu", tangent=True),
    "relu6, bias": dict(depth=3, activation="relu6", bias_variance=0.2),
    "hardtanh": dict(depth=3, activation="hardtanh"),
    "softplus, bias": dict(depth=4, activation="softplus", bias_variance=0.3),
    "relu": dict(depth=4, activation="abrelu(0.1, 1)", tangent=True, bias_variance=0.2),
}
STEPS = [
    "dense(1) > relu > dense(2) > norm(0.1) > sum(identity | erf > dense(1, 0.2)) > gelu > dense(2)",
    "dense(1) > rectified_monomial(2) > dense(2) > step > dense(1)",
]


def networks() -> list[Any]:
    made = [pytest.param(ks.mlp(**options), id=name) for name, options in NETWORKS.items()]
    frozen = ks.network("dense(1) > relu > dense(2, 0, 0, 0)", tangent=True)
    return [*made, pytest.param(frozen, id="frozen"), *(pytest.param(ks.network(text), id=text) for text in STEPS)]


@pytest.mark.parametrize("kernel", networks())
def test_facts_are_those_of_the_expression(kernel: ks.Zonal) -> None:
    if not isinstance(kernel, Wide):
        pytest.skip("the network has a class of its own")
    stack, form = DeepStack(kernel), kernel.form
    for fact in ("singular", "real_only", "real_floats", "infinitely_smooth", "smooth_in_angle"):
        assert getattr(stack, fact) == getattr(form, fact), fact
    assert stack.radius == form.radius
    for parity in (0, 1):
        assert (stack.polynomial_part(parity) == {}) == (form.polynomial_part(parity) == {})
        assert stack.polynomial_degree(parity) in (form.polynomial_degree(parity), None)
        assert stack.analytic_part(parity) <= form.analytic_part(parity)
        mine, its = stack.taylor_parts[parity], form.taylor_parts[parity]
        assert mine == its or mine == Part() and kernel.tangent  # where a part's signs are not known by themselves
    for at in (1, -1):
        assert stack.angle_root(at) % form.angle_root(at) == 0
    assert stack.singular_order >= 0
    assert stack.singularities == form.singularities or stack.singularities is None
    for r in (
        Fraction(1),
        *([] if kernel.real_only else [Fraction(1, 2)]),
        *([Fraction(51, 50)] if stack.radius > 1 else []),
    ):
        most, its_most = stack.majorant(r), form.majorant(r)
        assert (most is None) == (its_most is None)
        if most is not None and its_most is not None:
            value = float(kernel(min(float(r), 1.0)))
            assert float(most) == pytest.approx(float(its_most), rel=1e-9)
            assert float(most) >= value * (1 - 1e-12)
    assert stack.truncation == pytest.approx(form.truncation, rel=1e-6) or stack.truncation >= form.truncation
    assert (stack.truncation == 0) == (form.truncation == 0)
    with np.errstate(all="ignore"):
        rise = float(kernel.defect(1 - 1e-9)) / 1e-9
    assert stack.slope_bound >= rise * (1 - 1e-5)
    if not kernel.tangent:  # T' takes bounds of psi'', which are not told of all
        assert stack.slope_bound <= form.slope_bound * (1 + 1e-6)
    assert stack.eigenvalue(3) is None
    assert stack.with_closed_terms is kernel


@pytest.mark.parametrize("name", ["erf", "erf, bias", "erf, tangent", "gelu, tangent, bias", "elu, tangent", "tanh"])
def test_spectra_read_layer_by_layer_are_those_of_the_expression(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = ks.mlp(**NETWORKS[name])
    plain = kernel.spectrum(3).values(range(12))
    monkeypatch.setattr(wide, "DEEP", 1)
    again = ks.mlp(**NETWORKS[name])
    assert isinstance(again, Wide)
    assert isinstance(again.known_by, DeepStack)
    read = again.spectrum(3).values(range(12))
    # A value 0 is exact in both.
    assert (abs(read.value - plain.value) <= (read.error + plain.error) * abs(plain.value) + 1e-300).all()
    assert (read.sign == plain.sign).all()


def test_deep_networks_are_values_and_texts() -> None:
    for depth, options in (
        (200, dict(activation="erf", bias_variance=0.1)),
        (60, dict(activation="sin")),
        (60, dict(activation="erf", tangent=True)),
    ):
        kernel = ks.mlp(depth, **options)
        assert ks.parse(repr(kernel)) == kernel
        assert pickle.loads(pickle.dumps(kernel)) == kernel
        assert hash(ks.mlp(depth, **options)) == hash(kernel)
        assert len(kernel.latex()) < 100
        assert not kernel.singular
        assert "analytic on [-1, 1]" in str(kernel.decay(3)) or "entire" in str(kernel.decay(3))
