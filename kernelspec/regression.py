"""Kernel ridge regression: the public face of `kernelspec.learning`'s ridge regression.

One convention: alpha = (K + n lambda I)^{-1} y, stated in `kernelspec.learning.ridge`.
"""

from __future__ import annotations

from .learning.path import Method as Method
from .learning.path import RidgePath as RidgePath
from .learning.path import predict as predict
from .learning.ridge import feature_path as feature_path
from .learning.ridge import ridge_path as ridge_path

__all__ = ["RidgePath", "feature_path", "predict", "ridge_path"]
