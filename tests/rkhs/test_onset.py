"""From which degree on the law of decay holds to a share: the degree is right, and it is nearly the least."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from expressions import untyped

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.rkhs.onset import onset

CASES = [
    (ks.ntk(4, bias=True), 10),
    (ks.ntk(3), 4),
    (ks.laplace(), 3),
    (ks.rf(3), 2),
    (ks.laplace(1, 0.25), 2),  # the power of k is 3/2
    (ks.rf(4, degree=0), 2),  # 5/4
    (ks.ntk(3), 50),
]


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize(("kernel", "d"), CASES, ids=str)
def test_the_law_holds_from_there_and_not_much_earlier(kernel: Zonal, d: int, power: bool, parity: int) -> None:
    s, decay = kernel.spectrum(d), kernel.decay(d)
    if decay.parities[parity].kind != "power":
        pytest.skip("no law of a power for this parity")
    start = onset(s, parity, 0.01, power)
    assert start % 2 == parity
    constant = float(abs((decay.even, decay.odd)[parity]))

    def distance(k: Value) -> Value:
        """|mu_k over the law - 1|."""
        if power:
            logs = s.log_abs(k) + float(decay.exponent) * np.log(k) - math.log(constant)
            return abs(np.exp(logs) - 1)
        return abs(np.exp(s.log_abs(k) - np.log(abs(decay.at(k)))) - 1)

    later = start + 2 * np.unique(np.geomspace(1, 100 * start + 10, 40).astype(np.int64))
    assert np.all(distance(np.append(later, start)) <= 0.01)
    early = start - 2 * math.ceil(start / 5)
    if power and d >= 4:  # where k^-p itself is what is far; the terms beyond it are only bounded
        assert distance(early) > 0.01


def test_a_share_that_is_wanted_early_is_found_late() -> None:
    s = ks.ntk(3).spectrum(4)
    starts = [onset(s, 0, share) for share in (0.1, 0.01, 0.001)]
    assert starts == sorted(starts) and starts[0] < starts[2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: onset(s, 2), "parity must be 0 or 1; got 2"),
        (lambda s: onset(s, 0, 1.5), "share must lie between 0 and 1; got 1.5"),
        (lambda s: onset(s, 0, 0.01, untyped("yes")), "power"),
        (lambda s: onset(ks.ntk(2).spectrum(4), 1), "must decay like a power"),
        (lambda s: onset(s, 0, 1e-14), "is proved for a share"),
    ],
)
def test_bad_input(call: Callable[..., Value], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call(ks.ntk(3).spectrum(4))
