"""Kernel values at arrays that are read chunk by chunk: those of the entries alone, whatever the array looks like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.gram import fitted_values
from kernelspec.kernels import evaluation

KERNELS = ["ntk(3)", "laplace(2)", "dual('gelu')", "2 + 0*linear()", "arccos(2)", "sine_power(1/2)"]


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


@pytest.mark.parametrize("text", ["ntk(2)", "rf(2)**2", "ntk(50)", "dual('gelu')", "-3*ntk(3)", "ntk(3)*laplace() + 2"])
def test_many_float32_values_are_rounded_from_float64(
    text: str, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """To 1/32 of a rounding also where they are small: next to -1, and to zeros."""
    kernel = ks.parse(text)
    near = np.geomspace(1e-7, 1, 2000)
    u = np.concatenate([rng.uniform(-1, 1, 3 * 2**14), 1 - near, near - 1, [1, -1, 0]]).astype(np.float32)
    exact = kernel(u.astype(np.float64))
    sign = np.flatnonzero(np.diff(np.sign(exact[u.argsort()])))
    zeros = np.linspace(np.sort(u)[sign], np.sort(u)[sign + 1], 50).astype(np.float32).ravel()
    u = np.concatenate([u, zeros]).reshape(-1, 1)
    exact = kernel(u.astype(np.float64))
    monkeypatch.setattr(fitted_values, "_WORTH", 1e9)
    by_formula = kernel(u)
    monkeypatch.setattr(fitted_values, "_WORTH", 0)
    found = kernel(u)
    assert found.dtype == np.float32 and found.shape == u.shape
    allowed = np.maximum(2.0**-24 * (1 + 2.0**-4) * np.abs(exact), 1e-45)
    assert np.all(np.abs(found - exact) <= allowed)
    assert not np.all(np.abs(by_formula - exact) <= allowed)
    np.testing.assert_array_equal(kernel.defect(u[::9]), kernel.defect(u)[::9])


def test_many_float64_values_are_those_of_the_formula(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(fitted_values, "_WORTH", 0)
    u, kernel = rng.uniform(-1, 1, 40_000), ks.ntk(3) * ks.laplace()
    np.testing.assert_array_equal(kernel(u)[::400], [kernel(x) for x in u[::400].tolist()])


@pytest.mark.parametrize("text", ["arccos(2)", "sine_power(1/2)*ntk(2)"])
def test_what_has_no_fits_in_float32_is_read_by_its_formula(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one layer, or with Taylor coefficients of both signs."""
    u, kernel = np.linspace(-1, 1, 40_000, dtype=np.float32), ks.parse(text)
    by_formula = kernel(u)
    monkeypatch.setattr(fitted_values, "_WORTH", 0)
    np.testing.assert_array_equal(kernel(u), by_formula)
