"""kernelspec: the truth about kernels of deep-learning theory, every eigenvalue to the last digit.

>>> import kernelspec as ks
>>> k = ks.ntk(3)
>>> k.spectrum(d=10)[4]  # doctest: +SKIP
"""

from __future__ import annotations

from .angle import Pair
from .callables import from_callable
from .duals import dual, power_series
from .families import arccos, defect_power, exponential, laplace, linear, polynomial, sine_power
from .layered import mlp, resnet
from .layers import relu_layer
from .networks import nngp, ntk, rf
from .parse import parse
from .rkhs import same_rkhs
from .zonal import Zonal

__version__ = "0.1.0"

__all__ = [
    "Pair",
    "Zonal",
    "arccos",
    "defect_power",
    "dual",
    "exponential",
    "from_callable",
    "laplace",
    "linear",
    "mlp",
    "nngp",
    "ntk",
    "parse",
    "polynomial",
    "power_series",
    "relu_layer",
    "resnet",
    "rf",
    "same_rkhs",
    "sine_power",
]
