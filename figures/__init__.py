"""The figures: ``python -m figures``.

One module per figure, with

- ``NAME``, the name of its files; ``TITLE`` and ``CAPTION``, text with ``$formulas$``, or ``caption(data)``, where the
  text follows the data;
- ``ORDER``, its place in the report, if it matters (100 otherwise);
- ``compute(quick=False, *, dims=..., depths=...)``, the data, tested against numbers. Its keywords are the options of
  the command line (``--set``), by their types; with a parameter ``data`` it can be drawn from the data sets of a folder
  (``--data DIR``), None without;
- ``draw(data, width)``, a matplotlib ``Figure`` of them, so many inches wide. It is called inside
  `kernelspec.plots.layout.lettering`;
- ``table(data)``, the numbers as a `kernelspec.Table` (``--csv``); ``latex(data)``, where a table for a paper
  belongs to the figure.

What needs nothing but the library is a function of `kernelspec.plots`; its module here has title, caption and defaults.
"""
