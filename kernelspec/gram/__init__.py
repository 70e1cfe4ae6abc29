"""Gram matrices: tiles, blocks of work, workers, and matrices in files."""

from .diagonal import diagonal as diagonal
from .vectors import gram as gram
