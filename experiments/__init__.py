"""Experiments that figures and checks share: data sets, regressions, networks in training, searches, kept results.

They stand on the library and on `oracle`. `figures` and `paper_checks` import them, and never each other
(`tests/test_independence.py` reads the imports).
"""
