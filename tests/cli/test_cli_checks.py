"""`kernelspec check`: kernels that are right, kernels that are not, and faults that it has to find."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.cli import check, main
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.spectrum import Spectrum
from kernelspec.testing.kernel_checks import KERNEL_LAWS, KernelCase, lines_of
from kernelspec.testing.laws import FAILED, NOT_KNOWN, OK, Outcome, outcome


def line(text: str, law: str, d: int = 3) -> Outcome:
    """One line of the checks, alone."""
    (found,) = (one for one in KERNEL_LAWS if one.name == law)
    return outcome(found, KernelCase(ks.parse(text), d))[0]


@pytest.mark.parametrize("text", ["ntk(3)", "laplace(c=2)", "exponential(1)", "linear() + polynomial(3)"])
def test_kernels_are_ok(text: str) -> None:
    assert {line.result for line in lines_of(ks.parse(text), 4)} == {OK}


def test_no_kernel_fails() -> None:
    positive = line("ntk(2) - 2*linear()", "positive")
    assert positive.result == line("ntk(2) - 2*linear()", "range").result == FAILED
    assert "mu_1 = " in positive.why and "< 0" in positive.why


def test_a_kernel_on_one_sphere_only_is_proved_there() -> None:
    """u^2 - 1/4 has the eigenvalue 1/d - 1/4 at degree 0: positive for d = 3, negative for d = 5."""
    assert line("polynomial(2) - 1/4", "positive", 3).result == OK
    assert "of other spheres nothing" in line("polynomial(2) - 1/4", "positive", 3).why
    assert line("polynomial(2) - 1/4", "positive", 5).result == FAILED


def test_what_is_not_known_is_said_so() -> None:
    found = line("matern(1)", "u = 1")
    assert found.result == NOT_KNOWN and "logarithm" in found.why


def test_a_wrong_eigenvalue_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Spectrum.values

    def wrong(self: Spectrum, k: Value, estimate: bool = False) -> Value:
        found = right(self, k, estimate)
        one = np.asarray(k) == 3
        return found._replace(value=np.where(one, found.value * (1 + 1e-9), found.value))

    monkeypatch.setattr(Spectrum, "values", wrong)
    found = line("ntk(3)", "eigenvalues")
    assert found.result == FAILED and "mu_3" in found.why


def test_a_wrong_sum_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Spectrum.values

    def wrong(self: Spectrum, k: Value, estimate: bool = False) -> Value:
        found = right(self, k, estimate)
        return found._replace(log_abs=found.log_abs + np.where(np.asarray(k) == 1, 1e-5, 0.0))

    monkeypatch.setattr(Spectrum, "values", wrong)
    for text in ("laplace()", "ntk(3)"):
        assert line(text, "trace").result == FAILED


@pytest.mark.parametrize("term", [1, 3])
def test_a_wrong_term_is_found(monkeypatch: pytest.MonkeyPatch, term: int) -> None:
    right = ks.Zonal.expand

    def wrong(self: ks.Zonal, at: int = 1, terms: int = 3) -> Any:
        found = right(self, at, terms)
        entries = list(found.entries)
        entries[term] = entries[term][0], entries[term][1].scaled(2)
        object.__setattr__(found, "entries", tuple(entries))
        return found

    monkeypatch.setattr(ks.Zonal, "expand", wrong)
    assert line("laplace(c=3)", "u = 1").result == FAILED
    assert line("laplace(c=3)", "u = -1").result == FAILED


_LARGE = "mlp(2, activation='tanh', weight_variance=1000)"  # of which some laws are not known


@pytest.mark.parametrize("text, status", [("linear()", 0), ("-linear()", 1), (_LARGE, 2), ("dual('softplus')", 0)])
def test_statuses(capsys: pytest.CaptureFixture[str], text: str, status: int) -> None:
    assert main(["check", text, "--json"]) == status
    data = json.loads(capsys.readouterr().out)
    assert data["d"] == 3 and len(data["rows"]) == 7


@pytest.mark.parametrize("text", ["C25", "c20a", "C14-C18", "L6,C3"])
def test_claims_are_told_from_kernels(text: str) -> None:
    assert check.CLAIMS.fullmatch(text)


def test_a_claim_is_checked(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["check", "C999"]) == 3
    seen: list[list[str]] = []
    import paper_checks.__main__ as checks

    for status, expected in ((0, 0), (1, 1), (2, 3), (130, 130)):

        def checked(words: list[str], status: int = status) -> int:
            seen.append(words)
            return status

        monkeypatch.setattr(checks, "main", checked)
        assert main(["check", "C25"]) == expected
    assert seen[0][:2] == ["--only", "C25"]


def test_a_claim_needs_a_clone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["check", "C25"]) == 3
    err = capsys.readouterr().err
    assert "clone of the repository" in err and err.count("\n") == 1
