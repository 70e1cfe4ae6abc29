"""A kernel as text, from its dataclass: the call of the public function that makes it, with the fields for arguments.

A field is an argument by position, or by name where it is `kw_only`; one with its default value is left out.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.exact_numbers import Exact
from ..numbers.scalar_text import number_text
from .identity import contents

if TYPE_CHECKING:
    from .zonal import Zonal

_MESSAGE = 160  # characters of a kernel in a message


def call_text(kernel: Zonal) -> str:
    """The call that makes the kernel, such as laplace(c=2)."""
    kind: Any = type(kernel)  # its hash is that of a class, not of a kernel
    name, fields = _signature(kind)
    words = []
    for field, named, default in fields:
        value = getattr(kernel, field)
        if default is dataclasses.MISSING or contents(value) != contents(default):
            words.append(f"{field}={argument_text(value)}" if named else argument_text(value))
    return f"{name}({', '.join(words)})"


def argument_text(value: Any) -> str:
    """An argument as `ks.parse` reads it: a number exactly, anything else as Python writes it."""
    return number_text(value) if isinstance(value, Fraction | Exact) else repr(value)


@functools.cache
def _signature(kind: type[Any]) -> tuple[str, tuple[tuple[str, bool, Any], ...]]:
    """The name of the function, `maker` or that of the class in lower case, and (name, by name?, default) of fields."""
    if not dataclasses.is_dataclass(kind):
        raise NotImplementedError(f"{kind.__name__} is no dataclass: it has no text until it defines `text`")
    name = getattr(kind, "maker", None) or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    return name, tuple((field.name, field.kw_only is True, field.default) for field in dataclasses.fields(kind))


def bracket(argument: str) -> str:
    """A LaTeX argument made safe for powers and signs around it: in parentheses unless it is one letter."""
    return argument if len(argument) == 1 else f"\\left({argument}\\right)"


def brief(kernel: Zonal) -> str:
    """The kernel's text in a message, which leaves out the middle of a long one: deep layers name all before them."""
    text = repr(kernel)
    return text if len(text) <= _MESSAGE else f"{text[: _MESSAGE // 2]} ... {text[-_MESSAGE // 2 :]}"
