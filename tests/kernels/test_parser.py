"""Kernels from text: what is read, and what hostile text gets - an error, and nothing runs."""

from __future__ import annotations

import builtins
import math
import os
import sys
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from expressions import exact_kernels, time_limit, untyped
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.parser import kernel_names
from kernelspec.numbers.precision import precision

# -- what is read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("linear()", ks.linear()),
        ("  arccos(1)  ", ks.arccos(1)),
        ("arccos(degree=2)", ks.arccos(2)),
        ("polynomial(3)", ks.polynomial(3)),
        ("exponential()", ks.exponential()),
        ("exponential(0.6)", ks.exponential(Fraction(3, 5))),
        ("exponential(sigma=3/5)", ks.exponential(Fraction(3, 5))),
        ("laplace(c=2, gamma=1/3)", ks.laplace(2, Fraction(1, 3))),
        ("nngp(4)", ks.rf(4)),
        ("rf(4, 2)", ks.rf(4, degree=2)),
        ("ntk(3, True)", ks.ntk(3, bias=True)),
        ("mlp(4)", ks.rf(4)),
        ("mlp(4, slope=0.1)", ks.mlp(4, slope=Fraction(1, 10))),
        ("mlp(3, 1/3, 1.5, bias_variance=2, tangent=True)", ks.mlp(3, Fraction(1, 3), 1.5, 2, True)),
        ("mlp(3, slope=-1)", ks.mlp(3, -1)),
        ("resnet(5)", ks.resnet(5)),
        ("resnet(5, alpha=1/2, tangent=True)", ks.resnet(5, 0.5, True)),
        ("relu_layer(linear=-1/4, constant=0.5)", ks.relu_layer(-0.25, 0.5)),
        ("arccos(0)@resnet(2)@arccos(0)", ks.arccos(0) @ ks.resnet(2) @ ks.arccos(0)),
        ("dual('erf')", ks.dual("erf")),
        ('dual("leaky_relu", slope=0.1)', ks.dual("leaky_relu", slope=Fraction(1, 10))),
        ("power_series(1, 0.5)", ks.power_series(1, 0.5)),
        ("sine_power(-0.5)", ks.sine_power(Fraction(-1, 2))),
        ("defect_power(1/3)", ks.defect_power(Fraction(1, 3))),
        ("1", ks.polynomial(0)),
        ("0", 0 * ks.linear()),
        ("-1/2", Fraction(-1, 2) * ks.polynomial(0)),
        ("+arccos(1)", ks.arccos(1)),
        ("--arccos(1)", ks.arccos(1)),
        ("2*3*arccos(1)/4", Fraction(3, 2) * ks.arccos(1)),
        ("arccos(1)**2", ks.arccos(1) ** 2),
        ("2**3*linear()", 8 * ks.linear()),
        ("1e-3*linear()", Fraction(1, 1000) * ks.linear()),
        ("arccos(0)@arccos(1)@linear()", ks.arccos(0) @ ks.arccos(1)),
        ("arccos(1)@(ntk(3)/3)", ks.arccos(1) @ (ks.ntk(3) / 3)),
        ("2*arccos(1)@arccos(1)", 2 * ks.rf(3)),
        ("(arccos(1) + 1)*(arccos(1) - 1)", (ks.arccos(1) + 1) * (ks.arccos(1) - 1)),
    ],
)
def test_texts_and_their_kernels(text: str, kernel: Zonal) -> None:
    assert ks.parse(text) == kernel


@given(exact_kernels(), exact_kernels())
@settings(max_examples=50)
def test_texts_combine_as_kernels_do(a: Zonal, b: Zonal) -> None:
    assert ks.parse(f"({a!r}) + ({b!r})") == a + b
    assert ks.parse(f"({a!r}) - ({b!r})") == a - b
    assert ks.parse(f"({a!r})*({b!r})") == a * b
    assert ks.parse(f"-({a!r})") == -a


@pytest.mark.parametrize("text", ["0.1*linear()", "1e-20*linear()", "123456789012345678901234567890/7*linear()"])
def test_numbers_are_read_exactly(text: str) -> None:
    number = text.split("*")[0]
    top, _, bottom = number.partition("/")
    assert ks.parse(text) == Fraction(top) / Fraction(bottom or "1") * ks.linear()


def test_a_number_too_small_for_a_float_is_no_zero() -> None:
    # Either exactly 1e-400 or an error; never silently 0.
    try:
        kernel = ks.parse("1e-400*arccos(1)")
    except ValueError:
        return
    assert kernel == Fraction(1, 10**400) * ks.arccos(1)


@pytest.mark.parametrize("count", [50, 200])
def test_long_sums_and_products_read_back(count: int) -> None:
    total = sum((ks.exponential(Fraction(j, 7)) for j in range(2, count)), ks.exponential(Fraction(1, 7)))
    assert ks.parse(repr(total)) == total
    power = ks.arccos(1) ** count
    assert ks.parse(repr(power)) == power


# -- hostile text ----------------------------------------------------------------------------------

FORBIDDEN = [
    "__import__('os').system('echo hostile')",
    "__import__('os')",
    "().__class__.__bases__[0].__subclasses__()",
    "arccos.__globals__",
    "arccos(1).__class__",
    "linear().spectrum(3)",
    "arccos(1).__class__.__mro__",
    "ks.arccos(1)",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "print(1)",
    "getattr(arccos, 'x')",
    "(lambda: arccos(1))()",
    "lambda x: x",
    "[arccos(1) for x in (1,)]",
    "[arccos(i) for i in range(3)][0]",
    "{arccos(1)}",
    "{'a': arccos(1)}",
    "(arccos(1), arccos(2))",
    "[arccos(1)]",
    "(x for x in [1])",
    "{x for x in [1]}",
    "arccos(1)[0]",
    "arccos(1) if True else arccos(2)",
    "(k := arccos(1))",
    "k = arccos(1)",
    "arccos(1); arccos(2)",
    "arccos(1)\nimport os",
    "import os",
    "yield arccos(1)",
    "await arccos(1)",
    "not arccos(1)",
    "~arccos(1)",
    "arccos(1) and arccos(2)",
    "arccos(1) < arccos(2)",
    "arccos(1) == arccos(1)",
    "arccos(1) // 2",
    "arccos(1) % 2",
    "arccos(1) ^ 2",
    "arccos(1) << 2",
    "arccos(1) | arccos(2)",
    "f'{arccos(1)}'",
    "dual(f'relu')",
    "'arccos(1)'",
    "b'arccos(1)'",
    "'a'*10**9",
    "dual('a'*10**9)",
    "dual('os.system')",
    "dual('__import__')",
    "dual(arccos)",
    "dual(lambda x: x)",
    "dual(dual)",
    "arccos(arccos(1))",
    "arccos(*[1])",
    "arccos(**{'degree': 1})",
    "arccos(1, degree=1)",
    "arccos(degree=1, degree=2)",
    "arccos(foo=1)",
    "arccos()",
    "arccos(1, 2)",
    "linear(1)",
    "linear()(0.5)",
    "linear()()",
    "unknown(1)",
    "arccos",
    "1 + arccos",
    "True",
    "None",
    "...",
    "1j",
    "1j*arccos(1)",
    "nan",
    "inf*arccos(1)",
    "1e999*arccos(1)",
    "arccos(1e999)",
    "exponential(1e999)",
    "arccos(1.5)",
    "arccos('1')",
    "arccos(True)",
    "arccos(-1)",
    "ntk(3, bias=1)",
    "ntk(3, bias='x')",
    "ntk(0)",
    "mlp()",
    "mlp(0)",
    "mlp(3, slope='x')",
    "mlp(3, tangent=1)",
    "mlp(3, weight_variance=0)",
    "mlp(3, bias_variance=-1)",
    "resnet(0)",
    "resnet(3, alpha=0)",
    "resnet(3, alpha=1e999)",
    "relu_layer(linear=2)",
    "relu_layer(constant=-1)",
    "arccos(1)@mlp(3, tangent=True)",
    "rf(0)",
    "rf(2, degree=-1)",
    "laplace(c=0)",
    "laplace(c=-1)",
    "laplace(gamma=0)",
    "laplace(gamma=1.5)",
    "exponential(0)",
    "exponential(-1)",
    "defect_power(2)",
    "sine_power(1/3)",
    "power_series()",
    "dual('softsign')",
    "dual('relu', slope=1)",
    "1/0",
    "1/arccos(1)",
    "arccos(1)/0",
    "arccos(1)/arccos(1)",
    "arccos(1)@2",
    "2@arccos(1)",
    "arccos(1)@ntk(3)",
    "arccos(1)@(2*linear())",
    "2**0.3333333333333333*arccos(1)",
    "2**arccos(1)",
    "arccos(1)**arccos(1)",
    "arccos(1)**-1",
    "arccos(1)**0.5",
    "",
    " ",
    "\t\n",
    "\x00",
    "arccos(1)\x00",
    "(",
    ")",
    "arccos(1",
    "arccos 1",
    "arccos(1) arccos(2)",
    "+",
    "*",
    "@",
    "arccos(1) +",
    "@arccos(1)",
    "αrccos(1)",
    "arccos(１)",
    "arccos(1) × 2",
    "\u202earccos(1)",
    "\ud800",
    "🙂",
]


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where the text reaches eval, exec, open, an import or the shell."""

    def caught(*args: Any, **kwargs: Any) -> Any:
        pytest.fail(f"the text was run: {args!r}", pytrace=False)

    for name in ("eval", "exec", "open", "print", "input"):
        monkeypatch.setattr(builtins, name, caught)
    monkeypatch.setattr(os, "system", caught)
    monkeypatch.setattr(os, "popen", caught)


@pytest.mark.parametrize("text", FORBIDDEN)
def test_hostile_text_gets_an_error(text: str, nothing_runs: None) -> None:
    with time_limit(), pytest.raises((ValueError, TypeError)) as caught:
        ks.parse(text)
    assert len(str(caught.value)) < 1000  # the message, not the text at length


HUGE = {
    "tower of powers": "9**9**9",
    "tower of kernels": "arccos(1)**9**9",
    "nested powers of a number": "(((9**64)**64)**64)**64",
    "nested powers of a kernel": "((arccos(1)**64)**64)**64",
    "nested powers of a sum": "(((1+arccos(1))**64)**64)**64",
    "nested powers of a composition": "((rf(9)**64)**64)**64",
    "power of u inside": "polynomial(10**9)@arccos(1)",
    "polynomial of a sum": "polynomial(10**6)@(0.5*arccos(1) + 0.5*linear())",
    "huge degree": "arccos(10**30)",
    "huge polynomial": "polynomial(10**64)",
    "huge depth": "rf(10**9)",
    "huge tangent depth": "ntk(10**30)",
    "huge residual depth": "resnet(10**9)",
    "deepest biased network": "mlp(1000, 1/3, 1/7, 1e-99, True)",
    "tangent of a residual network inside": "arccos(1)@resnet(1000, tangent=True)",
    "deepest composed": "rf(100000)@rf(100000)",
    "tangent inside": "arccos(1)@(ntk(100000)/100000)",
    "step network inside": "exponential()@rf(100000, degree=0)",
    "degree inside": "laplace()@arccos(100000)",
    "long number": "9" * 10_000,
    "long decimal": "0." + "9" * 10_000,
    "long number of a degree": "arccos(" + "9" * 5_000 + ")",
    "parentheses": "(" * 9_000 + "1" + ")" * 9_000,
    "open parentheses": "(" * 19_000,
    "signs": "-" * 19_000 + "1",
    "calls": "arccos(" * 2_500 + "1" + ")" * 2_500,
    "sum": "+".join(["arccos(1)"] * 1_900),
    "sum of different": "+".join(f"arccos({i})" for i in range(1_500)),
    "product": "*".join(["arccos(1)"] * 1_900),
    "product of sums": "*".join(["(1+arccos(1))"] * 1_300),
    "composition": "@".join(["arccos(1)"] * 1_900),
    "composition of sums": "@".join(["(0.5*linear()+0.5*arccos(1))"] * 600),
    "too long": "1" + "+1" * 10**6,
    "very long name": "a" * 10**7,
    "many arguments": "power_series(" + ",".join(["1"] * 9_900) + ")",
    "composition of powers": "@".join(["polynomial(9)"] * 60),
    "products of powers": "*".join(["polynomial(10**60)"] * 60),
    "composed powers of sums": "polynomial(60)@(polynomial(60)@(polynomial(60)@(0.5+0.5*arccos(1))))",
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_texts_are_read_or_refused(name: str, nothing_runs: None) -> None:
    with time_limit():
        try:
            kernel = ks.parse(HUGE[name])
        except (ValueError, TypeError) as error:
            assert len(str(error)) < 1000
            return
    with time_limit():
        text = repr(kernel)  # what was read can be printed
        assert isinstance(text, str)
        assert hash(kernel) == hash(kernel)


def test_what_was_read_can_be_evaluated_or_refuses() -> None:
    for text in ("arccos(500)", "arccos(5000)", "rf(5000)", "ntk(5000)", "polynomial(10**9)"):
        with time_limit():
            try:
                value = ks.parse(text)(0.5)
            except ValueError:
                continue
        assert 0 <= value <= 5000


@pytest.mark.parametrize("wrong", [None, 3, 1.5, b"arccos(1)", ["arccos(1)"], ks.arccos(1), object()])
def test_only_a_string_is_a_text(wrong: Any) -> None:
    with pytest.raises(TypeError, match="text"):
        ks.parse(untyped(wrong))


def test_the_error_says_what_and_where() -> None:
    with pytest.raises(ValueError, match=r"arcos.*known.*arccos|known.*arccos.*arcos"):
        ks.parse("1 + arcos(1)")
    with pytest.raises(ValueError, match="column 5"):
        ks.parse("1 + arcos(1)")
    with pytest.raises(ValueError, match="sigma"):
        ks.parse("exponential(sigma=-1)")
    with pytest.raises(ValueError, match="0..64"):
        ks.parse("arccos(1)**65")


@pytest.mark.parametrize("text", ["1if 2 else 3", "1or arccos(1)", "0in (1,)", "'\\d'", "arccos(1)is 1"])
def test_no_text_warns(text: str) -> None:
    # Python warns of some texts while it reads them; here they are errors, and nothing else.
    with warnings.catch_warnings(record=True) as heard, pytest.raises(ValueError):
        warnings.simplefilter("always")
        ks.parse(text)
    assert not heard


WORDS = st.sampled_from(
    [
        *"()+-*/@,.=[]{}:'\"~%^&|<>! \t\n\\",
        "**",
        "//",
        "arccos",
        "linear",
        "rf",
        "ntk",
        "laplace",
        "dual",
        "0",
        "1",
        "2",
    ]
    + [
        "1e9",
        "0.5",
        "1j",
        "degree=",
        "bias=True",
        "'relu'",
        "lambda x:",
        "__class__",
        "__import__",
        "if",
        "else",
        "for",
    ]
)


@given(st.lists(WORDS, max_size=12).map("".join))
@settings(max_examples=300)
@example("arccos(1)**2**2**2")
def test_any_text_gives_a_kernel_or_an_error(text: str) -> None:
    with time_limit():
        try:
            kernel = ks.parse(text)
        except (ValueError, TypeError):
            return
        assert isinstance(kernel, Zonal)
        assert ks.parse(repr(kernel)) == kernel


@given(st.text(max_size=30))
@settings(max_examples=100)
def test_any_unicode_text_gives_a_kernel_or_an_error(text: str) -> None:
    try:
        assert isinstance(ks.parse(text), Zonal)
    except (ValueError, TypeError):
        pass


def test_the_recursion_limit_and_the_modules_are_left_alone() -> None:
    limit, modules = sys.getrecursionlimit(), set(sys.modules)
    for text in FORBIDDEN:
        with pytest.raises((ValueError, TypeError)):
            ks.parse(text)
    assert sys.getrecursionlimit() == limit
    assert not {m for m in set(sys.modules) - modules if m.split(".")[0] not in ("sympy", "mpmath", "numpy", "scipy")}


# -- repr reads back, always -----------------------------------------------------------------------


def odd_numbers() -> st.SearchStrategy[Any]:
    """Numbers that print in unusual ways: exponents, long fractions, huge and tiny ones."""
    return st.one_of(
        st.integers(-(10**40), 10**40),
        st.fractions(-1000, 1000),
        st.builds(Fraction, st.integers(-(10**18), 10**18), st.integers(1, 10**18)),
        st.floats(-1e60, 1e60).filter(lambda x: x == 0 or abs(x) > 1e-60),
        st.sampled_from([1e22, 1e-7, 5e-5, 200000, 10**6, Fraction(1, 3), -1e16, 123456789.125]),
    )


def odd_kernels() -> st.SearchStrategy[Zonal]:
    """Expressions with such numbers for parameters and factors, constants among them."""
    number, positive = odd_numbers().filter(bool), odd_numbers().filter(bool).map(abs)
    coefficients = st.one_of(odd_numbers(), st.sampled_from([0, 5e-324, 1e300, -0.0]))
    atoms = st.one_of(
        st.builds(ks.exponential, positive),
        st.builds(ks.laplace, positive, st.fractions(Fraction(1, 10**9), 1)),
        st.builds(ks.mlp, st.integers(1, 5), number, positive, positive, st.booleans()),
        st.builds(ks.resnet, st.integers(1, 5), number, st.booleans()),
        st.builds(ks.ntk, st.integers(1, 6), st.booleans()),
        st.builds(ks.rf, st.integers(1, 6), st.integers(0, 4)),
        st.sampled_from([0, 1, 2, 10**6, 2**53]).map(ks.polynomial),
        st.builds(lambda n, m: ks.defect_power(Fraction(2 * n + 1, 2 * m)), *(st.integers(1, 10**9),) * 2),
        st.integers(-3, 200).map(lambda n: ks.sine_power(Fraction(n, 2))),
        st.lists(coefficients, min_size=1, max_size=4).map(lambda b: ks.power_series(*b)),
        st.builds(ks.power_series, number, missing=st.sampled_from([1e-300, 0.5])),
        st.sampled_from(["tanh", "gelu", "sin"]).map(activation),
        number.map(lambda c: c * ks.polynomial(0)),
    )

    def extend(children: st.SearchStrategy[Zonal]) -> st.SearchStrategy[Zonal]:
        return st.one_of(
            st.builds(lambda a, b: refusable(lambda: a + b, a), children, children),
            st.builds(lambda a, b: refusable(lambda: a - b, a), children, children),
            st.builds(lambda a, b: refusable(lambda: a * b, a), children, children),
            st.builds(lambda a, c: refusable(lambda: c * a, a), children, number),
            st.builds(lambda a, n: refusable(lambda: a**n, a), children, st.integers(0, 3)),
            st.builds(lambda a, b: refusable(lambda: a @ b, a), children, children),
            st.builds(lambda a: refusable(a.derivative, a), children),
        )

    return st.recursive(atoms, extend, max_leaves=5)


def activation(name: str) -> Zonal:
    return ks.dual(np.tanh, terms=24) if name == "tanh" else ks.dual(name)


def refusable(make: Any, instead: Zonal) -> Zonal:
    """The kernel, or another one where it is refused (beyond the floats, not in [-1, 1])."""
    try:
        result: Zonal = make()
    except (ValueError, NotImplementedError):
        return instead
    return result


@settings(max_examples=150)
@given(odd_kernels())
def test_repr_reads_back(kernel: Zonal) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = ks.parse(repr(kernel))
    assert again == kernel and hash(again) == hash(kernel) and repr(again) == repr(kernel)


def in_halves(summands: list[Zonal]) -> Zonal:
    """Their sum; one after another, each would be sorted into all before it."""
    if len(summands) == 1:
        return summands[0]
    middle = len(summands) // 2
    return in_halves(summands[:middle]) + in_halves(summands[middle:])


@pytest.mark.parametrize(
    "kernel",
    [
        ks.ntk(3) @ (0.5 * ks.polynomial(0)),
        ks.ntk(3) @ (0 * ks.linear()),
        ks.arccos(1) @ ks.polynomial(0),
        ks.mlp(3, bias_variance=200000),
        ks.resnet(3, alpha=1000000),
        ks.dual(np.tanh),
        ks.dual(np.tanh, terms=1000),
        ks.arccos(1) @ (ks.ntk(3) @ (0.1 * ks.linear())),  # ntk(3) alone leaves [-1, 1]
        1e22 * ks.linear() - 1e-250 * ks.arccos(1),
        (1e200 * ks.arccos(1)) * (1e-120 * ks.arccos(2)) / 3,
        in_halves([ks.arccos(i) * ks.arccos(j) for i in range(40) for j in range(i)]),
        ks.ntk(40).derivative(),
        ks.mlp(3, bias_variance=1 / 3).derivative(),  # rounded layers, exactly as they are known
        ks.mlp(12, bias_variance=1 / 3).derivative(),
        ks.mlp(2, slope=1e200**0.5, bias_variance=1 / 3).derivative(),
        ks.mlp(4, slope=1.2927742208768224e16, bias_variance=1).derivative().derivative(),
        ks.resnet(4, alpha=2.4310958661071844e16).derivative(),
        ks.resnet(5, 2.057364172086502e16, True).derivative(),  # some terms of a coefficient cancel, read in order
        ks.mlp(2, activation="gelu", tangent=True).derivative(),  # the slope of a layer, by its name
        # the coefficient in front of a factor is chosen once: not anew where division has given others a name
        ks.mlp(3, activation="gelu", weight_variance=2, tangent=True).derivative(),
        ks.mlp(2, weight_variance=1e-20 / 3, bias_variance=1).derivative(),  # 1 - rounded(1.0, 46)
    ],
)
def test_unusual_texts_read_back(kernel: Zonal) -> None:
    assert ks.parse(repr(kernel)) == kernel


def test_what_leaves_the_floats_is_refused_where_it_is_made() -> None:
    big = 1e300 * ks.arccos(1)
    with pytest.raises(ValueError, match="a coefficient of a kernel must be 0 or lie between"):
        big * big
    with pytest.raises(ValueError, match=r"degree must be at most 2\^53"):
        ks.polynomial(2**53) * ks.linear()
    with pytest.raises(ValueError, match="must not leave the floats"):
        ks.dual([1e200])
    with pytest.raises(ValueError, match="missing must be >= 0"):
        ks.power_series(1, missing=-1)
    with pytest.raises(TypeError, match="missing must be a real number"):
        ks.power_series(1, missing=untyped("no"))


def test_a_text_may_name_the_public_functions_that_return_a_kernel_of_data() -> None:
    """The whitelist is no list of its own: no function of a file, of a text or of Python code is among it."""
    names = kernel_names()
    assert {"arccos", "ntk", "mlp", "dual", "piecewise", "matern", "power_series"} <= set(names)
    assert set(names) < set(ks.__all__)
    assert not {"parse", "from_callable", "load", "save", "Zonal", "Table"} & set(names)
    for name in names:
        assert getattr(ks, name).__annotations__["return"] == "Zonal"


_SIZES = st.builds(lambda e: 10.0**e, st.floats(-20, 20))
_NUMBERS = st.one_of(
    _SIZES,
    st.fractions(Fraction(1, 99), 99, max_denominator=99),
    st.builds(lambda x, n: x * sympy.sqrt(n), _SIZES, st.sampled_from([2, 3, 7])),
    st.builds(lambda x, n: n + sympy.sqrt(2) / x, st.integers(1, 9), st.integers(1, 5)),
)
_FAMILIES: list[Callable[[Any], ks.Zonal]] = [
    lambda x: ks.laplace(c=x, gamma=Fraction(1, 3)),
    lambda x: ks.exponential(sigma=x),
    lambda x: ks.cauchy(c=x, alpha=Fraction(3, 2)),
    lambda x: ks.matern(1.5, scale=x),
    lambda x: ks.rational_quadratic(2, scale=x),
    lambda x: ks.rational_quadratic(1, scale=x) @ ks.arccos(1),
    lambda x: ks.mlp(3, 0.5, 1.5, x),
    lambda x: x * ks.arccos(1) + ks.ntk(2),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_FAMILIES), _NUMBERS), min_size=2, max_size=3))
def test_texts_of_derivatives_are_read_for_parameters_of_any_size(factors: list[Any]) -> None:
    try:
        kernel = math.prod((made(x) for made, x in factors), start=ks.polynomial(0)).derivative()
    except ValueError as error:  # a bias of 1e13 that is rounded leaves 1 - 0.9999999999999 of the input
        assert "within the rounding" in str(error)
        return
    assert ks.parse(kernel.text()) == kernel


def test_a_float_beside_a_root_is_a_decimal_as_one_alone_is() -> None:
    """Its square is rational where it is read, whichever way the number came."""
    x = 9356805.785601048
    kernel = ks.exponential(sigma=x * sympy.sqrt(7))
    assert kernel == ks.parse(f"exponential(sigma={x!r}*sqrt(7))") == ks.parse(repr(kernel))
    with precision(256):
        assert kernel(flint.arb(0.5)).rel_accuracy_bits() > 240
