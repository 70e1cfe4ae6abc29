"""The planted faults as data, and one trial in a tree of two files."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from mutants import Fault, faults
from mutants.trial import copied, file_of, try_one
from paper_checks.registry import discover

ROOT = Path(__file__).resolve().parent.parent
ALL = [fault for several in faults().values() for fault in several]


@pytest.mark.parametrize("file", sorted({fault.file for fault in ALL}))
def test_every_fault_of_a_file_can_be_planted_and_is_python(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    tree = ast.dump(ast.parse(text))
    for fault in (f for f in ALL if f.file == file):
        assert ast.dump(ast.parse(fault.planted(text))) != tree, fault.name


def test_faults_are_told_apart_and_name_what_exists() -> None:
    twice = [name for name, times in Counter(f.name for f in ALL).items() if times > 1]
    assert not twice
    claims = {claim.number for section in discover() for claim in section.claims}
    for fault in ALL:
        assert fault.tests and set(fault.checks) <= claims, fault.name
        for test in fault.tests:
            name = test.partition("::")[2]
            text = (ROOT / file_of(test)).read_text(encoding="utf-8")
            assert not name or f"def {name.partition('[')[0]}(" in text, fault.name


def _tree(folder: Path) -> Path:
    (folder / "two.py").write_text("def two():\n    return 1 + 1\n\n\nthree = 2 + 1\n")
    (folder / "test_two.py").write_text(
        "import two\n\n\ndef test_two():\n    assert two.two() == 2\n"
    )
    return folder


def test_a_fault_is_noticed_survives_or_cannot_be_planted(tmp_path: Path) -> None:
    tests = ("test_two.py",)
    wrong = Fault("two.py", "1 + 1", "1 - 1", "the other sign", tests)
    unseen = Fault("two.py", "2 + 1", "2 - 1", "the other sign of three", tests)
    absent = Fault("two.py", "1 + 2", "1", "not there", tests)
    broken = Fault("two.py", "1 + 1", "1 +", "no Python", tests)
    with copied(_tree(tmp_path)) as tree:
        outcomes = [try_one(tree, fault, 60) for fault in (wrong, unseen, absent, broken)]
        assert (tree.root / "two.py").read_text() == (tmp_path / "two.py").read_text()
    assert [outcome.noticed for outcome in outcomes] == [True, False, False, True]
    assert outcomes[0].by == ("test_two.py::test_two",)
    assert outcomes[1].missed == ("tests",) and not outcomes[1].problem
    assert "0 times" in outcomes[2].problem
