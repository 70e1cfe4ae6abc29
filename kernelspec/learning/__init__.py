"""Learning with kernels: ridge regression, curves that theory predicts, wide networks in training, work in jobs."""

from .comparison import Comparison, compare
from .dynamics import posterior, training
from .finite_width import entry_variance
from .from_gram import curve_from_gram
from .jobs import BlockMatrix, GramPlan, gram_job, open_gram, plan_gram
from .laws import CurveLaw, Exponent
from .measured import MeasuredCurve, measured
from .predicted import curve
from .trained import Training

__all__ = [
    "BlockMatrix",
    "Comparison",
    "CurveLaw",
    "Exponent",
    "GramPlan",
    "MeasuredCurve",
    "Training",
    "compare",
    "curve",
    "curve_from_gram",
    "entry_variance",
    "gram_job",
    "measured",
    "open_gram",
    "plan_gram",
    "posterior",
    "training",
]
