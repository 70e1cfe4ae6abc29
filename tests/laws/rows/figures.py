"""`kernelspec.plots`: what figures refuse, and that they are drawn in the state that a user has set.

Their numbers are held against independent ones in `tests/plots/test_plots.py`, which draws each at two widths.
"""

from __future__ import annotations

import functools
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn, plots
from kernelspec.numbers.arithmetic_protocol import Value

from ..kinds import Free, Given, Kind, Real, Whole
from ..laws import forget
from ..table import Law, Row
from .shapes import record


def drawn_once(row: Row) -> None:
    """Drawn where NumPy raises: no warning, the state left alone, and numbers in the table."""
    forget()
    with warnings.catch_warnings(), np.errstate(all="raise", under="raise"):
        warnings.simplefilter("error")
        before = np.geterr()
        found = row.raw()
        assert np.geterr() == before
    assert isinstance(found, plots.Drawn) and len(found.axes) and len(found.table)


SEEN = "numbers pass through the checks that `types` asks"
LAWS: dict[str, str | Law] = {
    "values": "seen in tests/plots/test_plots.py",
    "seterr": drawn_once,
    "masked": SEEN,
    "finite": SEEN,
}
SHEET: dict[str, Kind] = {"width": Real(5.0, bad=(2.0, 21.0)), "font": Given("stix", bad=("times", 3, None))}
# Every figure is laid out by one function.
ONCE: dict[str, Kind] = {name: Free(SHEET[name].value, why="seen in `zonal_harmonics`") for name in SHEET}
DIMS = Given((3,), bad=(1, 2.5, "text", None, (), (1,), (4, 1), (True,), (float("nan"),)))
DEPTHS = Given((2, 4), bad=("text", None, (), (1,), (2.5,), (True,), (None,), (float("nan"),)))
SIZES = (0.0, -1.0, "text", None, float("nan"), True)


def several(value: Value, *bad: Any) -> Given:
    """A sequence of numbers: no text, not empty, and none of these in it."""
    return Given(value, bad=("text", None, (), *((each,) for each in bad)))


def figure(name: str, **given: Any) -> Row:
    laws = {law: how for law, how in LAWS.items() if name != "zonal_harmonics" or law not in ("masked", "finite")}
    if name == "stability_tradeoff":
        laws["seterr"] = "takes eight seconds; its distances and bounds are seen in `ckn.stability`"
    return Row(f"plots.{name}", {**ONCE, **given}, laws=laws)


def network() -> Any:
    return ckn.Network([ckn.Layer(2, ks.arccos(1), ckn.average(2), stride=2)])


@functools.cache
def drawn() -> Any:
    return plots.end_constants((2, 3), width=3.4)


BAD_KERNELS: tuple[Any, ...] = ("ntk(3", 3, None, [], [3], [None])
SEED = Whole(0)
IMAGES = np.random.default_rng(1).standard_normal((4, 4, 4, 1))
ROWS = [
    figure(
        "approximation_curves",
        targets=Given(("abs_power(1)",), bad=("relu(", "ntk(3)", 3, None, (), ("step(2)",), (3,))),
        kernels=Given(("rf(3)",), bad=(*BAD_KERNELS, "sine_power(1.5)")),
        dims=Given((8,), bad=(1, 2.5, "text", None, (), (1,))),
        radii=Given((0.1, 10.0), bad=("text", None, (), (1.0,), (2.0, 1.0), (0.0, 1.0), (1.0, float("nan")))),
    ),
    figure(
        "commutator_growth",
        dims=Given((1,), bad=("text", None, (), (0,), (2.5,))),
        betas=several((0.5, 20.0), *SIZES),
        grad=Real(0.5, bad=(-1.0, 1.0)),
        measured=Given(None, bad=(3, "text")),
    ),
    figure(
        "decay_constants",
        dims=DIMS,
        depths=DEPTHS,
        step_depths=DEPTHS,
        scales=several((0.5,), *SIZES),
        last=Whole(200, 1, 10**9),
    ),
    figure(
        "deep_equals_shallow",
        depths=DEPTHS,
        dims=Given((3, 9), bad=("text", None, (), (1,), (2.5,))),
        kernel=Given("ntk(3)", bad=("ntk(3", 3, None)),
        shallow=Given("ntk(2, bias=True)", bad=("rf(3)", "ntk(2", 3, None)),
        d=Whole(5, 2),
    ),
    figure(
        "eigenvalue_decay",
        kernels=Given(("ntk(3)",), bad=BAD_KERNELS),
        dims=DIMS,
        depths=Given(None, bad=("text", (), (1,), (2.5,))),
        last=Whole(40, 1, 10**9),
    ),
    figure("end_constants", depths=DEPTHS),
    figure(
        "expansion_error",
        kernels=Given(("ntk(3)",), bad=BAD_KERNELS),
        dims=DIMS,
        terms=several((1, 2), 0, 2.5, "text", None),
        last=Given(60, bad=("text", None, 0, 2.5)),
    ),
    figure("kernel_functions", depths=DEPTHS, kernels=Given(("laplace(c=1)",), bad=BAD_KERNELS)),
    figure(
        "kernel_map_smoothness",
        depths=DEPTHS,
        scaled=DEPTHS,
        shared=Whole(2, 2, 1000),
        peaks=Given(None, bad=(3, "text")),
    ),
    figure(
        "membership_map",
        kernels=Given(("ntk(3)",), bad=(*BAD_KERNELS, "sine_power(1.5)")),
        dims=DIMS,
        powers=Given((1.0, 2.5), bad=("text", (), (-1.0,), (101.0,), (None,), (float("nan"),))),
    ),
    figure(
        "nystrom_convergence",
        nets=Given(network(), bad=(None, "text", {}, {"a": 3}, ks.ntk(3))),
        images=Given(IMAGES, bad=(None, "text", np.ones((3, 4)), IMAGES * np.nan)),
        components=several((2, 4), 0, 2.5, "text"),
        draws=Whole(1, 1),
        methods=Given(("patches",), bad=("text", None, (), ("random guess",), (3,))),
    ),
    figure(
        "pair_responses",
        pairs=Given(((0, 0), (1, -1)), bad=("text", None, (), 3, ((1,),), ((0.5, 1),), ((1, 51),))),
        offsets=Given(((0, 1), (1, 0)), bad=("text", None, (), 3, (1, 2), ((0.5, 1), (0, 0)))),
        positions=Whole(8, 4, 200),
        side=Whole(6, 4, 40),
        first=Whole(1, 1, 100),
        second=Whole(1, 1, 100),
    ),
    figure(
        "patch_interactions",
        positions=Whole(6, 4, 64),
        window=Whole(2, 2, 3),
        omega=Whole(2, 2, 6),
        degrees=Given((1, 2), bad=("text", None, (), (1,), (0, 1), (1.5, 1), (1, 2, 3), 3)),
        first=Given("exponential(1)", bad=("ntk(3", 3, None)),
        second=Given("polynomial(2)", bad=("ntk(3", 3, None)),
        samples=Whole(12, 10, 10_000),
        seed=SEED,
    ),
    figure(
        "pooling_gain",
        positions=Whole(8, 4, 120),
        patch=Whole(3, 1, 4),
        omega=Whole(2, 2, 8),
        degree=Whole(2, 1, 3),
        kernel=Given("linear() + polynomial(2)", bad=("ntk(3", 3, None, "linear()")),
        samples=Whole(12, 10, 10_000),
        seed=SEED,
    ),
    figure(
        "rkhs_ratio",
        pairs=Given((("ntk(2, bias=True)", "laplace(c=1)"),), bad=("ntk(3)", None, (), ("ntk(2)",), (("ntk(2)", 3),))),
        dims=DIMS,
        last=Whole(20, 1),
    ),
    figure(
        "signal_recovery",
        strides=several((1, 2), 0, 2.5, "text", None),
        x=Given(None, bad=("text", np.zeros(20), np.ones(3), np.full(20, np.nan))),
        patch=Whole(3, 1),
        image=Given(None, bad=("text", np.ones(3), np.full((9, 9, 3), np.nan))),
    ),
    figure(
        "sphere_and_cube",
        kernel=Given("ntk(3)", bad=("ntk(3", 3, None, "polynomial(2) - 3")),
        dims=Given((4, 9), bad=(1, 2.5, "text", None, (), (1,), (4001,))),
        last=Real(4.0, bad=(0.0, 101.0)),
        least=Real(1e-3, bad=(0.0, 1.0)),
    ),
    figure(
        "stability_bounds",
        depths=Given((1, 2), bad=("text", None, (), (0,), (2.5,))),
        grads=several((0.01, 0.3), 0.0, 1.5, "text", None, float("nan")),
        patches=several((1, 3), 0, 2.5, "text", None),
        kernel=Given("arccos(1)", bad=("arccos(", 3, None)),
        factor=Whole(1, 1),
        fields=Whole(1, 1),
        seed=SEED,
    ),
    figure(
        "stability_tradeoff",
        grads=several((0.1, 0.3), 0.0, 1.5, "text", None, float("nan")),
        power=Real(0.5),
        count=Whole(2, 1),
        fields=Whole(1, 1),
        seed=SEED,
    ),
    figure("zonal_harmonics", **SHEET, dims=DIMS, largest=Whole(3, 1, 12)),
    record("plots.Drawn", axes=(), table=None),
    Row("plots.Drawn.figure", {}, lambda: True, drawn, read=lambda figure: figure is drawn().axes[0].figure),
    Row(
        "plots.Drawn.save",
        {"path": Given(Path(tempfile.mkdtemp()) / "figure.pdf", bad=(None, 3, Path("/no/such/folder/figure.pdf")))},
        lambda path: True,
        drawn,
        read=lambda nothing: nothing is None,
        named={"path": "(path|folder|file)"},
        laws={"seterr": "a file is matplotlib's work"},
    ),
]
