"""Tables: plain rows, for pandas, in CSV, in LaTeX, and as people read them."""

from __future__ import annotations

import copy
import csv
import io
import math
import pickle
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from expressions import untyped
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

import kernelspec as ks
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.outward import rational
from kernelspec.results import value_text
from kernelspec.results.tables import Table

NASTY = "a & b_1 < 50% #{x} $5 ~ \\foo ^2 \"q\", 'r' <script>alert(1)</script>"


def every_value() -> list[Any]:
    """A value of every kind that a table may hold."""
    return [
        None,
        True,
        3,
        -(10**40) - 7,
        0.1,
        1e-300,
        math.inf,
        -math.inf,
        math.nan,
        Fraction(-2, 3),
        sympy.sqrt(2) / sympy.pi,
        ks.ntk(3),
        ks.ntk(3).spectrum(4).certified(5, digits=20),
        NASTY,
    ]


def table_of(values: list[Any]) -> Table:
    return Table([{"n": i, "value": value} for i, value in enumerate(values)], caption="all & sundry")


# -- a sequence of rows ----------------------------------------------------------------------------


def test_a_table_is_an_immutable_sequence_of_dicts() -> None:
    table = Table([{"k": 0, "mu": 1.0}, {"k": 1, "mu": 0.5}, {"mu": 0.25, "k": 2}])
    assert len(table) == 3 and table[2] == {"k": 2, "mu": 0.25} and table[-1] == table[2]
    with pytest.raises(AttributeError, match="a Table cannot be changed"):
        del untyped(table).columns
    table[0]["k"] = 7  # a copy
    assert table[0]["k"] == 0
    assert list(table)[1:] == list(table[1:]) and isinstance(table[1:], Table)
    assert table[1:].columns == ("k", "mu") == table.columns
    assert table.column("mu") == [1.0, 0.5, 0.25]
    assert {"k": 1, "mu": 0.5} in table
    with pytest.raises(AttributeError, match="a Table cannot be changed"):
        table.caption = "another"
    assert copy.deepcopy(table) == pickle.loads(pickle.dumps(table)) == table
    assert table[:2] != table and hash(table[:]) == hash(table) and table[:] == table
    with pytest.raises(ValueError, match="name must be one of k, mu; got 'x'"):
        table.column("x")
    with pytest.raises(ValueError, match="rows must have the columns k, mu; row 1 has k"):
        Table([{"k": 0, "mu": 1.0}, {"k": 1}])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Table(untyped(None)), "rows must be mappings"),
        (lambda: Table(untyped({"a": 1})), "rows must be mappings"),
        (lambda: Table(untyped([{"a": 1}, 3])), "row 1 is of type int"),
        (lambda: Table([{"ab": 1}], columns="ab"), "columns must be names"),
        (lambda: Table([{"a": 1}], columns=["a", "a"]), "columns must have names of their own"),
        (lambda: Table(untyped([{1: 2}])), "columns must be text; got 1"),
        (lambda: Table([{"a": 1}], caption=untyped(5)), "caption must be text; got 5"),
        (lambda: Table([{"a": 1}], headings=untyped(5)), "headings must be LaTeX"),
        (lambda: Table([{"a": 1}], headings=untyped({"a": 5})), "headings must be text; got 5"),
        (lambda: Table([{"a": 1}], digits=0), "digits must be an integer from 1 to 1000, got 0"),
        (lambda: Table([{"a": 1}], digits={"a": -1}), "digits must be an integer from 1"),
        (lambda: Table([{"a": 1}], digits=untyped("6")), "digits must be an integer >= 1"),
    ],
)
def test_what_is_no_table_is_refused_in_words(call: Callable[..., Value], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_scalars_of_numpy_are_numbers_of_python() -> None:
    row = {"i": np.int64(7), "f": np.float32(0.5), "b": np.bool_(True), "t": np.str_("x")}
    table = Table([untyped(row)])
    assert table == Table([{"i": 7, "f": 0.5, "b": True, "t": "x"}])
    assert table.to_latex().startswith(r"\begin{tabular}{rrll}") and "$7$ & $0.5$" in table.to_latex()


def test_a_row_is_one_line_whatever_its_text() -> None:
    table = Table([{"a": "x\n\ny\r\tz", "b": "\x1b[31m"}])
    assert repr(table).splitlines()[1:] == [r"x  y  z  \x1b[31m"]
    assert r"x y z & " in table.to_latex()
    ((_, text),) = [list(row) for row in list(csv.reader(io.StringIO(table.to_csv())))[1:]]
    assert text == "\x1b[31m"  # files hold what is there


@pytest.mark.parametrize("d", [400, 5001, 100_001])
def test_constants_beyond_the_floats_have_digits_and_decimals(d: int) -> None:
    with mpmath.workdps(40):  # claim 15 with nu = 1/2, by logarithms
        half = mpmath.mpf(1) / 2
        gammas = mpmath.loggamma(half * d) + mpmath.loggamma(half + half * (d - 1))
        size = (half + d - 2) * mpmath.log(2) + gammas - mpmath.log(2 * mpmath.pi)
        for kernel, c in ((ks.ntk(3), 7 / (mpmath.sqrt(2) * mpmath.pi)), (ks.laplace(), 1)):
            table = kernel.decay(d).table()
            ball = table[0]["decimal"]
            expected = (size + mpmath.log(c)) / mpmath.log(10)
            found = mpmath.mpf((abs(ball.mid()).log() / arb(10).log()).str(25, radius=False))
            assert abs(found - expected) < mpmath.mpf(10) ** -8
            mantissa, _, exponent = str(ball).strip("[]").partition(" ")[0].partition("e")
            exact = mpmath.power(10, expected - int(exponent))
            assert abs(exact - mpmath.mpf(mantissa)) < 1e-13
            assert "inf" not in repr(table) + table.to_latex() + repr(kernel.decay(d))
            assert len(table.to_csv()) > 200


def test_tables_of_balls_and_nan_are_compared_by_what_they_hold() -> None:
    table, again = table_of(every_value()), table_of(every_value())
    assert table == again and hash(table) == hash(again)
    for i, value in enumerate(every_value()):
        others = [0.1 + 1e-17 + 1e-16, ks.ntk(3).spectrum(4).certified(5, digits=21), 4, "x"]
        changed = [*every_value()[:i], *every_value()[i + 1 :]]
        changed.insert(i, others[0] if isinstance(value, float) else others[3])
        assert table != table_of(changed)
    assert table_of([others[1]]) != table_of([every_value()[12]])


def test_pandas_takes_a_table_as_it_is() -> None:
    pandas = pytest.importorskip("pandas")
    table = ks.ntk(3).spectrum(4).table(slice(0, 5))
    frame = pandas.DataFrame(table)
    assert list(frame.columns) == list(table.columns) and len(frame) == 5
    assert frame["multiplicity"].dtype.kind == "i" and frame["mu"].dtype == np.float64
    assert frame.to_dict("records") == list(table)


def test_rows_are_what_pandas_asks_of_nested_data() -> None:
    """Where pandas is not installed: a Sequence of Mappings, which `DataFrame` reads by their keys."""
    from collections.abc import Mapping, Sequence

    table = ks.ntk(3).spectrum(4).table(slice(0, 5))
    assert isinstance(table, Sequence) and all(isinstance(row, Mapping) for row in table)
    assert all(type(row) is dict for row in table)


# -- files -----------------------------------------------------------------------------------------


def test_csv_holds_all_digits_and_any_text() -> None:
    table = table_of(every_value())
    rows = list(csv.reader(io.StringIO(table.to_csv())))
    assert rows[0] == ["n", "value"] and len(rows) == len(table) + 1
    read = [row[1] for row in rows[1:]]
    assert read[0] == "" and read[3] == str(-(10**40) - 7) and float(read[4]) == 0.1
    assert float(read[5]) == 1e-300 and read[6:9] == ["inf", "-inf", "nan"]
    assert Fraction(read[9]) == Fraction(-2, 3) and sympy.sympify(read[10]) == every_value()[10]
    assert ks.parse(read[11]) == ks.ntk(3) and read[13] == NASTY


@given(st.lists(st.floats(allow_nan=False)), st.lists(st.integers()))
def test_csv_loses_no_number(floats: list[float], integers: list[int]) -> None:
    for values, read in ((floats, float), (integers, int)):
        table = Table([{"x": x} for x in values], ["x"])
        lines = list(csv.reader(io.StringIO(table.to_csv())))[1:]
        assert [read(line[0]) for line in lines] == values


def test_files_are_what_is_returned(tmp_path: Path) -> None:
    table = table_of(every_value())
    assert table.to_csv(tmp_path / "a.csv") == (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert table.to_latex(tmp_path / "a.tex") == (tmp_path / "a.tex").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="path must lie in a folder that exists"):
        table.to_csv(tmp_path / "x" / "a.csv")
    with pytest.raises(TypeError, match="path must be the path of a file; got 1"):
        table.to_latex(untyped(1))


def cells(latex: str) -> list[list[str]]:
    """The cells between the rules."""
    body = latex.split("\\midrule\n")[1].split("\\bottomrule")[0]
    return [line.removesuffix(" \\\\").split(" & ") for line in body.splitlines()]


def test_latex_is_a_booktabs_table_whose_numbers_are_mathematics() -> None:
    table = table_of(every_value()[:-1])
    latex = table.to_latex()
    assert latex.startswith("% all & sundry\n\\begin{tabular}{rl}\n\\toprule\nn & value \\\\\n")
    found = [row[1] for row in cells(latex)]
    assert found[0] == "--" and found[1] == "True" and found[2] == "$3$"
    assert found[3] == r"$-1.00000 \cdot 10^{40}$"
    assert found[5] == r"$1 \cdot 10^{-300}$" and found[6] == r"$\infty$" and found[8] == r"$\mathrm{NaN}$"
    assert found[9] == r"$-\frac{2}{3}$" and found[10] == r"$\frac{\sqrt{2}}{\pi}$"
    assert found[11] == rf"${ks.ntk(3).latex()}$" and r" \pm " in found[12]
    parser = MathTextParser("path")
    for text in found:
        parser.parse(text)


def test_latex_escapes_text() -> None:
    found = value_text.escaped_latex(NASTY)
    bare = found
    for known in (r"\&", r"\%", r"\_", r"\#", r"\{", r"\}", r"\$"):
        bare = bare.replace(known, "")
    for known in ("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"):
        bare = bare.replace(f"\\{known}{{}}", "")
    assert not set(bare) & set("&%$#_{}~^\\<>")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    s = ks.ntk(3).spectrum(4)
    parts = [table_of(every_value()), s.table(slice(0, 8)), s.table(slice(0, 4), digits=30)]
    parts += [ks.ntk(4).decay(5).table(), ks.ntk(3).expand(terms=4).table()]
    body = "\n\n".join(part.to_latex() for part in parts)
    packages = "\\usepackage{amsmath,amssymb,booktabs}"
    text = f"\\documentclass{{article}}{packages}\\begin{{document}}{body}\\end{{document}}"
    (tmp_path / "a.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


# -- looks -----------------------------------------------------------------------------------------


def test_html_escapes_text_and_is_well_formed() -> None:
    table = Table([{NASTY: NASTY, "k": 1}], caption=NASTY)
    tree = ET.fromstring(table._repr_html_())
    assert tree.tag == "table" and tree.find("script") is None
    assert [tree.findtext("caption"), tree.findtext(".//th"), tree.findtext(".//td")] == [NASTY] * 3
    assert "<script" not in table._repr_html_()


def test_text_is_aligned_and_short() -> None:
    table = Table([{"k": 1, "mu": 1 / 3}, {"k": 10**30, "mu": 2e-7}], digits={"mu": 3})
    assert repr(table).splitlines() == ["k            mu", "1            0.333", "1.00000e+30  2e-07"]
    assert len(repr(Table([{"x": "ab" * 400}]))) < 200 and "ab" * 400 in Table([{"x": "ab" * 400}]).to_csv()
    assert repr(Table([], ["k", "mu"])) == "k  mu"


@given(st.integers(-(10**60), 10**60), st.integers(1, 12))
def test_long_integers_are_rounded_right(n: int, digits: int) -> None:
    shown = value_text.short_text(n, digits)
    if abs(n) < 10**24:
        assert shown == str(n)
    else:
        assert abs(Fraction(shown.replace("e+", "e")) - n) * 2 <= 10 ** (len(str(abs(n))) - digits)


def test_integers_of_any_length_have_a_text() -> None:
    n = 10**5000 + 1
    assert value_text.full_text(n) == "1" + "0" * 4999 + "1" and value_text.short_text(n) == "1.00000e+5000"


# -- the tables of results ---------------------------------------------------------------------------


def test_table_of_a_spectrum_is_the_spectrum() -> None:
    s = ks.ntk(3).spectrum(50)
    table = s.table([0, 1, 7, 30])
    assert table.columns == ("k", "multiplicity", "mu", "error", "log10", "method")
    for row in table:
        k = row["k"]
        assert row["mu"] == s[k] and row["multiplicity"] == s.multiplicity(k)
        assert type(row["multiplicity"]) is int and type(k) is int and row["method"] == s.method(k)
        assert row["error"] == s.error(k) and math.isclose(row["log10"], s.log_abs(k) / math.log(10))
    assert table[3]["multiplicity"] > 2**53
    assert [row["k"] for row in s.table()] == list(range(20)) and s.table(5)[0]["k"] == 5
    assert len(s.table([])) == len(s.table([], digits=5)) == 0 and s.table([]).columns == table.columns
    with pytest.raises(ValueError, match="a slice of the spectrum needs an end"):
        s.table(slice(3, None))
    with pytest.raises(ValueError, match="digits"):
        s.table([1], digits=0)


def test_certified_tables_hold_enclosures_and_their_proved_errors() -> None:
    s = ks.ntk(2).spectrum(4)
    table = s.table(slice(0, 8), digits=40)
    for row in table:
        assert row["mu"].digits == 40 and 0 <= row["error"] < 1e-40
        ball, value = row["mu"], s[row["k"]]
        assert abs(float(ball.mid()) - value) <= 1e-12 * abs(value)
        if row["error"]:
            radius, middle = rational(ball.rad()), rational(ball.mid())
            assert radius <= Fraction(row["error"]) * (abs(middle) - radius)
    odd = table[7]
    assert odd["mu"] == 0 and odd["method"] == "exact zero" and odd["error"] == 0
    assert odd["log10"] == -math.inf


def test_table_of_a_kernel() -> None:
    k = ks.ntk(3)
    table = k.table([-1, 0.25, 1])
    assert table.column("kappa") == [k(-1.0), k(0.25), k(1.0)]
    assert table.column("defect") == [k.defect(u) for u in (-1.0, 0.25, 1.0)]
    assert table.column("angle") == [math.pi, math.acos(0.25), 0.0]
    assert len(k.table()) == 11 and len(ks.defect_power(-0.25).table()) == 11  # infinite at 1
    with pytest.raises(ValueError, match="u must lie in"):
        k.table([2.0])


def test_tables_of_expansions_and_decays() -> None:
    series = ks.ntk(3).expand(terms=4)
    table = series.table(digits=30)
    assert table.column("exponent") == list(series.exponents)
    assert table.column("coefficient") == list(series.coefficients)
    for exact, ball in zip(series.coefficients, table.column("decimal"), strict=True):
        assert abs(sympy.N(exact, 40) - sympy.Float(ball.mid().str(45, radius=False), 45)) < 1e-29
    decay = ks.ntk(3).decay(4)
    rows = decay.table()
    assert rows.column("constant") == [decay.even, decay.odd] and rows.column("exponent") == [4, 4]
    assert rows.column("decimal") == [float(decay.even), float(decay.odd)]
    assert ks.arccos(1).decay(4).table()[1] == {
        "parity": "odd",
        "kind": "vanishing",
        "nu": None,
        "exponent": None,
        "constant": None,
        "decimal": None,
        "degree": 1,
    }


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([ks.ntk(2), ks.rf(3), ks.exponential(), ks.linear()]), st.integers(2, 9))
def test_tables_of_decays_of_any_kind_have_two_rows(kernel: ks.Zonal, d: int) -> None:
    table = kernel.decay(d).table()
    assert table.column("parity") == ["even", "odd"] and table.to_latex().count("\\\\") == 3


def test_table_of_a_verdict() -> None:
    v = ks.same_rkhs(ks.ntk(3), ks.laplace(), 4)
    (row,) = v.table()
    assert (row["kernel"], row["other"], row["d"]) == (ks.ntk(3), ks.laplace(), 4)
    assert (row["same"], row["lower"], row["upper"]) == (True, v.lower, v.upper)
    assert repr(v.lower) in repr(v.table()) and repr(v.upper) in repr(v.table())  # not rounded inward
