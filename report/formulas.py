"""Formulas as MathML, which browsers draw without a script or a network, and the font that they are set in."""

import functools
import io
import re
from html import escape
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML

from kernelspec.files.atomic import write_atomically

FONT = "STIXTwoMath-Regular"
_CONVERTER = LatexToMathML(annotation=False)
_TAG = re.compile(r"<(?P<end>/?)(?P<name>\w+)(?P<more>[^>]*)>(?:(?P<text>[^<]*)</mo>)?")
_OPENING, _CLOSING = tuple("([{⟨⌊⌈"), tuple(")]}⟩⌋⌉")
_LONG = 40  # letters
_BREAK = "</math><wbr><math>"
_BREAKS = ("=", "≤", "≥", "&lt;", "&gt;", "∼", "→", "≈", "≍", "∈", "⇔", "⇒", "+", "−")  # a line may end before these


def mathml(latex: str, display: bool = False) -> str:
    """The MathML of a formula; its LaTeX as code where it cannot be read."""
    try:
        return str(_CONVERTER.convert_with_local_state(latex, displaystyle=display))
    except LatexError:
        return f"<code>{escape(latex)}</code>"


def breakable(formula: str) -> str:
    """A formula in a line of text as several, between which the line may end: before a relation, after a comma.

    Browsers break no line inside of MathML. Nothing is parted inside of fractions and scripts, and inside of brackets
    only where the formula is long.
    """
    found: list[str] = []
    depth = brackets = end = 0
    long = len(re.sub("<[^>]*>", "", formula)) > _LONG
    for tag in _TAG.finditer(formula):
        found.append(formula[end : tag.start()])
        end = tag.end()
        text, inside = tag["text"], depth == 1 and (brackets == 0 or long)
        if tag["name"] != "mo" or text is None:
            depth += -1 if tag["end"] else not tag["more"].endswith("/")
            found.append(tag[0])
            continue
        brackets += (text in _OPENING) - (text in _CLOSING)
        sign = 'lspace="0" rspace="0"' in tag["more"]  # of what follows it
        if inside and text in _BREAKS and not sign and not formula[: tag.start()].endswith("<math>"):
            more = tag["more"].replace(' form="infix"', "")
            found.append(f'{_BREAK}<mo form="infix"{more}>{text}</mo>')
        else:
            found.append(tag[0] + (_BREAK if inside and text == "," else ""))
    return "".join([*found, formula[end:]])


def write_font(folder: Path) -> None:
    """Write the font into a folder, compressed as browsers want it; it lies in a package for drawing formulas."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{FONT}.woff"
    if not path.exists():
        write_atomically(path, _font())


@functools.cache
def _font() -> bytes:
    package = find_spec("ziamath")  # not imported: it would load what draws
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the font of formulas is that of ziamath, which is not installed")
    font = TTFont(Path(package.submodule_search_locations[0]) / "fonts" / f"{FONT}.ttf")
    font.flavor = "woff"
    found = io.BytesIO()
    font.save(found)
    return found.getvalue()
