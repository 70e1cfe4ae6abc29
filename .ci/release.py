"""Cuts a release: `python .ci/release.py 0.2.0` (or `make release VERSION=0.2.0`), in a clean checkout.

Writes the version where it stands, dates the changes and the citation, commits, and tags; nothing leaves the machine.
`python .ci/release.py --notes 0.2.0` prints what CHANGELOG.md says of a version.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

VERSION = re.compile(r"^__version__ = \"(.*)\"$", re.MULTILINE)
CHANGES = "## Unreleased\n"


def cut(root: Path, version: str, today: str) -> None:
    """Write the version and the date; ValueError where one of them does not fit what is there."""
    module, changes, citation = (root / name for name in ("kernelspec/__init__.py", "CHANGELOG.md", "CITATION.cff"))
    (now,) = VERSION.findall(module.read_text(encoding="utf-8"))
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version) or numbers(version) < numbers(now):
        raise ValueError(f"VERSION must be three numbers, and not below {now}, the version in place; got {version!r}")
    text = changes.read_text(encoding="utf-8")
    if text.count(CHANGES) != 1 or f"\n## {version} " in text:
        raise ValueError(f"CHANGELOG.md must have one section '{CHANGES.strip()}', and none of {version}")
    dated = f"{CHANGES}\n## {version} ({today})\n"
    changes.write_text(text.replace(CHANGES, dated), encoding="utf-8")
    if not notes(root, version):
        changes.write_text(text, encoding="utf-8")
        raise ValueError(f"CHANGELOG.md says nothing below '{CHANGES.strip()}' of what {version} changes")
    module.write_text(VERSION.sub(f'__version__ = "{version}"', module.read_text(encoding="utf-8")), encoding="utf-8")
    lines = [line for line in citation.read_text(encoding="utf-8").splitlines() if "date-released:" not in line]
    lines.insert(next(i for i, line in enumerate(lines) if line.startswith("license:")), f"date-released: {today}")
    citation.write_text("\n".join(lines) + "\n", encoding="utf-8")


def notes(root: Path, version: str) -> str:
    """What CHANGELOG.md says of a version."""
    parts = re.split(r"^## ", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(part.partition("\n")[2].strip() for part in parts if part.split(" (")[0].strip() == version)


def numbers(version: str) -> tuple[int, ...]:
    """1.2.3 as (1, 2, 3)."""
    return tuple(map(int, version.split(".")))


def main(arguments: list[str]) -> int:
    """Cut, commit and tag; or print the notes."""
    root = Path(__file__).resolve().parents[1]

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout

    try:
        match arguments:
            case ["--notes", version]:
                if not (text := notes(root, version)):
                    raise ValueError(f"CHANGELOG.md says nothing of {version}")
                print(text)
            case [version] if not version.startswith("-"):
                if git("status", "--porcelain", "--untracked-files=no"):
                    raise ValueError("the checkout must be clean: commit what was changed")
                if git("tag", "--list", f"v{version}"):
                    raise ValueError(f"there is a tag v{version}")
                git("var", "GIT_COMMITTER_IDENT")  # before anything is written: a commit needs a name
                cut(root, version, datetime.now(UTC).date().isoformat())
                git("commit", "--all", "--message", f"Version {version}")
                git("tag", "--annotate", f"v{version}", "--message", f"Version {version}")
                print(f"Version {version} is committed and tagged. To release it: git push --follow-tags")
            case _:
                print("usage: python .ci/release.py VERSION, or --notes VERSION", file=sys.stderr)
                return 2
    except (ValueError, subprocess.CalledProcessError) as error:
        reason = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else error
        print(f"release: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
