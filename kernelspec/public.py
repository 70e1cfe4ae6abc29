"""The public names that make kernels, from their modules.

`kernelspec/__init__.py` imports this when the first public name is used, and `public_results` when one of those is.
"""

from .kernels.callables import from_callable as from_callable
from .kernels.cauchy import cauchy as cauchy
from .kernels.duals import dual as dual
from .kernels.families import arccos as arccos
from .kernels.families import exponential as exponential
from .kernels.families import laplace as laplace
from .kernels.families import linear as linear
from .kernels.families import polynomial as polynomial
from .kernels.hermite import power_series as power_series
from .kernels.layered import mlp as mlp
from .kernels.layered import resnet as resnet
from .kernels.layers import relu_layer as relu_layer
from .kernels.networks import nngp as nngp
from .kernels.networks import ntk as ntk
from .kernels.networks import rf as rf
from .kernels.parser import parse as parse
from .kernels.piecewise import piecewise as piecewise
from .kernels.points import Pair as Pair
from .kernels.powers import defect_power as defect_power
from .kernels.powers import sine_power as sine_power
from .kernels.stationary import matern as matern
from .kernels.stationary import rational_quadratic as rational_quadratic
from .kernels.wide import network as network
from .kernels.zonal import Zonal as Zonal
