"""The public doors of the package, by their names: functions, classes, and what classes compute."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from kernelspec.numbers.arithmetic_protocol import Value

# The rooms that users import from; "" is `kernelspec` itself. `testing` and `sklearn` may be absent.
ROOMS = (
    "",
    "sphere",
    "sphere.invariants",
    "spectrum",
    "decay",
    "rkhs",
    "regression",
    "learning",
    "plots",
    "ckn",
    "ckn.stability",
    "ckn.recovery",
    "ckn.groups",
    "ckn.teachers",
    "ckn.spectra",
    "explore",
    "stax",
)
MAY_BE_ABSENT = ("testing", "sklearn")
# Classes that no room lists, of which doors return instances.
RETURNED = (
    ("spectrum.asymptotic", "Remainder"),
    ("spectrum.spectrum", "Approximation"),
    ("spectrum.eigenvalue_arrays", "Values"),
    ("expansions", "Puiseux"),
    ("rkhs.levels", "Levels"),
    ("numbers.enclosure", "Enclosure"),
    ("stax.functions", "Network"),
    ("stax.functions", "InitFunction"),
    ("stax.functions", "ApplyFunction"),
    ("stax.functions", "KernelFunction"),
    ("stax.functions", "EmpiricalFunction"),
    ("stax.functions", "EmpiricalKind"),
    ("stax.functions", "MonteCarloFunction"),
    ("architectures.sampling", "Estimate"),
    ("architectures.answers", "Kernel"),
    ("citations.cite", "Citations"),
)
# Returned, and no object of users.
INTERNAL = ("Number", "PowerProfile", "JumpProfile")
# An operator that is another's alias, as `__radd__` is of `__add__`, stands once.
OPERATORS = (
    *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow"),
    *("matmul", "rmatmul", "neg", "pos", "abs", "call", "getitem", "contains", "iter", "len"),
    *("float", "int", "index", "bool", "complex", "lt", "le", "gt", "ge", "array", "array_ufunc"),
)


def present(room: str) -> bool:
    try:
        importlib.import_module(f"kernelspec.{room}")
    except ModuleNotFoundError:
        return False
    return True


def _public(room: str) -> Iterator[tuple[str, Any]]:
    module = importlib.import_module(f"kernelspec.{room}" if room else "kernelspec")
    names = getattr(module, "__all__", None)
    if names is None:  # what it defines itself
        own = [name for name, each in vars(module).items() if inspect.isroutine(each) or inspect.isclass(each)]
        names = [name for name in own if getattr(module, name).__module__ == module.__name__]
    for name in names:
        if not name.startswith("_"):
            yield name, getattr(module, name)


def _computed(kind: type) -> Iterator[tuple[str, Any]]:
    """The methods and properties that a class of the package has by itself, or from classes that are not public."""
    for base in kind.__mro__:
        if not base.__module__.startswith("kernelspec"):
            continue
        for name, each in vars(base).items():
            operator = name.strip("_") if name.startswith("__") else ""
            if operator not in OPERATORS and name.startswith("_"):
                continue
            property_like = isinstance(each, property | functools.cached_property)
            if property_like or isinstance(each, classmethod | staticmethod) or inspect.isroutine(each):
                yield name, each


@functools.cache
def doors() -> dict[str, Any]:
    """Every door under its name, such as `Zonal.gram` or `ckn.Layer`: an object that is exported twice stands once."""
    found: dict[str, Any] = {}
    seen: dict[int, str] = {}
    classes: list[tuple[str, type]] = []
    rooms = (*ROOMS, *(room for room in MAY_BE_ABSENT if present(room)))
    several = [(room, name, each) for room in rooms for name, each in _public(room)]
    for module, name in RETURNED:
        each = getattr(importlib.import_module(f"kernelspec.{module}"), name)
        several.append((module.split(".")[0], name, each))
    for room, name, each in several:
        if inspect.ismodule(each) or not callable(each) or id(each) in seen:
            continue
        door = f"{room}.{name}" if room else name
        found[door], seen[id(each)] = each, door
        if inspect.isclass(each):
            classes.append((door, each))
    methods: set[int] = set()
    for door, kind in classes:
        for name, each in _computed(kind):
            if id(each) not in methods:  # a subclass inherits it
                methods.add(id(each))
                found[f"{door}.{name}"] = each
    return found


def classes() -> frozenset[type]:
    """All public classes."""
    return frozenset(each for each in doors().values() if inspect.isclass(each))


def signature(function: Callable[..., Value]) -> dict[str, inspect.Parameter]:
    """The parameters of a callable; none of errors, whose arguments are a message."""
    if inspect.isclass(function) and issubclass(function, Exception):
        return {}
    return dict(inspect.signature(function).parameters)


def parameters(door: Callable[..., Value]) -> list[str]:
    """The names of the parameters of a door, of methods without `self`."""
    if isinstance(door, property | functools.cached_property):
        return []
    function = door.__func__ if isinstance(door, classmethod | staticmethod) else door
    names = list(signature(function))
    return [name for name in names if name not in ("self", "cls", "_cls")]
