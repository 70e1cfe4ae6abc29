"""Faults in the variance of an entry at finite width, and in the figures beside it."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_TESTS = ("tests/learning/test_finite_width.py",)
_width = partial(Fault, "kernelspec/learning/finite_width.py", tests=_TESTS)
_figures = partial(Fault, tests=("tests/figures/test_learning_figures.py",))

FAULTS = (
    _width("6 * square - ramp * ramp", "6 * square - ramp", "a mean that is not squared", checks=("C64",)),
    _width("6 * square + 4 * u * ramp + 6 * u", "6 * square + 2 * u * ramp + 6 * u", "a cross term once"),
    _width("cap += weight * sine**4", "cap += weight * sine**3", "the third power of the sine"),
    _width("half * gap / math.pi", "half * gap", "the gap without 1/pi"),
    _width("- self.gap / 2\n", "- self.gap\n", "the angle of the next layer from twice the gap"),
    _width("length = 2 + (3 * s * c", "length = 2 + (s * c", "kappa_2 with another sine"),
    _width("mixed - gap * length, bent", "mixed, bent", "the cosine not less its mean, in a covariance"),
    _width("bent - 2 * gap * mixed + gap", "bent - gap * mixed + gap", "half of a covariance"),
    _width("- c * self.cap) / math.pi - gap", "+ c * self.cap) / math.pi - gap", "the sign where one neuron is active"),
    _width(
        "if after is not layers[-1]:\n            by_cosine",
        "if after is layers[-1]:\n            by_cosine",
        "slopes of the wrong layers",
    ),
    _width("2 * by_length * by_cosine * mixed + by_cosine**2 * cosine) / m", "by_cosine**2 * cosine) / m",
           "length and cosine taken as independent"),
    _width("2 * k * (1 + 2 * gradient**2)", "2 * k * (1 + gradient**2)", "a Gaussian moment 2 in place of 3"),
    _width("2 * gradient * layer.kappa_1 * layer.segment", "gradient * layer.kappa_1 * layer.segment",
           "half of the covariance with the gradients"),
    _width("+ below[place + 1] * beyond * after", "+ below[place] * beyond * after", "the tangent kernel one layer low"),
    _width("beyond, gradient = gradient, k * gradient", "beyond, gradient = k * gradient, k * gradient",
           "gradients one layer further"),
    _width("by_cosine = by_cosine + gradient", "by_cosine = gradient", "layers above forgotten", checks=("C64c",)),
    _figures(
        "figures/cifar10_table.py", "100 * float(np.mean([each.accuracy", "100 * float(np.mean([each.best_on_test",
        "lambda looked up on the test images, twice",
    ),
    _figures(
        "experiments/tables/page.py", "and not each.data.startswith(\"made up\")", "and each.data",
        "made-up images among the measured ones",
    ),
    _figures(
        "figures/cost_against_depth.py", "self.product[:, None, None, None]", "self.product[0]",
        "all costs in products of float32",
    ),
)  # fmt: skip
