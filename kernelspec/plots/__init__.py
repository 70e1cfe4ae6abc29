"""Figures as functions: of kernels, depths, dimensions and a width, to axes and a table.

>>> import kernelspec as ks
>>> axes, table = ks.plots.end_constants(depths=(2, 3), width=3.4)
>>> table[1]["kernel"], table[1]["c_plus"]
('rf(3)', 4*sqrt(2)/(3*pi))

Each function lays its figure out for the `width`, in inches from 3 to 20: as many panels side by side as have room.
It returns a `Drawn`, a pair of the axes in reading order and of a `kernelspec.Table` with the numbers shown;
`Drawn.figure` is the matplotlib figure, made without pyplot, `Drawn.save(path)` writes it. No setting of matplotlib
is changed. The figures of the papers' checks, in the folder ``figures`` beside the package, are these with captions.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .approximations import approximation_curves
    from .bounds import stability_bounds
    from .commutators import commutator_growth
    from .constants import decay_constants
    from .cubes import sphere_and_cube
    from .deep import deep_equals_shallow
    from .eigenvalues import eigenvalue_decay
    from .ends import end_constants
    from .expansions import expansion_error
    from .features import nystrom_convergence
    from .functions import kernel_functions
    from .harmonics import zonal_harmonics
    from .interactions import patch_interactions
    from .layout import Drawn
    from .maps import kernel_map_smoothness
    from .memberships import membership_map
    from .pairs import pair_responses
    from .pooling import pooling_gain
    from .ratios import rkhs_ratio
    from .recovery import signal_recovery
    from .tradeoff import stability_tradeoff

__all__ = [
    "Drawn",
    "approximation_curves",
    "commutator_growth",
    "decay_constants",
    "deep_equals_shallow",
    "eigenvalue_decay",
    "end_constants",
    "expansion_error",
    "kernel_functions",
    "kernel_map_smoothness",
    "membership_map",
    "nystrom_convergence",
    "pair_responses",
    "patch_interactions",
    "pooling_gain",
    "rkhs_ratio",
    "signal_recovery",
    "sphere_and_cube",
    "stability_bounds",
    "stability_tradeoff",
    "zonal_harmonics",
]

# Loaded when they are first asked for: name -> module that holds it.
_LATER = {
    "Drawn": "layout",
    "approximation_curves": "approximations",
    "commutator_growth": "commutators",
    "decay_constants": "constants",
    "deep_equals_shallow": "deep",
    "eigenvalue_decay": "eigenvalues",
    "end_constants": "ends",
    "expansion_error": "expansions",
    "kernel_functions": "functions",
    "kernel_map_smoothness": "maps",
    "membership_map": "memberships",
    "nystrom_convergence": "features",
    "pair_responses": "pairs",
    "patch_interactions": "interactions",
    "pooling_gain": "pooling",
    "rkhs_ratio": "ratios",
    "signal_recovery": "recovery",
    "sphere_and_cube": "cubes",
    "stability_bounds": "bounds",
    "stability_tradeoff": "tradeoff",
    "zonal_harmonics": "harmonics",
}


def __getattr__(name: str) -> Callable[..., Drawn]:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_LATER[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
