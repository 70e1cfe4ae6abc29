"""Faults in the pages of claims: verdicts that are hidden, links astray, formulas torn."""

from __future__ import annotations

from mutants.fault import Fault

_TEXT = ("tests/report/test_report_text.py",)
_PAGES = ("tests/report/test_report_pages.py",)
_SITE = ("tests/paper_checks/test_site_pages.py",)

FAULTS = (
    Fault("report/text.py", '"|": r"\\vert "', '"|": "|"', "a bar of a formula ends a cell", _TEXT),
    Fault("report/text.py", 'return text.replace("|", r"\\|")', "return text", "a bar of code ends a cell", _TEXT),
    Fault("report/text.py", "[-+=#%~:(|]", "[-+=#%~:|]", "a text becomes a target", _TEXT),
    Fault(
        "report/text.py",
        'f"−{-exponent}" if exponent < 0',
        'f"{-exponent}" if exponent < 0',
        "powers lose signs",
        _TEXT,
    ),
    Fault("report/text.py", 'r"(?<![\\w.)])-(?=\\d)"', 'r"-(?=\\d)"', "a hyphen becomes a minus", _TEXT),
    Fault(
        "report/formulas.py", "brackets += (text in _OPENING) - (text in _CLOSING)", "pass", "torn in brackets", _TEXT
    ),
    Fault("report/formulas.py", "in _BREAKS and not sign and", "in _BREAKS and", "torn from its sign", _TEXT),
    Fault(
        "report/formulas.py",
        'text, inside = tag["text"], depth == 1 and',
        'text, inside = tag["text"], True and',
        "torn in fractions",
        _TEXT,
    ),
    Fault("report/formulas.py", "(brackets == 0 or long)", "brackets == 0", "long brackets run out of view", _TEXT),
    Fault(
        "report/evidence.py",
        'if not piece.get("passed", True):\n        return "✗"',
        'if False:\n        return "✗"',
        "failures have the sign of success",
        _TEXT,
    ),
    Fault(
        "report/evidence.py",
        'return "≠" if piece["role"] == "print"',
        'return "✓" if piece["role"] == "print"',
        "a refutation looks like support",
        _TEXT,
    ),
    Fault(
        "report/evidence.py",
        'p["role"] == "print" and p.get("passed", True)',
        'p["role"] == "print"',
        "the print is refuted by what does not",
        _TEXT,
    ),
    Fault(
        "report/evidence.py",
        'f"{number(relative, 3)} rel." if relative',
        'f"{number(relative, 3)}" if relative',
        "a relative tolerance looks absolute",
        _TEXT,
    ),
    Fault(
        "report/claims.py",
        'number = name if name[0] in "CL" else f"C{name}"',
        'number = f"C{name}"',
        "links to L numbers are lost",
        _SITE,
    ),
    Fault(
        "report/claims.py",
        'claim["verdict"] in ERRATA and not claim.get("missing", "unknown")',
        'claim["verdict"] in ERRATA',
        "every corrected statement is proved",
        _PAGES,
    ),
    Fault(
        "report/claims.py",
        'if claim["printed"] and claim["recorded"] == verdict',
        'if claim["printed"]',
        "errata under the wrong title",
        _PAGES,
    ),
    Fault(
        "report/claims.py", 'up = "../" * self.path(page).count("/")', 'up = ""', "links to checks lead nowhere", _SITE
    ),
    Fault("report/html.py", "old.unlink()", "pass", "pages of an earlier run stay", _PAGES),
    Fault(
        "report/book.py",
        '{"passed": True, "exact": False}',
        '{"passed": False, "exact": False}',
        "the kept run loses what failed",
        _PAGES,
    ),
    Fault(
        "paper_checks/site_pages.py",
        '{"verdict": "not run",',
        '{"verdict": claim.verdict,',
        "what has not run has a verdict",
        _SITE,
    ),
)
