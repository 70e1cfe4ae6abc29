"""Faults in networks in training: what is learnt at a time, means, covariances, losses, what is refused."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_TESTS = ("tests/learning/test_training.py",)
_modes = partial(Fault, "kernelspec/learning/modes.py", tests=_TESTS)
_dynamics = partial(Fault, "kernelspec/learning/dynamics.py", tests=_TESTS)
_trained = partial(Fault, "kernelspec/learning/trained.py", tests=_TESTS)

FAULTS = (
    _modes("return self.values + self.shift", "return self.values", "weight decay left out of the rates"),
    _modes("-np.expm1(-exponent), np.exp(-exponent)", "1 - np.exp(-exponent), np.exp(-exponent)",
           "the digits of tiny times cancelled"),
    _modes("np.log1p(-np.minimum(product, 1.0))", "-np.minimum(product, 1.0)", "gradient flow in place of steps"),
    _modes("np.log1p(-np.minimum(product, 1.0))", "np.log(1 - np.minimum(product, 1.0))", "the digits of tiny rates lost"),
    _modes("% 2 == 1", "% 2 == 0", "even and odd steps exchanged"),
    _modes("some & (count > 0)", "some", "step 0 taken for step 1"),
    _modes("(self.shift + self.values * kept) / total", "kept", "what weight decay leaves, left out of the loss"),
    _modes("if rate * fastest >= 2:", "if rate * fastest > 2:", "the limit of stability itself let in"),
    _dynamics("(values * learnt)[:, None]", "learnt[:, None]", "training outputs without the kernel"),
    _dynamics("values > n * eps *", "values > 0 *", "rounding taken for eigenvalues"),
    _dynamics("values[::-1], power), mean", "values[::-1], 0), mean", "eigenvalues in other units"),
    _dynamics("modes.flow(np.ldexp(grid, power))", "modes.flow(grid)", "times in other units"),
    _dynamics("np.ldexp(rate, power)", "np.ldexp(rate, 0)", "rates in other units"),
    _dynamics("left**2 * turned", "left * turned", "variances that decay half as fast in the loss"),
    _dynamics("+ noise**2 * np.sum((values * learnt) ** 2)", "", "noise left out of the loss"),
    _dynamics("+ outputs * spread) / n", "+ spread) / n", "the variance of one output in the loss of several"),
    _dynamics("along @ self.train / 2 - self.cross", "along @ self.train - self.cross", "the start's covariance twice"),
    _dynamics("along @ self.train / 2 - self.cross", "along @ self.train / 2 + self.cross", "the sign of a covariance"),
    _dynamics("noise**2 / 2 * (along", "noise / 2 * (along", "a deviation in place of a variance"),
    _dynamics("lam = noise**2 / max", "lam = noise / max", "the deviation as weight decay"),
    _dynamics("math.inf, nngp_cross, nngp, nngp_cross, nngp_test, None, lam, noise,",
              "math.inf, nngp_cross, nngp, nngp_cross, nngp_test, None, lam, 0.0,",
              "a posterior without the noise of each network"),
    _dynamics("wrong = ~(grid >= 0)", "wrong = grid < 0", "NaN as a time"),
    _dynamics("(grid != np.floor(grid)) | (grid > LARGEST_INTEGER)", "(grid > LARGEST_INTEGER)", "half steps"),
    _dynamics("if nngp is not None and nngp is not ntk:", "if nngp is None and nngp is not ntk:",
              "indefinite covariances let in"),
    _dynamics("if (least < -np.abs(rounding)).any():", "if False:", "variances below 0 let in"),
    _trained("gap.shape[2] * (self.standard_deviation**2)", "(self.standard_deviation**2)",
             "the variance of one output in the error of several"),
    _trained("(gap**2).sum(axis=2).mean(axis=1)", "(gap**2).mean(axis=2).mean(axis=1)", "errors not summed over outputs"),
    _trained("error == error.min()].min()", "error == error.min()].max()", "the last of equal times"),
)  # fmt: skip
