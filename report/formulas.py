"""Formulas as MathML, which browsers draw without a script or a network, and the font that they are set in."""

from html import escape
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML

from kernelspec.files.atomic import written_atomically

FONT = "STIXTwoMath-Regular"
_CONVERTER = LatexToMathML(annotation=False)


def mathml(latex: str, display: bool = False) -> str:
    """The MathML of a formula; its LaTeX as code where it cannot be read."""
    try:
        return str(_CONVERTER.convert_with_local_state(latex, displaystyle=display))
    except LatexError:
        return f"<code>{escape(latex)}</code>"


def write_font(folder: Path) -> None:
    """Write the font into a folder, compressed as browsers want it; it lies in a package for drawing formulas."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{FONT}.woff"
    if not path.exists():
        with (files("ziamath") / "fonts" / f"{FONT}.ttf").open("rb") as source, written_atomically(path) as file:
            font = TTFont(source)
            font.flavor = "woff"
            font.save(file)
