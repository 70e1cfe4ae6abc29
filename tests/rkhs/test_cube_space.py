"""The RKHS on the cube: norms against the inverse of the Gram matrix of all of its vertices."""

from __future__ import annotations

import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import rkhs
from kernelspec.rkhs.cube_space import CubeSpace


def brute_norm(kernel: ks.Zonal, text: str, d: int) -> float:
    """sqrt(f^T K^+ f) over all 2^d vertices."""
    x = np.array(list(itertools.product([-1.0, 1.0], repeat=d)))
    values = eval(text, {f"x{i + 1}": x[:, i] for i in range(d)})
    gram = kernel(np.clip(x @ x.T / d, -1, 1))
    return math.sqrt(values @ np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ values)


@pytest.mark.parametrize("kernel", [ks.ntk(3), ks.laplace(), ks.rf(2) + ks.linear(), ks.exponential(1)])
@pytest.mark.parametrize("text", ["x1*x2 + x3**3", "x1*x2*x4 - 2*x2**2", "x1/2 + x1*x2*x3*x4*x5"])
def test_norms_are_those_of_the_gram_matrix(kernel: ks.Zonal, text: str) -> None:
    space = kernel.rkhs(6, domain="cube")
    f = rkhs.polynomial(text, 6)
    if not space.contains(f).member:
        assert space.norm(f) == math.inf
        return
    expected = brute_norm(kernel, text, 6)
    assert space.norm(f) == pytest.approx(expected, rel=1e-9)  # the inverse of a matrix of condition 1e5
    wide: Any = space.norm(f, digits=25)
    assert wide.contains(space.norm(f, digits=40))


def test_a_parity_that_vanishes_has_no_norm() -> None:
    space = ks.ntk(2).rkhs(6, domain="cube")
    found = space.contains(rkhs.polynomial("x1*x2*x3", 6))
    assert found.member is False and "xi_3 = 0 exactly" in found.why
    assert space.norm(rkhs.polynomial("x1*x2*x3", 6)) == math.inf
    assert space.norm(rkhs.polynomial("x1*x2*x3 - x3*x2*x1 + x1**2*x2*x2", 6)) == pytest.approx(
        1 / math.sqrt(ks.ntk(2).spectrum(6, domain="cube")[0]), rel=1e-14
    )


def test_the_effective_dimension_is_that_of_all_vertices() -> None:
    d, lam = 8, np.array([1e-3, 0.1])
    x = np.array(list(itertools.product([-1.0, 1.0], repeat=d)))
    eig = np.linalg.eigvalsh(ks.ntk(3)(np.clip(x @ x.T / d, -1, 1)) / 2**d)
    expected = [float(np.sum(eig / (eig + each))) for each in lam]
    space = ks.ntk(3).rkhs(d, domain="cube")
    assert space.effective_dimension(lam) == pytest.approx(expected, rel=1e-12)
    assert space.table(lam).column("dimension") == pytest.approx(expected, rel=1e-12)
    assert space.plot(lam=lam).get_lines()[0].get_ydata() == pytest.approx(expected, rel=1e-12)


def test_spaces_are_values() -> None:
    space = ks.ntk(3).rkhs(5, domain="cube")
    assert isinstance(space, CubeSpace) and pickle.loads(pickle.dumps(space)) == space
    assert space != ks.ntk(3).rkhs(5) and hash(space) == hash(ks.ntk(3).rkhs(5, "cube"))
    assert repr(space) == "CubeSpace(ntk(3), d=5)"


def test_bad_input_is_refused() -> None:
    space = ks.ntk(3).rkhs(4, domain="cube")
    with pytest.raises(ValueError, match="4 variables"):
        space.norm(rkhs.polynomial("x1", 3))
    with pytest.raises(ValueError, match="must be a polynomial"):
        space.norm(rkhs.ridge(rkhs.relu(1), [1, 0, 0, 0]))
    with pytest.raises(TypeError, match="f must be a function"):
        space.norm("x1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='"sphere" or "cube", got'):
        ks.ntk(3).rkhs(4, domain="torus")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="positive semi-definite"):
        (-ks.ntk(3)).rkhs(4, domain="cube").norm(rkhs.polynomial("x1", 4))
