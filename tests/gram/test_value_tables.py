"""Tables of values: the last digit of kernels at all distances from the ends, against 50 digits; and what has none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

import kernelspec as ks
from kernelspec.gram.tables import Table, table_of
from kernelspec.numbers.precision import precision

MP = mpmath.mp.clone()
MP.dps = 50
TEXTS = [
    "ntk(2)",
    "rf(2)",
    "ntk(10)",
    "rf(50)",
    "ntk(100)",
    "rf(2)**3",
    "-3*ntk(3)*laplace()",
    "laplace()@rf(3)",
    "ntk(5) - 1/10*rf(3)",
    "dual('gelu')",
    "matern(3/2)@rf(2)",
]
END = 1 - 2.0**-53


def read(table: Table, u: NDArray[Any]) -> NDArray[Any]:
    value = u.copy()
    table.evaluate(value, [np.empty(u.size) for _ in range(3)], [np.empty(u.size, np.int64) for _ in range(2)])
    return value


def units(kernel: ks.Zonal, u: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    """How far values are off, in units of their last place."""
    exact = [kernel(MP.mpf(float(x))) for x in u]
    return np.array([float(abs(MP.mpf(float(v)) - e) / np.spacing(abs(v))) for v, e in zip(value, exact, strict=True)])


@pytest.mark.parametrize("text", TEXTS)
def test_values_are_off_by_a_unit_in_the_last_place(text: str, rng: np.random.Generator) -> None:
    """At any distance from the ends; next to a zero inside, by a rounding of the values around it."""
    kernel, deep = ks.parse(text), any(depth in text for depth in ("10", "50"))
    table = table_of(kernel)
    assert table is not None
    gaps = 2.0 ** -rng.uniform(0, 53, 6 if deep else 40)
    apart = [1, -1, 0, -0.0, 1e-20, -1e-9, 0.5, END, -END]
    u = np.concatenate([1 - gaps, gaps - 1, rng.uniform(-1, 1, 8 if deep else 30), apart])
    value = read(table, u)
    off = units(kernel, u, value)
    around = np.max(np.abs(kernel(np.clip(u + np.array([[-0.05], [0], [0.05]]), -1, 1))), axis=0)
    zero = np.abs(value) < around / 2
    zero &= np.abs(u) < 0.9  # at the end -1 a kernel may have a zero, too, but keeps its digits
    assert zero.sum() <= u.size // 4
    assert np.max(off[~zero]) < (2 if "**" in text else 1)  # a power is steep
    assert np.all((off * np.spacing(np.abs(value)))[zero] < 2.0**-53 * around[zero])
    by_formula = units(kernel, u, kernel(u))
    assert np.sum(off**2) < np.sum(by_formula**2)  # which has more roundings


@pytest.mark.parametrize(
    "text", ["mlp(3, activation='relu6', bias_variance=0.1, tangent=True)", "exponential()@mlp(2, activation='elu')"]
)
def test_networks_of_pieces_against_balls(text: str, rng: np.random.Generator) -> None:
    """As above, of kernels that are positive; their formulas round more often."""
    kernel = ks.parse(text)
    table = table_of(kernel)
    assert table is not None
    gaps = 2.0 ** -rng.uniform(0, 53, 40)
    u = np.concatenate([1 - gaps, gaps - 1, rng.uniform(-1, 1, 60), [1, -1, 0, END, -END]])
    off = []
    with precision(120):
        exact = [kernel(flint.arb(float(x))) for x in u]
        for value in (read(table, u), kernel(u)):
            missed = [float(abs(e - flint.arb(float(v))).upper()) for v, e in zip(value, exact, strict=True)]
            off.append(np.array(missed) / np.spacing(value))
    assert np.max(off[0]) < 1
    assert np.sum(off[0] ** 2) < np.sum(off[1] ** 2)


def test_the_root_of_the_distance_is_read_down_to_the_last_float() -> None:
    """arccos(1) is (2 sqrt 2/3 pi) (1 + u)^{3/2} (1 + O(1 + u)) next to -1."""
    table = table_of(ks.rf(2))
    assert table is not None
    gaps = 2.0 ** -np.arange(30, 54)
    expected = 2 * np.sqrt(2) / (3 * np.pi) * gaps**1.5
    assert np.max(np.abs(read(table, gaps - 1) / expected - 1)) < 2e-9
    assert np.max(np.abs(read(table, gaps[20:] - 1) / expected[20:] - 1)) < 4e-16


@pytest.mark.parametrize(
    "text",
    [
        "laplace(1, 1/4)*rf(2)",  # a power 1/4 of 1 - u
        "rf(3) + 1/100000000000000*laplace(1, 1/4)",  # which floats do not see
        "exponential(1/100)*rf(2)",  # narrower than the nodes are apart
        "exponential(1/4)*rf(2)",  # and than ten points of a piece tell
        "linear()*rf(3)",  # 0 at u = 0, where the formula has all digits of u
        "linear()*rf(3) + 1/10*rf(3)",  # or next to it
        "linear()*rf(3) - 1/2*rf(3)",  # and at 1/2, where a piece begins
        "sine_power(1/2)*ntk(2)",  # Taylor coefficients of both signs
        "rf(3) + exponential(1/10000)@(191/200 + 3/10*linear() - 1/2*linear()**2)",  # a bump that no point meets
        "rf(2)**6",  # (1 + u)^9
        "rf(3) - 1*rf(3)",
        "defect_power(-1/2)*ntk(2)",
        "piecewise('0 if x < 1; x - 1')*rf(2)",  # which balls do not read
    ],
)
def test_what_has_no_table(text: str) -> None:
    assert table_of(ks.parse(text)) is None


@pytest.mark.parametrize("size", [Fraction(10) ** 120, Fraction(1, 10**120)])
def test_sizes_whose_coefficients_would_not_be_floats(size: Fraction) -> None:
    assert table_of(size * ks.rf(3)) is None


def test_threads_that_ask_at_once_read_one_value(rng: np.random.Generator) -> None:
    kernel, u = ks.ntk(7), rng.uniform(-1, 1, 300_000)
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(kernel, [u] * 4)
    assert all(np.array_equal(first, other) for other in others)
    assert np.max(units(kernel, u[:20], first[:20])) < 1


@pytest.mark.skipif(bool(np.finfo(np.longdouble).eps > 2.0**-60), reason="no floats longer than float64 here")
def test_longer_floats_keep_cosines_that_are_1_in_float64() -> None:
    kernel = ks.ntk(20)
    assert table_of(kernel) is not None
    value = kernel(np.full(110_000, 1 - np.ldexp(np.longdouble(1), -60)))
    defect = float(kernel.at_one - kernel(1 - MP.mpf(2) ** -60))
    assert value.dtype == np.longdouble
    assert float(kernel.at_one - value[0]) == pytest.approx(defect, rel=1e-6)
