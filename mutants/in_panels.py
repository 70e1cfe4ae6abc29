"""Faults in the eigenvalues of networks of activations with pieces."""

from __future__ import annotations

from mutants.fault import Fault

PANELS = "kernelspec/kernels/piecewise_panels.py"
MANY = "kernelspec/spectrum/panel_quadrature.py"
CHOICE = "kernelspec/spectrum/choice.py"

_PANELS = ("tests/spectrum/test_panel_quadrature.py",)

FAULTS = (
    Fault(PANELS, "slope = -(sine * below + half * kinks)", "slope = -(sine * below)", "no kinks", _PANELS),
    Fault(PANELS, "1 if b == c else 2, sorted", "1, sorted", "mixed rates counted once", _PANELS),
    Fault(PANELS, "{m - 1: m * c for m, c", "{m - 1: c for m, c", "x^m derived without its factor m", _PANELS),
    Fault(PANELS, "bits += lost\n", "bits += 0\n", "no bits for what steep rates lose", _PANELS),
    Fault(
        PANELS,
        "flint.arb.pi() / 2 if start == _MIDDLE else flint.arb(start)",
        "flint.arb(start)",
        "A_n(0) taken for that of a float next to pi/2",
        _PANELS,
    ),
    Fault(PANELS, "return flint.arb(0 if middle > 0 else 1)", "return flint.arb(0)", "lower tails left out", _PANELS),
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
)
