"""Times and sizes as people read them."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """A time as text: 0.25 s, 12 s, 3 min 20 s, 2 h 5 min, 11 d 3 h.

    >>> duration_text(7500.0), duration_text(0.254)
    ('2 h 5 min', '0.25 s')
    """
    if seconds < 9.95:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    for unit, size, smaller, count in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // count} {smaller}"
    return f"{whole} s"


def byte_text(count: float) -> str:
    """A number of bytes as text.

    >>> byte_text(1000), byte_text(5 * 2**29)
    ('1000 bytes', '2.5 GiB')
    """
    size, unit = float(count), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"


def counted(count: int, things: str) -> str:
    """A number of things, whose name in the plural ends in s.

    >>> counted(1, "pairs"), counted(3, "pairs")
    ('1 pair', '3 pairs')
    """
    return f"{count} {things.removesuffix('s') if count == 1 else things}"
