"""The syntax of degrees."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernelspec.cli.degrees import LARGEST, MOST, degrees, integer
from kernelspec.cli.gram import memory

small = st.integers(0, 500)


@given(st.lists(st.integers(0, LARGEST), min_size=1, max_size=8))
def test_numbers_with_commas_are_themselves(numbers: list[int]) -> None:
    assert degrees(",".join(map(str, numbers))) == numbers


@given(small, small, st.integers(1, 60))
def test_ranges_are_those_of_python(start: int, stop: int, step: int) -> None:
    text = f"{start}:{stop}:{step}"
    expected = list(range(start, stop, step))
    if expected:
        assert degrees(text) == expected
        assert degrees(f"7,{text}") == [7, *expected]
    else:
        with pytest.raises(argparse.ArgumentTypeError, match="no degree"):
            degrees(text)


@given(st.integers(0, 10**6), st.integers(0, 9))
def test_powers_of_ten(mantissa: int, exponent: int) -> None:
    for text in (f"{mantissa}e{exponent}", f"{mantissa}E+{exponent}", f"{mantissa}.0e{exponent}"):
        assert integer(text) == mantissa * 10**exponent
    assert integer(f"{mantissa}.25e{exponent}") == (
        mantissa * 10**exponent + 25 * 10 ** (exponent - 2) if exponent >= 2 else None
    )


@given(st.text("0123456789:,.eE+- x", max_size=12))
def test_any_text_gives_degrees_or_a_reason(text: str) -> None:
    try:
        found = degrees(text)
    except argparse.ArgumentTypeError as error:
        assert repr(text) in str(error) or str(MOST) in str(error)
    else:
        assert found and all(0 <= k <= LARGEST for k in found)


@pytest.mark.parametrize("text, found", [("7", [7]), (":3", [0, 1, 2]), ("0:5:", [0, 1, 2, 3, 4]), ("1e9", [10**9])])
def test_short_forms(text: str, found: list[int]) -> None:
    assert degrees(text) == found


@pytest.mark.parametrize(
    "text", ["", ",", "1,,2", "-1", "1.5", "0:", "0:5:0", "1:2:3:4", "0:1e7", "1e999", "1e16", "x"]
)
def test_bad_degrees_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        degrees(text)


@pytest.mark.parametrize("text, size", [("2e9", 2 * 10**9), ("512M", 2**29), ("2G", 2**31), ("2 GiB", 2**31), ("7", 7)])
def test_memory(text: str, size: int) -> None:
    assert memory(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1", "0", "1.5", "many"])
def test_bad_memory_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="number of bytes"):
        memory(text)
