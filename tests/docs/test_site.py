"""The site: every public name has its place in the API; docstrings, formulas and links are read as they are meant."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from laws.collect import RETURNED, doors

import kernelspec

ROOT = Path(__file__).resolve().parent.parent.parent
API = ROOT / "docs" / "api"
DIRECTIVE = re.compile(r"^\.\. auto(function|class):: kernelspec\.([\w.]+)((?:\n +:[\w-]+:.*)*)$", re.MULTILINE)
# Where the classes are that no room lists, under the names of their doors.
MODULES = {f"{module.split('.')[0]}.{name}": f"{module}.{name}" for module, name in RETURNED}


def listed() -> dict[str, tuple[str, str]]:
    """What the pages document: a name, and whether it is a class, with the options of its directive."""
    found = [each for page in sorted(API.glob("*.md")) for each in DIRECTIVE.findall(page.read_text(encoding="utf-8"))]
    counts = Counter(name for _, name, _ in found)
    assert max(counts.values()) == 1, [name for name, count in counts.items() if count > 1]
    return {name: (kind, options) for kind, name, options in found}


def resolved(name: str) -> object:
    """The object of a name on a page."""
    module, _, own = f"kernelspec.{name}".rpartition(".")
    return getattr(importlib.import_module(module), own)


def test_every_public_name_stands_on_one_page_of_the_api() -> None:
    known = doors()
    kinds = [name for name, each in known.items() if inspect.isclass(each)]
    own = {name: each for name, each in known.items() if not any(name.startswith(f"{kind}.") for kind in kinds)}
    shown = {id(resolved(name)): kind for name, (kind, _) in listed().items()}
    wanted = {id(each): "class" if inspect.isclass(each) else "function" for each in own.values()}
    assert [name for name, each in own.items() if shown.get(id(each)) != wanted[id(each)]] == []
    assert [name for name in listed() if id(resolved(name)) not in wanted] == []
    pages = "".join(page.read_text(encoding="utf-8") for page in API.glob("*.md"))
    assert [name for name in kernelspec.__all__ if not re.search(rf"(`|\.|kernelspec\.){name}\b", pages)] == []


def test_every_public_method_is_shown_with_its_class() -> None:
    known, pages = doors(), listed()
    for name, kind in known.items():
        if not inspect.isclass(kind):
            continue
        _, options = pages[MODULES.get(name, name)]
        for door, each in known.items():
            method = door.removeprefix(f"{name}.")
            if door == f"{name}.{method}" and "." not in method and not method.startswith("__"):
                assert method in vars(kind) or ":inherited-members:" in options, door
                function = each.__func__ if isinstance(each, classmethod | staticmethod) else each
                assert inspect.getdoc(function), f"{door} has no docstring, so that the page leaves it out"


def test_every_page_of_the_api_is_in_its_list() -> None:
    index = (API / "index.md").read_text(encoding="utf-8")
    toctree = re.search(r"```\{toctree\}\n:hidden:\n\n(.*?)```", index, re.DOTALL)
    assert toctree is not None
    pages = {page.stem for page in API.glob("*.md")} - {"index"}
    assert set(toctree[1].split()) == pages == set(re.findall(r"^\| \[\]\((\w+)\.md\)", index, re.MULTILINE))


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ModuleType:
    """A module of docs/_ext, by the name in the test's mark."""
    pytest.importorskip("sphinx", reason="the site needs the docs extra")
    pytest.importorskip("math_core", reason="the site needs the docs extra")
    pytest.importorskip("ziamath", reason="the site needs the docs extra")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    name = request.param
    __import__(name)
    return sys.modules[name]


@pytest.mark.parametrize("extension", ["docstrings"], indirect=True)
def test_parameters_become_a_list_that_ends_with_them(extension: ModuleType) -> None:
    text = (
        "A norm |x|.\n\nParameters\n----------\nx, y : points,\n    on the sphere.\n**more : of `plot`.\n\nRaises it."
    )
    found = "\n".join(extension.rewritten(extension.escaped(text.split("\n"))))
    assert r"A norm \|x\|." in found and ".. rubric:: Parameters" in found
    assert "``x``, ``y``\n    points,\n    on the sphere.\n``**more``\n    of `plot`." in found
    assert found.endswith("\n\nRaises it.")


@pytest.mark.parametrize("extension", ["docstrings"], indirect=True)
def test_formulas_and_examples_keep_their_bars(extension: ModuleType) -> None:
    lines = [
        ".. math:: |x||y|",
        "   \\kappa(|u|)",
        "",
        "The |x|, shape (*shape, d).",
        "",
        ">>> f(|x|)",
        "|2|",
        "",
        "|y|",
    ]
    found = extension.escaped(lines)
    assert found[:2] == lines[:2] and found[5:7] == lines[5:7]
    assert found[3] == r"The \|x\|, shape (\*shape, d)." and found[8] == r"\|y\|"


@pytest.mark.parametrize("extension", ["docstrings"], indirect=True)
def test_claims_are_links(extension: ModuleType) -> None:
    (found,) = extension.escaped(["Theorem 7 (claims 24, L6 and 14c; claim 15), `claim 3`."])
    assert found == (
        "Theorem 7 (claims :ref:`24 <c24>`, :ref:`L6 <l6>` and :ref:`14c <c14c>`; claim :ref:`15 <c15>`), `claim 3`."
    )


@pytest.mark.parametrize("extension", ["mathml"], indirect=True)
def test_formulas_are_mathml_and_what_is_none_is_a_warning(
    extension: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    found = extension.mathml(r"\frac{1}{2}", True)
    assert found.startswith("<math") and "<mfrac>" in found
    assert extension.mathml(r"a &= b \\ c &= d", True).count("<mtr>") == 2
    assert extension.mathml(r"\frac{1}{", False) == r"<code>\frac{1}{</code>"


@pytest.mark.parametrize("extension", ["mathml"], indirect=True)
def test_punctuation_stays_with_its_formula(extension: ModuleType) -> None:
    nodes, frontend, utils = (importlib.import_module(f"docutils.{name}") for name in ("nodes", "frontend", "utils"))
    document = utils.new_document("page", frontend.get_default_settings())
    formula, alone = nodes.math("", "u"), nodes.math("", "v")
    document += nodes.paragraph(
        "", "", nodes.Text("For "), formula, nodes.Text("), and "), alone, nodes.Text(" it is.")
    )
    extension.Tails(document).apply()
    assert formula["tail"] == ")," and "tail" not in alone
    assert document.astext() == "For u and v it is."  # the formula's own text has no tail

    class Writer:
        body: list[str] = []

    with pytest.raises(nodes.SkipNode):
        extension._inline(Writer, formula)
    assert Writer.body[0].endswith("</math>),</span></span>") and '<span class="together"><math' in Writer.body[0]


@pytest.mark.parametrize("extension", ["repository"], indirect=True)
def test_links_into_the_repository_find_files_and_lines(extension: ModuleType) -> None:
    docs = ROOT / "docs"
    assert extension.path_of("../paper_checks/a_sphere.py", docs) == "paper_checks/a_sphere.py"
    assert extension.path_of("kernelspec/public.py", docs) == "kernelspec/public.py"  # of an included page
    assert extension.path_of("../kernelspec/explore/pages", docs) == "kernelspec/explore/pages"
    assert extension.path_of("gone.py", docs) is None and extension.path_of("../../elsewhere", docs) is None
    line = extension.line_of("kernelspec/kernels/zonal.py", "Zonal")
    text = (ROOT / "kernelspec" / "kernels" / "zonal.py").read_text(encoding="utf-8").splitlines()
    assert text[line - 1].startswith("class Zonal")
    assert extension.line_of("kernelspec/kernels/zonal.py", "no_such_name") is None


@pytest.mark.parametrize("extension", ["gallery"], indirect=True)
def test_a_figure_without_a_picture_says_so(extension: ModuleType, tmp_path: Path) -> None:
    figure = extension.Figure("kernel_functions", "kernel-functions", "The kernels", 10)
    text = extension.page(figure)
    assert "Not drawn" in text and "ks.plots.kernel_functions()" in text and "{image}" not in text
    drawn = extension.Figure("accuracy", "accuracy", "Accuracy", 1, "A caption.", 2.0, True, tmp_path)
    text = extension.page(drawn)
    assert "{image} accuracy.svg" in text and "A caption." in text and "a smaller computation" in text
    assert "ks.plots" not in text and "python -m figures --only accuracy" in text
