"""Results in files: nothing is lost, and what is no whole file of this version is refused in a sentence."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from expressions import exact_cosines, exact_kernels, untyped, without_address
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups, recovery, stability
from kernelspec.ckn.stability.norms import norm
from kernelspec.decay.power_laws import asymptotes
from kernelspec.learning import training
from kernelspec.numbers import exact_text
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.enclosure import Enclosure, from_parts, parts
from kernelspec.numbers.precision import precision
from kernelspec.regression import ridge_path
from kernelspec.results import records

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def again(value: Value, folder: Path) -> Value:
    """What is read back of a value."""
    path = folder / "x.json"
    ks.save(value, path)
    return ks.load(path)


def same(a: Value, b: Value) -> bool:
    """Whether two values are the same: balls by middle and radius, arrays entry by entry, NaN as itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, flint.arb):
        return parts(a) == parts(b) and getattr(a, "digits", 0) == getattr(b, "digits", 0)
    if isinstance(a, np.ndarray):
        alike = a.dtype == b.dtype and a.shape == b.shape
        return alike and all(map(same, a.ravel().tolist(), b.ravel().tolist()))
    if isinstance(a, float | complex):
        return repr(a) == repr(b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, ks.spectrum.Spectrum):
        return bool(a.kernel == b.kernel and a.d == b.d)
    if hasattr(a, "__dataclass_fields__") and not isinstance(a, ks.Zonal):
        names = [name for name, f in a.__dataclass_fields__.items() if not name.startswith("_")]
        return all(same(getattr(a, name), getattr(b, name)) for name in names)
    return bool(a == b)


@lru_cache
def kinds() -> dict[str, Callable[[], Any]]:
    """A result of every kind, each computed when it is asked for: none while tests are collected."""
    k, s = ks.ntk(3), ks.ntk(3).spectrum(4)
    net = ckn.Network(
        [ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(2), stride=2), ckn.Layer(2, ckn.square)], output="mean"
    )
    relu = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(1, centred=True), stride=2)])
    turning = groups.Network(groups.dihedral(8), [groups.Layer(3, ks.arccos(1), rotations=1, turn_pool="all")])
    tau = stability.field((9, 9), grad=0.1)
    matrix = np.eye(3) + 1
    return {
        "kernel": lambda: k,
        "spectrum": lambda: s,
        "values": lambda: s.values([1, 2, 10**6]),
        "eigenvalues": lambda: s[0:9],
        "enclosure": lambda: s.certified(20, digits=100),
        "enclosures": lambda: s.certified([0, 1, 200], digits=5),
        "zero": lambda: ks.ntk(2).spectrum(4).certified(7),
        "table": lambda: s.table(),
        "certified table": lambda: s.table([0, 5], digits=40),
        "multiplicities": lambda: ks.sphere.multiplicity(50, [1, 40]),
        "expansion": lambda: k.expand(terms=5),
        "nested expansion": lambda: ks.ntk(6).expand(at=-1, terms=4),
        "expansion of a Matern kernel": lambda: ks.matern(Fraction(1, 3)).expand(terms=4),
        "expansion of GELUs": lambda: ks.dual("gelu").normalized().expand(at=-1, terms=3),
        "expansion in sigma": lambda: k.expand(terms=3).in_sigma(),
        "exact number": lambda: k.expand(terms=5).entries[3][1],
        "decay": lambda: k.decay(7),
        "decay without a power": lambda: ks.exponential(0.6).decay(4),
        "decay with nested constants": lambda: ks.ntk(5).decay(6),
        "decay of a kink": lambda: ks.dual("elu").decay(5),
        "vanishing decay": lambda: ks.arccos(1).decay(5),
        "asymptotes": lambda: asymptotes(k),
        "fit": lambda: s.fit((100, 200)),
        "remainder": lambda: s.remainder(2),
        "verdict": lambda: ks.same_rkhs(k, ks.laplace(), 4),
        "other verdict": lambda: ks.same_rkhs(ks.ntk(2), k, 4),
        "undecided": lambda: ks.same_rkhs(ks.mlp(3, activation="elu"), k, 4),
        "proportional": lambda: ks.same_rkhs(2 * k, k, 4),
        "network": lambda: net,
        "shapes": lambda: net.shapes((1, 16, 16, 3)),
        "group network": lambda: turning,
        "field": lambda: tau,
        "sum of fields": lambda: 2 * tau + stability.sinusoid((9, 9)) + stability.rotation((9, 9), 0.1),
        "bound": lambda: stability.bound(relu, tau),
        "norm": lambda: norm(np.diag([3.0, 2.0])),
        "readout": lambda: recovery.readout(relu, (1, 7, 1)),
        "lossy readout": lambda: recovery.readout(
            ckn.Network([ckn.Layer(1, ks.arccos(1), ckn.strided(), 3)]), (1, 7, 1)
        ),
        "path": lambda: ridge_path(matrix, [1.0, 2.0, 3.0], [0.1, 1.0]),
        "training": lambda: training(
            matrix,
            np.eye(3)[:, :2],
            [0, 3, math.inf],
            ntk_cross=matrix[:2],
            nngp=matrix,
            nngp_cross=matrix[:2],
            nngp_test=matrix[:2, :2],
            rate=0.1,
        ),
        "training without a covariance": lambda: training(matrix, [1.0, 2.0, 3.0], 0.5),
        "constants": lambda: [sympy.sqrt(2) / sympy.pi, sympy.oo, sympy.E, -sympy.Rational(3, 7)],
        "numbers": lambda: (1, 2**70, -0.0, math.nan, -math.inf, Fraction(1, 3), None, True, "μ\n\\"),
        "dict": lambda: {"b": [ks.rf(2), 1.5], "a": {}},
        "complex array": lambda: np.array([[1 + 2j, complex(math.nan, -0.0)]]),
        "single array": lambda: np.array([1 / 3], dtype=np.float32),
        "empty array": lambda: np.zeros((0, 3)),
    }


@lru_cache
def computed(name: str) -> Any:
    return kinds()[name]()


def results() -> dict[str, Any]:
    return {name: computed(name) for name in kinds()}


@pytest.mark.parametrize("name", list(kinds()))
def test_every_result_is_read_back(name: str, tmp_path: Path) -> None:
    value = computed(name)
    found = again(value, tmp_path)
    assert same(value, found)
    assert repr(value) == repr(found)
    assert os.listdir(tmp_path) == ["x.json"]
    json.loads((tmp_path / "x.json").read_text(), parse_constant=lambda word: 1 / 0)  # strict JSON


def test_numbers_of_numpy_are_plain_numbers(tmp_path: Path) -> None:
    values = [np.float64(0.1), np.float32(0.1), np.int32(3), np.bool_(True)]
    assert again(values, tmp_path) == [0.1, float(np.float32(0.1)), 3, True]


def test_what_is_read_back_computes_the_same(tmp_path: Path) -> None:
    found = again(results(), tmp_path)
    assert found["spectrum"][5] == computed("spectrum")[5]
    assert found["expansion"](0.25) == computed("expansion")(0.25)
    assert found["decay"].at(100) == computed("decay").at(100)
    x = np.random.default_rng(0).standard_normal((2, 16, 16, 3))
    assert (found["network"].gram(x) == computed("network").gram(x)).all()
    assert (found["field"].displacements() == computed("field").displacements()).all()
    assert (found["sum of fields"]([[1.0, 2.5]]) == computed("sum of fields")([[1.0, 2.5]])).all()
    product = found["expansion"] * computed("expansion")
    assert product == computed("expansion") * computed("expansion")


@QUICK
@given(exact_kernels())
def test_kernels_are_read_back(k: ks.Zonal) -> None:
    assert records.from_data(json.loads(json.dumps(records.to_data(k)))) == k


@QUICK
@given(exact_kernels(), st.sampled_from([1, -1]), st.integers(1, 4))
def test_expansions_of_kernels_are_read_back(k: ks.Zonal, at: int, terms: int) -> None:
    try:
        series = k.expand(at=at, terms=terms)
    except ValueError:
        return  # no expansion, and the reason
    found = records.from_data(json.loads(json.dumps(records.to_data(series))))
    assert found == series and found.kernel == k and found.at == at
    assert found.coefficients == series.coefficients


@QUICK
@given(exact_cosines(), st.integers(2, 12))
def test_decays_of_kernels_are_read_back(k: ks.Zonal, d: int) -> None:
    try:
        decay = k.decay(d)
    except ValueError:
        return
    found = records.from_data(json.loads(json.dumps(records.to_data(decay))))
    assert found == decay and repr(found) == repr(decay)


# -- balls as decimal strings ------------------------------------------------------------------------


@given(st.integers(), st.integers(-9000, 9000))
def test_dyadic_numbers_are_decimals_that_end(mantissa: int, exponent: int) -> None:
    text = exact_text.dyadic_text(mantissa, exponent)
    m, e = exact_text.dyadic_of(text)
    assert Fraction(m) * Fraction(2) ** e == Fraction(mantissa) * Fraction(2) ** exponent
    if abs(exponent) <= 1000:
        assert "*" not in text and Fraction(text) == Fraction(mantissa) * Fraction(2) ** exponent


@given(st.integers(-(2**300), 2**300), st.integers(-4000, 4000), st.integers(0, 2**29), st.integers(-4000, 4000))
def test_balls_are_read_back_whatever_flints_precision(a: int, b: int, c: int, e: int) -> None:
    with precision(400):
        ball = flint.arb(flint.arb((flint.fmpz(a), flint.fmpz(b))), flint.arb((flint.fmpz(c), flint.fmpz(e))))
    text = exact_text.ball_text(ball)
    assert all(isinstance(part, str) for part in text.values())
    assert parts(exact_text.ball_of(text)) == parts(ball)


def test_balls_beyond_all_measure() -> None:
    for ball in (flint.arb("nan"), flint.arb("inf"), flint.arb(1, flint.arb("inf"))):
        assert same(exact_text.ball_of(exact_text.ball_text(ball)), ball)
    huge = Enclosure(flint.arb((flint.fmpz(3), flint.fmpz(10**12))), 5)
    text = exact_text.ball_text(huge)
    assert text == {"middle": "3*2^1000000000000", "radius": "0"}
    assert parts(exact_text.ball_of(text)) == parts(huge)


@pytest.mark.parametrize(
    "text", ["0.1", "1e", "", "x", "1.5.2", "--1", "1e-999999999", "1*2^", "0x10", "1_000", "١", 3, None]
)
def test_what_is_no_number_of_a_ball_is_refused(text: Any) -> None:
    with pytest.raises(ValueError):
        exact_text.dyadic_of(text)


def test_ten_thousand_digits(tmp_path: Path) -> None:
    ball = ks.arccos(1).spectrum(3).certified(2, digits=10_000)
    assert same(again(ball, tmp_path), ball)


# -- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: 2},
        {1, 2},
        1j,
        np.array(["a"]),
        lambda: 0,
        [object()],
        sympy.Symbol("x"),
        sympy.zeta(3),
        ks.from_callable(np.exp, name="e"),
        ks.from_callable(np.exp, name="e").spectrum(3),
    ],
    ids=without_address,
)
def test_other_results_are_refused_in_words_and_leave_no_file(value: Value, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"result (must be|holds)|is not saved"):
        ks.save(value, tmp_path / "x.json")
    assert not os.listdir(tmp_path)


def test_lists_without_end_are_refused_in_words(tmp_path: Path) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TypeError, match="result must be nested less deeply"):
        ks.save(endless, tmp_path / "x.json")
    assert not os.listdir(tmp_path)


def test_a_kernel_of_ones_own_is_refused(tmp_path: Path) -> None:
    class Own(ks.Zonal):
        def text(self) -> str:
            return "own()"

    with pytest.raises(TypeError, match=r"result holds the kernel own\(\), whose text is not read back"):
        ks.save(Own(), tmp_path / "x.json")


def written(folder: Path, value: Any = None) -> Path:
    path = folder / "x.json"
    ks.save(ks.ntk(3) if value is None else value, path)
    return path


def signed(path: Path, result: Any, **more: Any) -> None:
    """A file with this result and the right sum: written by somebody else, or by another version."""
    text = json.dumps(result, sort_keys=True, separators=(",", ":"))
    content = {"kernelspec": 1, "sha256": hashlib.sha256(text.encode()).hexdigest(), "result": result}
    path.write_text(json.dumps(content | more), encoding="utf-8")


def refusal(path: Path) -> str:
    with pytest.raises(ValueError) as caught:
        ks.load(path)
    text = str(caught.value)
    assert text.startswith("path") and "\n" not in text
    return text


def test_files_that_were_not_written_by_save(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content in (b"", b"{", b"[1, 2]", b"3", b'{"a": 1}', b"\xff\xfe\x00", b"NaN", b"9" * 5000, b"[" * 10**5):
        path.write_bytes(content)
        assert "ks.save wrote" in refusal(path)
    with pytest.raises(FileNotFoundError):
        ks.load(tmp_path / "nothing.json")
    with pytest.raises(TypeError, match="path must be the path of a file; got 3"):
        ks.load(untyped(3))
    with pytest.raises(ValueError, match=r"path must lie in a folder that exists"):
        ks.save(1, tmp_path / "no" / "x.json")


@pytest.mark.parametrize(
    "result",
    [
        {"type": "list", "value": "abc"},
        {"type": "dict", "value": [[1, 2]]},
        {"type": "table", "columns": [5], "rows": [[1]], "caption": "", "headings": {}, "digits": 6},
        {"type": "table", "columns": ["a"], "rows": [], "caption": 5, "headings": {}, "digits": 6},
        {"type": "array", "dtype": "int64", "shape": [1], "values": [1.5]},
        {"type": "array", "dtype": "float64", "shape": [1], "values": ["7"]},
        {"type": "sympy", "value": ["Rational", "1", "0"]},
        {"type": "sympy", "value": ["kappa", -5, "pi"]},
        {"type": "sympy", "value": ["Float", "3", 0, 2, -3]},
        {"type": "sympy", "value": 5},
    ],
    ids=str,
)
def test_values_of_another_type_are_refused(result: Any, tmp_path: Path) -> None:
    signed(tmp_path / "x.json", result)
    assert "cannot be read" in refusal(tmp_path / "x.json")


def test_reading_writes_no_power_out(tmp_path: Path) -> None:
    power = ["Pow", ["Rational", "10", "1"], ["Rational", "10000000000", "1"]]
    signed(tmp_path / "x.json", {"type": "sympy", "value": power})
    assert str(ks.load(tmp_path / "x.json")) == "10**10000000000"


@pytest.mark.parametrize("d", [400, 1001, 5000, 300_000])
def test_decays_in_high_dimensions_are_read_back(d: int, tmp_path: Path) -> None:
    for kernel in (ks.ntk(3), ks.laplace()):
        decay = kernel.decay(d)
        ks.save(decay, tmp_path / "x.json")
        assert ks.load(tmp_path / "x.json") == decay


def test_halves_of_surrogates_are_text(tmp_path: Path) -> None:
    ks.save("\ud800", tmp_path / "x.json")
    assert ks.load(tmp_path / "x.json") == "\ud800"


def test_other_versions_and_types_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = json.loads(path.read_text())
    for version in (2, 0, "1", True, None):
        path.write_text(json.dumps(content | {"kernelspec": version}))
        assert f"is of version {version!r} of the format, and this library reads 1" in refusal(path)
    path.write_text(json.dumps({k: v for k, v in content.items() if k != "sha256"}))
    assert "lacks a part" in refusal(path)
    for result, reason in (
        ({"type": "teapot"}, "the type 'teapot' is not known"),
        ({"value": 3}, "without a type"),
        ([1], "without a type"),
        ({"type": "kernel", "text": "eval('1')"}, "eval"),
        ({"type": "kernel"}, "text"),
        ({"type": "pool", "kind": "gaussian"}, "has the fields"),
        ({"type": "pool", "kind": "gaussian", "scale": 0, "centred": False}, "q must be an integer from 1"),
        ({"type": "float", "value": "huge"}, "huge"),
        ({"type": "sympy", "value": ["__import__", "os"]}, "__import__"),
        ({"type": "number", "numbers": [[[[["teapot", None, "1"]], 0, ["1"]]]]}, "teapot"),
        ({"type": "enclosure", "middle": "1", "radius": "0", "digits": 0}, "digits"),
        ({"type": "array", "dtype": "object", "shape": [2], "values": [1]}, "reshape"),
        ({"type": "spectrum", "kernel": {"type": "kernel", "text": "ntk(3)"}, "d": 1}, "d must be"),
    ):
        signed(path, result)
        assert reason in refusal(path)


@QUICK
@given(data=st.data())
def test_every_change_of_a_file_is_noticed(data: st.DataObject, tmp_path: Path) -> None:
    """One character after another, one changed, one lost: the file is refused, or says the same."""
    path = written(tmp_path, computed("table"))
    text = path.read_text(encoding="utf-8")
    place = data.draw(st.integers(0, len(text) - 1))
    with_ = data.draw(st.sampled_from(["", "0", "1", "e", '"', "}", " ", "-"]))
    path.write_text(text[:place] + with_ + text[place + 1 :], encoding="utf-8")
    try:
        found = ks.load(path)
    except ValueError as error:
        assert str(error).startswith("path") and "\n" not in str(error)
    else:
        assert found == computed("table")


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, computed("verdict"))
    text = path.read_bytes()
    for share in (1, 10, len(text) // 2, len(text) - 3):
        path.write_bytes(text[:share])
        assert "is no JSON" in refusal(path)


def test_proofs_are_checked_when_they_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, computed("verdict"))
    result = json.loads(path.read_text())["result"]
    assert result["type"] == "verdict" and result["proof"]["type"] == "proof"
    for key, value, reason in (
        ("lower", 5.0, "other bounds"),
        ("d", 5, "another verdict"),
        ("same", None, "another verdict"),
        ("kernel", {"type": "kernel", "text": "ntk(4)"}, "another verdict"),
        ("proof", None, "needs a proof"),
    ):
        signed(path, result | {key: value})
        assert reason in refusal(path)
    proof = result["proof"]["data"]
    forged = proof | {"upper": proof["lower"] * 1.001}
    signed(path, result | {"upper": forged["upper"], "proof": {"type": "proof", "data": forged}})
    assert "this does not follow from the data" in refusal(path)


def test_save_replaces_a_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)

    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no room"):
        ks.save(ks.rf(3), path)
    monkeypatch.undo()
    assert ks.load(path) == ks.ntk(3) and os.listdir(tmp_path) == ["x.json"]


def test_files_of_the_first_version_are_read(tmp_path: Path) -> None:
    """A file as version 1 wrote it, byte for byte: later versions must read it."""
    text = """{
 "kernelspec": 1,
 "sha256": "2b6f37c08e3e82c554f6d3b78487955ceafcce0f11ca0ed05c2117442436a9e4",
 "result": {
  "type": "enclosure",
  "middle": "1.5",
  "radius": "9.765625e-4",
  "digits": 3
 }
}
"""
    ball = Enclosure(from_parts(((3, -1), (1, -10))), 3)
    path = tmp_path / "x.json"
    ks.save(ball, path)
    found = path.read_text()
    assert found == text and same(ks.load(path), ball)
