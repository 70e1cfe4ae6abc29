"""The figures: ``python -m figures``.

One module per figure, with

- ``NAME``, the name of its files; ``TITLE`` and ``CAPTION``, text with ``$formulas$``;
- ``ORDER``, its place in the report, if it matters (100 otherwise);
- ``compute(quick=False)``, the data, tested against numbers; with a parameter ``data`` where it can be
  drawn from the data sets of a folder (``--data DIR``), None without;
- ``draw(data)``, a matplotlib ``Figure`` of them. It is called inside `figures.style.paper`.
"""
