"""Faults in the spectra of two layers: factors, the search, windows, couplings, pairs, interactions, hierarchies."""

from __future__ import annotations

from mutants.fault import Fault

_ROOM = "kernelspec/ckn/spectra"
FACTORS, SEARCH, LAYERS = f"{_ROOM}/factors.py", f"{_ROOM}/search.py", f"{_ROOM}/two_layers.py"
QUADRATIC, COUPLING = f"{_ROOM}/quadratic.py", f"{_ROOM}/coupling.py"
PAIRS, INTERACTIONS, TREES = f"{_ROOM}/pair_operators.py", f"{_ROOM}/interactions.py", f"{_ROOM}/hierarchies.py"
CHOICE = f"{_ROOM}/two_layer_choice.py"

_LAYERS = ("tests/ckn/test_two_layers.py", "tests/ckn/test_two_layer_windows.py")
_WINDOWS = ("tests/ckn/test_two_layer_windows.py",)
_QUADRATIC = ("tests/ckn/test_quadratic.py",)
_PAIRS = ("tests/ckn/test_pair_operators.py",)
_INTERACTIONS = ("tests/ckn/test_interactions.py",)
_TREES = ("tests/ckn/test_hierarchies.py",)

FAULTS = (
    Fault(
        FACTORS,
        "inner = Exponential(rate / patches) @ first",
        "inner = Exponential(rate) @ first",
        "the rate of the exponential not shared by the patches",
        _LAYERS,
        checks=("L17",),
    ),
    Fault(
        SEARCH,
        "most = np.maximum(beyond, part.table[0])\n            rest",
        "most = beyond\n            rest",
        "patches of degree 0 left out of the bound of what may follow",
        _LAYERS,
    ),
    Fault(
        SEARCH,
        "keep &= np.arange(len(order)) >= last[:, None]",
        "keep &= np.arange(len(order)) > last[:, None]",
        "sets with equal degrees not looked for",
        _LAYERS,
    ),
    Fault(
        LAYERS,
        "sets = 1 if t == 1 else math.comb(g - 2, t - 2)",
        "sets = 1 if t == 1 else math.comb(g - 1, t - 1)",
        "sets counted that do not reach over their diameter",
        _WINDOWS,
    ),
    Fault(
        LAYERS,
        "mean * constant + (self._whole - constant) * first.trace",
        "self._whole * first.trace",
        "the constant left out of the trace",
        _WINDOWS,
    ),
    Fault(
        LAYERS,
        "ends[:, 1] * (1 + operations) + missed",
        "ends[:, 1] * (1 + operations)",
        "what a cut off series misses left out of the levels",
        ("tests/ckn/test_two_layers.py::test_a_series_that_is_cut_off_is_enclosed",),
    ),
    Fault(
        CHOICE,
        "norm = one if second.normalized else one * second.patch",
        "norm = one * second.patch",
        "the measure on a patch not normalised",
        _WINDOWS,
    ),
    Fault(
        QUADRATIC,
        "out: Complex = e[-delta % n] *",
        "out: Complex = e[delta % n] *",
        "a pair of patches not turned around",
        _QUADRATIC,
    ),
    Fault(
        QUADRATIC,
        "(both[-1], n * (n - 1) // 2)]",
        "(both[-1], n * (n + 1) // 2 - joint)]",
        "antisymmetric functions counted as symmetric ones",
        _QUADRATIC,
    ),
    Fault(
        QUADRATIC,
        "twice = [math.sqrt(2.0) if k < m else 1.0 for k, m in pairs]",
        "twice = [1.0 for k, m in pairs]",
        "products of two degrees counted in one order",
        _QUADRATIC,
    ),
    Fault(QUADRATIC, "| (i == 0) & (k == 0)", "", "two patches that are each one left out of the trace", _QUADRATIC),
    Fault(
        COUPLING,
        "return Fraction(n in (k + l, abs(k - l)), 2)",
        "return Fraction(n in (k + l, abs(k - l)), 1)",
        "both halves of a product of cosines taken whole",
        _QUADRATIC,
    ),
    Fault(
        PAIRS,
        "reads = np.arange(count) + offset",
        "reads = np.arange(count) - offset",
        "patches read on the other side",
        _PAIRS,
        checks=("C56",),
    ),
    Fault(
        PAIRS,
        "if pivot == count:\n                return math.inf",
        "if pivot == count:\n                break",
        "a norm given to what no F gives",
        _PAIRS,
    ),
    Fault(
        INTERACTIONS,
        "r = solver.patches - reach",
        "r = solver.patches - reach + 1",
        "one window more taken to see both patches",
        _INTERACTIONS,
    ),
    Fault(TREES, "((), m - len(several))", "((), m)", "constant branches counted beside all others", _TREES),
    Fault(
        TREES,
        "most = missing.upper() / self._harmonics(tree)",
        "most = missing.upper() / self.multiplicity(tree) / 1000",
        "a thousandth of what is missing enclosed",
        _TREES,
    ),
    Fault(
        f"{_ROOM}/quadratic_norms.py",
        "weights.append(mu[k] * mu[m] * ball(square * several))",
        "weights.append(mu[k] * mu[m] * ball(square))",
        "pairs of offsets with one difference counted once in norms",
        ("tests/ckn/test_quadratic_norms.py",),
    ),
    Fault(
        f"{_ROOM}/quadratic_norms.py",
        "if _pivots(_beside(joined, side).rref())[-1:] == [len(columns)]:",
        "if False:",
        "a norm given to what pooling cannot give",
        ("tests/ckn/test_quadratic_norms.py",),
    ),
    Fault(
        INTERACTIONS,
        "(sum(degrees) - parity) % 2 == 0",
        "sum(degrees) % 2 == 0",
        "the parity of the powers of kappa_2 left out",
        _INTERACTIONS,
    ),
    Fault(
        LAYERS,
        "largest = max(threshold, self._search.largest() * self._unknown)",
        "largest = max(threshold / 4, self._search.largest() * self._unknown)",
        "a bound of what is left out below the threshold",
        _WINDOWS,
    ),
)
