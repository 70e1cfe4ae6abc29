"""Faults in the eigenvalues by an integral over a circle."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

CIRCLE = "kernelspec/spectrum/circle.py"

_CIRCLE = ("tests/spectrum/test_circle.py",)
_STACKS = ("tests/kernels/test_deep_stacks.py",)

_stacks = partial(Fault, "kernelspec/kernels/deep_stacks.py", tests=_STACKS)

FAULTS = (
    Fault(
        CIRCLE,
        "values = [(circle.right + sign * circle.left, ",
        "values = [(circle.right - sign * circle.left, ",
        "the other parity integrated",
        _CIRCLE,
    ),
    Fault(CIRCLE, "circle.beyond if k > 1 else -1.0", "circle.beyond", "c u taken off at degree 1", _CIRCLE),
    Fault(
        CIRCLE,
        "return right, left, rise, fall + self._drop",
        "return right, left, rise, left - (self.kernel.at_one - self._drop)",
        "the rise from u = -1 as a difference of values",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "np.abs(circle.right) + np.abs(circle.left))]",
        "np.abs(circle.right + sign * circle.left))]",
        "what cancels between the sides without its rounding",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "weights(circle.eta, np.abs(f * circle.step), lam,",
        "weights(circle.eta, np.abs(values[-1][0] * circle.step), lam,",
        "nodes left out that are negligible for the other integrand",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "(-2 * np.sin(phi / 2) ** 2 + 1j",
        "(-1 * np.sin(phi / 2) ** 2 + 1j",
        "a curve that is no circle",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "return right, self._symmetry * right, rise,",
        "return right, right, rise,",
        "an odd kernel read as an even one",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/spectrum/circle_or_taylor.py",
        "    if kernel.radius < _SMALL_RADIUS:\n        return True\n",
        "",
        "series of a small radius taken for short",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "if not kernel.by_parts and not math.isinf(kernel.radius):",
        "if False:",
        "what the parts tell of their poles passed by",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "found = _RealPoint(found.arithmetic, found.u, found.delta, found.codelta, self.inside)",
        "found = _RealPoint(found.arithmetic, found.u, found.delta, found.codelta, [True])",
        "what inner kernels reach not held against discs",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/spectrum/taylor.py",
        "tail = math.exp(min(log_tail - scale, 700.0))",
        "tail = float(np.abs(parts[-terms // 8 :]).sum())",
        "poles of tiny residues overlooked",
        ("tests/kernels/test_subclass.py -k tiny",),
    ),
    Fault(
        "kernelspec/spectrum/taylor.py",
        "kernel.radius > 1 or kernel.series_sign != 0 and not kernel.singular",
        "kernel.radius > 1",
        "compositions of no known radius summed as if their coefficients fell slowly",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/numbers/exact_numbers.py",
        "for each in (ball, *balls)):",
        "for each in (ball,)):",
        "numbers multiplied out which more bits tell from a short fraction",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/spectrum/spectrum.py",
        "except RecursionError:",
        "except ZeroDivisionError:",
        "a trace from deep inside where layers are nested too deeply",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/spectrum/spectrum.py",
        "        with self._all_layers():\n            found = self._kept",
        "        with contextlib.nullcontext():\n            found = self._kept",
        "a trace from deep inside where eigenvalues are read of layers nested too deeply",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/spectrum/circle.py",
        "ulps = _ULPS + abs(float(self.discs[1][i]))",
        "ulps = _ULPS",
        "values near the largest float without the rounding of their logarithms",
        _CIRCLE,
    ),
    Fault(
        "kernelspec/kernels/wide.py",
        "return self.form if len(self.stack) < DEEP else DeepStack(self)",
        "return self.form",
        "deep networks written out",
        (*_CIRCLE, *_STACKS),
    ),
    _stacks("slope + found) % 2", "slope + found + 1) % 2", "the parity of a product turned round"),
    _stacks("total = total * slope + own", "total = total + own", "a majorant of tangent kernels without the slopes"),
    _stacks("            r = bound\n", "", "a majorant of every layer at u"),
    _stacks("for part in self._parts(layer)[1:]))", "for part in self._parts(layer)[2:]))", "singular slopes left out"),
    _stacks("return end_slope(psi)", "return 1.0", "an infinite slope called 1"),
)
