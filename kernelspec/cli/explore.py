"""`kernelspec explore`: the interactive pages."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import DONE
from .parser import Parser, whole

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "explore",
        """
        Opens the interactive pages in a browser, or prints their address where there is none: type a kernel, move a
        slider, see. They are served on this machine alone (the loopback address, with a token) until Ctrl-C. Needs the
        extra `explore`: pip install 'kernelspec[explore]'.
        """,
        (),
    )
    made.add_argument(
        "--page", metavar="NAME", help="the page to open, such as kernel, or an address that somebody sent"
    )
    made.add_argument("--port", metavar="N", type=whole(1, 65535), help="the port (default: one that is free)")
    made.add_argument("--no-browser", action="store_true", help="print the address, and open no browser")
    return made.finished()


def run(options: Namespace) -> int:
    """Serve until it is interrupted."""
    explore = import_module("kernelspec.explore")
    explore.serve(page=options.page, port=options.port, open_browser=not options.no_browser)
    return DONE
