"""Checks of the arguments of public functions: an argument is right, or the error says why.

One function for each kind of argument, and every public function of the package uses these: whole numbers (`integer`,
`dimension`), real numbers (`real`), truth values (`flag`), arrays (`array`, `real_array`, `reals`, `degrees`,
`cosines`). The parameter's name comes first. Each returns the argument in the form that the formulas want, or raises
TypeError (the wrong kind) or ValueError (the wrong value) with the name of the parameter, the constraint and the value.

NumPy's scalars, and its arrays without axes, are numbers. What holds less than it shows is refused: the mask of a
masked array would be lost, and the entries of a sparse matrix are not those of an array.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, SupportsIndex, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
T = TypeVar("T")
# What is called with work and its length, and passes the work on, as tqdm does: progress(work, total=...).
Progress: TypeAlias = Callable[..., Any]
# A float where a number was asked about, an array where many were: a caller knows which, and the type does not say.
Numbers: TypeAlias = Any

# Beyond 2^53 a float64 no longer tells neighbouring integers apart.
LARGEST_INTEGER = 2**53
# A recurrence takes a few microseconds per degree: this one, seconds.
LARGEST_RECURRENCE = 10**6
_ROUNDING = 4 * np.finfo(np.float64).eps


# -- numbers and words -------------------------------------------------------------------------------


def dimension(d: SupportsIndex) -> int:
    """Return d as an int from 2 on."""
    return integer("d", d, 2)


def integer(
    name: str, value: Any, lowest: int | None, highest: int = LARGEST_INTEGER, *, whole_floats: bool = False
) -> int:
    """Return value as an int from lowest to highest (2^53), of any size where lowest is None.

    A truth value is refused, and a float is.

    With `whole_floats`, floats that are integers count: 1e9 bytes.
    """
    kind = "an integer" if lowest is None else f"an integer >= {lowest}"
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be {kind}, got the truth value {value!r}")
    dense(name, value)
    whole = whole_floats and isinstance(value, float | np.floating) and float(value).is_integer()
    try:
        number = int(value) if whole else operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name} must be {kind}, got {value!r}") from error
    if lowest is not None and not lowest <= number <= highest:
        most = "2^53" if highest == LARGEST_INTEGER else str(highest)
        raise ValueError(f"{name} must be an integer from {lowest} to {most}, got {number}")
    return number


def memory_size(value: SupportsIndex | float) -> int:
    """Return a number of bytes as an int from 1 on; 1e9 counts."""
    return integer("memory", value, 1, whole_floats=True)


def is_real(value: object) -> bool:
    """Whether value is one real number, of Python or NumPy; a truth value is none."""
    if isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
        return value.ndim == 0 and value.dtype.kind in "iuf"
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def real(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite real number from low to high as a float."""
    if not is_real(value):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # a Python integer beyond the range of floats
        number = math.inf
    if not (math.isfinite(number) and low <= number <= high):
        within = f"finite and at least {low:g}" if low > -math.inf else "finite"
        within = f"from {low:g} to {high:g}" if high < math.inf else within
        raise ValueError(f"{name} must be {within}, got {value!r}")
    return number


def exponent(d: int, nu: Any) -> float:
    """Return nu as a float for which (1-t)^nu has eigenvalues on S^{d-1}: nu > -(d-1)/2."""
    if isinstance(nu, (bool, np.bool_, complex)):
        raise TypeError(f"nu must be a real number, got {nu!r}")
    dense("nu", nu)
    try:
        number = float(nu)
    except (TypeError, ValueError) as error:
        raise TypeError(f"nu must be a real number, got {nu!r}") from error
    if not -(d - 1) / 2 < number <= 1e15:
        raise ValueError(f"nu must be finite, > -(d-1)/2 = {-(d - 1) / 2} and <= 1e15, got {nu!r}")
    return number


def flag(name: str, value: object) -> bool:
    """Return a truth value of Python or NumPy as a bool."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def choice(name: str, value: Any, known: tuple[str, ...]) -> str:
    """One of the known words; TypeError or ValueError otherwise."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {', '.join(known)}; got {value!r}")
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}")
    return str(value)


def random_generator(rng: Any) -> np.random.Generator:
    """Return the generator that rng is, or is the seed of."""
    dense("rng", rng)
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(f"rng must be a seed or a Generator; got {rng!r}") from error


def check_progress(progress: object) -> None:
    """TypeError for what cannot be called."""
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be a callable such as tqdm, or None; got {progress!r}")


def shown(progress: Progress, work: Iterable[T], total: int) -> Iterable[T]:
    """What progress(work, total=total) returns; TypeError where that cannot be iterated over."""
    found = progress(work, total=total)
    if not isinstance(found, Iterable):
        raise TypeError(
            f"progress must return an iterable over what it is given, as tqdm does; {progress!r} returned {found!r}"
        )
    return found


def watched(progress: Progress | None, work: Iterable[T], total: int) -> Iterator[T]:
    """All steps of the work in their order, seen by progress."""
    steps = iter(work)
    if progress is not None:
        seen = shown(progress, work, total)
        # An iterator is read by progress itself; of a sequence, it may pass on what it likes.
        yield from seen if steps is work else (step for _, step in zip(seen, steps, strict=False))
    yield from steps  # what a progress that stopped early has left


# -- arrays ------------------------------------------------------------------------------------------


def dense(name: str, value: object) -> None:
    """TypeError for a masked array, alone or in a list, and for a sparse matrix of any library."""
    if type(value) is np.ndarray or isinstance(value, np.generic | float | int):
        return
    if isinstance(value, list | tuple):
        # One look for each type of entry, so that long lists cost little.
        for entry in {type(entry): entry for entry in value}.values():
            if not isinstance(entry, float | int | str):
                for each in value if isinstance(entry, list | tuple) else (entry,):
                    dense(name, each)
        return
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} must not be a masked array, as its mask would be lost; fill it with values (.filled) or leave "
            "the masked entries out"
        )
    modules = [kind.__module__.split(".") for kind in type(value).__mro__]
    strided = str(getattr(value, "layout", "strided")).endswith("strided")
    if any("sparse" in words and words[0] != "pandas" for words in modules) or (
        any(words[0] == "torch" for words in modules) and not strided
    ):
        kind = type(value).__name__
        raise TypeError(
            f"{name} must be a dense array; got a sparse {kind}; .toarray() (SciPy), .todense() or .to_dense() "
            "(PyTorch) makes it one"
        )
    if any("maskedtensor" in words for words in modules):
        raise TypeError(f"{name} must not be a masked tensor, as its mask would be lost")


def array(name: str, value: object) -> NDArray[Any]:
    """Return value as a NumPy array of any dtype, in the machine's byte order."""
    dense(name, value)
    try:
        found = np.asarray(value)
    except ValueError as error:
        if isinstance(value, list | tuple):
            raise ValueError(f"{name} must be an array; its rows have different sizes") from error
        raise ValueError(f"{name} must be an array; got {type(value).__name__}: {error}") from error
    except (TypeError, RuntimeError) as error:  # tensors on other devices, or with gradients
        raise TypeError(
            f"{name} must be a NumPy array, or be read as one; got {type(value).__name__}: {error}"
        ) from error
    return found if found.dtype.isnative else found.astype(found.dtype.newbyteorder("="))


def real_array(name: str, value: object, finite: bool = True) -> NDArray[Any]:
    """Return real numbers as float32 or float64 (integers, and longer floats, as float64; float16 as float32)."""
    found = array(name, value)
    if found.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a real array; got dtype {found.dtype}")
    if found.dtype == np.float16:
        found = found.astype(np.float32)
    elif found.dtype not in (np.float32, np.float64):
        found = found.astype(np.float64)
    if finite and not np.all(np.isfinite(found)):
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    return found


def reals(name: str, value: ArrayLike, finite: bool = True) -> FloatArray:
    """Return real numbers, one or many, as float64."""
    found = array(name, value)
    if found.dtype.kind not in "iuf" and found.size:
        raise TypeError(f"{name} must be a real number or an array of them, got {value!r}")
    found = found.astype(np.float64)
    if finite and not np.all(np.isfinite(found)):
        raise ValueError(f"{name} must be finite, got {float(found[~np.isfinite(found)].flat[0])}")
    return found


def degrees(name: str, value: object, least: int = 0) -> FloatArray:
    """Return integers >= least, one or many, as exact float64."""
    found = array(name, value)
    if found.size == 0:
        return np.zeros(found.shape)
    if found.dtype == object and all(type(x) is int for x in found.flat):
        raise ValueError(f"{name} must be an integer from {least} to 2^53, got {found.flat[0]}")
    if found.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers from {least} to 2^53, one integer or an array; got {value!r}")
    if found.min() < least or found.max() > LARGEST_INTEGER:
        wrong = found.min() if found.min() < least else found.max()
        raise ValueError(f"{name} must be an integer from {least} to 2^53, got {wrong}")
    return found.astype(np.float64)


def cosines(t: ArrayLike, name: str = "t") -> FloatArray:
    """Return t as float64 in [-1, 1]; at most 4 ulp outside are taken for rounding."""
    found = reals(name, t)
    outside = ~(np.abs(found) <= 1.0 + _ROUNDING)
    if np.any(outside):
        raise ValueError(f"{name} must lie in [-1, 1], got {float(found[outside].flat[0])!r}")
    return np.clip(found, -1.0, 1.0)


def broadcast(**several: NDArray[Any]) -> list[NDArray[Any]]:
    """Return arrays, under their names, in one shape."""
    try:
        return list(np.broadcast_arrays(*several.values()))
    except ValueError as error:
        shapes = " and ".join(str(array.shape) for array in several.values())
        names = " and ".join(several)
        raise ValueError(f"{names} must have shapes that broadcast; got {shapes}") from error


def scalar_or_array(value: FloatArray) -> Numbers:
    """Return a float in place of an array without axes."""
    return float(value) if np.ndim(value) == 0 else value
