"""Kernels of this library in scikit-learn: `Kernel` for vectors, `KernelMatrix` for whatever has a Gram matrix.

It needs scikit-learn: pip install kernelspec[sklearn].
"""

from __future__ import annotations

try:
    import sklearn as _sklearn  # noqa: F401 - it is here, or this says how it comes
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "kernelspec.sklearn needs scikit-learn: pip install kernelspec[sklearn]", name="sklearn"
    ) from error

from .kernel import Kernel as Kernel
from .matrix import KernelMatrix as KernelMatrix

__all__ = ["Kernel", "KernelMatrix"]
