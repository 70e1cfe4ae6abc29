"""One checker for every door: masked and sparse arrays refused in words, every layout of an array read right."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from expressions import untyped

import kernelspec as ks
from kernelspec import ckn, sphere
from kernelspec.ckn import groups, recovery, stability, teachers
from kernelspec.numbers import checks
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.regression import feature_path, predict, ridge_path

NET = ckn.Network([ckn.Layer(patch=1, kernel=ks.arccos(1))])
UNIT = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
PATH = ridge_path(np.eye(2), [1.0, 2.0], [0.1])
# Every door that reads an array: its name, an array that is right, and the call.
DOORS: list[tuple[str, Any, Callable[[Value], Value]]] = [
    ("u", [0.1, 0.2], ks.arccos(1)),
    ("u", [0.1, 0.2], ks.arccos(1).defect),
    ("theta", [0.1, 0.2], ks.arccos(1).of_angle),
    ("x", UNIT, ks.arccos(1).gram),
    ("y", UNIT, lambda y: ks.arccos(1).gram(UNIT, y)),
    ("k", [1, 2], ks.arccos(1).spectrum(3)),
    ("k", [1, 2], lambda k: ks.arccos(1).spectrum(3).values(k).value),
    ("k", [1, 2], lambda k: ks.arccos(1).spectrum(3).error(k)),
    ("k", [1, 2], lambda k: ks.arccos(1).spectrum(3).log_abs(k)),
    ("k", [30, 40], lambda k: ks.arccos(1).spectrum(3).asymptotic(k)),
    ("k", [30, 40], lambda k: ks.arccos(1).spectrum(3).asymptotic_bound(k)),
    ("k", [1, 2], lambda k: sphere.multiplicity(3, k)),
    ("k", [1, 2], lambda k: sphere.log_multiplicity(3, k)),
    ("k", [1, 2], lambda k: sphere.power_eigenvalue(3, 0.5, k)),
    ("k", [1, 2], lambda k: sphere.funk_hecke(np.exp, 3, k)),
    ("t", [0.1, 0.2], lambda t: sphere.legendre(3, 2, t)),
    ("t", [0.1, 0.2], lambda t: sphere.mercer_sum([1.0, 2.0], 3, t)),
    ("spectrum_values", [1.0, 2.0], lambda v: sphere.mercer_sum(v, 3, 0.5)),
    ("x", UNIT, lambda x: sphere.zonal(3, 2, x, UNIT[0])),
    ("y", UNIT, lambda y: sphere.zonal_addition(3, 2, UNIT, y)),
    ("x", [1.0, 2.0], lambda x: sphere.log_beta(x, 1.0)),
    ("a", [1.0, 2.0], lambda a: sphere.log_gamma_ratio(3.0, a)),
    ("activation", [1.0, 2.0], ks.dual),
    ("K", np.eye(2), lambda K: ridge_path(K, [1.0, 2.0], [0.1])),
    ("y", [1.0, 2.0], lambda y: ridge_path(np.eye(2), y, [0.1])),
    ("lambdas", [1.0, 2.0], lambda a: ridge_path(np.eye(2), [1.0, 2.0], a)),
    ("features", np.eye(2), lambda f: feature_path(f, [1.0, 2.0], [0.1])),
    ("K", np.eye(2), lambda K: predict(PATH, K)),
    ("x", np.ones((2, 3, 1)), NET.gram),
    ("y", np.ones((2, 3, 1)), lambda y: NET.gram(np.ones((2, 3, 1)), y)),
    ("x", np.ones((2, 3, 1)), NET.distances),
    ("x", np.ones((2, 3, 1)), NET.norms),
    ("x", np.ones((2, 3, 1)), NET.maps),
    ("x", np.arange(12.0).reshape(4, 3, 1), lambda x: ckn.Nystrom(NET, components=2).fit(x)),
    ("x", np.ones((2, 3, 1)), lambda x: stability.smooth(x, 1.0)),
    ("x", np.ones((3, 1)), lambda x: stability.warp(x, stability.translation(3, 1))),
    ("x", np.ones((3, 1)), lambda x: stability.measured(NET, x, stability.translation(3, 1))),
    ("points", [[1.0], [2.0]], lambda p: stability.translation(3, 1)(p)),
    ("x", np.ones((2, 3, 3, 1)), lambda x: groups.act(x, 1)),
    ("x", np.ones((2, 3, 1)), lambda x: recovery.read(NET, x)),
    ("readings", np.ones((2, 3, 1, 1)), lambda r: recovery.reconstruct(NET, r, (2, 3, 1))),
]
IDS = [f"{number}-{name}" for number, (name, _, _) in enumerate(DOORS)]


def numbers(found: Value) -> list[Any]:
    """What a door has returned, as arrays to be compared."""
    if isinstance(found, ks.Zonal):
        return [np.array(repr(found))]
    for attribute in ("coefficients", "values", "value"):
        if hasattr(found, attribute):
            found = getattr(found, attribute)
    if hasattr(found, "transform"):
        return [found.components_] if hasattr(found, "components_") else []
    if isinstance(found, list | tuple) and not isinstance(found, np.ndarray):
        return [part for entry in found for part in numbers(entry)]
    return [np.asarray(found)]


@pytest.mark.parametrize(("name", "right", "door"), DOORS, ids=IDS)
def test_masked_arrays_are_refused(name: str, right: Value, door: Callable[[Value], Value]) -> None:
    array = np.asarray(right)
    hidden = np.ma.masked_array(array, mask=np.zeros(array.shape, dtype=bool))
    hidden[(0,) * array.ndim] = np.ma.masked
    for wrong in (hidden, np.ma.masked_array(array), list(hidden)):
        with pytest.raises(TypeError, match=f"{name}.* must not be a masked array"):
            door(wrong)


@pytest.mark.parametrize(("name", "right", "door"), DOORS, ids=IDS)
def test_sparse_matrices_are_refused(name: str, right: Value, door: Callable[[Value], Value]) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    for wrong in (sparse.csr_matrix(np.eye(3)), sparse.coo_array(np.eye(3))):
        with pytest.raises(TypeError, match=rf"(?s){name}.* must be a dense array.*toarray"):
            door(wrong)


@pytest.mark.parametrize(("name", "right", "door"), DOORS, ids=IDS)
def test_every_layout_of_an_array_is_read_right(
    name: str, right: Value, door: Callable[[Value], Value], tmp_path: Path
) -> None:
    array = np.asarray(right)
    wanted = numbers(door(array.copy()))
    frozen = array.copy()
    frozen.setflags(write=False)
    mapped = np.memmap(tmp_path / "array", dtype=array.dtype, mode="w+", shape=array.shape)
    mapped[...] = array
    spaced = np.repeat(array, 2, axis=-1)[..., ::2]
    swapped = array.astype(array.dtype.newbyteorder(">"))
    before = array.copy()
    for same in (frozen, mapped, np.asfortranarray(array), spaced, swapped):
        for a, b in zip(numbers(door(same)), wanted, strict=True):
            np.testing.assert_array_equal(a, b)
            assert a.dtype.isnative
    np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("kind", [">f4", "<f4", "f2"])
def test_short_floats_of_any_byte_order(kind: str) -> None:
    x = UNIT.astype(kind)
    for found in (ks.ntk(3).gram(x), ks.ntk(3)(x), NET.gram(x[:, :, None])):
        assert found.dtype == np.float32
    np.testing.assert_array_equal(ks.ntk(3)(x), ks.ntk(3)(UNIT.astype(np.float32)))


class Frame:
    """What a data frame shows NumPy: an array behind __array__."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values if dtype is None else self.values.astype(dtype)


def test_data_frames() -> None:
    np.testing.assert_array_equal(ks.ntk(2).gram(untyped(Frame(UNIT))), ks.ntk(2).gram(UNIT))
    np.testing.assert_array_equal(predict(PATH, untyped(Frame(np.eye(2)))), predict(PATH, np.eye(2)))
    with pytest.raises(TypeError, match="x must be a real array; got dtype object"):
        ks.ntk(2).gram(untyped(Frame(np.array([["a", 1.0]], dtype=object))))


# -- numbers -----------------------------------------------------------------------------------------

INTEGERS: list[tuple[str, Callable[[Value], Value]]] = [
    ("depth", ks.rf),
    ("depth", ks.ntk),
    ("depth", lambda n: ks.mlp(n, slope=0.5)),
    ("depth", ks.resnet),
    ("degree", ks.arccos),
    ("degree", ks.polynomial),
    ("power", lambda n: ks.arccos(1) ** n),
    ("terms", lambda n: ks.arccos(1).taylor(n)),
    ("terms", lambda n: ks.arccos(1).expand(terms=n)),
    ("digits", lambda n: ks.arccos(1).spectrum(3).certified(4, digits=n)),
    ("d", lambda n: ks.arccos(1).spectrum(n)[4]),
    ("d", lambda n: ks.arccos(1).decay(n).exponent),
    ("k", lambda n: ks.arccos(1).spectrum(5)[n]),
    ("k", lambda n: ks.arccos(1).spectrum(5).certified(n)),
    ("d", lambda n: sphere.multiplicity(n, 4)),
    ("n", lambda n: sphere.sample_sphere(n, 4, 0)),
    ("patch", lambda n: ckn.Layer(patch=n, kernel=ks.arccos(1))),
    ("patches", lambda n: ckn.Nystrom(NET, components=1, patches=n).fit(np.ones((1, 3, 1))).maps_),
    ("turns", lambda n: groups.act(np.ones((1, 2, 2, 1)), n)),
]


@pytest.mark.parametrize(("name", "door"), INTEGERS)
def test_integers_of_numpy_are_integers(name: str, door: Callable[[Value], Value]) -> None:
    wanted = repr(door(3))
    for same in (np.int8(3), np.uint64(3), np.int32(3), np.array(3), np.array(3, dtype=">i4")):
        assert repr(door(same)) == wanted
    arrays = [] if name == "k" else [[3], np.array([3, 4])]
    for wrong in (2.5, 3.0, np.float64(3), "3", None, True, np.bool_(True), 3j, *arrays):
        with pytest.raises(TypeError, match=f"(?s){name}.* must be (an integer|integers)"):
            door(wrong)


def test_messages_hold_the_name_the_constraint_and_the_value() -> None:
    with pytest.raises(ValueError, match=r"^n must be an integer from 1 to 7, got 8$"):
        checks.integer("n", 8, 1, 7)
    with pytest.raises(ValueError, match=r"^n must be an integer from 1 to 2\^53, got 0$"):
        checks.integer("n", 0, 1)
    with pytest.raises(TypeError, match=r"^n must be an integer >= 1, got 2.0$"):
        checks.integer("n", 2.0, 1)
    assert checks.integer("n", 1e9, 1, whole_floats=True) == 10**9
    assert checks.integer("n", -(10**40), None) == -(10**40)
    with pytest.raises(TypeError, match=r"^w must be True or False, got 1$"):
        checks.flag("w", 1)
    with pytest.raises(TypeError, match="x must be a real number, got Fraction"):
        checks.real("x", Fraction(1, 2))
    with pytest.raises(ValueError, match="x must be finite, got 1000"):
        checks.real("x", 10**400)
    with pytest.raises(TypeError, match="must not be a masked array"):
        checks.integer("n", np.ma.masked_array(3), 1)
    assert checks.real("x", np.array(0.5)) == checks.real("x", np.float32(0.5)) == 0.5


def test_teachers_refuse_masked_filters() -> None:
    with pytest.raises(TypeError, match="masked"):
        teachers.Teacher(NET, [np.ma.masked_array([[1.0]])], [1.0], [0.0, 1.0])


# -- progress --------------------------------------------------------------------------------------


IMAGES = np.random.default_rng(0).standard_normal((3, 4, 4, 1))
GROUP = groups.Network(groups.cyclic(1), [groups.Layer(3, ks.arccos(1))], "mean")
WATCHED: dict[str, Callable[[Value], Value]] = {
    "gram of vectors": lambda p: ks.arccos(1).gram(UNIT, progress=p),
    "gram": lambda p: NET.gram(IMAGES, progress=p),
    "distances": lambda p: NET.distances(IMAGES, progress=p),
    "Nystrom.fit": lambda p: ckn.Nystrom(NET, 1).fit(IMAGES, progress=p).maps_[0].features,
    "Nystrom.transform": lambda p: ckn.Nystrom(NET, 1).fit(IMAGES).transform(IMAGES, progress=p),
    "Features.fit": lambda p: groups.Features(GROUP, 2).fit(IMAGES, progress=p).maps_[0].features,
    "Features.transform": lambda p: groups.Features(GROUP, 2).fit(IMAGES).transform(IMAGES, progress=p),
    "group gram": lambda p: GROUP.gram(IMAGES, progress=p),
    "group maps": lambda p: GROUP.maps(IMAGES, progress=p)[0][0],
    "recovery": lambda p: recovery.read(NET, IMAGES, progress=p).shape,
}


@pytest.mark.parametrize("door", WATCHED)
def test_a_progress_that_returns_no_iterable_is_refused(door: str) -> None:
    with pytest.raises(TypeError, match="progress must return an iterable over what it is given"):
        WATCHED[door](lambda steps, total: None)
    with pytest.raises(TypeError, match="progress must be a callable"):
        WATCHED[door]("bar")


@pytest.mark.parametrize("door", WATCHED)
def test_a_progress_that_stops_early_leaves_nothing_undone(door: str) -> None:
    found = WATCHED[door](lambda steps, total: ())
    np.testing.assert_array_equal(found, WATCHED[door](None))
