"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""

from .laws import CurveLaw, Exponent
from .measured import MeasuredCurve, measured
from .predicted import curve

__all__ = ["CurveLaw", "Exponent", "MeasuredCurve", "curve", "measured"]
