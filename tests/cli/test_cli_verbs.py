"""The verbs, in this process: what they print, in every form, and their exit statuses."""

from __future__ import annotations

import csv
import io
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.cli import main
from kernelspec.spectrum import Spectrum


class Ran:
    """Status, stdout and stderr of a command line."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that runs a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> Ran:
        capsys.readouterr()
        status = main(list(words))
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return command


# -- results ---------------------------------------------------------------------------------------------------------


def test_spectrum_prints_the_library_s_values(run: Any) -> None:
    found = run("spectrum", "ntk(3)", "--dim", "4", "--degrees", "0:3,1e6", "--csv")
    rows = list(csv.DictReader(io.StringIO(found.out)))
    spectrum = ks.ntk(3).spectrum(4)
    assert found.status == 0 and not found.err
    assert [int(row["k"]) for row in rows] == [0, 1, 2, 10**6]
    assert [float(row["mu"]) for row in rows] == [spectrum[int(row["k"])] for row in rows]
    assert [int(row["multiplicity"]) for row in rows] == [1, 4, 9, (10**6 + 1) ** 2]


def test_digits_are_certified(run: Any) -> None:
    found = run("spectrum", "ntk(3)", "-d", "4", "-k", "20", "--digits", "40", "--json")
    (row,) = json.loads(found.out)["rows"]
    assert row["mu"] == str(ks.ntk(3).spectrum(4).certified(20, digits=40))
    assert row["mu"].startswith("[7.503502732494474165")


def test_json_has_no_numbers_that_json_lacks(run: Any) -> None:
    found = run("spectrum", "ntk(2)", "-d", "4", "-k", "7", "--json")
    data = json.loads(found.out, parse_constant=lambda name: pytest.fail(name))
    assert data["rows"][0]["mu"] == 0.0 and data["rows"][0]["log10"] == "-inf"
    assert data["kernel"] == "ntk(2)" and data["d"] == 4


def test_a_kernel_may_begin_with_a_minus_sign(run: Any) -> None:
    assert "-0.5*ntk(2)" in run("spectrum", "-1/2*ntk(2)", "-d", "3", "-k", "0").out
    assert "-ntk(2)" in run("spectrum", "-d", "3", "-k", "0", "--", "-ntk(2)").out


def test_expand(run: Any) -> None:
    found = run("expand", "ntk(3)", "--terms", "4", "--sigma")
    assert found.out.startswith("kappa(1 - t) = 3 - 6/pi*sigma - ")
    rows = json.loads(run("expand", "ntk(3)", "--at", "-1", "--terms", "2", "--json").out)["rows"]
    assert [row["exponent"] for row in rows] == ["0", "1/2"]
    latex = run("expand", "ntk(3)", "--latex").out
    assert latex.strip() == rf"\kappa(1 - t) = {ks.ntk(3).expand().latex()}"


def test_decay(run: Any) -> None:
    found = run("decay", "ntk(3)", "--dim", "10")
    assert "516096/pi**2" in found.out and "368640/pi**2" in found.out
    assert r"\toprule" in run("decay", "ntk(3)", "--dim", "10", "--latex").out


@pytest.mark.parametrize(
    "first, second, status",
    [("laplace()", "laplace(2)", 0), ("ntk(2)", "ntk(3)", 1), ("matern(1)", "ntk(3)", 2), ("ntk(3)", "ntk(", 3)],
)
def test_compare_answers_with_its_status(run: Any, first: str, second: str, status: int) -> None:
    words = ["compare", first, second, "--dim", "4"]
    found = run(*words)
    assert found.status == status
    assert bool(found.out) == (status < 3) and bool(found.err) == (status == 3)
    quiet = run(*words, "--quiet")
    assert quiet.status == status and not quiet.out


@pytest.mark.parametrize(
    "kernel, function, status",
    [
        ("ntk(3)", "relu(6)", 0),
        ("ntk(3)", "step(1/2)", 1),
        ("matern(1)", "relu(6)", 2),
        ("ntk(3)", "relu(", 3),
        ("ntk(3)", "x5", 3),
    ],
)
def test_norm_answers_with_its_status(run: Any, kernel: str, function: str, status: int) -> None:
    found = run("norm", kernel, function, "--dim", "4")
    assert found.status == status
    assert bool(found.out) == (status < 3) and bool(found.err) == (status == 3)


def test_norm_prints_the_library_s_norm(run: Any) -> None:
    space = ks.ntk(3).rkhs(4)
    f = ks.rkhs.parse("relu(6) - x1*x2", 4)
    assert f"norm = {space.norm(f):.15g}" in run("norm", "ntk(3)", "relu(6) - x1*x2", "-d", "4").out
    words = ["norm", "ntk(3)", "relu(6) - x1*x2", "-d", "4", "--digits", "40", "--proof", "--json"]
    data = json.loads(run(*words).out)
    assert data["norm"] == str(space.norm(f, digits=40)) and data["proof"] == list(space.contains(f).proof)
    found = run("norm", "ntk(2)", "x1*x2*x3", "-d", "4", "--proof")
    assert "norm = inf" in found.out and "\n1. mu_k = 0 exactly" in found.out


def test_dimension_prints_the_library_s_values(run: Any) -> None:
    for domain in ("sphere", "cube"):
        space = ks.ntk(3).rkhs(6, domain=domain)
        found = run("dimension", "ntk(3)", "-d", "6", "--lam", "0.1,1e-3", "--domain", domain, "--csv")
        rows = list(csv.DictReader(io.StringIO(found.out)))
        assert [float(row["dimension"]) for row in rows] == space.effective_dimension([0.1, 1e-3]).tolist()
        data = json.loads(run("dimension", "ntk(3)", "-d", "6", "--domain", domain, "--certified", "--json").out)
        assert data["rows"][2]["dimension"] == str(space.effective_dimension(0.01, certified=True))
        assert data["domain"] == domain
    for wrong in ("0", "-1", "nan", "inf", "a", "1,,2"):
        found = run("dimension", "ntk(3)", "-d", "6", f"--lam={wrong}")
        assert found.status == 3 and "from 1e-300 to 1e300" in found.err


def test_curve_prints_the_library_s_curves(run: Any) -> None:
    words = ["curve", "laplace()", "x1*x2", "-d", "3", "--samples", "10,30", "--lam", "1e-3", "--noise", "0.1"]
    theory = ks.learning.curve(ks.laplace(), "x1*x2", 3, [10, 30], 1e-3, 0.1)
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").out)))
    assert [float(row["error"]) for row in rows] == theory.error.tolist() and "measured" not in rows[0]
    data = json.loads(run(*words, "--measure", "3", "--seed", "7", "--json").out)
    seen = ks.learning.measured(ks.laplace(), "x1*x2", 3, [10, 30], 1e-3, 0.1, draws=3, rng=7)
    assert [row["measured"] for row in data["rows"]] == seen.error.tolist()
    assert [row["standard error"] for row in data["rows"]] == seen.standard_error.tolist()
    assert data["law"] == repr(theory.law) and data["lam"] == 1e-3 and data["noise"] == 0.1
    assert repr(theory.law) in run(*words).out
    for wrong, said in (
        (["--measure", "3", "--lam", "0"], "--measure needs a --lam > 0"),
        (["--samples", "10,0"], "must be an integer from 1"),
        (["--lam", "nan"], "must be a number >= 0"),
        (["--noise=-1"], "must be a number >= 0"),
        (["--measure", "1"], "must be an integer from 2"),
    ):
        found = run(*words, *wrong)
        assert found.status == 3 and said in found.err and not found.out


def test_plan_prints_the_library_s_plan(run: Any) -> None:
    words = ["plan", "rf(2)", "-d", "4", "--samples", "2000", "--lam", "0.1,1e-3", "--outputs", "3", "--workers", "2"]
    data = json.loads(run(*words, "--json").out)
    assert {row["method"] for row in data["rows"]} == {"cholesky", "cholesky, overwrite", "eigh", "cg"}
    assert data["pairs"] == 2000 * 2001 // 2 and data["lam"] == [0.1, 1e-3] and data["n"] == 2000
    text = run(*words).out
    assert text.startswith("rf(2), 2000 x 2000 float64") or text.startswith("arccos(1), 2000 x 2000 float64")
    assert all(sentence in text for sentence in data["advice"]) and data["advice"]
    for wrong in (["--samples", "0"], ["--lam", "0"], ["--outputs", "0"], ["--dtype", "float16"]):
        assert run(*words, *wrong).status == 3


def test_table_hands_its_options_to_the_experiments(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "small.json"
    found = run("table", "mnist", "--small", "--rows", "RF, L = 2", "--out", str(out), "--dtype", "float32")
    assert found.status == 0 and "RF, L = 2" in found.out and "RF, L = 3" not in found.out
    assert "RF, L = 2" in run("table", "show", str(out)).out
    assert "98.6" in run("table", "list", "mnist").out
    for words, said in (
        (["table", "mnist", "more"], "takes no further names"),
        (["table", "list", "--small"], "--small is for a table that is run"),
        (["table", "show", str(tmp_path / "none.json")], "there is no such file"),
        (["table", "mnist", "--small", "--rows", "RF, L = 9"], "RF, L = 9"),
        (["table", "mnist", "--data", str(tmp_path / "nowhere")], "nowhere"),
        (["table", "list", "iris"], "list takes one of mnist, fashion, cifar10"),
        (["table", "show"], "show takes one file"),
        (["table", "iris"], "iris"),
    ):
        found = run(*words)
        assert found.status == 3 and said in found.err


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        (["norm", "ntk(3)", "relu(6)", "-d", "7"], {"kernel": "ntk(3)", "d": 7, "member": True, "digits": None}),
        (["dimension", "ntk(3)", "-d", "7"], {"kernel": "ntk(3)", "d": 7, "domain": "sphere"}),
        (["spectrum", "ntk(3)", "-d", "7"], {"kernel": "ntk(3)", "d": 7, "digits": None}),
        (["decay", "ntk(3)", "-d", "7"], {"kernel": "ntk(3)", "d": 7}),
        (
            ["expand", "ntk(3)", "--at", "-1", "--terms", "2"],
            {"kernel": "ntk(3)", "at": -1, "variable": "t", "order": "3/2"},
        ),
        (
            ["compare", "ntk(3)", "2*ntk(3)", "-d", "7"],
            {"kernels": ["ntk(3)", "2*ntk(3)"], "d": 7, "same": True, "lower": 0.5, "upper": 0.5},
        ),
        (["check", "ntk(1)", "-d", "7"], {"kernel": "linear()", "d": 7}),
    ],
)
def test_json_says_of_what_it_is(run: Any, words: list[str], facts: dict[str, Any]) -> None:
    found = json.loads(run(*words, "--json").out)
    assert facts.items() <= found.items() and found["rows"]


@pytest.mark.parametrize(("at", "argument"), [("1", "1 - t"), ("-1", "-1 + t")])
def test_an_expansion_says_at_which_end_it_is(run: Any, at: str, argument: str) -> None:
    series = ks.ntk(4).expand(at=int(at))
    assert run("expand", "ntk(4)", "--at", at).out.startswith(f"kappa({argument}) = {series!r}\n")
    latex = run("expand", "ntk(4)", "--at", at, "--latex").out
    assert latex == rf"\kappa({argument}) = {series.latex()}" + "\n"


def test_compare_shows_its_proof(run: Any) -> None:
    assert "\n1. " in run("compare", "laplace()", "laplace(2)", "--dim", "4", "--proof").out
    data = json.loads(run("compare", "ntk(3)", "3*ntk(3)", "--dim", "4", "--proof", "--json").out)
    assert data["same"] is True and data["proof"]["scale"] == "1/3"


def test_gram_prints_every_digit(run: Any) -> None:
    points = np.random.default_rng(0).standard_normal((5, 3))
    np.savetxt("x.csv", points, delimiter=",", header="a,b,c", comments="", fmt="%.17g")
    found = run("gram", "ntk(3)", "x.csv")
    assert found.status == 0 and "names of columns" in found.err
    matrix = np.loadtxt(io.StringIO(found.out), delimiter=",")
    assert np.array_equal(matrix, ks.ntk(3).gram(points))


def test_gram_writes_a_file_once(run: Any) -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 4, 3)).astype(np.float32)
    np.save("x.npy", x)
    np.save("y.npy", y)
    words = ["gram", "laplace()", "x.npy", "y.npy", "--normalize", "--out", "K.npy", "--threads", "1"]
    found = run(*words, "--memory", "512M")
    assert found.out == "K.npy: 4 x 4, float32\n"
    assert np.array_equal(np.load("K.npy"), ks.laplace().gram(x, y, normalize=True))
    again = run(*words)
    assert again.status == 3 and "not there yet" in again.err


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("x.npy", b"", "not an array"),
        ("x.npy", b"PK", "not an array"),
        ("x.csv", b"1,2\n3,x\n", "not an array"),
        ("x.csv", b"a,b\n", "no vectors"),
        ("x.txt", b"1", "must end in .npy or .csv"),
        ("x.csv", None, "No such file"),
    ],
)
def test_gram_refuses_a_bad_file(run: Any, name: str, content: bytes | None, reason: str) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    found = run("gram", "ntk(3)", name)
    assert found.status == 3 and reason in found.err and name in found.err


def test_gram_runs_no_pickle(run: Any) -> None:
    np.save("x.npy", np.array([object()]), allow_pickle=True)
    found = run("gram", "ntk(3)", "x.npy")
    assert found.status == 3 and "objects" in found.err


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_plot_writes_a_picture(run: Any, ending: str) -> None:
    found = run("spectrum", "ntk(2)", "-d", "3", "-k", "0:9", f"--plot=mu.{ending}")
    assert found.status == 0 and Path(f"mu.{ending}").stat().st_size > 1000
    assert found.out.startswith("Eigenvalues")  # as well


@pytest.mark.parametrize("verb", ["spectrum", "decay"])
def test_plot_draws_in_characters(run: Any, verb: str) -> None:
    found = run(verb, "ntk(2)", "-d", "3", "--plot")
    assert found.status == 0 and not found.err and "degree k" in found.out
    assert "ntk(2), d = 3, even k" in found.out and "multiplicity" not in found.out


def test_plot_draws_the_degrees_that_were_asked_for(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []
    plot = Spectrum.plot

    def watched(self: Spectrum, *args: Any, **options: Any) -> Any:
        seen.append(options["degrees"].tolist())
        return plot(self, *args, **options)

    monkeypatch.setattr(Spectrum, "plot", watched)
    assert run("spectrum", "ntk(3)", "-d", "4", "-k", "7,3,100", "--plot").status == 0
    assert seen == [[7, 3, 100]]


def test_plot_swallows_no_kernel(run: Any) -> None:
    found = run("spectrum", "-d", "3", "--plot", "ntk(2)", "ntk(2)")
    assert found.status == 3 and ".png, .svg, .pdf" in found.err


def test_save_is_read_back(run: Any) -> None:
    assert run("compare", "laplace()", "laplace(2)", "-d", "4", "--save", "v.json").status == 0
    assert ks.load("v.json").same is True
    run("expand", "ntk(3)", "--save", "e.json")
    assert ks.load("e.json") == ks.ntk(3).expand()


def test_explore_passes_its_options_on(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    fake = types.ModuleType("kernelspec.explore")
    fake.serve = lambda **options: seen.append(options)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kernelspec.explore", fake)
    assert run("explore", "--page", "kernel", "--port", "8000", "--no-browser").status == 0
    assert run("explore").status == 0
    assert seen == [
        {"page": "kernel", "port": 8000, "open_browser": False},
        {"page": None, "port": None, "open_browser": True},
    ]


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, reason",
    [
        ([], "a verb is missing"),
        (["spectra"], "did you mean spectrum?"),
        (["spectrum"], "required: EXPR, -d/--dim"),
        (["spectrum", "ntk(3)", "--dim", "1"], "--dim: must be an integer from 2 to 2^53, got '1'"),
        (["spectrum", "ntk(3)", "--dim", "x"], "got 'x'"),
        (["spectrum", "ntk(3)", "--di", "3"], "--dim"),
        (["spectrum", "nt(3)", "--dim", "3"], "unknown kernel"),
        (["spectrum", "ntk(0)", "--dim", "3"], "depth must be an integer from 1"),
        (["spectrum", "ntk(3)", "--dim", "3", "-k", "5:5"], "--degrees: no degree lies in '5:5'"),
        (["spectrum", "ntk(3)", "--dim", "3", "--json", "--csv"], "not allowed with"),
        (["spectrum", "ntk(3)", "--dim", "3", "--plot", "x.gif"], "--plot must name a file"),
        (["spectrum", "dual('relu6')", "--dim", "3", "-k", "2001", "--digits", "9"], "end at degree 2000"),
        (["spectrum", "ntk(2)", "--dim", "3", "--save", "no/folder.json"], "folder that exists"),
        (["expand", "ntk(3)", "--at", "0"], "invalid choice"),
        (["expand", "matern(1)"], "logarithm"),
        (["check", "C25", "--json"], "--json, --csv and --latex are for kernels"),
        (["completion", "tcsh"], "invalid choice"),
        (["help", "spectra"], "did you mean spectrum?"),
        (["spectrum", "ntk(3)", "-d", "3", "-k", "0", "--plot"], "--plot must have degrees from 1"),
    ],
)
def test_an_error_is_one_line_on_stderr(run: Any, words: list[str], reason: str) -> None:
    found = run(*words)
    assert found.status == 3 and not found.out
    assert found.err.startswith("kernelspec") and found.err.count("\n") == 1
    assert reason in found.err and "Traceback" not in found.err


def test_what_nobody_foresaw_is_no_answer(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's status for an error that nobody catches is 1, which would mean "different"."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(ks, "same_rkhs", broken)
    found = run("compare", "ntk(3)", "ntk(4)", "-d", "3")
    assert found.status == 3 and "internal error, KeyError" in found.err


def test_a_value_that_is_not_known_is_said_on_stderr(run: Any) -> None:
    found = run("spectrum", "power_series(1, 0.5, missing=0.001)", "-d", "3", "-k", "0:3", "--json")
    assert found.status == 0 and found.err.count("\n") == 1 and "warning: " in found.err
    assert [row["mu"] for row in json.loads(found.out)["rows"]].count(None) >= 1


def test_a_long_message_is_shortened(run: Any) -> None:
    found = run("spectrum", "+".join(["ntk(3)"] * 2000) + "+x", "-d", "3")
    assert found.status == 3 and len(found.err) < 1200


def test_interrupted(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ks, "same_rkhs", stop)
    found = run("compare", "ntk(3)", "ntk(4)", "-d", "3")
    assert found.status == 130 and found.err == "kernelspec compare: interrupted\n"
    monkeypatch.setattr(ks.Zonal, "gram", stop)
    Path("x.csv").write_text("1,2\n", encoding="utf-8")
    found = run("gram", "ntk(3)", "x.csv", "--out", "K.npy")
    assert found.status == 130 and "goes on where this one stopped" in found.err
