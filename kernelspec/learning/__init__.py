"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""

from .comparison import Comparison, compare
from .finite_width import entry_variance
from .from_gram import curve_from_gram
from .jobs import BlockMatrix, GramPlan, gram_job, open_gram, plan_gram
from .laws import CurveLaw, Exponent
from .measured import MeasuredCurve, measured
from .predicted import curve

__all__ = [
    "BlockMatrix",
    "Comparison",
    "CurveLaw",
    "Exponent",
    "GramPlan",
    "MeasuredCurve",
    "compare",
    "curve",
    "curve_from_gram",
    "entry_variance",
    "gram_job",
    "measured",
    "open_gram",
    "plan_gram",
]
