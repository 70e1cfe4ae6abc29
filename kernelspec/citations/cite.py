"""`cite`: the BibTeX of the papers that a computation rests on.

The sources stand where the things stand, in docstrings: of the function that makes a kernel, of the class of a result
and the module that proves it, of the route that computed an eigenvalue. `cite` reads those of what it is given, and of
what that holds.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..kernels.zonal import Zonal

if TYPE_CHECKING:
    from ..results.tables import Table
    from .bibliography import Paper

_PACKAGE = __name__.partition(".")[0]
_WORD = re.compile(r"\b([a-z_]\w*)\(")  # a kernel in the text of another one


@dataclass(frozen=True, repr=False, eq=False)
class Citations:
    """Papers, each with the names of what rests on it: prints as BibTeX, the software first."""

    reasons: Mapping[Paper, tuple[str, ...]]

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers, in the order in which they were found."""
        return tuple(self.reasons)

    def table(self) -> Table:
        """A row a paper: its key, how texts name it, its title, where it can be read, and what rests on it.

        >>> import kernelspec as ks
        >>> ks.cite(ks.polynomial(3)).table().column("name"), ks.cite(ks.polynomial(3)).table().column("for")
        (['Bietti 2022'], ['polynomial'])
        """
        from ..results.tables import Table

        rows = [
            {"key": paper.key, "name": paper.name, "title": paper.title, "link": paper.link, "for": ", ".join(things)}
            for paper, things in self.reasons.items()
        ]
        return Table(rows, ("key", "name", "title", "link", "for"))

    def __repr__(self) -> str:
        from .software import software_bibtex

        return "\n\n".join([software_bibtex(), *(paper.bibtex for paper in self.reasons)])


def cite(*things: Any) -> Citations:
    """The BibTeX of this software, and of the papers that things rest on.

    Parameters
    ----------
    things : kernels, spectra, expansions, decays, verdicts, networks and other results, functions, methods and classes
        of the library; lists, tuples and dicts of these. Of a spectrum, the routes count of the values that were read
        so far. Nothing: the software alone.

    Returns what prints as BibTeX; `papers` and `table()` have its entries. Raises TypeError for anything else. A kernel
    of your own class names its papers in the docstring of the class.

    >>> import kernelspec as ks
    >>> [paper.name for paper in ks.cite(ks.laplace(), ks.ntk(3).decay(10)).papers]
    ['Bietti & Bach 2021', 'Geifman et al. 2020', 'Chen & Xu 2021', 'Jacot, Gabriel & Hongler 2018',
    'Bietti & Mairal 2019']
    >>> print(ks.cite())
    @software{kernelspec,
      author = {{kernelspec contributors}},
      title = {{kernelspec}: Kernels of deep networks as exact expressions, ...},
      version = {...},
      license = {MIT},
    }
    """
    if cite.__doc__ is None:
        raise ValueError("sources stand in docstrings, of which python -OO keeps none: call cite without that option")
    from .bibliography import named_in

    reasons: dict[Paper, list[str]] = {}
    for name, text in _statements(things):
        for paper in named_in(text):
            known = reasons.setdefault(paper, [])
            if name not in known:
                known.append(name)
    return Citations({paper: tuple(known) for paper, known in reasons.items()})


def _statements(things: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """Names of things and the texts that state their sources; TypeError where one of them is nothing of the library.

    What a thing holds, such as the steps of a verdict, counts under its name.
    """
    seen: set[int] = set()
    todo: list[tuple[Any, str]] = [(thing, "") for thing in reversed(things)]  # "" for what was given
    while todo:
        thing, holder = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))  # what `things` hold keeps it for itself
        kind = thing if inspect.isclass(thing) else type(thing)
        ours = [] if inspect.ismodule(thing) else [base for base in kind.__mro__ if _is_ours(base)]
        inside: list[Any] = []
        if isinstance(thing, Zonal):
            yield from _of_kernel(thing)
        elif inspect.isroutine(thing) and _is_ours(thing):
            for text in (thing.__doc__, sys.modules[thing.__module__].__doc__):
                yield thing.__qualname__, text or ""
            inside += [thing.__self__] if inspect.ismethod(thing) else []
        elif ours:
            given, holder = not holder, str(thing.name) if _is_named_route(thing) else holder or kind.__name__
            for base in ours:
                yield holder, base.__doc__ or ""
                yield holder, (given and sys.modules[base.__module__].__doc__) or ""
            yield from ((kind.__name__, text) for text in ([] if kind is thing else _of_layer(thing)))
            inside += [] if kind is thing else getattr(thing, "__dict__", {}).values()
        elif not holder and not isinstance(thing, list | tuple | dict):
            raise TypeError(
                "things must be kernels, spectra, decays, verdicts, networks, other results, functions or classes of "
                f"kernelspec, or lists of these; got {type(thing).__module__}.{type(thing).__qualname__}"
            )
        inside += thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | tuple) else ()
        todo += [(part, holder) for part in reversed(inside)]


def _of_kernel(kernel: Zonal) -> Iterator[tuple[str, str]]:
    """The functions that a kernel prints with, and the docstrings of classes in it that are not the library's."""
    from .. import public
    from ..kernels.variation import atoms

    for name in dict.fromkeys(_WORD.findall(repr(kernel))):
        yield name, getattr(vars(public).get(name), "__doc__", None) or ""
    for kind in dict.fromkeys(map(type, atoms(kernel))):
        if not _is_ours(kind):
            yield kind.__name__, kind.__doc__ or ""


def _of_layer(thing: Any) -> list[str]:
    """What states the sources of a layer's kernels: the recursion, and the dual of an activation."""
    layers = sys.modules.get(f"{_PACKAGE}.architectures.layers")  # without it, there is no layer
    if layers is None or not isinstance(thing, layers.Layer):
        return []
    from ..architectures import Activation, recursion
    from ..architectures.duals.choice import dual_of

    stated = [recursion.__doc__ or ""]
    if isinstance(thing, Activation):
        dual = type(dual_of(thing))
        stated += [dual.__doc__ or "", sys.modules[dual.__module__].__doc__ or ""]
    return stated


def _is_named_route(thing: Any) -> bool:
    """Whether a thing is a route that computes by itself, and does not ask others."""
    from ..spectrum.route import Route

    return isinstance(thing, Route) and hasattr(thing, "name")


def _is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] == _PACKAGE
