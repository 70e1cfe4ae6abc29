"""The RKHS of a kernel on the sphere: functions and their norms; do two kernels have the same one?"""

from .approximation import ApproximationCurve
from .checker import RecheckError, recheck
from .membership import Membership
from .profiles import abs_power, relu, step
from .ridge import Function, polynomial, ridge
from .sobolev import Smoothness, Sobolev
from .space import Space
from .verdict import Proof, Verdict, same_rkhs

__all__ = [
    "ApproximationCurve",
    "Function",
    "Membership",
    "Proof",
    "RecheckError",
    "Smoothness",
    "Sobolev",
    "Space",
    "Verdict",
    "abs_power",
    "polynomial",
    "recheck",
    "relu",
    "ridge",
    "same_rkhs",
    "step",
]
