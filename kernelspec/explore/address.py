"""The state of a page in its address: what is not as it is at first, as query parameters.

A page names its fields once, each with the reader that checks it; what an address gives that no field takes is
reported in a sentence, and the field is as at first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .fields import sentence

Values: TypeAlias = dict[str, Any]  # of fields, which have types of their own
Reader: TypeAlias = Callable[[str], Any]
_RESERVED = ("access_token", "session_id", "file", "refresh_token")  # marimo's own


@dataclass(frozen=True)
class Fields:
    """The fields of a page: the value that each has at first, and what reads it from text.

    >>> fields = Fields({"d": (10, int)})
    >>> fields.read({"d": "5", "access_token": "x"})
    ({'d': 5}, [])
    >>> fields.read({"d": "five"})[0], fields.write({"d": 7}), fields.write({"d": 10})
    ({'d': 10}, {'d': '7'}, {})
    """

    known: Mapping[str, tuple[Any, Reader]]

    def read(self, parameters: Mapping[str, str | list[str]]) -> tuple[Values, list[str]]:
        """The value of every field, and a sentence for each parameter that was refused."""
        values = {name: first for name, (first, _) in self.known.items()}
        refused = []
        for name, given in parameters.items():
            text = given[-1] if isinstance(given, list) else given
            if name in self.known:
                try:
                    values[name] = self.known[name][1](text)
                except (ValueError, TypeError) as error:
                    refused.append(sentence(error))
            elif name not in _RESERVED:
                names = ", ".join(self.known)
                refused.append(f"the address must name fields of this page ({names}); got {name!r}")
        return values, refused

    def write(self, values: Mapping[str, object]) -> dict[str, str]:
        """The parameters that an address needs to open the page with these values."""
        return {
            name: _text(values[name])
            for name, (first, _) in self.known.items()
            if name in values and _text(values[name]) != _text(first)
        }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return format(value, ".10g") if isinstance(value, float) else str(value)
