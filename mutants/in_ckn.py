"""Faults in the exact kernels of convolutional networks: layers, evaluation, scaling, files."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_GRAM = ("tests/ckn/test_ckn_evaluate.py", "tests/ckn/test_ckn_gram.py")
_EDGES = ("tests/ckn/test_ckn_evaluate.py", "tests/ckn/test_ckn_edges.py", "tests/ckn/test_ckn_gram.py")
_SCALING = ("tests/ckn/test_ckn_evaluate.py", "tests/ckn/test_ckn_scaling.py")
_POSITIVE = ("tests/ckn/test_ckn_evaluate.py", "tests/ckn/test_ckn_positive.py")
_NETWORK = ("tests/ckn/test_ckn_evaluate.py", "tests/ckn/test_ckn_network.py", "tests/ckn/test_ckn_gram.py")
_STORE = ("tests/ckn/test_ckn_evaluate.py", "tests/ckn/test_ckn_store.py", "tests/ckn/test_ckn_workers.py")

_evaluate = partial(Fault, "kernelspec/ckn/engine/evaluator.py", tests=_EDGES)
_exact = partial(Fault, "kernelspec/ckn/doors.py", tests=_EDGES)
_pointwise = partial(Fault, "kernelspec/ckn/patch_kernels.py", tests=_EDGES)
_fitted = partial(Fault, "kernelspec/ckn/patch_kernels.py", tests=("tests/ckn/test_fitted_patch_kernels.py",))
_patches = partial(Fault, "kernelspec/ckn/engine/patch_products.py", tests=_GRAM)
_context = partial(Fault, "kernelspec/ckn/engine/layer_pairs.py", tests=(*_GRAM, *_POSITIVE))
_layers = partial(Fault, "kernelspec/ckn/layers.py", tests=_NETWORK)
_geometry = partial(Fault, "kernelspec/ckn/engine/geometry.py", tests=_NETWORK)
_outputs = partial(Fault, "kernelspec/ckn/engine/pooling.py", tests=_GRAM)
_sides = partial(Fault, "kernelspec/ckn/engine/sides.py", tests=_EDGES)
_near = partial(Fault, "kernelspec/ckn/engine/near_coincidence.py", tests=_EDGES)
_axes = partial(Fault, "kernelspec/ckn/axes.py", tests=_EDGES)
_scaling = partial(Fault, "kernelspec/ckn/scaling.py", tests=_SCALING)
_positive = partial(Fault, "kernelspec/ckn/positive.py", tests=_POSITIVE)
_run = partial(Fault, "kernelspec/ckn/engine/schedule.py", tests=_STORE)
_store = partial(Fault, "kernelspec/gram/matrix_file.py", tests=_STORE)

_memory = partial(
    Fault, "kernelspec/ckn/engine/memory.py", tests=("tests/ckn/test_ckn_edges.py -k test_memory_is_bounded_whatever",)
)
_tiles = partial(
    Fault,
    "kernelspec/ckn/engine/layer_pairs.py",
    tests=("tests/ckn/test_ckn_edges.py -k test_memory_is_bounded_whatever",),
)

FAULTS = (
    # -- evaluation ------------------------------------------------------------------------------------
    _sides(
        "return x if layer.scale == 1 else x * layer.scale**0.5",
        "return x if layer.scale == 1 else x * layer.scale",
        "the patch measure twice at the first layer",
    ),
    _sides(
        "norms = xp.where(squares < space.small, largest",
        "norms = xp.where(squares == 0, largest",
        "norms from squares that have lost their digits",
    ),
    _evaluate(
        "            results[1] += results[0]\n", "            pass\n", "the kernel not added to the tangent kernel"
    ),
    _near("end = 1 - AT_END * eps", "end = 1 - 1e4 * AT_END * eps", "cosines within 2e-11 of an end read as the end"),
    _near(
        "return mask, ops.xp.where(cosine[mask] > 0, zero, zero + math.pi)",
        "return mask, zero",
        "opposite patches read as equal ones",
    ),
    _exact(
        "unit = ops.xp.maximum(b, a[i] + 0 * b)",
        "unit = ops.xp.minimum(b, a[i] + 0 * b)",
        "distances in units of the smaller norm",
    ),
    _exact(
        "norms = ops.times_power(left[i] / 2 + 0 * right, 2 * (a[i] - unit))",
        "norms = ops.times_power(left[i] / 2 + 0 * right, a[i] - unit)",
        "a norm with half of its power of two in a distance",
    ),
    _axes(
        "if double and x.dtype != xp.float64:",
        "if double and x.dtype != x.dtype:",
        "distances of float32 images in float32",
    ),
    _exact(
        "more = math.ceil(math.log2(math.prod(x.shape[1:])) / 2) if scaling.squares else 0",
        "more = 0",
        "squares of squares of large images overflow",
    ),
    _fitted("None if self.kernel.one_exponential else ", "", "fits where they cost more than the kernel"),
    _fitted("end = 1 - AT_END * float", "end = 1 - 0 * float", "equal patches with the fit's value next to the end"),
    _fitted(
        "fits = None if self.kernel.one_exponential else fitted_halves(self.kernel, cosine.dtype)",
        "fits = fitted_halves(self.kernel, cosine.dtype, float(cosine.min()), float(cosine.max()))",
        "the value of a cosine depends on those beside it",
    ),
    _fitted("cosine[mask] = value", "pass", "the fit's value at the ends"),
    _pointwise(
        "near: tuple[float, float] = (1 - 1e-5, 1 - 5e-9)",
        "near: tuple[float, float] = (1 - 1e-5, 1 - 5e-13)",
        "angles from cosines up to 5e-13 from an end",
    ),
    _near(
        "return xp.where(sign > 0, angle, math.pi - angle)",
        "return angle",
        "opposite patches with the angle of equal ones",
    ),
    _pointwise('sine *= ops.add_to("power", 1.0, cosine)', "sine *= 2.0", "sin from 2 - 2u and not from 1 - u^2"),
    _pointwise(
        "            angle -= math.pi * self.linear\n",
        "            angle -= self.linear\n",
        "the linear part of a leaky layer over pi",
    ),
    _pointwise(
        "rough = bool(slopes_near_ends(kernel)[1].max() > _STEEP)",
        "rough = bool(slopes_near_ends(kernel)[1].max() > 1e9)",
        "kernels of a large finite slope taken for smooth",
    ),
    _pointwise(
        "return (a, b) if b >= 0 and 2 * a + b >= 0 else None",
        "return (a, b) if b >= 0 else None",
        "layers of no activation with a tangent kernel",
    ),
    _pointwise("if alpha < 16:  # e^{alpha u}", "if alpha < 1600:  # e^{alpha u}", "narrow exponential kernels vanish"),
    # -- patches, layers, geometry -----------------------------------------------------------------------
    _near("- sign[:, None] * xp.take", "- xp.take", "differences of opposite patches"),
    _patches(
        "        elif place < len(first) - 2:\n            before = 0\n",
        "        elif place < len(first):\n            before = 0\n",
        "no zeros between the rows of a map",
    ),
    _patches(
        'f"{name} padded {size} {others}"',
        'f"{name} padded {size}"',
        "zeros around a map that another layer has written into",
        tests=("tests/ckn/test_ckn_edges.py",),
    ),
    _patches(
        "reads = np.arange(low - before, low + count + after) % n",
        "reads = np.arange(low - after, low + count + before) % n",
        "circular patches the other way round",
    ),
    _context(
        "        if self.layer.scale != 1:\n            found *= self.layer.scale\n        return self._flat(found)\n",
        "        return self._flat(found)\n",
        "the patch measure left out of the tangent kernel",
    ),
    _context(
        "tiny = (norms > 0) & (norms < _TINY * math.sqrt(largest))",
        "tiny = (norms > 0) & (norms < 0)",
        "tiny patches behind averages have cosines beyond 1",
    ),
    _context(
        "        cosine = norms / self._floored(self.rows)\n        return self.kernel.slope * cosine * cosine\n",
        "        return self.kernel.slope + 0 * norms\n",
        "patches of 0 and below the floor with the cosine 1",
    ),
    _context(
        "            norms = self._floored(role)\n",
        "            norms = norms + 0\n",
        "tangent weights below the floor",
    ),
    _layers("weights = np.exp(-t * t)", "weights = np.exp(-t * t / 2)", "another width of the Gaussian filter"),
    _layers(
        'count = positions // stride - (self.kind == "gaussian")',
        'count = positions // stride - (self.kind != "strided")',
        "one output less of average pooling",
    ),
    _layers(
        'first = 0 if self.border == "valid" else -(self.patch // 2)',
        'first = 0 if self.border == "valid" else -((self.patch - 1) // 2)',
        "even patches one further down and right",
    ),
    _layers(
        'shift = self.length // 2 if self.centred and border != "valid" else 0',
        "shift = self.length // 2 if self.centred else 0",
        "centred windows of valid borders reach outside",
    ),
    _geometry(
        "scale = 1 / layer.patch ** len(axes) if layer.normalized else 1.0",
        "scale = 1 / layer.patch if layer.normalized else 1.0",
        "the measure of one axis for images",
    ),
    _geometry(
        "first, second = (axis.full.mean(axis=0) for axis in layer.axes)",
        "first, second = (axis.full.sum(axis=0) / axis.kept for axis in layer.axes)",
        "the mean over patches, not outputs",
    ),
    _geometry(
        "window = axes[layer].full > 0",
        "window = axes[layer].full > axes[layer].full.max() / 2",
        "pairs that meet at a window's edge left out",
    ),
    _geometry(
        'while network.output == "sum" and same and layers[same - 1].plain:',
        "while same and layers[same - 1].plain:",
        "pairs of one position alone under a mean",
    ),
    _outputs(
        "            tile *= self._trace(start, stop)\n",
        "            tile = tile + 0 * self._trace(start, stop)\n",
        "the last pooling forgotten",
    ),
    _context(
        "            return ends(space.ops, space.eps, doubts)\n",
        "            return None\n",
        "nearly equal maps not read as equal",
    ),
    # -- scaling, positivity, files ----------------------------------------------------------------------
    _scaling(
        "gains.append(factor * gains[-1] + power // 2)",
        "gains.append(gains[-1] + power // 2)",
        "what was taken out of a kernel before a square",
    ),
    _scaling(
        'norms[small] = largest * np.sqrt(np.einsum("ij,ij->i", some, some))',
        "norms[small] = largest",
        "the norm of a tiny patch by its largest entry",
    ),
    _scaling(
        "return float(info.tiny) if first else math.sqrt(float(info.tiny) / float(info.eps))",
        "return float(info.tiny) if first else math.sqrt(float(info.tiny))",
        "norms whose squares are subnormal divide",
    ),
    _positive(
        "values = np.broadcast_to(np.asarray(values, dtype=np.float64), cosines.shape)",
        "values = np.maximum(np.asarray(values, dtype=np.float64) + 0 * cosines, 0)",
        "values below -kappa(1) not seen",
    ),
    _positive(
        "for i, b in enumerate(coefficients) if b < 0), None)",
        "for i, b in enumerate(coefficients[:3]) if b < 0), None)",
        "three Taylor coefficients looked at",
    ),
    _positive(
        "lowest < -8 * math.sqrt(float(ops.xp.finfo(squares.dtype).eps)) * largest",
        "lowest < -1e4 * math.sqrt(float(ops.xp.finfo(squares.dtype).eps)) * largest",
        "squared norms negative by 1e-4 allowed",
    ),
    _positive("        return z**4\n", "        return z**2\n", "the size of a square's features by |z|"),
    _run(
        "[self._symmetric(*pair) for pair in zip(parts, own, strict=True)]",
        "[self._symmetric(part, own[0]) for part in parts]",
        "the kernel's diagonal in the tangent kernel",
    ),
    _run(
        "                result[columns, rows] = self.ops.xp.permute_dims(part, (1, 0))\n",
        "                result[columns, rows] = part.reshape(part.shape[::-1])\n",
        "blocks below the diagonal not transposed",
    ),
    _run(
        "return _Block(_Images(which, start, norms), self.plan.chunk)",
        "return _Block(_Images(which, start, norms), self.plan.block)",
        "a chunk as long as its block",
    ),
    _store(
        "repr((run.network, kinds, run.plan.block, run.x.dtype))",
        "repr((run.network, run.plan.block, run.x.dtype))",
        "a file of the kernel goes on with the tangent kernel",
    ),
    _store(
        "                mark.update(np.ascontiguousarray(part).data)\n",
        "                mark.update(np.ascontiguousarray(part[:1]).data)\n",
        "a file goes on with other images of one first row",
    ),
    _memory(
        "max(1, (held - ahead) // 2) * chunk",
        "max(1, 8 * (held - ahead)) * chunk",
        "many small images held beyond the memory",
    ),
    _tiles("        step = -(-count // -(-count // step))\n", "        step = count\n", "one tile for a large map"),
)
