"""Tests of the pages in a browser: a package, for its conftest has the name of another."""
