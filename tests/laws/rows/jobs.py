"""`kernelspec.learning`: jobs, against the oracles of `Zonal.gram` and `ckn.Network.gram`."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import learning
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.mpmath_values import ntk_value

from ..kinds import PROGRESS, Array, Flag, Free, Given, Instance, Kernel, Kind, Real, Whole, memory
from ..table import Row
from . import gram, networks
from .shapes import record, rows_of

KAPPA = gram.plain(lambda u: ntk_value(2, False, u))


@functools.cache
def home() -> Any:
    return tempfile.TemporaryDirectory()


class NewFolder(os.PathLike[str]):
    """A path that is a new folder's whenever it is read."""

    def __fspath__(self) -> str:
        return tempfile.mkdtemp(dir=home().name)


class Stored(os.PathLike[str]):
    """The path of a store."""

    def __fspath__(self) -> str:
        return str(job().path)


@functools.cache
def job() -> Any:
    folder = Path(home().name) / "job"
    return learning.gram_job(ks.ntk(2), gram.X, gram.Y, store=folder, block=4)


def exact(**_: object) -> Any:
    return KAPPA(gram.X, gram.Y)


def options(kernel: Kind, x: Array, y: Kind, tangent: Kind, normalize: Kind, channels: Kind) -> dict[str, Kind]:
    return {
        "kernel": kernel,
        "x": x,
        "y": y,
        "store": Given(NewFolder(), bad=(3, object(), b"bytes", ["k"], "no folder/k", __file__)),
        "executor": Given(None, bad=(3, "threads", object(), lambda: 3)),
        "block": Whole(4, 1, none=True),
        "dtype": Given(None, bad=("float16", "text", 3, complex)),
        "tangent": tangent,
        "normalize": normalize,
        "channels": channels,
        "memory": memory(),
        "threads": Whole(1, 1, 4096),
        "pending": Whole(2, 1),
        "progress": PROGRESS,
        "walltime": Real(None, bad=(-1,), none=True),
    }


NO_CHANNELS = Given(None, bad=("last", "first", 3))
IN_BLOCKS: dict[str, Any] = {
    "rtol": 0.0,
    "read": lambda found: found.array(),
    "laws": {"threads": "the workers' threads are those of `gram`"},
}


def plan(x: Value, y: Value, block: int, workers: int, pairs_per_second: float, **_: object) -> Value:
    """Counted: 6 x 4 in blocks of 4."""
    return 2, 24, (24 / workers + (1 - 1 / workers) * 16) / pairs_per_second, "float64"


ROWS = [
    Row(
        "learning.gram_job",
        options(Kernel(ks.ntk(2)), gram.PLAIN, gram.OTHER, Flag(False), Flag(False), NO_CHANNELS),
        lambda x, y, normalize, **_: KAPPA(x, y, normalize),
        norm=2e-15,
        rounding=gram.ROUNDING,
        degree={"x": 1, "y": 1},
        symmetric=("x", "y"),
        also=({"y": None}, {"normalize": True}),
        **IN_BLOCKS,
    ),
    Row(
        "learning.gram_job",
        options(
            Instance(networks.net()),
            networks.IMAGES,
            networks.OTHER,
            Flag(False),
            Given(False, bad=(True, 3)),
            networks.CHANNELS,
        ),
        lambda x, y, tangent, **_: networks.gram(x, y, tangent),
        variant="network",
        norm=3e-15,
        rounding=2e-15,
        degree={"x": 1, "y": 1},
        symmetric=("x", "y"),
        also=({"y": None},),
        **IN_BLOCKS,
    ),
    Row(
        "learning.open_gram",
        {"store": Given(Stored(), bad=(3, object(), b"bytes", "no folder/k", __file__, os.path.dirname(__file__)))},
        exact,
        norm=2e-15,
        rtol=0.0,
        read=lambda found: found.array(),
    ),
    Row(
        "learning.plan_gram",
        {
            "kernel": Kernel(ks.ntk(2)),
            "x": Given((6, 3), bad=(None, "text", (6,), (6, -3), (6, 3.0), 1.5, object())),
            "y": Given((4, 3), bad=("text", (4, 2), (4, 3, 3), 1.5, object())),
            "block": Whole(4, 1, none=True),
            "dtype": Given(None, bad=("float16", "text", 3, complex)),
            "tangent": Flag(False),
            "normalize": Flag(False),
            "channels": NO_CHANNELS,
            "memory": memory(),
            "threads": Whole(1, 1, 4096),
            "workers": Whole(3, 1),
            "pairs_per_second": Real(2.0, bad=(0.0, -1.0), none=True),
        },
        plan,
        read=lambda plan: (plan.blocks, plan.pairs, plan.seconds, plan.dtype),
        laws={"threads": "of workers, whose rate is measured or given"},
    ),
    record(
        "learning.GramPlan",
        **{"kernel": "ntk(2)", "rows": 3, "columns": 3, "symmetric": True, "dtype": "float64", "block": 2, "blocks": 3},
        **{"pairs": 6, "pairs_per_second": 2.0, "workers": 1, "seconds": 3.0, "memory": 9, "disk": 99},
    ),
    Row(
        "learning.GramPlan.table",
        {},
        lambda: [
            *("kernel", "ntk(2)", "matrix", "6 x 4 float64", "pairs", "24", "pairs a second and worker", "2"),
            *("workers", "1", "time", "12 s", "memory of a worker", "1.0 GiB", "disk", "1.0 KiB"),
            *("blocks", "2 of 4 x 4"),
        ],
        lambda: learning.plan_gram(ks.ntk(2), (6, 3), (4, 3), block=4, pairs_per_second=2.0),
        read=rows_of,
    ),
    record("learning.BlockMatrix", store=None, note="", which=None, _seen={}),
    Row("learning.BlockMatrix.path", {}, lambda: Path(home().name) / "job", job),
    Row("learning.BlockMatrix.shape", {}, lambda: (6, 4), job),
    Row("learning.BlockMatrix.dtype", {}, lambda: np.dtype(np.float64), job),
    Row("learning.BlockMatrix.missing", {}, lambda: 0, job),
    Row("learning.BlockMatrix.kernels", {}, lambda: [exact()], job, norm=2e-15, rtol=0.0),
    Row("learning.BlockMatrix.verify", {}, lambda: [], job),
    Row("learning.BlockMatrix.__len__", {}, lambda: 6, job),
    Row(
        "learning.BlockMatrix.__iter__", {}, exact, job, norm=2e-15, rtol=0.0, read=lambda found: np.vstack(list(found))
    ),
    Row(
        "learning.BlockMatrix.__getitem__",
        {"index": Given((slice(1, 5), slice(None, None, -2)), bad=(1.5, "text", (0, object()), None))},
        lambda index: exact()[index],
        job,
        norm=2e-15,
        rtol=0.0,
    ),
    Row(
        "learning.BlockMatrix.bands",
        {"rows": Whole(5, 1, none=True)},
        lambda rows: [exact()[:5], exact()[5:]],
        job,
        norm=2e-15,
        rtol=0.0,
        read=lambda several: [band for _, band in several],
    ),
    Row("learning.BlockMatrix.array", {"out": Given(None, bad=(3, object()))}, exact, job, norm=2e-15, rtol=0.0),
    Row(
        "learning.BlockMatrix.__array__",
        {"dtype": Free(None, why="NumPy's own dtypes"), "copy": Given(None, bad=(False,))},
        exact,
        job,
        norm=2e-15,
        rtol=0.0,
    ),
]
