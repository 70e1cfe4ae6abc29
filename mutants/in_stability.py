"""Faults in the stability of convolutional kernels to deformations: constants, bounds, the theorem."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_CONSTANTS = (
    "tests/ckn/test_ckn_tight_bounds.py",
    "tests/ckn/test_ckn_constants.py",
    "tests/ckn/test_ckn_operators.py",
)
_BOUNDS = ("tests/ckn/test_ckn_tight_bounds.py", "tests/ckn/test_ckn_stability.py")
_CONTINUUM = ("tests/ckn/test_ckn_tight_bounds.py", "tests/ckn/test_ckn_continuum.py")

_constants = partial(Fault, "kernelspec/ckn/stability/constants.py", tests=_CONSTANTS)
_smoothing = partial(Fault, "kernelspec/ckn/stability/smoothing.py", tests=_CONSTANTS)
_bounds = partial(Fault, "kernelspec/ckn/stability/bounds.py", tests=_BOUNDS)
_transport = partial(Fault, "kernelspec/ckn/stability/transport.py", tests=_BOUNDS)
_distances = partial(Fault, "kernelspec/ckn/stability/distances.py", tests=_BOUNDS)
_continuum = partial(Fault, "kernelspec/ckn/stability/continuum.py", tests=_CONTINUUM)

FAULTS = (
    # -- constants -------------------------------------------------------------------------------------
    _constants(
        "first = still + _arb(h.slope) * moved * norm",
        "first = _arb(h.slope) * moved * norm",
        "the half of the commutator bound without patches dropped",
    ),
    _constants(
        "first = still + _arb(h.slope) * moved * norm",
        "first = still",
        "the half of the commutator bound with patches dropped",
    ),
    _constants(
        "(-h.d * (-e).log1p()).expm1() * (1 + _arb(h.moment) / h.d)",
        "(-h.d * (-e).log1p()).expm1() * (_arb(h.moment) / h.d)",
        "the Jacobian's part of the commutator dropped",
    ),
    _constants(
        "(-h.d * (-e).log1p()).expm1() * (1 + _arb(h.moment) / h.d)",
        "(-h.d * (-e).log1p()).expm1()",
        "the filter's part of the commutator dropped",
    ),
    _constants("still = (-h.d * (-e).log1p()).expm1()", "still = (h.d * e)", "(1 - eps)^{-d} - 1 to first order"),
    _constants(
        "moved = e * _arb(r) if eps * r < 2 * sup else 2 * _arb(sup)",
        "moved = e * _arb(r) if eps * r < sup else _arb(sup)",
        "sup tau for twice it",
    ),
    _constants(
        "first = still + _arb(h.slope) * moved * norm",
        "first = still + _arb(h.slope) * moved",
        "the norm of the deformation left out of the commutator",
    ),
    _constants(
        "return min(upper_float(first), upper_float(2 * norm))",
        "return min(upper_float(first), upper_float(norm))",
        "half of the trivial bound of the commutator",
    ),
    _constants(
        "found = min(found, upper_float(slope * t + _arb(h.curvature) * t * t * mean / 2))",
        "found = min(found, upper_float(slope * t + _arb(h.curvature) * t * t * mean / 4))",
        "half of the second order of a displacement",
    ),
    _constants(
        "found = upper_float(slope * t * mean)",
        "found = upper_float(slope * t)",
        "the mean power left out of a displacement",
    ),
    _constants(
        "found = min(found, upper_float(1 + _deformation(_arb(eps), h.d)))",
        "found = min(found, upper_float(_deformation(_arb(eps), h.d)))",
        "the norm of A forgotten beside that of the deformation",
    ),
    _constants(
        "return 1 / ((1 - eps) ** d).sqrt()", "return (1 + eps * d / 2)", "the norm of a deformation to first order"
    ),
    _constants(
        "return upper_float((moment / total).sqrt())",
        "return float((moment / total).sqrt().mid())",
        "the radius of a patch rounded to nearest",
    ),
    _constants(
        "largest = 2 * d + (_arb(-0.5)).exp() * b",
        "largest = d + (_arb(-0.5)).exp() * b",
        "d for 2 d in the largest rate",
    ),
    _constants(
        "return max(lower_float(_arb(float(d)).sqrt()), lower_float(symbol)), upper_float(largest)",
        "return max(upper_float(_arb(float(d)).sqrt()), upper_float(symbol)), upper_float(largest)",
        "a lower bound rounded up",
    ),
    _smoothing(
        "curvature = upper_float(2 * arb(-1).exp() / arb(sigma) ** 2)",
        "curvature = upper_float(arb(-1).exp() / arb(sigma) ** 2)",
        "half of the curvature of a Gaussian",
    ),
    _smoothing(
        "sides = 4 * edge * float(mass @ np.hypot(1.0, t))",
        "sides = 2 * edge * float(mass @ np.hypot(1.0, t))",
        "two of four sides in the moment of a filter that jumps",
    ),
    _smoothing(
        "return -float(found.fun) * (1 + _FOUND)",
        "return -float(found.fun) * (1 - 1e-4)",
        "the slope of a filter 1e-4 too small",
    ),
    # -- bounds on pixels --------------------------------------------------------------------------------
    _bounds(
        "gain = math.prod(m.norm for m in self.maps) * math.sqrt(1 + count * self.tangent)",
        "gain = math.prod(m.norm for m in self.maps)",
        "sqrt(n + 1) dropped from the bound of tangent norms",
    ),
    _bounds(
        'candidates = {"norms": gain * (size + moved)}',
        'candidates = {"norms": gain * max(size, moved)}',
        "one norm for the sum of two",
    ),
    _bounds(
        "candidates[motion.name] = self._carry(0, size, moved, apart, apart) + rest",
        "candidates[motion.name] = self._carry(0, size, moved, apart, apart)",
        "what the shift itself moves dropped",
    ),
    _bounds(
        "candidates[motion.name] = self._carry(0, size, moved, apart, apart) + rest",
        "candidates[motion.name] = self._carry(0, size, moved, apart, 0.0) + rest",
        "the distance of tangent maps at the input dropped",
    ),
    _bounds(
        "return dx * math.prod(m.rho for m in self.maps[first:])",
        "return dx * math.prod(m.norm for m in self.maps[first:])",
        "norms for Lipschitz constants",
    ),
    _bounds(
        "dy = dx * (math.sqrt(number + 2) if self.tangent else 1.0)",
        "dy = dx * (math.sqrt(number + 1) if self.tangent else 1.0)",
        "a tangent map behind a shift one layer too small",
    ),
    _bounds(
        "            size *= pooled\n            root",
        "            root",
        "the norms of poolings before left out of a shift",
    ),
    _bounds(
        'layer.border == "circular" and all(n % layer.stride == 0 for n in shape.patches)',
        'layer.border == "circular"',
        "shifts through strides that do not divide",
    ),
    _bounds(
        "apart, size = apart * own + size * difference, size * own",
        "apart, size = max(apart * own, size * difference), size * own",
        "the larger of two axes for their sum",
    ),
    _bounds(
        "difference = _norm_of(np.roll(pooling, -r, axis=1) - pooling)",
        "difference = _norm_of(np.roll(pooling, -r, axis=1) - pooling) / 2",
        "half of what a rest of a shift does to pooling",
    ),
    _bounds(
        "return 1.0 if layer.normalized else layer.patch ** (len(self.shape) / 2)",
        "return 1.0 if layer.normalized else layer.patch**0.5",
        "patches of images with the norm of one axis",
    ),
    _bounds(
        "value = raised(candidates[best], 8 * self._sums())",
        "value = candidates[best]",
        "the rounding of a bound not covered",
    ),
    _bounds(
        "return roots * filtered(out, False).ravel()",
        "return filtered(out, False).ravel()",
        "the weights of the pixels left out of one direction",
    ),
    _bounds(
        "return math.sqrt(float(np.abs(np.fft.fft(matrix @ matrix[0])).max())) * (1 + 1e-12)",
        "return math.sqrt(float(np.abs(np.fft.fft(matrix @ matrix[0])[0]))) * (1 + 1e-12)",
        "the norm of a circulant matrix by its mean",
    ),
    _bounds(
        "return Bound(value, terms, source, True, self.draws * FAILURE)",
        "return Bound(value, terms, source, True, FAILURE)",
        "the failure of one start for six",
    ),
    # -- transport -----------------------------------------------------------------------------------------
    _transport(
        "return cls(norm, max(norm, steep), bend)",
        "return cls(norm, steep, bend)",
        "kappa'(1) alone for the Lipschitz constant",
    ),
    _transport(
        "return cls(norm, max(norm, steep), bend)",
        "return cls(norm, norm, bend)",
        "kappa(1) alone for the Lipschitz constant",
    ),
    _transport(
        "            return upper_float(ball.sqrt())\n",
        "            return float(ball.sqrt().mid())\n",
        "the norm of a kernel map rounded to nearest",
    ),
    _transport(
        "weights = pooling.T @ (pooling.sum(axis=1) * weights)",
        "weights = pooling.T @ weights",
        "the sum of a window left out of the weights",
    ),
    _transport(
        "return out / layer.patch if layer.normalized else out",
        "return out",
        "weights of normalized patches not divided",
    ),
    _transport(
        "bends = sum((j + 1) * (maps[j].bend or 0.0) for j in layers)",
        "bends = sum(maps[j].bend or 0.0 for j in layers)",
        "the depth left out of what bends tangent maps",
    ),
    _transport(
        "inside = dy**2 + len(layers) * dx**2 + bends",
        "inside = dy**2 + dx**2 + bends",
        "one layer's distance in a tangent map for all",
    ),
    _transport(
        "bends * min(root, sharp * root + rest * dx**2)",
        "bends * min(root, sharp * root)",
        "the second order of the angle dropped",
    ),
    _transport(
        "return upper_float(2 * inverse), upper_float(arb(0.5) - inverse)",
        "return upper_float(2 * inverse), upper_float(arb(0.5) - inverse) / 2",
        "half of the angle's second constant",
    ),
    _distances(
        "out = times_powers(out, (degree - 1) * powers)",
        "out = times_powers(out, degree * powers)",
        "a relative distance at the size of the image",
    ),
    # -- continuous domains ----------------------------------------------------------------------------------
    _continuum(
        "        dy += change * size * math.sqrt(number)\n",
        "        dy += change * size\n",
        "the size of the tangent map before a layer left out",
    ),
    _continuum("count = math.sqrt(len(maps) + 1) if tangent else 1.0", "count = 1.0", "sqrt(n + 1) dropped from C48"),
    _continuum(
        "            change = 2 * moved\n",
        "            change = moved\n",
        "the trivial commutator of an unpooled map halved",
    ),
    _continuum(
        "slope, curvature = raised(unit.slope / step, 1), raised(unit.curvature / step**2, 2)",
        "slope, curvature = raised(unit.slope / step**2, 1), raised(unit.curvature / step**2, 2)",
        "the slope of a later filter over the square of the stride",
    ),
    _continuum(
        "return raised(step * math.sqrt(square), 6)",
        "return raised(math.sqrt(square), 6)",
        "patches of later layers as wide as the first",
    ),
    _continuum(
        "dx = dx * constant.rho if dx > 0 else 0.0",
        "dx = dx * constant.norm if dx > 0 else 0.0",
        "errors carried on without the Lipschitz constant",
    ),
    _continuum("last = min(last, commutator + shift)", "last = min(last, shift)", "the last commutator dropped"),
)
