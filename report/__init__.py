"""The page of a run of the checks, made from plain data, and the book of claims for the page inside the package."""
