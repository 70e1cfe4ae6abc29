"""Every public callable against every law that applies to it, and the table's own completeness."""

from __future__ import annotations

import pytest

from . import laws
from .collect import MAY_BE_ABSENT, doors, parameters, present
from .rows import ROWS
from .table import LAWS, Row

BY_NAME = {row.name: row for row in ROWS}
HERE = [row for row in ROWS if row.door in doors()]
CELLS = [
    (row.name, law) for row in HERE for law in LAWS if not row.reason(law) and not row.lacks(law)
]


@pytest.mark.parametrize(("name", "law"), CELLS, ids=[f"{name}-{law}" for name, law in CELLS])
def test_law(name: str, law: str) -> None:
    row = BY_NAME[name]
    own = row.laws.get(law)
    assert not isinstance(own, str)
    (own or getattr(laws, law))(row)


def test_every_public_name_has_a_row() -> None:
    missing = sorted(set(doors()) - {row.door for row in ROWS})
    assert not missing, "give each of these a row in tests/laws/rows"


def test_every_row_names_a_public_door() -> None:
    absent = [room for room in MAY_BE_ABSENT if not present(room)]
    stale = [
        row.door for row in ROWS if row.door not in doors() and row.door.split(".")[0] not in absent
    ]
    assert not stale
    assert len(BY_NAME) == len(ROWS), "two rows have one name"


def test_no_cell_is_empty_without_a_reason() -> None:
    empty = {f"{row.name}-{law}": row.lacks(law) for row in HERE for law in LAWS if row.lacks(law)}
    silent = [
        f"{row.name}-{law}" for row in HERE for law in row.laws if law in LAWS and not row.laws[law]
    ]
    assert not empty and not silent


def test_every_parameter_has_a_kind() -> None:
    def faults(row: Row) -> set[str]:
        return set(parameters(doors()[row.door])) ^ set(row.given)

    wrong = {row.name: faults(row) for row in HERE if faults(row)}
    assert not wrong, "parameters without a kind, or kinds of no parameter"
