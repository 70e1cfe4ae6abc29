"""Plans: flops and bytes counted by hand, bounds held against Gram matrices, the method that is advised."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.learning import rates as rates_module
from kernelspec.regression import Plan, Rates, plan, ridge_path

RATES = Rates(9e10, 8e10, 2.2e10)
GIB = 2**30
PATH = (1.0, 0.1, 0.01, 0.001)


def large(**change: Any) -> Plan:
    usual: dict[str, Any] = {"lambdas": PATH, "outputs": 10, "dtype": "float32", "memory": 24 * GIB, "rates": RATES}
    return plan(50_000, **usual | change)


def test_fifty_thousand_points_in_24_gib() -> None:
    found = large()
    by_name = {(each.method, each.overwrite): each for each in found.options}
    # K has 10 GB; four factorisations n^3/3 at 9e10 take 30 minutes, four runs of 100 steps some 8.
    assert found.method == "cg" and found.keywords == {"method": "cg"} and found.rank == 2000 and found.fits
    assert by_name["cholesky", True].memory == pytest.approx(1e10, rel=0.02)
    assert by_name["cholesky", False].memory == pytest.approx(2e10, rel=0.02) and by_name["cholesky", False].fits
    assert by_name["cholesky", True].seconds == pytest.approx(4 * 50_000**3 / 3 / 9e10, rel=0.05)
    assert by_name["eigh", False].memory >= 4e10 and not by_name["eigh", False].fits
    assert by_name["cg", False].memory == pytest.approx(1.1e10, rel=0.03)
    # A step for 40 columns: 2 n^2 + 8 n r operations each, at the rate of wide products.
    step = (2 * 50_000**2 + 8 * 50_000 * 2000) * 40 / RATES.product(40)
    making = (5 * 50_000 * 2000**2 + 10 * 2000**3) / 8e10
    assert found.seconds == pytest.approx(100 * step + making, rel=1e-12)
    cheapest = by_name["cholesky", True].seconds
    assert found.break_even == pytest.approx((cheapest - making) / step, rel=1e-9)


def test_memory_decides() -> None:
    wide = large(dtype="float64")
    assert wide.method == "cg" and wide.options[0].memory > 2e10
    small = large(memory=12 * GIB, leave_one_out=True)
    assert small.keywords == {"method": "cholesky", "overwrite": True}
    assert {each.method for each in small.options} == {"eigh", "cholesky"}
    none = large(memory=GIB)
    assert not none.fits and "No method fits into 1.0 GiB" in none.advice[0]
    assert "more than the 1.0 GiB there are" in repr(none)


def test_the_path_decides() -> None:
    short = plan(2000, lambdas=[0.1], rates=RATES)
    assert short.method == "cholesky" and short.keywords["method"] == "cholesky"
    long = plan(2000, lambdas=np.geomspace(1e-6, 1, 200), rates=RATES, memory=GIB)
    assert long.method == "eigh"
    # Twice the work for what is left out.
    one, two = (
        next(o.seconds for o in plan(2000, lambdas=[0.1], rates=RATES, leave_one_out=loo).options if o.overwrite)
        for loo in (False, True)
    )
    assert two - one == pytest.approx(2000**3 / 3 / 9e10, rel=1e-9)


@pytest.mark.parametrize("kernel", [ks.ntk(2), ks.laplace(), ks.exponential(0.6)])
@pytest.mark.parametrize("clustered", [False, True])
def test_the_bounds_hold_for_any_points(kernel: ks.Zonal, clustered: bool) -> None:
    n, lambdas = 150, np.array([1e-1, 1e-3, 1e-5])
    X = ks.sphere.sample_sphere(n, 3, np.random.default_rng(0))
    if clustered:
        X[:, 0] += 3
        X /= np.linalg.norm(X, axis=1)[:, None]
    found = plan(n, kernel, d=3, lambdas=lambdas, rates=RATES)
    values = np.linalg.eigvalsh(kernel.gram(X)).clip(0)
    assert found.condition is not None and found.dimensions is not None and found.bounds is not None
    for size, condition, dimension in zip(lambdas, found.condition, found.dimensions, strict=True):
        shift = n * size
        assert (values[-1] + shift) / (values[0] + shift) <= condition == 1 + kernel.at_one / size
        assert np.sum(values / (values + shift)) <= dimension <= n
    assert found.components == min(n, int(np.ceil(max(found.dimensions))))
    steps = ridge_path(kernel.gram(X), X[:, 0], lambdas, method="cg", rank=found.rank)
    assert steps.residual is not None and steps.residual.max() <= 1e-6
    assert found.least == np.finfo(float).eps * kernel.at_one


def test_steps_that_the_spectrum_bounds() -> None:
    """(1/2) sqrt(1 + T(r)/lambda) log(2/tolerance), T the trace that the best rank r leaves of any n points."""
    found = plan(5000, ks.exponential(0.6), d=3, lambdas=[1e-2, 1e-4], rates=RATES, memory=GIB)
    tail = ks.exponential(0.6).rkhs(3).worst_tail(5000, found.rank)
    wanted = [np.ceil(0.5 * np.sqrt(1 + tail / size) * np.log(2e6)) for size in (1e-2, 1e-4)]
    assert found.bounds == tuple(wanted) and found.steps == tuple(min(100.0, each) for each in wanted)
    assert found.method == "cg"  # 8 steps do


def test_rounding_speaks_against_float32() -> None:
    found = plan(20_000, ks.ntk(3), d=10, lambdas=[1e-7], dtype="float32", rates=RATES, memory=20 * GIB)
    assert found.least == pytest.approx(3 * 2.0**-23) and found.method == "cholesky"
    assert any("where rounding of K in float32 decides" in each for each in found.advice)
    several = plan(20_000, ks.ntk(3), d=10, lambdas=[1e-2], mean_square=4.0, rates=RATES)
    assert several.condition == (1 + 4 * 3 / 1e-2,) and several.least == pytest.approx(12 * 2.0**-52)


def test_rates_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "_SIZE", 64)
    monkeypatch.setattr(rates_module, "_TALL", 64)
    rates_module._measured.cache_clear()
    try:
        found = rates_module.measured("float32")
        assert found is rates_module.measured("float32") and min(found.factorise, found.multiply, found.few) > 0
        assert plan(100).seconds > 0
    finally:
        rates_module._measured.cache_clear()
    # Ten columns at 50: 0.1 for computing at 100, as much for reading; thirty take 0.3 + 0.1, that is 75.
    assert [Rates(1.0, 100.0, 50.0).product(m) for m in (10, 30)] == pytest.approx([50.0, 75.0], rel=1e-14)
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="multiply must be"):
            Rates(1.0, bad, 1.0)
    # Reading takes nothing where a narrow product is no slower than a wide one.
    assert Rates(1.0, 5.0, 6.0).product(3) == pytest.approx(5.0, rel=1e-15)


def test_other_programs_do_not_slow_the_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five trials of 2 seconds of one processor each, which other programs make last 3 to 7 on the clock."""
    clock = iter([0.0, 7.0, 10.0, 13.0, 20.0, 25.0, 30.0, 34.0, 40.0, 46.0])
    processor = iter([0.0, 2.5, 3.0, 5.0, 6.0, 8.5, 9.0, 11.5, 12.0, 15.0])
    times = SimpleNamespace(perf_counter=lambda: next(clock), process_time=lambda: next(processor))
    monkeypatch.setattr(rates_module, "time", times)
    assert rates_module._seconds(lambda: None) == 2.0
    # Two threads on a machine that has nothing else to do: 3 seconds on the clock are 6 of processors.
    clock, processor = iter([0.0, 3.0] * 5), iter([0.0, 6.0] * 5)
    assert rates_module._seconds(lambda: None) == 3.0


def test_bad_arguments() -> None:
    for change, message in (
        ({"n": 0}, "n must be an integer"),
        ({"d": 3}, "d needs a kernel"),
        ({"kernel": ks.ntk(2)}, "d must be given with a kernel"),
        ({"dtype": "float16"}, "dtype must be 'float64' or 'float32'"),
        ({"rates": 3.0}, "rates must be Rates or None"),
        ({"outputs": 0}, "outputs must be"),
        ({"mean_square": 0.0}, "mean_square must be"),
        ({"memory": 0}, "memory must be"),
        ({"lambdas": [0.0]}, "lambdas must be > 0"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            plan(**{"n": 100, "rates": RATES} | change)  # type: ignore[arg-type]  # the wrong types are the test


def test_it_is_looked_at() -> None:
    found = large(kernel=ks.laplace(), d=3)
    assert repr(found).startswith("<Plan: n = 50000, 4 lambdas, 10 outputs, float32: c")
    assert found._repr_html_().count("<tr") == 5 and "directions are fitted" in found._repr_html_()
    assert [row["method"] for row in found.table()][0] == found.method
    assert str(found.table().caption).startswith("n = 50000, 4 lambdas, 10 outputs, float32: c")
    assert repr(plan(n=100, rates=RATES)).startswith("<Plan: n = 100, 1 lambda, 1 output, float64: ")
    ax = found.plot(label="mine")
    assert len(ax.get_lines()) == 2 and len(ax.texts) == 4
    assert len(found.plot(asymptote=False).get_lines()) == 1
    plt.close("all")
