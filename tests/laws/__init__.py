"""The table door x law: every public callable of the package against every law that applies to it.

`collect` finds the doors, `rows` has one row for each (or several, one a variant), `kinds` says what a parameter is and
which of its values are wrong, `laws` has a function for each law, and `test_laws` runs all cells that apply.
"""
