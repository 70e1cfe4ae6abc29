"""Faults in the balls of duals of activations whose only kink is at 0, and in what is proved by them."""

from __future__ import annotations

from mutants.fault import Fault

SERIES = "kernelspec/kernels/one_kink_series.py"
READING = "kernelspec/kernels/one_kink.py"

_TESTS = ("tests/kernels/test_one_kink.py",)

FAULTS = (
    Fault(SERIES, "(g, h, -1, 2)", "(g, h, 1, 2)", "sides of other signs taken for the same", _TESTS),
    Fault(
        SERIES,
        "inner = inner + 1 / (2 * flint.arb.pi())",
        "inner = inner + 1 / (2 * flint.arb.pi() + 1)",
        "D_00",
        _TESTS,
    ),
    Fault(SERIES, "mean = mean + means[rate][degree - 1] * degree", "pass", "means of derivatives of powers", _TESTS),
    Fault(SERIES, "((m - 1, n), m * gamma)", "((m - 1, n), m * beta)", "the wrong rate", _TESTS),
    Fault(SERIES, "starts[m, n] * untwisted", "starts[m, n]", "the twist left out at the start", _TESTS),
    Fault(
        SERIES,
        "zeros = 2 * _order(parts[0][0]) + 1",
        "zeros = 2 * _order(parts[0][0]) + 2",
        "a coefficient too few",
        _TESTS,
    ),
    Fault(SERIES, "found[:2] = [flint.arb(0), -end", "found[:2] = [flint.arb(0), end", "the sign of a jump", _TESTS),
    Fault(SERIES, "rise = (a * high + b).max(a + b * high)", "rise = a + b", "bounds off the real line", _TESTS),
    Fault(
        SERIES,
        "sine = delta.sin() if delta < 1.5 else flint.arb(1)",
        "sine = flint.arb(0)",
        "bounds beside the strip",
        _TESTS,
    ),
    Fault(
        SERIES,
        "self.bound * share**self.length",
        "self.bound * share ** (2 * self.length)",
        "tails that are too short",
        _TESTS,
    ),
    Fault(
        SERIES,
        "found = flint.arb_series(angle, count)(2 * root.asin())",
        "found = flint.arb_series(angle, count)(root.asin())",
        "half the angle",
        _TESTS,
    ),
    Fault(
        READING,
        "(-end, flint.arb.pi() - high, turn)]",
        "]",
        "the farther half of a wide ball left out",
        ("tests/kernels/test_piecewise_balls.py",),
    ),
    Fault(
        READING,
        "for width in (_CLOSE,) if narrow else (_AROUND, _CLOSE):",
        "for width in (_CLOSE,) if narrow else (_AROUND,):",
        "wide discs alone",
        _TESTS,
    ),
    Fault(READING, "range(count + 1)]", "range(count)]", "the last arc of a wide ball left out", _TESTS),
    Fault(
        READING,
        "missing = missing + abs(series.terms(j)(place)) * radius**j",
        "pass",
        "Taylor's formula of two terms",
        _TESTS,
    ),
    Fault(READING, "* (t - middle)", "* (t - middle) / 2", "the change of a wide ball halved", _TESTS),
    Fault(
        READING,
        "psi, end = point.psi, 1 if point.near else -1",
        "psi, end = point.u.acos(), 1 if point.near else -1",
        "an angle that no region tests",
        _TESTS,
    ),
)
