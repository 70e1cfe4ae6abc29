r"""Displacement fields tau of signals and images, with their suprema |tau|_inf and |grad tau|_inf.

A field is a C^1 function of the position u in pixels, not an array: what it does at every point, its Jacobian and
both suprema are known. It moves signals by L_tau x(u) = x(u - tau(u)) (Bietti & Mairal 2019, JMLR; claim 43;
`warping`).

|grad tau|_inf is the supremum of the largest singular value of the Jacobian. Suprema of translations, rotations,
scalings and sinusoids are closed forms, rounded up; those of random fields and of sums are maxima on a fine grid,
polished by a local search, which are right to about 1e-9, and raised by as much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.checks import FloatArray, dense, integer, is_real, real, reals
from ...numbers.outward import raised, upper_float
from ...numbers.precision import default_errors, precision
from .motions import Affine, Motion, Sum, Wave, random_waves
from .suprema import suprema

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...results.tables import Table

_HUGE = 1e100  # beyond, squares of displacements would overflow


@dataclass(frozen=True, eq=False)
class Field:
    """A displacement field; made by `field`, `elastic`, `translation`, `rotation`, `scaling`, `sinusoid`.

    `shape` are the positions along each axis, `sup` is |tau|_inf in pixels, `grad_sup` |grad tau|_inf: over all of R^d
    for translations, sinusoids, and along axes where the field has the image's period; else (rotations, scalings, sums
    with them or with sinusoids of another period) over the image, 0 <= u_j <= shape_j - 1. Fields of one shape add,
    and have multiples.
    """

    shape: tuple[int, ...]
    motion: Motion
    sup: float
    grad_sup: float
    name: str

    def __post_init__(self) -> None:
        if not (self.sup <= _HUGE and self.grad_sup <= _HUGE):
            raise ValueError(
                f"a field must have |tau| and |grad tau| of at most {_HUGE:g}; {self.name} has {self.sup:g} and "
                f"{self.grad_sup:g}"
            )

    def __repr__(self) -> str:
        return f"{self.name}: |tau| <= {self.sup:.4g}, |grad tau| <= {self.grad_sup:.4g}"

    @default_errors
    def table(self, step: int | None = None) -> Table:
        """Displacements at every `step`-th position as a `Table`: the position, tau there, and |tau|; ten along an axis
        if None.
        """
        from ...views.stability import field_table

        return field_table(self, step)

    @default_errors
    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the field: of images the grid that it warps, with arrows from u - tau(u) to u; of signals tau(u).

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; that of the field if None.
        asymptote : of signals, whether |tau|_inf is drawn on both sides (None: it is); of images the circle of radius
            |tau|_inf in the middle (None: it is not).
        more : keywords of `Axes.plot` for signals, of `Axes.quiver` for images, which win.

        Returns the axes.
        """
        from ...views.stability import field_plot

        return field_plot(self, ax, label, asymptote, **more)

    def _repr_html_(self) -> str:
        from ...views.stability import field_html

        return field_html(self)

    def latex(self) -> str:
        """The suprema in LaTeX, rounded up."""
        from ...views.stability import field_latex

        return field_latex(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    @property
    def d(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @default_errors
    def __call__(self, points: Any) -> FloatArray:
        """tau(u) at points of shape (..., d), in pixels; the same shape."""
        return self.motion.value(self._points(points))

    @default_errors
    def jacobian(self, points: Any) -> FloatArray:
        """d tau_i / d u_j at points of shape (..., d), shape (..., d, d)."""
        return self.motion.slope(self._points(points))

    @default_errors
    def displacements(self) -> FloatArray:
        """tau at the positions of the image, shape (*shape, d)."""
        return self.motion.on([np.arange(float(n)) for n in self.shape])

    @default_errors
    def __mul__(self, factor: Any) -> Field:
        number = real("factor", factor)
        size = abs(number)
        return Field(
            self.shape,
            Sum(((number, self.motion),)),
            upper_float(Fraction(size) * Fraction(self.sup)),
            upper_float(Fraction(size) * Fraction(self.grad_sup)),
            f"{number:g}*({self.name})",
        )

    __rmul__ = __mul__

    @default_errors
    def __add__(self, other: Any) -> Field:
        if not isinstance(other, Field):
            return NotImplemented
        if other.shape != self.shape:
            raise ValueError(f"fields that are added must have one shape; got {self.shape} and {other.shape}")
        motion = Sum(((1.0, self.motion), (1.0, other.motion)))
        name = f"{self.name} + {other.name}"
        return _measured(self.shape, motion, name)

    def _points(self, points: Any) -> FloatArray:
        array = reals("points", points)
        if array.shape[-1:] != (self.d,):
            raise ValueError(f"points must have shape (..., {self.d}), got {array.shape}")
        return array


@default_errors
def field(shape: Any, grad: float = 0.1, scale: float = 4.0, rng: Any = 0) -> Field:
    r"""A random smooth field with |grad tau|_inf = grad.

    .. math:: \tau(u) = c \sum_{k \ne 0} e^{-|k|^2 s^2/2} (a_k \cos\langle k, u\rangle + b_k \sin\langle k, u\rangle)

    with independent normal a_k, b_k in R^d, over the wave numbers k in 2 pi Z / shape up to 5/s along each axis: a
    field that is periodic with the image and correlated over about the distance s.

    Parameters
    ----------
    shape : positions, n or (n,) for signals, (height, width) for images.
    grad : |grad tau|_inf, >= 0; the field is a diffeomorphism if it is below 1.
    scale : s in pixels, > 0.
    rng : seed or Generator.

    >>> tau = field((28, 28), grad=0.1, scale=4.0, rng=0)
    >>> tau
    field(grad=0.1, scale=4): |tau| <= 0.4068, |grad tau| <= 0.1
    """
    sizes, grad = _shape(shape), real("grad", grad, 0.0, _HUGE)
    motion = random_waves(sizes, scale, rng)
    name = f"field(grad={grad:g}, scale={float(scale):g})"
    if grad == 0:
        return _still(sizes, name)
    found = _measured(sizes, motion, name)
    factor = grad / found.grad_sup  # which is above the maximum by more than a rounding
    return Field(sizes, Sum(((factor, motion),)), raised(factor * found.sup, 2), grad, name)


@default_errors
def elastic(shape: Any, alpha: float = 1.0, scale: float = 4.0, rng: Any = 0) -> Field:
    """An elastic deformation, as digits are deformed to enlarge training sets: a `field` of a given displacement.

    Parameters
    ----------
    shape, scale, rng : as for `field`; a seed gives the same field up to a factor.
    alpha : the root mean square of |tau| over a period, in pixels, >= 0; over the positions as well, where the pixels
        resolve the field (scale >= 2).

    Source: Simard, Steinkraus & Platt (2003); the smooth fields of infinite MNIST, Loosli, Canu & Bottou (2007).
    """
    sizes, alpha = _shape(shape), real("alpha", alpha, 0.0, _HUGE)
    motion = random_waves(sizes, scale, rng)
    name = f"elastic(alpha={alpha:g}, scale={float(scale):g})"
    if alpha == 0:
        return _still(sizes, name)
    found = _measured(sizes, motion, name)
    # Parseval: the mean of |Re sum c_k e^{iku}|^2 over a period, for coefficients with c_{-k} = conj(c_k).
    factor = alpha / math.sqrt(float(np.sum(np.abs(motion.coefficients) ** 2)))
    sup, grad = raised(factor * found.sup, 2), raised(factor * found.grad_sup, 2)
    return Field(sizes, Sum(((factor, motion),)), sup, grad, name)


@default_errors
def translation(shape: Any, shift: Any) -> Field:
    """The translation by `shift` pixels, a number for each axis (one number for all): x(u - shift).

    >>> translation((28, 28), (3, 4)).sup
    5.0
    """
    sizes = _shape(shape)
    vector = _vector("shift", shift, len(sizes))
    zero = np.zeros((len(sizes), len(sizes)))
    motion = Affine(zero, np.zeros(len(sizes)), vector)
    name = f"translation({', '.join(f'{v:g}' for v in vector)})"
    return Field(sizes, motion, _length(vector), 0.0, name)


@default_errors
def rotation(shape: Any, angle: float) -> Field:
    """The rotation about the middle of the image by `angle` in radians, anticlockwise; pi/2 is `numpy.rot90`.

    tau(u) = (I - R^{-1})(u - c), |grad tau| = 2 |sin(angle/2)|, and |tau|_inf is taken at the corners.
    """
    sizes, angle = _shape(shape), real("angle", angle)
    if len(sizes) != 2:
        raise ValueError(f"shape must be (height, width) for a rotation; got {sizes}")
    c, s = math.cos(angle), math.sin(angle)
    matrix = np.array([[1 - c, -s], [s, 1 - c]])
    return _about_middle(sizes, matrix, _length(matrix[0]), f"rotation({angle:g})")


@default_errors
def scaling(shape: Any, factor: float) -> Field:
    """The enlargement about the middle of the image by `factor` > 0: tau(u) = (1 - 1/factor)(u - c)."""
    sizes, factor = _shape(shape), real("factor", factor, 1 / _HUGE, _HUGE)
    rate = 1 - 1 / factor
    return _about_middle(sizes, rate * np.eye(len(sizes)), abs(rate), f"scaling({factor:g})")


@default_errors
def sinusoid(
    shape: Any, grad: float = 0.1, wavelength: float = 8.0, *, along: int = 0, moves: int = 0, phase: float = 0.0
) -> Field:
    r"""The field a e_moves sin(2 pi u_along / wavelength + phase), with |grad tau|_inf = grad = 2 pi |a| / wavelength.

    Parameters
    ----------
    shape, grad : as for `field`.
    wavelength : in pixels, > 0.
    along, moves : the axis along which the field varies, and the axis along which it displaces; equal ones compress
        and stretch, different ones shear.
    phase : in radians.
    """
    sizes, grad = _shape(shape), real("grad", grad, 0.0, _HUGE)
    wavelength, phase = real("wavelength", wavelength, 1 / _HUGE, _HUGE), real("phase", phase)
    d = len(sizes)
    for which, axis in (("along", along), ("moves", moves)):
        if integer(which, axis, 0) >= d:
            raise ValueError(f"{which} must be an axis of {sizes}, 0 to {d - 1}; got {axis}")
    k, direction = np.zeros(d), np.zeros(d)
    k[along] = 2 * math.pi / wavelength
    amplitude = grad / k[along]
    if Fraction(amplitude) * Fraction(k[along]) > Fraction(grad):
        amplitude = math.nextafter(amplitude, 0.0)
    direction[moves] = amplitude
    name = f"sinusoid(grad={grad:g}, wavelength={wavelength:g})"
    return Field(sizes, Wave(direction, k, phase), float(amplitude), grad, name)


for _constructor in (elastic, translation, rotation, scaling, sinusoid):
    setattr(field, _constructor.__name__, _constructor)  # field.translation(...), as it reads


# -- how they are made --------------------------------------------------------------------------------


def _still(shape: tuple[int, ...], name: str) -> Field:
    return Field(shape, Sum(()), 0.0, 0.0, name)


def _about_middle(shape: tuple[int, ...], matrix: FloatArray, grad: float, name: str) -> Field:
    """A field whose matrix is a multiple `grad` of a rotation: |tau| is largest at the corners."""
    centre = (np.array(shape) - 1) / 2
    sup = upper_float(Fraction(grad) * Fraction(_length(centre)))
    return Field(shape, Affine(matrix, centre, np.zeros(len(shape))), sup, grad, name)


def _length(vector: FloatArray) -> float:
    """|v|, rounded up."""
    from flint import arb

    with precision(128):
        return upper_float(sum((arb(float(v)) ** 2 for v in vector), arb(0)).sqrt())


def _measured(shape: tuple[int, ...], motion: Motion, name: str) -> Field:
    """The field with its suprema, by search."""
    return Field(shape, motion, *suprema(shape, motion, name), name)


def _shape(shape: Any) -> tuple[int, ...]:
    dense("shape", shape)
    sizes = tuple(np.atleast_1d(np.asarray(shape, dtype=object)).tolist()) if shape is not None else ()
    if len(sizes) not in (1, 2):
        raise ValueError(
            "shape must be the positions, n or (n,) for signals, (height, width) for images, without the axes "
            f"of images and channels; got {shape!r}"
        )
    return tuple(integer("shape", n, 1) for n in sizes)


def _vector(name: str, value: Any, d: int) -> FloatArray:
    if is_real(value):
        return np.full(d, real(name, value, -_HUGE, _HUGE))
    dense(name, value)
    numbers = [real(name, v, -_HUGE, _HUGE) for v in np.atleast_1d(np.asarray(value, dtype=object)).tolist()]
    if len(numbers) != d:
        raise ValueError(f"{name} must have {d} numbers, one for each axis; got {value!r}")
    return np.array(numbers)
