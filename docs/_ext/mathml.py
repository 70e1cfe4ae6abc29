"""Formulas as MathML, which every browser draws, made when the site is built; and the font that they are set in.

What the converter cannot read is a warning, hence an error of the build, that names the formula.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from report.formulas import breakable, write_font

_CONVERTER = LatexToMathML(annotation=False)
_log = logging.getLogger(__name__)


def mathml(latex: str, block: bool, place: nodes.Node | None = None) -> str:
    """The MathML of a formula; its LaTeX as text, and a warning, where it cannot be read."""
    # Sphinx sets a displayed formula of several lines as an alignment, and so do we.
    if block and r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    try:
        found = _CONVERTER.convert_with_local_state(latex, displaystyle=block)
    except LatexError as error:
        _log.warning("formula %r: %s", latex, error, location=place)
        return f"<code>{html.escape(latex)}</code>"
    return str(found)


def _inline(self: Any, node: nodes.math) -> None:
    pieces = breakable(mathml(node.astext(), False, node))
    if tail := node.get("tail"):
        last = max(pieces.rfind("<math"), 0)
        pieces = f'{pieces[:last]}<span class="together">{pieces[last:]}{html.escape(tail)}</span>'
    self.body.append(f'<span class="math">{pieces}</span>')
    raise nodes.SkipNode


class Tails(SphinxTransform):
    """Gives a formula the punctuation behind it, which a browser would else put on the next line."""

    default_priority = 900

    def apply(self, **kwargs: Any) -> None:
        """Of one page."""
        for node in list(self.document.findall(nodes.math)):
            behind = node.next_node(descend=False, siblings=True)
            found = re.match(r"[.,;:!?)\]]+", behind.astext()) if isinstance(behind, nodes.Text) else None
            if found is not None:
                node["tail"] = found[0]
                behind.parent.replace(behind, nodes.Text(behind.astext()[found.end() :]))


def _displayed(self: Any, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(mathml(node.astext(), True, node))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _write_font(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        write_font(Path(app.outdir) / "_static")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer, for ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
    app.add_transform(Tails)
    app.connect("build-finished", _write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
