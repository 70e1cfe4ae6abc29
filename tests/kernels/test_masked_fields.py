"""Masked arrays as fields of kernels: what is masked counts."""

from __future__ import annotations

import numpy as np

from kernelspec.kernels.identity import contents


def test_masks_tell_arrays_apart() -> None:
    one, other = (np.ma.array([1.0, 2.0], mask=mask) for mask in ([False, True], [False, False]))
    assert contents(one) == contents(one.copy()) and hash(contents(one)) == hash(contents(one.copy()))
    assert contents(one) != contents(other)
