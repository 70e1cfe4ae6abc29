"""kernelspec: the truth about kernels of deep-learning theory, every eigenvalue to the last digit.

>>> import kernelspec as ks
>>> k = ks.ntk(3)
>>> k.spectrum(d=10)[4]  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .angle import Pair
from .callables import from_callable
from .duals import dual
from .families import arccos, defect_power, exponential, laplace, linear, polynomial, sine_power
from .hermite import power_series
from .layered import mlp, resnet
from .layers import relu_layer
from .networks import nngp, ntk, rf
from .parse import parse
from .piecewise import piecewise
from .rkhs import same_rkhs
from .stationary import matern, rational_quadratic
from .zonal import Zonal

if TYPE_CHECKING:
    from .saved import load, save
    from .tables import Table

__version__ = "0.1.0"

__all__ = [
    "Pair",
    "Table",
    "Zonal",
    "arccos",
    "defect_power",
    "dual",
    "exponential",
    "from_callable",
    "laplace",
    "linear",
    "load",
    "matern",
    "mlp",
    "nngp",
    "ntk",
    "parse",
    "piecewise",
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

# Loaded when they are first asked for: name -> module that holds it.
_LATER = {"Table": "tables", "load": "saved", "save": "saved"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_LATER[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
