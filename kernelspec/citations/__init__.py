"""The papers that results rest on: the bibliography, and what finds in it what a thing names (`cite`)."""

from .bibliography import Paper as Paper
from .bibliography import named_in as named_in
from .bibliography import papers as papers

__all__ = ["Paper", "named_in", "papers"]
