"""The framework of the claims: verdicts from evidence, crashes kept apart, the report."""

from __future__ import annotations

import ast
import json
import math
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from html_audit import audit
from hypothesis import given
from hypothesis import strategies as st

import paper_checks
from experiments.processes import one_thread
from figures import style
from figures.__main__ import main as draw_main
from paper_checks import registry
from paper_checks.__main__ import main, selected
from paper_checks.registry import (
    Evidence,
    Tier,
    bound,
    check,
    computed_verdict,
    conclusion,
    exact,
    holds,
    measured_against,
    missing_in_proof,
    not_run,
    note,
    printed_fails,
    printed_false,
    printed_given,
    step,
    table,
    undecided,
    vanish,
)
from report.formulas import mathml

# ------------------------------------------------------------------------------------- evidence

GOOD = measured_against("good", 1.0, 1.0, why="closed form")
BAD = measured_against("bad", 1.1, 1.0, rtol=1e-3, why="closed form")
EXACT = exact("identity", Fraction(1, 2), Fraction(2, 4), by="rational arithmetic")
REFUTES = printed_fails("print", 1.0, 2.0, rtol=0.1, why="a factor 2")
AGREES = printed_fails("print", 1.0, 1.0, rtol=0.1, why="a factor 2")
GIVEN = printed_given("no eigenvalue is 0", GOOD)
ARGUED = step("the base", "by induction")
BARE = step("the identity")
END = conclusion("the steps are all cases")


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        ([GOOD], "holds"),
        ([GOOD, note("a remark"), table("t", ["k"], [[1]])], "holds"),
        ([EXACT], "holds"),  # exact, but no steps say what it implies
        ([ARGUED, EXACT, END], "proved"),
        ([BARE, EXACT, END], "proved"),
        ([BARE, EXACT, ARGUED, END], "proved"),
        ([note("N"), BARE, EXACT, note("N"), END, GOOD], "proved"),  # cases after the end
        ([BARE, EXACT], "holds"),  # no conclusion
        ([EXACT, END], "holds"),
        ([BARE, EXACT, BARE, END], "holds"),  # a step without argument or evidence
        ([BARE, EXACT, step("the rest", " "), END], "holds"),  # a blank is no argument
        ([EXACT, ARGUED, EXACT, END], "holds"),  # evidence of no step
        ([ARGUED, EXACT, GOOD, END], "holds"),  # a measurement in a step
        ([BARE, EXACT, END, ARGUED], "holds"),  # a step after the end
        ([BARE, EXACT, END, END], "holds"),
        ([ARGUED, END], "failed"),  # words alone
        ([ARGUED, EXACT, END, BAD], "failed"),
        ([BARE, EXACT, END, undecided("why")], "open"),
        ([REFUTES, BARE, EXACT, END], "refuted as printed"),
        ([REFUTES, GIVEN], "incomplete as printed"),
        ([REFUTES, GIVEN, EXACT], "incomplete as printed"),
        ([GIVEN], "failed"),  # nothing shows that the print needs the condition
        ([REFUTES, GIVEN, BAD], "failed"),
        ([AGREES, GIVEN], "failed"),
        ([REFUTES, printed_given("a condition", BAD)], "failed"),
        ([EXACT, GOOD], "holds"),
        ([REFUTES, GOOD], "refuted as printed"),
        ([REFUTES, EXACT], "refuted as printed"),
        ([undecided("why")], "open"),
        ([GOOD, undecided("why")], "open"),
        ([not_run("no data")], "not run"),
        ([], "failed"),
        ([note("words alone")], "failed"),
        ([GOOD, BAD], "failed"),
        ([EXACT, BAD], "failed"),
        ([REFUTES], "failed"),  # nothing supports the corrected statement
        ([REFUTES, BAD], "failed"),  # the corrected statement is false as well
        ([AGREES, GOOD], "failed"),  # the print is right
        ([REFUTES, AGREES, GOOD], "failed"),
        ([BAD, undecided("why")], "failed"),
        ([BAD, not_run("no data")], "failed"),
    ],
)
def test_the_verdict_follows_from_the_evidence(evidence: list[Evidence], verdict: str) -> None:
    assert computed_verdict(evidence) == verdict


def test_differences_vanish_or_are_shown() -> None:
    x = sympy.Symbol("x")
    found = vanish("x", (x + 1) ** 2 - x**2 - 2 * x - 1, Fraction(1, 2) - Fraction(2, 4))
    assert found.exact and found.passed and (found.measured, found.expected, found.why) == (0, 0, "sympy")
    left = vanish("x", 0, x, by="rational arithmetic")
    assert left.exact and not left.passed and left.measured == "x"
    with pytest.raises(TypeError, match="not exact"):
        vanish("x", 0.0)


def test_what_a_proof_lacks_is_said() -> None:
    for evidence, words in (
        ([BARE, EXACT, END], ""),
        ([EXACT], "names no steps"),
        ([BARE, EXACT], "no conclusion"),
        ([EXACT, ARGUED, EXACT, END], "'identity' belongs to no step"),
        ([ARGUED, GOOD, END], "'good' is not exact"),
        ([BARE, END], "step 'the identity' has no argument"),
        ([BARE, EXACT, END, ARGUED], "step 'the base' comes after the conclusion"),
    ):
        said = missing_in_proof(evidence)
        assert words in said
        assert bool(said) == bool(words)


def test_a_print_that_lacks_a_condition_names_it() -> None:
    assert GIVEN.detail.startswith("given that no eigenvalue is 0")
    assert GIVEN.label == GOOD.label


finite = st.floats(-1e100, 1e100)


@given(finite, finite, st.floats(0, 10), st.floats(0, 1e50))
def test_agreement_and_refutation_by_a_tolerance_exclude_each_other(
    measured: float, expected: float, rtol: float, atol: float
) -> None:
    supports = measured_against("x", measured, expected, rtol=rtol, atol=atol, why="test")
    refutes = printed_fails("x", measured, expected, rtol=rtol, atol=atol, why="test")
    assert supports.passed != refutes.passed
    error = abs(Fraction(measured) - Fraction(expected))
    tolerance = Fraction(atol) + Fraction(rtol) * abs(Fraction(expected))
    # Rounding may decide only where error and tolerance agree to 12 digits.
    if abs(error - tolerance) > Fraction(1, 10**12) * max(error, tolerance):
        assert supports.passed == (error <= tolerance)


@pytest.mark.parametrize("worse", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_neither_supports_nor_refutes(worse: float) -> None:
    values = np.array([1.0, worse, 5.0])
    assert not measured_against("x", values, [1.0, 2.0, 5.0], rtol=1.0, why="test").passed
    assert not measured_against("x", [1.0], [worse], rtol=1.0, why="test").passed
    assert not printed_fails("x", values, [9.0, 2.0, 9.0], rtol=0.1, why="test").passed
    assert not bound("x", [1.0, math.nan, 2.0], lower=0.0, upper=3.0).passed


def test_the_worst_element_is_the_one_shown() -> None:
    piece = measured_against("x", [1.0, 2.2, 3.0], [1.0, 2.0, 3.0], rtol=0.01, why="test", at=[5, 7, 9])
    assert (piece.measured, piece.expected, piece.passed) == (2.2, 2.0, False)
    assert piece.margin == pytest.approx(10.0)  # 0.2 / 0.02; 2.2 - 2.0 rounds in the last places
    assert "7" in piece.detail


def test_numbers_are_compared_in_their_own_arithmetic() -> None:
    tiny = mpmath.mpf("1e-5000")
    assert measured_against("x", tiny * (1 + 1e-13), tiny, rtol=1e-12, why="test").passed
    assert not measured_against("x", tiny * (1 + 1e-11), tiny, rtol=1e-12, why="test").passed
    with mpmath.workdps(60):
        near = mpmath.sqrt(2) + mpmath.mpf(10) ** -50
        assert not measured_against("x", near, mpmath.sqrt(2), rtol=1e-52, why="test").passed
        assert measured_against("x", near, mpmath.sqrt(2), rtol=1e-49, why="test").passed
    # The width of a ball counts as an error.
    assert measured_against("x", flint.arb("0.1 +/- 1e-9"), 0.1, atol=2e-9, why="test").passed
    assert not measured_against("x", flint.arb("0.1 +/- 1e-9"), 0.1, atol=5e-10, why="test").passed
    assert measured_against("x", sympy.sqrt(2), math.sqrt(2), rtol=1e-15, why="test").passed
    assert not measured_against("x", sympy.sqrt(2), 1.4142, rtol=1e-9, why="test").passed
    assert measured_against("x", 1j * np.ones(3), 1j, rtol=1e-15, why="test").passed


def test_only_exact_values_prove() -> None:
    x = sympy.Symbol("x")
    assert exact("x", sympy.gamma(x + 1), x * sympy.gamma(x), by="sympy").passed
    assert not exact("x", sympy.gamma(x + 1), sympy.gamma(x), by="sympy").passed
    assert exact("x", [1, flint.fmpq(1, 3)], [1, Fraction(1, 3)], by="rational arithmetic").passed
    assert exact("x", flint.arb.pi() > 3, by="ball arithmetic").passed
    assert measured_against("x", Fraction(1, 3), Fraction(2, 6), why="equal").exact
    assert not measured_against("x", 0.5, 0.5, why="equal").exact
    assert exact("x", sympy.pi, sympy.pi).why == "sympy" and exact("x", [1], [1]).why == "rational arithmetic"
    with pytest.raises(ValueError, match="say in `by`"):
        exact("x", True)
    for inexact in (0.5, mpmath.mpf(1), flint.arb(1), sympy.Float(1) * x, np.float64(1)):
        with pytest.raises(TypeError, match="exact"):
            exact("x", inexact, inexact, by="hope")


def test_bounds_report_the_value_nearest_to_an_end() -> None:
    assert bound("x", [0.95, 0.99, 0.97], lower=0.9, upper=1.0).measured == 0.99
    assert bound("x", [1, 2, 3], upper=4).margin == 0.75
    assert not bound("x", [1, 2, 5], upper=4).passed
    assert not bound("x", -1.0, lower=0).passed


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: measured_against("x", [1.0], [1.0, 2.0], why="test"),
        lambda: measured_against("x", [], [], why="test"),
        lambda: measured_against("x", 1.0, 1.0, rtol=-1.0, why="test"),
        lambda: measured_against("x", 1.0, 1.0, atol=math.nan, why="test"),
        lambda: measured_against("x", 1.0, 1.0, why=""),
        lambda: measured_against("x", [1.0, 2.0], 1.0, rtol=3, why="test", at=[1]),
        lambda: bound("x", 1.0),
        lambda: bound("x", [], upper=1.0),
        lambda: table("x", ["a", "b"], [[1]]),
        lambda: holds("x", 1),  # type: ignore[arg-type]  # the wrong type is the test
        lambda: holds("x", np.array([True])),  # type: ignore[arg-type]  # the wrong type is the test
        lambda: step(" "),
        lambda: exact("x", 1, 1, by=" "),
        lambda: conclusion(""),
        lambda: printed_given(" ", GOOD),
        lambda: printed_given("a condition", REFUTES),
        lambda: printed_false("x", None, detail=""),  # type: ignore[arg-type]  # the wrong type is the test
        lambda: measured_against("x", object(), 1.0, why="test"),
    ],
)
def test_malformed_evidence_is_refused_at_the_door(wrong: Callable[[], Evidence]) -> None:
    with pytest.raises((ValueError, TypeError)):
        wrong()


# ---------------------------------------------------------------------------- claims and sections


@pytest.mark.parametrize(
    "change",
    [
        {"number": "15"},
        {"number": "C15A"},
        {"title": " "},
        {"verdict": "failed"},
        {"verdict": "refuted as printed"},
        {"verdict": "incomplete as printed"},
        {"printed": "p", "corrected": "c"},
        {"verdict": "refuted as printed", "printed": "p", "corrected": "c", "where": "Bach 2017"},
    ],
)
def test_a_malformed_claim_is_refused(change: dict[str, Any]) -> None:
    given_ = {"number": "C15", "title": "t", "statement": "s", "where": "w", "verdict": "holds"}
    with pytest.raises(ValueError, match="C15|15"):
        check(**(given_ | change))


def test_the_docstring_is_the_claim() -> None:
    @check("C15", verdict="holds", where="w")
    def claim(tier: Tier) -> registry.Checks:
        """A title

        The statement, in
        two lines.
        """
        yield GOOD

    assert (claim.title, claim.statement) == ("A title", "The statement, in two lines.")

    def untold(tier: Tier) -> registry.Checks:
        """A title alone."""
        yield GOOD

    with pytest.raises(ValueError, match="C15: statement must not be empty"):
        check("C15", verdict="holds", where="w")(untold)


def test_the_generator_belongs_to_the_claim() -> None:
    draws = [Tier.for_claim(n).rng.random() for n in ("C1", "C1", "C2")]
    assert draws[0] == draws[1] != draws[2]
    assert Tier(quick=True).pick(quick=1, full=2) == 1


NUMBERS = ["C1", "C2", "C14", "C15", "C15a", "C18", "C20a", "C20b", "L3", "L6", "L6a", "L14"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["C14"], {"C14"}),
        (["c14, C1"], {"C1", "C14"}),
        (["C15"], {"C15", "C15a"}),
        (["C15a"], {"C15a"}),
        (["20"], {"C20a", "C20b"}),
        (["C14-C18"], {"C14", "C15", "C15a", "C18"}),
        (["14-15", "C2"], {"C2", "C14", "C15", "C15a"}),
        (["L6"], {"L6", "L6a"}),
        (["l6a,14"], {"L6a", "C14"}),
        (["L3-L6"], {"L3", "L6", "L6a"}),
        (["L6-14"], {"L6", "L6a", "L14"}),
    ],
)
def test_selection(typed: list[str], expected: set[str]) -> None:
    assert selected(typed, NUMBERS) == expected


@pytest.mark.parametrize(
    "typed", ["C16", "C15c", "C3-C9", "x", "C1-", "14--15", "", ",", "C18-C14", "L1", "L15a", "C14-L14"]
)
def test_a_selection_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="--only"):
        selected([typed], NUMBERS)


def test_an_unknown_claim_is_answered_with_near_ones() -> None:
    with pytest.raises(ValueError, match=r"near it are .*C15, C15a, C18"):
        selected(["C16"], NUMBERS)
    with pytest.raises(ValueError, match=r"near it are .*L3, L6, L6a, L14"):
        selected(["L7"], NUMBERS)


def test_questions_beyond_the_papers_come_after_the_claims() -> None:
    shuffled = ["L14", "C20a", "L6a", "C9", "L6", "C20"]
    assert sorted(shuffled, key=registry.sort_key) == ["C9", "C20", "C20a", "L6", "L6a", "L14"]


# ------------------------------------------------------------------------------------------- runs

HEAD = "from paper_checks.registry import *\nimport os\n"
FINE = '''
    """A section about $\\\\kappa$."""
    import numpy as np
    from paper_checks.registry import *

    @check("C2", title="Two", statement="$1+1=2$", where="Bach 2017", verdict="proved")
    def two(tier):
        yield step("the sum", "counting")
        yield exact("sum", 1 + 1, 2, by="integers")
        yield conclusion("that is the statement")

    @check("C10", title="Ten", statement="s < t & u", where="slide 2", verdict="holds")
    def ten(tier):
        import mpmath, os
        assert os.environ["OMP_NUM_THREADS"] == "1"
        yield measured_against("dps", mpmath.mp.dps, 15, why="the default")
        mpmath.mp.dps = 70
        a = np.random.default_rng(tier.rng).standard_normal((200, 200))
        yield bound("norm", np.linalg.norm(a @ a), upper=1e6)
        yield bound("draw", tier.rng.random(), upper=1.0)

    @check("C10a", title="Quick?", statement="s", where="w", verdict="holds")
    def quick(tier):
        import mpmath
        yield measured_against("dps", mpmath.mp.dps, 15, why="the default")
        yield holds(f"quick is {tier.quick}, data is {tier.data is not None}", True)

    @check("C11", title="Eleven", statement="s", where="w", verdict="refuted as printed",
           printed="$k^{d}$", corrected="$k^{-d}$")
    def eleven(tier):
        yield printed_fails("limit", 1e-9, 1.0, rtol=0.5, why="half of it")
        yield measured_against("limit", 1.0, 1.0, rtol=1e-9, why="rounding")
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A function that writes a package with given modules and returns its (unique) name."""
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERNELSPEC_DATA", raising=False)

    def write(**modules: str) -> str:
        # A new name each time: Python keeps what it has imported.
        name = f"toy{abs(hash((str(tmp_path), tuple(modules.items()))))}"
        folder = tmp_path / "src" / name
        folder.mkdir(parents=True, exist_ok=True)
        for module, text in {"__init__": "", **modules}.items():
            (folder / f"{module}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return name

    return write


def report_of(folder: Path) -> dict[str, Any]:
    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is not JSON")

    text = (folder / "report.json").read_text(encoding="utf-8")
    data = json.loads(text, parse_constant=refuse)
    assert isinstance(data, dict)
    return data


def claims_of(folder: Path) -> dict[str, dict[str, Any]]:
    return {c["number"]: c for c in report_of(folder)["claims"]}


def test_a_run_whose_verdicts_are_as_recorded(
    package: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = package(a_fine=FINE)
    assert main(["--jobs", "1"], name) == 0
    said = capsys.readouterr().out
    assert "[4/4]" in said
    page = (tmp_path / "build" / "report" / "a.html").read_text(encoding="utf-8")
    assert page.count("(recalled: Bach 2017)") == 1
    assert "it proves the corrected statement" not in page
    assert "every verdict is as recorded" in said
    first = report_of(tmp_path / "build" / "report")
    assert [c["number"] for c in first["claims"]] == ["C2", "C10", "C10a", "C11"]
    assert first["counts"] == {"proved": 1, "holds": 2, "refuted as printed": 1}
    assert first["sections"] == [{"letter": "A", "title": r"A section about $\kappa$"}]
    assert first["as_recorded"] is True
    assert {"python", "numpy", "kernelspec"} <= first["versions"].keys()
    keys = {"label", "measured", "expected", "tolerance", "margin", "passed", "exact"}
    assert all(keys <= e.keys() for c in first["claims"] for e in c["evidence"])

    # Two processes find the same, to the last bit.
    assert main(["--jobs", "2", "--out", "again"], name) == 0
    second = report_of(tmp_path / "again")
    for one, other in zip(first["claims"], second["claims"], strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}
    assert {"index.html", "a.html", "errata.html", "report.json"} < set(os.listdir(tmp_path / "again"))


def test_what_goes_wrong_is_reported_and_stops_nothing(
    package: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = HEAD + textwrap.dedent("""
        @check("C20", title="raises", statement="s", where="w", verdict="holds")
        def raises(tier):
            yield holds("before", True)
            raise RuntimeError("a <deliberate> crash")
        @check("C21", title="dies", statement="s", where="w", verdict="holds")
        def dies(tier):
            yield holds("before", True)
            os._exit(3)
        @check("C22", title="misses", statement="s", where="w", verdict="holds")
        def misses(tier):
            yield measured_against("far off", 2.0, 1.0, rtol=1e-9, why="test")
            yield measured_against("nan", float("nan"), 1.0, rtol=1e-9, why="test")
        @check("C23", title="says too little", statement="s", where="w", verdict="holds")
        def silent(tier):
            return iter(())
        @check("C24", title="yields a bool", statement="s", where="w", verdict="holds")
        def wrong(tier):
            yield True
        @check("C25", title="proves more than recorded", statement="s", where="w", verdict="holds")
        def more(tier):
            yield step("1 = 1")
            yield exact("1 = 1", 1, 1, by="integers")
            yield conclusion("that is all")
        @check("C28", title="proves less than recorded", statement="s", where="w", verdict="proved")
        def less(tier):
            yield exact("1 = 1", 1, 1, by="integers")
        @check("C26", title="needs data", statement="s", where="w", verdict="holds")
        def absent(tier):
            yield not_run("no data set")
        @check("C27", title="warns", statement="s", where="w", verdict="holds")
        def warns(tier):
            import warnings
            warnings.warn("look out")
            yield holds("after", True)
    """)
    name = package(a_fine=FINE, b_bad=bad, c_broken="import nothing_of_this_name")
    assert main([], name) == 1
    claims = claims_of(tmp_path / "build" / "report")
    verdicts = {number: c["verdict"] for number, c in claims.items()}
    assert verdicts == {
        "C2": "proved",
        "C10": "holds",
        "C10a": "holds",
        "C11": "refuted as printed",
        "C20": "crashed",
        "C21": "crashed",
        "C22": "failed",
        "C23": "failed",
        "C24": "crashed",
        "C25": "proved",
        "C26": "not run",
        "C27": "holds",
        "C28": "holds",
        "C": "crashed",
    }
    strangers = {number for number, c in claims.items() if not c["as_recorded"]}
    assert strangers == {"C20", "C21", "C22", "C23", "C24", "C25", "C28", "C"}
    assert "RuntimeError: a <deliberate> crash" in claims["C20"]["error"]
    assert [e["label"] for e in claims["C20"]["evidence"]] == ["before"]
    assert "exit status 3" in claims["C21"]["error"]
    assert "nothing_of_this_name" in claims["C"]["error"]
    assert any("look out" in e["label"] for e in claims["C27"]["evidence"])
    said = capsys.readouterr().out
    assert "C22: recorded holds, found failed: far off" in said
    assert "C28: recorded proved, found holds: as a proof, it names no steps" in said
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "build" / "report").glob("*.html")}
    assert "a &lt;deliberate&gt; crash" in pages["b"]
    assert "<strong>8 of 14 verdicts are not as recorded:</strong>" in pages["index"]
    assert "<details open>" in pages["b"] and "On record is: holds" in pages["b"]
    for page in pages.values():
        audit(page)


def test_a_check_that_never_ends_is_stopped(package: Callable[..., str], tmp_path: Path) -> None:
    endless = HEAD + textwrap.dedent("""
        @check("C3", title="endless", statement="s", where="w", verdict="holds")
        def endless(tier):
            import time
            time.sleep(600)
            yield holds("x", True)
        @check("C4", title="next", statement="s", where="w", verdict="holds")
        def then(tier):
            yield holds("x", True)
    """)
    name = package(a_endless=endless)
    assert main(["--jobs", "1", "--timeout", "3"], name) == 1
    claims = claims_of(tmp_path / "build" / "report")
    assert "still running after 3 seconds" in claims["C3"]["error"]
    assert claims["C4"]["verdict"] == "holds"


def test_options_reach_the_checks(
    package: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = package(a_fine=FINE, b_broken="import nothing_of_this_name")
    # A section that cannot be imported does not spoil a selection of others.
    assert main(["--only", "C10a", "--quick"], name) == 0
    report = report_of(tmp_path / "build" / "report")
    assert report["tier"] == {"quick": True, "data": False, "only": "C10a", "jobs": 2}
    assert report["claims"][0]["evidence"][1]["label"] == "quick is True, data is False"
    assert "only C10a" in (tmp_path / "build/report/index.html").read_text(encoding="utf-8")
    monkeypatch.setenv("KERNELSPEC_DATA", str(tmp_path))
    assert main(["--only", "C10a"], name) == 0
    report = report_of(tmp_path / "build" / "report")
    assert report["claims"][0]["evidence"][1]["label"] == "quick is False, data is True"
    capsys.readouterr()
    assert main(["--list", "--only", "C10"], name) == 1  # one section cannot be imported
    assert re.findall(r"C\d+\w?", capsys.readouterr().out) == ["C10", "C10a"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "C3"], "near it are C2"),
        (["--only", "banana"], "write numbers like C14"),
        (["--data", "no/such/folder"], "no folder"),
        (["--out", "file/below"], "cannot write to file"),
        (["--jobs", "0"], "at least 1"),
        (["--jobs", "many"], "at least 1"),
        (["--colour"], "unrecognized"),
    ],
)
def test_bad_input_is_refused_before_any_work(
    package: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    name = package(a_fine=FINE)
    try:
        status = main(arguments, name)
    except SystemExit as exit_:  # argparse
        status = int(str(exit_.code))
    assert status == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "build").exists()


def test_two_checks_of_one_number_are_refused(package: Callable[..., str]) -> None:
    with pytest.raises(ValueError, match=r"C2 is checked twice, in .*a_fine and .*b_same"):
        registry.discover(package(a_fine=FINE, b_same=FINE))


def test_two_checks_of_one_name_are_refused(package: Callable[..., str]) -> None:
    twice = FINE + FINE.replace('"C', '"C9').partition("registry import *")[2]
    (section,) = registry.discover(package(a_twice=twice))
    assert "the name 'two' is taken by C2" in section.error


def test_one_thread_gives_the_environment_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with one_thread():
        assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_source_that_was_not_at_hand_marks_the_claims_that_name_it() -> None:
    claims = {c.number: c for section in registry.discover() for c in section.claims}
    assert registry.recalled("Bach 2017, Appendix D; derived here") == "Bach 2017"
    assert registry.recalled("Bietti & Bach 2021, Theorem 1") == ""
    assert claims["C50a"].recalled == "Bietti & Mairal 2019 (JMLR)"
    for claim in claims.values():
        assert "(recalled" not in claim.where, f"{claim.number}: the mark says it"
        for name in ("Bach 2017", "Bietti & Mairal"):  # whatever follows: no other spelling
            assert (name in claim.where) == (name in claim.recalled), claim.number
        if claim.recalled:
            assert claim.verdict != "refuted as printed", claim.number


#: What `by` of exact evidence names; nothing else proves.
EXACTLY = re.compile(
    "sympy|rational|ball|integer|equality of expressions|intervals|a polynomial in g|the test itself|int$"
)

#: What makes floats of numbers, or guesses numbers from them.
INEXACT = re.compile(r"\bfloat\(|\bround\(|evalf|nsimplify|\.N\(|\bnp\.(is|all)close")


def test_what_is_called_exact_names_an_exact_arithmetic() -> None:
    """In every check `by` is one, or an identity shows it, and no number became a float on the way.

    Nothing but `printed_false` says exact=True by itself.
    """
    seen = 0
    for path in sorted(Path(paper_checks.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text())
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            given = {word.arg: word.value for word in call.keywords}
            place = f"{path.name}:{call.lineno}"
            by = given.get("by")
            if name in ("exact", "vanish") and (by is None or isinstance(by, ast.Constant)):
                seen += 1
                assert not INEXACT.search(" ".join(map(ast.unparse, call.args[1:]))), place
                assert name == "vanish" or len(call.args) == 3 if by is None else EXACTLY.search(str(by.value)), place
            claims = isinstance(value := given.get("exact"), ast.Constant) and value.value is True
            allowed = name == "printed_false" or path.name == "evidence.py"
            assert allowed or not claims, place
    assert seen > 200


def test_every_claim_of_the_package_is_well_formed() -> None:
    """Every section imports, every number is there once, every formula can be read, and a plain sentence says it."""
    for section in registry.discover():
        assert section.error == ""
        for claim in section.claims:
            texts = (claim.title, claim.plain, claim.statement, claim.where, claim.printed, claim.corrected)
            formulas = [f for text in texts for f in re.findall(r"\$([^$]+)\$", re.sub("`[^`]*`", "", text))]
            assert not [f for f in formulas if "<code>" in mathml(f)], claim.number
            assert re.fullmatch(r"[A-Z].{10,150}[.]", claim.plain), claim.number
            path = Path(paper_checks.__file__).parent.parent / claim.record["file"]
            line = path.read_text(encoding="utf-8").splitlines()[claim.record["line"] - 1]
            assert line.startswith("@check("), claim.number
    words = tomllib.loads(Path(paper_checks.__file__).with_name("plain_words.toml").read_text(encoding="utf-8"))
    assert set(words) == {claim.number for section in registry.discover() for claim in section.claims}


# ---------------------------------------------------------------------------------------- figures

FIGURE = """
    NAME = "line-{name}"
    TITLE = "A line of slope $\\\\frac12$"
    CAPTION = "It rises."
    ORDER = {order}

    def compute(quick=False):
        return [0.0, 0.5 if not quick else 0.25]

    def draw(data):
        from matplotlib.figure import Figure
        from figures import style
        figure = Figure(figsize=(style.COLUMN, 2))
        axes = figure.subplots()
        axes.plot(data, **style.line(0, marker=True))
        axes.set_xlabel("$k$")
        axes.set_clip_on(True)
        return figure
"""


def test_figures_are_drawn_although_one_fails(
    package: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = package(
        one=FIGURE.format(name="a", order=2),
        two=FIGURE.format(name="b", order=1),
        wrong="NAME = 'wrong'\ndef compute(quick=False):\n    raise ValueError('no data')\n",
        dies="import os\nos._exit(1)\n",
        _private="raise ValueError('must not be imported')",
    )
    out = tmp_path / "build" / "report" / "figures"
    assert main(["--jobs", "1", "--only", "C2"], package(a_fine=FINE)) == 0
    assert draw_main(["--only", "dies,one,two,wrong"], name) == 1
    captured = capsys.readouterr()
    assert "wrong: FAILED" in captured.out
    assert "dies: FAILED" in captured.out
    assert "its process died" in captured.err
    assert "ValueError: no data" in captured.err
    endings = ("pdf", "png", "svg")
    files = [f"line-{x}.{e}" for x in "ab" for e in endings]
    assert sorted(os.listdir(out)) == ["figures.json", *files]
    before = {file: (out / file).read_bytes() for file in files}
    parser = audit((out.parent / "figures.html").read_text(encoding="utf-8"))
    assert [i for i in parser.ids if i.startswith("figure-")] == ["figure-line-b", "figure-line-a"]
    assert {"figures/line-a.svg", "figures/line-b.svg", "a.html"} <= set(parser.files)  # the claims are still there

    # Again: the same bytes; one figure alone keeps the other on the page.
    assert draw_main(["--only", "one"], name) == 0
    assert {file: (out / file).read_bytes() for file in files} == before
    assert len(json.loads((out / "figures.json").read_text(encoding="utf-8"))) == 2


def test_the_commands_run_as_a_user_types_them(tmp_path: Path) -> None:
    root = Path(registry.__file__).parent.parent
    out = tmp_path / "a report"

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    lines = run("paper_checks", "--list").splitlines()
    if lines:
        number = lines[0].split()[1]
        assert number in run("paper_checks", "--quick", "--only", number, "--out", str(out))
    name = run("figures", "--list").splitlines()[-1]
    run("figures", "--quick", "--only", name, "--out", str(out / "figures"))
    for name in ("index", "figures"):
        audit((out / f"{name}.html").read_text(encoding="utf-8"), out)


@pytest.mark.parametrize("arguments", [["--only", "nothing"], ["--out", "file/below"]])
def test_bad_input_for_figures(package: Callable[..., str], tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert draw_main(arguments, package(one=FIGURE.format(name="a", order=1))) == 2


def test_lines_differ_in_more_than_colour() -> None:
    looks = [style.line(i, marker=True) for i in range(14)]
    seen = {(str(k["color"]), str(k["linestyle"])) for k in looks}
    assert len(seen) == 14
    first = looks[:7]
    assert len({str(k["linestyle"]) for k in first}) == len({k["marker"] for k in first}) == 7
