"""Degrees as text: `7`, `0:50` (50 is left out, as in Python), `0:50:2`, `1,5,10`, `0:20,100,1e9`."""

from __future__ import annotations

import argparse
import re

LARGEST = 2**53
MOST = 10**6
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?(?:[eE]\+?(\d{1,3}))?")


def integer(text: str) -> int | None:
    """A whole number >= 0, which may be written 1e9 or 2.5e3; None for other text."""
    match = _NUMBER.fullmatch(text.strip()) if len(text) < 100 else None
    if match is None or not text.isascii():
        return None
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
    fraction = fraction.rstrip("0")
    if len(fraction) > exponent:
        return None
    return int(whole + fraction) * 10 ** (exponent - len(fraction))


def degrees(text: str) -> list[int]:
    """The degrees that a text names, in its order; ArgumentTypeError that says what is wrong."""
    found: list[int] = []
    for part in text.split(","):
        pieces = part.split(":")
        if len(pieces) > 3 or len(pieces) == 1 and not part.strip():
            raise argparse.ArgumentTypeError(f"write degrees like 7, 0:50, 0:50:2, 1,5,10 or 1e9; got {text!r}")
        if len(pieces) == 1:
            found.append(_number(part, 0, text))
        else:
            found += _range(pieces, text)
        if len(found) > MOST:
            raise _too_many(text)
    if not found:
        raise argparse.ArgumentTypeError(f"no degree lies in {text!r} (the end is left out)")
    return found


def _range(pieces: list[str], text: str) -> list[int]:
    if not pieces[1].strip():
        raise argparse.ArgumentTypeError(f"a range of degrees needs an end, as 0:50; got {text!r}")
    start = _number(pieces[0], 0, text) if pieces[0].strip() else 0
    stop = _number(pieces[1], 0, text)
    step = _number(pieces[2], 1, text) if len(pieces) == 3 and pieces[2].strip() else 1
    chosen = range(start, stop, step)
    # `len` counts no more than sys.maxsize, which is above the largest degree.
    if len(chosen) > MOST:
        raise _too_many(text)
    return list(chosen)


def _number(piece: str, lowest: int, text: str) -> int:
    number = integer(piece)
    if number is None or not lowest <= number <= LARGEST:
        what = "a step" if lowest else "a degree"
        raise argparse.ArgumentTypeError(
            f"{what} must be an integer from {lowest} to 2^53, got {piece.strip()!r} in {text!r}"
        )
    return number


def _too_many(text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"at most {MOST} degrees at a time; got {text!r}")
