"""What a person looks at: tables, plots and HTML of the library's results, a file for each kind of them.

The results' own methods `table`, `plot` and `_repr_html_` are doors to these functions. Nothing here computes more than
what it shows, and matplotlib is loaded by plots alone (`drawing`).
"""
