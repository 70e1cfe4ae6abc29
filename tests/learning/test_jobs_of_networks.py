"""Gram matrices of networks of `kernelspec.stax` in blocks: those of `kernel_fn`."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernelspec import learning, stax
from kernelspec.learning import gram_job, open_gram, plan_gram
from kernelspec.learning.jobs import plans

X = np.random.default_rng(6).standard_normal((7, 8, 8, 2))
NETWORKS: dict[str, Any] = {
    "myrtle": stax.myrtle(5),
    "cntk": stax.cntk(4, "vanilla"),
    "lap": stax.lap(3, 1),
    "dense": stax.serial(stax.Dense(1, 1.2, 0.3), stax.Erf(), stax.Dense(1)),
}


def data(name: str) -> Any:
    return X[:, 0, 0] if name == "dense" else X


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("tangent", "get"), [(False, "nngp"), (True, "ntk")])
def test_the_blocks_are_the_matrix(name: str, tangent: bool, get: str, tmp_path: Path) -> None:
    x, network = data(name), NETWORKS[name]
    for number, y in enumerate((None, x[:4])):
        found = gram_job(network, x, y, store=tmp_path / str(number), block=3, tangent=tangent)
        wanted = network.kernel_fn(x, y, get)
        np.testing.assert_allclose(found.array(), wanted, rtol=0, atol=1e-14 * np.max(np.abs(wanted)))
        assert found.missing == 0
    assert open_gram(tmp_path / "0").shape == (7, 7)


def test_both_kernels_in_one_pass_with_workers_threads_memory_progress(tmp_path: Path) -> None:
    network, seen = NETWORKS["cntk"], list[int]()

    def progress(work: Any, total: int) -> Any:
        for step in work:
            seen.append(total)
            yield step

    with ThreadPoolExecutor(2) as pool:
        plain, tangent = gram_job(
            network.kernel_fn, X, store=tmp_path / "k", executor=pool, block=3, tangent="both", memory=2**25,
            threads=2, progress=progress,
        ).kernels  # fmt: skip
    wanted = network.kernel_fn(X)
    np.testing.assert_allclose(plain.array(), wanted.nngp, rtol=1e-14)
    np.testing.assert_allclose(tangent.array(), wanted.ntk, rtol=1e-14)
    assert len(seen) == seen[0] == 9
    with pytest.raises(ValueError, match="memory"):
        gram_job(network, X, store=tmp_path / "small", memory=1000, tangent=True)


def test_processes_compute_it(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = gram_job(NETWORKS["myrtle"], X[:3], store=tmp_path / "k", executor=pool, block=2)
    np.testing.assert_allclose(found.array(), NETWORKS["myrtle"].kernel_fn(X[:3], get="nngp"), rtol=1e-14)


def _one(x: Any) -> Any:
    return np.maximum(x, 0.0)


def test_a_matrix_of_another_network_is_refused(tmp_path: Path) -> None:
    def network(function: Any, w: float = 1.0) -> Any:
        return stax.serial(stax.Dense(1, w), stax.ElementwiseNumerical(function), stax.Dense(1))

    x = data("dense")
    first = network(_one)
    gram_job(first, x, store=tmp_path / "k", block=4)
    assert gram_job(first, x, store=tmp_path / "k").missing == 0
    with pytest.raises(ValueError, match="kernel"):
        gram_job(network(_one, 1.5), x, store=tmp_path / "k")

    def other(x: Any) -> Any:
        return np.maximum(x, 0.1)

    other.__name__ = "_one"
    with pytest.raises(ValueError, match="other values"):
        gram_job(network(other), x, store=tmp_path / "k")


def test_what_is_refused(tmp_path: Path) -> None:
    network = NETWORKS["lap"]
    wrong: list[tuple[Any, Any, dict[str, Any], str]] = [
        (stax.Relu, X, {}, "kernel"),
        (stax.serial(stax.Conv(1, (3, 3)), stax.Relu()), X, {}, "kernel"),
        (network, X, {"normalize": True}, "normalize"),
        (network, X, {"channels": "first"}, "channels"),
        (network, X[:, 0, 0], {}, "window"),
        (network, X.astype(complex), {}, "x"),
    ]
    for number, (kernel, x, more, match) in enumerate(wrong):
        with pytest.raises((ValueError, TypeError), match=match):
            gram_job(kernel, x, store=tmp_path / str(number), **more)


@pytest.mark.parametrize(("cost", "fixed", "most"), [(1e-4, 2.0, 512), (1e-3, 0.3, 64), (3.0, 0.3, 2)])
def test_a_pass_over_layers_costs_something_by_itself(
    cost: float, fixed: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that goes on with each pair, with each image that is prepared, and with each call."""
    clock, counts = [0.0], list[int]()

    def evaluate(kernel: Any, options: Any, x: Any, y: Any) -> None:
        counts.append(len(x))
        clock[0] += fixed + cost * (len(x) * len(y) + 2 * len(x))

    monkeypatch.setattr(plans, "evaluate", evaluate)
    monkeypatch.setattr(plans, "time", SimpleNamespace(process_time=lambda: clock[0], perf_counter=float))
    plan = plan_gram(NETWORKS["myrtle"], (1000, 8, 8, 2), block=500)
    assert counts[-1] <= most
    # Of the call of one pair, which is taken for what calls cost, three units of work are its own.
    assert plan.pairs_per_second == pytest.approx(500**2 / (500**2 + 2 * 500) / cost, rel=1e-9)


def test_plans_of_networks() -> None:
    plan = plan_gram(NETWORKS["myrtle"], (50_000, 32, 32, 3), pairs_per_second=10.0)
    # 1.5e10 values of a block, of 3 * 32^4 + 3 * 16^4 + 3 * 8^4 correlations or of 2 * 32^4 + 16^4 + 8^4.
    assert plan.block == int((1.5e10 / (2 * 32**4 + 16**4 + 8**4)) ** 0.5)
    assert plan_gram(NETWORKS["dense"], (50, 3), pairs_per_second=10.0).block == 2048
    measured = plan_gram(NETWORKS["lap"], X, tangent="both")
    assert measured.pairs == 28 and measured.pairs_per_second > 0
    assert isinstance(measured, learning.GramPlan)
