"""The package as its users receive it: what is installed, what an import costs, what is tracked."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import kernelspec

ROOT = Path(__file__).resolve().parent.parent


def tracked_files() -> list[Path]:
    """The files of the commit, or a skip where there is no git checkout to ask."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"git cannot list the files: {problem}")
    return [ROOT / name for name in listing.split("\0") if name]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built in place from the working tree: no network, no isolation."""
    pytest.importorskip("hatchling", reason="building the wheel needs the test extra")
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, check=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_version_is_the_same_everywhere(wheel: zipfile.ZipFile) -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = re.search(r'^version: "?([^"\s]+)"?$', citation, re.MULTILINE)
    assert cited is not None, "CITATION.cff has no version"
    assert kernelspec.__version__ == cited[1]
    assert Path(str(wheel.filename)).name.split("-")[1] == cited[1]


def test_wheel_holds_the_typed_package_and_nothing_beside_it(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "kernelspec/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"kernelspec"}
    in_tree = {path.relative_to(ROOT).as_posix() for path in (ROOT / "kernelspec").rglob("*.py")}
    assert in_tree <= set(names)
    assert {"kernelspec/explore/claims.json", "kernelspec/explore/style.css"} <= set(names)
    assert any(name.endswith("/LICENSE") for name in names)


def test_all_extra_is_the_sum_of_the_others() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    (everything,) = extras["all"]
    named = re.fullmatch(r"kernelspec\[(.*)\]", everything)
    assert named is not None
    # PyTorch is a thing of gigabytes, which nobody wants by way of "all".
    assert set(named[1].split(",")) == set(extras) - {"all", "torch"}


def test_import_costs_numpy_and_nothing_more() -> None:
    """Every module that the import adds belongs to kernelspec, NumPy or the standard library."""
    script = """
import sys
import numpy
before = set(sys.modules)
import kernelspec
for name in set(sys.modules) - before:
    if getattr(sys.modules[name], "__spec__", None):  # Cython makes modules that no file holds
        print(name.partition(".")[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    # The standard library's own list leaves out this one, whose name depends on the platform.
    added = {name for name in done.stdout.split() if not name.startswith("_sysconfigdata")}
    assert "kernelspec" in added
    assert added - set(sys.stdlib_module_names) - {"kernelspec", "numpy"} == set()


def test_no_tracked_file_names_a_place_on_a_machine() -> None:
    """A path that starts at the root of somebody's disk works for nobody else."""
    place = re.compile(
        rb"(?<![\w.~:/-])/(?:(?:home|Users|tmp|work|mnt|opt)/|root\b)|\b[A-Z]:\\Users\b"
    )
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
