"""Exact eigenvalues as data, and families of kernels by their formulas.

An eigenvalue: the kernel's text, d, k, the value, where it comes from, why it is hard.

A value of "0" is an exact zero. Values below 1e-307 can be compared by their logarithm only. "oracle" is
`oracle.eigenvalues`, which shares no code with kernelspec; closed forms were evaluated with mpmath at 60
digits. Every value has at least 25 correct digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import flint
import mpmath as mp


@dataclass(frozen=True)
class Problem:
    """One eigenvalue mu_k of a kernel on S^{d-1}, as a decimal text."""

    name: str
    kernel: str
    d: int
    k: int
    value: str
    source: str
    why: str


Formula = Callable[..., Any]
_DIGITS = 200


@dataclass(frozen=True)
class Family:
    """A public function of real numbers that makes kernels, and the formula of what it makes, in mpmath.

    `formula` takes u and the parameters. Of `given`, the parameters, each has a right value, which floats hold exactly,
    and wrong ones; `also` are other right arguments. theta = pi z^power makes the formula an analytic function of z.

    The laws of public names test values, defects and errors of each, `test_spectrum` eigenvalues against quadrature of
    the formula, and `test_families` everything that `check_kernel` knows.
    """

    name: str
    formula: Formula
    given: Mapping[str, tuple[float, tuple[float, ...]]]
    also: tuple[Mapping[str, Any], ...] = ()
    power: int = 1

    @property
    def arguments(self) -> dict[str, float]:
        """The right values."""
        return {name: value for name, (value, _) in self.given.items()}

    def values(self, u: Any, **arguments: Any) -> Any:
        """The formula at an mpmath number."""
        return self.formula(u, **{name: mp.mpf(x) for name, x in arguments.items()})

    def ball(self, u: flint.arb) -> flint.arb:
        """The formula at the middle of a ball, to so many digits."""
        with mp.workdps(_DIGITS):
            mantissa, exponent = u.mid().man_exp()
            return flint.arb(mp.nstr(self.values(mp.ldexp(int(mantissa), int(exponent)), **self.arguments), _DIGITS))


_SIZE = (-1.0, 0.0, 1e400)
FAMILIES = (
    Family(
        "laplace",
        lambda u, c, gamma: mp.exp(-c * (1 - u) ** gamma),
        {"c": (2.0, _SIZE), "gamma": (0.25, (0.0, -1.0, 1.5))},
        ({"c": 0.5, "gamma": 0.5},),
        power=2,
    ),
    Family(
        "rational_quadratic",
        lambda u, alpha, scale: (1 + (1 - u) / (alpha * scale**2)) ** -alpha,
        {"alpha": (1.5, (0.0, -1.0, 1e7)), "scale": (2.0, _SIZE)},
        ({"alpha": 1},),
    ),
    Family(
        "cauchy",
        lambda u, alpha, c, gamma: (1 + c * (1 - u) ** gamma) ** -alpha,
        {"alpha": (1.5, (0.0, -1.0, 1e7)), "c": (2.0, _SIZE), "gamma": (0.25, (0.0, -1.0, 1.5))},
        ({"gamma": 1}, {"alpha": 1, "gamma": 0.5}),
        power=2,
    ),
)

PROBLEMS = (
    Problem(
        "constant term of kappa_1 on the circle",
        "arccos(1)",
        2,
        0,
        "0.40528473456935108577551785",
        "claim 20",
        "d = 2, where the weight is singular at both ends",
    ),
    Problem("rational value", "arccos(1)", 3, 2, "0.0234375", "claims 19, 20, by hand: 6 (1/16)^2", "3/128 exactly"),
    Problem(
        "k = s, not a parity zero",
        "arccos(1)",
        10,
        1,
        "0.05",
        "claim 20",
        "the same parity as the exact zeros, below the degree",
    ),
    Problem("parity zero of kappa_1", "arccos(1)", 10, 3, "0", "claim 20", "must be 0.0, not rounding noise"),
    Problem("parity zero of kappa_0", "arccos(0)", 50, 40, "0", "claim 20", "must be 0.0, not rounding noise"),
    Problem(
        "kappa_0, odd degree", "arccos(0)", 4, 1001, "8.0411880874883057344022498e-13", "claim 20", "large odd degree"
    ),
    Problem(
        "kappa_2 below its degree",
        "arccos(2)",
        3,
        2,
        "0.044444444444444444444444444",
        "claims 19, 20",
        "k = s: nonzero, a Beta integral",
    ),
    Problem("kappa_2, parity zero", "arccos(2)", 3, 4, "0", "claim 20", "must be 0.0"),
    Problem(
        "kappa_2, odd degree in high dimension",
        "arccos(2)",
        1000,
        5,
        "4.1789924655294991779861796e-16",
        "claim 20",
        "Gamma functions of large argument",
    ),
    Problem(
        "kappa_3",
        "arccos(3)",
        5,
        10,
        "7.1844884327479771205357143e-9",
        "claims 19, 20",
        "a degree that few programs carry",
    ),
    Problem(
        "kappa_5, large degree",
        "arccos(5)",
        4,
        1000,
        "2.8065634156187476708039423e-37",
        "claims 19, 20",
        "decay k^{-14}: far below any quadrature",
    ),
    Problem(
        "kappa_1, k = 10^9",
        "arccos(1)",
        3,
        1000000000,
        "9.54929656164047875993676e-46",
        "claim 20",
        "ratio of Gamma functions at 10^9",
    ),
    Problem(
        "kappa_1, d = 10^6",
        "arccos(1)",
        1000000,
        20,
        "3.779023033153598234519434e-106",
        "claim 20",
        "4e-106, concentration of the measure",
    ),
    Problem(
        "kappa_1, below the float range",
        "arccos(1)",
        1000000,
        1000,
        "1.9639036768907988104584635e-3441",
        "claim 20",
        "only the logarithm fits into float64",
    ),
    Problem(
        "two-layer NTK by the recurrence",
        "ntk(2)",
        2,
        0,
        "0.60792710185402662866327678",
        "claim 21",
        "0/0 in the recurrence at d = 2, k = 0",
    ),
    Problem(
        "two-layer NTK, written out",
        "linear()*arccos(0) + arccos(1)",
        4,
        6,
        "0.00043295723723206062073272756",
        "claim 21",
        "the same kernel as ntk(2) from its parts",
    ),
    Problem("two-layer NTK, parity zero", "ntk(2)", 4, 5, "0", "claim 27", "zero at L = 2, not at L = 3"),
    Problem(
        "two-layer NTK with bias, odd degree",
        "ntk(2, bias=True)",
        4,
        5,
        "0.00066168936256220585432737609",
        "claim 22",
        "the bias removes the parity zeros",
    ),
    Problem(
        "(1+u) kappa_1",
        "arccos(1) + linear()*arccos(1)",
        4,
        7,
        "0.000018093332228004404546447994",
        "claims 2, 20, 22",
        "a product with u; the even part drops out",
    ),
    Problem(
        "Gaussian kernel on the sphere",
        "exponential(sigma=0.5)",
        3,
        5,
        "0.0032623741281697931074484583",
        "claim 11, Bessel function",
        "entire kernel",
    ),
    Problem(
        "Gaussian kernel, super-exponential decay",
        "exponential(sigma=1)",
        10,
        40,
        "3.0375972248280583395155481e-66",
        "claim 11, Bessel function",
        "3e-66",
    ),
    Problem(
        "narrow Gaussian on the circle",
        "exponential(sigma=0.1)",
        2,
        3,
        "0.038178173175586489569875494",
        "claim 11, Bessel function",
        "e^{-100} I_3(100): overflow in a naive product",
    ),
    Problem(
        "Gaussian kernel, d = 10^6",
        "exponential(sigma=1)",
        1000000,
        7,
        "3.678641745557953421941245e-43",
        "claim 11, Bessel function",
        "Bessel function of order 5e5",
    ),
    Problem("monomial", "polynomial(4)", 3, 2, "0.11428571428571428571428571", "claim 10", "4/35, rational"),
    Problem(
        "monomial of its own degree",
        "polynomial(20)",
        50,
        20,
        "5.4154060576121831553435459e-19",
        "claim 10",
        "20!-sized cancellation in P_20",
    ),
    Problem("monomial, degree above", "polynomial(4)", 10, 6, "0", "claim 10", "beyond the degree: exactly zero"),
    Problem("monomial, other parity", "polynomial(7)", 3, 4, "0", "claim 10", "exactly zero"),
    Problem("linear kernel", "linear()", 10, 1, "0.1", "claim 10", "1/d"),
    Problem(
        "power with a negative eigenvalue",
        "defect_power(1/2)",
        3,
        4,
        "-0.0040814244224331747440164177",
        "claim 15",
        "negative sign",
    ),
    Problem(
        "power, k below nu",
        "defect_power(11/4)",
        8,
        2,
        "0.059658124502138026662587699",
        "claim 15",
        "Gamma(k - nu) at a negative argument",
    ),
    Problem(
        "power, large degree and dimension",
        "defect_power(3/2)",
        300,
        10000,
        "8.6917569631358657392307892e-598",
        "claim 15",
        "ratio of Gamma functions, 1e-597",
    ),
    Problem(
        "three-layer NTK, printed value 9.16e-3",
        "ntk(3)",
        4,
        3,
        "0.0091618388486101996732643758",
        "oracle: quadrature in the angle, 60 digits",
        "claim 27: not zero, unlike two layers",
    ),
    Problem(
        "three-layer NTK, printed value 2.95e-4",
        "ntk(3)",
        4,
        7,
        "0.00029478438152757891902607379",
        "oracle: quadrature in the angle, 60 digits",
        "claim 27",
    ),
    Problem(
        "three-layer NTK, d = 10, k = 40",
        "ntk(3)",
        10,
        40,
        "1.9899528661952803339810917e-12",
        "oracle: quadrature in the angle, 60 digits",
        "2e-12: float64 quadrature keeps four digits at best",
    ),
    Problem(
        "three-layer NTK, d = 50",
        "ntk(3)",
        50,
        20,
        "5.6801406250481870321578295e-20",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "5.68e-20: no digit left in float64 quadrature",
    ),
    Problem(
        "three-layer RF, d = 50",
        "rf(3)",
        50,
        20,
        "1.4296944138217767675074184e-21",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "1.4e-21: no digit left in float64 quadrature",
    ),
    Problem(
        "three-layer RF, odd and even differ",
        "rf(3)",
        3,
        1000,
        "1.1906873922005066729943109e-15",
        "oracle: quadrature in the angle, confirmed by Gamma expansion",
        "parity: 5/3 between even and odd",
    ),
    Problem(
        "five-layer NTK, k = 10^4",
        "ntk(5)",
        4,
        10000,
        "4.1323913342546930474898389e-16",
        "oracle: Gamma expansion, 60 digits",
        "beyond any quadrature",
    ),
    Problem(
        "five-layer NTK, k = 10^9",
        "ntk(5)",
        10,
        1000000000,
        "1.5239739650148951479231162e-85",
        "oracle: Gamma expansion, 60 digits",
        "Gamma functions at 10^9",
    ),
    Problem(
        "five-layer RF, d = 300",
        "rf(5)",
        300,
        13,
        "2.5125898394799149959384267e-26",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "Taylor-like regime, k much less than d",
    ),
    Problem(
        "ten-layer RF, d = 1000",
        "rf(10)",
        1000,
        40,
        "3.7560818905630520765772153e-77",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "between the regimes k << d and k >> d",
    ),
    Problem(
        "ten-layer NTK on the circle",
        "ntk(10)",
        2,
        40,
        "0.0028443349304556423053118200",
        "oracle: quadrature in the angle, 60 digits",
        "d = 2: Chebyshev coefficients",
    ),
    Problem(
        "ten-layer NTK with bias",
        "ntk(10, bias=True)",
        3,
        100,
        "8.4594702468007125503828334e-6",
        "oracle: quadrature in the angle, confirmed by Gamma expansion",
        "no parity at the leading order",
    ),
    Problem(
        "thirty-layer RF",
        "rf(30)",
        10,
        30,
        "1.0175371303294139919825383e-12",
        "oracle: quadrature in the angle, 59 digits",
        "crossover: k about the depth",
    ),
    Problem(
        "thirty-layer NTK, k = 1000",
        "ntk(30)",
        50,
        1000,
        "1.4619064005884411141013173e-87",
        "oracle: quadrature in the angle, confirmed by Gamma expansion",
        "deep and large",
    ),
    Problem(
        "hundred-layer RF, constant term",
        "rf(100)",
        3,
        0,
        "0.99647357735589411663492059",
        "oracle: quadrature in the angle, 60 digits",
        "within 4e-3 of kappa(1) = 1",
    ),
    Problem(
        "hundred-layer RF, k below the depth",
        "rf(100)",
        3,
        20,
        "1.0165958933861775666383840e-6",
        "oracle: quadrature in the angle, 60 digits",
        "far from its asymptotics",
    ),
    Problem(
        "hundred-layer NTK, k = 1000",
        "ntk(100)",
        10,
        1000,
        "7.0504575829161422744670977e-23",
        "oracle: quadrature in the angle, confirmed by Gamma expansion",
        "singularities at distance 1/L^2",
    ),
    Problem(
        "hundred-layer NTK with bias",
        "ntk(100, bias=True)",
        4,
        8,
        "0.015733203310286249965025125",
        "oracle: quadrature in the angle, 60 digits",
        "deepest kernel of the grid",
    ),
    Problem(
        "hundred-layer NTK, d = 10^6",
        "ntk(100)",
        1000000,
        5,
        "4.4922477908103149163606152e-29",
        "oracle: Taylor sum, confirmed by quadrature in the angle",
        "deep and high-dimensional",
    ),
    Problem(
        "Laplace",
        "laplace(c=1)",
        3,
        8,
        "0.00057743023547736390915763642",
        "oracle: quadrature in the angle, 60 digits",
        "jump of one sign, no parity",
    ),
    Problem(
        "Laplace, k = 10^6",
        "laplace(c=0.3)",
        10,
        1000000,
        "9.9563799416868035067577227e-57",
        "oracle: Gamma expansion, 60 digits",
        "expansion is entire in t^{1/2}",
    ),
    Problem(
        "Laplace, wide",
        "laplace(c=3)",
        300,
        20,
        "3.3351384081092140556704107e-34",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "oscillating jump e^{-i c eta}",
    ),
    Problem(
        "Laplace of power 1/4",
        "laplace(c=1, gamma=0.25)",
        4,
        40,
        "9.9001043026805128162340404e-7",
        "oracle: quadrature in the angle, 60 digits",
        "kappa(cos theta) is not analytic at theta = 0",
    ),
    Problem(
        "Laplace of power 3/4",
        "laplace(c=1, gamma=0.75)",
        10,
        1000000000,
        "1.3428108551891815388277663e-90",
        "oracle: Gamma expansion, 60 digits",
        "exponents 3/4, 6/4, 9/4, 15/4 ...",
    ),
    Problem(
        "step network of three layers",
        "rf(3, degree=0)",
        3,
        13,
        "0.00012045261644239083914876518",
        "oracle: quadrature in the angle, 60 digits",
        "infinite slope at u = 1: exponent 1/4",
    ),
    Problem(
        "step network of four layers, k = 10^4",
        "rf(4, degree=0)",
        10,
        10000,
        "1.4815209842199552383180574e-34",
        "oracle: Gamma expansion, 60 digits",
        "corrections fall like k^{-1/4} only",
    ),
    Problem(
        "step network of five layers",
        "rf(5, degree=0)",
        2,
        100,
        "7.1506357109724688833589916e-5",
        "oracle: quadrature in the angle, confirmed by Gamma expansion",
        "exponent 1/16",
    ),
    Problem(
        "step network of five layers, k = 10^9",
        "rf(5, degree=0)",
        50,
        1000000000,
        "1.5961698378629979127792078e-383",
        "oracle: Gamma expansion, 60 digits",
        "exponent 1/16 at large degree",
    ),
    Problem(
        "step network, d = 10^6",
        "rf(5, degree=0)",
        1000000,
        8,
        "5.3899823163278927772420886e-47",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "infinite slope, concentrated measure",
    ),
    Problem(
        "ReLU^2 network of three layers",
        "rf(3, degree=2)",
        3,
        30,
        "4.0493186199696705682046584e-10",
        "oracle: quadrature in the angle, 60 digits",
        "slope 4/3 at u = 1",
    ),
    Problem(
        "ReLU^2 network of four layers",
        "rf(4, degree=2)",
        10,
        20,
        "1.6057049728280840183034060e-12",
        "oracle: quadrature in the angle, 60 digits",
        "branch points close to the interval",
    ),
    Problem(
        "ReLU^2 network, d = 1000",
        "rf(4, degree=2)",
        1000,
        40,
        "1.8984691695073558434769386e-78",
        "oracle: quadrature in the angle, confirmed by Taylor sum",
        "2e-78",
    ),
    Problem(
        "mu_10000 where d is larger",
        "ntk(3)",
        1000000,
        10000,
        "2.9096876272009063341809560e-24369",
        "oracle: Taylor sum, confirmed by Gamma expansion",
        "only the logarithm fits into float64",
    ),
    Problem(
        "weighted sum",
        "0.5*ntk(3) + laplace(c=1)",
        10,
        13,
        "3.0484088406458134059792652e-8",
        "oracle, sum of two values",
        "linearity",
    ),
    Problem(
        "difference",
        "ntk(3) - rf(3)",
        4,
        5,
        "0.001007398156817058990026886",
        "oracle, difference of two values",
        "coefficients of both signs",
    ),
    Problem(
        "difference of opposite signs",
        "rf(3) - ntk(3)",
        3,
        40,
        "-0.0000084179339738046992841662632",
        "oracle, difference of two values",
        "negative",
    ),
    Problem(
        "step after ReLU",
        "arccos(0)@arccos(1)",
        3,
        5,
        "0.00094296680627069590592563224",
        "mpmath.quad in the angle, 45 and 55 digits agree",
        "mixed activations",
    ),
    Problem(
        "ReLU after step",
        "arccos(1)@arccos(0)",
        4,
        6,
        "0.000074667759219965325283487784",
        "mpmath.quad in z, theta = pi z^2, 45 and 55 digits agree",
        "mixed activations: exponents 1/2 and 3/4",
    ),
    Problem(
        "Gaussian of a ReLU kernel",
        "exponential(sigma=1)@arccos(1)",
        5,
        4,
        "0.00023870376746650697391012856",
        "mpmath.quad in the angle, 45 and 55 digits agree",
        "entire function of a kernel",
    ),
    Problem(
        "product of networks",
        "rf(3)*laplace(c=1)",
        3,
        6,
        "0.0015133746064608808525343544",
        "mpmath.quad in the angle, 45 and 55 digits agree",
        "product of two kernels with branch points",
    ),
)
