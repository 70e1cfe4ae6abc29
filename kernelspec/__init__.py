"""kernelspec: kernels of infinitely wide networks, their eigenvalues on the sphere to the last digit, and theorems.

>>> import kernelspec as ks
>>> k = ks.ntk(3)
>>> k.spectrum(d=10)[4]  # the eigenvalue of degree 4 on the sphere of R^10
0.000168618932369...
>>> k.decay(d=10).even  # mu_k ~ this times k^-10, for even k
516096/pi**2

The public names come when the first of them is used (PEP 562), and NumPy with them: the help of the command line waits
for neither. Modules are attributes, too: `ks.ckn`, `ks.sphere`, `ks.rkhs`.
A docstring names the source beside a claim's number: "Bietti & Bach 2021, Theorem 7; claim 15" is C15 of docs/claims/
in the repository, and of the page of claims of `kernelspec explore`.
"""

# ruff: noqa: F405 - the names in __all__ are those of the star

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import learning as learning
    from . import plots
    from . import sklearn as sklearn
    from . import testing as testing
    from .public import *  # noqa: F403 - for type checkers alone: the names are listed in __all__
    from .public_results import *  # noqa: F403 - as above

__version__ = "0.1.0"

__all__ = [
    "Pair",
    "Table",
    "Zonal",
    "arccos",
    "cauchy",
    "cite",
    "defect_power",
    "dual",
    "exponential",
    "from_callable",
    "laplace",
    "linear",
    "load",
    "matern",
    "mlp",
    "network",
    "nngp",
    "ntk",
    "parse",
    "piecewise",
    "plots",
    "polynomial",
    "power_series",
    "rational_quadratic",
    "relu_layer",
    "resnet",
    "rf",
    "same_rkhs",
    "save",
    "sine_power",
]

# What waits for a module of the package: its name -> functions that are called with the name and the module.
_awaited: dict[str, list[Callable[[str, ModuleType], None]]] = {}


class _Package(ModuleType):
    """The package, which tells whoever waits for one of its modules that it is there."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if isinstance(value, ModuleType):  # Python binds a module here once it is imported to its end
            for call in _awaited.pop(name, ()):
                call(name, value)


sys.modules[__name__].__class__ = _Package


def _when_imported(name: str, call: Callable[[str, ModuleType], None]) -> None:
    """Call with a module of the package, by its name in it: now where it is imported, else when it will be."""
    module = globals().get(name)
    if isinstance(module, ModuleType):
        call(name, module)
    else:
        _awaited.setdefault(name, []).append(call)


# The modules that users call: they are imported at their first use.
_ROOMS = ("ckn", "explore", "learning", "plots", "regression", "rkhs", "sklearn", "sphere", "stax", "testing")


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, *(n for n in globals() if n.startswith("__"))})


if not TYPE_CHECKING:  # a type checker would believe that every name is one of these

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for names in ("public", "public_results") if name in __all__ else ():
            # All of a module at once: threads that ask for several wait for one import.
            public = vars(import_module(f"{__name__}.{names}"))
            globals().update({each: public[each] for each in __all__ if each in public})
            if name in public:
                return public[name]
        if not name.startswith("_"):
            module = f"{__name__}.{name}"
            try:
                return import_module(module)
            except ModuleNotFoundError as error:
                if error.name != module:
                    raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
