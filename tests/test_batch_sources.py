from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.batch.sources import expand_sources, name_of, sha256_of
from pipeline.errors import UnreadableFile, UsageError


def lay(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def names(sources: list[Path], job: Path) -> list[str]:
    return [entry.file for entry in expand_sources(sources, job)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_searched_sorted_and_only_documents_are_taken(here: Path) -> None:
    lay(here, "in/b/2.PDF", "in/b/10.tiff", "in/a.jpeg", "in/notes.txt", "in/.hidden.pdf", "in/.git/x.pdf", "in/z.webp")
    assert names([Path("in")], here / "out") == ["in/a.jpeg", "in/b/10.tiff", "in/b/2.PDF", "in/z.webp"]


def test_what_is_named_itself_is_taken_whatever_its_name(here: Path) -> None:
    lay(here, "in/.hidden.pdf", "in/page.dat")
    assert names([Path("in/page.dat"), Path("in/.hidden.pdf")], here / "out") == ["in/.hidden.pdf", "in/page.dat"]


def test_one_file_named_in_many_ways_comes_once(here: Path) -> None:
    lay(here, "in/a.pdf")
    (here / "link.pdf").symlink_to(here / "in/a.pdf")
    ways = [
        Path("in/a.pdf"),
        Path("./in/a.pdf"),
        here / "in" / "a.pdf",
        Path("in"),
        Path("in/../in/a.pdf"),
        Path("link.pdf"),
    ]
    assert names(ways, here / "out") == ["in/a.pdf"]


def test_links_that_leave_the_folder_are_not_followed(here: Path) -> None:
    lay(here, "secret/s.pdf", "in/real.pdf", "in/.store/blob.pdf")
    (here / "in/out.pdf").symlink_to(here / "secret/s.pdf")
    (here / "in/away").symlink_to(here / "secret")
    (here / "in/again.pdf").symlink_to("real.pdf")
    (here / "in/stored.pdf").symlink_to(".store/blob.pdf")
    (here / "in/gone.pdf").symlink_to("nothing.pdf")
    (here / "in/loop").symlink_to(".")
    assert names([Path("in")], here / "out") == ["in/gone.pdf", "in/real.pdf", "in/stored.pdf"]


def test_a_job_folder_inside_the_source_is_not_input(here: Path) -> None:
    lay(here, "in/a.pdf", "in/out/export/x.png", "in/old/ledger.sqlite", "in/old/artefacts/y.png", "in/outer/b.pdf")
    assert names([Path("in")], Path("in/out")) == ["in/a.pdf", "in/outer/b.pdf"]


@pytest.mark.parametrize("source", ["nothing", "in/nothing.pdf", "pipe", "out"])
def test_wrong_sources_are_refused(here: Path, source: str) -> None:
    lay(here, "in/a.pdf", "out/b.pdf")
    os.mkfifo(here / "pipe")
    with pytest.raises(UsageError):
        expand_sources([Path("in"), Path(source)], Path("out"))


def test_names_that_are_no_text_can_be_written_and_read(here: Path) -> None:
    lay(here, "in/" + "年" * 80 + ".pdf", "in/e\u0301.pdf", "in/\u00e9.pdf", "in/\u202egpj.pdf")
    Path(os.fsdecode(b"in/\xff\xfe.pdf")).write_bytes(b"raw")
    found = expand_sources([Path("in")], Path("out"))
    assert len(found) == 5
    assert "in/\\xff\\xfe.pdf" in [entry.file for entry in found]
    for entry in found:
        entry.file.encode("utf-8")
        assert len(sha256_of(entry.path)) == 64


def test_a_file_that_has_gone_is_unreadable(here: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.pdf"):
        sha256_of(Path("gone.pdf"))
    with pytest.raises(UnreadableFile, match="not a file"):
        sha256_of(here)


def test_name_of_keeps_text() -> None:
    assert name_of(Path("a/申报 表.pdf")) == "a/申报 表.pdf"
