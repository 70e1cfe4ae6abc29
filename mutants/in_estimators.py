"""Faults in derivatives of kernels in their parameters, and in what scikit-learn sees of the library."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_SLOPES = ("tests/kernels/test_parameter_slopes.py",)
_KERNEL = ("tests/sklearn/test_kernel.py",)
_slopes = partial(Fault, "kernelspec/kernels/parameter_slopes.py", tests=_SLOPES)
_networks = partial(Fault, "kernelspec/kernels/network_slopes.py", tests=_SLOPES)
_variation = partial(Fault, "kernelspec/kernels/variation.py", tests=_SLOPES)
_kernel = partial(Fault, "kernelspec/sklearn/kernel.py", tests=_KERNEL)
_matrix = partial(Fault, "kernelspec/sklearn/matrix.py", tests=_KERNEL)
_data = partial(Fault, "kernelspec/numbers/estimator_data.py", tests=("tests/sklearn/test_estimator_checks.py",))
_rows = partial(Fault, "kernelspec/ckn/transformer.py", tests=("tests/sklearn/test_estimator_checks.py",))

FAULTS = (
    # -- formulas --------------------------------------------------------------------------------------
    _slopes("return 2 * point.delta / sigma**3", "return 2 * point.delta / sigma**2", "sigma with a power less"),
    _slopes("return -power * np.exp", "return power * np.exp", "the sign of the derivative in c"),
    _slopes("-exponent * _log(point.delta) * np.exp", "-exponent * np.exp", "gamma without its logarithm"),
    _slopes("np.log(np.where(t == 0, 1.0, t))", "np.log(t)", "0 times infinity at u = 1"),
    _slopes("return -np.log1p(x) * value", "return -x * value", "the first term of the logarithm alone"),
    _slopes("series, y - np.log1p(x)) * value", "series, -np.log1p(x)) * value", "alpha in the scale forgotten"),
    _slopes("small**j / (j + 2) for j", "small**j / (j + 1) for j", "the series of a logarithm, shifted"),
    _slopes("2 / scale * z / float(nu - 1)", "2 / scale * z / float(nu)", "the Matern kernel over nu"),
    _slopes("2 / scale * 2 * z * special.k0", "2 / scale * z * special.k0", "half of K_0"),
    Fault(
        "kernelspec/kernels/stationary.py",
        "return 2 * arithmetic.number(self.rate) * special.k0(s)",
        "return arithmetic.number(self.rate) * special.k0(s)",
        "half of the slope of the Matern kernel of order 1",
        tests=_SLOPES,
    ),
    _slopes("point.pair(below).value) / 2", "point.pair(below).value)", "a difference over twice its step"),
    # -- networks --------------------------------------------------------------------------------------
    _networks(
        "slope_change = change_of_a * step.defect - (1 - a)",
        "slope_change = change_of_a * step.defect + (1 - a)",
        "the sign of the second derivative",
    ),
    _networks("point.mirror.pair(ArcCosine(1))", "point.pair(ArcCosine(1))", "the line's change at u for -u"),
    _networks("(1 - s * s) / (1 + s * s) ** 2 * ds", "(1 + s * s) / (1 + s * s) ** 2 * ds", "a' with a sign"),
    _networks("+ weights * gain * dq + db)", "+ db)", "variances of deeper layers forgotten"),
    _networks("db / q - bias * dq / q**2", "db / q", "the share's denominator forgotten"),
    _networks("- dc * root / (2 * np.sqrt(1 - c))", "+ dc * root / (2 * np.sqrt(1 - c))", "dw = dc for -dc"),
    _networks("(dphi - dpsi)", "(dphi + dpsi)", "angles turned against each other"),
    _networks("cosine * dside + sine", "side * dside / after + sine", "a square of a length that overflows"),
    _networks("(total_change + total * growth)", "total_change", "the growth of the lengths forgotten"),
    _networks("own_change = -2 * step * change", "own_change = -step * change", "kappa_0 of one of two"),
    _networks("return total_change / (2 * depth)", "return total_change / depth", "the tangent kernel's share"),
    # -- expressions -----------------------------------------------------------------------------------
    _variation(
        "slope = slope if other == number else slope * factor", "slope = slope", "the product rule without factors"
    ),
    _variation("c * slope for c, each", "slope for c, each", "coefficients of a sum forgotten"),
    _variation("ChainSlope(outer, inner, slope)", "ChainSlope(outer, one(), slope)", "the outer slope read at 1"),
    _slopes(
        "np.where(change == 0, change, self.outer",
        "np.where(change == 2, change, self.outer",
        "an infinite slope times 0",
    ),
    # -- scikit-learn ----------------------------------------------------------------------------------
    _kernel("gradient[..., number] *= float(self._values[name])", "pass", "derivatives in the parameters themselves"),
    _kernel(
        "gram(slope, points, None, self.normalize)", "gram(slope, points, None, False)", "norms in gradients alone"
    ),
    _kernel("diagonal(self._zonal, X, self.normalize)", "diagonal(self._zonal, X)", "norms on the diagonal alone"),
    _kernel('"gamma": 1.0, "slope": 1.0', '"slope": 1.0', "gamma beyond 1 in an optimiser's reach"),
    _kernel("changed = type(self)(**(before | params))", "changed = type(self)(**before)", "set_params without effect"),
    _kernel("if not 0 < low <= high < math.inf:", "if not low <= high < math.inf:", "a bound of 0"),
    _kernel(
        "for each in self.hyperparameters if not each.fixed])",
        "for each in self.hyperparameters])",
        "fixed parameters in theta",
    ),
    Fault(
        "kernelspec/kernels/zonal.py",
        "if others:  # as",
        "if not others and others:  # as",
        "a second matrix in a call is forgotten",
        _KERNEL,
    ),
    _kernel('theta = real_array("theta", theta)', "theta = np.asarray(theta)", "words in theta met by NumPy"),
    _matrix(
        'points_in(X, "KernelMatrix").copy()', 'points_in(X, "KernelMatrix")[::-1].copy()', "points in another order"
    ),
    _data("found.astype(np.float64)", "found", "objects left as they are"),
    _data(
        "elif points.shape[1:] != fitted:", "elif points.ndim != 1 + len(fitted):", "other numbers of features taken"
    ),
    _rows("rows.reshape(len(rows), *shape)", 'rows.reshape(len(rows), *shape, order="F")', "pixels in another order"),
)
