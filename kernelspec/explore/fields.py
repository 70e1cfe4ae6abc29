"""What a person typed into a field: read, or refused with one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ..kernels.zonal import Zonal

N = TypeVar("N", int, float)
_LONGEST = 400  # characters of a sentence
_DEPTH = re.compile(r"""("[^"]*"|'[^']*')|\bL\b""")


def sentence(error: BaseException) -> str:
    """What an error says, on one line and of a length that can be read beside a field."""
    text = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, ValueError | TypeError | ArithmeticError | NotImplementedError):
        text = f"{type(error).__name__}: {text}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2].rstrip() + " …"


def names_depth(text: str) -> bool:
    """Whether an expression names the depth L that the slider sets."""
    return any(match[0] == "L" for match in _DEPTH.finditer(text))


def with_depth(text: str, depth: int) -> str:
    """The expression with a number in place of L.

    >>> with_depth("ntk(L) + dual('L')", 3)
    "ntk(3) + dual('L')"
    """
    return _DEPTH.sub(lambda match: match[1] or str(depth), text)


def kernel(text: str, depth: int = 1) -> Zonal:
    """The kernel that an expression describes, L being the depth; ValueError with the reason where there is none."""
    from ..kernels.parser import parse

    if not text.strip():
        raise ValueError("kernel must be an expression such as ntk(3); got an empty field")
    return parse(with_depth(text, depth))


def error_of(text: str, depth: int = 1) -> str:
    """The sentence that says what is wrong with an expression, empty where nothing is."""
    try:
        kernel(text, depth)
    except Exception as error:  # the field shows whatever is wrong
        return sentence(error)
    return ""


def whole(name: str, value: object, least: int, most: int) -> int:
    """An integer between two others, from a number or a text; ValueError with name, value and range."""
    try:
        number = int(str(value).strip())
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise ValueError(f"{name} must be an integer from {least} to {most}; got {value!r}")
    return number


def decimal(name: str, value: object, least: float, most: float) -> float:
    """A number between two others, from a number or a text; ValueError with name, value and range."""
    try:
        number = float(str(value).strip())
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}; got {value!r}")
    return number


def step_of(name: str, value: object, steps: Sequence[N]) -> N:
    """The step of a slider that a number or a text names; ValueError with name, value and steps.

    >>> step_of("n", "20", (10, 20, 50))
    20
    """
    try:
        number = float(str(value).strip())
    except ValueError:
        number = float("nan")
    for step in steps:
        if step == number:
            return step
    raise ValueError(f"{name} must be one of {', '.join(map(str, steps))}; got {value!r}")


def chosen(name: str, value: object, known: Iterable[str]) -> str:
    """One of the known words; ValueError with name, value and words."""
    if value not in tuple(known):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}; got {value!r}")
    return str(value)
