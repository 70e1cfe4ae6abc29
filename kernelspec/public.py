"""The public names of the package, from their modules.

`kernelspec/__init__.py` imports this when the first of them is used.
"""

from .angle import Pair as Pair
from .callables import from_callable as from_callable
from .duals import dual as dual
from .families import arccos as arccos
from .families import defect_power as defect_power
from .families import exponential as exponential
from .families import laplace as laplace
from .families import linear as linear
from .families import polynomial as polynomial
from .families import sine_power as sine_power
from .hermite import power_series as power_series
from .layered import mlp as mlp
from .layered import resnet as resnet
from .layers import relu_layer as relu_layer
from .networks import nngp as nngp
from .networks import ntk as ntk
from .networks import rf as rf
from .parse import parse as parse
from .piecewise import piecewise as piecewise
from .rkhs import same_rkhs as same_rkhs
from .saved import load as load
from .saved import save as save
from .stationary import matern as matern
from .stationary import rational_quadratic as rational_quadratic
from .tables import Table as Table
from .zonal import Zonal as Zonal
