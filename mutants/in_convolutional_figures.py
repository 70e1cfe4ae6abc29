"""Faults in what the figures of convolutional kernels compute: Gram matrices, curves, responses, complexities."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

POOLING = "kernelspec/plots/pooling.py"
CURVES = "kernelspec/plots/curves.py"
PAIRS = "kernelspec/plots/pairs.py"
INTERACTIONS = "kernelspec/plots/interactions.py"

_TESTS = ("tests/figures/test_convolutional_figures.py",)
_first = functools.partial(led_by, *_TESTS)

FAULTS = (
    Fault(
        POOLING,
        "shifts[(a - b) % p] += self.pool**-2",
        "shifts[(a - b) % p] += self.pool**-1",
        "averages taken for sums",
        _first("small_cube_against_all_signals", _TESTS),
    ),
    Fault(
        POOLING,
        "inner += products[(u + q) % p] - products[u]",
        "inner += products[(u + q - 1) % p] - products[u]",
        "patches that move one position too few",
        _first("small_cube_against_all_signals", _TESTS),
    ),
    Fault(
        POOLING,
        "found *= 1 if self.whole else p",
        "found *= 1",
        "one rotation in place of all of them",
        _first("small_cube_against_all_signals", _TESTS),
    ),
    Fault(
        POOLING,
        "np.roll(x, -i, axis=1) for i in range(degree)",
        "np.roll(x, -2 * i, axis=1) for i in range(degree)",
        "targets of positions that are not neighbours",
        _first("small_cube_against_all_signals", _TESTS),
    ),
    Fault(
        POOLING,
        "predicted_at(middle)[which, 0] > 0.5",
        "predicted_at(middle)[0, 0] > 0.5",
        "the target of low frequency searched for both",
        _first("sample_complexities_are_the_published_ones", _TESTS),
    ),
    Fault(
        CURVES,
        "curve.overfitting * (1 - curve.learnability.T) ** 2",
        "curve.overfitting * (1 - curve.learnability.T)",
        "errors without their square",
        _first("half_of_a_target_is_learned_at_the_effective_dimension", _TESTS),
    ),
    Fault(
        CURVES,
        "predict(path, across[:, chosen])",
        "predict(path, across[:, :n])",
        "regressions on one set of points, read at another",
        _first("regressions_follow_the_prediction", _TESTS),
    ),
    Fault(
        PAIRS,
        "(a + 1 - s + s // 2, b + 1 - s + s // 2)",
        "(a - s + s // 2, b - s + s // 2)",
        "differences off by one",
        _first("differences_by_hand", _TESTS),
    ),
    Fault(
        PAIRS,
        "np.stack([response.sum(axis=(2, 3)), response.sum(axis=(0, 1))])",
        "np.stack([response.sum(axis=(0, 1)), response.sum(axis=(2, 3))])",
        "v taken for v'",
        _first("responses_are_products_of_filters_on_their_lines", _TESTS),
    ),
    Fault(
        PAIRS,
        "weights @ (places - mean) ** 2 / total",
        "weights @ places**2 / total",
        "deviations around the Dirac and not the mean",
        _first("responses_are_products_of_filters_on_their_lines", _TESTS),
    ),
    Fault(
        INTERACTIONS,
        "return float(norm**2 / n * model.trace())",
        "return float(norm**2 * model.trace())",
        "the power of f left out",
        _first("norms_of_interactions", _TESTS),
    ),
    Fault(
        INTERACTIONS,
        "predictor(model, model.trace() / found[0], _RIDGE)",
        "predictor(model, model.trace() / found[1], _RIDGE)",
        "curves for patches at the distance 2",
        _first("curves_are_those_of_neighbours", _TESTS),
    ),
    Fault(
        INTERACTIONS,
        "by_frequency[0] / by_frequency[j]",
        "found.value[0] / found.value[j]",
        "eigenvalues by size in place of frequency",
        _first("factors_of_one_layer", _TESTS),
    ),
    Fault(
        INTERACTIONS,
        "np.roll(other, -r, axis=1)",
        "np.roll(other, r, axis=1)",
        "the second patch on the other side",
        _first("targets_have_power_one", _TESTS),
    ),
)
