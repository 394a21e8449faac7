"""What LocalEngine does besides the contract: how it keeps house on this machine."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import pytest
from batch_engines import LIMITS, begun, run, statuses, when_begun

from pipeline.batch.job import NOT_FINAL
from pipeline.batch.local import LocalEngine
from pipeline.batch.process import HUGE_PAGES, tuned
from pipeline.model import Page, Source, UnusedPage
from pipeline.run import read_pages
from pipeline.stages.ingest import OpenDocument
from pipeline.tools import Tools


def test_fewer_tasks_than_workers_start_fewer_processes(tmp_path: Path) -> None:
    run(LocalEngine, tmp_path, ["sleep 0.1"], workers=4)
    assert len({pid for pid, _ in begun(tmp_path)}) == 1


def test_workers_have_large_pages_and_what_people_set_goes_before(tmp_path: Path) -> None:
    def environment_of(pid: int) -> None:
        seen.append(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))

    seen: list[list[bytes]] = []
    looker = when_begun(tmp_path, "000.txt", environment_of)
    run(LocalEngine, tmp_path, ["sleep 1"], workers=1)
    looker.join()
    assert f"GLIBC_TUNABLES={HUGE_PAGES}".encode() in seen[0]
    assert tuned({"GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"})["GLIBC_TUNABLES"].endswith(":glibc.malloc.hugetlb=0")


def test_work_without_end_is_stopped_by_the_kernel(tmp_path: Path) -> None:
    """Pages begin the count anew, and a wait costs nothing."""
    limits = LIMITS.model_copy(update={"worker_cpu_seconds": 1, "page_seconds": 200, "file_seconds": 200})
    outcomes = run(
        LocalEngine,
        tmp_path,
        ["spin 600", "", "spin 0.8 pages 1 spin 0.8 pages 1 spin 0.8 sleep 1"],
        workers=1,
        limits=limits,
    )
    assert statuses(outcomes) == ["timeout", "ok", "ok"]
    assert outcomes["000.txt"].report.reason == "cpu-timeout"
    assert outcomes["000.txt"].seconds < 60  # two of work, however slowly they pass; never the 600 that were asked for


def test_a_worker_that_has_grown_is_replaced(tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"worker_resident_mb": 150})
    outcomes = run(LocalEngine, tmp_path, ["", "", "grow 200", "", ""], workers=1, limits=limits)
    assert statuses(outcomes) == ["ok"] * 5
    pids = [pid for pid, _ in begun(tmp_path)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4]


def test_what_a_dead_worker_left_behind_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    assert statuses(run(LocalEngine, tmp_path, ["litter big", "pages 1"])) == ["crashed", "ok"]
    assert list(place.iterdir()) == []


def test_a_file_left_behind_by_name_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the working folder')")
    monkeypatch.chdir(tmp_path)
    assert statuses(run(LocalEngine, tmp_path, [""])) == ["ok"]


def test_a_disk_that_is_full_or_fails_is_named_as_a_reason_of_the_moment(tmp_path: Path) -> None:
    outcomes = run(LocalEngine, tmp_path, [f"fail {code}" for code in ("ENOSPC", "EDQUOT", "EIO", "EPERM")], workers=1)
    reasons = [outcomes[file].report.reason for file in sorted(outcomes)]
    assert reasons == ["no-space", "no-space", "unreadable", "internal-error"]
    assert [reason in NOT_FINAL for reason in reasons] == [True, True, True, False]


class Failing:
    """A document whose pages cannot be had for a reason of the system."""

    def __init__(self, code: int) -> None:
        self._code = code

    def page(self, source: Source, number: int) -> Page:
        raise OSError(self._code, "as if")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.ENOENT])
def test_what_is_the_machines_fault_is_not_the_pages(tools: Tools, code: int) -> None:
    source = Source("a.pdf", Path("a.pdf"), "0" * 64, "pdf", 2)
    pages = read_pages(OpenDocument(source, source.path, Failing(code)), [0, 1], tools, lambda page, of: None)  # type: ignore[arg-type]
    if code in (errno.EFBIG, errno.ENOENT):
        assert [type(page) for page in pages] == [UnusedPage] * 2
    else:
        with pytest.raises(OSError, match="as if"):
            next(pages)
