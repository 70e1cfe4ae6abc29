r"""Rates of learning a function of patches: independent of the number of patches

Slopes of predicted learning curves, without end of the spectrum.
"""

import math
from collections.abc import Callable

import numpy as np

import kernelspec as ks
from kernelspec import ckn, sphere
from kernelspec.ckn.spectra import Model
from kernelspec.rkhs.learning_curves import learning_curve
from kernelspec.rkhs.levels import Levels
from paper_checks.registry import *


def _first(model: Model) -> Callable[[int], Levels]:
    """2000 eigenspaces, and bounds of the others, for every number that is asked for."""
    found = model.levels(2000)
    return lambda count: found


@check("L16a", verdict="holds", where="Favero, Cagnetta & Wyart 2021; slopes measured here")
def rates(tier: Tier) -> Checks:
    r"""Rates with patches of dimension s

    A kernel of patches with $\mu_k\sim k^{-s-\alpha_s}$ on $S^s$ learns a teacher of the same patches, of power
    $k^{-1-\alpha_t}$ at degree $k$, with the error $n^{-\beta}$, $\beta=\min(\alpha_t,2(\alpha_s+s))/s$, whatever the
    number of patches is, with local pooling or without.
    """
    rows, p = [], 3
    counts = np.array([64, 256, 1024])
    degrees = np.arange(1, 600)
    cases = ((ks.laplace(1.0), 1), (ks.arccos(1), 3))
    for teacher, alpha in cases[: tier.pick(quick=1, full=2)]:
        student, beta = ks.laplace(1.0), alpha / (p - 1)
        power = np.maximum(teacher.spectrum(p)[0:600], 0) * sphere.multiplicity(p, np.arange(600))
        for patches, pool in ((1, None), (4, None), (4, ckn.average(4)))[: tier.pick(quick=1, full=3)]:
            model = Model(ckn.Network([ckn.Layer(p, student, pool, border="circular")]), patches)
            largest = model.eigenspace((1,), 0).value / student.spectrum(p)[1]
            mu = student.spectrum(p)[0:600] * largest
            target = [(float(mu[k]), float(power[k])) for k in degrees]
            target.append((0.0, max(float(teacher.at_one - math.fsum(power)), 0.0)))
            error = learning_curve(_first(model), target, counts * patches).error
            slope = -float(np.log(error[2] / error[1]) / np.log(4))
            rows.append([repr(teacher), patches, repr(pool), beta, slope])
            yield bound(
                f"{teacher!r} by {student!r}, {patches} patches, pooling {pool!r}: the measured exponent over {beta:g}",
                slope / beta,
                lower=0.97,
                upper=1.06,
                why="the limit is approached: .996 to 1.05 is seen from 256 to 1024 samples a patch",
            )
    yield table("exponents from 256 to 1024 samples a patch", ["teacher", "patches", "pooling", "beta", "slope"], rows)
