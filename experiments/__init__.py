"""Experiments that figures and checks share: data sets, regressions, networks in training, searches, kept results.

``python -m experiments table`` runs the tables of MNIST, Fashion-MNIST and Cifar10 (`experiments.tables`).

They stand on the library, on `oracle`, and on `report`, which writes files. `figures` and `paper_checks` import them,
and never each other (`tests/test_independence.py` reads the imports).
"""
