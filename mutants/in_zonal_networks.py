"""Faults in kernels of wide networks on a sphere: duals at any variance, the walk over steps, what is read of layers."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_WIDE = "tests/kernels/test_wide.py"
_DIGITS = f"{_WIDE} -k 40_digits or parities or range"
_DOOR = f"{_WIDE} -k bad or ramps or errs"
_ZONAL = "tests/stax/test_networks_on_spheres.py"
_PEER = f"{_ZONAL} -k numbers or kernel_fn"

_dual = partial(Fault, "kernelspec/kernels/scaled_duals.py", tests=(_DIGITS, _PEER))
_walk = partial(Fault, "kernelspec/kernels/wide.py", tests=(f"{_WIDE} -k blocks or products or ramp", _ZONAL))
_steps = partial(Fault, "kernelspec/kernels/steps.py", tests=(_DOOR, f"{_WIDE} -k texts"))
_layers = partial(Fault, "kernelspec/architectures/zonal.py", tests=(_ZONAL,))
_BALLS = "tests/kernels/test_hermite_balls.py"
_SUMS = "tests/spectrum/test_hermite_sums.py"
_MEANS = (f"{_BALLS} -k any_deviation or limits or deep",)
_means = partial(Fault, "kernelspec/kernels/hermite_balls.py", tests=_MEANS)
_rule = partial(Fault, "kernelspec/kernels/gaussian_means.py", tests=("tests/kernels/test_gaussian_means.py",))
_strip = partial(Fault, "kernelspec/kernels/hermite_balls.py", tests=(f"{_BALLS} -k strip",))

_NETWORKS = "tests/spectrum/test_network_sums.py"
_fourier = partial(Fault, "kernelspec/kernels/fourier_balls.py", tests=(f"{_NETWORKS} -k fourier",))
_cosine = partial(Fault, "kernelspec/spectrum/cosine_sums.py", tests=(f"{_NETWORKS} -k tails or chebyshev or mercer",))
_readings = partial(Fault, "kernelspec/kernels/network_readings.py", tests=(f"{_NETWORKS} -k mercer",))
_powers = partial(Fault, "kernelspec/kernels/proved_series.py", tests=(f"{_NETWORKS} -k few or closed",))

_TABLES, _WHOLE = "tests/kernels/test_smooth_tables.py", "tests/spectrum/test_whole_series.py"
_floats = partial(Fault, "kernelspec/kernels/hermite_floats.py", tests=(f"{_TABLES} -k digits or adds_up",))
_tables = partial(Fault, "kernelspec/kernels/smooth_tables.py", tests=(f"{_TABLES} -k goes_on or odd or defects",))
_whole = partial(Fault, "kernelspec/spectrum/whole_series.py", tests=(f"{_WHOLE} -k sums_of or one_layer",))

_ODD = f"{_WIDE} -k odd_to_rounding"

FAULTS = (
    _steps(
        'Phi("abrelu", (slope, Fraction(1)))', 'Phi("abrelu", (slope, Fraction(2)))', "the slope of a leaky ReLU halved"
    ),
    Fault(
        "kernelspec/numbers/rational.py",
        "made(number) if not number.floats else",
        "made(number) if number.floats else",
        "a float beside a root that no decimal stands for",
        ("tests/kernels/test_parser.py -k beside_a_root",),
    ),
    Fault(
        "kernelspec/kernels/layered.py",
        "return decimal_of(ball(found), _DIGITS)",
        "return decimal_of(ball(found), 5)",
        "irrational shares of biases to five digits",
        ("tests/kernels/test_layered.py -k rounded_parameters",),
    ),
    Fault(
        "kernelspec/kernels/evaluation.py",
        "(other or arithmetic.closed_form) and kernel.real_floats",
        "other and kernel.real_floats",
        "symbols refused by the name of a part",
        (f"{_WIDE} -k refusals",),
    ),
    Fault("kernelspec/kernels/activated.py", "if at == -1 and self._odd:", "if False:", "ends of odd layers", (_ODD,)),
    Fault(
        "kernelspec/kernels/activated.py",
        "return found if self.steep else near_one(",
        "return found if self.steep else (lambda pair, _: pair)(",
        "values next to 1 with the rounding of their coefficients",
        (_ODD,),
    ),
    Fault(
        "kernelspec/kernels/points.py",
        "functools.partial(operator.sub, codelta, 1), found.u)",
        "lambda: found.u, found.u)",
        "values next to -1 with the rounding of their coefficients",
        (_ODD,),
    ),
    _floats("stirling = 1 / (12 * n) - 1 / (360 * n**3)", "stirling = 1 / (12 * n)", "Stirling's series cut off"),
    _floats("(1 + twice) / 2", "1 / 2", "half of a hyperbolic cosine left out"),
    _tables(
        "risen = xp.where(near, risen, one - found)", "risen = risen", "odd defects next to -1 for those next to 1"
    ),
    _tables("+= np.sum(self.b[last:]) / here[:, 0]", "+= 0 * here[:, 0]", "terms of high degree left out of defects"),
    _whole("(m - k, 0.0) / (m + k + d)", "(m - k, 0.0) / (m + k + d + 2)", "another step from degree to degree"),
    _whole("(np.log(m) if steep else 0.0)", "0.0", "coefficients of slopes without their exponents"),
    _fourier("near * _largest(n, 2 * height) + shifted", "0 * shifted", "the error of the rule left out"),
    _fourier("return value, None, value", "return h, None, h", "the transform of sigmoid for that of silu"),
    _fourier("if n % 4 in (1, 2) else 1", "if n % 4 in (0, 1) else 1", "signs of Hermite coefficients"),
    _cosine("flint.arb(0, 1) * _tail(tails, 2 * n - j)", "0", "what the nodes take for another cosine left out"),
    _cosine("(s - order) / ((k + order + 1 + s)", "(s - order) / ((k + order + s)", "another connection coefficient"),
    _readings("gradient = _sum(gradient, new)", "gradient = _sum(gradient, rho)", "weights that add another kernel"),
    _powers("outer(inner) if inner.coeffs() else", "outer(inner) if True else", "a series that starts late"),
    _powers(
        "flint.arb_series([rest * flint.arb(0, 1)] * terms, terms)",
        "flint.arb_series([0], terms)",
        "terms behind the last of an outer series left out",
    ),
    _dual("return 1 - 1 / (1 + x)", "return 1 - 1 / (1 + 2 * x)", "erf, GELU and Gaussians at another variance"),
    _dual("(2 / (1 + q) - 1, Monomial(2))", "(1 / (1 + q) - 1, Monomial(2))", "GELU with another square"),
    _dual("(c * c - a * a, Monomial(0))", "(c - a * a, Monomial(0))", "the shift of erf not squared"),
    _dual("terms.append((-a * a / 2 * twice,", "terms.append((a * a / 2 * twice,", "sin taken for cos"),
    _dual("_pi() / (1 + 2 * q) / 2", "_pi() / (1 + 2 * q)", "twice the dual of Gabor"),
    _dual("q ** (m // 2 - i // 2)", "q ** (m // 2)", "powers of the variance in a polynomial"),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "return (_FALL / strip(name, q)) ** 2",
        "return (_FALL / strip(name, q)) ** 2 / 4",
        "half of the digits of a smooth dual at a large variance",
        ("tests/kernels/test_duals.py -k large_variances",),
    ),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "as_ball(q) * coefficients(name, q, 0, slope=True)[1]",
        "coefficients(name, q, 0, slope=True)[1]",
        "what is missing of the slopes of tanh without the variance",
        tests=(f"{_SUMS} -k quadrature",),
    ),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "terms + steep, bits + 8)",
        "terms + steep)",
        "Hermite coefficients of small variances with all bits",
        tests=(f"{_NETWORKS} -k small_variances",),
    ),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "with precision(_SURE + _below(q) + _SPARE):",
        "with precision(_SPARE):",
        "mean squares known to half of their bits",
        tests=(f"{_BALLS} -k large_variances",),
    ),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "_series(*words)[not floats].pair(point)",
        "_series(*words)[0].pair(point)",
        "balls around coefficients in floats",
        tests=(f"{_BALLS} -k values_in",),
    ),
    _rule("alias = 2 * (s * s / 2).exp()", "alias = 0 * s", "errors of the trapezoidal rule left out"),
    _rule("(-end * end / 2).exp() / 2", "(-end * end / 2).exp() / 2 * 1e-9", "what lies beyond the end left out"),
    _rule("+ flint.arb(0, 1) * error", "+ flint.arb(0, 0) * error", "errors of means left out"),
    _rule("last = math.ceil(", "last = math.ceil(0.5 * ", "half of the nodes"),
    _means("rise + flint.arb(1) / 2", "rise", "the limit of the slope of mish left out"),
    _means(
        "start += _mean(name, q, lambda x: _softplus(x) -",
        "start += 0 * _mean(name, q, lambda x: _softplus(x) -",
        "softplus taken for silu",
    ),
    _means("limit * q**p +", "limit * q +", "the square of tanh taken to grow"),
    _strip("lambda b: 1 + 2 * _secant(2 * b),", "lambda b: 1 + 0.2 * _secant(2 * b),", "a bound of tanh in its strip"),
    _strip("lambda b: 2 + _secant(b).log()", "lambda b: 0.5 + _secant(b).log()", "a bound of softplus in its strip"),
    _strip("return 1 + _secant(b + flint.arb.pi() / 4) ** 2", "return 1 + _secant(b)", "a bound of mish in its strip"),
    Fault(
        "kernelspec/spectrum/hermite_sums.py",
        "summed(known[0], known[1],",
        "summed(known[0], 0 * known[1],",
        "no tail",
        tests=(f"{_SUMS} -k tails",),
    ),
    Fault(
        "kernelspec/spectrum/hermite_sums.py",
        "ball(c) * _float_sized(",
        "_float_sized(",
        "sums of series in balls without their factors",
        tests=(f"{_SUMS} -k floats_where",),
    ),
    Fault(
        "kernelspec/spectrum/hermite_sums.py",
        "cut_off(found.values, self.missing)",
        "cut_off(found.values, 0)",
        "what a series in floats misses left out",
        tests=(f"{_SUMS} -k floats",),
    ),
    Fault(
        "kernelspec/spectrum/panel_balls.py",
        "            self.kernel.require_whole(",
        "            str(",
        "balls of a series that was cut off",
        tests=(f"{_SUMS} -k refused",),
    ),
    _dual('int(self.family != "cos") if plain', 'int(self.family == "cos") if plain', "sin taken for even"),
    _dual("and not self.parameters[2]", "", "sin(z + c) taken for odd"),
    _dual('if word == "gamma" and value < 0', 'if word == "gamma" and value > 9', "negative widths"),
    _dual("value not in range(_LARGEST_DEGREE + 1)", "value > _LARGEST_DEGREE", "powers that are no integers"),
    _dual("if x > _LARGEST_EXPONENT", "if x > 10**9", "exponentials beyond the floats"),
    _walk("if q > 0 and not _LEAST <= q <= 1 / _LEAST", "if q < 0", "variances beyond the floats"),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "dense(1, 0, 0, {q}) >",
        "dense(1, 0, 0, 1) >",
        "the text of the slope of a smooth dual without the variance",
        tests=(f"{_WIDE} -k texts_that_are_read",),
    ),
    Fault(
        "kernelspec/kernels/activated.py",
        "if kernel.truncation and not self.steep",
        "if kernel.truncation and self.steep",
        "a series over a mean square that its rounded coefficients do not add up to",
        tests=(f"{_WIDE} -k add_up",),
    ),
    Fault(
        "kernelspec/kernels/points.py",
        "(1 - pair.one if short is None else arithmetic.number(short))",
        "(1 - pair.one)",
        "1 - beta from a rounded beta",
        tests=(f"{_WIDE} -k large_variances",),
    ),
    Fault(
        "kernelspec/kernels/compositions.py",
        "else -kernel.rise(point, base)",
        "else kernel.rise(point, base)",
        "what an inner kernel falls by with the wrong sign",
        tests=("tests/kernels/test_base_points.py -k chains",),
    ),
    Fault(
        "kernelspec/kernels/stationary.py",
        "-point.u if at == 0 else -point.codelta, Fraction(1 - at)",
        "-point.u if at == 0 else point.codelta, Fraction(1 - at)",
        "a rational quadratic kernel that falls behind u = -1",
        tests=("tests/kernels/test_base_points.py -k chains",),
    ),
    Fault(
        "kernelspec/kernels/families.py",
        "end.pair(self).value), -step)",
        "end.pair(self).value), step)",
        "a Gaussian kernel that rises by what it falls by",
        tests=("tests/kernels/test_base_points.py -k chains",),
    ),
    _layers("min(d or 2, _MOST_INPUTS)", "d or 2", "arrays as long as the inputs"),
    _dual("return of_pieces(self.pieces, _stretch(q))", "return of_pieces(self.pieces)", "pieces at variance 1"),
    Fault(
        "kernelspec/kernels/activations.py",
        "tuple((m, beta * s, c * s**m)",
        "tuple((m, beta, c * s**m)",
        "exponentials of pieces not stretched",
        tests=(f"{_ZONAL} -k pieces",),
    ),
    _walk("share = 1 - step.bias / q", "share = 1 - step.bias / before", "the bias's share of another variance"),
    _walk("step.own_weight * before / q", "step.own_weight * before", "gradients of weights not divided"),
    _walk("(step.own_bias / q, Monomial(0))", "(step.own_bias, Monomial(0))", "gradients of biases not divided"),
    _walk("w * v for w, v in", "v for w, v in", "joined channels added without weights"),
    _walk("(*values[:i], *values[i + 1 :])", "values", "the product rule with every factor"),
    _walk("return self._walked[1] if self.scaled", "return self.variance if self.scaled", "scaled by the input"),
    _walk("q = named(q / (q + step.eps)", "q = named(q / (1 + step.eps)", "LayerNorm that divides by 1"),
    _steps("(*numbers, Fraction(0))[:2]", "(*numbers, Fraction(1))[:2]", "a bias where none is written"),
    _steps("if any(w <= 0 for w in weights)", "if any(w < 0 for w in weights)", "a branch of weight 0"),
    _layers("length**2 if inputs is None else length**2 / inputs", "length**2", "norm taken for a root mean square"),
    _layers("return Weights(w, b, _ZERO, _ZERO)", "return Weights(w, b, w, b)", "frozen weights trained"),
    _layers("Fraction(_known(channels, layer), layer.s[0])", "Fraction(_known(channels, layer))", "the factor s lost"),
    _layers("_check_limit(network, float(q) ** 0.5, inputs)", "pass", "networks without a limit taken"),
    Fault(
        "kernelspec/kernels/compositions.py",
        "missing * k.slope_bound if missing else 0.0",
        "missing",
        "what a series misses passed on without the slope",
        tests=("tests/kernels/test_facts.py -k truncations",),
    ),
    Fault(
        "kernelspec/kernels/ranges.py",
        "frozenset.intersection(*",
        "frozenset.union(*",
        "a mean of cosines is 1 where one of them is",
        tests=(f"{_WIDE} -k decay",),
    ),
)
