"""Number systems, exact numbers, Gamma functions, the precision policy, and the checks of arguments."""
