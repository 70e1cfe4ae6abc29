"""What the benchmark of convolutional kernels counts and reports; its times are asserted nowhere."""

from __future__ import annotations

import itertools
import json
import math
import multiprocessing
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from benchmarks import convolutional, convolutional_limit
from benchmarks.convolutional import Case, Row, Times, lines, main, pair_seconds, summary
from benchmarks.convolutional_limit import Rates, Work, best_rates, measure_rates, seconds, work
from kernelspec import ckn
from report import memory

SMALL = ckn.Network(
    (ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(1), stride=2), ckn.Layer(2, ks.arccos(1), ckn.average(2), stride=2))
)
SHAPES = [(1, 10, 6, 2), (1, 6, 7, 3), (1, 13, 2)]
ROUND = Rates(gemm=1e9, thin={9: 1.0, 27: 2.0}, exp=4e6, arccos=2e6, sqrt=1e6, multiply=3.0)


class Counter:
    """One kernel value K(x, x') from the definition, entry by entry as each is asked for; no entry twice."""

    def __init__(self, shape: Sequence[int], whole: bool, orders: Sequence[Sequence[int]]) -> None:
        self.sizes = SMALL.shapes(shape)
        self.dims, self.whole, self.orders = len(shape) - 2, whole, orders
        self.positions: list[set[tuple[int, ...]]] = [set() for _ in SMALL.layers]
        self.steps: list[dict[tuple[int, tuple[int, ...]], int]] = [{} for _ in SMALL.layers]
        last = self.sizes[-1].output
        if whole:
            for k, size in enumerate(self.sizes):
                for pair in itertools.product(*(range(n) for n in size.output * 2)):
                    self.pooled(k, self.dims * 2, pair)
        else:
            for w in itertools.product(*(range(n) for n in last)):
                self.pooled(len(self.sizes) - 1, self.dims * 2, w + w)

    def pooled(self, k: int, contracted: int, entry: tuple[int, ...]) -> None:
        """An entry of layer k's map after so many of its axes, in their order, were pooled."""
        if contracted == 0:
            return self.kappa(k, entry)
        if (contracted, entry) in self.steps[k]:
            return
        axis = self.orders[k][contracted - 1]
        row = SMALL.layers[k].pooling(self.sizes[k].patches[axis % self.dims])[entry[axis]]
        reads = range(len(row)) if self.whole else np.flatnonzero(row).tolist()
        self.steps[k][contracted, entry] = len(reads)
        for u in reads:
            self.pooled(k, contracted - 1, (*entry[:axis], u, *entry[axis + 1 :]))

    def kappa(self, k: int, pair: tuple[int, ...]) -> None:
        if pair in self.positions[k]:
            return
        self.positions[k].add(pair)
        if k == 0:
            return
        for offset in itertools.product(SMALL.layers[k].offsets, repeat=self.dims):
            reads = tuple(u + o for u, o in zip(pair, offset * 2, strict=True))
            if all(0 <= u < n for u, n in zip(reads, self.sizes[k].input * 2, strict=True)):
                self.pooled(k - 1, self.dims * 2, reads)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("least", [False, True])
def test_counts_are_those_of_a_lazy_evaluation(shape: tuple[int, ...], least: bool) -> None:
    dims = len(shape) - 2
    counts = [
        Counter(shape, not least, [order, tuple(range(2 * dims))]) for order in itertools.permutations(range(2 * dims))
    ]
    found = work(SMALL, ["exp", "relu"], shape, least=least)
    first, second = (len(positions) for positions in counts[0].positions)
    assert found.products == first * 2 * 3**dims * shape[-1]
    assert (found.exp, found.arccos, found.sqrt) == (first, second, second)
    # A multiply-add is two flops; the best of all orders of the axes.
    assert found.pooling == min(2 * sum(count.steps[0].values()) for count in counts)


def test_counts_of_the_measured_network_by_hand() -> None:
    case = Case("32x32x3", "exp/exp", "float32", 2)
    found = work(case.network, ("exp", "exp"), (1, 32, 32, 3))
    # Layer 1 has 32x32 positions and leaves 15x15, layer 2 has those.
    first, second = 32**4, 15**4
    assert found.products == 2 * 27 * first
    assert found.pooling == 2 * 15 * 32 * (32**3 + 15 * 32**2 + 15**2 * 32 + 15**3)
    # Patch sums: two additions along each of two axes; the trace: a multiply-add.
    assert found.sums == 6 * second
    # (u - 1) / sigma^2 and the norms; in layer 2 the cosine's norms as well.
    assert found.pointwise == 4 * first + 6 * second
    assert (found.exp, found.arccos, found.sqrt) == (first + second, 0, 0)
    assert found.flops == found.products + found.pooling + found.sums + found.pointwise


def test_the_tangent_kernel_doubles_pooling_and_sums_alone() -> None:
    case = Case("28x28x1", "ReLU NTK", "float32", 1)
    plain, tangent = (work(case.network, ("relu", "relu"), (1, 28, 28, 1), tangent) for tangent in (False, True))
    assert tangent.pooling == 2 * plain.pooling
    # 13x13 positions in layer 2: four more additions in the patch sums, no second trace.
    assert tangent.sums == plain.sums + 4 * 13**4
    assert (tangent.products, tangent.arccos, tangent.sqrt) == (plain.products, plain.arccos, plain.sqrt)


@pytest.mark.parametrize("images", convolutional.IMAGES)
@pytest.mark.parametrize("kind", convolutional.KINDS)
def test_the_least_count_never_exceeds_that_of_the_limit(images: str, kind: str) -> None:
    case = Case(images, kind, "float32", 1)
    kernels, tangent = convolutional.KINDS[kind]
    shape = (1, *convolutional.IMAGES[images])
    full = work(case.network, kernels, shape, tangent)
    least = work(case.network, kernels, shape, tangent, least=True)
    for name in Work.__dataclass_fields__:
        assert getattr(least, name) <= getattr(full, name)
    assert least.pooling < full.pooling


def test_names_of_kernels_are_counted_for_what_they_are() -> None:
    for images, kind in itertools.product(convolutional.IMAGES, convolutional.KINDS):
        layers = Case(images, kind, "float32", 1).network.layers
        names = convolutional.KINDS[kind][0]
        assert [layer.kernel for layer in layers] == [convolutional.KERNELS[n] for n in names]


def test_circular_borders_are_refused() -> None:
    net = ckn.Network((ckn.Layer(3, ks.arccos(1), ckn.average(2), 2, border="circular"),))
    with pytest.raises(ValueError, match="border must be zero or valid"):
        work(net, ["relu"], (1, 8, 8, 1), least=True)


def test_parts_of_the_limit() -> None:
    found = seconds(Work(products=10, pooling=20, sums=3, pointwise=4, exp=8, arccos=6, sqrt=5), ROUND)
    assert found == {
        "patch products": 10 / 1e9,
        "pooling": 20 / 1e9,
        "sums and pointwise": 7 / 1e9,
        "exp": 8 / 4e6,
        "arccos": 6 / 2e6,
        "sqrt": 5 / 1e6,
    }


def test_best_rates_are_those_of_the_best_round_kind_by_kind() -> None:
    other = Rates(gemm=2e9, thin={9: 3.0, 27: 1.0}, exp=1e6, arccos=5e6, sqrt=1e6, multiply=4.0)
    assert best_rates([ROUND, other]) == Rates(
        gemm=2e9, thin={9: 3.0, 27: 2.0}, exp=4e6, arccos=5e6, sqrt=1e6, multiply=4.0
    )


def _row(times: Sequence[tuple[float, float]], kind: str = "exp/exp", threads: int = 2) -> Row:
    """A row of 10 x 10 pairs of images that cost nothing by themselves."""
    rounds = [Times(wall, busy, wall / 10, busy / 10) for wall, busy in times]
    return summary(Case("32x32x3", kind, "float32", threads), 10, rounds, ROUND)


@given(side=st.integers(2, 100), image=st.floats(0, 1), pair=st.floats(1e-3, 1))
def test_images_and_pairs_are_told_apart(side: int, image: float, pair: float) -> None:
    square = 2 * side * image + side**2 * pair
    column = (side + 1) * image + side * pair
    # The difference of two numbers of at most square + column, each rounded a few times, over n^2 (n - 1) / (n + 1).
    rounding = 20 * 2.0**-53 * (square + 2 * column) * (side + 1) / (side**2 * (side - 1))
    assert abs(pair_seconds(side, square, column) - pair) <= rounding


def test_a_row_of_the_table() -> None:
    row = _row([(0.5, 1.0), (2.0, 2.0), (1.0, 1.5)])
    assert (row.best, row.median, row.busy) == (200.0, 100.0, 1.5)
    # Where images cost nothing, many are as fast as few, up to rounding.
    assert math.isclose(row.many, 200, rel_tol=1e-12) and math.isclose(row.core, 100, rel_tol=1e-12)
    kernels, _ = convolutional.KINDS["exp/exp"]
    full = work(row.case.network, kernels, (1, 32, 32, 3))
    # Rounding of two ways to add the same few numbers.
    assert math.isclose(row.limit, 2 / (full.flops / 1e9 + full.exp / 4e6), rel_tol=1e-12)
    assert math.isclose(sum(row.parts.values()), 2 / row.limit, rel_tol=1e-12)
    assert (row.ratio, row.core_ratio) == (row.limit / row.many, row.limit / 2 / row.core)
    assert row.least > row.limit
    assert math.isclose(_row([(1, 1)], threads=1).limit, row.limit / 2, rel_tol=1e-12)


def test_every_time_is_the_shortest_of_all_rounds() -> None:
    rounds = [Times(1.0, 9.0, 0.2, 1.5), Times(2.0, 3.0, 0.1, 2.5)]
    row = summary(Case("32x32x3", "exp/exp", "float32", 1), 10, rounds, ROUND)
    assert (row.best, row.median) == (100.0, 100 / 1.5)
    assert row.many == 1 / pair_seconds(10, 1.0, 0.1)
    assert row.core == 1 / pair_seconds(10, 3.0, 1.5)


def test_a_column_that_was_disturbed_does_not_count() -> None:
    # One column cannot take nine tenths of ten: then the pairs are taken as they are.
    disturbed = [Times(1.0, 1.0, 0.9, 0.9)]
    row = summary(Case("32x32x3", "exp/exp", "float32", 1), 10, disturbed, ROUND)
    assert row.many == row.core == row.best == 100.0


def _result(rows: Sequence[Row]) -> dict[str, Any]:
    from dataclasses import asdict

    result = {
        "rates": {"float32": asdict(ROUND)},
        "rows": [asdict(row) | {"ratio": row.ratio, "core_ratio": row.core_ratio} for row in rows],
        "memory": [
            {
                "case": asdict(Case("28x28x1", "exp/exp", "float32", 2)),
                "count": 200,
                "memory": 2**26,
                "images": 1,
                "result": 160_000,
                "growth": 3 * 2**19,
            }
        ],
    }
    return json.loads(json.dumps(result))  # as it comes from the process that measured


def _line(text: Sequence[str], part: str) -> str:
    (line,) = (line for line in text if part in line)
    return line


def test_aims_reached_and_missed() -> None:
    # 100 pairs in 0.05 s are 2000 a second, in 0.5 s 200; the limit of these rates is some 3.5.
    fast, slow = [(0.05, 0.1)], [(0.5, 1.0)]
    text = lines(_result([_row(fast), _row(slow, "ReLU NTK"), _row(slow, "ReLU RF")]))
    assert _line(text, "aim 1050").startswith("reached: 32x32x3 exp/exp: 2000 pairs a second")
    assert "authors' C++ 190, 10.5 times slower" in _line(text, "aim 1050")
    assert _line(text, "aim 400").startswith("MISSED : 32x32x3 ReLU NTK: 200 pairs a second")
    assert "JAX 17, 11.8 times slower" in _line(text, "aim 400")
    assert _line(text, "within a factor").endswith("3 of 3 rows")
    assert _line(text, "within a factor").startswith("reached")
    assert "n = 200" in _line(text, "peak growth") and "1.5 MiB" in _line(text, "peak growth")


def test_far_from_the_limit_is_said() -> None:
    row = _row([(1000.0, 1000.0)])  # 0.1 pairs a second
    assert row.ratio > 2
    text = lines(_result([row]))
    assert _line(text, "within a factor").startswith("MISSED")
    assert _line(text, "within a factor").endswith("0 of 1 rows")


def test_aims_are_for_two_threads_and_float32_alone() -> None:
    text = lines(_result([_row([(0.05, 0.05)], threads=1)]))
    assert not any("aim" in line for line in text)


def test_the_side_fits_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("28x28x1", "exp/exp", "float32", 1)
    for pairs_a_second, side in ((400.0, 20), (1e-3, 12), (1e9, 96)):
        monkeypatch.setattr(convolutional, "measure", lambda _, n, rate=pairs_a_second: (n * n / rate, 0.0))
        assert convolutional.choose_side(case, 1.0) == side


def test_rates_are_positive_numbers() -> None:
    rates = measure_rates(np.float32, 1e-3)
    for value in (rates.gemm, rates.exp, rates.arccos, rates.sqrt, rates.multiply):
        assert 0 < value < math.inf
    assert set(rates.thin) == {9, 27} and all(v > 0 for v in rates.thin.values())


@pytest.mark.parametrize(
    ("durations", "budget", "shortest"),
    [
        ([9.0, 3.0, 1.0, 2.0], 6.0, 1.0),  # the first warms up; the next three fill the budget
        ([9.0, 3.0, 1.0, 2.0], 4.5, 1.0),
        ([1.0, 5.0], 1e-3, 5.0),  # longer than the budget, as on a machine with other work: timed once
        ([1.0, 5.0], 0.0, 5.0),
    ],
)
def test_best_of_is_the_shortest_call(
    monkeypatch: pytest.MonkeyPatch, durations: list[float], budget: float, shortest: float
) -> None:
    now, left = 0.0, list(durations)

    def call() -> None:
        nonlocal now
        now += left.pop(0)

    monkeypatch.setattr("benchmarks.convolutional_limit.time.perf_counter", lambda: now)
    assert convolutional_limit.best_of(call, budget) == shortest
    assert not left


def test_the_smallest_row_runs() -> None:
    case = Case("28x28x1", "exp/exp", "float32", 1)
    result = convolutional.run([case], rounds=1, target=1e-3)
    (row,) = json.loads(json.dumps(result))["rows"]
    assert row["side"] == 12  # the fewest images, for so short a measurement
    assert 0 < row["best"] < math.inf and row["ratio"] == row["limit"] / row["many"]
    assert set(result["rates"]) == {"float32"}


def test_memory_of_the_smallest_matrix() -> None:
    case = Case("28x28x1", "exp/exp", "float32", 1)
    found = convolutional.memory_growth(case, 3, 2**26)
    assert (found["result"], found["images"]) == (3 * 3 * 4, 3 * 28 * 28 * 4)
    assert found["growth"] is None or found["growth"] >= 0


def test_resident_memory_sees_an_array() -> None:
    before = memory.resident("VmRSS")
    if before is None:
        pytest.skip("the system does not say")
    array = np.ones(2**23)  # 64 MiB, touched
    after = memory.resident("VmRSS")
    # Other arrays may be given back meanwhile, hence the half.
    assert after is not None and after - before > array.nbytes / 2
    assert memory.resident("nothing of the kind") is None and memory.most_held() >= after


def test_memory_of_forked_workers_is_their_own() -> None:
    """Not that which a child before them has held."""
    if memory.resident("VmHWM") is None:
        pytest.skip("the system does not say")
    context = multiprocessing.get_context("fork")
    held: list[int] = []
    for size in (2**25, 2**22):  # 256 and 32 MiB, beside what they share with this process
        with memory.workers_held() as found:
            child = context.Process(target=_holding, args=(size,))
            child.start()
            child.join()
        held += found.values()
    assert held[0] > 8 * 2**25 and held[1] > 8 * 2**22
    assert held[0] - held[1] > 4 * 2**25


def _holding(size: int) -> None:
    array = np.ones(size)
    time.sleep(0.5)
    assert array[-1] == 1


@pytest.mark.parametrize("threads", ["0", "1,-2", "two", ""])
def test_bad_numbers_of_threads(threads: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--threads", threads])
    assert "--threads" in capsys.readouterr().err


def test_a_whole_run_prints_and_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    rows = _result([_row([(0.05, 0.1)])])

    def answer(task: str, **arguments: Any) -> dict[str, Any]:
        asked.append((task, arguments))
        if task == "rows":
            return {"rates": rows["rates"], "rows": rows["rows"]}
        return rows["memory"][0] | {"count": arguments["count"]}

    monkeypatch.setattr(convolutional, "_in_process", answer)
    assert main(["--quick", "--threads", "2", "--out", str(tmp_path / "t.json")]) == 0
    assert asked[0][0] == "rows"
    cases = [Case(**case) for case in asked[0][1]["cases"]]
    assert len(set(cases)) == 8
    assert {(case.threads, case.dtype) for case in cases} == {(2, "float32")}
    assert [task for task, _ in asked[1:]] == ["memory", "memory"]
    out = capsys.readouterr().out
    assert "aim 1050" in out and "n = 50" in out
    assert json.loads((tmp_path / "t.json").read_text())["rows"] == rows["rows"]
