"""Files written whole or not at all."""

import os
from pathlib import Path

import pytest
from expressions import untyped

from kernelspec.files.atomic import file_path, write_atomically


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content in ("old", "μ", b"\x00new"):
        write_atomically(path, content)
        expected = content.encode() if isinstance(content, str) else content
        assert path.read_bytes() == expected
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "old")

    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no room"):
        write_atomically(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_errors_of_the_system_name_the_file_and_not_its_temporary_name(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(path, "new")
    assert caught.value.filename == str(path)


def test_paths_at_the_door(tmp_path: Path) -> None:
    assert file_path(tmp_path / "a.SVG", ".svg") == tmp_path / "a.SVG"
    with pytest.raises(TypeError, match=r"path must be the path of a file; got 3"):
        file_path(untyped(3))
    with pytest.raises(ValueError, match=r"path must be the path of a file; .* is a folder"):
        file_path(tmp_path)
    with pytest.raises(ValueError, match=r"path must lie in a folder that exists; got .*nowhere"):
        file_path(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(ValueError, match=r"path must end in .svg or .pdf; got .*a.gif"):
        file_path(tmp_path / "a.gif", ".svg", ".pdf")
