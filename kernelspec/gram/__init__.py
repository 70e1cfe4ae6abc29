"""Gram matrices: tiles, blocks of work, workers, and matrices in files."""

from .vectors import gram as gram
