"""Files of data, written whole or not at all, and what a report says of the time and the versions."""

import json
import math
import os
import platform
import time
from pathlib import Path
from typing import Any

from kernelspec.cli.version import versions as installed
from kernelspec.files.atomic import write_atomically

_PACKAGES = ("numpy", "scipy", "sympy", "mpmath", "python-flint", "matplotlib", "scikit-learn")


def versions() -> dict[str, str]:
    """Python, the machine's kind, kernelspec and what it stands on."""
    found = installed()
    return {name: found[name] for name in ("python", "system", "kernelspec", *_PACKAGES) if name in found}


def machine() -> dict[str, Any]:
    """The processor and how many cores of it the process may use; not which machine it is."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass  # not Linux: what Python knows of the processor
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": model, "cores": cores}


def created() -> str:
    """The time now in UTC, or SOURCE_DATE_EPOCH where a reproducible build sets it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = float(epoch) if epoch.isdigit() else time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


def write_json(path: Path, data: Any) -> None:
    """Write strict JSON, and the folder that it lies in: numbers that are not finite become text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_finite(data), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, text + "\n")


def read_json(path: Path) -> Any:
    """The contents of a JSON file, None where there is none; ValueError names a broken one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error


def prepared_folder(folder: Path) -> Path:
    """Make the folder and see that a file can be written there; OSError where that is not so."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / ".writable", "")
    (folder / ".writable").unlink()
    return folder


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
