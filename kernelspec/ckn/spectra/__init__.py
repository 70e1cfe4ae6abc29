"""Exact spectra of convolutional kernels: Mercer decompositions, norms, what pooling gains (Bietti 2022; claims 52-59).

`Model` decomposes the kernel of a network for inputs that are uniform on spheres or on the cube; `solver` is the
interface of the classes that do, one for each architecture. `PairOperators` are those of a quadratic second layer,
`Hierarchy` has kernels over trees of patches.
"""

from ...rkhs.learning_curves import LearningCurve
from .eigenspaces import Eigenspace, Eigenspaces
from .hierarchies import Hierarchy
from .model import Model
from .norms import quadratic_norm
from .pair_operators import PairOperators

__all__ = ["Eigenspace", "Eigenspaces", "Hierarchy", "LearningCurve", "Model", "PairOperators", "quadratic_norm"]
