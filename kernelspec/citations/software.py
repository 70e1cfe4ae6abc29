"""How the library itself is cited: `CITATION.cff`, which stands at the root of the repository and beside this file in a
wheel, and the version.
"""

from __future__ import annotations

import re
from pathlib import Path

from kernelspec import __version__

_HERE = Path(__file__).parent
_FILES = (_HERE / "CITATION.cff", _HERE.parents[1] / "CITATION.cff")
_FIELD = re.compile(r'^([\w-]+): "?([^"\n]+)"?$', re.MULTILINE)
_NAME = re.compile(r'^  - name: "?([^"\n]+)"?$', re.MULTILINE)  # a person or a group that is named in one piece


def software_bibtex() -> str:
    """The entry of the software, with the version that runs."""
    text = next(path for path in _FILES if path.is_file()).read_text(encoding="utf-8")
    head = text.partition("\nreferences:")[0]
    fields = dict(_FIELD.findall(head))
    entry = {
        "author": " and ".join(f"{{{name}}}" for name in _NAME.findall(head)),
        "title": f"{{{fields['title']}}}: {fields['abstract'].rstrip('.')}",
        "version": __version__,
        "license": fields["license"],
        "year": fields.get("date-released", "")[:4],
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in entry.items() if value)
    return f"@software{{kernelspec,\n{lines}}}"
