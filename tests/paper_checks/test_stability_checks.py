"""The checks of the stability theorems: their verdicts, and that wrong bounds and distances are found out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kernelspec.ckn import stability
from paper_checks import h_stability, h_stability_tangent, l_stability
from paper_checks.registry import Claim, Tier, computed_verdict

SECTIONS = (h_stability, h_stability_tangent, l_stability)
CLAIMS = [v for module in SECTIONS for v in vars(module).values() if isinstance(v, Claim)]


def verdict(number: str) -> str:
    claim = next(c for c in CLAIMS if c.number == number)
    return computed_verdict(claim(Tier.for_claim(number, quick=True)))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_verdicts(claim: Claim) -> None:
    assert verdict(claim.number) == claim.verdict


@pytest.mark.parametrize(("number", "factor"), [("C43", 0.9), ("C48", 0.5), ("L14", 0.99)])
def test_smaller_bounds_are_found_out(number: str, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    true = stability.bound

    def smaller(*arguments: Any, **keywords: Any) -> Any:
        found = true(*arguments, **keywords)
        return replace(found, value=factor * found.value)

    monkeypatch.setattr(stability, "bound", smaller)
    assert verdict(number) == "failed"


@pytest.mark.parametrize(("number", "power"), [("C43a", 0.9), ("C43b", 0.99), ("C48a", 0.8), ("L14", 0.9)])
def test_distances_of_another_power_are_found_out(number: str, power: float, monkeypatch: pytest.MonkeyPatch) -> None:
    true = stability.measured

    def bent(*arguments: Any, **keywords: Any) -> Any:
        return np.power(true(*arguments, **keywords), power)

    monkeypatch.setattr(stability, "measured", bent)
    assert verdict(number) == "failed"
