"""Results in files: `save` and `load`, as JSON that loses nothing.

A file is one JSON object:

- "kernelspec": the version of the format, 1;
- "result": the value (`records`): kernels as their text, balls as the decimal strings of middle and radius, exactly;
- "sha256": of the result's text, so that a file that was damaged, or changed by hand, is told from a whole one.

Proofs are checked again when they are read (`rkhs.recheck`). Loading runs nothing that is in the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NoReturn

from ..files.atomic import FilePath, file_path, write_atomically

VERSION = 1


def save(result: object, path: FilePath) -> None:
    """Write a result to a file, as JSON, whole or not at all; a file of that name is replaced.

    Parameters
    ----------
    result : a kernel, a spectrum, its values or balls, a table, an expansion, a decay, a verdict with its proof, a
        network, a training, a field, a bound, a readout; numbers and arrays; and lists, tuples and dicts of these.
    path : of a file in a folder that exists.

    Raises TypeError for any other result, and for kernels whose text is not read back: functions of one's own, and
    kernels of one's own classes.

    >>> import tempfile, pathlib, kernelspec as ks
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "mu.json"
    ...     ks.save(ks.ntk(3).spectrum(4).certified(20, digits=30), path)
    ...     ks.load(path)
    [7.50350273249447416578999341536e-6 +/- ...e-36]
    """
    from .records import to_data

    where = file_path(path)
    try:
        data = to_data(result)
    except RecursionError:
        raise TypeError("result must be nested less deeply than Python's limit, and not hold itself") from None
    content = {"kernelspec": VERSION, "sha256": _digest(data), "result": data}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # halves of UTF-16 pairs, which JSON writes as numbers
        text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_atomically(where, text)


def load(path: FilePath) -> Any:
    """The result that `save` wrote to a file.

    Raises TypeError for what is no path, OSError where the file cannot be read, and ValueError, in one sentence, where
    it is no such file, of another version, damaged, of an unknown type, or holds a proof that does not hold.
    """
    from .records import from_data

    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the path of a file; got {path!r}")
    name = os.fspath(path)
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refused)
    except (ValueError, RecursionError):  # JSON and Unicode, and integers of more digits than Python reads
        raise ValueError(f"path must be a file that ks.save wrote; {name!r} is no JSON") from None
    if not isinstance(content, dict) or "kernelspec" not in content:
        raise ValueError(f"path must be a file that ks.save wrote; {name!r} is none")
    if content["kernelspec"] != VERSION or isinstance(content["kernelspec"], bool):
        raise ValueError(
            f"path: {name!r} is of version {content['kernelspec']!r} of the format, and this library reads {VERSION}"
        )
    if set(content) != {"kernelspec", "sha256", "result"}:
        raise ValueError(f"path: {name!r} lacks a part of what ks.save writes, or has more")
    if content["sha256"] != _digest(content["result"]):
        raise ValueError(f"path: {name!r} was damaged or changed after it was written")
    try:
        return from_data(content["result"])
    except KeyError as reason:
        raise ValueError(f"path: {name!r} cannot be read: it has no {reason}") from reason
    except (ValueError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError) as reason:
        raise ValueError(f"path: {name!r} cannot be read: {reason}") from reason


def _digest(data: object) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _refused(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
