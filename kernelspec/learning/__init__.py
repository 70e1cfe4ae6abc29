"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""

from .comparison import Comparison, compare
from .from_gram import curve_from_gram
from .laws import CurveLaw, Exponent
from .predicted import curve

__all__ = ["Comparison", "CurveLaw", "Exponent", "compare", "curve", "curve_from_gram"]
