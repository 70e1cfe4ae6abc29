"""The package as its users receive it: what is installed, what an import costs, what is tracked."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import kernelspec

ROOT = Path(__file__).resolve().parent.parent


def tracked_files() -> list[Path]:
    """The files of the commit, or a skip where there is no git checkout to ask."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    try:
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"git cannot list the files: {problem}")
    return [ROOT / name for name in listing.split("\0") if name]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of source archive and wheel, built in place from the working tree: no network, no isolation."""
    pytest.importorskip("hatchling", reason="building needs the test extra")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> zipfile.ZipFile:
    """The wheel, opened."""
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="session")
def archive(built: Path) -> dict[str, bytes]:
    """The files of the source archive by their paths in it."""
    (path,) = built.glob("*.tar.gz")
    found = {}
    with tarfile.open(path) as opened:
        for member in opened.getmembers():
            content = opened.extractfile(member)
            assert content is not None, f"{member.name} is no plain file"
            found[member.name.partition("/")[2]] = content.read()
    return found


@pytest.fixture(scope="session")
def metadata(wheel: zipfile.ZipFile) -> Any:
    """What an index of packages is told, read by the rules of the standard: a fault is an exception."""
    packaging = pytest.importorskip("packaging.metadata")
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return packaging.Metadata.from_email(wheel.read(name), validate=True)


def test_the_version_stands_in_one_place(wheel: zipfile.ZipFile, archive: dict[str, bytes], metadata: Any) -> None:
    assert str(metadata.version) == kernelspec.__version__
    assert Path(str(wheel.filename)).name.split("-")[1] == kernelspec.__version__
    written = re.compile(rb"version[\w\s\"'=:]*" + re.escape(kernelspec.__version__).encode() + rb"\b")
    beside = ("pyproject.toml", "CITATION.cff", "Makefile", "README.md", "kernelspec/__init__.py")
    assert [name for name in beside if written.search(archive[name])] == ["kernelspec/__init__.py"]


def test_wheel_holds_the_typed_package_and_nothing_beside_it(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "kernelspec/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"kernelspec"}
    assert not [name for name in names if re.search(r"test_|conftest|oracle|\.pyc$|__pycache__", name)]
    in_tree = {path.relative_to(ROOT).as_posix() for path in (ROOT / "kernelspec").rglob("*.py")}
    assert in_tree <= set(names)
    assert {"kernelspec/explore/claims.json", "kernelspec/explore/style.css"} <= set(names)
    assert {"kernelspec/citations/references.bib", "kernelspec/citations/CITATION.cff"} <= set(names)
    assert any(name.endswith("/LICENSE") for name in names)


def test_the_source_archive_holds_what_builds_and_tests_it(archive: dict[str, bytes]) -> None:
    """Every file of the commit but those that serve a place where repositories are kept; and nothing else."""
    kept = {path.relative_to(ROOT).as_posix() for path in tracked_files() if path.is_file()}
    served = {name for name in kept if name.startswith(".github/") or name == ".pre-commit-config.yaml"}
    assert kept - served <= set(archive)
    assert {name.split("/")[0] for name in archive} <= {name.split("/")[0] for name in kept - served} | {"PKG-INFO"}
    assert not [name for name in archive if re.search(r"\.pyc$|__pycache__|\.egg-info|(^|/)(build|dist)/", name)]
    assert archive["CITATION.cff"] == (ROOT / "CITATION.cff").read_bytes()


def test_what_an_index_is_told(metadata: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (metadata.name, metadata.summary) == (project["name"], project["description"])
    assert metadata.license_expression == "MIT" and metadata.license_files == ["LICENSE"]
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description == (ROOT / "README.md").read_text(encoding="utf-8")
    assert "3.11.0" in metadata.requires_python and "3.10.9" not in metadata.requires_python
    assert set(metadata.provides_extra) == set(project["optional-dependencies"])
    needed = {each.name for each in metadata.requires_dist if each.marker is None}
    assert needed == {"numpy", "scipy", "sympy", "mpmath", "python-flint", "matplotlib"}
    named = {each.rpartition(" ")[2] for each in metadata.classifiers if each.startswith("Programming Language")}
    assert {"3.11", "3.12", "3.13"} <= named  # those in which the tests ran: docs/releases.md


def test_figures_work_from_the_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """With nothing but the wheel: what stands beside the package cannot be imported."""
    wheel.extractall(tmp_path / "installed")
    script = """
import sys

BESIDE = ("oracle", "experiments", "paper_checks", "report", "figures", "benchmarks", "tests")

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BESIDE:
            raise ImportError(f"{name} is not in the wheel")

sys.meta_path.insert(0, Refused())
sys.path.insert(0, sys.argv[1])
import kernelspec as ks
assert ks.__file__.startswith(sys.argv[1]), ks.__file__
assert "matplotlib" not in sys.modules
for name in ks.plots.__all__:
    getattr(ks.plots, name)
assert "matplotlib" not in sys.modules  # loaded when something is drawn
drawn = ks.plots.end_constants((2, 3), width=3.4)
drawn.save("ends.svg")
assert "matplotlib.pyplot" not in sys.modules
print(drawn.table.to_csv(), end="")
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(tmp_path / "installed")], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "ntk(3),1/2,-3*sqrt(2)/pi," in done.stdout
    assert (tmp_path / "ends.svg").read_bytes().startswith(b"<?xml")


def test_a_kernel_of_ones_own_from_outside_of_the_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """A class with `pair` and a name, and then one fact more: each reading that it is enough for, and no other."""
    wheel.extractall(tmp_path / "installed")
    script = """
import sys
sys.path.insert(0, sys.argv[1])
from dataclasses import dataclass
from fractions import Fraction
import kernelspec as ks
assert ks.__file__.startswith(sys.argv[1]), ks.__file__

@dataclass(frozen=True, repr=False)
class Own(ks.Zonal):  # e^{-c (1-u)^{1/2}}, which is ks.laplace(c)
    c: Fraction

    def pair(self, point):
        arithmetic = point.arithmetic
        exponent = -arithmetic.number(self.c) * point.defect_power(Fraction(1, 2))
        return ks.Pair(arithmetic.exp(exponent), -arithmetic.expm1(exponent), arithmetic.number(Fraction(1)))

    def text(self):
        return f"own({self.c})"

class Stated(Own):
    singular = frozenset({1})

    def text(self):
        return f"stated({self.c})"

def refused(read):
    try:
        read()
    except (ValueError, NotImplementedError) as error:
        return str(error)

own, stated, known = Own(Fraction(2)), Stated(Fraction(2)), ks.laplace(2)
for kernel in (own, stated):
    assert kernel(0.25) == known(0.25) and (kernel.gram([[1, 0], [0, 1]]) == known.gram([[1, 0], [0, 1]])).all()
    assert kernel.expand(terms=4).terms == known.expand(terms=4).terms
    assert kernel.spectrum(3).certified(3, 12).overlaps(known.spectrum(3).certified(3, 12))
    assert "unknown kernel" in refused(lambda: ks.parse(repr(kernel)))
    assert "no derivative" in refused(kernel.derivative)
    assert abs(kernel.spectrum(3)[3] / known.spectrum(3)[3] - 1) < 1e-12
assert ks.parse("2*own(2)", kernels={"own": lambda c: Own(Fraction(c))}) == 2 * own
assert "not shown to be analytic" in refused(lambda: own.decay(3))
assert stated.decay(3).even == known.decay(3).even and stated.decay(3).exponent == 3
print(ks.same_rkhs(own, known, d=3).same, ks.same_rkhs(stated, known, d=3).same)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(tmp_path / "installed")], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["None", "True"]


def test_all_extra_is_the_sum_of_the_others() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    (everything,) = extras["all"]
    named = re.fullmatch(r"kernelspec\[(.*)\]", everything)
    assert named is not None
    # PyTorch and JAX are things of gigabytes, which nobody wants by way of "all".
    assert set(named[1].split(",")) == set(extras) - {"all", "torch", "gpytorch", "tinygp", "gpjax"}


def run_python(script: str) -> str:
    """What a script prints in a Python of its own, which finds this copy of the package."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_costs_numpy_and_nothing_more() -> None:
    """Every module that the first public name adds belongs to kernelspec, NumPy or the standard library."""
    script = """
import sys
import numpy
before = set(sys.modules)
import kernelspec
kernelspec.ntk
for name in set(sys.modules) - before:
    if getattr(sys.modules[name], "__spec__", None):  # Cython makes modules that no file holds
        print(name.partition(".")[0])
"""
    # The standard library's own list leaves out this one, whose name depends on the platform.
    added = {name for name in run_python(script).split() if not name.startswith("_sysconfigdata")}
    assert "kernelspec" in added
    assert added - set(sys.stdlib_module_names) - {"kernelspec", "numpy"} == set()


def test_matplotlib_waits_for_the_first_drawing() -> None:
    """Values, spectra, proofs, tables, files and the command line do without it."""
    script = """
import contextlib, io, sys
import kernelspec as ks
from kernelspec import ckn, cli, learning, regression, rkhs, sphere, testing
s = ks.ntk(3).spectrum(4)
s[4], s.certified(3, 10), s.table(0, 5), ks.ntk(3).decay(4), ks.ntk(3).expand(), ks.ntk(3).rkhs(4)
repr(ks.same_rkhs(ks.rf(2), 2 * ks.rf(2), 4)), ks.ntk(3).gram([[1.0, 0.0], [0.0, 1.0]]), ks.cite(s)
ckn.Network([ckn.Layer(patch=1, kernel=ks.linear())]).gram([[[[1.0]]]])
with contextlib.redirect_stdout(io.StringIO()):
    assert cli.main(["decay", "ntk(3)", "--dim", "4"]) == 0
assert not [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]
s.plot()
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    run_python(script)


def test_import_waits_for_the_first_public_name() -> None:
    script = """
import sys
import kernelspec as ks
assert "numpy" not in sys.modules and set(ks.__all__) <= set(dir(ks))
assert not hasattr(ks, "_no_such_name") and not hasattr(ks, "no_such_name")
ks.ntk(3)(0.5)
assert not {"kernelspec.rkhs", "kernelspec.spectrum", "kernelspec.results", "kernelspec.citations"} & set(sys.modules)
from kernelspec.kernels.parser import parse
assert ks.parse is parse and ks.piecewise("0 if x < 0; x") == ks.rf(2) / 2
from kernelspec import *
assert ntk is ks.ntk and ks.sphere.multiplicity(3, 1) == 3
"""
    run_python(script)


def test_every_module_may_be_the_first() -> None:
    """Whatever module is imported first, the public names are what they are."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "kernelspec").glob("*.py"))
        if not path.name.startswith("__")
    ]
    script = f"""
import importlib, sys
import numpy
for first in {names!r}:
    for name in [name for name in sys.modules if name.partition(".")[0] == "kernelspec"]:
        del sys.modules[name]
    importlib.import_module(first)
    import kernelspec as ks
    assert ks.parse("ntk(3)") == ks.ntk(3) and callable(ks.piecewise), first
"""
    run_python(script)


def test_no_tracked_file_names_a_place_on_a_machine() -> None:
    """A path that starts at the root of somebody's disk works for nobody else."""
    place = re.compile(rb"(?<![\w.~:/-])/(?:(?:home|Users|tmp|work|mnt|opt)/|root\b)|\b[A-Z]:\\Users\b")
    found = []
    for path in tracked_files():
        if not path.is_file():  # deleted in the working tree, or a submodule
            continue
        content = path.read_bytes()
        if b"\0" in content:  # a picture
            continue
        for number, line in enumerate(content.splitlines(), start=1):
            if place.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.decode(errors='replace')}")
    assert not found, "\n".join(found)


def test_nothing_internal_shows_in_the_face() -> None:
    """`dir(ks)` in a fresh process, before and after the names were used, is what users may call."""
    script = """
import kernelspec as ks
before = dir(ks)
ks.ntk(3).spectrum(4)[2], ks.ckn, ks.sphere, ks.rkhs, ks.regression
shown = [name for name in dir(ks) if not name.startswith("__")]
assert set(before) <= set(dir(ks)) and set(ks.__all__) < set(shown)
assert not [name for name in shown if name.startswith("_")], shown
assert {"ckn", "sphere", "rkhs", "regression", "testing", "plots"} <= set(shown)
assert not {"sys", "Callable", "zonal", "expression", "state", "public"} & set(shown), shown
assert all(getattr(ks, name) is not None for name in shown if name != "explore")
for room in (ks.ckn, ks.plots, ks.testing):
    assert {name for name in dir(room) if not name.startswith("__")} == set(room.__all__), room
"""
    subprocess.run([sys.executable, "-c", script], check=True)
