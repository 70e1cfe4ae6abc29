"""Spectra on the Boolean cube: eigh of all 2^d points, Krawtchouk's polynomials in fractions, printed figures."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.rkhs.capacity_on_sphere import Capacity
from kernelspec.spectrum import CubeSpectrum
from kernelspec.sphere.cube import krawtchouk, monomial_on_cube

# Networks that are read in balls on [-1, 1] alone, or whose series are cut off in floats.
NETWORKS = (
    "dual('elu')",
    "mlp(3, activation='hardtanh', bias_variance=0.1)",
    "exponential()@mlp(2, activation='0 if x < 1; x')",
    "mlp(2, activation='tanh', bias_variance=0.05, tangent=True)",
    "dual('silu')*dual('hardtanh')",
)
KERNELS = ("ntk(3)", "rf(3)", "arccos(0)", "exponential(sigma=0.6)", "laplace(c=2)", "polynomial(3) + linear()")


def cube(d: int) -> Any:
    return np.array(list(itertools.product([1.0, -1.0], repeat=d)))


@pytest.mark.parametrize("d", [1, 2, 5, 8])
@pytest.mark.parametrize("text", [*KERNELS, *NETWORKS])
def test_eigenvalues_of_all_points(text: str, d: int) -> None:
    """eigh of the 2^d x 2^d matrix, whose error is 2^-52 of its largest eigenvalue a few times."""
    kernel, X = ks.parse(text), cube(d)
    found = np.linalg.eigvalsh(kernel(np.clip(X @ X.T / d, -1, 1)) / 2**d)
    s = kernel.spectrum(d, domain="cube")
    every = np.sort(np.repeat(s[0 : d + 1], s.multiplicity(np.arange(d + 1))))
    np.testing.assert_allclose(found, every, rtol=0, atol=4e-15 * kernel.at_one)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.sampled_from(KERNELS), st.data())
def test_krawtchouk_sums_by_mpmath(d: int, text: str, data: st.DataObject) -> None:
    """The defining sum with 60 digits; kappa by mpmath, Q_k in fractions."""
    k = data.draw(st.integers(0, d))
    kernel = ks.parse(text)
    with mp.workdps(60):
        terms = []
        for h in range(d + 1):
            q = krawtchouk(d, k, h)
            terms.append(math.comb(d, h) * kernel(mp.mpf(d - 2 * h) / d) * q.numerator / q.denominator)
        value = mp.fsum(terms) / 2**d
        found = kernel.spectrum(d, domain="cube").certified(k, 40)
        assert (
            abs(mp.mpf(found.mid().str(50, radius=False)) - value) <= mp.mpf(10) ** -40 * abs(value) + mp.mpf(10) ** -56
        )


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(0, 12))
def test_powers_of_u(d: int, m: int) -> None:
    """Fractions of the recursion against those of Krawtchouk's polynomials; exact, zeros as well."""
    exact = monomial_on_cube(d, m)
    for k in range(d + 1):
        total = sum(math.comb(d, h) * Fraction(d - 2 * h, d) ** m * krawtchouk(d, k, h) for h in range(d + 1))
        assert exact[k] == total / 2**d
        if k > m or (k - m) % 2:
            assert exact[k] == 0


def test_parity_zeros_are_exact() -> None:
    s = ks.arccos(0).spectrum(40, domain="cube")
    assert all(s.certified(k) == 0 for k in range(2, 41, 2))
    assert s.certified(0) == Fraction(1, 2).numerator / 2 and s.log_abs(4) == -math.inf and s.error(4) == 0.0
    assert str(ks.polynomial(2).spectrum(5, domain="cube").exact(2)) == "2/25"
    assert ks.polynomial(2).spectrum(5, domain="cube").exact(3) == 0


# Of the sheet of formulas (domains): ratio cube to sphere for ntk(3), as printed there.
RATIOS = [(10, 2, 1.26), (10, 4, 4.83), (10, 10, 1004), (100, 10, 2.48), (100, 20, 48), (1000, 10, 1.09)]


@pytest.mark.parametrize(("d", "k", "ratio"), RATIOS)
def test_ratios_to_the_sphere(d: int, k: int, ratio: float) -> None:
    s = ks.ntk(3).spectrum(d, domain="cube")
    assert s.ratio(k) == pytest.approx(ratio, abs=0.005 if ratio < 10 else 0.5)  # as rounded there
    assert s.table([k])[0]["ratio"] == s.ratio(k)


def test_trace() -> None:
    for text in KERNELS:
        kernel = ks.parse(text)
        s = kernel.spectrum(30, domain="cube")
        assert s.trace(30) == pytest.approx(kernel.at_one, rel=1e-15)


def test_the_extreme_degrees() -> None:
    """d = 1: kappa(1) and kappa(-1) are all there is; xi_d is the alternating sum."""
    kernel = ks.ntk(3)
    one, other = float(kernel(1.0)), float(kernel(-1.0))
    assert kernel.spectrum(1, domain="cube")[0:2].tolist() == pytest.approx(
        [(one + other) / 2, (one - other) / 2], rel=1e-15
    )
    s = kernel.spectrum(6, domain="cube")
    with mp.workdps(40):
        last = mp.fsum((-1) ** h * math.comb(6, h) * kernel(1 - mp.mpf(2 * h) / 6) for h in range(7)) / 64
        assert s[6] == float(last)


def test_all_degrees_of_dimension_1000_to_30_digits() -> None:
    s = ks.ntk(3).spectrum(1000, domain="cube")
    balls = s.certified(slice(0, 1001), 30)
    assert len(balls) == 1001 and all(x > 0 and x.rel_accuracy_bits() > 99 for x in balls)
    # beside a second precision, of which the first is a rounding
    again = ks.ntk(3).spectrum(1000, domain="cube").certified([0, 500, 1000], 60)
    assert all(balls[k].overlaps(x) for k, x in zip((0, 500, 1000), again, strict=True))


# -- reading --------------------------------------------------------------------------------------------------------


def test_reading() -> None:
    s = ks.ntk(3).spectrum(10, domain="cube")
    assert isinstance(s, CubeSpectrum) and repr(s) == "CubeSpectrum(ntk(3), d=10)"
    assert s[3] == s(3) == s[0:11][3] == s(np.array([[3]]))[0, 0] == float(s.certified(3).mid())
    assert s.log_abs(3) == pytest.approx(math.log(s[3]), rel=1e-15) and s.error(3) < 1.2e-16
    assert s.multiplicity(3) == 120 and s.multiplicity([[0, 1]]).tolist() == [[1, 10]]
    assert ks.ntk(2).spectrum(100, domain="cube").multiplicity([50])[0] == math.comb(100, 50)
    assert s([]).shape == (0,) and s.certified([]) == []
    again = pickle.loads(pickle.dumps(s))
    assert repr(again) == repr(s) and again[4] == s[4]
    assert s.table().column("k") == list(range(11)) and "mu" in s.table([0]).columns
    assert s.table([0, 1], digits=20).column("xi")[0].rel_accuracy_bits() > 60
    assert "svg" in s._repr_html_() and "tabular" in s._repr_latex_()
    axes = s.plot()
    assert len(axes.lines) == 2 and axes.get_xlabel() == "degree $k$"


def test_underflow() -> None:
    s = ks.exponential(sigma=1.0).spectrum(400, domain="cube")
    assert (
        s[400] == 0.0
        and s.error(400) == 1.0
        and s.log_abs(400) == pytest.approx(float(s.certified(400).log()), rel=1e-14)
    )


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda: ks.ntk(2).spectrum(3, domain=cast(Any, "ball")),
            ValueError,
            'domain must be "sphere" or "cube", got .ball',
        ),
        (lambda: ks.ntk(2).spectrum(0, domain="cube"), ValueError, "d must be an integer from 1 to 4000, got 0"),
        (lambda: ks.ntk(2).spectrum(4001, domain="cube"), ValueError, "d must be an integer from 1 to 4000"),
        (lambda: ks.ntk(2).spectrum(cast(Any, 2.0), domain="cube"), TypeError, "d must be an integer"),
        (lambda: ks.ntk(2).spectrum(3, domain="cube")[4], ValueError, "k must be integers from 0 to d = 3, got 4"),
        (lambda: ks.ntk(2).spectrum(3, domain="cube")[-1], ValueError, "k must be"),
        (lambda: ks.ntk(2).spectrum(3, domain="cube")[0:], ValueError, "needs an end"),
        (lambda: ks.ntk(2).spectrum(3, domain="cube").certified(1, 0), ValueError, "digits must be"),
        (lambda: ks.from_callable(np.exp, name="f").spectrum(3, domain="cube"), ValueError, "f"),
        (lambda: ks.ntk(2).spectrum(3, domain="cube").exact(2), NotImplementedError, "no polynomial part"),
        (lambda: CubeSpectrum(cast(Any, "ntk(2)"), 3), TypeError, "kernel"),
    ],
)
def test_bad_input(call: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        call()


# -- capacities on the cube -----------------------------------------------------------------------------------------


def test_capacities_on_the_cube() -> None:
    d, kernel = 6, ks.ntk(3)
    X = cube(d)
    K = kernel(np.clip(X @ X.T / d, -1, 1))
    eig = np.linalg.eigvalsh(K / 2**d)[::-1]
    H = Capacity(kernel, d, "cube")
    assert H.effective_dimension(0.01) == pytest.approx(np.sum(eig / (eig + 0.01)), rel=1e-12)
    assert H.information_gain(50, 0.3) == pytest.approx(np.sum(np.log1p(50 * eig / 0.09)) / 2, rel=1e-12)
    assert H.tail([0, 1, 7, 64]) == pytest.approx([eig[r:].sum() for r in (0, 1, 7, 64)], rel=1e-12, abs=1e-15)
    assert H.effective_dimension(0.01, certified=True).rel_accuracy_bits() > 100
    assert H.visible_degrees(63) == 5 and H.visible_degrees(64) == 6 == H.visible_degrees(10**9)
    # All 64 points are a data set, too: its bounds are attained.
    assert H.worst_effective_dimension(0.01, 64) == pytest.approx(np.sum(eig / (eig + 0.01)), rel=1e-12)
    rows = K[:20, :20]
    some = np.clip(np.linalg.eigvalsh(rows / 20), 0, None)
    assert np.sum(some / (some + 0.01)) <= H.worst_effective_dimension(0.01, 20)
