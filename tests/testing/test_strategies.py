"""The strategies draw what they say, and Hypothesis knows them by type, at no cost where it is imported alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from expressions import untyped
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import kernelspec as ks
from kernelspec import Zonal, ckn, testing
from kernelspec.ckn.stability import Field
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.testing.image_strategies import DEFORMATIONS
from kernelspec.testing.kernel_strategies import FAMILIES
from kernelspec.testing.registration import register

ROOT = Path(__file__).resolve().parent.parent.parent
U = np.linspace(-1, 1, 9)


def first(strategy: Any) -> Any:
    """One that is drawn; it is not shrunk, which takes longer."""
    return find(strategy, lambda x: True, settings=settings(max_examples=1, phases=[Phase.generate]))


# -- kernels ----------------------------------------------------------------------------------------------


@given(testing.kernels())
@settings(max_examples=30)
def test_kernels_are_finite(kernel: Zonal) -> None:
    assert np.all(np.isfinite(kernel(U)))


@given(testing.kernels(positive=True, smooth=True, max_atoms=3))
@settings(max_examples=20)
def test_positive_and_smooth_kernels(kernel: Zonal) -> None:
    assert np.isfinite(kernel.derivative().at_one)
    values = kernel(U)
    # Schoenberg: sums of powers with coefficients >= 0 grow on [0, 1], and are largest there.
    assert np.all(np.diff(values[4:]) >= -1e-14 * values[-1])
    assert np.all(np.abs(values) <= values[-1] * (1 + 1e-14))


@pytest.mark.parametrize(("parity", "sign"), [("even", 1), ("odd", -1)])
@given(data=st.data())
@settings(max_examples=15)
def test_parities(parity: str, sign: int, data: st.DataObject) -> None:
    kernel = data.draw(testing.kernels(parity=parity, max_atoms=2))
    values = kernel(U)
    # Sums inside may cancel, to what is left of their size.
    np.testing.assert_allclose(values[::-1], sign * values, atol=1e-11 * (1 + abs(kernel.at_one)))


@given(testing.cosines())
@settings(max_examples=20)
def test_cosines_may_stand_inside(kernel: Zonal) -> None:
    assert (ks.exponential() @ kernel)(1.0) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_kernels(family: str) -> None:
    assert isinstance(first(testing.kernels(families=[family], max_atoms=1)), Zonal)


def test_kernels_shrink_to_small_ones() -> None:
    worst = find(testing.kernels(families=["polynomial"]), lambda kernel: kernel(0.5) < 0)
    assert len(repr(worst)) <= len("-linear() + polynomial(2)")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"parity": "both"}, "parity must be 'even', 'odd' or None"),
        ({"families": ["arcos"]}, "families must be among arccos"),
        ({"families": ["sine_power"], "positive": True}, "families must hold one that has such"),
        ({"positive": 1}, "positive must be True or False"),
        ({"max_atoms": 0}, "max_atoms must be"),
    ],
)
def test_bad_arguments(options: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        testing.kernels(**options)


# -- points -----------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=50)
def test_points(data: st.DataObject) -> None:
    d, unit = data.draw(st.integers(2, 5)), data.draw(st.booleans())
    x = data.draw(testing.points(d, unit=unit, rows=(0, 6), dtype=np.float32))
    assert x.dtype == np.float32 and x.ndim == 2 and x.shape[1] == d and len(x) <= 6
    norms = np.linalg.norm(x.astype(np.float64), axis=1)
    bounds = (1 - 1e-6, 1 + 1e-6) if unit else (0.099, 10.1)
    assert np.all((norms == 0) & (not unit) | (norms >= bounds[0]) & (norms <= bounds[1]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"d": 1}, "d must be"),
        ({"rows": (5, 2)}, "rows must be"),
        ({"rows": (1, 2, 3)}, "rows must be a number, or"),
        ({"largest": float("inf")}, "largest must be finite and at least 1"),
        ({"dtype": int}, "dtype must be float32 or float64"),
        ({"zeros": 2}, "zeros must be True or False"),
    ],
)
def test_bad_options_of_points(options: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        find(testing.points(**{"d": 3, **options}), lambda x: True)


def _pair(test: Any) -> Value:
    """A pair of rows that passes a test, if there is one."""
    return find(
        testing.points(3, rows=2),
        lambda x: bool(np.any(x[0]) and test(x[0], x[1])),
        settings=settings(max_examples=2000, phases=[Phase.generate]),
    )


@pytest.mark.parametrize(
    "test",
    [
        lambda x, y: np.array_equal(x, y),
        lambda x, y: np.array_equal(x, -y),
        lambda x, y: 0 < np.linalg.norm(x - y) < 2e-9 * np.linalg.norm(x),
        lambda x, y: 0 < np.linalg.norm(x + y) < 2e-9 * np.linalg.norm(x),
        lambda x, y: np.array_equal(3 * x, y),
        lambda x, y: not np.any(y),
    ],
)
def test_hard_points_are_reached(test: Any) -> None:
    assert _pair(test).shape == (2, 3)


def test_easy_points_alone() -> None:
    easy = testing.points(3, rows=2, hard=False, zeros=False)
    with pytest.raises(NoSuchExample):
        find(easy, lambda x: not np.all(np.any(x, axis=1)), settings=settings(max_examples=50))


# -- networks, images, deformations -----------------------------------------------------------------------


@given(st.data())
@settings(max_examples=20)
def test_images_fit_their_network(data: st.DataObject) -> None:
    net = data.draw(testing.architectures(max_layers=2))
    x = data.draw(testing.images(net, max_images=2))
    assert net.shapes(x.shape) and 1 <= len(x) <= 2 and np.all(np.isfinite(x))


def test_networks_of_stated_kinds() -> None:
    drawn = testing.architectures((8, 8), kernels=[ks.arccos(1)], borders=["valid"], outputs=["mean"])
    net = find(drawn, lambda net: len(net.layers) == 2)
    assert {layer.border for layer in net.layers} == {"valid"} and net.output == "mean"
    with pytest.raises(ValueError, match="empty map"):
        find(testing.images(ckn.Network([ckn.Layer(9, ks.linear(), border="valid")]), positions=(3,)), bool)
    assert find(testing.images(), lambda x: x.size == 1).shape in ((1, 1, 1), (1, 1, 1, 1))


@pytest.mark.parametrize("kind", DEFORMATIONS)
def test_every_deformation_keeps_its_gradient(kind: str) -> None:
    @given(testing.deformations((6, 7), max_grad=0.5, kinds=[kind]))
    @settings(max_examples=5)
    def check(tau: Field) -> None:
        assert tau.shape == (6, 7)
        # 10 pixels along, correlated over a pixel or more: the elastic ones are not held to a gradient
        assert kind == "elastic" or tau.grad_sup <= 0.5 * (1 + 1e-8) + (0.25 if kind == "sum" else 0)

    check()


# -- registration -----------------------------------------------------------------------------------------


def test_types_have_their_strategies() -> None:
    register()  # as Hypothesis does where the package is installed with this entry point
    for kind in (Zonal, ckn.Network, ckn.Layer, Field):
        assert isinstance(first(st.from_type(untyped(kind))), kind)


def run_python(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_entry_point_is_the_hook_and_costs_nothing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (entry,) = project["entry-points"]["hypothesis"].values()
    module, name = entry.split(":")
    run_python(f"""
import sys
from {module} import {name}
{name}()
assert not {{"numpy", "scipy", "sympy", "flint", "hypothesis"}} & set(sys.modules)
import hypothesis
from hypothesis import strategies as st
from hypothesis.strategies._internal.types import _global_type_lookup as known
assert not any(kind.__module__.startswith("kernelspec") for kind in known)
import kernelspec as ks
assert ks.Zonal in known and "kernelspec.ckn" not in sys.modules
from kernelspec import ckn
from kernelspec.ckn.stability import Field
assert {{ckn.Network, ckn.Layer, Field}} <= set(known)
""")
    assert project["optional-dependencies"]["testing"] == ["hypothesis>=6.100"]


def test_without_hypothesis_the_checks_are_there() -> None:
    run_python("""
import sys
sys.modules["hypothesis"] = None
import kernelspec as ks
report = ks.testing.check_gram(lambda x, y: x @ y.T, laws="symmetry")
assert report.met == ("symmetry",)
for name in ("kernels", "points", "architectures", "images", "deformations"):
    try:
        getattr(ks.testing, name)
    except ImportError as error:
        assert "pip install kernelspec[testing]" in str(error), error
    else:
        raise AssertionError(name)
assert ks.testing.check_kernel(ks.linear(), laws="text").met == ("text",)
assert set(ks.testing.__all__) <= set(dir(ks.testing)) and not hasattr(ks.testing, "no_such_name")
""")


def test_nothing_below_imports_the_kit() -> None:
    """It is a door: the command line is another one, and the only one that uses it."""
    users = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "kernelspec").rglob("*.py")
        if path.parent.name != "testing"
        and re.search(r"(from|import) [\w.]*testing\b", path.read_text(encoding="utf-8"))
    }
    assert users == {"kernelspec/__init__.py", "kernelspec/cli/check.py"}
