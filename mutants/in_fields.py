"""Faults in what stability rests on: norms of operators, displacement fields, their action on signals."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_NORMS = ("tests/ckn/test_ckn_tight_bounds.py", "tests/ckn/test_ckn_norms.py")
_FIELDS = ("tests/ckn/test_ckn_fields.py",)

_certificate = partial(Fault, "kernelspec/ckn/stability/certificate.py", tests=_NORMS)
_norms = partial(Fault, "kernelspec/ckn/stability/norms.py", tests=_NORMS)
_operators = partial(Fault, "kernelspec/ckn/stability/operators.py", tests=("tests/ckn/test_ckn_operators.py",))
_fields = partial(Fault, "kernelspec/ckn/stability/fields.py", tests=_FIELDS)
_suprema = partial(Fault, "kernelspec/ckn/stability/suprema.py", tests=_FIELDS)
_motions = partial(Fault, "kernelspec/ckn/stability/motions.py", tests=_FIELDS)
_warping = partial(Fault, "kernelspec/ckn/stability/warping.py", tests=_FIELDS)

FAULTS = (
    # -- norms -------------------------------------------------------------------------------------------------
    _certificate(
        "total = square * (1 + 1e-14) + error + _gamma(len(matrix)) * frobenius",
        "total = square * (1 + 1e-14)",
        "the rounding of the product and the factor not covered",
    ),
    _certificate(
        "    try:\n        np.linalg.cholesky(shifted)\n    except np.linalg.LinAlgError:\n        return None\n",
        "",
        "any guess taken for proved",
    ),
    _certificate(
        "return found if math.ldexp(found, -exponent) >= x else math.nextafter(found, math.inf)",
        "return found",
        "a subnormal bound rounded to nearest",
    ),
    _norms(
        "lemma = _beyond(ritz, [*beside, beta], math.log(least))",
        "lemma = _beyond(ritz, beside, math.log(least))",
        "the last beta left out of the lemma",
    ),
    _norms(
        "t = math.acosh(1 / least) / (2 * k - 1)",
        "t = math.acosh(1 / least) / (2 * k + 1)",
        "a degree too many in the theorem",
    ),
    _norms(
        "return math.sqrt(float(betaincinv(0.5, (n - 1) / 2, failure)))",
        "return math.sqrt(float(betaincinv(0.5, n / 2, 10 * failure)))",
        "ten times the stated failure",
    ),
    # -- fields --------------------------------------------------------------------------------------------------
    _fields(
        "upper_float(Fraction(size) * Fraction(self.sup))",
        "size * self.sup",
        "the supremum of a multiple rounded to nearest",
    ),
    _fields(
        "    if Fraction(amplitude) * Fraction(k[along]) > Fraction(grad):\n"
        "        amplitude = math.nextafter(amplitude, 0.0)\n",
        "",
        "a sinusoid steeper than it says",
    ),
    _fields(
        "sup = upper_float(Fraction(grad) * Fraction(_length(centre)))",
        "sup = upper_float(Fraction(grad) * Fraction(float(centre.max())))",
        "the largest displacement at an edge, not a corner",
    ),
    _fields(
        "matrix = np.array([[1 - c, -s], [s, 1 - c]])",
        "matrix = np.array([[1 - c, s], [-s, 1 - c]])",
        "rotations clockwise",
    ),
    _suprema(
        "return sup * (1 + _FOUND), supremum(gradient, bent, axes, box) * (1 + _FOUND)",
        "return sup, float(bent.max())",
        "the gradient's supremum on the grid alone",
    ),
    _suprema(
        "np.hypot(a + e, c - b) + np.hypot(a - e, c + b)",
        "np.hypot(a + e, c + b) + np.hypot(a - e, c - b)",
        "singular values with signs exchanged",
    ),
    _motions("return not self.matrix[:, axis].any()", "return True", "rotations taken for periodic"),
    _warping(
        "            sine = sine * np.cos(np.pi * t / n)\n",
        "            sine = sine * 1.0\n",
        "the highest frequency of an even circle",
    ),
    _warping("zero = np.abs(t) < 1e-100", "zero = np.abs(t) < 1e-3", "displacements below 1e-3 not seen"),
    _operators(
        "rmatvec=lambda y: by(multiplier.conj(), y),",
        "rmatvec=lambda y: by(multiplier, y),",
        "a translation for its own adjoint",
    ),
    _operators(
        "if jump > _SEAM * max(tau.sup, 1.0):",
        "if jump > 1e-3 * max(tau.sup, 1.0):",
        "fields with a seam of 1e-4 allowed",
    ),
)
