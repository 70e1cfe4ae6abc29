"""Faults of what is cited, and of the page of measured speeds."""

from __future__ import annotations

from mutants.fault import Fault

_CITE, _BIBLIOGRAPHY, _PAGE = (
    "kernelspec/citations/cite.py",
    "kernelspec/citations/bibliography.py",
    "benchmarks/page.py",
)
_TESTS = ("tests/citations/test_cite.py",)
_NAMES = ("tests/citations/test_bibliography.py",)

FAULTS = (
    Fault(
        _CITE,
        '(given and sys.modules[base.__module__].__doc__) or ""',
        '""',
        "the module that proves a result is not read",
        _TESTS,
    ),
    Fault(
        _CITE,
        'inside += [] if kind is thing else getattr(thing, "__dict__", {}).values()',
        "inside += []",
        "what a result holds is not read",
        _TESTS,
    ),
    Fault(
        _CITE,
        "elif not holder and not isinstance(thing, list | tuple | dict):",
        "elif not holder and not seen and not isinstance(thing, list | tuple | dict):",
        "what is nothing of the library is taken",
        _TESTS,
    ),
    Fault(
        _CITE,
        "if not _is_ours(kind):",
        "if _is_ours(kind):",
        "the class of one's own kernel is not read, and those of the library are",
        _TESTS,
    ),
    Fault(
        _CITE,
        "dict.fromkeys(map(type, atoms(kernel)))",
        "(type(kernel),)",
        "one's own kernel inside an expression is not read",
        _TESTS,
    ),
    Fault(
        _CITE,
        'stated += [dual.__doc__ or "", sys.modules[dual.__module__].__doc__ or ""]',
        "pass",
        "the dual of an activation is not read",
        _TESTS,
    ),
    Fault(
        _CITE,
        "inside += [thing.__self__] if inspect.ismethod(thing) else []",
        "pass",
        "a method is cited without what it belongs to",
        _TESTS,
    ),
    Fault(
        _CITE,
        "[] if inspect.ismodule(thing) else [base",
        "[base",
        "the package is taken for one of its results",
        _TESTS,
    ),
    Fault(
        _BIBLIOGRAPHY,
        'rf"(?<!& )(?<![\\w-]){listed},? \\(?{year}(?!\\d)"',
        'rf"(?<![\\w-]){listed},? \\(?{year}(?!\\d)"',
        "the last author of another paper is a name",
        _NAMES,
    ),
    Fault(
        _BIBLIOGRAPHY,
        "clause = _CLAUSE.split(text[end:], maxsplit=1)[0]",
        "clause = text[end:]",
        "a word of another clause tells papers apart",
        _NAMES,
    ),
    Fault(
        _PAGE,
        "100 * (1 + written) / row['ratio']",
        "100 / row['ratio']",
        "the result is written for nothing",
        ("tests/benchmarks/test_performance_page.py",),
    ),
    Fault(
        _PAGE,
        "(n**3 / 3 + 2 * n * n * OUTPUTS)",
        "(2 * n**3 / 3 + 2 * n * n * OUTPUTS)",
        "the flops of Cholesky twice",
        ("tests/benchmarks/test_performance_page.py",),
    ),
)
