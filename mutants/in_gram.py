"""Faults in Gram matrices of vectors, and below: powers, Gamma functions, bounds."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_GRAM = ("tests/gram/test_tiles.py", "tests/gram/test_gram.py")
_FITTED = ("tests/gram/test_centred.py", "tests/gram/test_fitted.py")
_LEGENDRE = ("tests/sphere/test_legendre_polynomials.py",)
_POWERS = ("tests/sphere/test_power_eigenvalues.py", "tests/sphere/test_gamma_products.py")
_GAMMA = ("tests/numbers/test_gamma.py", "tests/sphere/test_power_eigenvalues.py")
_OUTWARD = (
    "tests/numbers/test_outward.py",
    "tests/kernels/test_ranges.py",
    "tests/ckn/test_ckn_constants.py",
    "tests/ckn/test_ckn_norms.py",
)

_gram = partial(Fault, "kernelspec/gram/vectors.py", tests=_GRAM)
_tiles = partial(Fault, "kernelspec/gram/tiles.py", tests=_GRAM)
_fit = partial(Fault, "kernelspec/gram/fitted.py", tests=_FITTED)
_polynomials = partial(Fault, "kernelspec/gram/polynomials.py", tests=_FITTED)
_fitted_tiles = partial(Fault, "kernelspec/gram/fitted_tiles.py", tests=_FITTED)
_centred = partial(Fault, "kernelspec/gram/centred.py", tests=_FITTED)
_values = partial(Fault, "kernelspec/gram/fitted_values.py", tests=_FITTED)
_rounded = partial(Fault, "kernelspec/gram/fitted_values.py", tests=("tests/kernels/test_evaluation.py",))
_tables = partial(
    Fault, "kernelspec/gram/tables.py", tests=("tests/gram/test_value_tables.py", "tests/kernels/test_evaluation.py")
)
_evaluation = partial(Fault, "kernelspec/kernels/evaluation.py", tests=("tests/kernels/test_evaluation.py",))
_fitted_run = partial(Fault, "kernelspec/gram/vectors.py", tests=_FITTED)
_lengths = partial(Fault, "kernelspec/kernels/lengths.py", tests=_GRAM)
_networks = partial(Fault, "kernelspec/kernels/networks.py", tests=_GRAM)
_blocks = partial(Fault, "kernelspec/gram/blocks.py", tests=(*_GRAM, "tests/ckn/test_ckn_store.py"))
_legendre = partial(Fault, "kernelspec/sphere/legendre_polynomials.py", tests=_LEGENDRE)
_powers = partial(Fault, "kernelspec/sphere/power_eigenvalues.py", tests=_POWERS)
_products = partial(Fault, "kernelspec/sphere/gamma_products.py", tests=_POWERS)
_gamma = partial(Fault, "kernelspec/numbers/gamma.py", tests=_GAMMA)
_outward = partial(Fault, "kernelspec/numbers/outward.py", tests=_OUTWARD)

FAULTS = (
    # -- the door ------------------------------------------------------------------------------------
    _gram("dtype = ops.xp.result_type(x.dtype, y.dtype)", "dtype = x.dtype", "the dtype of x alone"),
    _gram(
        "part = np.where(_below(size), part, part.T)",
        "part = np.array(part)",
        "blocks on the diagonal not made symmetric",
    ),
    _evaluation(
        "if u.flags.f_contiguous and not u.flags.c_contiguous:", "if u.flags.f_contiguous:", "a column turned for ever"
    ),
    _evaluation('if which == "value":', "if True:", "values for the defect"),
    _gram("            part.flat[:: size + 1] = own\n", "", "the diagonal not at the angle 0"),
    _gram(
        "if self.y is None and rows != columns:",
        "if self.y is None and rows.start > columns.start:",
        "the lower triangle left as it was",
    ),
    _gram(
        'return f"{self.kernel!r}, normalize={self.normalize}"',
        'return f"{self.kernel!r}"',
        "a file goes on with another normalize",
    ),
    _gram(
        "if not bool(ops.xp.all(ops.xp.isfinite(x))):",
        "if bool(ops.xp.any(ops.xp.isnan(x))):",
        "infinity taken as data",
    ),
    _gram("else (24 + 12 * layers, 0, 2**20)", "else (3, 0, 2**20)", "memory planned for three arrays"),
    _gram("if x.shape[1] != y.shape[1]:", "if x.shape[1] > y.shape[1]:", "longer rows of y not refused by name"),
    # -- tiles ---------------------------------------------------------------------------------------
    _tiles("8: 2.0**-49}", "8: 2.0**-51}", "four roundings of a product in float64, where there are eight"),
    _tiles(
        "_WANTED = {4: 1e-6, 8: 1e-14}",
        "_WANTED = {4: 1e-6, 8: 1e-11}",
        "a thousand times the wanted error for float64",
    ),
    _tiles(
        "_WANTED = {4: 1e-6, 8: 1e-14}", "_WANTED = {4: 1e-4, 8: 1e-14}", "a hundred times the wanted error for float32"
    ),
    _tiles("_UNIT = {4: 1e-6, 8: 1e-12}", "_UNIT = {4: 1e-6, 8: 1e-3}", "norms within 1e-3 taken for 1"),
    _tiles(
        "unit = all_there and max(top - 1, 1 - low) <= _UNIT[int(",
        "unit = all_there and top - 1 <= _UNIT[int(",
        "norms below 1 taken for 1",
    ),
    _tiles(
        "unit = all_there and max(top - 1, 1 - low)",
        "unit = max(top - 1, 1 - low)",
        "rows of zeros taken for rows of norm 1",
    ),
    _tiles(
        "_ORDINARY = {4: 60, 8: 500}", "_ORDINARY = {4: 60, 8: 1000}", "products of large norms overflow on the way"
    ),
    _tiles("b = b if sign == 1 else -b", "b = +b", "near-opposite rows compared as near-coincident ones"),
    _tiles(
        "rows.fine = self._directions(rows.raw)[0]",
        "rows.fine = self.ops.cast(rows.directions, self.ops.widest)",
        "differences of float32 directions",
    ),
    _tiles(
        "error = 2 * eps * float(xp.max(a_squares) + xp.max(b_squares))",
        "error = 0.0",
        "pairs nearer than a matrix product tells are not done one by one",
    ),
    _tiles(
        "slopes = np.maximum(np.abs(np.diff(defect)), np.abs(np.diff(other))) / steps",
        "slopes = np.abs(np.diff(defect)) / steps",
        "slopes at u = -1 not looked at",
    ),
    _tiles(
        "        x = self._over(x, largest, there)\n",
        "        largest = xp.ones_like(largest)\n",
        "rows not divided by their largest entry",
    ),
    _tiles(
        "most = 540 if xp.finfo(length.dtype).bits == 64 else 80",
        "most = 300 if xp.finfo(length.dtype).bits == 64 else 80",
        "powers of two of the norms cut off",
    ),
    _tiles(
        "costly = t[error * slopes > wanted]",
        "costly = t[error * slopes * t > wanted]",
        "how near an end is asked of the slope times the distance",
    ),
    # -- tables of values ----------------------------------------------------------------------------
    _rounded("value[small] = kernel(piece[small].astype(np.float64))", "pass", "small values by a fit"),
    _rounded("_CLOSER = 2.0**29", "_CLOSER = 2.0**20", "values that are thought to be better known than they are"),
    _tables("return float32_values(kernel, u) if", "return None if", "float32 values without a table by the formula"),
    _tables(" or not _has_hash(kernel)", "", "tables asked for of a kernel that has no hash"),
    Fault(
        "kernelspec/gram/tiles.py",
        "(depth if isinstance(depth, int) else 1)",
        "int(depth)",
        "a user's depth taken for a number of layers",
        ("tests/kernels/test_evaluation.py",),
    ),
    _tables("u.dtype.itemsize > 8", "u.dtype.itemsize > 16", "longer floats read as float64"),
    _tables("<= _ZERO * size)", "< 0)", "pieces that begin at a zero"),
    _tables("_SMALL = 0.25", "_SMALL = 0.0", "zeros next to u = 0"),
    _tables("np.bitwise_and(side, _ROWS, out=side)", "np.bitwise_and(side, 0, out=side)", "u < 0 read as -u"),
    _tables("        np.maximum(place, 0, out=place)  # x = 0\n", "", "the rows of x = 0 not found"),
    _tables("        np.subtract(1.0, y, out=y)\n", "        np.add(size, y, out=y)\n", "the piece's beginning at 0"),
    _tables("_OCTAVES = 53 ", "_OCTAVES = 50 ", "the three octaves next to the ends left out"),
    _tables("low[:, 0] + numbers[:, 0]", "numbers[:, 0]", "the beginning of a piece in single floats"),
    _tables("    terms[-1] = 0\n", "", "u = 0 off by terms that are left out"),
    _tables("_LEFT, _LAST = 2.0**-57, ", "_LEFT, _LAST = 2.0**-48, ", "too many terms left out"),
    _tables("_LEFT, _LAST = 2.0**-57, 2.0**-54", "_LEFT, _LAST = 2.0**-57, 1.0", "pieces that ten points do not tell"),
    _tables(
        "if all(abs(c) < least for c in found[-4:]):", "if count == first:", "a series of as many terms as guessed"
    ),
    _tables("        for _ in range(self.power):", "        for _ in range(0):", "the power at the end forgotten"),
    _tables(" or not told_by_points(kernel)", "", "a kernel that hides something between points"),
    _tables("not 1 / _SIZES < abs(kernel.at_one) < _SIZES", "not 0 < abs(kernel.at_one)", "coefficients beyond floats"),
    _tables("if not 0 <= power <= _POWER:", "if power < 0:", "powers beyond floats"),
    _tables("if layers < 2 or u.size", "if u.size", "tables of one layer"),
    _tables(
        "        value[...] = piece\n", "        value[...] = u[: piece.size]\n", "the first piece again and again"
    ),
    # -- fits ----------------------------------------------------------------------------------------
    _fit("WANTED = {4: 3e-7, 8: 1e-14}", "WANTED = {4: 3e-6, 8: 1e-14}", "float32 fits with ten times the error"),
    _fit("WANTED = {4: 3e-7, 8: 1e-14}", "WANTED = {4: 3e-7, 8: 1e-12}", "float64 fits with a hundred times the error"),
    _fit("_MARGIN = 2.0", "_MARGIN = 0.5", "half of the error stated"),
    _fit("_MARGIN = 2.0", "_MARGIN = 8.0", "five times the error stated"),
    _fit("if not told_by_points(kernel):", "if False:", "a bump between the points of the grid"),
    _fit(
        "np.geomspace(1e-30, 0.1, 161)", "np.geomspace(1e-2, 0.1, 161)", "a bump next to an end where the fit reads u"
    ),
    _fit("bisect_right(_RUNGS, low) - 1, 0)", "bisect_right(_RUNGS, low), 0)", "an interval that begins above low"),
    _polynomials("d[...] = c[-1]", "d[...] = 0", "a term of Clenshaw's start"),
    _polynomials(
        "            root = self.shift * (first * less + last * more)",
        "            root = (first * less + last * more)",
        "nodes of the second form in the wrong places",
    ),
    _values("        out[where] = gaps\n", "", "near-opposite pairs by the rounded 1 - u"),
    _values("out[where] = gaps - one", "out[where] = one - gaps", "opposite rows at u = 1"),
    _fitted_tiles(
        "            flat[where[gaps == 0]] = value_at(self.kernel, end)  # rows that are multiples of each other\n",
        "            pass\n",
        "equal rows have the fit's value at the end",
    ),
    _fitted_tiles(
        "max(reach(self.kernel, ROUNDING[4], LOST[4]), 4 * ROUNDING[4])",
        "reach(self.kernel, ROUNDING[4], LOST[4])",
        "opposite multiples not found of smooth kernels",
    ),
    _fitted_tiles("a -= end * b", "a -= b", "near-opposite pairs compared as near-coincident ones"),
    _fitted_tiles("if known is rows:", "if known is not None:", "the directions of another chunk"),
    _fitted_tiles("1 - end * found * left", "1 - found * left", "1 - u for 1 + u of near-opposite pairs"),
    _fitted_tiles("        found /= 2\n", "", "twice the distance by differences"),
    _fitted_tiles(
        "        found = np.vecdot(gaps, gaps)\n", "        found = 0 * gaps[:, :1].sum(axis=1)\n", "p - q forgotten"
    ),
    _fitted_tiles(
        "            found[here] += np.vecdot(a, a)",
        "            found[:len(a)] += np.vecdot(a, a)",
        "parts of pairs mixed",
    ),
    _fitted_tiles(
        "                largest[here] = norms", "                largest[start] = norms", "norms of one row a piece"
    ),
    _fitted_tiles("found = found if end == 1 else 2 - found", "pass", "1 - u for 1 + u where the tile is in float64"),
    _fitted_tiles(
        "tile.reshape(-1)[where] = gaps if end == 1 else 2 - gaps", "pass", "near pairs by their rounded distances"
    ),
    _fitted_tiles("closest = np.flatnonzero(found < self.nearest)", "closest = where[:0]", "multiples are not found"),
    _centred("        directions -= self.vector\n", "", "rows not centred"),
    _centred(" + np.vecdot(left[:, :rank], left[:, :rank])", "", "the norms of p forgotten"),
    _centred("self.own * squares + self.common * product", "self.own * squares", "near duplicates as exact as others"),
    _centred(
        "        squares = np.vecdot(directions, directions)\n",
        "        squares = np.ones(len(directions))\n",
        "|a| is 1",
    ),
    _centred("near[one.steps][:, None], near[two.steps]", "near[0], near[0]", "all rows as near as the shortest"),
    _centred("+ two.steps[columns] + 1) // 2", "+ two.steps[columns] + 1) // 8", "pairs as near as shorter ones"),
    _centred("2.0**-23 * np.sqrt(2 * t)", "0", "the rounding of a in a difference"),
    _centred("np.where(found < len(_LADDER), found, _BEYOND)", "0 * found", "one place for all"),
    _fitted_run("block=2 * plan.block)", "block=plan.block)", "two blocks in the room of one"),
    _fitted_run("y is None and x.shape[0] <= 2 * plan.block", "False", "two blocks where one has room"),
    _centred("(far + rounding) * slopes", "far * slopes", "the rounding of 1 - u next to u = -1"),
    _centred("LOST = {4: 2e-7,", "LOST = {4: 2e-6,", "ten times what may be lost of a distance"),
    _centred("_BEYOND = 2 * len(", "_BEYOND = len(", "a row that is longer than all taken for a mean one"),
    _centred("np.maximum(below, closest)", "np.maximum(below, 0)", "equal rows"),
    _centred("        out += part\n", "        out[...] = part\n", "the last part of the columns alone"),
    _centred("np.vstack([-self.left", "np.vstack([self.left", "the product of p and q added"),
    _centred(
        "near[(one.longest + two.steps + 1) // 2]", "near[two.steps // 2]", "near pairs of a longer row not found"
    ),
    _centred("        found |= np.any(each, axis=0)\n", "        pass\n", "the columns of the sample alone"),
    _centred("np.min(t[:-1][high[1:]], initial=2.0)", "2.0", "differences of rows that are far apart"),
    _fitted_run("            part[here, after] = part[after, here].T\n", "", "a tile's own halves differ"),
    _fitted_tiles("        tile *= two.norm\n", "", "|y| forgotten"),
    _fitted_tiles("far[0][a:b] - start", "far[0][a:b]", "near-opposite pairs of later pieces in other places"),
    _fitted_run('return f"{super().network}, fitted"', "return super().network", "a file goes on without fits"),
    _fitted_run(
        "by_fit = ops.in_place and (kernel.homogeneous or normalize) and _fits(kernel, x, y)",
        "by_fit = ops.in_place and _fits(kernel, x, y)",
        "biases off the sphere by fits",
    ),
    _fitted_run(
        "memory = min(memory, max(_ENOUGH, least(workers) + max(8 * chunk, 2560) * held))",
        "memory = memory",
        "all memory taken that is allowed",
    ),
    # -- lengths -------------------------------------------------------------------------------------
    _lengths("return value * self.left.norm * self.right.norm", "return value * self.left.norm", "|y| forgotten"),
    _lengths(
        "return value * (m * n) * (first * third) * (second * fourth)",
        "return value * (m * n) * (first * third) * second",
        "half of a large |y| forgotten",
    ),
    _lengths(
        "for side in (self.left, self.right):",
        "for side in (self.left,):",
        "rows of zeros in y have the values of the kernel",
    ),
    _lengths(
        "total = total * cosines * point.pair(layer.derivative()).value",
        "total = total * point.pair(layer.derivative()).value",
        "the weights' share dropped from the tangent kernel off the sphere",
    ),
    _lengths(
        "delta = cosines * pair.defect + 2 * apart * apart",
        "delta = cosines * pair.defect",
        "different lengths without a defect of their own",
    ),
    _networks("lengths.without_zeros(slopes))", "slopes)", "a vector of length 0 with slopes behind the first layer"),
    # -- blocks --------------------------------------------------------------------------------------
    _blocks(
        "return rows * (rows + 1) // 2 if self.y is None else rows * columns",
        "return 0",
        "one thread for all tiles",
        tests=_FITTED,
    ),
    _blocks("                if i != at:\n", "                if at < 0:\n", "a stale block of rows"),
    Fault(
        "kernelspec/gram/blocks.py",
        "for j in others if self.y is not None else (*others[:1], *others[:0:-1]):",
        "for j in others:",
        "blocks of rows prepared again and again",
        tests=_FITTED,
    ),
    _fitted_tiles(
        "mask[rows - first, columns] = True", "mask[rows - first - 1, columns] = True", "pairs of other rows"
    ),
    _fitted_tiles(
        "mask, rows - first, columns, one, two, end", "mask, rows - first, columns, one, -two, end", "opposite rows"
    ),
    _fitted_tiles("_SLAB = 64", "_SLAB = 4096", "all near pairs of a tile found again at once"),
    _blocks(
        "                yield range(len(first)), range(len(first), len(first) + len(strips))\n"
        "                if self.store is not None:\n"
        "                    self.store.keep(i, j)\n",
        "                if self.store is not None:\n"
        "                    self.store.keep(i, j)\n"
        "                yield range(len(first)), range(len(first), len(first) + len(strips))\n",
        "a block marked as done before it is",
    ),
    _blocks(
        "for q in range(p if same else 0, right, self.strip):",
        "for q in range(p if same else 0, right - 1, self.strip):",
        "the last chunk of a block lost where it is alone in its strip",
    ),
    # -- Legendre polynomials, powers, Gamma functions -------------------------------------------------
    _legendre(
        "return k * (k + d - 2) / (d - 1) * legendre(d + 2, k - 1, t)",
        "return k * (k + d - 2) / (d - 1) * legendre(d + 1, k - 1, t)",
        "the derivative in dimension d + 1",
    ),
    _legendre(
        "near, far = (size > 0.5).astype(np.float64), (size <= 0.5).astype(np.float64)",
        "near, far = (size > 2).astype(np.float64), (size <= 2).astype(np.float64)",
        "the plain recurrence next to the ends",
    ),
    _legendre(
        "with precision(128):\n        pairs", "with precision(20):\n        pairs", "Gauss-Legendre nodes of 20 bits"
    ),
    _products(
        "mirror = pair_sum((-high, -low), 1.0)",
        "mirror = pair_sum((-high, -low), 2.0)",
        "Gamma(1-x) of the reflection shifted",
    ),
    _products(
        "rest = pair_sum((-moved[0], -moved[1]), 1.0)", "rest = moved", "Gamma(z) for Gamma(1-z) in the reflection"
    ),
    _products(
        "_product(range(low, low + steps * q, q)), q**steps",
        "_product(range(low, low + steps * q, q)), q",
        "the denominators of an exact monomial but for one",
    ),
    _powers("np.where(odd, 0.0, sign)", "np.where(odd, 0.0, np.abs(sign))", "the signs of powers dropped"),
    _powers(
        "below=((M - K) * HALF + 1, (M + K + d) * HALF), two=-M",
        "below=((M - K) * HALF + 1, (M + K + d) * HALF), two=-K",
        "2^k for 2^m in the monomial",
    ),
    _powers("two=nu + d - 2,", "two=nu + d - 3,", "the printed half of C(d, nu)"),
    _gamma("-691 / 360360", "691 / 360360", "a sign of the Stirling series"),
    _gamma(
        "near = np.abs(quotient[0]) < 1.0 / 128.0",
        "near = np.abs(quotient[0]) < 1.0 / 8.0",
        "the series of log(1 + z) beyond its range",
    ),
    _gamma("_LARGEST = 1e290", "_LARGEST = 1e307", "arguments whose products overflow"),
    # -- bounds --------------------------------------------------------------------------------------
    _outward(
        "return value if Fraction(value) <= x else math.nextafter(value, -math.inf)",
        "return value",
        "bounds rounded to nearest",
    ),
    _outward("        x = x.lower()\n", "        x = x.mid()\n", "a bound from the middle of a ball"),
    _outward(
        "value * (1 + operations * 2.0**-52)",
        "value * (1 + operations * 2.0**-55)",
        "an eighth of the rounding covered",
    ),
    _outward(
        "return -math.inf if x < 0 else sys.float_info.max",
        "return math.copysign(math.inf, x)",
        "a lower bound that is infinite",
    ),
    _outward("return 0.0 if x > 0 else -5e-324", "return 0.0", "the tiny below 0 rounded to 0"),
    # -- behind the door -----------------------------------------------------------------------------
    _gram(
        'return f"{self.kernel!r}, normalize={self.normalize}"',
        'return f"normalize={self.normalize}"',
        "a file goes on with another kernel of as many layers",
    ),
    _gram(
        "if threads is None and least(workers) > memory:",
        "if False:",
        "little memory refused where one worker would do",
    ),
    _tiles(
        "            sizes = np.maximum(np.abs(value), np.abs(other))",
        "            sizes = np.ones(t.shape)",
        "the size of a kernel that is infinite at 1 taken for 1",
    ),
    _networks(
        "(slopes if self.depth == 1 else lengths.without_zeros(slopes))",
        "lengths.without_zeros(slopes)",
        "a linear model with a bias has the kernel 0 at 0",
    ),
)
