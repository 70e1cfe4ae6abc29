"""Every claim of the seminar and its papers, checked: ``python -m paper_checks``.

One module per section of the list of claims (``a_sphere.py``, ``b_arccosine.py``, ...); each check
is a generator of evidence, and the verdict is computed from that evidence (see ``registry``).
"""
