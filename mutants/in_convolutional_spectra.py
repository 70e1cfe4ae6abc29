"""Faults in the spectra of one convolutional layer: pooling, places in patches, norms, learning curves."""

from __future__ import annotations

from mutants.fault import Fault

POOLED = "kernelspec/ckn/spectra/pooled.py"
SYMMETRIC = "kernelspec/ckn/spectra/symmetric.py"
OVERLAPPING = "kernelspec/ckn/spectra/overlapping.py"
CUBE = "kernelspec/ckn/spectra/cube.py"
CYCLE = "kernelspec/ckn/spectra/cycle.py"
SPHERES = "kernelspec/ckn/spectra/spheres.py"
PATCH = "kernelspec/ckn/spectra/patch_spectrum.py"
SPHERE_NORMS = "kernelspec/ckn/spectra/sphere_norms.py"
NORMS = "kernelspec/ckn/spectra/norms.py"
CURVES = "kernelspec/rkhs/learning_curves.py"

_SPECTRA = ("tests/ckn/test_ckn_spectra.py",)
_NORMS = ("tests/ckn/test_ckn_spectra_norms.py",)
_ON_SPHERES = ("tests/ckn/test_ckn_sphere_norms.py",)
_CURVES = ("tests/ckn/test_ckn_learning_curves.py",)

FAULTS = (
    Fault(
        POOLED,
        'if pool.kind == "average" and j * pool.scale % n == 0:',
        'if pool.kind == "average" and j % n == 0:',
        "frequencies that an average loses not known to be 0",
        _SPECTRA,
    ),
    Fault(
        POOLED,
        "return sum(kept[1:], kept[0]) / layer.stride if kept else None",
        "return sum(kept[1:], kept[0]) if kept else None",
        "folded frequencies not divided by the stride",
        _SPECTRA,
    ),
    Fault(
        SYMMETRIC,
        "return [(x + off) / (1 + skew) for x in diagonal]",
        "return [2 * x + off / (1 + skew) for x in diagonal]",
        "eigenvalues that coincide doubled",
        _SPECTRA,
    ),
    Fault(
        OVERLAPPING,
        "    for a in range(r):\n        for row in rows:\n            out:",
        "    for a in range(max(r - 1, 1)):\n        for row in rows:\n            out:",
        "one place of a patch left out",
        (*_NORMS, *_SPECTRA),
        ("C53",),
    ),
    Fault(
        OVERLAPPING,
        "        if pivot == n:  # 0 = 1\n            return None\n",
        "        if pivot == n:  # 0 = 1\n            break\n",
        "functions outside of the range given a norm",
        _NORMS,
        ("C53",),
    ),
    Fault(
        OVERLAPPING,
        "if 2 * q > positions + 1:",
        "if 2 * q > positions + 2:",
        "patches in which a set has two diameters accepted",
        _SPECTRA,
    ),
    Fault(
        OVERLAPPING,
        'w = u + layer.offsets[0] * (layer.border == "zero") + a',
        "w = u + a",
        "patches at a zero border begin too late",
        _NORMS,
    ),
    Fault(
        CUBE,
        "(size, diameter, math.comb(diameter - 2, size - 2))",
        "(size, diameter, math.comb(diameter - 1, size - 1))",
        "sets counted without their last position",
        _SPECTRA,
    ),
    Fault(
        CYCLE,
        "return sum(math.comb(n // d, size // d) * _ramanujan(d, j) for d in divisors) // n",
        "return sum(math.comb(n // d, size // d) for d in divisors) // n",
        "orbits of every frequency counted as those of frequency 0",
        _CURVES,
    ),
    Fault(
        SPHERES,
        "                if space.value <= left:\n                    break\n",
        "",
        "eigenvalues of later degrees that are larger left out",
        _SPECTRA,
    ),
    Fault(
        SPHERES,
        "return self.modes.trace * (one - zero) + sum(self.modes.constant) / 2 * zero",
        "return self.modes.trace * one",
        "the constants of all positions counted apart",
        _SPECTRA,
        ("C55",),
    ),
    Fault(
        PATCH,
        "return float(max(self.ends(count + 2)[1][-2:]))",
        "return float(self.ends(count + 2)[1][-1])",
        "one parity left out of the largest eigenvalue of all that are left out",
        _SPECTRA,
    ),
    Fault(
        NORMS,
        "r, weight = q - shape[-1], 1 if shape[0] == shape[1] else 2",
        "r, weight = q - shape[-1], 1",
        "products of two positions with the weight of squares",
        _NORMS,
        ("C53",),
    ),
    Fault(
        CURVES,
        "[side] + n[todo] * ridge / tried",
        "[side] + ridge / tried",
        "the ridge not multiplied by the number of samples",
        _CURVES,
    ),
    Fault(
        CURVES,
        "rest = float(beyond) if levels.rest[1] else 0.0",
        "rest = 0.0",
        "what is left out missing in the overfitting coefficient",
        _CURVES,
    ),
    Fault(
        SPHERE_NORMS,
        "inner -= _mean(g, digits) * _mean(h, digits) / mu",
        "inner -= 0",
        "constants counted at every position and once more",
        _ON_SPHERES,
    ),
    Fault(
        SPHERE_NORMS,
        "total += (1 if i == j else 2) * weight * inner",
        "total += weight * inner",
        "inner products of two functions counted once",
        _ON_SPHERES,
    ),
    Fault(
        SPHERE_NORMS,
        "    if any(form is None for form in forms):\n",
        "    if all(form is None for form in forms):\n",
        "one function outside of the range passed over",
        _ON_SPHERES,
    ),
    Fault(
        CYCLE,
        "total += form * self.n / (t * self._balls",
        "total += form / (self._balls",
        "sets that are their own rotations with the norm of others",
        _NORMS,
    ),
    Fault(
        SYMMETRIC,
        "refined = v + v * flint.arb_mat(found.tolist())",
        "refined = v",
        "eigenvectors of floats not refined",
        _SPECTRA,
    ),
    Fault(
        PATCH,
        "return math.nextafter(rest / self.multiplicity(count), math.inf)",
        "return math.nextafter(rest / self.multiplicity(count + 40), math.inf)",
        "an eigenvalue bounded by the multiplicity of a later one",
        _SPECTRA,
    ),
    Fault(
        CURVES,
        "[n[i] / (n[i] - x) if x < n[i] else math.inf for x in sums]",
        "[1.0 for x in sums]",
        "the overfitting coefficient left out",
        _CURVES,
    ),
    Fault(
        "kernelspec/rkhs/narrowing.py",
        "count, before = 2 * max(count, size), size",
        "count, before = 2 * count, size",
        "levels taken for all because no more came",
        ("tests/rkhs/test_narrowing.py",),
    ),
)
