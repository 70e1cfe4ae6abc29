"""Faults noticed here."""
