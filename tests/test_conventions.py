"""The translations of docs/conventions.md against the matrices that other packages gave (docs/peers.json)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "conventions.md").read_text(encoding="utf-8")
TABLE: dict[str, Any] = json.loads((DOCS / "peers.json").read_text(encoding="utf-8"))
POINTS = np.array(TABLE["points"])
UNIT = POINTS / np.linalg.norm(POINTS, axis=1)[:, None]
KERNELS = {"ntk(L)": ks.ntk, "rf(L)": ks.rf, "rf(2)": lambda depth: ks.rf(2)}
MEASURED = [name for name, peer in TABLE.items() if name not in ("points", "angles")]


def functions() -> dict[str, Any]:
    """What the page's blocks without prompts define."""
    namespace: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        if ">>>" not in block:
            exec(block, namespace)
    return namespace


ENDS = np.isclose(np.abs(UNIT @ UNIT.T), 1)  # x = y, and antipodes


def close(found: Any, case: dict[str, Any], at_ends: float = 4e-15) -> None:
    """To some roundings of the largest entry; at angles 0 and pi to what the package has, which reads cosines."""
    expected = np.array(case["matrix"])
    arguments = {name: value for name, value in case.items() if name != "matrix"}
    off = np.abs(found - expected) / np.abs(expected).max()
    assert off[~ENDS].max() < 4e-15, arguments
    assert off[ENDS].max() < at_ends, arguments


def test_neural_tangents() -> None:
    page, seen = functions(), set()
    for case in TABLE["neural_tangents"]["cases"]:
        weight, bias, style = case["W_std"], case["b_std"], case["parameterization"]
        seen.add((case["depth"], style, case["get"], bias is None, case["slope"]))
        if style == "standard":
            close(page["standard"](case["widths"], weight, bias).gram(UNIT, normalize=True), case, 5e-9)
        else:
            close(page["neural_tangents"](POINTS, case["depth"], weight, bias, case["slope"], case["get"]), case, 5e-9)
    assert len(seen) == 4 * (2 * 2 + 2) + 2 * 2  # with and without a bias; slopes at depth 3


def test_uniform_widths_without_bias_are_a_factor() -> None:
    standard = functions()["standard"]
    assert standard((5, 5, 5), 1.5)(0.3) == pytest.approx(float(5 * (9 / 4) ** 2 / 4 * ks.ntk(3)(0.3)), rel=1e-15)


def test_scikit_ntk() -> None:
    for case in TABLE["scikit_ntk"]["cases"]:
        D, bias = case["D"], case["bias"]
        kernel = functions()["scikit_ntk"](D, bias)
        whole = kernel * (D + 1) * (1 + bias**2)
        slopes = (whole - ks.ntk(D + 1)) / bias**2 if bias else 0 * ks.linear()
        matrix = ks.ntk(D + 1).gram(POINTS) + bias**2 * slopes.gram(POINTS, normalize=True)
        close(matrix / ((D + 1) * (1 + bias**2)), case)


@pytest.mark.parametrize("peer", ["gpflow", "plain_botorch", "plain_authors"])
def test_other_matrices(peer: str) -> None:
    page = functions()
    assert TABLE[peer]["cases"]
    for case in TABLE[peer]["cases"]:
        if peer == "gpflow":
            names = ("order", "variance", "weight_variances", "bias_variance")
            found = page["gpflow_arccosine"](POINTS, *(case[name] for name in names))
            # 1e-15 is added to its cosines: an angle of 0 is 4.5e-8 there, which the step shows.
            close(found, case, at_ends=1.6e-8)
        elif peer == "plain_botorch":
            found = page["botorch"](POINTS, case["depth"], case["weight_var"], case["bias_var"])
            # Its cosines end at 1 - 1e-7, in every layer.
            close(found, case, at_ends=1.01e-7)
        else:
            kernel = ks.ntk(case["nlayers"], bias=case["bias"])
            norms = np.linalg.norm(POINTS, axis=1)
            close(np.outer(norms, norms) * kernel.gram(POINTS, normalize=True), case)


def first_lost(peer: dict[str, Any], d: str) -> int:
    """The first degree at which an eigenvalue that is not 0 is off by more than 1e-6 of itself."""
    found = np.array(peer["eigenvalues"][d])
    true = KERNELS[peer["kernel"]](3).spectrum(int(d))[0 : len(found)]
    off = np.zeros(len(found))
    off[true != 0] = np.abs(found[true != 0] / true[true != 0] - 1)
    return int(np.argmax(off > 1e-6))


def measured_rows() -> list[list[str]]:
    """The table of the page, as its numbers are now."""
    rows = []
    for name in MEASURED:
        peer = TABLE[name]
        row = [str(first_lost(peer, d)) for d in ("10", "50")]
        if "defects" in peer:
            true = np.array([float(KERNELS[peer["kernel"]](3).of_angle(a, defect=True)) for a in TABLE["angles"]])
            off = np.abs(np.array(peer["defects"]) / true - 1)
            row += [f"{x:.0e}" if x < 0.9 else "all" for x in off[1:4]]
            deep = KERNELS[peer["kernel"]](100)(0.5)
            row += ["" if peer["kernel"] == "rf(2)" else f"{abs(peer['depths']['100'] / deep - 1):.0e}"]
        else:
            row += [""] * 4
        rows.append(row)
    return rows


def our_row() -> list[str]:
    """The same of the library, with the oracle's digits in place of 1e-13 up to k = 1e9: see benchmarks/accuracy.py."""
    angles = np.array([0.0, *TABLE["angles"][1:4]])
    K = ks.ntk(3).gram(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    true = np.array([float(ks.ntk(3).of_angle(mp.mpf(a), defect=True)) for a in angles[1:]])
    deep = float(abs(ks.ntk(100)(0.5) / ks.ntk(100)(mp.mpf("0.5")) - 1))
    return ["none", "none", *(f"{x:.0e}" for x in np.abs((K[0, 0] - K[0, 1:]) / true - 1)), f"{deep:.0e}"]


def test_the_page_shows_what_was_measured() -> None:
    printed = PAGE[PAGE.index("## Where the digits end") :].replace("\u2212", "-")
    table = [
        [cell.strip() for cell in line.strip("|").split("|")][1:] for line in re.findall(r"^\|.*\|$", printed, re.M)
    ]
    assert table[2 : 3 + len(MEASURED)] == [*measured_rows(), our_row()]


def test_versions_are_those_of_the_page() -> None:
    for name in ("neural_tangents", "scikit_ntk", "gpflow"):
        assert f"{TABLE[name]['package'].replace('gpflow', 'GPflow')} {TABLE[name]['version']}" in PAGE
