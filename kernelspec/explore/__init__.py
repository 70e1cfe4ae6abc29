"""Interactive exploration in the browser: `kernelspec explore`, or `ks.explore.serve()` (extra `explore`: marimo).

Every page is one file of `pages/`, a marimo notebook that lays out widgets; what it shows is made by plain functions
of this package, which need no marimo.

- `server`, `front`: serves the pages on the loopback address, behind a token; the list of pages
- `jobs`, `worker`: computes views in processes of their own, which can be stopped
- `view`, `drawn`: what a view is: parts to show, code that makes them anew, files to take away; figures as SVG
- `fields`, `address`: what a person typed, and the state of a page in its address
- `kernel`, `compare`, `functions`, `images`, `claims`: the views of the pages
- `layout`: the widgets that all pages have
"""

from __future__ import annotations

__all__ = ["serve"]


def serve(page: str | None = None, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the pages on this machine alone, until interrupted; see `kernelspec.explore.server.serve`."""
    from .server import serve

    serve(page, port, open_browser)
