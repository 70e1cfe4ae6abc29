"""The papers that results rest on: the bibliography, and `cite`."""
