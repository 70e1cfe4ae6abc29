"""The estimators in scikit-learn's own checks, whatever release of it is installed."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn, regression
from kernelspec.ckn import groups

checks = pytest.importorskip("sklearn.utils.estimator_checks")
from kernelspec.sklearn import KernelMatrix  # noqa: E402 - where there is scikit-learn

PLANE = groups.Network(groups.cyclic(1), [groups.Layer(2, ks.exponential(0.6))], output="sum")
ESTIMATORS = {
    "KernelMatrix": KernelMatrix(ks.ntk(3)),
    "KernelRidgePath": regression.KernelRidgePath(ks.exponential(0.6)),
    "Nystrom": ckn.Nystrom(ckn.Network([ckn.Layer(2, ks.exponential(0.6))]), shape=(-1, 1)),
    "Features": groups.Features(PLANE, components=8, shape=(-1, 1)),
}
# Release 1.5 wants every parameter to have a default; later ones know that some cannot.
REQUIRED = {"check_parameters_default_constructible": "there is no kernel or network to take without being told"}


@functools.cache
def found(name: str) -> dict[str, list[Any]]:
    """What each check raised, or None, by its name; a check may run several times."""
    model, results = ESTIMATORS[name], dict[str, list[Any]]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that are skipped
        for estimator, check in checks.estimator_checks_generator(model) if NEW else OLD(model):
            try:
                check(estimator)
                failure = None
            except Exception as error:
                failure = error
            results.setdefault(check.func.__name__, []).append(failure)
    return results


NEW = hasattr(checks, "estimator_checks_generator")
OLD = functools.partial(checks.check_estimator, generate_only=True)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_checks_of_scikit_learn(name: str) -> None:
    expected = {} if NEW else REQUIRED
    seen = found(name)
    assert len(seen) > 25
    failed = {check: why for check, each in seen.items() for why in each if why is not None}
    skipped = {check for check, why in failed.items() if type(why).__name__ == "SkipTest"}
    # Arrays of other libraries need an environment of its own, data frames pandas.
    assert skipped <= {
        "check_array_api_input",
        "check_regressor_data_not_an_array",
        "check_transformer_data_not_an_array",
    }
    assert {check: str(why) for check, why in failed.items() if check not in skipped | set(expected)} == {}
    assert set(expected) <= set(failed)


def test_rows_are_images() -> None:
    rows = np.random.default_rng(0).standard_normal((6, 16))
    images = rows.reshape(6, 4, 4, 1)
    net = ckn.Network([ckn.Layer(2, ks.arccos(1), ckn.average(2), stride=2)])
    plane = groups.Network(groups.cyclic(4), [groups.Layer(2, ks.arccos(1))])
    for maker in (functools.partial(ckn.Nystrom, net, 5), functools.partial(groups.Features, plane, 5)):
        expected = maker().fit(images).transform(images)
        for shape in ((4, 4, 1), [4, -1, 1]):
            model = maker(shape=shape).fit(rows)
            np.testing.assert_array_equal(model.transform(rows), expected)
            assert model.n_features_in_ == 16
        with pytest.raises(ValueError, match="x must have points of shape"):
            model.transform(rows[:, :8])
        with pytest.raises(ValueError, match=r"x must have rows of numbers that make images of shape \(4, 4, 1\)"):
            maker(shape=(4, 4, 1)).fit(rows[:, :8])
        with pytest.raises(ValueError, match="x must have rows of numbers"):
            maker(shape=(4, 4, 1)).fit(images)
        with pytest.raises(TypeError, match="shape must be"):
            maker(shape=16).fit(rows)
        with pytest.raises(ValueError, match="shape must have sizes >= 1, and -1 once at most"):
            maker(shape=(-1, -1, 1)).fit(rows)


def test_none_is_256_anchors_in_the_last_layer() -> None:
    layer = ckn.Layer(2, ks.exponential(0.6))
    x = np.random.default_rng(0).standard_normal((4, 20, 20, 1))
    maps = ckn.Nystrom(ckn.Network([layer, layer])).fit(x).maps_
    assert [each.features for each in maps] == [64, 256]
    assert ckn.Nystrom(ckn.Network([layer])).fit(x).maps_[0].features == 256
