"""A drop folder: what is dropped ends in done/ or failed/, once, whole, whatever happens meanwhile."""

from __future__ import annotations

import itertools
import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batch_drive import SLOW, shenbao, start

from pipeline.batch import outputs
from pipeline.batch.dropfolder import DropFolder, Settling, move, numbered
from pipeline.batch.ledger import Ledger, open_ledger, read_ledger
from pipeline.batch.lock import run_lock
from pipeline.batch.outputs import Seldom


def drop(folder: Path, orders: dict[str, str]) -> None:
    for name, order in orders.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(order, encoding="utf-8")


def inside(folder: Path) -> dict[str, bytes]:
    """Every file of the drop folder with its bytes, the lock left out."""
    files = [path for path in (folder / "in").rglob("*") if path.is_file() and path.name != "run.lock"]
    return {path.relative_to(folder / "in").as_posix(): path.read_bytes() for path in files}


def documents(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out/documents.jsonl").read_bytes().decode().split("\n")[:-1]]


def watch_once(folder: Path, *words: str) -> tuple[int, str, str]:
    return shenbao(folder, "watch", "in", "--out", "out", "--settle", "0", "--once", *words)


def eventually(true: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def stop(watcher: subprocess.Popen[str]) -> str:
    watcher.send_signal(signal.SIGINT)
    err = watcher.communicate(timeout=120)[1]
    assert watcher.returncode == 130, err
    return err


def test_what_is_dropped_is_read_and_put_away(tmp_path: Path) -> None:
    drop(tmp_path, {"a.pdf": "rest 1", "sub/b.PNG": "rest 2", "bad.pdf": "raise X", "a.docx": "x", ".part.pdf": "x"})
    code, _, err = watch_once(tmp_path)
    assert code == 3, err
    assert set(inside(tmp_path)) == {
        "done/a.pdf", "done/sub/b.PNG", "failed/bad.pdf", "failed/bad.pdf.txt", "a.docx", ".part.pdf",
    }  # fmt: skip
    assert inside(tmp_path)["failed/bad.pdf.txt"].startswith(b"failed (internal-error)\nValueError: X")
    assert [line["file"] for line in documents(tmp_path)] == ["in/a.pdf", "in/bad.pdf", "in/sub/b.PNG"]
    assert watch_once(tmp_path)[0] == 0
    (tmp_path / "in/failed/bad.pdf").rename(tmp_path / "in/bad.pdf")
    code, _, err = watch_once(tmp_path)
    assert (code, "in/bad (2).pdf: failed" in err) == (3, True)


def test_a_name_that_comes_again_does_not_take_the_place_of_the_first(tmp_path: Path) -> None:
    for number in range(3):
        drop(tmp_path, {"scan0001.pdf": f"rest {number}"})
        assert watch_once(tmp_path)[0] == 0
        if number == 0:
            (tmp_path / "in/done/scan0001.pdf").unlink()  # somebody clears away; the ledger still knows the name
    assert inside(tmp_path) == {"done/scan0001 (2).pdf": b"rest 1", "done/scan0001 (3).pdf": b"rest 2"}
    names = [line["file"] for line in documents(tmp_path)]
    assert names == ["in/scan0001 (2).pdf", "in/scan0001 (3).pdf", "in/scan0001.pdf"]
    assert len((tmp_path / "out/records.jsonl").read_text().splitlines()) == 3


def test_workers_stay_from_one_round_to_the_next(tmp_path: Path) -> None:
    """Also after a file that broke, and one that broke its worker costs that worker only."""
    (tmp_path / "in").mkdir()
    watcher = start(tmp_path, "watch", "in", "--out", "out", "--settle", "0", "--workers", "1")
    for number, order in enumerate(["", "raise X", "", "die SIGKILL", ""]):
        drop(tmp_path, {f"{number}.pdf": f"{order} rest {number}"})
        place = tmp_path / "in" / ("failed" if order else "done") / f"{number}.pdf"
        eventually(place.exists)
    stop(watcher)
    pids = [int(line.split()[0]) for line in (tmp_path / "begun").read_text().splitlines()]
    assert pids[0] == pids[1] == pids[2] == pids[3] != pids[4]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    logs = [json.loads(log.read_text("utf-8").splitlines()[-1]) for log in (tmp_path / "out/logs").iterdir()]
    assert [entry["event"] for entry in logs] == ["run-over"] * 5


def test_files_of_a_large_folder_are_written_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writing of two seconds is followed by eighteen of rest; what came meanwhile is due then."""
    clock, written = 100.0, []

    def write(folder: Path, ledger: Ledger) -> None:
        nonlocal clock
        written.append(clock)
        clock += 2.0

    monkeypatch.setattr(outputs, "write_outputs", write)
    files = Seldom(lambda: clock)
    with read_ledger(tmp_path) as ledger:
        for _ in range(60):
            files.write(tmp_path, ledger)
            assert files.stale == (written[-1] < clock - 2.0)
            clock += 1.0
        assert [b - a for a, b in itertools.pairwise(written)] == [20.0, 20.0, 20.0]
        clock += 20.0
        assert files.is_due
        files.write_now(tmp_path, ledger)
        assert not files.stale


def test_a_file_that_still_grows_is_left_alone(tmp_path: Path) -> None:
    drop(tmp_path, {"slow.pdf": ""})
    watcher = start(tmp_path, "watch", "in", "--out", "out", "--settle", "2.5")
    content = b""
    for number in range(34):
        content += b"rest %d " % number
        with (tmp_path / "in/slow.pdf").open("ab") as file:
            file.write(b"rest %d " % number)
        time.sleep(0.1)
    assert inside(tmp_path) == {"slow.pdf": content}
    eventually((tmp_path / "in/done/slow.pdf").exists)
    err = stop(watcher)
    assert inside(tmp_path) == {"done/slow.pdf": content}
    assert (err.count("slow.pdf: ok"), "Stopped watching" in err) == (1, True)


@pytest.mark.parametrize("moments", [4, pytest.param(20, marks=SLOW)])
def test_kills_at_random_moments_lose_no_file(tmp_path: Path, moments: int) -> None:
    orders = {f"{number:02}.pdf": f"pages 1 rest {number}" for number in range(20)}
    drop(tmp_path, orders)
    dice = random.Random(5)
    for _ in range(moments):
        watcher = start(tmp_path, "watch", "in", "--out", "out", "--settle", "0", "--workers", "2")
        time.sleep(dice.uniform(0.5, 2.0))
        watcher.kill()
        watcher.communicate()
        assert sorted(inside(tmp_path).values()) == sorted(order.encode() for order in orders.values())
    assert watch_once(tmp_path)[0] == 0
    assert inside(tmp_path) == {f"done/{name}": order.encode() for name, order in orders.items()}
    assert [line["file"] for line in documents(tmp_path)] == [f"in/{name}" for name in orders]


def test_one_watch_a_folder_and_one_run_a_job_folder(tmp_path: Path) -> None:
    drop(tmp_path, {"a.pdf": "rest 1"})
    (tmp_path / "out").mkdir()
    with run_lock(tmp_path / "out"):
        watcher = start(tmp_path, "watch", "in", "--out", "out", "--settle", "0")
        eventually((tmp_path / "in/working/a.pdf").exists)
        assert watch_once(tmp_path)[0] == 4
    eventually((tmp_path / "in/done/a.pdf").exists)
    err = stop(watcher)
    assert err.count("1 file to go") == 1


def test_the_job_folder_may_lie_inside(tmp_path: Path) -> None:
    drop(tmp_path, {"a.pdf": "rest 1"})
    assert shenbao(tmp_path, "watch", "in", "--out", "in/out", "--settle", "0", "--once")[0] == 0
    assert shenbao(tmp_path, "watch", "in", "--out", "in")[0] == 2


def test_rest_is_told_by_nothing_changing() -> None:
    clock = [0.0]
    settling = Settling(5, lambda: clock[0])
    here = Path(__file__)
    assert settling.stable(iter([here])) == []
    clock[0] = 4.9
    assert settling.stable(iter([here])) == []
    clock[0] = 5.0
    assert settling.stable(iter([here])) == [here]
    assert settling.stable(iter([])) == []
    assert settling.stable(iter([here, here.with_name("gone.pdf")])) == []


def test_a_change_begins_the_rest_anew(tmp_path: Path) -> None:
    clock, path = [0.0], tmp_path / "a.pdf"
    settling = Settling(5, lambda: clock[0])
    for at, content in ((0.0, "a"), (4.0, "ab"), (8.0, "ab")):
        clock[0] = at
        path.write_text(content) if path.exists() is False or path.read_text() != content else None
        assert settling.stable(iter([path])) == []
    clock[0] = 9.0
    assert settling.stable(iter([path])) == [path]


def test_a_move_never_writes_over_and_is_completed_after_a_kill(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / "a.pdf").write_text(str(number))
        move(tmp_path / "a.pdf", tmp_path / "done" / "a.pdf")
    half = tmp_path / "b.pdf"
    half.write_text("4")
    (tmp_path / "done/b.pdf").hardlink_to(half)
    assert move(half, tmp_path / "done" / "b.pdf") == tmp_path / "done/b.pdf"
    assert {path.name: path.read_text() for path in tmp_path.rglob("*.pdf")} == {
        "a.pdf": "1", "a (2).pdf": "2", "a (3).pdf": "3", "b.pdf": "4",
    }  # fmt: skip


def test_long_names_are_shortened_to_be_numbered(tmp_path: Path) -> None:
    name = "年" * 83 + "ab.pdf"
    assert numbered(tmp_path / name, 2).name.encode().__len__() <= 255
    drop(tmp_path, {name: "rest 1"})
    folder = DropFolder(tmp_path / "in", tmp_path / "out")
    folder.prepare()
    (tmp_path / "in/done" / name).write_text("older")
    (tmp_path / "out").mkdir()
    with open_ledger(tmp_path / "out") as ledger:
        place = folder.claim(tmp_path / "in" / name, ledger)
    assert place.read_text() == "rest 1"
    assert place.name.endswith("年 (2).pdf")
    assert [source.path for source in folder.working()] == [place]
