"""What a matrix is of, as JSON; and in words, how another one differs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np

from ... import __version__
from ...numbers.precision import cached_property
from .cut import Cut
from .problem import Problem, content_hash, kernels_of, probes

FORMAT = 1
_CLOSE = 1e-10  # values of one kernel on two machines, relative to the largest


@dataclass(frozen=True)
class Data:
    """The shape and the hash of an array of data."""

    shape: tuple[int, ...]
    sha256: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.sha256}.npy"


@dataclass(frozen=True)
class Manifest:
    """What a matrix is of. Probes are values of the kernel, which tell functions of one name from each other."""

    format: int
    version: str
    kernel: str
    probes: tuple[float, ...]
    tangent: bool | Literal["both"]
    normalize: bool
    dtype: str
    x: Data
    y: Data | None
    block: int

    @classmethod
    def of(cls, problem: Problem, block: int) -> Self:
        """That of a matrix which is to be computed."""
        x, y = (None if data is None else Data(data.shape, content_hash(data)) for data in (problem.x, problem.y))
        assert x is not None
        options, kernel = problem.options, problem.kernel
        return cls(
            *(FORMAT, __version__, repr(kernel), tuple(probes(kernel)), options.tangent, options.normalize),
            *(problem.x.dtype.name, x, y, block),
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """That of a file; ValueError where it is none."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            x, y = (
                None if each is None else Data(tuple(map(int, each["shape"])), str(each["sha256"]))
                for each in (found.pop("x"), found.pop("y"))
            )
            assert x is not None and int(found["block"]) > 0
            np.dtype(found["dtype"])
            return cls(**found | {"x": x, "y": y, "probes": tuple(map(float, found["probes"]))})
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
            raise ValueError(
                f"store: {str(path)!r} is damaged, or of another version of kernelspec; where its blocks are to be "
                "kept, remove this file alone, and the same call with the same block writes it again"
            ) from error

    def text(self) -> str:
        """JSON, for people, too."""
        lines = {name: json.dumps(value) for name, value in dataclasses.asdict(self).items()}
        return "{\n" + ",\n".join(f' "{name}": {line}' for name, line in lines.items()) + "\n}\n"

    @cached_property
    def key(self) -> str:
        """A hash of what the matrix is: not of how it is cut, nor of values that machines round."""
        known = dataclasses.asdict(self)
        del known["block"], known["probes"]
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()

    @property
    def cut(self) -> Cut:
        """Its blocks."""
        return Cut(self.x.shape[0], (self.y or self.x).shape[0], self.y is None, self.block, kernels_of(self.tangent))

    def differences(self, other: Manifest) -> list[str]:
        """What is another thing here than there, in words."""
        here, there = dataclasses.asdict(self), dataclasses.asdict(other)
        words = {"format": "version of the format", "version": "version of kernelspec"}
        found = []
        for name in ("format", "version", "kernel", "tangent", "normalize", "dtype", "block"):
            if here[name] != there[name]:
                found.append(f"its {words.get(name, name)} is {there[name]}, not {here[name]}")
        if self.kernel == other.kernel and not _close(self.probes, other.probes):
            found.append(f"its kernel {self.kernel} has other values, of a function that was changed")
        for name in ("x", "y"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                found.append(f"it {'has no' if theirs is None else 'has a'} {name}")
            elif mine.shape != theirs.shape:
                found.append(f"its {name} has shape {theirs.shape}, not {mine.shape}")
            elif self.dtype == other.dtype:
                found.append(f"its {name} holds other numbers")
        return found


def _close(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    size = max(map(abs, (*one, *two)), default=0.0)
    return len(one) == len(two) and all(abs(a - b) <= _CLOSE * size for a, b in zip(one, two, strict=True))
