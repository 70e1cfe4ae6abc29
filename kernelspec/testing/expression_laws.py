"""What an expression obeys as a value (equality, text, pickle), and its formula: pair, number systems, derivative.

Values are read at 60 digits, where a formula that is right agrees with itself to 50.
"""

from __future__ import annotations

import copy
import functools
import math
import pickle
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

import numpy as np

from ..kernels.parser import kernel_names, parse
from ..kernels.points import Pair, Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic, MpmathArithmetic
from ..numbers.arithmetic_protocol import MpmathContext, MpmathNumber
from ..numbers.precision import mpmath_context, precision, with_balls
from .laws import Law, NotApplicableError, UnknownError, WrongError

_DIGITS = 60
CLOSE = 50  # digits to which values at 60 agree: some layers, and sums that cancel a little
ANGLES = (1e-12, 1e-3, 0.5, 1.2, 1.6, 2.5, 3.1)
COSINES = (-1.0, -0.96875, -0.5, -0.1875, 0.0, 0.3125, 0.625, 0.9375, 1.0)
_SMALL_ANGLES = tuple(10.0**-n for n in range(1, 13))
_DEFECTS = 1e-11  # relative error of a float's defect: the functions of a layer round some ten times, over many layers
_VALUES = 1e-13  # of kappa(1): the same for values
_SINGLE = 1e-5  # and for float32
_SMALLEST_SINGLE = 1e-30  # float32 ends at 1e-38: what is smaller times 1e-5 is not held by it, nor 1 / that
_STEP = 15  # digits of the step of a difference quotient, whose error is its square times the third derivative
_SLOPES = 22


class Expression(Protocol):
    """A kernel, and the names that `ks.parse` does not know."""

    kernel: Zonal
    names: Mapping[str, Callable[..., Zonal]] | None


class _Reading(NamedTuple):
    mp: MpmathContext
    size: MpmathNumber  # the largest of |kappa| that was seen
    one: MpmathNumber


@functools.lru_cache(maxsize=256)  # several laws read one kernel at the same points
def pair_at(kernel: Zonal, mp: MpmathContext, theta: float) -> Pair:
    """The kernel's pair at u = cos theta."""
    found = Point.from_angle(MpmathArithmetic(mp), mp.mpf(theta)).pair(kernel)
    if not isinstance(found, Pair):
        raise WrongError(f"`pair` returns {type(found).__name__}, and should return Pair(value, defect, one)")
    return found


def reading_of(case: Expression) -> _Reading:
    """How the kernel is read at 60 digits; `NotApplicableError` where it is not."""
    kernel = case.kernel
    if kernel.user_functions:
        raise NotApplicableError(
            f"{', '.join(kernel.user_functions)} is a function of your own, of which only floats are known"
        )
    mp = mpmath_context(_DIGITS)
    try:
        one = kernel.at_one
    except AttributeError:
        pair_at(kernel, mp, ANGLES[2])  # is it because `pair` returns no Pair?
        raise
    if not math.isfinite(one):
        raise UnknownError(f"kappa(1) = {one} is not finite")
    sizes = [abs(pair_at(kernel, mp, theta).value) for theta in (0, *ANGLES)]
    return _Reading(mp, max(sizes), pair_at(kernel, mp, 0).value)


# -- the expression as a value ------------------------------------------------------------------------


def _value(case: Expression) -> str:
    kernel = case.kernel
    if kernel != copy.copy(kernel) or hash(kernel) != hash(copy.copy(kernel)):
        raise WrongError("a copy is not equal, or has another hash")
    try:
        twice = kernel + kernel
    except ValueError as error:
        if "coefficient" not in str(error):
            raise
        return "copies are equal, with one hash; k + k is larger than kernels may be"
    if twice != 2 * kernel:
        raise WrongError("k + k and 2*k are different kernels")
    zero = 0 * kernel
    if kernel == zero and kernel == zero + 1:
        raise WrongError("it is equal to 0 and to 1: what is kept for one kernel is read for another")
    return "copies are equal, with one hash, and k + k is 2*k"


def _reads_back(case: Expression) -> str:
    """`parse(repr(kernel)) == kernel`."""
    kernel = case.kernel
    if kernel.user_functions:
        raise UnknownError("it holds a function of your own, which has no text")
    try:
        text = repr(kernel)
    except NotImplementedError:
        raise WrongError("the class has no method `text`") from None
    with suppress(NotImplementedError):  # who does not look at LaTeX need not write it
        _require_latex(kernel.latex())
    try:
        found = parse(text, case.names)
    except ValueError as error:
        if case.names is None and "unknown kernel" in str(error):
            raise NotApplicableError(
                f"{kernel!r} holds a name that ks.parse does not know: give names={{'...': function}}"
            ) from None
        raise WrongError(f"its text {kernel!r} cannot be read: {error}") from None
    if found != kernel:
        kind = f", a {type(found).__name__}" if repr(found) == repr(kernel) else ""
        raise WrongError(f"the printed text reads back as another kernel: {kernel!r} gives {found!r}{kind}")
    return "the printed text reads back as the same kernel"


def _require_latex(latex: object) -> None:
    """`WrongError` for what is no text, and for braces that do not close."""
    if not isinstance(latex, str) or not latex.strip():
        raise WrongError(f"its LaTeX is {latex!r}, no text")
    opened = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        opened += 1 if brace == "{" else -1
        if opened < 0:
            break
    if opened:
        raise WrongError(f"its LaTeX has a brace that is not closed, or not opened: {latex}")


def _pickled(case: Expression) -> str:
    kernel = case.kernel
    try:
        again = pickle.loads(pickle.dumps(kernel))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        local = "<locals>" in type(kernel).__qualname__ or "local object" in str(error)
        if local or kernel.user_functions:
            what = "its function" if kernel.user_functions else "its class"
            raise NotApplicableError(f"{what} is not found by its name: {error}") from None
        raise
    for made, word in ((again, "pickled"), (copy.deepcopy(kernel), "copied")):
        if made != kernel or hash(made) != hash(kernel):
            raise WrongError(f"{word}, it is another kernel: {made!r}")
    return "pickled and copied, it is the same kernel"


# -- the formula --------------------------------------------------------------------------------------


def _consistent(case: Expression) -> str:
    mp, size, one = reading_of(case)
    tolerance, worst = size * mp.mpf(10) ** -CLOSE, mp.zero
    for theta in (0, *ANGLES):
        pair = pair_at(case.kernel, mp, theta)
        if not abs(pair.one - one) <= tolerance:
            raise WrongError(
                f"`one` = {number_text(mp, pair.one)} at theta = {theta}, but kappa(1) = {number_text(mp, one)}"
            )
        off = abs(one - pair.value - pair.defect)
        if not off <= tolerance:
            raise WrongError(
                f"at u = cos({theta}) = {number_text(mp, mp.cos(theta))} `pair` gives the value "
                f"{number_text(mp, pair.value)} and the defect {number_text(mp, pair.defect)}, but kappa(1) - value = "
                f"{number_text(mp, one - pair.value)}"
            )
        worst = max(worst, off)
    relative = float(worst / size) if size else 0.0
    return f"value + defect = kappa(1) at {len(ANGLES) + 1} points, to {relative:.0e} of {number_text(mp, size)}"


def _accurate_defect(case: Expression) -> str:
    mp, _, _ = reading_of(case)
    kernel, worst = case.kernel, 0.0
    found = kernel.of_angle(np.array(_SMALL_ANGLES), defect=True)
    for theta, value in zip(_SMALL_ANGLES, found, strict=True):
        exact = pair_at(kernel, mp, theta).defect
        if not exact:
            if value:
                raise WrongError(f"at theta = {theta} the defect is {value!r} in floats, and 0")
            continue
        off = float(abs(mp.mpf(float(value)) / exact - 1))
        if not off <= _DEFECTS:
            raise WrongError(
                f"at theta = {theta}, where 1 - u = {theta * theta / 2:.2g}, the defect kappa(1) - kappa(u) is "
                f"{float(value):.10g} in floats, and {number_text(mp, exact)}: off by {off:.1e} of it"
            )
        worst = max(worst, off)
    return f"in floats kappa(1) - kappa(u) keeps its digits down to 1 - u = 5e-25 (relative: {worst:.0e})"


@with_balls
def _readings(case: Expression) -> str:
    import flint
    import sympy

    mp, size, _ = reading_of(case)
    kernel, u = case.kernel, np.array(COSINES)
    _require_untouched(kernel)
    exact = [kernel(mp.mpf(x)) for x in COSINES]
    dtypes: list[tuple[type[np.floating], float]] = [(np.float64, _VALUES)]
    if not size or _SMALLEST_SINGLE <= size <= 1 / _SMALLEST_SINGLE:
        dtypes.append((np.float32, _SINGLE))
    read = [*(np.dtype(dtype).name for dtype, _ in dtypes), "mpmath"]
    for dtype, tolerance in dtypes:
        values = kernel(u.astype(dtype))
        if values.dtype != dtype or values.shape != u.shape:
            raise WrongError(
                f"an array of {np.dtype(dtype)}, shape {u.shape}, gives one of {values.dtype}, shape {values.shape}"
            )
        for x, value, wanted in zip(COSINES, values, exact, strict=True):
            if not abs(mp.mpf(float(value)) - wanted) <= tolerance * size:
                raise WrongError(
                    f"kappa({x}) = {float(value):.10g} in {np.dtype(dtype)}, and {number_text(mp, wanted)} in mpmath"
                )
    if not kernel.real_only:
        read.append("balls")
        with precision(128):
            for x, wanted in zip(COSINES, exact, strict=True):
                ball = kernel(flint.arb(x))
                true = flint.arb(mp.nstr(wanted, 40)) + flint.arb(0, 1e-35) * float(size)
                if not ball.overlaps(true):
                    raise WrongError(f"kappa({x}) lies in the ball {ball}, and is {number_text(mp, wanted)} in mpmath")
    if not (kernel.truncation or kernel.real_floats):
        read.append("SymPy")
        x = sympy.Rational(1, 3)
        value, wanted = sympy.N(kernel.sympy(x), 30), kernel(mp.mpf(1) / 3)
        if not abs(mp.mpf(str(value)) - wanted) <= mp.mpf(10) ** -25 * size:
            raise WrongError(f"kappa(1/3) = {value} in SymPy, and {number_text(mp, wanted)} in mpmath")
    return f"{', '.join(read)} read one function"


def _require_untouched(kernel: Zonal) -> None:
    """`WrongError` where `pair` writes to the numbers of its point, which other kernels read after it."""
    point = Point.from_angle(FloatArithmetic(), np.array(ANGLES))
    names = ("u", "delta", "codelta")
    before = [getattr(point, name).copy() for name in names]
    kernel.pair(point)
    for name, then in zip(names, before, strict=True):
        now = getattr(point, name)
        if not np.array_equal(now, then):
            i = int(np.argmax(now != then))
            raise WrongError(
                f"`pair` has changed `point.{name}` at theta = {ANGLES[i]}: it was {then[i]:.6g}, and is {now[i]:.6g}"
            )


def _slope(case: Expression) -> str:
    mp, size, _ = reading_of(case)
    derivative = case.kernel.derivative()
    step = mp.mpf(10) ** -_STEP
    for x in (-0.71875, -0.1875, 0.3125, 0.84375):
        u = mp.mpf(x)
        quotient = (case.kernel(u + step) - case.kernel(u - step)) / (2 * step)
        found = derivative(u)
        if not abs(found - quotient) <= (abs(quotient) + size) * mp.mpf(10) ** -_SLOPES:
            raise WrongError(
                f"at u = {x} the derivative is {number_text(mp, found)}, and the difference quotient of values "
                f"{number_text(mp, quotient)}"
            )
    return f"derivative() is the slope of the values, to {_SLOPES} digits at 4 points"


def number_text(mp: MpmathContext, x: MpmathNumber) -> str:
    """A number in mpmath as text."""
    return str(mp.nstr(x, 12))


EXPRESSION_LAWS = (
    Law(
        "value",
        "a kernel is a value: copies are equal, have one hash, and k + k == 2*k.",
        "the class is no frozen dataclass, or a field holds what neither has a hash nor contents that have one.",
        _value,
    ),
    Law(
        "text",
        "ks.parse(repr(k)) == k.",
        "`text()` leaves a field out, rounds it, or is that of another kernel; names that ks.parse does not know are "
        f"given with names=, those that it knows are {', '.join(kernel_names())}.",
        _reads_back,
    ),
    Law(
        "pickle",
        "pickled and read back, a kernel is the same kernel.",
        "a field that pickle does not take, or a class whose fields are not what it is made of.",
        _pickled,
    ),
    Law(
        "pair",
        "the value and the defect that `pair` returns add up to kappa(1).",
        "the formula of the defect is that of another kernel, has a wrong factor, or is that of the value.",
        _consistent,
    ),
    Law(
        "defect",
        "near u = 1 the defect kappa(1) - kappa(u) keeps its digits in floats.",
        "`pair` takes the defect as a difference, one - value, which has no digits left there: write it in "
        "`point.delta` = 1 - u with expm1, or with the rationalised difference of roots.",
        _accurate_defect,
    ),
    Law(
        "readings",
        "floats, mpmath, balls and SymPy read one function.",
        "`pair` uses NumPy's or Python's functions in place of those of `point.arithmetic`, or Python's floats for "
        "numbers that are not floats (0.1 is no 1/10).",
        _readings,
    ),
    Law(
        "derivative",
        "`derivative()` is the slope of the values.",
        "a forgotten inner derivative, a factor or a sign.",
        _slope,
        (NotImplementedError,),
    ),
)
