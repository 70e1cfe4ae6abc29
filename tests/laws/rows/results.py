"""Verdicts and their proofs, tables, files."""

from __future__ import annotations

import csv
import functools
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec.rkhs import RecheckError

from ..kinds import PROGRESS, Flag, Free, Given, Kernel, Whole
from ..table import Row, but
from .shapes import PLOT, record, rows_of

D = 5
FOLDER = Path(tempfile.gettempdir()) / "no such folder"


@functools.cache
def verdict() -> Any:
    return ks.same_rkhs(ks.rf(2), 2 * ks.rf(2), D)


@functools.cache
def apart() -> Any:
    return ks.same_rkhs(ks.rf(2), ks.rf(3), D)


@functools.cache
def deep() -> Any:
    return ks.same_rkhs(ks.rf(3), ks.rf(4), D)


def judged(row: Row) -> None:
    """Multiples have one RKHS with the constants of the multiple; kappa_1 and kappa_1(kappa_1) have not, as the
    odd degrees of the first vanish; ntk(3) and laplace have (claims 28, 29), and lower, upper hold for known ratios.
    """
    same = verdict()
    assert same.same is True and same.lower <= 0.5 <= same.upper and same.upper - same.lower < 1e-12
    assert apart().same is False
    other = ks.same_rkhs(ks.rf(3), ks.ntk(2), D)
    assert other.same is False  # t^{3/2} at both ends beside t^{1/2}
    k = np.arange(9)
    ratio = ks.rf(3).spectrum(D)(k) / ks.rf(4).spectrum(D)(k)
    found = deep()
    assert found.same is True
    assert found.lower <= ratio.min() * (1 + 1e-12) and ratio.max() <= found.upper * (1 + 1e-12)


def checked(row: Row) -> None:
    """A proof is accepted, and is not any more when one of its numbers is moved."""
    from kernelspec.rkhs import recheck

    proof = deep().proof
    assert recheck(verdict().proof.data()) is True and recheck(proof.data()) is True
    changed = proof.data()
    changed["lower"] = "0.99" if isinstance(changed["lower"], str) else 2 * changed["lower"]
    try:
        recheck(changed)
    except RecheckError:
        return
    raise AssertionError("a proof with another lower constant is accepted")


def table() -> Any:
    return ks.Table([{"k": 0, "mu": 0.5}, {"k": 2, "mu": 1.25e-7}], caption="two")


def parsed(text: Any) -> Any:
    return [float(x) for row in list(csv.reader(io.StringIO(text)))[1:] for x in row]


def given_back(row: Row) -> None:
    """What is saved is what is loaded: kernels, spectra, arrays, tables, verdicts and their proofs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        for value in (ks.ntk(3), table(), verdict(), 0.1, [Fraction(1, 3), None, "text"], {"a": 2**70}):
            ks.save(value, path)
            assert ks.load(path) == value
        for array in (np.array([0.1, -np.inf]), np.arange(4, dtype=np.float32).reshape(2, 2)):
            before = array.copy()
            ks.save(array, path)
            found = ks.load(path)
            np.testing.assert_array_equal(found, before)
            assert found.dtype == array.dtype
        text = path.read_text()
        path.write_text(text.replace("[", "[ ", 1).replace("0", "1", 1))
        try:
            ks.load(path)
        except ValueError as error:
            assert "path" in str(error)
        else:
            raise AssertionError("a damaged file is read")


def saved() -> Any:
    """A file that stays for the session."""
    path = Path(tempfile.gettempdir()) / f"kernelspec-laws-{id(saved)}.json"
    ks.save([1.5, 2], path)
    return path


TITLE = {"path": Given(None, bad=(3, object(), FOLDER / "file"))}
PATH = Given(Path(tempfile.mkdtemp()) / "file.json", bad=(None, 3, object(), FOLDER / "file"))
BAD_ROWS = (3, None, [3], [{"k": 0}, {"j": 1}], "text")
ROWS = [
    Row(
        "same_rkhs",
        {"kernel": Kernel(ks.rf(2)), "other": Kernel(2 * ks.rf(2)), "d": Whole(D, 2), "progress": PROGRESS},
        None,
        laws={"values": judged},
        read=lambda verdict: (verdict.same, verdict.lower, verdict.upper),
    ),
    Row(
        "rkhs.recheck", {"data": Given(verdict().proof.data(), bad=("text", None, [1]))}, None, laws={"values": checked}
    ),
    record("rkhs.Proof", _data={}),
    Row("rkhs.RecheckError", {}, lambda: True, read=lambda error: isinstance(error, ValueError), laws={}),
    record(
        "rkhs.Verdict", kernel=1, other=2, d=3, same=None, lower=0.0, upper=1.0, parity="", why="unknown", proof=None
    ),  # fmt: skip
    Row(
        "rkhs.Proof.data", {}, lambda: True, lambda: verdict().proof, read=lambda data: {"lower", "upper"} <= set(data)
    ),
    Row("rkhs.Proof.steps", {}, lambda: True, lambda: deep().proof, read=lambda steps: len(steps) > 1),
    Row("rkhs.Verdict.latex", {}, lambda: True, verdict, read=lambda text: "\\mu_k" in text or "H" in text),
    Row("rkhs.Verdict.table", {}, lambda: True, verdict, read=lambda table: len(table) > 0),
    Row(
        "rkhs.Verdict.plot",
        {**PLOT, "kmax": Whole(9, 1), "degrees": Given(None, bad=("text", 1.5, [-1]))},
        lambda **_: 0.5,
        verdict,
        read=lambda ax: float(ax.get_lines()[0].get_ydata()[0]),
        rtol=1e-12,
    ),
    Row(
        "Table",
        {
            "rows": Given([{"k": 1}], bad=BAD_ROWS),
            "columns": Given(None, bad=(3, ["k", "k"], ["other"], [3])),
            "caption": Given("", bad=(3, None)),
            "headings": Given(None, bad=(3, {"k": 3})),
            "digits": Given(6, bad=(0, "text", 1.5, None, {"k": 0})),
        },
        lambda **_: ({"k": 1},),
        read=lambda table: (table[0],),
        named={"rows": "(rows?|columns?|mappings?)", "columns": "(columns?|names?)"},
    ),
    Row(
        "Table.__getitem__",
        {"index": Free(1, why="as for any sequence")},
        lambda index: (2, 1.25e-7),
        table,
        read=lambda row: tuple(row.values()),
    ),
    Row(
        "explore.serve",
        {
            "page": Given(None, bad=(3, "no such page", b"kernel")),
            "port": Whole(None, 1, 65535, none=True),
            "open_browser": Flag(False),
        },
        laws=but("it serves until it is interrupted: tests/explore", "finite", "types"),
    ),
    Row("Table.__iter__", {}, lambda: [0, 0.5, 2, 1.25e-7], table, read=rows_of),
    Row("Table.__len__", {}, lambda: 2, table),
    Row("Table.column", {"name": Given("mu", bad=("nu", 3, None))}, lambda name: [0.5, 1.25e-7], table),
    Row("Table.to_csv", TITLE, lambda path: [0.0, 0.5, 2.0, 1.25e-7], table, read=parsed),
    Row("Table.to_latex", TITLE, lambda path: True, table, read=lambda text: r"$1.25 \cdot 10^{-7}$" in text),
    Row(
        "save",
        {
            "result": Given(1.5, bad=(object(), lambda u: u, np.ma.masked_array([1.0, 2.0], [True, False]))),
            "path": PATH,
        },
        None,
        laws={"values": given_back},
        named={"path": "(path|folder|file)"},
    ),
    Row("load", {"path": Given(saved(), bad=(None, 3, object(), __file__))}, lambda path: [1.5, 2]),
]
