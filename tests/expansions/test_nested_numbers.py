"""Long sums inside constants are atoms of sympy: against the formulas written out, which sympy evaluates by itself."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
import sympy

import kernelspec as ks
from kernelspec.decay.leading_powers import leading_powers
from kernelspec.expansions import number
from kernelspec.expansions.inner_value import NestedNumber
from kernelspec.numbers.closed_values import from_value
from kernelspec.numbers.constants import named_generator
from kernelspec.numbers.exact_text import sympy_data, sympy_of


def _constant(depth: int, activation: str, tangent: bool = False) -> sympy.Expr:
    return ks.mlp(depth, activation=activation, tangent=tangent).decay(3).odd


def _written_out(value: sympy.Expr) -> sympy.Expr:
    while held := value.atoms(NestedNumber):
        value = value.xreplace({each: each.number.sympy() for each in held})
    return value


@pytest.mark.parametrize(("activation", "tangent"), [("elu", False), ("elu", True)])
def test_digits_are_those_of_the_formula_written_out(activation: str, tangent: bool) -> None:
    value = _constant(3, activation, tangent)
    assert value.atoms(NestedNumber)
    expected = sympy.N(_written_out(value), 40)
    for digits in (15, 30, 40):
        assert abs(sympy.N(value, digits) / expected - 1) < sympy.Float(10, 40) ** (1 - digits)
    assert float(value) == float(expected)
    assert float(number(value)) == float(expected)


def test_a_deep_constant_has_the_digits_of_its_exact_number() -> None:
    kernel = ks.mlp(10, activation="elu")
    law = kernel.decay(3)
    exact = leading_powers(kernel).odd.coefficient
    assert exact is not None
    scale = _constant(3, "elu") / leading_powers(ks.mlp(3, activation="elu")).odd.coefficient.sympy()
    assert float(law.odd) == pytest.approx(float(exact.accurate(20)) * float(scale), rel=1e-15, abs=0)
    assert len(str(law.odd)) < 10**6 and len(sympy.latex(law.odd)) < 10**6


def test_atoms_are_compared_copied_and_saved_as_numbers() -> None:
    value = _constant(3, "elu")
    for each in value.atoms(NestedNumber):
        assert each.is_positive and not each.is_zero and each > 0 and each != 0
        assert float(each) == pytest.approx(float(sympy.N(each.number.sympy(), 20)), rel=1e-15, abs=0)
        for other in (pickle.loads(pickle.dumps(each)), copy.deepcopy(each)):
            assert other == each and hash(other) == hash(each) and other - each == 0
        assert sympy_of(json.loads(json.dumps(sympy_data(each)))) == each
        assert from_value(each) == each.number
        assert each.compare(each) == 0 and each != NestedNumber(each.number.scaled(2))
    assert pickle.loads(pickle.dumps(value)) == value
    assert sympy_of(sympy_data(value)) == value
    assert abs(sympy.N(value * sympy.Rational(7, 4) / value, 30) - sympy.Rational(7, 4)) < sympy.Float(10, 30) ** -28
    assert value - value == 0 and value == _constant(3, "elu")


def test_text_is_the_formula_and_of_longer_ones_the_first_digits() -> None:
    value = ks.mlp(3, activation="elu").decay(3).even
    assert value.atoms(NestedNumber) and "number" not in str(value)
    plain = [each for each in value.atoms(NestedNumber) if "..." not in str(each)]
    assert plain
    for each in plain:
        assert float(sympy.sympify(str(each))) == pytest.approx(float(each), rel=1e-14, abs=0)
    held = [each for each in _constant(6, "selu").atoms(NestedNumber) if str(each).startswith("number(")]
    assert held
    for each in held:
        digits = str(each).removeprefix("number(").removesuffix("...)")
        assert float(digits) == pytest.approx(float(each), rel=1e-14, abs=0)
        assert digits in sympy.latex(each)


def test_a_sum_below_zero_is_minus_an_atom() -> None:
    held = next(iter(_constant(3, "elu").atoms(NestedNumber)))
    written = named_generator("sum", -held.number).write()
    assert -written == held and written.is_negative
