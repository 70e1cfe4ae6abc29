"""Every view: its code, run as it stands, makes what is shown; its files open; its words are readable."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernelspec.explore import claims, compare, deformations, ends, fields, functions, images, kernel, learning, signals
from kernelspec.explore.view import View, formulas_in, points
from kernelspec.numbers.arithmetic_protocol import Value

KERNELS = [
    ("ntk(L, bias=True)", 4, 10),
    ("ntk(2)", 2, 5),
    ("laplace()", 3, 3),
    ("exponential(1)", 3, 5),
    ("dual('gelu')", 3, 6),
]
NETWORKS = [
    {"layers": images.EXAMPLES[0][0], "border": "zero", "normalized": False, "source": "ring"},
    {"layers": images.EXAMPLES[1][0], "border": "circular", "normalized": True, "source": "colours"},
    {"layers": images.EXAMPLES[2][0], "border": "zero", "normalized": False, "source": "chirp"},
]
ROUGHLY = 1e-3  # norms that enter a bound only beside others start from a random vector and are known to this


def run(view: View, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """The names that the code of a view defines, and what it prints."""
    names: dict[str, Any] = {"__name__": "__main__"}
    capsys.readouterr()
    exec(compile(view.code, "code of a view", "exec"), names)
    return names, capsys.readouterr().out


def white(width: int, height: int) -> bytes:
    """A picture of this size, of one bit a pixel."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def check_files(view: View) -> None:
    """Whatever can be taken away opens as what its name says."""
    for name, content in view.files.items():
        if content == "":
            continue
        ending = name.rpartition(".")[2]
        if ending == "svg":
            assert ElementTree.fromstring(str(content)).tag.endswith("svg")
        elif ending == "csv":
            rows = list(csv.reader(io.StringIO(str(content))))
            assert len(rows) > 1 and all(len(row) == len(rows[0]) for row in rows)
        elif ending == "tex":
            text = str(content)
            assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}")
            assert text.count("{") == text.count("}")
        elif ending == "png":
            assert isinstance(content, bytes) and content.startswith(b"\x89PNG")
        elif ending == "json":
            json.loads(content)
        else:
            raise AssertionError(name)


def check_html(view: View) -> None:
    """The parts are well-formed, and no colour of a picture is for white paper alone."""
    text = re.sub(r"&(?!amp;|lt;|gt;|quot;|#)\w+;", "", view.html)
    root = ElementTree.fromstring(f'<div xmlns:xlink="x">{text.replace("<br>", "<br/>")}</div>')
    for figure in root.iter():
        if figure.tag.endswith("svg"):
            assert figure.get("aria-label") and figure.get("viewBox")
    assert not re.search(r"(?:fill|stroke): #(?:000000|ffffff|0072b2)\b", view.html)


@pytest.mark.parametrize(("text", "depth", "d"), KERNELS)
def test_the_code_of_a_kernel_makes_what_its_views_show(
    text: str, depth: int, d: int, capsys: pytest.CaptureFixture[str]
) -> None:
    spectrum = kernel.spectrum(text, depth, d, 0, 60)
    names, _ = run(spectrum, capsys)
    assert points(names["ax"]) == spectrum.data["points"] != []
    values = kernel.values(text, depth, d, 0, 30)
    names, _ = run(values, capsys)
    assert list(names["table"]) == values.data["rows"]
    near_ends = kernel.ends(text, depth, d, 3)
    names, printed = run(near_ends, capsys)
    assert np.array_equal(names["right"], [row["right"] for row in near_ends.data["rows"]])
    assert np.allclose(names["left"], [row["left"] for row in near_ends.data["rows"]], atol=1e-14)
    formulas = kernel.formulas(text, depth, d, 3)
    _, printed = run(formulas, capsys)
    for name, words in formulas.data.items():
        assert name == "exact" or name == "kernel" or words in printed
    decay = kernel.decay(text, depth, d, 0, 60)
    names, _ = run(decay, capsys)
    assert list(names["law"].table()) == decay.data["rows"]
    for view in (spectrum, values, near_ends, formulas, decay):
        check_files(view)
        check_html(view)


@pytest.mark.parametrize(("text", "depth", "d"), [KERNELS[0], KERNELS[1], KERNELS[4]])
def test_the_code_of_an_onset_prints_its_degrees(
    text: str, depth: int, d: int, capsys: pytest.CaptureFixture[str]
) -> None:
    view = kernel.onset(text, depth, d)
    _, printed = run(view, capsys)
    for name in ("even", "odd", "start"):
        if name in view.data:
            assert re.search(rf"^{view.data[name]}\b", printed, re.MULTILINE)
    check_html(view)


def test_the_newcomer_finds_the_decay_of_four_layers_with_bias() -> None:
    decay = kernel.decay("ntk(L, bias=True)", 4, 10, 0, 200)
    assert decay.data["rows"][0]["exponent"] == 10
    assert r"1327104" in decay.html
    onset = kernel.onset("ntk(L, bias=True)", 4, 10)
    assert (onset.data["even"], onset.data["odd"], onset.data["start"]) == (3980, 3979, 4)
    by_gamma = [onset.data[f"{name}, by Gamma functions"] for name in ("even", "odd")]
    assert by_gamma == [36, 31]
    assert "k ≥ 3980" in onset.html and "k ≥ 36" in onset.html


@pytest.mark.parametrize("pair", [("ntk(L)", "laplace()", 3, 5), ("ntk(2)", "ntk(L)", 3, 4)])
def test_the_code_of_a_comparison_makes_what_it_shows(
    pair: tuple[str, str, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other, depth, d = pair
    ratio = compare.ratio(one, other, depth, d, 50)
    names, _ = run(ratio, capsys)
    marks = [line for line in ratio.data["points"] if line[0] != [0.0, 1.0]]  # and not the limits
    seen = {x: y for line in marks for x, y in zip(*line, strict=True)}
    for k, value in zip(names["degrees"].tolist(), names["ratio"].tolist(), strict=True):
        assert value == 0 or math.isclose(seen[k], value, rel_tol=1e-12)
    verdict = compare.verdict(one, other, depth, d, 50)
    names, printed = run(verdict, capsys)
    for name in ("same", "lower", "upper", "why"):
        assert getattr(names["v"], name) == verdict.data[name]
    assert names["v"].proof is None or printed.rstrip().endswith("True")  # rechecked
    for view in (ratio, verdict):
        check_files(view)
        check_html(view)


def test_norms_are_compared_the_right_way_round() -> None:
    # mu = mu'/4, so |f|'^2 = sum f_k^2 / mu'_k = |f|^2 / 4.
    view = compare.verdict("ntk(3)", "4*ntk(3)", 3, 5, 20)
    (formula,) = formulas_in(view.html)
    assert formula == r"0.25\,\|f\|^2 \le \|f\|'^2 \le 0.25\,\|f\|^2"


@pytest.mark.parametrize("at", [1, -1])
@pytest.mark.parametrize("text", ["ntk(4)", "laplace()", "rf(3, degree=0)", "exponential(1)"])
def test_leading_terms_lie_on_the_ends(text: str, at: int) -> None:
    k = fields.kernel(text)
    t = np.array([1e-8, 1e-6])
    law, sizes = ends._leading(k, at, 3), ends.defects(k, t)[0 if at == 1 else 1]
    assert law is not None and np.allclose(np.abs(law(t)), np.abs(sizes), rtol=0.02)


def test_ratios_of_eigenvalues_beyond_the_floats_are_in_the_table_and_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = compare.ratio("ntk(3)", "2*ntk(3)", 3, 500, 2000, made="ratio.csv")
    rows = list(csv.DictReader(io.StringIO(str(view.files["ratio.csv"]))))
    assert any(float(row["mu"]) == 0 for row in rows)
    assert np.allclose([float(row["ratio"]) for row in rows], 0.5, rtol=1e-11)
    names, _ = run(view, capsys)
    assert np.allclose(names["ratio"], 0.5, rtol=1e-11)
    # Where the other is 0 there is none.
    view = compare.ratio("ntk(3)", "polynomial(2)", 3, 3, 5, made="ratio.csv")
    rows = list(csv.DictReader(io.StringIO(str(view.files["ratio.csv"]))))
    assert [row["k"] for row in rows if row["ratio"] != "nan"] == ["2"]


def test_the_newcomer_finds_whether_ntk_and_laplace_have_the_same_rkhs() -> None:
    view = compare.verdict("ntk(3)", "laplace()", 3, 5, 100)
    assert view.data["same"] is True
    assert "The same RKHS." in view.html and "1.12233" in view.html and "5.44981" in view.html
    assert "<li>" in view.html  # the steps of the proof


def test_constants_that_are_not_known_are_not_shown_as_0_and_inf() -> None:
    view = compare.verdict("mlp(L, activation='relu6')", "mlp(4, activation='relu6')", 3, 5, 40)
    assert view.data["same"] is True and "The same RKHS." in view.html
    assert "there are some, which are not known" in view.html and "tends to 0.757190107172" in view.html
    assert "lower constant" not in view.html and not formulas_in(view.html)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_code_of_images_makes_what_they_show(network: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    field: dict[str, Any] = {"kind": "smooth", "scale": 4.0, "seed": 0, "tangent": False}
    architecture = images.architecture(**network)
    names, _ = run(architecture, capsys)
    assert [list(map(list, shape)) for shape in names["shapes"]] == architecture.data["shapes"]
    maps = images.maps(**network)
    names, printed = run(maps, capsys)
    assert all(name in printed for name in maps.data)
    moved = images.deformation(**network, **field, strength=0.1)
    names, printed = run(moved, capsys)
    assert printed.splitlines()[0] == repr(moved.data["measured"])
    assert 0 < moved.data["measured"] <= moved.data["bound"]
    match = re.search(r"<= (\S+) \|x\|", printed)
    assert match and math.isclose(float(match[1]), moved.data["bound"], rel_tol=ROUGHLY)
    back = images.recovery(**network)
    names, printed = run(back, capsys)
    assert f"{back.data['rank']} of {back.data['columns']}" in printed
    for view in (architecture, maps, moved, back):
        check_files(view)
        check_html(view)


@pytest.mark.parametrize("kind", deformations.KINDS)
def test_a_curve_rises_below_its_bound_and_its_code_prints_it(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    steps = []
    view = images.curve(
        layers="3|arccos(1)|gaussian2|2",
        border="zero",
        normalized=False,
        source="ring",
        kind=kind,
        scale=4.0,
        seed=1,
        tangent=False,
        progress=lambda *step: steps.append(step),
    )
    rows = view.data["rows"]
    assert [done for done, _, _ in steps] == list(range(len(rows)))
    assert all(row["measured"] <= row["bound"] for row in rows)
    _, printed = run(view, capsys)
    for row, line in zip(rows, printed.splitlines(), strict=True):
        strength, apart, bound = map(float, line.split())
        assert (strength, apart) == (row["strength"], row["measured"])
        assert math.isclose(bound, row["bound"], rel_tol=ROUGHLY)
    check_files(view)
    check_html(view)


def test_the_newcomer_finds_how_far_a_deformation_moves_an_image() -> None:
    first = {name: value for name, (value, _) in images.FIELDS.known.items()}
    assert len(images.rows_of(first["layers"])) == 2 and first["strength"] == 0.1
    network = {name: first[name] for name in ("layers", "border", "normalized", "source")}
    view = images.deformation(
        **network,
        kind=first["field"],
        strength=first["strength"],
        scale=first["scale"],
        seed=first["seed"],
        tangent=first["tangent"],
    )
    assert f"{view.data['measured']:.6g}" in view.html and f"{view.data['bound']:.6g}" in view.html


def test_an_image_of_a_file_is_read_by_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("own.npy", np.arange(144.0).reshape(12, 12) / 144)
    x = signals.read("own.npy", (tmp_path / "own.npy").read_bytes())
    view = images.maps("3|arccos(1)|average2|2", "zero", False, "ring", x, "own.npy")
    names, _ = run(view, capsys)
    assert np.array_equal(names["x"], x) and x.shape == (12, 12, 1)


def test_claims_are_found_and_listed_by_their_code(capsys: pytest.CaptureFixture[str]) -> None:
    view = claims.view("decay", verdict="refuted as printed")
    _, printed = run(view, capsys)
    assert [line.split()[0] for line in printed.splitlines()] == view.data["numbers"] != []
    check_files(view)
    check_html(view)
    assert claims.view("a word that no claim has: zyx").data["numbers"] == []
    assert claims.view("c15").data["numbers"] == ["C15", "C15a"]


def test_a_claim_shows_its_steps_and_what_was_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = (
        {"role": "step", "label": "the base", "detail": "counting"},
        {"role": "given", "label": "a sum", "detail": "given that none is 0", "measured": "1"},
        {"role": "conclusion", "label": "all cases"},
    )
    words = {"title": "t", "plain": "in words", "statement": "s", "where": "w", "printed": "p", "corrected": "c"}
    claim = claims.Claim(
        number="C99", section="A", verdict="incomplete as printed", recalled="Bach 2017", evidence=evidence, **words
    )
    monkeypatch.setattr(claims, "book", lambda: ((claim,), {"A": "Title"}))
    view = claims.view(verdict="incomplete as printed")
    check_html(view)
    shown = " ".join(re.sub("<[^>]*>", " ", view.html).split())
    for text in ("in words", "recalled, not at hand: Bach 2017", "step: the base – counting", "so: all cases"):
        assert text in shown
    assert "print, completed: a sum" in shown and "1 claims: 1 incomplete as printed" in shown
    assert claims.view("recalled").data["numbers"] == ["C99"]
    assert '"recalled": "Bach 2017"' in str(view.files["claims.json"])


def test_a_picture_is_made_at_a_click() -> None:
    view = kernel.spectrum("ntk(2)", 2, 4, 0, 10)
    for name in ("spectrum.svg", "spectrum.png"):
        assert view.files[name] == ""
        made = kernel.spectrum("ntk(2)", 2, 4, 0, 10, made=name)
        assert made.files[name] != "" and made.data == view.data
        check_files(made)
    svg = str(kernel.spectrum("ntk(2)", 2, 4, 0, 10, made="spectrum.svg").files["spectrum.svg"])
    assert "<text" not in svg and "currentColor" not in svg  # for paper, whatever fonts are there
    assert "<text" in view.html


def test_a_parity_that_vanishes_is_said_and_not_proved() -> None:
    view = kernel.onset("ntk(2)", 2, 5)
    assert "zero for k &gt; 1" in view.html and "odd" not in view.data
    assert (view.data["even"], view.data["even, by Gamma functions"]) == (748, 34)


def test_degrees_before_a_parity_vanishes_are_named() -> None:
    view = kernel.onset("polynomial(2)", 1, 4)
    assert "even k</span><b>zero for k &gt; 2</b>" in view.html
    assert "odd k</span><b>zero</b>" in view.html
    assert "within 0.1 % of the law" in kernel.onset("ntk(3)", 3, 4, share=0.001).html


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kernel.spectrum("ntk(0)", 3, 5, 0, 10), "depth must be"),
        (lambda: kernel.spectrum("ntk(3)", 3, 1, 0, 10), "d must be an integer from 2 to 1000; got 1"),
        (lambda: kernel.spectrum("ntk(3)", 3, 5, 10, 10), "from must be a degree below"),
        (lambda: kernel.onset("ntk(3)", 3, 5, share=2), "share must be a number from"),
        (lambda: compare.ratio("ntk(3)", "nothing()", 3, 5, 10), "unknown kernel"),
        (lambda: compare.ratio("ntk(3)", "laplace()", 3, 5, 1), "to must be an integer from 2"),
        (lambda: images.network("3|arccos(1)|gaussian2"), "layer 1 must be patch"),
        (lambda: images.network("3|arccos(1)|none|2"), "layer 1: stride must be 1"),
        (lambda: images.network("3|arccos(1)|none|1~0|linear()|none|1"), "layer 2: patch must be"),
        (lambda: images.network("3|ntk(L)|none|1"), "layer 1: kernel must be an expression without L"),
        (lambda: images.network("~".join(["1|linear()|none|1"] * 5)), "layers must be at most 4"),
        (lambda: deformations.displacement("smooth", 0.7, 4.0, 0, (8, 8)), "strength must be a number"),
        (lambda: deformations.displacement("twist", 0.1, 4.0, 0, (8, 8)), "field must be one of"),
        (lambda: deformations.displacement("rotation", 0.1, 4.0, 0, (8,)), "for a rotation"),
        (lambda: signals.built_in("moon"), "source must be one of"),
        (lambda: signals.read("x.png", b"no picture"), "file must be a picture"),
        (lambda: signals.read("x.csv", b""), "'x.csv' is empty"),
        (lambda: signals.read("x.png", white(7000, 7000)), "more than 40000000 pixels"),
        (lambda: signals.read("x.png", white(14000, 14000)), "'x.png' is none"),
        (
            lambda: images.deformation(
                images.EXAMPLES[0][0], "zero", False, "file", "smooth", 0.1, 4.0, 0, False, x=np.zeros((28, 28, 1))
            ),
            "the image must not be 0 everywhere",
        ),
        (lambda: signals.read("x.npy", b"no array"), "file must be a picture"),
        (lambda: signals.read("x.csv", b"1,a\n"), "file must be a picture"),
        (lambda: signals.read("x.csv", b"1\n2\n"), "file must have at least 4 positions"),
        (lambda: claims.search("x", verdict="true"), "verdict must be one of"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(call: Callable[..., Value], words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=re.escape(words)) as caught:
        call()
    assert "\n" not in fields.sentence(caught.value)


def test_files_become_images_and_signals_of_a_size_that_can_be_computed() -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.full((56, 84, 3), 51, dtype=np.uint8)).save(buffer, "PNG")
    picture = signals.read("x.png", buffer.getvalue())
    assert picture.shape == (19, 28, 3) and np.allclose(picture, 0.2, atol=1e-14)
    signal = signals.read("x.csv", "\n".join(map(str, range(512))).encode())
    assert signal.shape == (256, 1)
    assert np.allclose(signal[:, 0], 2 * np.arange(256) + 0.5)  # means of two
    levels = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    assert np.allclose(signals.read("x.png", buffer.getvalue())[..., 0], levels / 65535, atol=1e-15)
    marked = signals.read("x.csv", "\ufeff1\n2\n3\n4\n".encode())  # as spreadsheets write it
    assert np.array_equal(marked[:, 0], [1, 2, 3, 4])
    kept = signals.read("x.txt", b"1 2\n3 4\n5 6\n7 8\n")
    assert np.array_equal(kept, [[1, 2], [3, 4], [5, 6], [7, 8]])


@pytest.mark.parametrize(
    ("text", "function", "depth", "d"),
    [
        ("ntk(L)", "relu(6)", 3, 4),
        ("ntk(2)", "x1*x2*x3", 3, 3),
        ("rf(L)", "abs_power(4) - ridge(relu(9/2), (3/5, 4/5, 0, 0))", 3, 4),
        ("ntk(L)", "step(1/2)", 4, 3),
        ("matern(1)", "relu(6)", 3, 4),
    ],
)
def test_the_code_of_a_norm_makes_what_its_views_show(
    text: str, function: str, depth: int, d: int, capsys: pytest.CaptureFixture[str]
) -> None:
    norm = functions.norm(text, function, depth, d)
    names, printed = run(norm, capsys)
    assert names["found"].member is norm.data["member"] and names["found"].why == norm.data["why"]
    if norm.data["member"] is None:
        assert names["norm"] is None and "Undecided" in norm.html
    else:
        assert names["norm"] == norm.data["norm"] and norm.data["smoothness"] in printed
    near = functions.approximation(text, function, depth, d)
    names, _ = run(near, capsys)
    assert list(names["curve"].table()) == near.data["rows"]
    for view in (norm, near):
        check_files(view)
        check_html(view)


@pytest.mark.parametrize(("text", "depth", "d"), [("ntk(L)", 3, 10), ("ntk(2)", 3, 4), ("exponential(1)", 3, 3)])
def test_the_code_of_a_dimension_makes_what_its_views_show(
    text: str, depth: int, d: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dimension = functions.dimension(text, depth, d)
    names, _ = run(dimension, capsys)
    for domain in ("sphere", "cube"):
        assert names[domain].tolist() == [row[domain] for row in dimension.data["rows"]]
    cube = functions.cube(text, depth, d)
    names, _ = run(cube, capsys)
    assert np.array_equal(names["ratio"], [row["ratio"] for row in cube.data["rows"]], equal_nan=True)
    for view in (dimension, cube):
        check_files(view)
        check_html(view)


@pytest.mark.parametrize("text", ["", "relu(", "x9", "x1*relu(1)", "L", "ridge(relu(1), (1, 1, 0))"])
def test_a_text_that_is_no_function_is_refused_with_a_sentence(text: str) -> None:
    sentence = functions.error_of(text, 3, 3)
    assert bool(sentence) == (text != "L") and "Traceback" not in sentence
    assert functions.error_of("ntk(L) - L*x1", 3, 3) == ""


@pytest.mark.parametrize(
    ("text", "function", "d", "lam", "noise"), [("ntk(L)", "step(0.7)", 4, -5, 0.0), ("laplace()", "x1*x2", 3, -3, 0.1)]
)
def test_the_code_of_a_learning_curve_makes_what_its_views_show(
    text: str, function: str, d: int, lam: int, noise: float, capsys: pytest.CaptureFixture[str]
) -> None:
    predicted = learning.curve(text, function, 3, d, lam, noise)
    names, printed = run(predicted, capsys)
    assert list(names["curve"].table()) == predicted.data["rows"]
    assert ("Benign" in printed) == ("Benign" in predicted.html)
    measured = learning.measured(text, function, 3, d, lam, noise)
    names, _ = run(measured, capsys)
    assert list(names["measured"].table()) == measured.data["rows"]
    for view in (predicted, measured):
        check_files(view)
        check_html(view)


def test_depths_are_compared_where_the_kernel_names_its_depth(capsys: pytest.CaptureFixture[str]) -> None:
    view = learning.depths("rf(L)", "x1*x2", 3, 4, -4, 0.0)
    names, _ = run(view, capsys)
    for depth, curve in zip((2, 3, 5), names["curves"], strict=True):
        assert [row[f"L = {depth}"] for row in view.data["rows"]] == curve.error.tolist()
    lines = view.files["depths.csv"].splitlines()
    assert lines[0] == "n,L = 2,L = 3,L = 5" and len(lines) == 1 + len(view.data["rows"])
    assert [float(x) for x in lines[1].split(",")] == list(view.data["rows"][0].values())
    check_files(view)
    check_html(view)
    without = learning.depths("laplace()", "x1", 3, 4, -4, 0.0)
    assert "Write L for the depth" in without.html and not without.code
    check_html(without)


def test_the_code_of_a_plan_makes_the_same_plan(capsys: pytest.CaptureFixture[str]) -> None:
    view = learning.plan("rf(L)", 2, 4, -3, 1000, "float32")
    names, printed = run(view, capsys)
    assert names["gram"].blocks == view.data["blocks"] and names["solve"].rank == view.data["rank"]
    assert names["solve"].condition == view.data["condition"] and "1000 x 1000 float32" in printed
    assert all(re.search(re.escape(html.escape(sentence)), view.html) for sentence in names["solve"].advice)
    check_files(view)
    check_html(view)


def test_fields_of_learning_are_those_of_the_sliders() -> None:
    values, refused = learning.FIELDS.read({"lam": "-3", "noise": "0.1", "n": "500", "dtype": "float64", "d": "5"})
    assert not refused and (values["lam"], values["noise"], values["n"], values["d"]) == (-3, 0.1, 500, 5)
    for wrong in ({"lam": "1"}, {"noise": "0.2"}, {"n": "30"}, {"dtype": "float16"}, {"d": "2"}):
        assert len(learning.FIELDS.read(wrong)[1]) == 1
