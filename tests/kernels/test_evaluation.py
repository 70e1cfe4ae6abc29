"""Kernel values at arrays that are read chunk by chunk: those of the entries alone, whatever the array looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.gram import tables
from kernelspec.kernels import evaluation

KERNELS = ["ntk(3)", "laplace(2)", "dual('gelu')", "2 + 0*linear()", "arccos(2)", "sine_power(1/2)"]


@dataclass(frozen=True, repr=False)
class Own(ks.Zonal):
    """A kernel of a user: of two layers, with a field that has no hash, and a `depth` that is no number."""

    parts: Any
    inner: ks.Zonal
    depth: Any = "of water"

    def pair(self, point: Any) -> Any:
        return point.pair(self.inner)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_CHUNK", 64)


def layouts(u: Any) -> dict[str, Any]:
    read_only = u.copy()
    read_only.flags.writeable = False
    big = np.zeros((2 * u.shape[0], 3 * u.shape[1], u.shape[2]), u.dtype)
    big[::2, ::3] = u
    return {
        "C": u,
        "F": np.asfortranarray(u),
        "turned": u.transpose(1, 0, 2),
        "strided": big[::2, ::3],
        "column": u.reshape(-1, 1),
        "kept": read_only,
    }


@pytest.mark.parametrize("text", KERNELS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chunks_are_what_entries_are_alone(text: str, dtype: Any, small_chunks: None, rng: np.random.Generator) -> None:
    kernel = ks.parse(text)
    u = rng.uniform(-1, 1, (5, 7, 3)).astype(dtype)
    u[0, 0], u[1, 1] = [1, -1, 0], [1 - 1e-7, -1 + 1e-7, 1e-20]
    for read in (kernel, kernel.defect):
        one_by_one = np.array([read(x) for x in u.ravel()[:, None]]).reshape(u.shape)
        for name, array in layouts(u).items():
            before = array.copy()
            found = read(array)
            expected = one_by_one.transpose(1, 0, 2) if name == "turned" else one_by_one.reshape(array.shape)
            assert found.dtype == dtype and found.shape == array.shape and np.array_equal(array, before), name
            # NumPy's functions may round the last digit of a short array and of a long one differently.
            size = np.finfo(dtype).eps * max(1.0, float(np.abs(one_by_one).max()))
            assert np.abs(found - expected).max() <= 2 * size, name


def test_a_user_s_function_is_called_once(small_chunks: None) -> None:
    sizes = []

    def function(u: Any) -> Any:
        sizes.append(np.size(u))
        return np.exp(u - 1)

    kernel = ks.from_callable(function, name="f")
    u = np.linspace(-1, 1, 60).reshape(6, 10)
    assert np.allclose(kernel(u), np.exp(u - 1), rtol=1e-15)
    assert sizes.count(60) == 1 and 8 not in sizes


def test_bad_entries_of_a_late_chunk_are_met_first(small_chunks: None) -> None:
    u = np.zeros(100)
    for bad in (np.nan, 1.001, -np.inf):
        u[99] = bad
        with pytest.raises(ValueError, match=r"\[-1, 1\]"):
            ks.ntk(3)(u)
    u[99] = np.nextafter(1.0, 2.0)
    assert ks.ntk(3)(u)[99] == ks.ntk(3)(1.0)


# The first ones have tables, and the last ones fits alone.
MANY = ["ntk(2)", "rf(2)**2", "ntk(50)", "dual('gelu')@rf(2)", "-3*ntk(3)", "ntk(3)*laplace() + 2"]
FITTED = ["exponential(1/3)*rf(2)", "ntk(2)**5", "piecewise('0 if x < 1; x - 1')*rf(2)"]


@pytest.mark.parametrize("text", MANY + FITTED)
def test_many_float32_values_are_rounded_from_float64(
    text: str, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """Next to -1, and to zeros, as everywhere."""
    kernel = ks.parse(text)
    near = np.geomspace(1e-7, 1, 2000)
    u = np.concatenate([rng.uniform(-1, 1, 3 * 2**14), 1 - near, near - 1, [1, -1, 0]]).astype(np.float32)
    monkeypatch.setattr(tables, "_WORTH", 1e12)
    exact = kernel(u.astype(np.float64))
    sign = np.flatnonzero(np.diff(np.sign(exact[u.argsort()])))
    zeros = np.linspace(np.sort(u)[sign], np.sort(u)[sign + 1], 50).astype(np.float32).ravel()
    u = np.concatenate([u, zeros]).reshape(-1, 1)
    exact, by_formula = kernel(u.astype(np.float64)), kernel(u)
    monkeypatch.setattr(tables, "_WORTH", 0)
    found = kernel(u)
    assert found.dtype == np.float32 and found.shape == u.shape
    allowed = np.maximum(2.0**-24 * (1 + 2.0 ** -(20 if text in MANY else 4)) * np.abs(exact), 1e-45)
    assert np.all(np.abs(found - exact) <= allowed)
    assert not np.all(np.abs(by_formula - exact) <= allowed)
    np.testing.assert_array_equal(kernel.defect(u[::9]), kernel.defect(u)[::9])


@pytest.mark.parametrize("text", MANY)
def test_many_float64_values_are_those_of_the_formula(
    text: str, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """But for its roundings, at any distance from the ends; whatever the array looks like."""
    kernel, near = ks.parse(text), 2.0 ** -rng.uniform(0, 53, 7000)
    u = np.concatenate([1 - near, near - 1, rng.uniform(-1, 1, 35_000), [1, -1, 0, -0.0, 1e-300, 5e-324]])
    u = np.append(u, np.zeros(u.size % 2)).reshape(2, -1)
    monkeypatch.setattr(tables, "_WORTH", 1e12)
    by_formula, defect = kernel(u), kernel.defect(u)
    monkeypatch.setattr(tables, "_WORTH", 0)
    before = u.copy()
    found = kernel(u)
    assert np.array_equal(u, before) and found.dtype == np.float64 and found.shape == u.shape
    # 16 units in the last place, as ntk(50) has; and next to a zero 2^-53 of what is around it, which is up to 4.
    assert np.all(np.abs(found - by_formula) <= 2.0**-48 * np.abs(by_formula) + 2.0**-51 * (np.abs(u) < 0.9))
    assert not np.array_equal(found, by_formula)
    np.testing.assert_array_equal(kernel.defect(u), defect)
    for name, array in layouts(u[:, :, None]).items():
        expected = found[:, :, None].transpose(1, 0, 2) if name == "turned" else found.reshape(array.shape)
        np.testing.assert_array_equal(kernel(array), expected)


@pytest.mark.parametrize("text", ["arccos(2)", "sine_power(1/2)*ntk(2)"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_has_no_table_is_read_by_its_formula(text: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one layer, or with Taylor coefficients of both signs."""
    u, kernel = np.linspace(-1, 1, 40_000, dtype=dtype), ks.parse(text)
    by_formula = kernel(u)
    monkeypatch.setattr(tables, "_WORTH", 0)
    np.testing.assert_array_equal(kernel(u), by_formula)


@pytest.mark.parametrize("parts", [[1, 2], np.ones(3), {}, (1, 2)])
def test_kernels_of_users_are_read_at_many_cosines_as_at_few(
    parts: Any, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_WORTH", 1)
    u = np.linspace(-1, 1, 101)
    kernel = Own(parts, ks.ntk(3))
    few = np.array([kernel(float(x)) for x in u])
    np.testing.assert_allclose(kernel(u), few, rtol=1e-15)
    np.testing.assert_allclose(kernel(u.astype(np.float32)), few, rtol=2e-6)
