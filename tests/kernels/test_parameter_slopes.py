"""Derivatives of kernels in their parameters against mpmath's, to 30 digits, of formulas written out here.

Points lie at both ends, next to them, and between.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.gram import gram
from kernelspec.kernels.parameter_slopes import Member
from kernelspec.kernels.variation import Variable

F = Fraction
U = [-1.0, 1e-9 - 1, -0.7, -1e-3, 0.0, 0.3, 0.9, 1 - 1e-4, 1 - 1e-9, 1 - 2**-50, 1.0]
Formula = Callable[..., Any]


def matern(u: Any, nu: Any, scale: Any) -> Any:
    s = mp.sqrt(4 * nu * (1 - u)) / scale
    return 2 ** (1 - nu) / mp.gamma(nu) * s**nu * mp.besselk(nu, s) if s else mp.mpf(1)


def arc(n: int, c: Any) -> Any:
    c = min(max(c, -mp.mpf(1)), mp.mpf(1))
    angle = mp.pi - mp.acos(c)
    return angle / mp.pi if n == 0 else (mp.sqrt(1 - c * c) + c * angle) / mp.pi


def dense(
    u: Any, depth: int, slope: Any, weight_variance: Any, bias_variance: Any, tangent: bool, x: Any = 1, y: Any = 1
) -> Any:
    """The recursions of `ks.mlp`, for vectors of lengths x and y; divided by the variance for lengths of 1."""
    lengths = [x**2, y**2, mp.mpf(1)]
    ends = [weight_variance * q + bias_variance for q in lengths]
    cross = weight_variance * x * y * u + bias_variance
    total = cross
    for _ in range(depth - 1):
        size = mp.sqrt(ends[0] * ends[1])
        c = cross / size
        h = ((1 - slope) ** 2 * arc(1, c) + 2 * slope * c) / 2
        dh = ((1 - slope) ** 2 * arc(0, c) + 2 * slope) / 2
        passed = weight_variance * dh * total
        cross = weight_variance * size * h + bias_variance
        ends = [weight_variance * (1 + slope**2) / 2 * q + bias_variance for q in ends]
        total = passed + cross
    return (total if tangent else cross) / ends[2]


def residual(u: Any, depth: int, alpha: Any, tangent: bool) -> Any:
    cross, size, total = mp.mpf(u), mp.mpf(1), mp.mpf(0)
    for _ in range(depth):
        c = cross / size
        total = total * (1 + alpha**2 * arc(0, c)) + alpha**2 * (size * arc(1, c) + cross * arc(0, c))
        cross, size = cross + alpha**2 * size * arc(1, c), size * (1 + alpha**2)
    return total / (2 * depth * alpha**2 * (1 + alpha**2) ** (depth - 1)) if tangent else cross / size


def leaky(u: Any, slope: Any) -> Any:
    return (1 - slope) ** 2 / 2 * arc(1, u) + slope * u


def elu(u: Any, alpha: Any) -> Any:
    """E f(a) f(b) by three integrals that are exact in alpha: f = max(a, 0) + alpha (e^min(a, 0) - 1)."""
    parts = [ks.dual("elu", alpha=q)(mp.mpf(u)) for q in (0, 1, -1)]
    return parts[0] + alpha * (parts[1] - parts[2]) / 2 + alpha**2 * ((parts[1] + parts[2]) / 2 - parts[0])


FORMULAS: list[tuple[Any, dict[str, Any], Formula]] = [
    (ks.exponential, {"sigma": F(3, 5)}, lambda u, sigma: mp.exp((u - 1) / sigma**2)),
    (ks.laplace, {"c": 2, "gamma": F(3, 10)}, lambda u, c, gamma: mp.exp(-c * (1 - u) ** gamma)),
    (ks.laplace, {"c": F(1, 3), "gamma": 1}, lambda u, c, gamma: mp.exp(-c * (1 - u) ** gamma)),
    (
        ks.cauchy,
        {"alpha": F(3, 2), "c": 2, "gamma": F(1, 4)},
        lambda u, alpha, c, gamma: (1 + c * (1 - u) ** gamma) ** -alpha,
    ),
    (
        ks.rational_quadratic,
        {"alpha": F(3, 2), "scale": 2},
        lambda u, alpha, scale: (1 + (1 - u) / (alpha * scale**2)) ** -alpha,
    ),
    (
        ks.rational_quadratic,
        {"alpha": 20, "scale": F(1, 10)},
        lambda u, alpha, scale: (1 + (1 - u) / (alpha * scale**2)) ** -alpha,
    ),
    *((ks.matern, {"nu": nu, "scale": F(7, 10)}, matern) for nu in (F(1, 2), F(3, 2), F(5, 2), F(3, 10), F(13, 10), 1)),
    *(
        (ks.mlp, {"depth": depth, "slope": F(1, 4), "weight_variance": 2, "bias_variance": 0, "tangent": both}, dense)
        for depth in (2, 4)
        for both in (False, True)
    ),
    *(
        (
            ks.mlp,
            {"depth": depth, "slope": F(1, 4), "weight_variance": F(7, 4), "bias_variance": F(1, 8), "tangent": both},
            dense,
        )
        for depth in (1, 2, 4)
        for both in (False, True)
    ),
    *((ks.resnet, {"depth": n, "alpha": F(3, 4), "tangent": both}, residual) for n in (1, 4) for both in (False, True)),
    (ks.dual, {"activation": "leaky_relu", "slope": F(1, 4)}, lambda u, activation, slope: leaky(u, slope)),
    (ks.dual, {"activation": "elu", "alpha": F(1, 4)}, lambda u, activation, alpha: elu(u, alpha)),
]  # fmt: skip


def exact(formula: Formula, arguments: dict[str, Any], name: str, u: float, **more: Any) -> Any:
    """The derivative of the formula in a parameter, by mpmath at 40 digits."""
    with mp.workdps(40):
        plain = {key: value if isinstance(value, str | bool) else mp.mpf(F(value).numerator) / F(value).denominator
                 for key, value in arguments.items()}  # fmt: skip
        if "depth" in arguments:
            plain["depth"] = arguments["depth"]
        return mp.diff(lambda p: formula(mp.mpf(u), **{**plain, name: p}, **more), plain[name])


def named(value: Any) -> str:
    """A test's name, which holds no address."""
    return str(getattr(value, "__name__", value))


@pytest.mark.parametrize("function, arguments, formula", FORMULAS, ids=named)
def test_slopes_of_families(function: Any, arguments: dict[str, Any], formula: Formula) -> None:
    member = Member(function, arguments)
    names = member.continuous
    assert names
    for name in names:
        slope = member.slope(name)
        wanted = np.array([float(exact(formula, arguments, name, u)) for u in U])
        # A few roundings, of the kernel's own size; a Matern function of any nu is known to 1e-14.
        size = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(slope(np.array(U)), wanted, rtol=0, atol=1e-14 * size, err_msg=name)
        assert slope(1.0) == pytest.approx(wanted[-1], abs=2e-15) and np.isfinite(slope(-1.0))


def test_what_does_not_vary() -> None:
    assert Member(ks.mlp, {"depth": 3, "slope": 0, "weight_variance": 2, "bias_variance": 0}).continuous == ()
    assert Member(ks.mlp, {"depth": 3, "slope": -1, "weight_variance": 2, "bias_variance": 1}).continuous == (
        "weight_variance",
        "bias_variance",
    )
    assert Member(ks.ntk, {"depth": 3}).continuous == ()
    assert Member(ks.dual, {"activation": "leaky_relu", "slope": 0.1, "alpha": None}).continuous == ("slope",)
    assert Variable.of(ks.ntk(3) + ks.rf(4) @ ks.exponential(2)).names == {"sigma": (0, "sigma")}


def test_names_are_numbered_where_several_have_one() -> None:
    variable = Variable.of(ks.laplace(2) + 0.5 * ks.laplace(3) * ks.exponential(2))
    assert list(variable.names) == ["sigma", "c_1", "gamma_1", "c_2", "gamma_2"] or list(variable.names) == [
        "c_1", "gamma_1", "c_2", "gamma_2", "sigma"
    ]  # fmt: skip
    assert sorted(float(variable.value(name)) for name in ("c_1", "c_2")) == [2.0, 3.0]
    assert variable.changed({}).kernel() == ks.laplace(2) + 0.5 * ks.laplace(3) * ks.exponential(2)


def laplace(u: Any, c: Any) -> Any:
    return mp.exp(-c * mp.sqrt(1 - u))


def first_matern(s: Any) -> Any:
    return s * mp.besselk(1, s) if s else mp.mpf(1)


EXPRESSIONS: list[tuple[Any, str, Callable[[Any, Any], Any]]] = [
    (2 * ks.laplace(2) + ks.ntk(2), "c", lambda u, c: 2 * laplace(u, c) + u * arc(0, u) + arc(1, u)),
    (ks.laplace(2) * ks.rf(2), "c", lambda u, c: laplace(u, c) * arc(1, u)),
    (ks.rf(3) @ ks.laplace(2), "c", lambda u, c: arc(1, arc(1, laplace(u, c)))),
    (ks.laplace(2) @ ks.rf(2), "c", lambda u, c: laplace(arc(1, u), c)),
    (ks.matern(1, 0.5) @ ks.laplace(2), "c", lambda u, c: first_matern(4 * mp.sqrt(1 - laplace(u, c)))),
    (ks.exponential(0.5) @ ks.laplace(2), "c", lambda u, c: mp.exp(4 * (laplace(u, c) - 1))),
    (ks.rf(2) @ ks.mlp(3, slope=0.25), "slope", lambda u, s: arc(1, dense(u, 3, s, mp.mpf(2), 0, False))),
    (ks.ntk(2) @ ks.mlp(3, slope=0.25), "slope", lambda u, s: (
        lambda c: c * arc(0, c) + arc(1, c))(dense(u, 3, s, mp.mpf(2), 0, False))),
]  # fmt: skip


@pytest.mark.parametrize("kernel, name, formula", EXPRESSIONS, ids=named)
def test_slopes_of_expressions(kernel: Any, name: str, formula: Callable[[Any, Any], Any]) -> None:
    variable = Variable.of(kernel)
    at, slope = F(variable.value(name)), variable.slopes()[name]
    with mp.workdps(40):
        wanted = [float(mp.diff(lambda p: formula(mp.mpf(u), p), mp.mpf(at.numerator) / at.denominator)) for u in U]  # noqa: B023 - called at once
    size = max(1.0, np.abs(wanted).max())
    np.testing.assert_allclose(slope(np.array(U)), wanted, rtol=0, atol=2e-15 * size)


def test_values_follow_the_parameters() -> None:
    variable = Variable.of(ks.rf(3) @ (0.5 * ks.laplace(2) + 0.5 * ks.rf(2)))
    changed = variable.changed({"c": 0.7, "gamma": 0.3})
    assert changed.kernel() == ks.rf(3) @ (0.5 * ks.laplace(0.7, gamma=0.3) + 0.5 * ks.rf(2))
    with pytest.raises(ValueError, match=r"gamma must lie in \(0, 1\]"):
        variable.changed({"gamma": 1.5}).kernel()


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("name", ["slope", "weight_variance", "bias_variance"])
def test_biases_off_the_sphere(tangent: bool, name: str) -> None:
    arguments = {"depth": 3, "slope": F(1, 4), "weight_variance": F(7, 4), "bias_variance": F(1, 8), "tangent": tangent}
    angles, lengths = np.array([0.3, 0.3, 1.7, 3.4]), np.array([0.5, 2.0, 1.0, 3.0])
    X = lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = gram(Member(ks.mlp, arguments).slope(name), X)
    for i, j in np.ndindex(4, 4):
        u = float(X[i] @ X[j] / lengths[i] / lengths[j]) if angles[i] != angles[j] else 1.0
        x, y = (mp.mpf(float(lengths[k])) for k in (i, j))
        wanted = float(exact(dense, arguments, name, min(u, 1.0), x=x, y=y))
        assert found[i, j] == pytest.approx(wanted, abs=3e-14 * max(1.0, lengths[i] * lengths[j]))


@pytest.mark.parametrize("name", ["slope", "weight_variance", "bias_variance"])
def test_lengths_whose_squares_leave_the_floats(name: str) -> None:
    """With biases, K of a long vector x and a short one y is |x| times its limit: so is the derivative."""
    arguments = {"depth": 3, "slope": F(1, 4), "weight_variance": F(7, 4), "bias_variance": F(1, 8), "tangent": True}
    slope = Member(ks.mlp, arguments).slope(name)
    for short, u in ((1.0, 0.6), (1.0, -1.0), (1e-150, 1.0)):
        x, y = np.array([[0.0, 1.0]]), short * np.array([[np.sqrt(1 - u * u), u]])
        found, wanted = gram(slope, 1e200 * x, y)[0, 0] / 1e200, gram(slope, 1e20 * x, y)[0, 0] / 1e20
        assert found == pytest.approx(wanted, rel=1e-12) and wanted != 0  # the next term is 1e-20 of it
    ends = np.array([[1e200, 0.0], [-1e200, 0.0], [0.0, 1.0]])
    assert not np.isnan(gram(slope, ends)).any()  # infinite, where it is


def test_near_coincident_rows_of_a_tangent_kernel() -> None:
    """h'' is infinite at u = 1: its product with what vanishes there has its digits."""
    arguments = {"depth": 4, "slope": F(1, 4), "weight_variance": 2, "bias_variance": 0, "tangent": True}
    slope = Member(ks.mlp, arguments).slope("slope")
    for t in (1e-4, 1e-8, 1e-12, 2.0**-52):
        with mp.workdps(60):
            at_one, wanted = (exact(dense, arguments, "slope", u) for u in (1.0, 1 - t))
        assert slope.defect(1 - t) == pytest.approx(float(at_one - wanted), rel=1e-13)
