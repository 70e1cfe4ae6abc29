"""What the RKHS on the sphere contains, at which norms, and how large it is; do two kernels have the same one?"""

from .approximation import ApproximationCurve
from .capacity_on_sphere import Capacity
from .checker import RecheckError, recheck
from .cube_space import CubeSpace
from .function_text import parse
from .invariant import averaged_gram
from .invariant_space import InvariantSpace
from .learning_curves import LearningCurve
from .membership import Membership
from .profiles import abs_power, relu, step
from .ridge import Function, polynomial, ridge
from .sobolev import Smoothness, Sobolev
from .space import Space
from .verdict import Proof, Verdict, same_rkhs

__all__ = [
    "ApproximationCurve",
    "Capacity",
    "CubeSpace",
    "Function",
    "InvariantSpace",
    "LearningCurve",
    "Membership",
    "Proof",
    "RecheckError",
    "Smoothness",
    "Sobolev",
    "Space",
    "Verdict",
    "abs_power",
    "averaged_gram",
    "parse",
    "polynomial",
    "recheck",
    "relu",
    "ridge",
    "same_rkhs",
    "step",
]
