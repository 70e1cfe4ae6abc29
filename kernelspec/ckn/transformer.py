"""What scikit-learn asks of a transformer, without scikit-learn: parameters, names of features, data frames."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Self

import numpy as np

from ..numbers.parameters import change_parameters, not_fitted, parameters_of

OUTPUTS = ("default", "pandas", "polars")


class Transformer:
    """Parameters by name, as `clone` wants them; names of the features; `set_output`.

    A class of this kind names its parameters in `_parameters`, keeps them as they were given, checks them when it is
    made, and has `n_features_out_` once it is fitted.
    """

    _parameters: tuple[str, ...]
    _output: str | None = None
    n_features_out_: int

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
        return parameters_of(self)

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters; none is changed where one is wrong. What has been fitted stays until the next fit."""
        change_parameters(self, parameters)
        return self

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """The names of the features, the name of the class and a number: an array of text of `n_features_out_`.

        `input_features` is ignored: pixels have no names. Raises `NotFittedError` before `fit`.
        """
        if not self.__sklearn_is_fitted__():
            raise not_fitted(
                f"this {type(self).__name__} has no features yet: call fit(X) before get_feature_names_out"
            )
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{i}" for i in range(self.n_features_out_)], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """What `transform` returns: "default", an array; "pandas" or "polars", a data frame. None changes nothing."""
        if transform is not None and transform not in OUTPUTS:
            raise ValueError(f"transform must be one of {', '.join(OUTPUTS)}; got {transform!r}")
        if transform is not None:
            self._output = transform
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "maps_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=["float64", "float32"]),
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )

    def _made(self, features: Any) -> Any:
        """Features as they are wanted: by `set_output`, or else by scikit-learn's configuration."""
        output = self._output
        if output is None and "sklearn" in sys.modules:
            output = sys.modules["sklearn"].get_config().get("transform_output")
        if output in (None, "default"):
            return features
        names = [f"{type(self).__name__.lower()}{i}" for i in range(features.shape[1])]
        if output == "pandas":
            return import_module("pandas").DataFrame(features, columns=names, copy=False)
        return import_module("polars").DataFrame(features, schema=names, orient="row")
