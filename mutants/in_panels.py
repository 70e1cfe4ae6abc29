"""Faults in the eigenvalues of networks of activations with pieces."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

MANY = "kernelspec/spectrum/panel_quadrature.py"
CHOICE = "kernelspec/spectrum/choice.py"

MODELS = "kernelspec/numbers/ball_models.py"
DUALS = "kernelspec/kernels/piecewise_balls.py"
PROVED = "kernelspec/spectrum/panel_balls.py"

STEPS = "kernelspec/kernels/panel_readings.py"
STRETCHES = "kernelspec/kernels/stretches.py"
SYSTEMS = "kernelspec/kernels/piecewise_systems.py"
RADIAL = "kernelspec/spectrum/radial.py"
STEEP = "kernelspec/kernels/steep_panels.py"
ENDS = "kernelspec/kernels/end_facts.py"
_CHARTS = "tests/kernels/test_smooth_charts.py"
_chart = partial(Fault, "kernelspec/kernels/smooth_charts.py", tests=(f"{_CHARTS} -k polynomials",))

_ENDS = ("tests/kernels/test_end_facts.py",)
_STEEP = ("tests/kernels/test_steep_panels.py -k theta1",)
_RADIAL = ("tests/spectrum/test_radial.py",)
_MIXED = ("tests/spectrum/test_mixed_networks.py",)
_BALLS = ("tests/kernels/test_piecewise_balls.py",)
_ROOTS = "tests/kernels/test_scaled_duals.py"
_CHANGES = ("tests/kernels/test_stretches.py",)
_PROVED = ("tests/spectrum/test_panel_balls.py",)
_PANELS = ("tests/spectrum/test_panel_quadrature.py",)

FAULTS = (
    Fault(
        "kernelspec/spectrum/panel_balls.py",
        "read(self.kernel, AtEnd(arithmetic.bits))",
        "pass",
        "layers out of reach are met behind those that take long",
        (f"{_PROVED[0]} -k out_of_reach",),
    ),
    Fault(
        STEPS, "chart.require_reach()", "pass", "no chart is asked for its reach", (f"{_PROVED[0]} -k out_of_reach",)
    ),
    Fault(RADIAL, "bool(self._jump) and bool(np.any(self.now))", "True", "what vanishes hides a kink far out", _RADIAL),
    Fault(
        "kernelspec/spectrum/radial_rules.py",
        "if (start := max(a, mode)) > 0:",
        "if (start := max(a, mode)) < 0:",
        "panels as long as next to the mode",
        _RADIAL,
    ),
    Fault(
        MANY,
        "if not taylor_sums.serves(d, int(k), _DIGITS):",
        "if True:",
        "no series in high dimensions",
        (f"{_PANELS[0]} -k high_dimensions",),
    ),
    Fault(
        MANY,
        "target[i] = entry[0]",
        "target[0] = entry[0]",
        "sums in the places of others",
        (f"{_PANELS[0]} -k serve",),
    ),
    Fault(
        RADIAL,
        "except ValueError:",
        "except TypeError:",
        "series that fall too slowly are refused",
        (f"{_RADIAL[0]} -k slowly",),
    ),
    Fault(
        "kernelspec/kernels/wide.py",
        "ctx.prec + min(_GUARD * len(self.stack), _MOST_GUARD))",
        "ctx.prec)",
        "balls of pieces lose what layers lose",
        ("tests/kernels/test_wide.py -k bits_that",),
    ),
    Fault(
        "kernelspec/kernels/wide.py",
        "if tangent and chain[:-1] ==",
        "if not tangent and chain[:-1] ==",
        "slopes at a variance are read as networks",
        ("tests/kernels/test_wide.py -k read_back",),
    ),
    Fault(
        "kernelspec/numbers/constants.py",
        "and whole == e and closed",
        "and False and closed",
        "inverses of sums of roots have two forms",
        (f"{_ROOTS} -k read_back",),
    ),
    Fault(STEEP, "self.system.nodes[i].twist >= 0", "True", "means that grow along the angle start from 0", _STEEP),
    Fault(STEEP, "x if end == 1 else -x", "x", "a panel next to -1 read from its other end", _STEEP),
    Fault(STEEP, "(behind + y * y / 2)", "(behind + y * y)", "Mills' ratio of another exponent", _STEEP),
    Fault(ENDS, "found *= 2", "found *= 1", "the angle itself behind layers that jump", _ENDS),
    Fault(ENDS, "comes_to_end = at == 1 or", "comes_to_end = at == 1 or at or", "a root next to -1 for all", _ENDS),
    Fault(
        "kernelspec/kernels/scaled_duals.py",
        "return power(q, _HALF) if root is None else root",
        "return power(q, _HALF) + Fraction(1, 10**25) if root is None else root",
        "a root that is off by 1e-25",
        (f"{_ROOTS} -k laws_are_those",),
    ),
    Fault(
        "kernelspec/kernels/piecewise.py",
        "return s * s * dual_of(",
        "return s * dual_of(",
        "a slope that is stretched once",
        (f"{_ROOTS} -k read_back",),
    ),
    Fault(
        "kernelspec/kernels/piecewise.py",
        "decimal_of(ball(self.stretch), digits)",
        "decimal_of(ball(self.stretch), 25)",
        "roots of 25 digits for every digit of mpmath",
        (f"{_ROOTS} -k read_back",),
    ),
    Fault(
        "kernelspec/expansions/piecewise_series.py",
        "+ flint.arb(tail / 2, tail / 2) + change",
        "+ flint.arb(tail / 2, tail / 2)",
        "what a rational root beside the true one changes is left out",
        ("tests/expansions/test_piecewise_series.py -k near",),
    ),
    Fault(
        "kernelspec/numbers/number_text.py",
        "for each in (x, *root)",
        "for each in (x,)",
        "coefficients behind a root whose text forgets it",
        ("tests/expansions/test_piecewise_series.py -k written",),
    ),
    Fault(STRETCHES, "_CRAMER * size.sqrt() if", "0 * size if", "coefficients that no jump changes", _CHANGES),
    Fault(
        MODELS,
        "return abs(x).upper() if x.is_finite()",
        "return flint.arb(float(abs(x).upper())) if x.is_finite()",
        "remainders below the smallest float",
        (f"{_BALLS[0]} -k floats_have",),
    ),
    Fault(SYSTEMS, "ball(scale * scale)", "ball(scale)", "the scale of an activation once", _BALLS),
    Fault(
        MODELS,
        "max(top, 0) + (top >= 0):",
        "max(top, 0) + 1:",
        "powers beyond the last, which functions take for 0",
        _BALLS,
    ),
    Fault(
        DUALS,
        "lost = 0 if proved else math.ceil(_LOST * float(activation.largest_rate) ** 2)",
        "lost = 0",
        "no bits for what steep rates lose",
        _PANELS,
    ),
    Fault(DUALS, "key = kernel, 1 if point.near else -1", "key = kernel, 1", "one end read for both", _PANELS),
    Fault(
        MODELS,
        "top = self.frame.length - self.power  # of what has been dropped",
        "top = 0",
        "estimates judged by their first coefficient",
        _PANELS,
    ),
    Fault(MODELS, "if self.frame.proved:", "if False:", "remainders of functions left out of proofs", _BALLS),
    Fault(
        MODELS,
        "[rest(frame.whole)] if frame.proved else []",
        "[]",
        "powers beyond the last one dropped from proofs",
        _BALLS,
    ),
    Fault(MANY, "before, now = now, step // (k + d - 3)", "before, now = now, step // (k + d - 2)", "P_k", _PANELS),
    Fault(MANY, "point = point if at == 1 else point.mirror", "point = point", "the right half read twice", _PANELS),
    Fault(MANY, "turns = _bessel_degree(", "turns = 0 * _bessel_degree(", "nodes for kappa alone", _PANELS),
    Fault(MANY, "+ 4 * change + 2 * gap +", "+ 0 * gap +", "an expansion that is believed", _PANELS),
    Fault(
        "kernelspec/spectrum/radial.py",
        "(d + 4) * np.log(degrees) - 0.7",
        "(d + 400) * np.log(degrees) - 0.7",
        "pairs of kinks taken for much larger",
        _PANELS,
    ),
    Fault(
        "kernelspec/spectrum/closed.py",
        "below, above = read(np.abs(k - 1)), read(k + 1)",
        "above, below = read(np.abs(k - 1)), read(k + 1)",
        "the recurrence of u turned round",
        _PANELS,
    ),
    Fault(
        "kernelspec/kernels/piecewise_values.py",
        "at.number(level.scale) * density",
        "density",
        "derivatives of exponentials without their factor",
        _PANELS,
    ),
    Fault(
        MODELS,
        "poly = poly.truncate(top) + held.left_shift(top) if top > 0 else held",
        "poly = poly.truncate(top + 1) if top > 0 else held",
        "powers beyond the last one dropped",
        _BALLS,
    ),
    Fault(
        MODELS,
        "out = out + flint.arb_poly([last]).left_shift(n)",
        "out = out + flint.arb_poly([last.mid()]).left_shift(n)",
        "the radius of a remainder dropped",
        _BALLS,
    ),
    Fault(
        MODELS,
        "return Model(self.frame, flint.arb_poly([flint.arb(0, 1) * most.exp()]), power)",
        "return Model(self.frame, flint.arb_poly([0 * most.exp()]), power)",
        "what is flat at an end dropped",
        _BALLS,
    ),
    Fault(
        MODELS,
        "math.floor(float((most * self.power).lower()))",
        "12 + math.floor(float((most * self.power).lower()))",
        "what is flat bounded by too high a power",
        _BALLS,
    ),
    Fault(MODELS, "return flat if sign > 0 else 1 - flat", "return flat", "lower tails taken for upper ones", _BALLS),
    Fault(DUALS, "2 * s * c, -psi.derivative()", "2 * s * c, psi.derivative()", "the angle turned round", _BALLS),
    Fault(DUALS, "twist = 2 * ball(node.twist) * s * s", "twist = ball(node.twist) * s * s", "half a twist", _BALLS),
    Fault(
        "kernelspec/kernels/piecewise_systems.py",
        "found = ((Fraction(1), *lower), (gamma, lower[0], q), (beta, p, lower[1]))",
        "found = ((Fraction(1), *lower), (beta, lower[0], q), (gamma, p, lower[1]))",
        "rates of the two sides exchanged",
        _BALLS,
    ),
    Fault(
        DUALS,
        "values = panel.at(flint.arb(high))",
        "values = panel.at(panel.centre)",
        "a panel that starts with the value in the middle of the one before",
        _BALLS,
    ),
    Fault(PROVED, "self.right(t), self.left(t)", "self.right(t), self.right(t)", "the left half read twice", _PROVED),
    Fault(PROVED, "error += panel.error * 2 * panel.place[1] +", "error +=", "errors of kappa left out", _PROVED),
    Fault(
        PROVED,
        "largest = self._sizes(reach) * (degree * speed * (r - 1 / r) / 2).exp()",
        "largest = self._sizes(reach)",
        "P_k taken for bounded off the line",
        _PROVED,
    ),
    Fault(
        PROVED,
        "half * self.root * t ** (self.root - 1)",
        "half * t ** (self.root - 1)",
        "the slope of a power of t without its factor",
        _PROVED,
    ),
    Fault(
        PROVED,
        "speed = speed * self.root * reach ** (self.root - 1)",
        "speed = speed * 0",
        "the rule taken for exact along a root of the angle",
        _PROVED,
    ),
    Fault(STEPS, "bool(distance < _NEXT)", "False", "values of odd layers at -1 that lose half their digits", _MIXED),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "return SmoothDual(self.name, variance=self.variance, steep=True)",
        "return SmoothDual(self.name, variance=self.variance)",
        "a kernel taken for its derivative",
        ("tests/kernels/test_duals.py",),
    ),
    _chart("[*out, flint.arb(0, 1) * rest]", "[*out, flint.arb(0)]", "the rest of a series at an end left out"),
    _chart("(-side) ** (j - steep)", "(-1) ** (j - steep)", "signs of a series at u = -1"),
    _chart("* (1 - gap) ** (terms - steep)", "* (1 - gap) ** (3 * terms - steep)", "a rest too small"),
    _chart("* (r / gap) ** degree", "* (r / gap) ** (3 * degree)", "what follows a polynomial taken for less"),
    _chart("[0, 2 * c, 1]", "[0, c, 1]", "the square of u with another slope"),
    _chart("sign * (-1) ** j * right[j]", "sign * right[j]", "derivatives at -x with another sign"),
    Fault(STEPS, "-rise, 2 * one + rise, one)", "-rise, 2 * one - rise, one)", "a rise that falls", _MIXED),
    Fault(STEPS, "rise if odd else one + value, one)", "one + value, one)", "tanh cancels at u = -1", _MIXED),
    Fault(
        "kernelspec/kernels/fourier_balls.py",
        "math.sqrt(first) - math.sqrt(less)",
        "math.sqrt(first) + 1",
        "nodes next to the peak left out",
        ("tests/spectrum/test_network_sums.py -k fourier",),
    ),
    Fault(
        "kernelspec/spectrum/hermite_sums.py",
        "in ways + panels:",
        "in ways:",
        "networks of large weights refused",
        (f"{_CHARTS} -k networks",),
    ),
    Fault(
        STEPS,
        "rise = a.value * b.value, a.rise * b.one - a.value * b.defect",
        "rise = a.value * b.value, a.rise * b.one + a.value * b.defect",
        "a sign in the distance of a product from -1",
        _MIXED,
    ),
    Fault(
        STEPS,
        "defect = a.one * b.rise - b.value * a.rise",
        "defect = a.one * b.rise + b.value * a.rise",
        "a sign in the defect of a product of odd kernels",
        _MIXED,
    ),
    Fault(
        STEPS,
        "change, steeper = (flint.arb(0, 1) * bound for bound in bounds)",
        "change, steeper = (flint.arb(0, 0) * bound for bound in bounds)",
        "a variance beside the true one taken for it",
        _MIXED,
    ),
    Fault(
        STEPS,
        "value.rise = self._model(mirror.pair(kernel).defect)",
        "value.rise = value.rise",
        "an odd layer that cancels at u = -1",
        _MIXED,
    ),
    Fault(
        "kernelspec/kernels/network_readings.py",
        "if not isinstance(q, flint.arb) and exact_at(step, q) else one",
        "if not isinstance(q, flint.arb) else one",
        "variances behind irrational roots taken to 30 digits",
        _MIXED,
    ),
    Fault(STRETCHES, "return 2 * found, size", "return found, size", "one factor of a product differentiated", _MIXED),
    Fault(
        STRETCHES,
        "(off * (2 * top * climb + top * top * steeper)).upper()",
        "(off * top * top * steeper).upper()",
        "the square in front of a slope held fixed",
        _MIXED,
    ),
    Fault(STRETCHES, "else _mean(g, high, place)", "else 0 * size", "what jumps change left out", _MIXED),
    Fault(PROVED, "self._root += 1", "self._root += 5", "roots of the angle left out", _PROVED),
    Fault(
        PROVED,
        "error = sum((c.rad() for found in coefficients for c in found), flint.arb(0))",
        "error = sum((c.rad() for found in coefficients for c in found[:-1]), flint.arb(0))",
        "remainders left out",
        ("tests/spectrum/test_panel_balls.py -k all_radii",),
    ),
    Fault(
        "kernelspec/expansions/piecewise_series.py",
        "found = flint.arb_poly(squares)(flint.arb_poly([x, 1]))",
        "found = flint.arb_poly(squares)(flint.arb_poly([abs(x), 1]))",
        "the Taylor series at -x taken for that at x",
        ("tests/kernels/test_piecewise.py",),
    ),
    Fault(
        "kernelspec/kernels/piecewise.py",
        "series([0, *u.coeffs()[1:]], length)",
        "series([0, 1], length)",
        "the Taylor series of an activation with pieces taken for that behind a layer",
        ("tests/kernels/test_piecewise.py",),
    ),
)
