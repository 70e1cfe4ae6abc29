"""The house: a floor imports no higher one, imports go round in one circle only, and modules are short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From the ground up; the doors stand on the public interface.
FLOORS = (
    ("files", "numbers"),
    ("sphere",),
    ("kernels",),
    ("expansions", "gram"),
    ("spectrum",),
    ("decay",),
    ("rkhs", "ckn", "architectures"),
    ("learning",),
    ("regression",),
    ("results", "testing", "citations"),
    ("views",),
    ("plots",),
    ("cli", "explore", "sklearn", "stax"),
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
# Kernels build nodes, and nodes are kernels.
CIRCLE = {f"kernelspec.kernels.{name}" for name in ("zonal", "expression", "atoms", "sums", "products", "compositions")}
LONGEST = 350
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "kernelspec").rglob("*.py"))
}


def imported(name: str) -> Iterator[str]:
    """The modules of the package that a module imports while it is imported itself."""
    path = MODULES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    todo = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If):
            todo += node.orelse if "TYPE_CHECKING" in ast.unparse(node.test) else node.body + node.orelse
        elif isinstance(node, ast.Try):
            todo += node.body
        elif isinstance(node, ast.Import):
            yield from (module_of(each.name) for each in node.names if each.name.startswith("kernelspec"))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            if base.startswith("kernelspec"):
                yield from (module_of(f"{base}.{each.name}") for each in node.names)


def module_of(name: str) -> str:
    """The module that a name is, or stands in."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


IMPORTS = {name: set(imported(name)) - {name, "kernelspec"} for name in MODULES}


def room(name: str) -> str:
    return name.split(".")[1]


def test_every_room_has_a_floor() -> None:
    assert {room(name) for name in MODULES if "." in name} - {"__main__", "public", "public_results"} == set(FLOOR)


@pytest.mark.parametrize("name", [name for name in MODULES if "." in name and room(name) in FLOOR])
def test_no_floor_imports_a_higher_one(name: str) -> None:
    assert [each for each in IMPORTS[name] if FLOOR[room(each)] > FLOOR[room(name)]] == []


def circles() -> list[set[str]]:
    """The sets of modules each of which imports all others of its set, over some others or not."""
    reached = {name: set(each) for name, each in IMPORTS.items()}
    for middle in MODULES:
        for name in MODULES:
            if middle in reached[name]:
                reached[name] |= reached[middle]
    rounds = {frozenset(m for m in MODULES if m in reached[name] and name in reached[m]) for name in MODULES}
    return [set(each) for each in rounds if each]


def test_the_only_circle_is_that_of_zonal_with_its_nodes() -> None:
    (circle,) = circles()
    assert circle == CIRCLE


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_short(name: str) -> None:
    lines = MODULES[name].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
