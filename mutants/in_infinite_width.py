"""Faults in networks of infinite width: duals at any variance, what layers do to covariances, blocks of images."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_MOMENTS = "tests/architectures/test_activation_moments.py"
_EXTREME = "tests/architectures/test_extreme_duals.py"
_WIDE = "tests/architectures/test_infinite_width.py"
_PEER = f"{_WIDE}::test_numbers_of_neural_tangents"
_NEAR = f"{_WIDE} -k near_coincidence or copies or coincide"
_DIRECT = f"{_WIDE} -k definitions"

_dual = partial(Fault, "kernelspec/architectures/duals/dual.py", tests=(_MOMENTS, _NEAR, _EXTREME))
_homogeneous = partial(Fault, "kernelspec/architectures/duals/homogeneous.py", tests=(_MOMENTS, _PEER))
_closed = partial(Fault, "kernelspec/architectures/duals/gaussian_integrals.py", tests=(_MOMENTS, _PEER, _EXTREME))
_series = partial(Fault, "kernelspec/architectures/duals/series.py", tests=(_MOMENTS, _EXTREME))
_conditional = partial(Fault, "kernelspec/architectures/duals/conditional.py", tests=(_MOMENTS, _EXTREME))
_choice = partial(Fault, "kernelspec/architectures/duals/choice.py", tests=(_MOMENTS, _PEER))
_pairs = partial(Fault, "kernelspec/architectures/pairs.py", tests=(_NEAR, _PEER))
_spatial = partial(Fault, "kernelspec/architectures/spatial.py", tests=(_NEAR, _PEER))
_recursion = partial(Fault, "kernelspec/architectures/recursion.py", tests=(_PEER, _WIDE))
_branches = partial(Fault, "kernelspec/architectures/branches.py", tests=(_PEER, _WIDE))
_needs = partial(Fault, "kernelspec/architectures/needs.py", tests=(_NEAR, _PEER))
_door = partial(Fault, "kernelspec/architectures/limit.py", tests=(f"{_WIDE} -k not numbers", _PEER, _EXTREME))
_images = partial(Fault, "kernelspec/architectures/images.py", tests=(f"{_WIDE} -k not numbers", _PEER))

_remembered = partial(
    Fault, "kernelspec/architectures/remembered.py", tests=("tests/architectures/test_remembered.py",)
)

_DENSE = "tests/architectures/test_dense_fits.py"
_fits = partial(Fault, "kernelspec/architectures/dense_fits.py", tests=(_DENSE,))
_tiles = partial(Fault, "kernelspec/architectures/dense_tiles.py", tests=(_DENSE,))

_GRIDS = "tests/architectures/test_grid_tiles.py"
_steps = partial(Fault, "kernelspec/architectures/grid_steps.py", tests=(_GRIDS,))
_grids = partial(Fault, "kernelspec/architectures/grid_tiles.py", tests=(_GRIDS,))

FAULTS = (
    # -- grids of which equal positions are paired ---------------------------------------------------------
    _steps("near = ~(np.abs(u) <= most)", "near = ~(u <= most)", "opposite maps that are not marked"),
    _steps("1 - (NEAR if fine else _COINCIDENT)", "1 - _COINCIDENT", "near maps before a kink that are not marked"),
    _steps("here if self.marked is None else self.marked | here", "here", "marks of the last layer alone"),
    _steps("t += q if share == 1 else share * q", "t += q", "the parametrisation `standard` taken as `ntk`"),
    _steps("            t += weights.own_b\n        q = self", "        q = self", "a bias without its gradient"),
    _steps("q += weights.b**2", "q += weights.b", "a bias that is not squared"),
    _steps(
        "self.dual.moments(s, s, coincident(s), True)[1]",
        "self.dual.moments(s, s, coincident(s), True)[0]",
        "a value for a slope",
    ),
    _steps("            slope *= t\n", "            pass\n", "tangent kernels that begin anew at every activation"),
    _steps(
        "else each.copy() for each in state)", "else each for each in state)", "branches that write into each other"
    ),
    _steps("                t += more.t\n", "                pass\n", "tangent kernels of later branches left out"),
    _steps("or not all(each.gaussian for each in known):", ":", "sums of activations, whose means are not 0"),
    _steps(
        "return steps_of(layer.layer, known, after, False)",
        "return steps_of(layer.layer, known, after, trained)",
        "frozen layers trained",
    ),
    _grids("np.flatnonzero(rows != columns) if same else", "", "images with themselves among those that are near"),
    _grids(
        "needs.full or after.full or",
        "needs.full or",
        "outputs with a grid, behind weights of their own",
        tests=("tests/architectures/test_finite_and_infinite.py",),
    ),
    _door("sides // 2, workers, large)", "sides // 2, workers, True)", "processes for small jobs", tests=(_GRIDS,)),
    _grids("if marks:", "if False:", "marked pairs as they are"),
    _grids(
        "(i + rows[marked], j + columns[marked])", "(rows[marked], columns[marked])", "marked pairs of other images"
    ),
    _grids("/ math.sqrt(x.shape[-1])", "/ x.shape[-1]", "channels counted twice"),
    _grids("> _MOST_MARKED:", "> 2:", "tiles where most pairs are done again"),
    _steps("        if one is None:\n            raise Other\n", "", "numbers beyond the ordinary"),
    _grids("[(i + rows, j + columns, both)]", "[(rows, columns, both)]", "every group written over the first"),
    _grids("i + step if symmetric", "i if symmetric", "blocks of images with themselves twice"),
    _door("in same:", "in ():", "copies as the recursion has them", tests=(_GRIDS,)),
    # -- fits of dense networks ----------------------------------------------------------------------------
    _fits("* _UNIT[size] > WANTED[size]:", "* 0 > WANTED[size]:", "powers that cancel in float32"),
    _fits("table[0] /= 2", "table[0] /= 1", "a constant coefficient twice"),
    _fits("np.subtract(number, other, out=other)", "np.add(number, other, out=other)", "Clenshaw with a wrong sign"),
    _fits(
        "keep = np.abs(weights) > _LEFT_OUT[size]", "keep = np.abs(weights) > 1e-6", "eigenvalues that matter left out"
    ),
    _fits("np.arange(len(table)) ** 2 * np.abs", "np.arange(len(table)) * 0.1 * np.abs", "a slope that is too small"),
    _fits("_LENGTH = 1e-14", "_LENGTH = 1.0", "lengths that no polynomial of few terms has"),
    _fits("deviations(x))] for kind", "deviations(-x))] for kind", "lengths checked at other places"),
    _fits("any(each.function is not None", "any(False", "a fit kept for a function that has changed"),
    Fault(
        "kernelspec/architectures/combinators.py",
        "yield from single(network.layer)",
        "yield network.layer",
        "what is frozen taken for one layer",
        (_DENSE,),
    ),
    _tiles("math.floor(logs[0] / step)", "math.ceil(logs[0] / step)", "rows shorter than the fit knows"),
    _tiles("np.abs(z) > 1)", "np.abs(z) > 1.5)", "pairs outside of the interval by the polynomial"),
    _tiles("refine(point, a, b, OWN)", "pass", "nearly coincident rows without their difference"),
    _tiles("np.fill_diagonal(block, norms[0] ** 2)", "np.fill_diagonal(block, norms[0])", "a diagonal of roots"),
    _tiles("along / half, 1", "along, 1", "a cosine that is not divided by the interval"),
    _tiles("value *= norms[1].astype(self.dtype)", "pass", "one side's size"),
    # -- sides of blocks -----------------------------------------------------------------------------------
    _remembered("setdefault(found.tobytes(), found)", 'setdefault(b"", found)', "numbers shared that are not the same"),
    _remembered("key = (function, id(array), options)", "key = (function, options)", "one array's result for another"),
    _remembered("key = (function, id(array), options)", "key = (function, id(array))", "options that do not count"),
    _remembered("        _HERE.memory = before\n", "        _HERE.memory = None\n", "a memory lost within another"),
    _remembered("while self.blocks and self.size > self.most:", "while False:", "nothing is ever forgotten"),
    _remembered("self.size -= each.nbytes", "self.size -= 0 * each.nbytes", "bytes of what is forgotten still counted"),
    _door("fine and not unknown)", "fine)", "slopes by differences asked for next to kinks"),
    _door(
        "Needs(bool(grid), fine and not unknown)",
        "Needs(bool(grid), False)",
        "smooth functions of large deviations without digits of 1 - u",
    ),
    _door("values[kind][index, index] = own", "pass", "images with themselves as if uncorrelated"),
    _spatial("put(point, near, 0.0, 1)", "put(point, near, 1e-9, 1)", "images with themselves at a distance"),
    # -- pairs in the middle -------------------------------------------------------------------------------
    _pairs("u += layout.left(sine)", "u -= layout.left(sine)", "a bias subtracted"),
    _homogeneous("angle += p", "angle += 2 * p", "the mean slope twice"),
    _closed("_STEEP = 0.25", "_STEEP = -1.0", "the arc sine of a rounded number next to 1"),
    _closed(
        "np.where(point.u >= 0, near, -far) * gap, far", "near - far, far", "a difference of exponentials that cancels"
    ),
    _closed("+ m * apart**2)", ")", "sinusoids of different deviations taken as of one"),
    _closed("end.arcsine() - tilted.arcsine()", "end.arcsine()", "a climb of erf that ends at 0"),
    _closed("angle += math.pi / 2\n        part", "part", "the angle of GELU from 0"),
    _closed("determinant += second\n", "pass\n", "a variance left out of GELU's determinant"),
    _closed("        part *= two\n", "", "one side's gamma^2 left out"),
    _closed("w += one\n", "w -= one\n", "gamma^2 subtracted from the slope of GELU"),
    _conditional(
        "max(_WANTED, self.noise if f == self.derivative else 0.0)", "_WANTED", "slopes by differences settle for ever"
    ),
    Fault(
        "kernelspec/architectures/images.py",
        "pairs, ([],), a.shape[-1]",
        "pairs, (), a.shape[-1]",
        "images by themselves without a place for what pools note",
        ("tests/architectures/test_finite_and_infinite.py",),
    ),
    Fault(
        "kernelspec/architectures/dense_fits.py",
        "if not rank or rank * (rank + 1) // 2 * count > most:",
        "if not rank:",
        "fits that cost more than the matrix",
        ("tests/architectures/test_dense_fits.py -k knows_its",),
    ),
    _conditional("_AT_ENDS = 1e-8", "_AT_ENDS = 1e300", "a mean square beyond the range of the rule"),
    _series("1e-14 * size < math.inf", "1e-14 * size", "a series of a function without a mean square"),
    Fault(
        "kernelspec/kernels/hermite.py",
        "abs(peak[1]) > 1.4 * abs(lower[1])",
        "abs(peak[1]) > 4.4 * abs(lower[1])",
        "a mean square that grows with the nodes",
        (f"{_EXTREME} -k singular",),
    ),
    Fault(
        "kernelspec/kernels/hermite.py",
        "abs(peak[1]) > 1.4 * abs(lower[1])",
        "True",
        "a jump taken for a singularity",
        (f"{_EXTREME} -k singular",),
    ),
    _conditional("if evaluations > _DEAREST:", "if False:", "integrals of any length begun"),
    # -- duals ---------------------------------------------------------------------------------------------
    _dual("* np.sinh(x) ** 2", "* np.sinh(x)", "slopes at other places than the nodes"),
    _dual("climb = s * t * knee", "climb = s * t / 2 * knee", "half of the integral up to u = 1"),
    _dual("float(np.max(ends, initial=0.0)) / _PANEL", "0.0", "one panel for slopes that bend"),
    _dual("apart = (delta != 0) | (s != t)", "apart = delta != 0", "different norms in one direction taken as equal"),
    _dual("(point.delta <= self.reach)", "(point.delta < 0.0)", "no gap of its own"),
    _dual(
        "found[small] = self._mean_square(s[small], t[small])",
        "pass",
        "a difference of rounded numbers in one direction",
    ),
    _dual("_RANGE, _SPACING = 9.0, 1 / 10", "_RANGE, _SPACING = 9.0, 1 / 4", "a rule with too few nodes"),
    _dual("scale = max(float(each[-1]), 1.0)", "scale = 1.0", "a rule that passes by what large deviations bend"),
    _dual("self._refine(mirror, s, t, point.mirror)", "pass", "1 + u of odd activations by a difference"),
    _dual("if np.size(u) and not (", "if False and not (", "coincident maps left at their rounding"),
    Fault(
        "kernelspec/architectures/pairs.py",
        "point_at(u, 1 - u, 1 + u) if fine else point_of(u)",
        "point_at(u, 1 - u, 1 + u)",
        "maps that coincide before smooth activations left at their rounding",
        (f"{_WIDE} -k coincident",),
    ),
    Fault(
        "kernelspec/architectures/duals/homogeneous.py",
        "u, steep = self._of_kinked(_without_direction(point, s, t))",
        "u, steep = self._of_kinked(point)",
        "a direction for maps that are 0",
        (f"{_WIDE} -k slope_at_a_kink",),
    ),
    Fault(
        "kernelspec/architectures/layers.py",
        'real("W_std", layer.W_std, -_LARGEST',
        'real("W_std", layer.W_std, 0',
        "negative deviations refused",
        (f"{_WIDE} -k signs_of",),
    ),
    _dual("if self.even:", "if False:", "opposite maps of even activations by a difference"),
    _homogeneous("if not raised:", "if False:", "the slope of a map that is 0, with a direction"),
    _homogeneous("raised = self.degree - 1", "raised = self.degree", "the slope of one degree more"),
    _homogeneous(
        "codelta = np.maximum(point.mirror.pair(self.kernel).defect / self.one, 0.0)",
        "codelta = np.maximum(1 + u, 0.0)",
        "1 + u of odd powers by a difference",
    ),
    _homogeneous(
        "u = np.where(both, float(self.at_zero != 0), mean)[gone]",
        "u = np.where(both, 0.0, mean)[gone]",
        "a step of the constant zero",
    ),
    _homogeneous("math.exp(gamma * (1 + shift))", "math.exp(gamma * shift)", "the exponent from 0 on"),
    _closed(
        "        self.square = self.apart * second**2  # r^2\n        self.square += two**2\n        self.square *= first**2\n        self.square += one**2\n",
        "        self.square = 1 - (first * second * point.u) ** 2\n",
        "1 - y^2 by a difference",
    ),
    _closed(
        "(4 / math.pi) * tilted.product / tilted.r",
        "(2 / math.pi) * tilted.product / tilted.r",
        "half of the slope of erf",
    ),
    _closed(
        "(tilted.r + np.maximum(point.u, 0.0) * end.r)", "(2 * tilted.r)", "the step of erf by its slope at one end"
    ),
    _closed(
        "rest = w.gammas[0] ** 2 + w.gammas[1] ** 2 + w.product**2 / w.square",
        "rest = w.gammas[0] ** 2 + w.gammas[1] ** 2",
        "a term of the slope of GELU",
    ),
    _closed("* c * (1 + both / 2))", "* c * both / 2)", "a term of the slope of Gabor"),
    _closed("self.odd, self.even = c == 0, self.square == 1", "self.odd, self.even = c == 0, False", "even cosines"),
    _closed("difference + 2 * self.square * far", "difference + self.square * far", "half of the phase of a sine"),
    _closed("if largest >= 0.5:", "if largest >= 1:", "a Gaussian without mean square"),
    _series(
        "return alpha * np.sqrt(np.arange(1, len(alpha) + 1))[:, None] / s",
        "return alpha / s",
        "slopes without the factor k",
    ),
    _series("total = total + (a - b) ** 2 / 2", "total = total + 0", "deviations taken as equal in a series"),
    _series("_LEFT = math.log(1e-17)", "_LEFT = math.log(1e-7)", "moderate cosines with too few terms"),
    _series("(point.delta == 0) & (s == t)", "point.delta == 0", "other maps in one direction as if the same"),
    _series("size > 0 if unit else size * size", "size * size", "the correlation of a map with itself"),
    _series("_BEYOND = 1e-22", "_BEYOND = 1e-7", "places that matter left out"),
    _series("found[where] = power_sum(one", "found[where] = 0 * power_sum(one", "cosines near the ends left out"),
    _series("return bytes(function(s * _SEEN))", 'return b""', "a rule kept for a function that has changed"),
    _conditional(
        "key = f, bucket, values_around(self.function, bucket)",
        'key = f, bucket, b""',
        "panels kept for a function that has changed",
    ),
    _series("_WANTED = 1e-16", "_WANTED = 1e-8", "a series that ends too early"),
    _conditional(
        "centres = (self.kinks / max(t[i], 1e-300) - u[i] * part[:, None]) / r[i]",
        "centres = 0 * part[:, None]",
        "kinks of the inner integrand forgotten",
    ),
    _conditional(
        "edges = _edges(edges, centres, width, levels)", "pass", "no panels around the steep conditional mean"
    ),
    _conditional(
        "gap = 2 * np.sin(high * (3 + nodes) / 8) ** 2",
        "gap = 2 * np.sin(high * (3 - nodes) / 8) ** 2",
        "nodes of the angle the other way round",
    ),
    _conditional("terms = terms_for(u)", "terms = terms_for(u) // 2", "a series of pieces that ends too early"),
    _choice("odd=a == b", "odd=True", "every slope taken for odd"),
    _choice("parameters[2] + np.pi / 2", "parameters[2] - np.pi / 2 + 1e-9", "the phase of a cosine"),
    # -- what layers do ------------------------------------------------------------------------------------
    _pairs(
        "delta = both * point.delta + 2 * (one - two) ** 2",
        "delta = 1 - both * point.u - ends",
        "1 - u after a bias by a difference",
    ),
    _pairs("tangent += self.own_b", "pass", "gradients in biases"),
    _pairs("apart = apart + (a - b) ** 2 / 2", "apart = apart + 0 * a * b", "deviations of summands taken as equal"),
    _pairs("pairs.tangent * found.product(s, t)", "pairs.tangent", "half of the product rule"),
    _spatial("np.where(apart > rounding, over(", "np.where(apart > 0, over(", "the rounding of pools for a distance"),
    _pairs(
        "both, ends = whole * other,", "both, ends = (cosine**2 - sine**2) * (cos**2 - sin**2),", "zero images apart"
    ),
    _spatial("NEAR, NEAR_POOLED = 1e-4, 1e-5", "NEAR, NEAR_POOLED = -1, -1", "1 - u of sums by differences"),
    _spatial("places = inside if layout.full else inside[:1]", "places = inside", "positions of equal pairs"),
    _recursion(
        "float(layer.b_std is not None) if standard",
        "float(b != 0) if standard",
        "no gradient in biases that begin at 0",
    ),
    _recursion("fan_in / layer.s[0] if standard", "fan_in if standard", "widths that are multiplied count twice"),
    _recursion("channels=state.channels * positions", "channels=state.channels", "the width after Flatten"),
    _recursion(
        "return run(layer.layer, state, after, False)", "return run(layer.layer, state, after)", "frozen layers trained"
    ),
    _recursion(
        "weights = 1 / functools.reduce(", "weights = weights + 0 * functools.reduce(", "edges by the whole window"
    ),
    _branches(
        "weights = [each.channels / total for each in states]",
        "weights = [1 / len(states) for each in states]",
        "branches of unequal widths taken as equal",
    ),
    _branches("if one.origins & other.origins:", "if False:", "correlated branches"),
    _branches("if sum(not each.gaussian for each in states) > 1:", "if False:", "two branches of means other than 0"),
    _needs(
        "return Needs(after.full, after.fine or dual.rough)",
        "return Needs(after.full, after.fine)",
        "kinks that ask for no digits of 1 - u",
    ),
    # -- the door ------------------------------------------------------------------------------------------
    _door("np.triu(block, 1).T", "np.tril(block, -1)", "the half below the diagonal as it is"),
    _images("put(point, near, found, sign)", "pass", "1 - u of images by a difference"),
    _door("if least > memory:", "if False:", "too little memory accepted"),
)
