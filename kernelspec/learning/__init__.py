"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""

from .measured import MeasuredCurve as MeasuredCurve
from .measured import measured as measured
