"""The tables of claims 60 and 61: kernel ridge regression on MNIST, Fashion-MNIST and Cifar10.

A row is data (`setups.rows`), and so are the printed numbers (`printed`). `run.run_row` measures one row on one split;
`run.run` measures many and keeps them in a file of JSON (`records`), in which a rerun finds what it need not measure
again; `records.merge` puts files together, and `show.compared` sets them beside the printed numbers. The command is
``python -m experiments table mnist --data DIR --out FILE.json``.

    >>> import io
    >>> from experiments.tables import pools, run, setups, show
    >>> rows = setups.chosen("mnist", ["RF"], [2, 3])
    >>> results = run.run(rows, pools.small("mnist"), run.Options(train=100, test=50), out=io.StringIO())
    >>> show.compared(results).column("row")
    ['RF, L = 2', 'RF, L = 3']
"""
