"""Results as plain data for JSON, and back: what `saved` writes, type by type.

Plain values stand for themselves. Everything else is an object with a "type", and fields that are such values again.
A dataclass of the list `_CLASSES` is its fields; kernels are their text, balls decimal strings that lose nothing
(`exact_text`). Nothing is run to read it: a type that is not in the list is refused.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..numbers import exact_text
from .exact_records import (
    PACKAGE,
    Fields,
    Json,
    enclosure_data,
    enclosure_of,
    is_enclosure,
    is_of,
    kernel_data,
    kernel_of,
    number_data,
    number_of,
    sympy_data,
)
from .tables import Table
from .value_text import is_ball, is_kernel, is_sympy

if TYPE_CHECKING:
    from ..ckn.layers import Square
    from ..ckn.network import Shapes
    from ..rkhs.verdict import Proof, Verdict
    from ..spectrum.eigenvalue_arrays import Values
    from ..spectrum.spectrum import Spectrum

# Dataclasses that are what their fields say: the name in files, and where the class is.
_CLASSES = {
    "expansion": "expansions.puiseux:Puiseux",
    "decay": "decay.power_laws:Decay",
    "parity": "decay.power_laws:Parity",
    "rate": "decay.rates:Rate",
    "asymptote": "decay.power_laws:Asymptote",
    "decay-fit": "decay.power_laws:DecayFit",
    "remainder": "spectrum.asymptotic:Remainder",
    "verdict": "rkhs.verdict:Verdict",
    "network": "ckn.network:Network",
    "layer": "ckn.layers:Layer",
    "pool": "ckn.layers:Pool",
    "group": "ckn.groups.point_groups:Group",
    "group-network": "ckn.groups.network:Network",
    "group-layer": "ckn.groups.network:Layer",
    "field": "ckn.stability.fields:Field",
    "affine": "ckn.stability.motions:Affine",
    "wave": "ckn.stability.motions:Wave",
    "waves": "ckn.stability.motions:Waves",
    "sum": "ckn.stability.motions:Sum",
    "bound": "ckn.stability.bounds:Bound",
    "norm": "ckn.stability.norms:Norm",
    "readout": "ckn.recovery.linear_readings:Readout",
    "stage": "ckn.recovery.linear_readings:Stage",
    "ridge-path": "learning.path:RidgePath",
    "training": "learning.trained:Training",
}
# Fields that files from before them lack; they have defaults.
_LATER = {"ridge-path": {"residual", "condition", "inverse_diagonal", "dual"}}
_DTYPES = ("float64", "float32", "int64", "int32", "bool", "complex128", "complex64")
_SAFE = 2**53  # integers up to which every reader of JSON agrees
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class _Codec(NamedTuple):
    matches: Callable[[object], bool]
    write: Callable[[Any], Fields]
    read: Callable[[Fields], Any]


@functools.cache
def class_of(name: str) -> type:
    """The dataclass of a name in files."""
    module, _, kind = _CLASSES[name].partition(":")
    found: type = getattr(import_module(f"{PACKAGE}.{module}"), kind)
    return found


def _name_of(value: object) -> str | None:
    """The name in files of a dataclass's own type; only modules that are loaded can have made it."""
    kind = type(value)
    place = f"{kind.__module__.removeprefix(f'{PACKAGE}.')}:{kind.__name__}"
    return next((name for name, where in _CLASSES.items() if where == place), None)


def to_data(value: Any) -> Json:
    """A value as plain data; TypeError that names its type where there is none."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.bool_ | np.integer | np.floating):
        return to_data(value.item())
    if isinstance(value, int):
        return value if abs(value) <= _SAFE else _typed("integer", exact_text.integer_text(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _typed("float", str(float(value)))
    if type(value) is Fraction:
        return _typed("fraction", exact_text.fraction_text(value))
    for name, codec in _codecs().items():
        if codec.matches(value):
            return {"type": name, **codec.write(value)}
    found = _name_of(value)
    if found is not None:
        fields = dataclasses.fields(value)
        return {"type": found, **{f.name: to_data(getattr(value, f.name)) for f in fields}}
    if type(value) in (list, tuple):
        return _typed(type(value).__name__, [to_data(part) for part in value])
    if type(value) is dict and all(isinstance(key, str) for key in value):
        return _typed("dict", [[key, to_data(part)] for key, part in value.items()])
    raise TypeError(
        "result must be a kernel, a spectrum, values or balls of one, a table, an expansion, a decay, a verdict, a "
        "network, a training, a field, a bound, a readout, numbers, arrays, or lists and dicts of these; "
        f"got {type(value).__module__}.{type(value).__name__}"
    )


def from_data(data: Json) -> Any:
    """The value that `to_data` wrote; ValueError where the data are of no known type."""
    if data is None or isinstance(data, bool | str | int | float):
        return data
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise ValueError(f"a value without a type: {str(data)[:60]}")
    name = data["type"]
    rest = {key: part for key, part in data.items() if key != "type"}
    if name in _PLAIN:
        return _PLAIN[name](rest["value"])
    if name in _codecs():
        return _codecs()[name].read(rest)
    if name not in _CLASSES:
        raise ValueError(f"the type {name!r} is not known")
    kind = class_of(name)
    fields = {f.name for f in dataclasses.fields(kind)}
    if not fields - _LATER.get(name, set()) <= set(rest) <= fields:
        raise ValueError(f"a {name} has the fields {', '.join(sorted(fields))}; got {', '.join(rest)}")
    value = kind(**{key: from_data(part) for key, part in rest.items()})
    if name == "verdict":
        _require_agreement(value)
    return value


def _listed(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise ValueError(f"a list was expected; got {str(data)[:60]}")
    return data


def _text(data: Json) -> str:
    if not isinstance(data, str):
        raise ValueError(f"text was expected; got {str(data)[:60]}")
    return data


def _typed(name: str, value: Json) -> Fields:
    return {"type": name, "value": value}


_PLAIN: dict[str, Callable[[Json], Any]] = {
    "integer": exact_text.integer_of,
    "float": lambda word: _WORDS[word],
    "fraction": exact_text.fraction_of,
    "list": lambda parts: [from_data(part) for part in _listed(parts)],
    "tuple": lambda parts: tuple(from_data(part) for part in _listed(parts)),
    "dict": lambda pairs: {_text(key): from_data(part) for key, part in _listed(pairs)},
}


# -- types with a form of their own ----------------------------------------------------------------------


@functools.cache
def _codecs() -> dict[str, _Codec]:
    return {
        "kernel": _Codec(is_kernel, kernel_data, kernel_of),
        "enclosure": _Codec(is_enclosure, enclosure_data, enclosure_of),
        "ball": _Codec(is_ball, exact_text.ball_text, exact_text.ball_of),
        "sympy": _Codec(is_sympy, sympy_data, lambda d: exact_text.sympy_of(d["value"])),
        "number": _Codec(is_of("numbers.constants:Number"), number_data, number_of),
        "spectrum": _Codec(is_of("spectrum.spectrum:Spectrum"), _spectrum, _read_spectrum),
        "values": _Codec(is_of("spectrum.eigenvalue_arrays:Values"), _values, _read_values),
        "table": _Codec(lambda x: isinstance(x, Table), _table, _read_table),
        "array": _Codec(lambda x: type(x) is np.ndarray, _array, _read_array),
        "proof": _Codec(is_of("rkhs.verdict:Proof"), lambda x: {"data": x.data()}, _read_proof),
        "shapes": _Codec(is_of("ckn.network:Shapes"), _shapes, _read_shapes),
        "square": _Codec(is_of("ckn.layers:Square"), lambda x: {}, _read_square),
    }


def _spectrum(s: Spectrum) -> Fields:
    return {"kernel": to_data(s.kernel), "d": s.d}


def _read_spectrum(data: Fields) -> Spectrum:
    from ..spectrum import Spectrum

    return Spectrum(from_data(data["kernel"]), data["d"])


def _values(values: Values) -> Fields:
    return {name: to_data(part) for name, part in values._asdict().items()}


def _read_values(data: Fields) -> Values:
    from ..spectrum.eigenvalue_arrays import Values

    return Values(**{name: from_data(part) for name, part in data.items()})


def _table(table: Table) -> Fields:
    return {
        "columns": list(table.columns),
        "rows": [[to_data(part) for part in row.values()] for row in table],
        "caption": table.caption,
        "headings": table.headings,
        "digits": table.digits,
    }


def _read_table(data: Fields) -> Table:
    columns = _listed(data["columns"])
    rows = [
        dict(zip(columns, [from_data(part) for part in _listed(row)], strict=True)) for row in _listed(data["rows"])
    ]
    return Table(rows, columns, data["caption"], data["headings"], data["digits"])


def _array(value: NDArray[Any]) -> Fields:
    if value.dtype == object:
        return {"dtype": "object", "shape": list(value.shape), "values": [to_data(x) for x in value.flat]}
    if value.dtype.name not in _DTYPES:
        raise TypeError(f"result holds an array of {value.dtype}, and those saved are of {', '.join(_DTYPES)}")
    parts = np.stack([value.real, value.imag], axis=-1) if value.dtype.kind == "c" else value
    return {
        "dtype": value.dtype.name,
        "shape": list(value.shape),
        "values": [to_data(x) for x in parts.ravel().tolist()],
    }


def _read_array(data: Fields) -> NDArray[Any]:
    kind, shape = data["dtype"], tuple(data["shape"])
    values = [from_data(x) for x in _listed(data["values"])]
    if kind == "object":
        out = np.empty(len(values), dtype=object)
        out[:] = values
        return out.reshape(shape)
    if kind not in _DTYPES:
        raise ValueError(f"arrays of {kind!r} are not known")
    of = bool if kind == "bool" else int if kind.startswith("int") else float
    if not all(type(x) is of for x in values):
        raise ValueError(f"an array of {kind} holds values of another type")
    if kind.startswith("complex"):
        real = np.array(values, dtype=f"float{int(kind.removeprefix('complex')) // 2}")
        return real.view(kind).reshape(shape)
    return np.array(values, dtype=kind).reshape(shape)


def _read_proof(data: Fields) -> Proof:
    from ..rkhs.checker import recheck
    from ..rkhs.verdict import Proof

    recheck(data["data"])  # a proof that does not hold is none
    return Proof(data["data"])


def _require_agreement(verdict: Verdict) -> None:
    """ValueError where a verdict says anything but what its proof shows, or decides without one."""
    if verdict.proof is None:
        if verdict.same is not None:
            raise ValueError("a verdict that decides needs a proof")
        return
    data = verdict.proof.data()
    stated = [repr(verdict.kernel), repr(verdict.other)], verdict.d, verdict.same
    bounds = verdict.lower, verdict.upper
    if stated != (data["kernels"], data["d"], data["same"]):
        raise ValueError("the proof is of another verdict")
    if bounds != (float(data["lower"]), float(data["upper"])):
        raise ValueError("the proof shows other bounds than the verdict")


def _shapes(shapes: Shapes) -> Fields:
    return {
        "maps": [[list(size) for size in shape] for shape in shapes],
        "layers": to_data(shapes.layers),
        "channels": shapes.channels,
        "output": shapes.output,
    }


def _read_shapes(data: Fields) -> Shapes:
    from ..ckn.network import LayerShape, Shapes

    shapes = Shapes(LayerShape(*(tuple(size) for size in shape)) for shape in data["maps"])
    shapes.layers, shapes.channels = from_data(data["layers"]), data["channels"]
    shapes.output = data["output"]
    return shapes


def _read_square(data: Fields) -> Square:
    from ..ckn.layers import square

    return square
