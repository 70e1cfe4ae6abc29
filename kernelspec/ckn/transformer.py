"""What scikit-learn asks of a transformer, without scikit-learn: parameters, names of features, rows of pixels."""

from __future__ import annotations

import math
import sys
from importlib import import_module
from typing import Any, Self

import numpy as np

from ..numbers.arrays import InPlace
from ..numbers.checks import integer
from ..numbers.estimator_data import points_in
from ..numbers.parameters import change_parameters, not_fitted, parameters_of
from .axes import read_images

OUTPUTS = ("default", "pandas", "polars")


class Transformer:
    """Parameters by name, as `clone` wants them; names of the features; images from rows; `set_output`.

    A class of this kind names its parameters in `_parameters`, keeps them as they were given, checks them in `fit`,
    and has `n_features_out_` once it is fitted.
    """

    _parameters: tuple[str, ...]
    _output: str | None = None
    n_features_in_: int
    n_features_out_: int
    shape: Any

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
        return parameters_of(self)

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters, none where one does not exist. What has been fitted stays until the next fit."""
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

    def _shape_of_rows(self) -> tuple[int, ...] | None:
        """The parameter `shape` checked: None, or two or three sizes, one of which may be -1, as for `reshape`."""
        if self.shape is None:
            return None
        if not isinstance(self.shape, tuple | list) or len(self.shape) not in (2, 3):
            raise TypeError(
                f"shape must be (height, width, channels) or (length, channels), or None for images as they are; got "
                f"{self.shape!r}"
            )
        sizes = tuple(integer("shape", size, None) for size in self.shape)
        if any(size < 1 and size != -1 for size in sizes) or sizes.count(-1) > 1:
            raise ValueError(f"shape must have sizes >= 1, and -1 once at most; got {self.shape!r}")
        return sizes

    def _images(self, x: Any, channels: str | None, fitted: int | None = None) -> Any:
        """The images: rows of numbers, as many as `fitted`, in the shape that is asked for, where one is."""
        shape = self._shape_of_rows()
        if shape is None:
            return read_images(InPlace(), "x", x, channels=channels)
        rows = points_in(x, type(self).__name__, None if fitted is None else (fitted,), "x")
        known = -math.prod(shape) if -1 in shape else math.prod(shape)
        if rows.ndim != 2 or (rows.shape[1] % known if -1 in shape else rows.shape[1] != known):
            raise ValueError(f"x must have rows of numbers that make images of shape {shape}; got shape {rows.shape}")
        return read_images(InPlace(), "x", rows.reshape(len(rows), *shape), channels=channels or "last")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "maps_")

    def _more_tags(self) -> dict[str, Any]:  # what scikit-learn 1.5 asks
        kinds = ["3darray"] if self.shape is None else ["2darray"]
        return {"X_types": kinds, "preserves_dtype": ["float64", "float32"]}

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=["float64", "float32"]),
            input_tags=InputTags(two_d_array=self.shape is not None, three_d_array=self.shape is None),
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
