"""Kernel ridge regression: the public face of `kernelspec.learning`'s ridge regression.

One convention: alpha = (K + n lambda I)^{-1} y, stated in `kernelspec.learning.ridge`.
"""

from __future__ import annotations

from .learning.estimator import KernelRidgePath as KernelRidgePath
from .learning.path import Method as Method
from .learning.path import RidgePath as RidgePath
from .learning.path import predict as predict
from .learning.plan import Option as Option
from .learning.plan import Plan as Plan
from .learning.plan import plan as plan
from .learning.rates import Rates as Rates
from .learning.ridge import feature_path as feature_path
from .learning.ridge import ridge_path as ridge_path
from .learning.selection import Selection as Selection
from .learning.selection import leave_one_out as leave_one_out
from .learning.selection import select as select

__all__ = [
    "KernelRidgePath",
    "Option",
    "Plan",
    "Rates",
    "RidgePath",
    "Selection",
    "feature_path",
    "leave_one_out",
    "plan",
    "predict",
    "ridge_path",
    "select",
]
