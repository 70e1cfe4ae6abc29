"""The report of the checks: data, the page that shows them, and the lists of claims for the package and the docs."""
