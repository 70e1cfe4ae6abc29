"""How a precision is raised: one function, its first and its last precision, and what it says where none is enough."""

from __future__ import annotations

from kernelspec.numbers.precision import good


def test_the_first_that_is_enough() -> None:
    asked: list[int] = []

    def evaluate(bits: int) -> int:
        asked.append(bits)
        return 10 * bits

    assert good(evaluate, lambda x: x >= 70, 2, 100) == (80, 8, True)
    assert asked == [2, 4, 8]


def test_the_last_one_says_that_it_is_not_enough() -> None:
    asked: list[int] = []
    assert good(asked.append, lambda x: False, 3, 50, factor=4) == (None, 48, False)
    assert asked == [3, 12, 48]  # 192 is beyond the limit
    asked.clear()
    assert not good(asked.append, lambda x: False, 3, 48, factor=4).good
    assert asked == [3, 12, 48]  # the limit itself is tried
