"""Strategies for our types, registered with Hypothesis when it is imported: the entry point of the group `hypothesis`.

Hypothesis calls `register` while it is imported, which must not cost the import of our modules: the strategy of a type
is registered once the module that holds the type has been imported by somebody.
"""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from types import ModuleType
from typing import Any

import kernelspec

# By the name under which the package holds a module: names of types in it, or below it, and of their strategies.
_TYPES = {
    "public": {"Zonal": "kernels"},
    "ckn": {"Network": "architectures", "Layer": "layers", "stability.Field": "deformations"},
}


def register() -> None:
    """Register the strategies of the types that are there, and of others when they come."""
    for module in _TYPES:
        kernelspec._when_imported(module, _register)


def _register(name: str, module: ModuleType) -> None:
    from hypothesis import strategies as st

    for path, strategy in _TYPES[name].items():

        def of_type(_: Any, strategy: str = strategy) -> Any:
            return getattr(import_module("kernelspec.testing"), strategy)()

        st.register_type_strategy(attrgetter(path)(module), of_type)
