"""Faults in learning curves: the equations, their enclosure, spectra without end."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_ON_SPHERES = ("tests/rkhs/test_learning_curves.py",)
_MODELS = ("tests/ckn/test_ckn_learning_curves.py",)
_equations = partial(Fault, "kernelspec/rkhs/learning_curves.py", tests=_ON_SPHERES)
_sphere = partial(Fault, "kernelspec/rkhs/sphere_curves.py", tests=_ON_SPHERES)
_CURVES = ("tests/learning/test_curves_and_laws.py",)
_SAMPLES = ("tests/learning/test_gram_curves.py",)
_PAIRS = ("tests/learning/test_comparison_of_curves.py",)
_trained = partial(Fault, "kernelspec/rkhs/learning_curves.py", tests=_CURVES)
_laws = partial(Fault, "kernelspec/learning/laws.py", tests=_CURVES)
_targets = partial(Fault, "kernelspec/rkhs/target_powers.py", tests=_CURVES)
_sample = partial(Fault, "kernelspec/learning/from_gram.py", tests=_SAMPLES)
_pairs = partial(Fault, "kernelspec/learning/comparison.py", tests=_PAIRS)
_measured = partial(Fault, "kernelspec/learning/measured.py", tests=("tests/learning/test_measured.py",))
_layer = partial(Fault, "kernelspec/ckn/spectra/spheres.py", tests=_MODELS)

FAULTS = (
    _measured("shifts = len(gram) * path.lambdas", "shifts = path.lambdas", "residuals without n"),
    _measured("self.errors.mean(axis=1) + self.noise**2", "self.errors.mean(axis=1)", "the noise of new targets lost"),
    _measured(
        "cross[:, :count], y[:count], truth", "cross[:, :count], y[:count], truth + noise", "truth moved by noise"
    ),
    _measured("least = _EPS * float(kernel(1.0))", "least = 0.0", "a lambda that rounding decides about"),
    _sample("np.ldexp(kappa, unit)", "np.ldexp(kappa, power)", "kappa in the units of K"),
    _sample("lam, mu = math.ldexp(lam, -unit)", "lam, mu = math.ldexp(lam, 0)", "lambda not in the units of mu"),
    _equations("np.sum(missed(mu, k) ** 2 * power)", "np.sum(missed(mu, k) * power)", "the bias not squared"),
    _equations("levels.multiplicity_lower * least**2", "levels.multiplicity_lower * least", "sum of L for that of L^2"),
    _equations(
        "(1.0 if side else missed(unseen.largest, kappa[0]) ** 2)", "1.0", "unseen power never learned, in a bound"
    ),
    _equations(
        "right = total * (1 + _ROUNDING) <= n[todo] if side",
        "right = total * (1 + _ROUNDING) >= n[todo] if side",
        "an upper bound of kappa taken where it is not proved",
    ),
    _equations("none = (n >= rank)", "none = (n > rank)", "as many samples as eigenvalues do not determine them"),
    _equations(
        "kappa[1, todo] - kappa[0, todo] > _SHARP", "kappa[1, todo] - kappa[0, todo] < _SHARP", "wide bounds kept"
    ),
    _sphere("if found.rest[1] else Unseen()", "if not found.rest[1] else Unseen()", "power beyond the degrees lost"),
    _sphere(
        "with at_least(BITS + int(3.4 * digits)):", "with at_least(BITS):", "the trace left known to 58 digits only"
    ),
    _sphere("part.left(blocks)", "part.left(0)", "the trace of the nodes counted once more"),
    Fault(
        "kernelspec/rkhs/degree_sums.py",
        "self.squares.append(weight * self.multiplicity(k) * about_square)",
        "self.squares.append(weight * about_square)",
        "nodes without the number of harmonics",
        _ON_SPHERES,
    ),
    _trained("share * (share * error)", "share * error", "the training error without its square"),
    _trained("np.where(exact, 0.0, np.minimum(high, 1.0))", "np.minimum(high, 1.0)", "n = rank is not fitted exactly"),
    _trained("ridge / kappa[1 - i] if ridge", "ridge / kappa[i] if ridge", "bounds of the training error exchanged"),
    _laws("limit = slow / (d - 1)\n        grows", "limit = slow / d\n        grows", "E_n by d in place of d - 1"),
    _laws("least = min(a - 1, 2 * decay)", "least = min(a - 1, decay)", "a kernel that saturates at 2 beta"),
    _laws("* slow / (decay * (d - 1))", "/ (d - 1)", "a parity that falls faster learns as fast as the other"),
    _laws("value = r / (1 + r)", "value = r / (2 + r)", "the rate of the best lambda"),
    _laws("return min(powers) if powers", "return max(powers) if powers", "2 beta of the faster parity"),
    _targets("2 * least - (f.d - 2)", "2 * least - f.d", "the power of a target without its number of harmonics"),
    _targets("Fraction(part.d, 2)] if", "Fraction(part.d + 1, 2)] if", "jumps that fall faster"),
    _targets("if f.d == 2 and slowest", "if f.d == 3 and slowest", "directions on the circle may cancel"),
    _sample("n * lam / middle * unlearned / mu.size", "n * lam / middle", "the ridge of a sample that has no end"),
    _sample("one**2 - (total - counts) * two", "one**2 - total * two", "test points that are training points, too"),
    _sample("1 - (total - one) / counts", "1 - (total - one) / total", "the training error by N"),
    _sample("np.where(mu > total * _EPS * mu[0], mu, 0.0)", "np.maximum(mu, 0.0)", "rounding as eigenvalues"),
    _pairs("np.arange(len(p), 0, -1)", "np.arange(len(p)) + 1", "Holm's factors from the other end"),
    _pairs("stats.t.isf(level / 2", "stats.t.isf(level", "a confidence interval of one side"),
    _pairs("2 * stats.t.sf", "stats.t.sf", "a p-value of one side"),
    _pairs("one.lower / other.upper", "one.lower / other.lower", "bounds of a ratio by the wrong end"),
    _pairs(
        "False if low <= a and b <= high", "False if low <= a or b <= high", "a wide interval is a small difference"
    ),
    _layer("count, constant=False)", "count)", "constants at every position"),
    _layer("np.append(np.repeat(x, n), 1.0)", "np.append(np.tile(x, n), 1.0)", "multiplicities of other eigenvalues"),
)
