"""What every page of HTML has to be: well formed, with nothing fetched from a network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

VOID = {"meta", "br", "img", "link", "hr", "input", "col", "wbr"}


class Audit(HTMLParser):
    """Checks that tags are balanced and identifiers unique; `files` are those beside the page that it names."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.files: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("iframe", "object", "embed")
        for name, value in attrs:
            value = value or ""
            assert not name.startswith("on"), f"{name} on <{tag}>"
            assert name not in ("srcset", "data", "poster")
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src") and value.startswith("#"):
                self.references.append(value[1:])
            elif name == "src" or (name == "href" and not (tag == "a" and re.match("https?://", value))):
                assert not re.match(r"\w+:|//", value), f"<{tag} {name}={value[:80]!r}>"
                self.files.append(unquote(value))


def audit(page: str, folder: Path | None = None) -> Audit:
    """Check a page; with its folder, also that what it names lies there, with the anchors that it names."""
    parser = Audit()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    assert set(parser.references) <= set(parser.ids)
    assert "@import" not in page and "url(" not in page
    for named in parser.files if folder is not None else ():
        path, _, anchor = named.partition("#")
        assert folder is not None and (folder / path).exists(), named
        if anchor and path.endswith(".html"):
            assert f'id="{anchor}"' in (folder / path).read_text(encoding="utf-8"), named
    return parser
