"""Faults in learning curves: the equations, their enclosure, spectra without end."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_ON_SPHERES = ("tests/rkhs/test_learning_curves.py",)
_MODELS = ("tests/ckn/test_ckn_learning_curves.py",)
_equations = partial(Fault, "kernelspec/rkhs/learning_curves.py", tests=_ON_SPHERES)
_sphere = partial(Fault, "kernelspec/rkhs/sphere_curves.py", tests=_ON_SPHERES)
_layer = partial(Fault, "kernelspec/ckn/spectra/spheres.py", tests=_MODELS)

FAULTS = (
    _equations("np.sum(missed(mu, k) ** 2 * power)", "np.sum(missed(mu, k) * power)", "the bias not squared"),
    _equations("levels.multiplicity_lower * least**2", "levels.multiplicity_lower * least", "sum of L for that of L^2"),
    _equations(
        "(1.0 if side else missed(unseen.largest, kappa[0]) ** 2)", "1.0", "unseen power never learned, in a bound"
    ),
    _equations(
        "right = total * (1 + _ROUNDING) <= n[todo] if side",
        "right = total * (1 + _ROUNDING) >= n[todo] if side",
        "an upper bound of kappa taken where it is not proved",
    ),
    _equations("none = (n >= rank)", "none = (n > rank)", "as many samples as eigenvalues do not determine them"),
    _equations(
        "kappa[1, todo] - kappa[0, todo] > _SHARP", "kappa[1, todo] - kappa[0, todo] < _SHARP", "wide bounds kept"
    ),
    _sphere("if found.rest[1] else Unseen()", "if not found.rest[1] else Unseen()", "power beyond the degrees lost"),
    _sphere(
        "with at_least(BITS + int(3.4 * digits)):", "with at_least(BITS):", "the trace left known to 58 digits only"
    ),
    _sphere("part.left(blocks)", "part.left(0)", "the trace of the nodes counted once more"),
    Fault(
        "kernelspec/rkhs/degree_sums.py",
        "self.squares.append(weight * self.multiplicity(k) * about_square)",
        "self.squares.append(weight * about_square)",
        "nodes without the number of harmonics",
        _ON_SPHERES,
    ),
    _layer("count, constant=False)", "count)", "constants at every position"),
    _layer("np.append(np.repeat(x, n), 1.0)", "np.append(np.tile(x, n), 1.0)", "multiplicities of other eigenvalues"),
)
