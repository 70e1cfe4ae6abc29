"""`check_kernel`: kernels of a user's own with one fault each, found by its law first, with words that say what it is.

The right one is the inverse multiquadric (1 + c (1-u))^{-1/2} of the docstring of `Zonal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from expressions import untyped
from hypothesis import given, settings

import kernelspec as ks
from kernelspec import Zonal, testing
from kernelspec.kernels import base_points
from kernelspec.kernels.points import Pair
from kernelspec.numbers.arithmetic import BallArithmetic, FloatArithmetic
from kernelspec.spectrum import Spectrum
from kernelspec.testing import KERNEL_LAWS, CheckFailed, check_gram, check_kernel

ONE = Fraction(1)


@dataclass(frozen=True, repr=False)
class Right(Zonal):
    c: Fraction = Fraction(3)
    bounded = True
    rational_one = ONE
    series_sign = 1

    @property
    def radius(self) -> float:
        return float(1 + 1 / self.c)

    def pair(self, point: Any) -> Pair:
        arithmetic = point.arithmetic
        one, c = arithmetic.number(ONE), arithmetic.number(self.c)
        root = arithmetic.sqrt(one + c * point.delta)
        return Pair(one / root, c * point.delta / (root * (root + one)), one)

    def derivative(self) -> Zonal:
        return self.c / 2 * self**3

    def text(self) -> str:
        return f"{type(self).__name__.lower()}({self.c})"

    def latex_of(self, argument: str) -> str:
        return f"(1+{self.c}(1-{argument}))^{{-1/2}}"


class Listed(Right):
    __hash__ = None  # type: ignore[assignment]  # as a field that is a list would have it


class Renamed(Right):
    def text(self) -> str:
        return "arccos(1)"


class Misspelt(Right):
    def text(self) -> str:
        return "multiquadric 3"


class Unpickled(Right):
    def __reduce__(self) -> Any:
        return Right, (Fraction(5),)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> Any:
        return self


class Untold(Right):
    def text(self) -> str:
        raise NotImplementedError


class Undrawn(Right):
    def latex_of(self, argument: str) -> str:
        raise KeyError(argument)


class Loose(Right):
    def pair(self, point: Any) -> Any:
        return tuple(super().pair(point))


class Doubled(Right):
    def pair(self, point: Any) -> Pair:
        found = super().pair(point)
        return found._replace(defect=2 * found.defect)


class Cancelling(Right):
    def pair(self, point: Any) -> Pair:
        found = super().pair(point)
        return found._replace(defect=found.one - found.value)


class Patchy(Right):
    """Another kernel in balls."""

    def pair(self, point: Any) -> Pair:
        wrong = isinstance(point.arithmetic, BallArithmetic)
        return Right.pair(Right(self.c + Fraction(1, 10**9)) if wrong else self, point)


class Widened(Right):
    """float64, whatever comes in."""

    def pair(self, point: Any) -> Pair:
        found = super().pair(point)
        if not isinstance(point.arithmetic, FloatArithmetic):
            return found
        return found._replace(value=np.asarray(found.value) * (1 + 1e-9))


class Steep(Right):
    def derivative(self) -> Zonal:
        return self.c * self**3


class Larger(Right):
    rational_one = Fraction(2)


class Unbounded(Right):
    rational_one = Fraction(2)

    def pair(self, point: Any) -> Pair:
        return Pair(*(2 * part for part in super().pair(point)))

    def derivative(self) -> Zonal:
        return self.c * Right(self.c) ** 3


class Even(Right):
    def polynomial_part(self, parity: int) -> Any:
        return {} if parity else None


class Rising(Right):
    """The inverse, (1 + c (1-u))^{1/2}, whose Taylor coefficients are negative."""

    bounded = False

    def pair(self, point: Any) -> Pair:
        value, _, one = super().pair(point)
        root = one / value
        return Pair(root, -point.arithmetic.number(self.c) * point.delta / (one + root), one)

    def derivative(self) -> Zonal:
        return -self.c / 2 * Right(self.c)


class Entire(Right):
    @property
    def radius(self) -> float:
        return float("inf")


class Shifted(Right):
    def series(self, point: Any) -> Any:
        return Right(2 * self.c).pair(point).value


class Far(Right):
    """Right to five orders at u = 1, and nowhere else."""

    def series(self, point: Any) -> Any:
        return self.pair(point).value + point.delta**6 / 1000


class Calm(Right):
    """exp(-c (1-u)^{1/2}), which is singular at u = 1."""

    radius = 1.0
    singular = frozenset({-1})

    def pair(self, point: Any) -> Pair:
        exponent = -point.arithmetic.number(self.c) * point.arithmetic.sqrt(point.delta)
        one = point.arithmetic.number(ONE)
        return Pair(point.arithmetic.exp(exponent), -point.arithmetic.expm1(exponent), one)

    def derivative(self) -> Zonal:
        return self.c / 2 * ks.defect_power(Fraction(-1, 2)) * self


class Everything(Right):
    """Equal to every kernel."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


class Unclosed(Right):
    def latex_of(self, argument: str) -> str:
        return rf"\frac{{1}}{{\sqrt{{4-3{argument}}}"


class Blank(Right):
    def latex_of(self, argument: str) -> str:
        return ""


class NoOne(Right):
    def pair(self, point: Any) -> Pair:
        found = super().pair(point)
        return found._replace(one=found.one * float("nan"))


class Writing(Right):
    """What is read after it at the same point reads 0."""

    def pair(self, point: Any) -> Pair:
        found = super().pair(point)
        if isinstance(point.delta, np.ndarray):
            point.delta[...] = 0
        return found


class Misplaced(Right):
    def exact_at(self, at: int) -> Any:
        return super().exact_at(at) if at else base_points.rational(Fraction(1, 3))


class Decaying(Right):
    def exact_at(self, at: int) -> Any:
        return super().exact_at(at) if at else base_points.exponential(Fraction(-3))


class Falling(Right):
    def rise(self, point: Any, at: int) -> Any:
        return super().rise(point, at) if at else -super().rise(point, at)


class Dropping(Right):
    def drop(self, end: Any, point: Any, gap: Any) -> Any:
        return point.pair(self).value - end.pair(self).value


class Wider(Right):
    """By a tenth of what lies beyond 1."""

    @property
    def radius(self) -> float:
        return 1 + 1.1 / float(self.c)


class Unset(Right):
    singular: Any = []


NAMES: dict[str, Callable[..., Zonal]] = {
    kind.__name__.lower(): untyped(kind)
    for kind in (
        *(Right, Listed, Unpickled, Doubled, Cancelling, Patchy, Widened, Steep, Larger),
        *(Unbounded, Even, Rising, Entire, Shifted, Far, Calm, Undrawn, Loose),
        *(Everything, Unclosed, Blank, NoOne, Writing, Misplaced, Decaying, Falling),
        *(Dropping, Wider, Unset),
    )
}

WRONG: list[tuple[str, Zonal, str]] = [
    ("value", Listed(), "unhashable type: 'Listed'"),
    ("value", Everything(), "it is equal to 0 and to 1"),
    ("text", Unclosed(), r"a brace that is not closed, or not opened: .frac\{1\}"),
    ("text", Blank(), "its LaTeX is '', no text"),
    ("pair", NoOne(), r"`one` = nan at theta = 0, but kappa\(1\) = 1.0"),
    ("readings", Writing(), r"has changed `point.delta` at theta = \S+: it was \S+, and is 0"),
    ("base points", Misplaced(), r"`exact_at\(0\)` is 0.333\S+, but kappa\(0\) = 0.5"),
    ("base points", Decaying(), r"`exact_at\(0\)` is 0.0497\S+, but kappa\(0\) = 0.5"),
    ("base points", Falling(), r"`rise` from u = 0 is \S+ at u = -1.0, but kappa\(-1.0\) - kappa"),
    ("base points", Dropping(), r"`drop` from u = \S+ to -1.0 is -\S+, but kappa\("),
    ("text", Renamed(), r"reads back as another kernel: arccos\(1\) gives arccos\(1\), a ArcCosine"),
    ("text", Misspelt(), "its text multiquadric 3 cannot be read"),
    ("text", Untold(), "the class has no method `text`"),
    ("text", Undrawn(), "raised KeyError: .*Usual cause: an error in a method of the kernel's class"),
    ("pair", Loose(), r"`pair` returns tuple, and should return Pair\(value, defect, one\)"),
    ("pickle", Unpickled(), r"pickled, it is another kernel: right\(5\)"),
    ("pair", Doubled(), r"`pair` gives the value \S+ and the defect \S+, but kappa\(1\) - value = "),
    ("defect", Cancelling(), r"where 1 - u = .*in floats, and .*[^$]*one - value, which has no digits"),
    ("readings", Patchy(), r"lies in the ball \[.*, and is \S+ in mpmath"),
    ("readings", Widened(), r"in float64, and \S+ in mpmath"),
    ("derivative", Steep(), r"at u = -0.71875 the derivative is \S+, and the difference quotient"),
    ("kappa(1)", Larger(), r"`rational_one` is 2, but kappa\(1\) = 1.0"),
    ("bounded", Unbounded(), r"`bounded` says that \|kappa\| <= 1, but kappa = 2.0 in size at u = 1"),
    ("parity", Even(), r"`polynomial_part\(1\)` is 0, which is \S+ at u = \S+, but the odd part"),
    ("Taylor", Rising(), r"`series_sign` is 1, but the Taylor coefficient b_1 = \[?-"),
    ("radius", Entire(), r"`radius` is inf, so that .* on the circle \|u\| = r = 2 \(Cauchy\)"),
    ("radius", Wider(), r"`radius` is 1.36667, .* \(Cauchy\), which is \S+, but the Taylor"),
    ("singular", Unset(), r"`singular` is \[\]; it should be a frozenset of 1, -1 and 0"),
    ("range", ks.polynomial(2) - Fraction(3, 4), r"\|kappa\| exceeds kappa\(1\)"),
    ("u = 1", Shifted(), r"leaves of kappa\(1 - t\) .*[^$]*is not the function that `pair"),
    ("u = -1", Far(), r"leaves of kappa\(-1 \+ t\)"),
    ("singular", Calm(), r"`singular` is \[-1\], but the expansion at u = 1 holds"),
    ("positive", ks.polynomial(2) - Fraction(1, 4), r"mu_0 = -0.05 < 0 on S\^4, proved"),
]


@pytest.mark.parametrize(("law", "kernel", "words"), WRONG, ids=lambda x: str(type(x).__name__))
def test_a_fault_is_found_by_its_law(law: str, kernel: Zonal, words: str) -> None:
    with pytest.raises(CheckFailed) as found:
        check_kernel(kernel, 5, names=NAMES)
    assert found.value.law.name == law, str(found.value)
    assert re.search(words, str(found.value), re.DOTALL), str(found.value)


def scaled(self: Zonal, x: Any, y: Any = None, *args: Any, **options: Any) -> Any:
    """A Gram function that forgets |y|, in the form with two arguments alone."""
    from kernelspec.gram import gram

    found = gram(self, x, y)
    if y is None:
        return found
    norms = np.linalg.norm(np.asarray(y), axis=1)
    return found / np.where(norms > 0, norms, 1)


def falsified(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """`Spectrum.values` with a change."""
    right = Spectrum.values

    def wrong(self: Spectrum, k: Any, estimate: bool = False) -> Any:
        return change(right(self, k, estimate), np.asarray(k))

    return wrong


@pytest.mark.parametrize(
    ("law", "holder", "name", "wrong", "words"),
    [
        (
            "eigenvalues",
            Spectrum,
            "values",
            falsified(lambda v, k: v._replace(value=np.where(k == 2, v.value * (1 + 1e-9), v.value))),
            "mu_2 = .* is not in the ball",
        ),
        (
            "trace",
            Spectrum,
            "values",
            falsified(lambda v, k: v._replace(log_abs=v.log_abs + np.where(k == 1, 1e-5, 0.0))),
            r"the eigenvalues add up to \S+ .* but kappa\(1\) = 1",
        ),
        ("exact", Spectrum, "exact", lambda self, k: 1 / (untyped(k) + 2), r"exact\(0\) = .* by quadrature"),
        ("scale", Zonal, "gram", scaled, r"f\(2x, y\) = 2 f\(x, y\), but f\(x, 2y\) = 1 f\(x, y\)"),
    ],
)
def test_a_fault_of_the_library_is_found(
    monkeypatch: pytest.MonkeyPatch, law: str, holder: Any, name: str, wrong: Any, words: str
) -> None:
    monkeypatch.setattr(holder, name, wrong)
    with pytest.raises(CheckFailed, match=rf"(?s)breaks the law '{law}'.*{words}"):
        # `exact` sums the same series as the trace, whose law comes later.
        check_kernel(ks.arccos(1), 4, skip=["u = 1", "u = -1"] if law != "scale" else "eigenvalues")


def test_every_law_has_a_planted_fault() -> None:
    """Those of Gram matrices have theirs in the tests of `check_gram`."""
    own = {law.name for law in KERNEL_LAWS} - {law.name for law in testing.GRAM_LAWS}
    assert own == {law for law, _, _ in WRONG} | {"eigenvalues", "trace", "exact"}


# -- what is right ----------------------------------------------------------------------------------------


def test_a_kernel_of_the_users_own_passes() -> None:
    report = check_kernel(Right(), 4, names=NAMES)
    assert set(report.not_applicable) == {"parity", "exact"} and not report.not_known
    assert "text" in check_kernel(Right(), 4, laws="text").not_applicable
    assert check_gram(Right().gram, kernel=Right())["values"].result == "ok"


@pytest.mark.parametrize("text", ["1e-150*ntk(2)", "1e150*ntk(2)", "1e300*arccos(1)", "0*linear()", "2*polynomial(0)"])
def test_kernels_of_any_size_pass(text: str) -> None:
    assert not check_kernel(ks.parse(text), skip=["eigenvalues", "trace"]).not_known


@pytest.mark.parametrize(
    ("kernel", "known"),
    [
        (ks.exponential(Fraction(1, 10)), True),  # e^{100 u}
        (ks.exponential(Fraction(1, 300)), False),  # overflows next to 1
        (ks.polynomial(60), True),
        (Right(Fraction(100)), True),
        (Right(Fraction(10**6)), False),
        (ks.arccos(1) @ (ks.linear() / 2), True),
        (0 * ks.linear(), True),
    ],
)
def test_a_right_radius_is_met(kernel: Zonal, known: bool) -> None:
    assert (check_kernel(kernel, laws="radius").met == ("radius",)) is known


@pytest.mark.parametrize(
    "text", ["ntk(2)", "rf(3) - 1/3", "arccos(0) - 1/2", "exponential(2)*linear()", "sine_power(-1/2)"]
)
def test_right_base_points_are_met(text: str) -> None:
    kernel = ks.parse(text)
    report = check_kernel(kernel, laws="base points")
    assert report.met or not np.isfinite(kernel.at_one)


def test_gram_matrices_of_any_dimension_are_not_made() -> None:
    report = check_kernel(ks.ntk(2), 10**6, laws=["psd", "kappa(1)"])
    assert report.met == ("kappa(1)",) and "up to d = 10000" in report["psd"].why


def test_a_function_of_the_users_own_passes() -> None:
    kernel = ks.from_callable(lambda u: np.exp(u * u - 1), name="bell", parity="even")
    report = check_kernel(kernel, 3)
    assert {"parity", "psd", "diagonal", "near-duplicates"} <= set(report.met)
    assert "function of your own" in report["positive"].why
    wave = ks.from_callable(lambda u: np.cos(6 * u), name="wave")
    with pytest.raises(CheckFailed, match="(?s)'psd'.*sum_ij c_i c_j"):
        check_kernel(wave, skip="Cauchy-Schwarz")


CHEAP = [
    *("value", "text", "pickle", "pair", "defect", "derivative", "kappa(1)", "bounded", "parity"),
    *("Taylor", "scale", "symmetry", "diagonal", "Cauchy-Schwarz", "psd", "near-duplicates"),
    *("antipodes", "permutation", "batch", "float32"),
]


@given(testing.kernels(positive=True, max_atoms=3))
@settings(max_examples=12)
def test_random_kernels_pass(kernel: Zonal) -> None:
    check_kernel(kernel, 3, laws=CHEAP)


def test_bad_arguments() -> None:
    with pytest.raises(TypeError, match="check_gram takes functions"):
        check_kernel(untyped(lambda x, y: x @ y.T))
    with pytest.raises(ValueError, match="skip must be among 'value', .*; got 'psds'"):
        check_kernel(ks.linear(), skip=["psds"])
    with pytest.raises(ValueError, match="d must be"):
        check_kernel(ks.linear(), d=1)
    with pytest.raises(TypeError, match="names must map names to functions; got 'a': 1"):
        check_kernel(ks.linear(), names={"a": untyped(1)})
