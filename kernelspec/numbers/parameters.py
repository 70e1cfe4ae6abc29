"""Parameters of estimators by name, as scikit-learn's `clone` and `GridSearchCV` want them, without scikit-learn.

A class names its parameters in `_parameters`, keeps them as they were given, and checks them in its `fit`.
"""

from __future__ import annotations

import sys
from typing import Any


class NotFittedError(ValueError, AttributeError):
    """A method before `fit`; the bases are those of scikit-learn's error of that name."""

    def __reduce__(self) -> tuple[Any, ...]:
        return not_fitted, self.args


def not_fitted(message: str) -> NotFittedError:
    """The error before `fit`; where scikit-learn is loaded, it is scikit-learn's, too."""
    exceptions = sys.modules.get("sklearn.exceptions")
    if exceptions is None:
        return NotFittedError(message)
    both = type("NotFittedError", (NotFittedError, exceptions.NotFittedError), {"__module__": __name__})
    found: NotFittedError = both(message)
    return found


def parameters_of(estimator: Any) -> dict[str, Any]:
    """The parameters by name."""
    return {name: getattr(estimator, name) for name in estimator._parameters}


def change_parameters(estimator: Any, parameters: dict[str, Any]) -> None:
    """Change parameters; ValueError, and no change, where one does not exist."""
    kind = type(estimator)
    unknown = [name for name in parameters if name not in estimator._parameters]
    if unknown:
        raise ValueError(f"{kind.__name__} has no parameter {unknown[0]!r}; it has {', '.join(estimator._parameters)}")
    for name, value in parameters.items():
        setattr(estimator, name, value)
