r"""`curve`: the learning curve of kernel ridge regression on the sphere that theory predicts, and its law."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..kernels.zonal import Zonal
from ..numbers.checks import real
from ..numbers.precision import default_errors, with_balls
from ..rkhs.function_text import parse
from ..rkhs.learning_curves import LearningCurve
from ..rkhs.profiles import JumpProfile, PowerProfile
from ..rkhs.ridge import Function, ridge
from ..rkhs.space import Space
from .laws import law


@with_balls
@default_errors
def curve(kernel: Zonal, f: Any, d: int, n: Any, lam: float = 0.0, noise: float = 0.0) -> LearningCurve:
    r"""The errors that the eigenlearning equations predict for kernel ridge regression of f on S^{d-1}.

    .. math:: n = \sum_k N(d,k) \frac{\mu_k}{\mu_k + \kappa_n} + \frac{n\lambda}{\kappa_n}, \qquad
              \text{test} = E_n \Big( \sum_k A_k \Big(\frac{\kappa_n}{\mu_k+\kappa_n}\Big)^2 + \sigma^2 \Big), \qquad
              \text{train} = \Big(\frac{\lambda}{\kappa_n}\Big)^2 \text{test}

    Parameters
    ----------
    kernel : a kernel, positive semi-definite on S^{d-1}, with certified eigenvalues.
    f : the target, in the RKHS or not: a function of `ks.rkhs` (`ridge`, `polynomial`, sums), a text that
        `ks.rkhs.parse` reads, such as "step(0.7) - x1*x2", or a kernel or profile g, which stands for x -> g(x_1).
    d : the points are uniform on the sphere of R^d, d >= 2.
    n : numbers of samples, integers >= 1, one or many.
    lam : lambda >= 0 in K + n lambda 1; 0 is the limit, the interpolant of least norm.
    noise : the standard deviation sigma >= 0 of the noise, which both errors contain.

    Returns a `LearningCurve` with bounds of the equations' solution, kappa_n, E_n, the learnability of each degree, and
    as `law` what follows from the decay for n to infinity (`kernelspec.learning.laws`). The equations are a theory,
    and no theorem (`kernelspec.rkhs.learning_curves`).

    Raises TypeError for what is no kernel and no function; ValueError for one on another sphere, for a kernel that is
    not positive or not known exactly, and for n, lam and noise out of range. Source: Bordelon, Canatar & Pehlevan
    2020; Simon, Dickens, Karkada & DeWeese 2023; claims 62, L15.

    >>> import kernelspec as ks
    >>> ks.learning.curve(ks.ntk(3), "step(0.7)", 4, [100, 1000])
    n     error      train  kappa        overfitting
    100   0.0265905  0      0.0036602    1.46617
    1000  0.0120702  0      0.000145362  1.36139
    Tempered: mu_k ~ k^-4 at lambda = 0, so E_n tends to 2 beta/(d-1) = 4/3, by which noise is multiplied.
    At lambda = 0 the error falls like n^-(1/3): ...
    """
    space = Space(kernel, d)
    target, lam, noise = as_function(f, space.d), real("lam", lam, 0), real("noise", noise, 0)
    found = space.learning_curve(target, n, lam, noise)
    return replace(found, law=law(space.kernel, space.d, target, lam, noise))


def as_function(f: Any, d: int) -> Function:
    """The target that a function, a text, or a function of one variable stands for; TypeError for anything else."""
    if isinstance(f, str):
        try:
            return parse(f, d)
        except ValueError as error:
            reason = str(error)
        raise ValueError(f"f must be a function on S^{d - 1}; {reason}")
    if isinstance(f, Zonal | PowerProfile | JumpProfile):
        return ridge(f, [1] + [0] * (d - 1))
    if not isinstance(f, Function):
        raise TypeError(
            "f must be a function such as ks.rkhs.ridge(g, w) or polynomial(text, d), a text such as 'step(0.7)', or a "
            f"kernel or profile g for g(x_1); got {f!r}"
        )
    return f
