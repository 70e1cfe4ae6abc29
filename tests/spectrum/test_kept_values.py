"""What a spectrum keeps of what was read: computed once, bounded, the caller's own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.spectrum import kept_values
from kernelspec.spectrum.eigenvalue_arrays import Values
from kernelspec.spectrum.kept_values import KeptValues

# Closed forms, polynomials, truncated series, and sums of them: blocks are read ahead. The others: they are not.
TOGETHER = [
    "rf(2)",
    "ntk(2)",
    "exponential(1)",
    "dual('tanh')",
    "rational_quadratic(1, 1)",
    "sine_power(1/2)",
    "linear()",
]
ALONE = ["ntk(3)", "laplace(1)", "dual('gelu')", "dual('elu')", "rf(3) + exponential(1)"]


class Reader:
    """mu_k = k, and which degrees were read."""

    def __init__(self, together: bool = False, refused: int | None = None) -> None:
        self.calls: list[list[int]] = []
        self.shared, self.refused = together, refused

    def read(self, k: Any, estimate: bool) -> Values:
        if self.refused is not None and (k >= self.refused).any():
            raise ValueError(f"k must be below {self.refused}")
        self.calls.append(k.tolist())
        return Values(*(k + float(part) for part in (0, 1, 2, 3 + estimate)))

    def together(self, parity: int) -> bool:
        return self.shared

    def of(self, kept: KeptValues, *k: int, estimate: bool = False) -> Values:
        return kept.values(np.array(k), estimate, self.read, self.together)


def test_a_request_is_read_once() -> None:
    kept, reader = KeptValues(), Reader()
    first, second = reader.of(kept, 3, 1, 3), reader.of(kept, 3, 1, 3)
    assert reader.calls == [[3, 1, 3]]
    for a, b in zip(first, second, strict=True):
        assert a.tolist() == b.tolist() and not np.shares_memory(a, b)
    assert reader.of(kept, 3, 1).value.tolist() == [3, 1]
    assert reader.of(kept, 3, 1, estimate=True).error.tolist() == [7, 5]
    assert reader.calls[1:] == [[3, 1], [3, 1]]


def test_what_is_returned_is_the_caller_s_own() -> None:
    kept, reader = KeptValues(), Reader(together=True)
    for _ in range(2):
        for part in reader.of(kept, 4, 5):
            part[:] = -1
    for k in (7, 8, 8, 9):  # alone, then from a block
        found = reader.of(kept, k)
        assert [part.tolist() for part in found] == [[k], [k + 1], [k + 2], [k + 3]]
        found.value[:] = -1


def test_the_second_degree_of_a_block_reads_it() -> None:
    kept, reader = KeptValues(), Reader(together=True)
    for k in (70, 70, 65, 127, 64, 128, 10**9, 5):
        assert reader.of(kept, k).value.tolist() == [k]
    assert reader.calls == [[70], list(range(64, 128)), [128], [10**9], [5]]
    kept, reader = KeptValues(), Reader(together=False)
    for k in (3, 4, 3, 4, 5):
        reader.of(kept, k)
    assert reader.calls == [[3], [4], [5]]


def test_a_degree_out_of_reach_in_a_block_is_nobody_s_business() -> None:
    kept, reader = KeptValues(), Reader(together=True, refused=40)
    assert [reader.of(kept, k).value.tolist() for k in (38, 39, 5)] == [[38], [39], [5]]
    with pytest.raises(ValueError, match="below 40"):
        reader.of(kept, 40)


def test_memory_is_bounded() -> None:
    kept, reader = KeptValues(most=200), Reader()
    for k in range(1000):
        reader.of(kept, k, k + 1)
    held = [found.value.size for found in kept._values.values()]
    assert sum(held) + kept_values._ENTRY * len(held) == kept._total <= 200
    reader.of(kept, 999, 1000)
    assert len(reader.calls) == 1000  # the newest is there
    reader.of(kept, *range(190))
    assert kept._total <= 200
    reader.of(kept, *range(190))
    assert len(reader.calls) == 1002  # too long to be kept


def test_nobody_waits_for_the_lock() -> None:
    """As after a fork, in the child of which another thread's lock is never given back."""
    kept, reader = KeptValues(), Reader(together=True)
    assert kept._lock.acquire()
    for _ in range(2):
        assert reader.of(kept, 3, 4).value.tolist() == [3, 4]
    assert len(reader.calls) == 2 and not kept._values


@pytest.mark.parametrize("text", TOGETHER + ALONE)
@pytest.mark.parametrize("d", [2, 5])
def test_single_degrees_equal_slices(text: str, d: int) -> None:
    """Bit for bit, in any order: from blocks, alone, and as slices of fresh spectra."""
    kernel = ks.parse(text)
    slice_of = kernel.spectrum(d).values(np.arange(16))
    for order in (range(16), range(15, -1, -1)):
        s = kernel.spectrum(d)
        for k in order:
            assert [float(part) for part in s.values(k)] == [part[k] for part in slice_of]


def test_single_degrees_of_a_function_equal_slices() -> None:
    """Each degree by the rules that it takes alone, also where others of the slice take more: |u| has a kink."""
    for function in (np.exp, np.abs):
        kernel = ks.from_callable(function, name="f")
        s = kernel.spectrum(3)
        value, error = s.approximate(np.arange(9))
        for k in range(9):
            assert kernel.spectrum(3).approximate(k) == (value[k], error[k])


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    from kernelspec.spectrum import spectrum

    calls: list[int] = []
    read = spectrum.Spectrum._read

    def counted(self: Any, flat: Any, estimate: bool) -> Values:
        calls.append(flat.size)
        return read(self, flat, estimate)

    monkeypatch.setattr(spectrum.Spectrum, "_read", counted)
    yield calls


@pytest.mark.parametrize("text", TOGETHER)
def test_single_degrees_are_read_in_blocks(text: str, reads: list[int]) -> None:
    s = ks.parse(text).spectrum(3)
    one_by_one = [s[k] for k in range(31)]
    assert reads == [1, 64]
    assert one_by_one == ks.parse(text).spectrum(3)[0:31].tolist()


def test_a_slice_is_kept(reads: list[int]) -> None:
    s = ks.ntk(3).spectrum(10)
    first = s[0:100]
    first[:] = 0
    again = s.values(np.arange(100).reshape(4, 25)).value
    assert reads == [100]
    assert again.ravel().tolist() == s[0:100].tolist() == ks.ntk(3).spectrum(10)[0:100].tolist()


def test_lost_digits_are_said_each_time() -> None:
    s = ks.from_callable(lambda u: np.exp(u - 1), name="gauss").spectrum(3)
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="1 eigenvalues"):
            assert np.isnan(s[30])


def test_threads_read_one_spectrum() -> None:
    s, expected = ks.ntk(2).spectrum(7), ks.ntk(2).spectrum(7)[0:64].tolist()
    found: list[list[float]] = []

    def read() -> None:
        found.append([s[k] for k in range(64)])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
