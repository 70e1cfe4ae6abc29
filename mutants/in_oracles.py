"""Faults in the oracles of the checks, and in the forms of Laplace kernels, crossovers and kinks."""

from __future__ import annotations

from mutants.fault import Fault

_BOUNDS = "tests/paper_checks/test_proof_bounds.py"
_DEEP = "tests/paper_checks/test_deep_proofs.py"
_HELPERS = "tests/paper_checks/test_proof_helpers.py"

FAULTS = (
    # -- oracles -------------------------------------------------------------------------------------------------------
    Fault(
        "oracle/deep.py",
        "return bool(abs(value - arb(decimal)) < arb(1) / 2 / arb(10) ** places)",
        "return bool(abs(value.mid() - arb(decimal)) < arb(1) / 2 / arb(10) ** places)",
        "digits of the middle, whatever the radius",
        (_DEEP, _HELPERS),
    ),
    Fault(
        "oracle/deep.py",
        "    constant = 2 ** (nu + d - 2) * half.gamma()",
        "    constant = 2 ** (nu + d - 1) * half.gamma()",
        "the eigenvalue of a power doubled",
        (_DEEP, _HELPERS),
        ("C18",),
    ),
    Fault(
        "oracle/deep.py",
        "jacobian = arb.pi() * fold * z ** (fold - 1)",
        "jacobian = arb.pi() * fold * z**fold",
        "the Jacobian of the folded angle off by one power",
        (_DEEP, _HELPERS),
    ),
    Fault(
        "oracle/deep.py",
        "            product.append(product[-1] * arccosine(0, b[-1]))\n            b.append",
        "            product.append(product[-1] * arccosine(0, arccosine(1, b[-1])))\n            b.append",
        "the product of slopes one layer late",
        (_DEEP, _HELPERS),
    ),
    Fault(
        "oracle/layered.py",
        "        for d in slopes[:-1]:",
        "        for d in slopes[1:]:",
        "the sum over the slopes shifted by a layer",
        (_HELPERS,),
        ("L7",),
    ),
    Fault(
        "oracle/layered.py",
        "        ramp = (1 - s) ** 2 / (1 + s * s)\n        product",
        "        ramp = (1 - s) ** 2 / (1 + s)\n        product",
        "the ramp of a negative slope",
        (_HELPERS,),
        ("L6",),
    ),
    Fault(
        "oracle/layer_series.py",
        "    step = 1 - c * half\n",
        "    step = 1 - c * half / 2\n",
        "half of the step's root",
        (_HELPERS,),
        ("L6", "L7"),
    ),
    Fault(
        "oracle/identities.py",
        "sympy.Mul(*(x - i for i in range(1, 1 - n)))",
        "sympy.Mul(*(x - i for i in range(0, -n)))",
        "the falling product of Gamma functions off by one",
        (_HELPERS,),
        ("L3",),
    ),
    Fault(
        "oracle/identities.py",
        "    if not difference.is_Integer:",
        "    if not difference.is_Rational:",
        "Gamma functions half an integer apart divided",
        (_HELPERS,),
    ),
    Fault(
        "oracle/sphere_forms.py",
        "    return (k + d - 2) / (2 * k + d - 2)",
        "    return (k + d - 1) / (2 * k + d - 2)",
        "the upper coefficient of the recurrence off by one",
        (_HELPERS,),
        ("L3",),
    ),
    # -- laplace, crossover, kinks -------------------------------------------------------------------------------------
    Fault(
        "paper_checks/e_laplace.py",
        "        return total + arb(0, rest.abs_upper())",
        "        return total",
        "what the exponential series leaves dropped",
        (_DEEP, _BOUNDS),
        ("C28a",),
    ),
    Fault(
        "paper_checks/e_laplace.py",
        "    if k > n:",
        "    if k >= n:",
        "the last eigenvalue of a polynomial set to 0",
        (_DEEP, _BOUNDS),
    ),
    Fault(
        "paper_checks/l_laplace_bands.py",
        "    return limit * (1 + above) / (1 + below)",
        "    return limit",
        "what lies beyond the first term left out of the band",
        (_HELPERS,),
        ("L10b",),
    ),
    Fault(
        "paper_checks/l_crossover.py",
        '        return y**3 if name == "RF" else 1.5 * y',
        '        return y**3 if name == "RF" else y',
        "the first term of the tangent kernel's limit",
        (_HELPERS,),
        ("L5b",),
    ),
    Fault(
        "paper_checks/l_crossover.py",
        "            return y**3 / (1 + y * y) ** 2",
        "            return y**3 / (1 + y * y)",
        "the square of the jump's denominator lost",
        (_HELPERS,),
    ),
    Fault(
        "paper_checks/l_laplace.py",
        "    return powers @ (-c) ** np.arange(powers.shape[1]) / c",
        "    return powers @ c ** np.arange(powers.shape[1]) / c",
        "the signs of the Laplace series lost",
        (_HELPERS,),
    ),
    Fault(
        "paper_checks/l_kinks.py",
        "    scale /= sp.prod([rational(Fraction(2 * i + 1, 2)) for i in range(1, r + 1)])",
        "    scale /= sp.prod([rational(Fraction(2 * i + 1, 2)) for i in range(r)])",
        "the product of the kink rule off by one",
        (_HELPERS,),
        ("L21",),
    ),
    Fault(
        "paper_checks/l_kinks.py",
        "    added = np.sum(w * top / 2 * np.exp(exponent), axis=-1) / (2 * math.pi)",
        "    added = np.sum(w * top / 2 * np.exp(exponent), axis=-1) / math.pi",
        "what the correlation adds, doubled",
        (_HELPERS,),
    ),
    Fault(
        "paper_checks/l_constants.py",
        "        term *= (power + j) / (power + half + j)",
        "        term *= (power + j) / (power + half + j + 1)",
        "a Beta integral off by one",
        (_HELPERS,),
        ("L3",),
    ),
    Fault(
        "oracle/two_layer_forms.py",
        "    return gamma(d / 2) * factorial(s) / (2 ** (s + 1) * pi) * ratio",
        "    return gamma(d / 2) * factorial(s) / (2**s * pi) * ratio",
        "the coefficient of a power of ReLU doubled",
        (_HELPERS,),
    ),
)
