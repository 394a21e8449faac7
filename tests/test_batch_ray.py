"""RayEngine by itself: the same bytes as on this machine alone, and what is lost with an actor or a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from batch_drive import SLOW, pids_in_log, rest_of, shenbao, start, until_said, write_inputs
from batch_engines import LIMITS, MakeEngine, begun, run, statuses, when_begun

from pipeline.batch.job import run_job, worker_of
from pipeline.batch.listen import Listener
from pipeline.batch.local import LocalEngine
from pipeline.batch.plan import Job
from pipeline.batch.sources import expand_sources
from pipeline.config import load_settings

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_both_engines_write_the_same_bytes(ray_engine: MakeEngine, tmp_path: Path) -> None:
    """Of a file that is read in ranges, and of one that cannot be read."""
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    settings = load_settings()
    cut = settings.model_copy(update={"limits": settings.limits.model_copy(update={"range_pages": 2})})
    written = []
    for name, make in (("local", LocalEngine), ("ray", ray_engine)):
        out = tmp_path / name
        job = Job(expand_sources([SAMPLES / "declarations.pdf", tmp_path / "broken.pdf"], out), out, cut)
        ends = run_job(job, make(2), worker_of(job), Listener())
        assert sorted((ended.status, ended.pages) for ended in ends)[0] == ("failed", None)
        written.append([(out / f"{part}.jsonl").read_bytes() for part in ("records", "documents", "tables")])
    assert len(written[0][0].splitlines()) > 1
    assert written[0] == written[1]


def test_an_actor_that_dies_costs_the_task_it_had_begun(ray_engine: MakeEngine, tmp_path: Path) -> None:
    """And its workers have the priority of ours, so that a busy machine takes as long for them."""
    priorities: list[int] = []

    def kill(pid: int) -> None:
        priorities.append(os.getpriority(os.PRIO_PROCESS, pid))
        os.kill(parent_of(pid), signal.SIGKILL)

    killer = when_begun(tmp_path, "001.txt", kill)
    outcomes = run(ray_engine, tmp_path, ["", "sleep 30", "", ""], workers=1)
    killer.join()
    assert priorities == [os.getpriority(os.PRIO_PROCESS, 0)]
    assert statuses(outcomes) == ["ok", "crashed", "ok", "ok"]
    assert "lost with its actor" in outcomes["001.txt"].report.message


def test_a_cluster_with_fewer_processors_than_workers_has_every_task_done(
    ray_engine: MakeEngine, ray_cluster: Any, tmp_path: Path
) -> None:
    """Those that get no place give back what they were given."""
    workers = int(ray_cluster.cluster_resources()["CPU"]) + 2
    end = time.monotonic() + 60
    outcomes = run(ray_engine, tmp_path, [""] * (workers + 2), workers=workers, halted=lambda: time.monotonic() > end)
    assert statuses(outcomes) == ["ok"] * (workers + 2)
    assert len({pid for pid, _ in begun(tmp_path)}) <= workers - 2


def test_an_actor_that_does_not_answer_runs_out_of_time(ray_engine: MakeEngine, tmp_path: Path) -> None:
    """Stopped together with its process, so that nobody there watches the time."""

    def stop(pid: int) -> None:
        os.kill(parent_of(pid), signal.SIGSTOP)
        os.kill(pid, signal.SIGSTOP)

    stopper = when_begun(tmp_path, "000.txt", stop)
    limits = LIMITS.model_copy(update={"page_seconds": 1.0, "start_seconds": 5.0})
    outcomes = run(ray_engine, tmp_path, ["sleep 30", ""], workers=1, limits=limits)
    stopper.join()
    assert statuses(outcomes) == ["timeout", "ok"]
    assert "did not answer" in outcomes["000.txt"].report.message


@pytest.mark.parametrize("where", ["a cluster", pytest.param("this machine", marks=SLOW)])
def test_the_command_runs_on_ray_and_stops_at_an_interrupt(ray_cluster: Any, tmp_path: Path, where: str) -> None:
    """An interrupt of the whole foreground group, as a terminal sends it: files under way end, nothing is left."""
    address = ray_cluster.get_runtime_context().gcs_address if where == "a cluster" else ""
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"until {go}"] * 6)
    words = ("run", "in", "--out", "out", "--engine", "ray", "--workers", "2", "--json")
    driver = start(tmp_path, *words, start_new_session=True, extra={"RAY_ADDRESS": address})
    end = time.monotonic() + 60
    while len(pids_in_log(tmp_path)) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(driver.pid, signal.SIGINT)
    until_said(driver, "Stopping: files under way")
    go.touch()
    out, _ = rest_of(driver)
    assert (driver.returncode, json.loads(out)["interrupted"]) == (130, True)
    documents = (tmp_path / "out/documents.jsonl").read_text().splitlines()
    pids = pids_in_log(tmp_path)
    assert len(documents) == len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert shenbao(tmp_path, "run", "in", "--out", "out", "--workers", "2")[0] == 0
    assert len((tmp_path / "out/documents.jsonl").read_text().splitlines()) == 6


def test_a_cluster_that_is_not_there_is_said_in_one_line(ray_engine: MakeEngine, tmp_path: Path) -> None:
    write_inputs(tmp_path, [""])
    code, out, err = shenbao(tmp_path, "run", "in", "--out", "out", "--engine", "ray", "--address", "127.0.0.1:9")
    assert (code, out) == (1, "")
    assert "Ray does not answer at 127.0.0.1:9" in err
    assert "Traceback" not in err


def test_without_ray_the_engine_is_refused_with_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('as if it were not installed')")
    words = [sys.executable, "-m", "pipeline", "run", str(SAMPLES / "declarations.pdf"), "--out", "out"]
    path = os.pathsep.join([str(tmp_path), str(SAMPLES.parent)])
    done = subprocess.run(
        [*words, "--engine", "ray"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "pip install 'shenbao[ray]'" in done.stderr) == (2, True)
    assert not (tmp_path / "out/records.jsonl").read_bytes()
