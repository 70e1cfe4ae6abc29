"""Results as tables, as plain data, and in files."""
