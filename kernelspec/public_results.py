"""The public names that need more than kernels: half as much again to import, which waits for the first of them."""

from .citations.cite import cite as cite
from .results.saved import load as load
from .results.saved import save as save
from .results.tables import Table as Table
from .rkhs import same_rkhs as same_rkhs
