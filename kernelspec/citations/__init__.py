"""The papers that results rest on: the bibliography (`bibliography`), and what finds in it what a thing names (`cite`).

Neither is imported here: `cite` is a public name, which waits for no bibliography.
"""
