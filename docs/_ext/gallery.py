"""The gallery: a page for each figure, with its picture, its caption, its command and its code.

Pictures are those of `make reproduce` (build/report/figures), the full computations. Where one is not there, the figure
is drawn from a smaller computation into build/gallery, once, and its page says so; with `gallery_draw = 0` it is not
drawn, and its page says that. The pages are written into docs/gallery, which git does not track.
"""

from __future__ import annotations

import importlib
import inspect
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from figures._make import names
from kernelspec import plots

ROOT = Path(__file__).resolve().parent.parent.parent
FULL, QUICK = ROOT / "build" / "report" / "figures", ROOT / "build" / "gallery"
PAGES = ROOT / "docs" / "gallery"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Figure:
    """A figure and the picture that there is of it: what figures.json says, and the folder; no folder where none is."""

    module: str
    name: str
    title: str
    order: int
    caption: str = ""
    seconds: float = 0.0
    quick: bool = False
    folder: Path | None = None

    @property
    def picture(self) -> str:
        """The file of the picture."""
        return f"{self.name}.svg"


def recorded(folder: Path) -> dict[str, dict[str, Any]]:
    """What a run of the figures has said of those that it drew, by their names."""
    try:
        entries = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return {entry["name"]: entry for entry in entries if (folder / f"{entry['name']}.svg").is_file()}


def _figure(module_name: str) -> Figure:
    module = importlib.import_module(f"figures.{module_name}")
    return Figure(module_name, str(module.NAME), str(module.TITLE), int(getattr(module, "ORDER", 100)))


def _with_picture(figure: Figure) -> Figure:
    for folder in (FULL, QUICK):
        entry = recorded(folder).get(figure.name)
        if entry is not None and not (folder == QUICK and _outdated(figure)):
            said = {key: entry[key] for key in ("caption", "seconds")}
            quick = bool(entry.get("quick", folder == QUICK))
            return Figure(figure.module, figure.name, figure.title, figure.order, **said, quick=quick, folder=folder)
    return figure


def _outdated(figure: Figure) -> bool:
    """Whether the code that draws has changed since the picture in build/gallery."""
    drawn = (QUICK / figure.picture).stat().st_mtime
    code = [ROOT / "figures" / f"{figure.module}.py", *(ROOT / "kernelspec" / "plots").glob("*.py")]
    return any(path.stat().st_mtime > drawn for path in code)


def figures_with_pictures(draw: bool) -> list[Figure]:
    """All figures in the order of the report; quick pictures are drawn of those that have none, if `draw`."""
    found = [_with_picture(_figure(name)) for name in names()]
    missing = [figure.module for figure in found if figure.folder is None]
    if draw and missing:
        _log.info("drawing %d figures from small computations, once ...", len(missing))
        command = ["-m", "figures", "--quick", "--format", "svg", "--out", str(QUICK), "--only", ",".join(missing)]
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise ExtensionError(f"the figures could not be drawn:\n{done.stdout}{done.stderr}")
        found = [_with_picture(figure) for figure in found]
    return sorted(found, key=lambda figure: (figure.order, figure.name))


def page(figure: Figure) -> str:
    """The Markdown of a figure's page."""
    lines = ["---", "html_theme.sidebar_secondary.remove: true", "---", f"# {figure.title}", ""]
    if figure.folder is None:
        lines += ["*Not drawn in this build of the site: the command below draws it.*", ""]
    else:
        lines += [
            f"```{{image}} {figure.picture}",
            f":alt: {figure.title}",
            ":width: 100%",
            "```",
            "",
            figure.caption,
            "",
        ]
        lines += [f"*Drawn from {'a smaller' if figure.quick else 'the full'} computation.*", ""]
    drawer = getattr(plots, figure.module, None) if figure.module in plots.__all__ else None
    needed = drawer and [p.name for p in inspect.signature(drawer).parameters.values() if p.default is p.empty]
    if drawer and not needed:
        lines += [
            "```python",
            f">>> drawn = ks.plots.{figure.module}()",
            f'>>> drawn.save("{figure.name}.pdf")',
            "```",
            "",
        ]
    if drawer:
        lines += [
            f"{{py:func}}`kernelspec.plots.{figure.module}` says which kernels, depths and dimensions it takes;",
            "it returns the axes and a table of what is shown. With the caption, from a clone of the repository:",
            "",
        ]
    lines += ["```sh", f"python -m figures --only {figure.module}", "```", "", "## The code", ""]
    paths = [f"figures/{figure.module}.py"]
    if drawer:
        paths.append(Path(str(inspect.getsourcefile(inspect.unwrap(drawer)))).relative_to(ROOT).as_posix())
    for path in paths:
        lines += [f"```{{literalinclude}} ../../{path}", ":language: python", f":caption: {path}", "```", ""]
    return "\n".join(lines)


def _write(app: Sphinx) -> None:
    """The pages, and beside them the pictures, as far as they have changed."""
    figures = figures_with_pictures(bool(int(app.config.gallery_draw)))
    app.gallery_figures = figures
    PAGES.mkdir(exist_ok=True)
    kept = {f"{figure.name}.md" for figure in figures}
    for figure in figures:
        target, text = PAGES / f"{figure.name}.md", page(figure)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
        if figure.folder is not None:
            kept.add(figure.picture)
            shutil.copy2(figure.folder / figure.picture, PAGES / figure.picture)
    for path in PAGES.iterdir():
        if path.name not in kept:
            path.unlink()


class Gallery(SphinxDirective):
    """The thumbnails of all figures, each a link to its page."""

    def run(self) -> list[nodes.Node]:
        """A grid of cards."""
        figures: list[Figure] = self.env.app.gallery_figures
        lines = [":::::{grid} 1 2 2 3", ":gutter: 3", ""]
        for figure in figures:
            lines += [
                "::::{grid-item-card}",
                f":link: gallery/{figure.name}",
                ":link-type: doc",
                ":class-card: thumbnail",
            ]
            if figure.folder is not None:
                lines += [f":img-top: gallery/{figure.picture}", f":img-alt: {figure.title}"]
            lines += ["", figure.title, "::::", ""]
        lines += [":::::", "", "```{toctree}", ":hidden:", "", *(f"gallery/{figure.name}" for figure in figures), "```"]
        self.env.note_dependency(str(QUICK / "figures.json"))
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the writing of the pages."""
    app.add_config_value("gallery_draw", "1", "env")
    app.connect("builder-inited", _write)
    app.add_directive("gallery", Gallery)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
