"""The command line of the figures: width, font, format, options and data; what is refused, in words."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import _make, _options
from figures.__main__ import main as draw_main

SQUARES = """
from __future__ import annotations
from kernelspec import Table
from kernelspec.plots.layout import Sheet

NAME, TITLE, CAPTION = "squares", "Squares", "Nothing."
ORDER = 3

def compute(quick: bool = False, *, dims: tuple[int, ...] = (1, 2), scale: float = 1.0,
            kernels: tuple[str, ...] = ("a",), depth: int | None = None):
    if min(dims) < 1:
        raise ValueError(f"dims must be whole numbers >= 1, got {min(dims)}")
    return {d: scale * d * d for d in dims}, kernels, depth

def caption(data):
    return f"For d = {', '.join(map(str, data[0]))}; {data[1]!r} and {data[2]}."

def table(data):
    return Table([{"d": d, "square": square} for d, square in data[0].items()])

def draw(data, width=7.0):
    sheet = Sheet(width, 1, 2.0)
    sheet.panels[0].plot(list(data[0]), list(data[0].values()))
    sheet.panels[0].set_title("squares: $x^2$")
    return sheet.settle()
"""
LINES = """
NAME, TITLE, CAPTION = "lines", "Lines", "It rises."
def compute(quick=False):
    return [0.0, 1.0]
def draw(data, width=7.0):
    from kernelspec.plots.layout import Sheet
    sheet = Sheet(width, 1, 2.0)
    sheet.panels[0].plot(data)
    return sheet.settle()
latex = None
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of two figures, one of them with options."""
    folder = tmp_path / "src" / f"drawn{abs(hash(str(tmp_path)))}"
    folder.mkdir(parents=True)
    for name, text in (("__init__", ""), ("squares", SQUARES), ("lines", LINES)):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERNELSPEC_DATA", raising=False)
    return folder.name


def test_a_column_of_a_paper(package: str, tmp_path: Path) -> None:
    arguments = ["--only", "squares", "--width", "8.5cm", "--font", "cm", "--format", "pdf,svg"]
    arguments += ["--set", "dims=2,5,20", "--set", "scale=0.5", "--set", "kernels=ntk(2, bias=True); x"]
    assert draw_main([*arguments, "--csv", "--out", "out", "--set", "depth=7"], package) == 0
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["figures.json", "squares.csv", "squares.pdf", "squares.svg"]
    rows = list(csv.reader((tmp_path / "out" / "squares.csv").open()))
    assert rows == [["d", "square"], ["2", "2.0"], ["5", "12.5"], ["20", "200.0"]]
    (entry,) = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert entry["caption"] == "For d = 2, 5, 20; ('ntk(2, bias=True)', 'x') and 7."
    svg = (tmp_path / "out" / "squares.svg").read_text()
    wide = re.search(r'width="([\d.]+)pt"', svg)
    assert wide is not None and float(wide[1]) == pytest.approx(8.5 / 2.54 * 72, abs=1e-3)
    assert b"CMR10" in (tmp_path / "out" / "squares.pdf").read_bytes().upper()
    before = {name: (tmp_path / "out" / name).read_bytes() for name in found[1:]}
    assert draw_main([*arguments, "--csv", "--out", "out", "--set", "depth=7"], package) == 0
    assert {name: (tmp_path / "out" / name).read_bytes() for name in before} == before


def test_all_figures_with_an_option_of_one(package: str, tmp_path: Path) -> None:
    assert draw_main(["--set", "dims=3", "--format", "svg", "--out", "out"], package) == 0
    entries = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert [entry["name"] for entry in entries] == ["squares", "lines"]
    assert entries[0]["caption"].startswith("For d = 3;")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--width", "3.25"], "--width must be a number with one of the units in, cm, mm, pt"),
        (["--width", "1in"], "--width must be from 3in to 20in, got '1in'"),
        (["--width", "nan in"], "--width must be a number"),
        (["--font", "times"], "--font must be one of stix, cm, dejavu, sans, got 'times'"),
        (["--format", "svg,gif"], "--format must be among svg, pdf, png, got 'gif'"),
        (["--set", "dims"], "--set must be NAME=VALUE, such as depths=2,5,20, got 'dims'"),
        (["--set", "size=3"], "an option of a figure, depth, dims, kernels, scale, got 'size'"),
        (["--only", "lines", "--set", "dims=3"], "figure lines must name nothing, for it has no"),
        (["--only", "squares", "--set", "a=3"], "one of depth, dims, kernels, scale, got 'a'"),
        (["--set", "dims=3,x"], "dims must be a whole number, got 'x'"),
        (["--set", "scale=inf"], "scale must be finite, got 'inf'"),
        (["--set", "dims=0"], "squares: dims must be whole numbers >= 1, got 0"),
        (["--only", "circles"], "--only must name figures among lines, squares, got 'circles'"),
    ],
)
def test_bad_input_is_one_sentence(
    package: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw_main([*arguments, "--format", "png", "--out", "out"], package) == 2
    said = capsys.readouterr().err
    assert words in said and said.startswith("figures: ") and said.count("\n") == 1


def test_options_are_those_of_compute() -> None:
    for name in _make.names():
        for option, kind in _options.options_of("figures", name).items():
            assert option not in ("quick", "data") and kind is not str or option in ("kernel", "shallow", "results"), (
                name,
                option,
            )
    assert "depths" in _options.options_of("figures", "eigenvalue_decay")
    assert set(_options.options_of("figures", "rkhs_ratio")) == {"pairs", "dims", "last"}


def test_end_constants_come_with_tables(tmp_path: Path) -> None:
    wishes = _make.Wishes(quick=True, width=3.4, formats=("png",), options={"end_constants": {"depths": (2, 3)}})
    outcome = _make.make("figures", "end_constants", tmp_path, wishes)
    assert outcome.error == "" and outcome.refused == ""
    found = {path.suffix for path in tmp_path.iterdir()}
    assert found == {".png", ".tex", ".csv"}
    assert r"\toprule" in (tmp_path / "end-constants.tex").read_text()


@given(st.floats(3, 20), st.sampled_from(sorted(_options.INCHES)))
def test_lengths(width: float, unit: str) -> None:
    text = f"{width / _options.INCHES[unit]:.6f}"
    try:
        found = _options.inches(f"{text}{unit}")
    except ValueError:  # rounded over the edge
        assert min(abs(width - 3), abs(width - 20)) < 1e-5
    else:
        assert found == pytest.approx(width, abs=1e-6)
        assert _options.inches(f" {text} {unit} ") == found


@given(st.lists(st.integers(-999, 999), min_size=1))
def test_numbers_come_as_they_are_typed(numbers: list[int]) -> None:
    text = ", ".join(map(str, numbers))
    assert _options.value("dims", text, tuple[int, ...]) == tuple(numbers)
    assert _options.value("grads", text, tuple[float, ...]) == tuple(map(float, numbers))
    assert _options.value("d", str(numbers[0]), int | None) == numbers[0]
