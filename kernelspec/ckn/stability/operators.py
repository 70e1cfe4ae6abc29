r"""Pooling A, patches P and deformations L_tau on L^2, on a periodic grid that resolves them, with exact adjoints.

A grid of n positions a side, one pixel apart, stands for the trigonometric polynomials of its n frequencies, whose
l^2 norm over the positions is their L^2 norm. A and T_c are multipliers of the discrete Fourier transform, L_tau
evaluates the polynomial at u - tau(u) (`warping`). What L_tau moves past the band limit pi comes back aliased; A
removes it if sigma is large enough. A frequency w becomes w (1 - tau') where tau is locally linear: frequencies beyond
pi, which the grid lacks, and aliases of those below it end at pi (1 - eps) and above, where A is e^{-(pi (1 - eps)
sigma)^2/2}: 3e-9 for sigma = 4 and eps = 1/2, or sigma = 2 and small eps. And the grid must resolve the Jacobian of
tau, which takes high frequencies to low ones: `field(scale=8)` with eps = 1/2 does. Then the norms of L_tau A, A L_tau,
their differences and commutators are those on a period of R^d to 1e-6 (4e-6 for a scale of 6 pixels).

For a periodic tau they are no larger than on the whole of R^d: signals of the period are one of the fibres
e^{i<q, u>} x, x periodic, into which L^2(R^d) decomposes under tau, A and T_c alike, and the norm is the supremum over
q. So what is measured here may be held against the bounds of `constants`, with any c, also beyond a period.

The products and differences of the operators are SciPy's: ``L @ A - A``, ``A.H``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...numbers.checks import FloatArray, integer, real, reals
from .fields import Field
from .warping import Interpolation

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

_LARGEST = 2**22  # positions of a grid
_SEAM = 1e-9  # relative: what a period of rounded numbers may miss


@dataclass(frozen=True)
class Grid:
    """The periodic functions on a grid of `shape` = (n,) or (height, width) positions, flattened in C order.

    >>> from kernelspec.ckn import stability
    >>> from kernelspec.ckn.stability.norms import norm
    >>> grid = Grid((64,))
    >>> tau, A = stability.sinusoid(64, grad=0.1, wavelength=64), grid.gaussian(4.0)
    >>> L = grid.deformation(tau)
    >>> round(norm(A @ L - L @ A).value, 4)
    0.0613
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        given = self.shape if isinstance(self.shape, tuple | list) else (self.shape,)
        sizes = tuple(integer("shape", n, 1) for n in given)
        if len(sizes) not in (1, 2) or math.prod(sizes) > _LARGEST:
            raise ValueError(f"shape must be (n,) or (height, width), at most {_LARGEST} positions; got {self.shape!r}")
        object.__setattr__(self, "shape", sizes)

    @property
    def d(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of positions."""
        return math.prod(self.shape)

    def gaussian(self, sigma: Any) -> LinearOperator:
        r"""A_sigma, the convolution with the Gaussian of standard deviation sigma >= 0 pixels (periodised).

        .. math:: \hat A_\sigma(w) = e^{-\sigma^2|w|^2/2}
        """
        sigma = real("sigma", sigma, 0.0, 1e100)
        return self._multiplier([np.exp(-((sigma * w) ** 2) / 2) for w in self._frequencies()])

    def translation(self, c: ArrayLike) -> LinearOperator:
        r"""T_c x(u) = x(u + c), for any real c: a number for each axis, in pixels.

        The highest frequency of an even n is a cosine, and goes to cos(pi c) times itself.
        """
        shift = self._offset("c", c)
        return self._multiplier(
            [self._phases(w, t, n) for w, t, n in zip(self._frequencies(), shift, self.shape, strict=True)]
        )

    def patches(
        self, offsets: ArrayLike, weights: ArrayLike | None = None, *, normalized: bool = True
    ) -> LinearOperator:
        """P x = (weight_c^{1/2} x(. + c))_c: the patch around every position, one map after the other.

        Parameters
        ----------
        offsets : real, shape (count,) for signals, (count, d).
        weights : >= 0, one an offset; equal ones if None.
        normalized : whether the weights are divided by their sum, so that P is an isometry (Bietti & Mairal 2019, JMLR;
            claim 42); else equal weights are 1 each, the plain sum.
        """
        from scipy.sparse.linalg import LinearOperator

        places = reals("offsets", offsets)
        places = places[:, None] if places.ndim == 1 and self.d == 1 else places
        if places.ndim != 2 or places.shape[1] != self.d or not len(places):
            raise ValueError(f"offsets must have shape (count, {self.d}), got {places.shape}")
        nu = np.ones(len(places)) if weights is None else reals("weights", weights)
        if nu.shape != (len(places),) or nu.min() < 0 or nu.max() == 0:
            raise ValueError(f"weights must be {len(places)} numbers >= 0 with a sum > 0, got {weights!r}")
        if normalized:
            nu = nu / nu.max()
            nu = nu / nu.sum()
        moves = [self.translation(c) * math.sqrt(v) for c, v in zip(places, nu, strict=True)]
        return LinearOperator(
            (len(moves) * self.size, self.size),
            matvec=lambda x: np.concatenate([move.matvec(x.ravel()) for move in moves]),
            rmatvec=lambda y: np.sum(
                [move.rmatvec(part) for move, part in zip(moves, y.reshape(len(moves), -1), strict=True)], axis=0
            ),
            dtype=np.float64,
        )

    def deformation(self, tau: Any, maps: Any = 1) -> LinearOperator:
        """L_tau x(u) = x(u - tau(u)), on so many maps one after the other, such as those of `patches`.

        `tau` must have the grid's shape and period: `field`, `elastic`, translations, sinusoids whose wavelength
        divides the period, their sums and multiples.
        """
        from scipy.sparse.linalg import LinearOperator

        if not isinstance(tau, Field):
            raise TypeError(f"tau must be a field such as stability.field(shape); got a {type(tau).__name__}")
        if tau.shape != self.shape:
            raise ValueError(f"tau must have the shape {self.shape} of the grid, got {tau.shape}")
        self._refuse_seams(tau)
        count = integer("maps", maps, 1)
        moved = Interpolation.of(tau, "circular")

        def forward(x: FloatArray) -> FloatArray:
            return moved.apply(x.reshape(count, *self.shape, 1)).ravel()

        def backward(y: FloatArray) -> FloatArray:
            return np.concatenate([moved.adjoint(part).ravel() for part in y.reshape(count, -1)])

        side = count * self.size
        return LinearOperator((side, side), matvec=forward, rmatvec=backward, dtype=np.float64)

    def commutator(self, tau: Field, sigma: Any, offsets: ArrayLike | None = None) -> LinearOperator:
        """[P A_sigma, L_tau] = P A L_tau - L_tau P A, with P normalised; [A_sigma, L_tau] without offsets."""
        pooled = self.gaussian(sigma)
        if offsets is None:
            moved = self.deformation(tau)
            return pooled @ moved - moved @ pooled
        patches = self.patches(offsets) @ pooled
        count = patches.shape[0] // self.size
        return patches @ self.deformation(tau) - self.deformation(tau, count) @ patches

    # -- within ---------------------------------------------------------------------------------------

    def _frequencies(self) -> list[FloatArray]:
        """Those of each axis in radians a pixel; of the last one, which is real, only half."""
        *whole, last = self.shape
        turns = [*(np.fft.fftfreq(n) for n in whole), np.fft.rfftfreq(last)]
        return [np.asarray(2 * math.pi * turn, dtype=np.float64) for turn in turns]

    @staticmethod
    def _phases(w: FloatArray, shift: float, n: int) -> NDArray[np.complex128]:
        phases = np.exp(1j * w * shift)
        if n % 2 == 0:
            phases[n // 2] = math.cos(math.pi * shift)
        return phases

    def _multiplier(self, factors: Sequence[NDArray]) -> LinearOperator:
        from scipy.fft import irfftn, rfftn
        from scipy.sparse.linalg import LinearOperator

        first, *rest = factors
        multiplier = np.multiply.outer(first, rest[0]) if rest else first

        def by(m: NDArray, x: FloatArray) -> FloatArray:
            return irfftn(m * rfftn(x.reshape(self.shape)), s=self.shape).ravel()

        return LinearOperator(
            (self.size, self.size),
            matvec=lambda x: by(multiplier, x),
            rmatvec=lambda y: by(multiplier.conj(), y),
            dtype=np.float64,
        )

    def _offset(self, name: str, c: ArrayLike) -> FloatArray:
        vector = np.atleast_1d(reals(name, c))
        if vector.shape != (self.d,):
            raise ValueError(f"{name} must have {self.d} numbers, one for each axis; got {c!r}")
        return vector

    def _refuse_seams(self, tau: Field) -> None:
        """A field without the period would jump, and its gradient not be |grad tau|_inf."""
        for axis, n in enumerate(self.shape):
            sides = [np.arange(float(m)) for m in self.shape]
            ends = []
            for place in (0.0, float(n)):
                sides[axis] = np.array([place])
                ends.append(tau(np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1)))
            jump = float(np.abs(ends[1] - ends[0]).max())
            if jump > _SEAM * max(tau.sup, 1.0):
                raise ValueError(
                    f"tau must have the period of the grid, {n} along axis {axis}; {tau!r} jumps by {jump:.3g}"
                )
