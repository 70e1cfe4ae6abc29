"""Oracles share no code with what they check, nor figures with checks: imports, and no formula of oracles twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORACLES = [p.relative_to(ROOT).as_posix() for p in sorted(ROOT.glob("oracle/*.py"))]
COUNTED = {  # formulas that stand once: a phrase of each, and where
    "(3 * u * sine + (1 + 2 * u * u) * ": {
        "oracle/deep.py": "in balls and mpmath",
        "tests/kernels/test_families.py": "of complex angles",
    },
    "(2 * k + d) * u * here - (k + 1) * before": {"oracle/deep.py": "P_k in any arithmetic"},
    "x[i + width] * rows[i]": {"oracle/deep.py": "Neville's scheme"},
    "(-arb(c) * root).exp()": {},
}


def imports(path: Path, computed_names: bool = False) -> Iterator[tuple[str, str]]:
    """The modules that a file imports when it runs, each with the function that does ("" for the file itself).

    A module whose name is computed cannot be read: such a file is refused, or with `computed_names` its other imports
    are given.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))

    def walk(node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            inside = function
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and not function:
                inside = child.name
            if isinstance(child, ast.Import):
                yield from ((alias.name, function) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: a relative import"
                module = child.module or ""
                yield module, function
                yield from ((f"{module}.{alias.name}", function) for alias in child.names)
            elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith(("import_module", "__import__")):
                assert computed_names, f"{path}: imports by {ast.unparse(child)}, which cannot be read"
            yield from walk(child, inside)

    return walk(tree, "")


def own(module: str) -> Path | None:
    """The file of a module of this repository, the library aside."""
    for name in (module, f"tests.{module}"):
        path = ROOT / Path(*name.split(".")).with_suffix(".py")
        if path.is_file():
            return path
    return None


def reached(start: Path) -> dict[str, list[str]]:
    """What of the library is imported, by a file and all that it imports: module, and the way to it."""
    found: dict[str, list[str]] = {}
    waiting, seen = [(start, [start.relative_to(ROOT).as_posix()])], {start}
    while waiting:
        path, way = waiting.pop()
        for module, function in imports(path):
            if module.partition(".")[0] == "kernelspec":
                found.setdefault(module, [*way, function])
            below = own(module)
            if below is not None and below not in seen:
                seen.add(below)
                waiting.append((below, [*way, below.relative_to(ROOT).as_posix()]))
    return found


@pytest.mark.parametrize("oracle", [*ORACLES, "tests/problems.py"])
def test_oracles_import_nothing_of_what_they_check(oracle: str) -> None:
    assert reached(ROOT / oracle) == {}


def test_imports_are_followed_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "far.py").write_text("def f():\n    from kernelspec import sphere\n")
    (tmp_path / "tests" / "middle.py").write_text("import math\nfrom far import f\n")
    (tmp_path / "tests" / "near.py").write_text("class A:\n    def g(self):\n        import middle\n")
    (tmp_path / "tests" / "typed.py").write_text("if TYPE_CHECKING:\n    import kernelspec\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    way = ["tests/near.py", "tests/middle.py", "tests/far.py", "f"]
    assert reached(tmp_path / "tests" / "near.py") == {"kernelspec": way, "kernelspec.sphere": way}
    assert reached(tmp_path / "tests" / "typed.py") == {}


ROOMS = {  # beside the package: what each may import of the others
    "oracle": (),
    "experiments": ("oracle", "report"),
    "report": (),
    "figures": ("experiments", "oracle", "report"),
    "paper_checks": ("experiments", "oracle", "report"),
    "benchmarks": ("oracle", "report"),
}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_beside_the_package_import_what_is_below_them(room: str) -> None:
    others = {*ROOMS, "tests", "mutants"} - {room, *ROOMS[room]}
    for path in sorted((ROOT / room).rglob("*.py")):
        for module, _ in imports(path, computed_names=True):
            assert module.partition(".")[0] not in others, f"{path}: {module}"


@pytest.mark.parametrize("phrase", COUNTED)
def test_formulas_stand_once(phrase: str) -> None:
    files = [
        *ROOT.glob("oracle/*.py"),
        *ROOT.glob("paper_checks/*.py"),
        *ROOT.glob("benchmarks/*.py"),
        *(ROOT / "tests").rglob("*.py"),
    ]
    there = {
        p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8").count(phrase)
        for p in files
        if p.name != Path(__file__).name
    }
    assert {file: n for file, n in there.items() if n} == dict.fromkeys(COUNTED[phrase], 1)
