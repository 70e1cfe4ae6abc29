"""Tests for kernels, ours and your own: what every kernel obeys, and random kernels, points, networks and deformations.

`check_kernel(kernel)` and `check_gram(function)` hold a kernel (an expression, a subclass of `Zonal`) or a function
that returns Gram matrices against a table of named laws. The first one that fails raises `CheckFailed`, an
AssertionError that says which law it is, at which points, what was found, what it should be, and what usually causes
it; else a `Report` says which laws are met and which do not apply, and why.

>>> import numpy as np
>>> from kernelspec.testing import check_gram
>>> check_gram(lambda x, y: np.linalg.norm(x, axis=1)[:, None] * (x @ y.T))  # |y| is forgotten
Traceback (most recent call last):
...
kernelspec.testing.laws.CheckFailed: <lambda>, d = 3 breaks the law 'scale': ...
  Found: f(2x, y) = 4 f(x, y), but f(x, 2y) = 2 f(x, y)
  Usual cause: |x| or |y| is forgotten, or stands twice: |x||y| kappa(cos).

The strategies of Hypothesis (`pip install kernelspec[testing]`) are `kernels()`, `cosines()`, `points(d)`,
`architectures()`, `images(network)` and `deformations()`. Hypothesis finds them by itself where the package is
installed: `st.from_type(ks.Zonal)`, `st.from_type(ckn.Network)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .gram_checks import GRAM_LAWS, check_gram
    from .image_strategies import architectures, deformations, images, layers, sizes
    from .kernel_checks import KERNEL_LAWS, check_kernel
    from .kernel_strategies import cosine_atoms, cosines, kernels, scalars
    from .laws import CheckFailed, Law, Outcome, Report
    from .point_strategies import points

__all__ = [
    "GRAM_LAWS",
    "KERNEL_LAWS",
    "CheckFailed",
    "Law",
    "Outcome",
    "Report",
    "architectures",
    "check_gram",
    "check_kernel",
    "cosine_atoms",
    "cosines",
    "deformations",
    "images",
    "kernels",
    "layers",
    "points",
    "scalars",
    "sizes",
]

# Loaded when they are first asked for: name -> module that holds it.
_LATER = {
    "CheckFailed": "laws",
    "GRAM_LAWS": "gram_checks",
    "KERNEL_LAWS": "kernel_checks",
    "Law": "laws",
    "Outcome": "laws",
    "Report": "laws",
    "check_gram": "gram_checks",
    "check_kernel": "kernel_checks",
}
_STRATEGIES = {
    "architectures": "image_strategies",
    "cosine_atoms": "kernel_strategies",
    "cosines": "kernel_strategies",
    "deformations": "image_strategies",
    "images": "image_strategies",
    "kernels": "kernel_strategies",
    "layers": "image_strategies",
    "points": "point_strategies",
    "scalars": "kernel_strategies",
    "sizes": "image_strategies",
}


def __getattr__(name: str) -> object:
    module = _LATER.get(name) or _STRATEGIES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f".{module}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ImportError(
            f"kernelspec.testing.{name} is a strategy of Hypothesis, which is not installed: "
            "pip install kernelspec[testing]"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
