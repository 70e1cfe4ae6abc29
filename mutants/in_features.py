"""Faults in features of convolutional networks, teachers, recovery and groups."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_NYSTROM = ("tests/ckn/test_ckn_features.py", "tests/ckn/test_ckn_nystrom.py")
_GROUPS = ("tests/ckn/test_ckn_features.py", "tests/ckn/test_ckn_groups.py")
_TEACHERS = ("tests/ckn/test_ckn_features.py", "tests/ckn/test_ckn_teachers.py")
_RECOVERY = ("tests/ckn/test_ckn_features.py", "tests/ckn/test_ckn_recovery.py")

_finite = partial(Fault, "kernelspec/ckn/finite.py", tests=_NYSTROM)
_nystrom = partial(Fault, "kernelspec/ckn/nystrom.py", tests=_NYSTROM)
_anchors = partial(Fault, "kernelspec/ckn/anchors.py", tests=_NYSTROM)
_teachers = partial(Fault, "kernelspec/ckn/teachers.py", tests=_TEACHERS)
_coverage = partial(Fault, "kernelspec/ckn/recovery/coverage.py", tests=_RECOVERY)
_linear = partial(Fault, "kernelspec/ckn/recovery/linear_functions.py", tests=_RECOVERY)
_reading = partial(Fault, "kernelspec/ckn/recovery/reading.py", tests=_RECOVERY)
_group = partial(Fault, "kernelspec/ckn/groups/evaluator.py", tests=_GROUPS)
_reads = partial(Fault, "kernelspec/ckn/groups/operators.py", tests=_GROUPS)
_elements = partial(Fault, "kernelspec/ckn/groups/point_groups.py", tests=_GROUPS)

FAULTS = (
    # -- features in finite dimension ----------------------------------------------------------------------
    _finite(
        "cut = (np.sqrt(eps) if kernel.rough else 10 * eps) * max(values[-1], 0.0)",
        "cut = 1e-4 * max(values[-1], 0.0)",
        "small eigenvalues of anchors cut off",
    ),
    _finite(
        "        if self.kernel.homogeneous:\n            out *= norms\n",
        "        if self.kernel.homogeneous:\n            out *= np.maximum(norms, floor)\n",
        "features below the floor as large as at it",
    ),
    _finite(
        "leak = a / (a + b + np.sqrt(b * (2 * a + b))) if a else 0.0",
        "leak = a / (a + b - np.sqrt(b * (2 * a + b))) if a else 0.0",
        "the other root for the leak",
    ),
    _finite(
        "x = x * x.dtype.type(layer.patch ** (1 - x.ndim / 2))",
        "x = x * x.dtype.type(layer.patch ** (2 - x.ndim))",
        "the patch measure twice in features",
    ),
    _nystrom(
        "out[here] = times_powers(last, scaling.degrees[-1] * powers[here])",
        "out[here] = times_powers(last, powers[here])",
        "features of squares at the power of one",
    ),
    _nystrom(
        "kept = norms > SMALL * norms.max()",
        "kept = norms > 1e-2 * norms.max()",
        "no anchors from patches below one percent",
    ),
    _anchors(
        'centres[lost] = x[np.argsort(cosine, kind="stable")[: lost.sum()]]',
        "centres[lost] = x[: lost.sum()]",
        "lost centres start again at the first rows",
    ),
    _anchors(
        "gap[gap <= dimension * np.finfo(cosine.dtype).eps] = 0",
        "gap[gap <= 1e-4] = 0",
        "directions within 1e-2 of each other taken for one",
    ),
    # -- teachers ------------------------------------------------------------------------------------------
    _teachers(
        "total = total + (r * s**j if j else ones * r)",
        "total = total + (r * s**j if j else r)",
        "the constant term once for all filters",
    ),
    _teachers(
        "raised(max(found, 0.0) + operations * 2.0**-52 * largest, 4)",
        "max(found, 0.0)",
        "the rounding of the element's norm not covered",
    ),
    _teachers(
        "return np.float64(proved_bound(matrix, float(np.linalg.norm(matrix, 2))))",
        "return np.float64(np.linalg.norm(matrix, 2))",
        "spectral norms as floats, not proved",
    ),
    _teachers(
        "return upper_float(value) if as_float(value) < math.inf else math.inf",
        "return as_float(value)",
        "ratios of coefficients rounded to nearest",
    ),
    _teachers(
        "size = np.float64(sum(_spectral(flat[:, v]) ** 2 for v in range(flat.shape[1])))",
        "size = np.float64(max(_spectral(flat[:, v]) ** 2 for v in range(flat.shape[1])))",
        "the largest place of a patch for their sum",
    ),
    _teachers(
        "                pre /= float(layer.patch) ** (axes / 2)\n",
        "                pre /= float(layer.patch) ** axes\n",
        "the measure of a patch twice in a teacher",
    ),
    # -- recovery ------------------------------------------------------------------------------------------
    _coverage(
        "    if rank < min(len(seen), len(table)):  # for once the prime may divide the minors\n",
        "    if rank < 0:  # for once the prime may divide the minors\n",
        "a rank modulo a prime taken for the rank",
    ),
    _coverage(
        "if traces.rel_accuracy_bits() <= 53:",
        "if traces.rel_accuracy_bits() <= 3:",
        "condition numbers from balls of three bits",
    ),
    _coverage(
        "_RESOLVED = 1e7  # condition",
        "_RESOLVED = 1e12  # condition",
        "large condition numbers from singular values in float64",
    ),
    _linear(
        "return self.error**2 / self.norm**2 / math.sqrt(self.dimension) if self.error else 0.0",
        "return self.error**2 / self.norm**2 / self.dimension if self.error else 0.0",
        "the error of readings over d for its root",
    ),
    _linear(
        "errors = np.sqrt(_odd_tails(kernel, d, most) * d) / squared",
        "errors = np.sqrt(_odd_tails(kernel, d, most)) / squared",
        "the root of d dropped from the error of f_w",
    ),
    _linear(
        "left = (whole - np.cumsum(terms))[: most - 1]",
        "left = (whole - np.cumsum(terms))[1:most]",
        "the tail of the odd part one degree late",
    ),
    _reading(
        "before *= f.norm * math.sqrt(float(f.kernel(1.0)))",
        "before *= math.sqrt(float(f.kernel(1.0)))",
        "norms of linear functions left out of the rounding",
    ),
    # -- groups --------------------------------------------------------------------------------------------
    _group(
        "measure = layer.patch**axes * (len(neighbours) if block else 1)",
        "measure = layer.patch**axes",
        "the measure on turns left out",
    ),
    _group(
        '                np.einsum("bii->bi", inner)[...] = (one / floored[0]) ** 2\n',
        '                np.einsum("bii->bi", inner)[...] = 1\n',
        "patches of 0 with the cosine 1 on groups",
    ),
    _reads(
        "((4 - 3 * t) * t + 1) * t / 2",
        "((4 - 3 * t) * t + 1) * t / 2 + 1e-6",
        "weights of the cubic that do not sum to 1",
    ),
    _reads(
        'shift = (layer.patch - 1) / 2 if layer.border == "valid" else 0.0',
        'shift = layer.patch // 2 if layer.border == "valid" else 0.0',
        "even patches of valid borders off their middle",
    ),
    _elements(
        "return (a + (1 - 2 * flip) * b) % m + m * ((flip + other) % 2)",
        "return (a + b) % m + m * ((flip + other) % 2)",
        "a reflection that does not reverse turns",
    ),
)
