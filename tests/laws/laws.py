"""The laws: each is a function of a row, and fails where the door breaks it."""

from __future__ import annotations

import functools
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest

from kernelspec.gram import blocks

from .collect import INTERNAL, classes
from .comparison import held_arrays, plain, same, taken
from .table import Row, leaves

# -- what is computed --------------------------------------------------------------------------------


def values(row: Row) -> None:
    """The values of an independent computation."""
    assert row.oracle is not None
    for change in ({}, *row.also):
        found = row.call(**change)
        wanted = leaves(row.oracle(**{**row.arguments, **change}))
        assert len(found) == len(wanted), f"{change}: {found} are not {wanted}"
        for one, two in zip(found, wanted, strict=True):
            if isinstance(two, np.ndarray) and two.dtype.kind in "fc":
                one = np.asarray(one)
                assert one.shape == two.shape, f"{change}: shape {one.shape}, not {two.shape}"
                size = float(np.abs(two[np.isfinite(two)]).max(initial=0.0))
                atol = row.atol + row.norm * size
                np.testing.assert_allclose(one, two, row.rtol, atol, err_msg=str(change))
            elif isinstance(two, np.ndarray):
                np.testing.assert_array_equal(one, two, err_msg=str(change))
            else:
                assert one == two, f"{change}: {one!r} is not {two!r}"


def symmetry(row: Row) -> None:
    """f(x, y) is the transpose of f(y, x)."""
    assert row.symmetric is not None
    one, two = row.symmetric
    x, y = row.arguments[one], row.arguments[two]
    if y is None:  # with itself
        found = row.call()
        same([each.T for each in found], found, 0.0, "transposed")
        same(row.call(**{two: x.copy()}), found, row.rounding or 4e-16, "beside a copy of itself")
        return
    found = row.call(**{one: y, two: x})
    same([each.T if each.ndim > 1 else each for each in found], row.call(), row.rounding, "exchanged")


# -- one row, many rows, their order, their scale ----------------------------------------------------


def single(row: Row) -> None:
    """Row by row, and in two parts, the results are those of all rows together."""
    everything = row.call()
    for name, kind in row.batches.items():
        value = np.asarray(kind.value)
        parts = [np.arange(value.shape[0]) == i for i in range(value.shape[0])]
        half = np.arange(value.shape[0]) < value.shape[0] // 2
        for part in (*parts, half, ~half):
            found = row.call(**{name: value[part]})
            same(found, taken(everything, kind.axes, np.flatnonzero(part)), row.rounding, f"{name}: {part}", everything)
        if kind.scalars:
            for i, number in enumerate(value.tolist()):
                raw = row.raw(**{name: number})
                assert row.laws.get("numbers") or plain(raw), f"{name} = {number} gives {raw!r}, no number"
                result = row.read(raw)
                for one, each in zip(leaves(result), everything, strict=True):
                    assert one.shape == each.shape[1:], f"{name} = {number}: shape {one.shape}"
                    same([one], [each[i]], row.rounding, f"{name} = {number}", [each])
            grid = value.reshape(2, -1)
            wanted = [each.reshape(grid.shape + each.shape[1:]) for each in everything]
            same(row.call(**{name: grid}), wanted, row.rounding, f"{name} of two axes")


def one_row(row: Row) -> None:
    """One row alone has the shape and the values of a batch of one."""
    for name, kind in row.batches.items():
        first = row.call(**{name: np.asarray(kind.value)[:1]})
        twice = row.call(**{name: np.repeat(np.asarray(kind.value)[:1], 2, axis=0)})
        everything = row.call()
        same(first, taken(everything, kind.axes, [0]), row.rounding, name, everything)
        same(taken(twice, kind.axes, [0]), first, row.rounding, f"{name}, twice one row", everything)


def permutation(row: Row) -> None:
    """Rows in another order give results in that order."""
    for name, kind in row.batches.items():
        value = np.asarray(kind.value)
        order = np.roll(np.arange(value.shape[0])[::-1], 1)
        found = row.call(**{name: value[order]})
        same(found, taken(row.call(), kind.axes, order), row.rounding, name)


def empty(row: Row) -> None:
    """No rows give no results, of the same dtype; or the error that says why not."""
    for name, kind in row.batches.items():
        nothing = np.asarray(kind.value)[:0]
        if kind.empty is not None:
            with pytest.raises(ValueError, match=kind.empty):
                row.call(**{name: nothing})
            continue
        wanted = taken(row.call(), kind.axes, np.arange(0))
        same(row.call(**{name: nothing}), wanted, 0.0, f"no {name}")


def scale(row: Row) -> None:
    """A power of two in an array is a power of two in the result, down to tiny and up to huge numbers."""
    everything = row.call()
    for name, degree in row.degree.items():
        for exponent in row.scales:
            power = degree * exponent
            assert power == int(power)
            found = row.call(**{name: np.ldexp(row.arguments[name], exponent)})
            wanted = [np.ldexp(each, int(power)) for each in everything]
            same(found, wanted, row.rounding, f"2^{exponent} {name}")


# -- arrays: dtype, memory, layout -------------------------------------------------------------------


def dtype(row: Row) -> None:
    """float32 stays float32 where that is the rule, with its values; everything else is read as float64."""
    arrays = row.arrays
    integers = {name for name, kind in arrays.items() if kind.dtype == "integers"}
    for name in integers:
        everything = row.call()
        for kind in (np.int32, np.uint32, np.uint64):
            found = row.call(**{name: np.asarray(row.arguments[name]).astype(kind)})
            same(found, everything, 0.0, f"{name} of {kind.__name__}")
    floats = {name: kind for name, kind in arrays.items() if name not in integers}
    if not floats:
        return
    short = {name: np.asarray(kind.value, np.float32) for name, kind in floats.items()}
    exact = row.call(**{name: each.astype(np.float64) for name, each in short.items()})
    found = row.call(**short)
    if any(kind.dtype == "float64" for kind in floats.values()):
        same(found, exact, 0.0, "float32")
    else:
        wanted = [each.astype(np.float32) if each.dtype == np.float64 else each for each in exact]
        same(found, wanted, row.short, "float32")
        # float32 beside float64 is read as float64.
        for name in list(short) if len(short) > 1 else ():
            mixed = {each: array.astype(np.float64) for each, array in short.items() if each != name}
            same(row.call(**{name: short[name], **mixed}), exact, row.rounding, f"{name} of float32")
    with np.errstate(over="ignore"):
        half = {name: np.asarray(kind.value, np.float16) for name, kind in floats.items()}
    if all(np.isfinite(each).all() for each in half.values()) and not row.laws.get("float16"):
        wider = row.call(**{name: each.astype(np.float32) for name, each in half.items()})
        same(row.call(**half), wider, 0.0, "float16")
    whole = {name: np.rint(np.asarray(kind.value)) for name, kind in floats.items()}
    if not row.laws.get("integers"):
        as_integers = row.call(**{name: each.astype(np.int64) for name, each in whole.items()})
        same(as_integers, row.call(**whole), 0.0, "integers")


def untouched(row: Row) -> None:
    """Arrays that may only be read are read only; nothing of them, nor of a cache, is in the result."""
    arrays = {name: np.array(kind.value) for name, kind in row.arrays.items()}
    before = {name: each.tobytes() for name, each in arrays.items()}
    first = row.raw(**arrays)
    for name, each in arrays.items():
        assert each.tobytes() == before[name], f"{name} was written to"
        for held in held_arrays(first):
            assert not np.shares_memory(held, each), f"the result holds the memory of {name}"
        each.setflags(write=False)
    found = [np.array(each) if isinstance(each, np.ndarray) else each for each in leaves(row.read(first))]
    same(row.call(**arrays), found, row.rounding, "arrays that are read only")
    for held in held_arrays(first):
        if held.flags.writeable and held.dtype.kind in "fiu":
            held[...] = 7
    same(row.call(**arrays), found, row.rounding, "after the first result was overwritten")


def layout(row: Row) -> None:
    """The same numbers in another order in memory, in strides, in the other byte order, or as a list."""
    everything = row.call()
    for name, kind in row.arrays.items():
        value = np.asarray(kind.value)
        wide = np.zeros([2 * n for n in value.shape], value.dtype)
        wide[tuple(slice(None, None, 2) for _ in value.shape)] = value
        variants = {
            "in Fortran's order": np.asfortranarray(value),
            "in strides": wide[tuple(slice(None, None, 2) for _ in value.shape)],
            "backwards": np.ascontiguousarray(value[::-1])[::-1] if value.ndim else value,
            "in the other byte order": value.astype(value.dtype.newbyteorder("S")),
            **({"as a list": value.tolist()} if kind.lists else {}),
        }
        for what, each in variants.items():
            same(row.call(**{name: each}), everything, row.rounding, f"{name} {what}")


# -- the process -------------------------------------------------------------------------------------


def threads(row: Row) -> None:
    """As many threads as one likes give what one gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_LIGHT", 0)  # numbers below which one thread does all
        alone = row.call(**{**row.large, "threads": 1})
        for count in (2, 3, None):
            same(row.call(**{**row.large, "threads": count}), alone, row.rounding, f"{count} threads")


def seterr(row: Row) -> None:
    """NumPy's error state of a careful user counts for nothing and is left alone; no warning comes out."""
    for change in ({}, *row.also, *row.extreme, *_tiny(row)):
        careful = outcome(row, change, "raise")
        same(outcome(row, change, "warn"), careful, row.rounding, f"{change}")


def _tiny(row: Row) -> Iterator[dict[str, Any]]:
    """Where results scale with arrays: every other row so small that its squares underflow beside those of others."""
    if row.degree:
        yield {
            name: np.ldexp(
                kind.value, -600 * (np.arange(len(kind.value)) % 2).reshape(-1, *[1] * (np.ndim(kind.value) - 1))
            )
            for name, kind in row.batches.items()
            if row.degree.get(name)
        }


def outcome(row: Row, change: Any, how: Literal["raise", "warn"]) -> list[Any]:
    forget()
    row = row.but(of=getattr(row.of, "__wrapped__", row.of))  # an object that has read nothing yet
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all=how, under="raise" if how == "raise" else "ignore"):
            before = np.geterr()
            result = row.raw(**change)
            assert np.geterr() == before, "the error state was changed"
    kind = type(result)
    foreign = any(base.__module__.startswith("matplotlib") for base in kind.__mro__)
    if kind.__module__.startswith("kernelspec") and not foreign and kind.__name__ not in INTERNAL:
        public = any(base in classes() for base in kind.__mro__)
        assert public, f"{kind.__name__}, which {row.door} returns, has no rows: add it to `collect`"
    return leaves(row.read(result))


def forget() -> None:
    """Empty the caches of the package: what was read from one says nothing about the computation."""
    modules = tuple(name for name in sys.modules if name.startswith("kernelspec"))
    for cached in _caches(modules):
        cached.cache_clear()


@functools.lru_cache(maxsize=1)
def _caches(modules: tuple[str, ...]) -> list[Any]:
    several = (each for name in modules for each in vars(sys.modules[name]).values())
    return [each for each in several if isinstance(each, functools._lru_cache_wrapper)]


# -- what is refused ---------------------------------------------------------------------------------


def _refuses(row: Row, law: str, words: str = "") -> None:
    """Every value that the law refuses is, by an error that names the parameter and has one of the words."""
    for name, value in row.refused(law):
        word = row.named.get(name, name)
        said = None
        try:
            with np.errstate(all="ignore"):
                result = row.raw(**{name: value})
        except (TypeError, ValueError) as error:
            said = str(error)
        except Exception as error:
            pytest.fail(f"{name} = {value!r} raises {type(error).__name__}: {error}")
        if said is None:
            pytest.fail(f"{name} = {value!r} is not refused; it gives {result!r}"[:600])
        assert re.search(rf"\b{word}\b", said), f"{name} = {value!r}: the error does not name it: {said}"
        assert re.search(words, said), f"{name} = {value!r}: the error is about something else: {said}"


def masked(row: Row) -> None:
    """A mask would be lost: masked arrays and numbers are refused by the parameter's name."""
    _refuses(row, "masked", "mask")


def finite(row: Row) -> None:
    """NaN and infinity are refused by the parameter's name."""
    _refuses(row, "finite", "finite|NaN|nan|inf")


def types(row: Row) -> None:
    """Wrong types and values out of range are refused by the parameter's name."""
    _refuses(row, "types")
