"""NumPy's error state and Python's warnings: the user's never reach inside, and none comes out that means nothing."""

from __future__ import annotations

import functools
import pickle
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.decay.power_laws import asymptotes
from kernelspec.numbers import gamma
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.rkhs import neurons, recheck
from kernelspec.spectrum.angular_quadrature import quadrature
from kernelspec.spectrum.asymptotic import remainder
from kernelspec.spectrum.branch_cut import branch_cut_route
from kernelspec.spectrum.end_expansions import expansion

T = np.array([-1, -1 + 1e-12, -0.5, 0, 1e-300, 0.3, 1 - 2**-53, 1.0])
ANGLES = np.array([0, 1e-300, 1e-160, 1.0, 3.0, np.pi])
K = np.array([0, 1, 2, 5, 40, 700, 10**6])
ROWS = np.array([[1e-160, 0], [1.0, 1e-300], [0, 0], [3, 4]])


def steep(u: Value) -> Value:
    return np.exp(1e3 * (u - 1))


KERNELS: dict[str, Zonal] = {
    "rf": ks.rf(3),
    "ntk": ks.ntk(3, bias=True),
    "laplace": ks.laplace(),
    "narrow laplace": ks.laplace(1e5),
    "exponential": ks.exponential(),
    "polynomial": ks.polynomial(300),
    "gelu": ks.dual("gelu"),
    "infinite at the ends": ks.sine_power(Fraction(-1, 2)),
    "network": ks.mlp(3, slope=0.1, bias_variance=0.3),
    "underflowing series": ks.power_series(1, 1e-300, 1e-308),
    "of the user's own": ks.from_callable(steep, name="user"),
    "tiny": 1e-250 * ks.laplace(),
}
DOORS: dict[str, Callable[[Zonal], Any]] = {
    "values": lambda k: k(T),
    "value at 1": lambda k: k(1.0),
    "defect": lambda k: k.defect(T),
    "of_angle": lambda k: k.of_angle(ANGLES),
    "defect of_angle": lambda k: k.of_angle(ANGLES, defect=True),
    "complex of_angle": lambda k: k.of_angle(np.array([0.1 + 0.2j, 1e-200 + 1e-200j])),
    "at_one": lambda k: k.at_one,
    "derivative": lambda k: k.derivative()(0.3),
    "normalized": lambda k: k.normalized(),
    "compose": lambda k: ks.rf(2) @ k,
    "algebra": lambda k: (2 * k + k**2 - 0.5 * k * ks.rf(3))(T[2:5]),
    "parse": lambda k: ks.parse(repr(k)),
    "pickle": lambda k: pickle.loads(pickle.dumps(k)),
    "taylor": lambda k: k.taylor(6),
    "gram": lambda k: None if np.isinf(k.at_one) else k.gram(ROWS),
    "gram of two": lambda k: k.gram(ROWS, ROWS[::-1] + 1, normalize=True),
    "expand": lambda k: k.expand(terms=2)(1e-200),
    "decay": lambda k: k.decay(5),
    "decay at": lambda k: k.decay(5).at(K[3:]),
    "asymptotes": lambda k: asymptotes(k),
    "spectrum": lambda k: k.spectrum(3)(K[:6]),
    "spectrum on the circle": lambda k: k.spectrum(2)[0:20],
    "spectrum in high dimension": lambda k: k.spectrum(784)(K[[1, 4]]),
    "large degrees": lambda k: k.spectrum(4)(K),
    "log_abs": lambda k: k.spectrum(784).log_abs(K[[0, 3]]),
    "error": lambda k: k.spectrum(3).error(K[:4]),
    "method": lambda k: k.spectrum(3).method(4),
    "multiplicity": lambda k: k.spectrum(784).multiplicity(K[:4]),
    "trace": lambda k: k.spectrum(3).trace(30),
    "mercer": lambda k: k.spectrum(3).mercer(T, 20),
    "approximate": lambda k: k.spectrum(3).approximate(K[:4]),
    "exact": lambda k: k.spectrum(3).exact(2),
    "certified": lambda k: k.spectrum(3).certified(3, 10),
    "asymptotic": lambda k: k.spectrum(784).asymptotic(K[3:] + 10**4),
    "asymptotic_bound": lambda k: k.spectrum(3).asymptotic_bound(60, 2),
    "remainder": lambda k: k.spectrum(3).remainder(2).bound(60),
    "fit": lambda k: k.spectrum(3).fit((50, 100)),
    "plot": lambda k: k.spectrum(3).plot(kmax=12),
    "table": lambda k: k.spectrum(784)._repr_html_(),
    "same_rkhs": lambda k: ks.same_rkhs(k, 2 * k, d=3),
    "sphere_squared_norm": lambda k: neurons.sphere_squared_norm(k, [0, 1, 0.5], 1, 3),
}
OTHERS: dict[str, Callable[[], Any]] = {
    "dual": lambda: ks.dual(lambda x: np.exp(-x * x) * np.tanh(1e3 * x), terms=12),
    "recheck": lambda: recheck(ks.same_rkhs(ks.rf(3), ks.rf(4), d=3).proof.data()),  # type: ignore[union-attr]
    "log_gamma": lambda: gamma.log_gamma([1e-300, 1.0, 1e280]),
}


def forget() -> None:
    """Empty the caches of what is computed of kernels."""
    for cached in (expansion, remainder, quadrature, branch_cut_route):
        cached.cache_clear()


def outcome(read: Callable[[], Any], unusual: bool) -> str:
    """What is read or said, in a process of a careful user or of an ordinary one; warnings are errors in both."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*: `approximate` gives them")
        with np.errstate(all="raise" if unusual else "warn", under="raise" if unusual else "ignore"):
            before = np.geterr()
            try:
                return repr(read())
            except (ValueError, ArithmeticError, NotImplementedError, TypeError) as error:
                return f"{type(error).__name__}: {error}"
            finally:
                assert np.geterr() == before


def outcomes(kernel: Zonal, unusual: bool) -> dict[str, str]:
    """What all doors give, each with a kernel that has read nothing itself."""
    forget()
    found = {}
    for door, read in DOORS.items():
        fresh = kernel if kernel.user_functions else pickle.loads(pickle.dumps(kernel))
        found[door] = outcome(functools.partial(read, fresh), unusual)
    return found


@pytest.mark.parametrize("name", KERNELS)
def test_the_users_error_state_never_reaches_inside(name: str) -> None:
    found = outcomes(KERNELS[name], True)
    for door, text in found.items():
        assert "encountered" not in text, door
        assert not text.startswith(("Floating", "Overflow", "ZeroDivision")), door
    assert outcomes(KERNELS[name], False) == found


@pytest.mark.parametrize("name", OTHERS)
def test_functions_without_a_kernel(name: str) -> None:
    forget()
    found = outcome(OTHERS[name], True)
    forget()
    assert "encountered" not in found and "Error" not in found
    assert outcome(OTHERS[name], False) == found


def test_a_proved_verdict_stays_one() -> None:
    # "undecided because underflow encountered in exp"
    with np.errstate(all="raise"):
        assert ks.same_rkhs(ks.rf(3), ks.rf(4), d=3).same is True
