"""What a user sets on the command line: a width with its unit, formats, and options of the figures."""

from __future__ import annotations

import importlib
import inspect
import math
import re
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from figures._make import FORMATS, Options
from kernelspec.plots.layout import LEAST, MOST

INCHES = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72}
NOT_OPTIONS = ("quick", "data")


def inches(text: str) -> float:
    """A length such as 3.25in, 8.6cm, 86mm or 246pt, in inches.

    Raises
    ------
    ValueError
        where it is none, or is not from 3 to 20 inches.
    """
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*(\w*)\s*", text)
    if match is None or match[2] not in INCHES:
        raise ValueError(f"--width must be a number with one of the units {', '.join(INCHES)}, got {text!r}")
    found = float(match[1]) * INCHES[match[2]]
    if not LEAST <= found <= MOST:
        raise ValueError(f"--width must be from {LEAST:g}in to {MOST:g}in, got {text!r}")
    return found


def formats(texts: Sequence[str]) -> tuple[str, ...]:
    """The endings of pictures, each once; all where none is named."""
    named = [part.strip().lower().lstrip(".") for text in texts for part in text.split(",")]
    for name in named:
        if name not in FORMATS:
            raise ValueError(f"--format must be among {', '.join(FORMATS)}, got {name!r}")
    return tuple(dict.fromkeys(named)) or FORMATS


def settings(texts: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE of every --set."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise ValueError(f"--set must be NAME=VALUE, such as depths=2,5,20, got {text!r}")
        found[name.strip().replace("-", "_")] = value.strip()
    return found


def for_figures(package: str, chosen: Sequence[str], everything: bool, texts: Sequence[str]) -> dict[str, Options]:
    """The keywords for `compute` of each chosen figure.

    A figure that was named must take every option; where all are drawn, it is enough that one does.

    Raises
    ------
    ValueError
        that names an option which nobody takes, and those that there are; or a value that is none.
    """
    given = settings(texts)
    if not given:
        return {}
    taken = {name: options_of(package, name) for name in chosen}
    for option in given:
        missing = [name for name, known in taken.items() if option not in known]
        if missing and (not everything or len(missing) == len(taken)):
            raise ValueError(_no_option(option, missing[0], taken, everything))
    return {
        name: {option: value(option, text, known[option]) for option, text in given.items() if option in known}
        for name, known in taken.items()
    }


def _no_option(option: str, name: str, taken: Mapping[str, Options], everything: bool) -> str:
    if everything:
        known = sorted({key for options in taken.values() for key in options})
        return f"--set must name an option of a figure, {', '.join(known)}, got {option!r}"
    known = sorted(taken[name])
    there = f"one of {', '.join(known)}" if known else "nothing, for it has no options"
    return f"--set for the figure {name} must name {there}, got {option!r}"


def options_of(package: str, name: str) -> Options:
    """The options of a figure with their types: the parameters of its `compute`."""
    compute = importlib.import_module(f"{package}.{name}").compute
    hints = typing.get_type_hints(compute)
    return {key: hints.get(key, str) for key in inspect.signature(compute).parameters
            if key not in NOT_OPTIONS}  # fmt: skip


def value(option: str, text: str, kind: Any) -> object:
    """The text as a value of that type: a number, a text, or several of them.

    Numbers are separated by commas, texts (of kernels, which hold commas) by semicolons.
    """
    if typing.get_origin(kind) is not tuple:
        inner = [part for part in typing.get_args(kind) if part is not type(None)]
        if inner:
            return value(option, text, inner[0])
        return one(option, text, kind)
    part = typing.get_args(kind)[0]
    between = ";" if part is str else ","
    return tuple(one(option, piece, part) for piece in text.split(between))


def one(option: str, text: str, kind: type) -> object:
    """A whole number, a number or a text."""
    text = text.strip()
    if kind is str:
        return text
    words = {int: "a whole number", float: "a number"}
    try:
        found = kind(text)
    except ValueError as error:
        raise ValueError(f"{option} must be {words[kind]}, got {text!r}") from error
    if not math.isfinite(found):
        raise ValueError(f"{option} must be finite, got {text!r}")
    return found
