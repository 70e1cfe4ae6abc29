"""What a function f(X, Y) -> (K(x_i, y_j)) obeys, whatever the kernel; values are right to a stated rounding.

`rounding` bounds the error of an entry relative to (K(x, x) K(y, y))^{1/2}, so that no law fails by what it allows:
two readings of one entry may differ by twice as much, and a squared distance K(x, x) + K(y, y) - 2 K(x, y) is off by
four times as much.
"""

from __future__ import annotations

import numpy as np

from .gram_case import Array, GramCase
from .laws import Law, NotApplicableError, UnknownError, WrongError, point_text
from .semidefinite import definiteness

_EXPONENTS = tuple(-n / 2 for n in range(4, 19))  # steps 10^-2 ... 10^-9 to a near duplicate
_SAME_FACTOR = 1e-9  # what a factor may differ by from entry to entry, at least
_OTHER_FACTOR = 1e3  # times as much: what is clearly another one


def _shape(case: GramCase) -> str:
    x, y = case.rows()
    case.matrix(x, y)
    if case.alone:
        case.matrix(x)
    return f"f(X, Y) has shape ({len(x)}, {len(y)})" + ("" if case.alone else "; f takes two arguments")


def _finite(case: GramCase) -> str:
    for x, what in case.families():
        for y in (None, x) if case.alone else (x,):
            found = case.matrix(x, y)
            bad = np.argwhere(~np.isfinite(found))
            if len(bad):
                i, j = bad[0]
                raise WrongError(
                    f"{case.call(y)} is {found[i, j]} at {case.at(x, i, x, j)} ({what}; {len(bad)} of {found.size} "
                    "entries)"
                )
    return f"finite at {', '.join(what for _, what in case.families())}"


def _repeats(case: GramCase) -> str:
    x, y = case.rows()
    one, two = ("f(x, y)", case.matrix(x, y)), ("f(x, y) called again", case.matrix(x, y))
    worst = case.compare(two, one, case.sizes(x, y), 2, x, y)
    return f"a second call gives the same values, to {worst:.0e}"


def _scale(case: GramCase) -> str:
    case.require_free("f(2x, y) needs points of other norms")
    x, y = case.rows()
    plain, left, right = case.matrix(x, y), case.matrix(2 * x, y), case.matrix(x, 2 * y)
    same = max(_SAME_FACTOR, 8 * case.rounding)
    factors = _factor(left, plain, same), _factor(right, plain, same)
    if None in factors:  # one may lie just below the limit, and the other just above it
        far = _OTHER_FACTOR * same
        factors = _factor(left, plain, far), _factor(right, plain, far)
    if factors == (None, None):
        raise NotApplicableError("f is not homogeneous: f(2x, y)/f(x, y) depends on x and y")
    texts = [f"{c:.6g} f(x, y)" if c is not None else "no multiple of f(x, y)" for c in factors]
    a, b = factors
    if a is None or b is None or abs(a - b) > _OTHER_FACTOR * same * max(abs(a), abs(b)):
        raise WrongError(f"f(2x, y) = {texts[0]}, but f(x, 2y) = {texts[1]}")
    return f"f(2x, y) = f(x, 2y) = {texts[0]}"


def _factor(changed: Array, plain: Array, same: float) -> float | None:
    """c where changed = c plain, to `same` of the largest entry."""
    i = np.unravel_index(np.argmax(np.abs(plain)), plain.shape)
    if not plain[i]:
        return None
    c = float(changed[i] / plain[i])
    size = abs(c) * float(np.max(np.abs(plain)))
    return c if np.max(np.abs(changed - c * plain)) <= same * size else None


def _symmetric(case: GramCase) -> str:
    x, y = case.rows()
    one, two = ("f(x, y)", case.matrix(x, y)), ("f(y, x)", case.matrix(y, x).T)
    worst = case.compare(one, two, case.sizes(x, y), 2, x, y)
    if case.alone:
        whole = case.matrix(x)
        case.compare(("f(X)[i, j]", whole), ("f(X)[j, i]", whole.T), case.sizes(x, x), 2, x, x)
    return f"f(x, y) = f(y, x), to {worst:.0e}"


def _diagonal(case: GramCase) -> str:
    x = case.rows()[0]
    twice, n = np.concatenate([x, x]), len(x)
    single = np.array([[case.matrix(row[None], row[None])[0, 0]] for row in x])
    if np.any(single < 0):
        i = int(np.argmin(single))
        raise WrongError(f"f(x, x) = {single[i, 0]:.10g} is negative, at x = {point_text(x[i])}")
    alone, sizes = ("f(x, x) by itself", single), np.abs(single)
    for name, rows in (("f(X, X)", (twice, twice)), ("f(X)", (twice,)))[: 1 + case.alone]:
        whole = case.matrix(*rows)
        entry = f"{name}[i, i]", np.diagonal(whole)[:n, None]
        case.compare(entry, alone, sizes, 2, x)
        copy = f"{name}[i, j], of two equal rows i and j", np.diagonal(whole[:n, n:])[:, None]
        case.compare(copy, entry, sizes, 2, x)
    stated = case.stated_diagonal(x)
    if stated is None:
        return "f(X)[i, i] is f(x_i, x_i), on and off the diagonal"
    wanted = case.diagonal_text, stated[:, None]
    case.compare(("f(x, x)", single), wanted, np.abs(stated)[:, None], 1, x)
    return f"f(X)[i, i] is f(x_i, x_i), and that is {case.diagonal_text}"


def _cauchy_schwarz(case: GramCase) -> str:
    worst = 0.0
    # Near and equal rows, where equality is near, have laws of their own.
    for x, what in (case.families()[0], *case.families()[3:]):
        found = case.matrix(x, x)
        roots = np.sqrt(np.maximum(np.diagonal(found), 0))
        sizes = np.outer(roots, roots)
        over = np.abs(found) - sizes * (1 + 2 * case.rounding)
        i, j = map(int, np.unravel_index(np.argmax(over), over.shape))
        if over[i, j] > 0:
            raise WrongError(
                f"f(x, y) = {found[i, j]:.10g}, but (f(x, x) f(y, y))^(1/2) = {sizes[i, j]:.10g}, less by "
                f"{abs(found[i, j]) - sizes[i, j]:.1e}, at {case.at(x, i, x, j)} ({what})"
            )
        off = ~np.eye(len(x), dtype=bool) & (sizes > 0)
        worst = max(worst, float(np.max(np.abs(found[off]) / sizes[off], initial=0.0)))
    return f"|f(x, y)| <= {worst:.6g} (f(x, x) f(y, y))^(1/2)"


def _near_duplicates(case: GramCase) -> str:
    if case.refuses_near:
        raise NotApplicableError(f"f refuses rows next to the points given: {case.refuses_near}")
    x, directions = case.rows()[0][:4], case.rows()[1][:4]
    reached = slack = 0.0
    for base, other in zip(x, directions, strict=True):
        steps = case.beside(base, other, _EXPONENTS)
        rows = np.concatenate([base[None], steps])
        matrix = case.matrix(rows, rows)
        own = np.diagonal(matrix)
        squares = own[0] + own[1:] - 2 * matrix[0, 1:]
        slack = 4 * case.rounding * float(np.max(np.abs(own)))
        for n, square in enumerate(squares):
            before = np.max(squares[n:])
            # That a distance grows as y comes nearer is a sign of lost digits, not a proof: a kernel may oscillate.
            if not square >= -slack or (not square >= before - slack and _no_kernel(matrix, case.rounding)):
                step = float(np.linalg.norm(steps[n] - base))
                k = n + int(np.argmax(squares[n:]))
                nearer = float(np.linalg.norm(steps[k] - base))
                rest = (
                    "and cannot be negative"
                    if square < -slack
                    else f"but {squares[k]:.3g} at the nearer |x - y| = {nearer:.3g}"
                )
                raise WrongError(
                    f"f(x, x) + f(y, y) - 2 f(x, y) = {square:.3g} at |x - y| = {step:.3g}, {rest}, beyond a rounding "
                    f"of {slack:.1g}; x = {point_text(base)}"
                )
        reached = max(reached, float(squares[-1]))
    last = f"at most {reached**0.5:.1e}" if reached > slack else "not told from 0"
    return f"distances of near rows are those of a kernel, down to |x - y| = 1e-9 |x|, where they are {last}"


def _no_kernel(matrix: Array, rounding: float) -> bool:
    """Whether a matrix is shown not to be positive semi-definite."""
    if not np.all(np.isfinite(matrix)):
        return True
    there = np.diagonal(matrix) > 0
    part = np.tril(matrix)[np.ix_(there, there)]
    part += np.tril(part, -1).T
    return len(part) > 0 and definiteness(part, rounding).holds is False


def _antipodes(case: GramCase) -> str:
    case.require_free("-x may not be a point of yours", unit=True)
    x = case.rows()[0][:4]
    for base, other in zip(x, case.rows()[1][:4], strict=True):
        rows = np.concatenate([base[None], -base[None], -case.beside(base, other, (-3, -5, -7, -9))])
        matrix = case.matrix(rows, rows)
        own = np.diagonal(matrix)
        apart = own[1] + own[2:] - 2 * matrix[1, 2:]
        slack = case.rounding * float(np.max(np.abs(own)))
        root = np.sqrt(np.maximum(own[0], 0))  # by itself: a product of two values may underflow
        allowed = root * np.sqrt(np.maximum(apart, 0) + 4 * slack) + 2 * slack
        jumps = np.abs(matrix[0, 2:] - matrix[0, 1])
        bad = np.flatnonzero(~(jumps <= allowed))
        if len(bad):
            n = int(bad[-1])
            raise WrongError(
                f"f(x, -x) = {matrix[0, 1]:.10g}, but f(x, y) = {matrix[0, 2 + n]:.10g} for y within "
                f"{np.linalg.norm(rows[2 + n] + base):.1g} of -x, at x = {point_text(base)}: more than the distance "
                f"of -x and y in the RKHS allows, {allowed[n]:.3g}"
            )
    return "values at -x are the limit of those next to it"


def _positive(case: GramCase) -> str:
    x = case.scattered()
    matrix = case.matrix(x) if case.alone else case.matrix(x, x)
    matrix = np.tril(matrix) + np.tril(matrix, -1).T
    there = np.diagonal(matrix) > 0  # what is 0 on the diagonal is 0 beside it: Cauchy-Schwarz
    matrix, x = matrix[np.ix_(there, there)], x[there]
    if not len(x):
        return "f is 0"
    found = definiteness(matrix, case.rounding)
    if found.holds:
        return (
            f"the matrix of {len(x)} rows is positive definite with the margin n eps = {found.margin:.1e} of its "
            "diagonal, shown in balls"
        )
    if found.holds is None:
        raise UnknownError(f"a pivot of {found.pivot:.1e} is not told from 0")
    assert found.coefficients is not None
    order = np.argsort(-np.abs(found.coefficients))[:3]
    shown = ", ".join(f"{found.coefficients[i]:+.3g} at {point_text(x[i])}" for i in order)
    raise WrongError(
        f"sum_ij c_i c_j f(x_i, x_j) = {found.form:.3g} < 0 for {np.count_nonzero(found.coefficients)} points, beyond "
        f"the margin {found.margin:.1g} for rounding (shown in balls); the largest c_i: {shown}"
    )


def _values(case: GramCase) -> str:
    if case.reference is None:
        raise NotApplicableError("no kernel= was given")
    x, y = case.reference_rows()
    wanted = case.reference_text, case.reference(x, y)
    worst = case.compare(("f(x, y)", case.matrix(x, y)), wanted, case.sizes(x, y), 1, x, y)
    return f"f(x, y) is {case.reference_text}, to {worst:.0e}"


FUNCTION_LAWS = (
    Law(
        "shape",
        "f(X, Y) is a real matrix, a row for each row of X and a column for each of Y.",
        "the transposed matrix, a diagonal alone, or np.dot of the wrong sides.",
        _shape,
    ),
    Law(
        "finite",
        "values are finite, also where rows are equal, opposite, next to each other, or 0.",
        "arccos or a root of a cosine that was rounded beyond [-1, 1] (clip it, or better take the angle from "
        "differences), a division by |x| = 0, or an overflow (then give points= of the size that f is used for).",
        _finite,
    ),
    Law(
        "repeatable",
        "the same rows give the same values.",
        "random features that are drawn in each call, dropout, or a state that a call changes.",
        _repeats,
    ),
    Law(
        "scale",
        "what a factor of x does to the values, it does as a factor of y.",
        "|x| or |y| is forgotten, or stands twice: |x||y| kappa(cos).",
        _scale,
    ),
    Law(
        "symmetry",
        "f(x, y) = f(y, x).",
        "X and Y are treated differently: another normalisation, centring or bandwidth on one side.",
        _symmetric,
    ),
    Law(
        "diagonal",
        "f(X)[i, i] is f(x_i, x_i), the same off the diagonal for equal rows, and what is stated of it.",
        "a jitter (nugget) is added to the diagonal, the diagonal is filled with a constant, or kappa(1) has another "
        "normalisation. A difference of 1e-8 is the root of a rounding: the angle of equal rows, taken from a cosine.",
        _diagonal,
    ),
    Law(
        "Cauchy-Schwarz",
        "f(x, y)^2 <= f(x, x) f(y, y).",
        "the function is no kernel, or its diagonal has another normalisation than the rest.",
        _cauchy_schwarz,
    ),
    Law(
        "psd",
        "sum_ij c_i c_j f(x_i, x_j) >= 0 for all points and coefficients.",
        "the function is no kernel (a difference of kernels, a power of a distance without the minus, tanh), or not in "
        "this dimension.",
        _positive,
    ),
    Law(
        "near-duplicates",
        "f(x, x) + f(y, y) - 2 f(x, y) >= 0 is the square of a distance that keeps its digits as y comes near to x.",
        "the distance of near points comes from a cosine or from |x|^2 + |y|^2 - 2 x.y, which has no digits left there "
        "(and a root makes 1e-16 to 1e-8): take it from x - y. If half of the digits will do, state rounding=1e-7.",
        _near_duplicates,
    ),
    Law(
        "antipodes",
        "values at -x are the limit of those next to it.",
        "a special case for equal rows that takes opposite rows along (|cos| = 1), or a clipped cosine.",
        _antipodes,
    ),
    Law(
        "values",
        "f(x, y) is the kernel that is stated.",
        "another normalisation, parameter, or formula; a norm that is missing or stands twice.",
        _values,
    ),
)
