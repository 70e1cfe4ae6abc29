"""`kernelspec explore`: the interactive pages."""

from __future__ import annotations

from typing import Any

from .errors import DONE, UsageError
from .parser import Parser, whole


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
    made.add_argument("--page", metavar="NAME", help="the page to open")
    made.add_argument(
        "--port", metavar="N", type=whole(1, 65535), help="the port (default: one that is free)"
    )
    made.add_argument(
        "--no-browser", action="store_true", help="print the address, and open no browser"
    )
    return made.finished()


def run(options: Any) -> int:
    """Serve until it is interrupted."""
    try:
        from kernelspec.explore import serve
    except ImportError as error:
        if (error.name or "").partition(".")[
            0
        ] == "kernelspec" and error.name != "kernelspec.explore":
            raise
        raise UsageError("the pages need an extra: pip install 'kernelspec[explore]'") from None
    serve(page=options.page, port=options.port, open_browser=not options.no_browser)
    return DONE
