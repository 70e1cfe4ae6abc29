"""Functions on the sphere from text: what is read, what functions print, what is refused."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import rkhs

FUNCTIONS = [
    ("x1**2*x2 - x3", lambda x: x[0] ** 2 * x[1] - x[2]),
    ("relu(2)", lambda x: max(x[0], 0.0) ** 2),
    ("2*relu(3) - x1*x2/4", lambda x: 2 * max(x[0], 0.0) ** 3 - x[0] * x[1] / 4),
    ("ridge(abs_power(1), (3/5, 4/5, 0))", lambda x: abs(0.6 * x[0] + 0.8 * x[1])),
    ("step(1/2)*3 - -1", lambda x: 3.0 * (x[0] >= 0.5) + 1),
    ("-(exponential(1) - x3)/2", lambda x: -(math.exp(x[0] - 1) - x[2]) / 2),
    ("ridge(relu(1), [1] + 2*[0])", lambda x: max(x[0], 0.0)),
]


@pytest.mark.parametrize(("text", "value"), FUNCTIONS)
def test_a_text_is_the_function_that_it_says(text: str, value: object) -> None:
    assert callable(value)
    f = rkhs.parse(text, 3)
    for x in np.array([[1.0, 0, 0], [-1, 0, 0], [2 / 3, 1 / 3, -2 / 3], [0.28, -0.96, 0]]):
        assert f(x) == pytest.approx(value(x), abs=1e-15)


_LAST = Fraction(8, 9)
_TERMS = st.one_of(
    st.builds(rkhs.ridge, st.builds(rkhs.relu, st.integers(0, 9)), st.just([Fraction(3, 5), Fraction(-4, 5), 0])),
    st.builds(
        rkhs.ridge,
        st.builds(rkhs.step, st.fractions(Fraction(-8, 9), Fraction(8, 9), max_denominator=9)),
        st.just([0, 1, 0]),
    ),
    st.builds(rkhs.ridge, st.builds(ks.ntk, st.integers(2, 5)), st.just([1, 0, 0])),
    st.builds(lambda n: rkhs.polynomial(f"x1**{n}*x3 - {n}*x2", 3), st.integers(0, 6)),
)


@given(st.lists(st.tuples(st.fractions(-3, 3, max_denominator=12), _TERMS), min_size=1, max_size=4))
def test_what_a_function_prints_is_read_back(terms: list[tuple[Fraction, rkhs.Function]]) -> None:
    first, *rest = (c * f for c, f in terms)
    whole = sum(rest, first)
    again = rkhs.parse(repr(whole), 3)
    assert (again.ridges, again.polynomial) == (whole.ridges, whole.polynomial)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a function"),
        ("relu(2", "not a function"),
        ("x1 + x9", "x9"),
        ("x1*relu(2)", "a function is a sum of multiples"),
        ("relu(2)*relu(2)", "a function is a sum of multiples"),
        ("relu()", "relu must have one rational number"),
        ("relu(-1)", "s must be"),
        ("sqrt(2)*relu(2)", "rational numbers; got 'sqrt(2)'"),
        ("relu(2)/0", "cannot be divided by 0"),
        ("ridge(relu(1), (1, 1, 0))", "unit vector"),
        ("ridge(relu(1), x1)", "w must be a list of rational numbers"),
        ("ridge(relu(1), (1, 0))", "d = 3 coordinates"),
        ("x1 + ridge(relu(1), (1, 0))", "d = 3 coordinates"),
        ("__import__('os').system('true')", "not a kernel expression"),
        ("polynomial('x1', 4) + x1", "d = 3 variables"),
    ],
)
def test_what_is_no_function_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        rkhs.parse(text, 3)
    assert said in str(caught.value)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be text"):
        rkhs.parse(3, 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="d must be"):
        rkhs.parse("x1", 1)
