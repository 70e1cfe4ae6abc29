"""Kernel values at arrays that are read chunk by chunk: those of the entries alone, whatever the array looks like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernelspec as ks
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
            expected = one_by_one.transpose(1, 0, 2) if name == "turned" else one_by_one
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
