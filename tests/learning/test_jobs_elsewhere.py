"""Executors of other packages, where they are installed: a Dask cluster, executorlib, MPI."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.learning import gram_job, open_gram

NET = ckn.Network((ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), stride=2), ckn.Layer(2, ks.arccos(1))))
IMAGES = np.random.default_rng(23).standard_normal((20, 6, 5, 2))
EXACT = NET.gram(IMAGES, tangent=True)
ROUNDING = 50 * float(np.finfo(np.float64).eps) * float(np.abs(EXACT).max())


def test_a_dask_cluster_of_which_a_worker_is_killed(tmp_path: Path) -> None:
    """The cluster itself hands its block to another worker; then a call finds all of it there."""
    distributed = pytest.importorskip("distributed")
    settings: dict[str, Any] = {"dashboard_address": None, "processes": True, "threads_per_worker": 1}
    with distributed.LocalCluster(n_workers=2, local_directory=tmp_path, **settings) as cluster:
        with distributed.Client(cluster) as client:
            first = list(client.run(os.getpid).values())

            def progress(work: Any, total: int) -> Any:
                for number, step in enumerate(work):
                    if number == 9:
                        os.kill(first[0], signal.SIGKILL)
                    yield step

            found = gram_job(
                NET, IMAGES, store=tmp_path / "k", executor=client.get_executor(), block=2, tangent=True,
                pending=6, progress=progress,
            )  # fmt: skip
            assert found.missing == 0 and found.verify() == []
            np.testing.assert_allclose(found.array(), EXACT, rtol=0, atol=ROUNDING)
            late = tmp_path / "late"
            gram_job(NET, IMAGES, store=late, executor=client.get_executor(), block=2, walltime=0.1)
            assert gram_job(NET, IMAGES, store=late, executor=client.get_executor()).missing == 0
            assert open_gram(late).verify() == []


def test_executorlib(tmp_path: Path) -> None:
    executorlib = pytest.importorskip("executorlib")
    with executorlib.SingleNodeExecutor(max_workers=2) as pool:
        found = gram_job(NET, IMAGES, store=tmp_path / "k", executor=pool, block=10, tangent=True)
    np.testing.assert_allclose(found.array(), EXACT, rtol=0, atol=ROUNDING)


def test_mpi(tmp_path: Path) -> None:
    futures = pytest.importorskip("mpi4py.futures")
    with futures.MPIPoolExecutor(1) as pool:
        found = gram_job(NET, IMAGES, store=tmp_path / "k", executor=pool, block=10, tangent=True)
    np.testing.assert_allclose(found.array(), EXACT, rtol=0, atol=ROUNDING)
