"""Balls that reach or stick out of [-1, 1]: their values hold the kernel on the part inside, and are narrow."""

from __future__ import annotations

import flint
import mpmath as mp
import pytest

import kernelspec as ks
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import BallArithmetic
from kernelspec.numbers.precision import mpmath_context, precision

KERNELS = [
    *(f"arccos({n})" for n in (0, 1, 2, 5)),
    *(f"dual({name!r})" for name in ("relu", "step", "abs", "elu", "erf", "gelu", "relu6")),
    "dual('leaky_relu', slope=0.1)",
    "rf(3)",
    "ntk(3, True)",
    "resnet(3)",
    "mlp(3, slope=-1)",
    "mlp(3, bias_variance=1)",
    "laplace(c=1)",
    "laplace(c=1, gamma=1/3)",
    *(f"matern({nu})" for nu in ("1/2", "1", "1/3", "2")),
    "cauchy()",
    "sine_power(1/2)",
    "sine_power(1)",
    "defect_power(1/3)",
    "arccos(0)@arccos(0)",
    "arccos(1)@(2*arccos(1) - 1)",
    "(arccos(1) + 1)*(arccos(1) - 1)",
    "arccos(0)@(4/3*dual('leaky_relu', slope=0.5) - 1/3)",
]
BALLS = [("1", "1e-20"), ("1", "0.1"), ("0.95", "0.05"), ("0.95", "0.2"), ("-1", "1e-20"), ("-0.95", "0.2")]
MP = mpmath_context(30)


def _exact(u: str, r: str) -> flint.arb:
    return flint.arb(u) + flint.arb(0, 1) * flint.arb(r)


@pytest.mark.parametrize("text", KERNELS)
def test_a_ball_that_reaches_an_end_holds_the_range(text: str) -> None:
    kernel = ks.parse(text)
    for u, r in BALLS:
        low, high = (min(max(MP.mpf(u) + sign * MP.mpf(r), MP.mpf(-1)), MP.mpf(1)) for sign in (-1, 1))
        inside = [low + (high - low) * i / 4 for i in range(5)]
        with precision(128):
            ball = _exact(u, r)
            found = {"value": kernel(ball), "defect": kernel.defect(ball)}
        for which, each in found.items():
            known = [getattr(kernel, "defect" if which == "defect" else "__call__")(x) for x in inside]
            assert each.is_finite(), (u, r, which)
            for x in known:
                assert each.overlaps(flint.arb(MP.nstr(x, 28)) + flint.arb(0, 1e-25)), (u, r, which)
            if (u, r) == ("1", "1e-20"):  # no wider than some times what is there, or the ball of u
                spread = max(known) - min(known)
                assert each.rad() < 8 * float(spread) + 1e-20, (u, r, which)


@pytest.mark.parametrize("theta", [flint.arb(0, 0.25), flint.arb(0.25, 0.5), flint.arb(3.125, 0.25), flint.arb(1.5, 2)])
def test_angles_whose_balls_reach_an_end(theta: flint.arb) -> None:
    for n in (0, 1):
        found = ks.arccos(n).of_angle(theta)
        assert found.is_finite()
        for t in (theta.lower(), theta.mid(), theta.upper()):
            t = mp.acos(mp.cos(float(t)))
            closed = (mp.sin(t) + (mp.pi - t) * mp.cos(t)) / mp.pi if n else 1 - t / mp.pi
            assert found.overlaps(flint.arb(float(closed), 1e-14))


def test_a_ball_outside_has_no_root_and_no_angle() -> None:
    balls = BallArithmetic()
    assert balls.sqrt(flint.arb(-1, 0.5)).is_finite() is False
    assert balls.asin(flint.arb(2, 0.5)).is_finite() is False
    assert balls.asin(flint.arb(0.5, 0.75)).contains(flint.arb.pi() / 2)
    assert not Point.from_cosine(balls, flint.arb(2)).pair(ks.arccos(1)).value.is_finite()


def test_the_defect_of_a_layer_whose_inner_kernel_is_one_at_the_end_by_rounding() -> None:
    kernel = ks.arccos(0) @ ks.dual("erf").normalized()
    assert kernel.defect(1.0) == 0.0
    assert kernel.defect(flint.arb(1)).contains(0) and kernel.defect(flint.arb(1)).rad() < 1e-6
