"""RayEngine over two nodes, started as on two machines: each takes part, and the bytes are those of this one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from batch_drive import ROOT, SLOW, pids_in_log, rest_of, shenbao, start, write_inputs

pytestmark = SLOW
SAMPLES = ROOT / "sample_docs"
UP_SECONDS = 90
FILES = ("records.jsonl", "documents.jsonl", "tables.jsonl")
OPEN = {"RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0"}
"""Between processes of this machine, so no token is laid down in a home; workers do not give way to other work, as
Ray has them do: on a busy machine their deadlines would pass."""
COUNT = "import ray, sys; ray.init(sys.argv[1], log_to_driver=False); print(sum(n['Alive'] for n in ray.nodes()))"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a cluster of two nodes with one processor each, both on this machine but with all their own processes."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'shenbao[ray]'")
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    folder = tempfile.mkdtemp(prefix="ray-")  # short: sockets lie in it
    head = ("--head", "--port", place.rpartition(":")[2], "--include-dashboard=false", "--temp-dir", folder)
    try:
        with node(*head):
            until_alive(place, 1)
            with node("--address", place):
                until_alive(place, 2)
                yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def node(*words: str) -> Iterator[None]:
    command = [str(Path(sys.executable).with_name("ray")), "start", "--block", "--disable-usage-stats", *words]
    command += ["--node-ip-address", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--num-cpus=1", "--object-store-memory=100000000"],
        env={**os.environ, **OPEN, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def until_alive(place: str, nodes: int) -> None:
    end = time.monotonic() + UP_SECONDS
    while time.monotonic() < end:
        words = [sys.executable, "-c", COUNT, place]
        done = subprocess.run(words, env={**os.environ, **OPEN}, capture_output=True, text=True, check=False)
        if done.stdout.strip() == str(nodes):
            return
        time.sleep(0.5)
    raise AssertionError(f"{nodes} nodes are not up: {done.stderr}")


def start_on(address: str, folder: Path, workers: int) -> tuple[subprocess.Popen[str], list[int]]:
    """Start the command on the cluster, and return it and its workers when every one of them has begun something."""
    words = ("run", "in", "--out", "out", "--engine", "ray", "--address", address, "--workers", str(workers))
    driver = start(folder, *words, extra=OPEN)
    end = time.monotonic() + UP_SECONDS
    while len(pids_in_log(folder)) < workers:
        if driver.poll() is not None or time.monotonic() > end:
            driver.kill()
            raise AssertionError(rest_of(driver)[1])
        time.sleep(0.05)
    return driver, pids_in_log(folder)


def ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        yield pid
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def node_of(pid: int) -> int:
    """Given a worker, return the process of the node that it belongs to."""
    return next(one for one in ancestors(pid) if b"raylet" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")[0])


def test_each_node_takes_its_part_of_a_run(address: str, tmp_path: Path) -> None:
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"until {go}"] * 4)
    driver, pids = start_on(address, tmp_path, 2)
    nodes = set(map(node_of, pids))
    go.touch()
    rest_of(driver)
    assert len(nodes) == 2
    assert driver.returncode == 0
    assert len((tmp_path / "out/documents.jsonl").read_text().splitlines()) == 4


def test_two_nodes_write_what_one_machine_writes(address: str, tmp_path: Path) -> None:
    """Documents read whole and in ranges, with and without a text layer, and one that cannot be read."""
    settings = tmp_path / "cut.yaml"
    shipped = (ROOT / "configs/pipeline.yaml").read_text(encoding="utf-8")
    settings.write_text(shipped.replace("range_pages: 25", "range_pages: 2 "), encoding="utf-8")
    (tmp_path / "in").mkdir()
    for name in ("declarations.pdf", "other.pdf", "photo.jpg"):
        shutil.copyfile(SAMPLES / name, tmp_path / "in" / name)
    (tmp_path / "in/broken.pdf").write_bytes(b"%PDF-1.4 broken")
    written = []
    for name, words in (("local", ()), ("ray", ("--engine", "ray", "--address", address))):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pipeline", "run", "in", "--out", name, "--workers", "2"),
                *("--config", str(settings), *words),
            ],
            cwd=tmp_path,
            env={**os.environ, **OPEN, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3, done.stderr
        assert len((tmp_path / name / "documents.jsonl").read_text().split('"status": "failed"')) == 2, done.stderr
        written.append([(tmp_path / name / file).read_bytes() for file in FILES])
    assert len(written[0][0].splitlines()) > 5
    assert written[0] == written[1]


def test_a_node_that_goes_costs_what_it_had_begun_and_the_run_ends(address: str, tmp_path: Path) -> None:
    """A third node is taken away while it works; the others read the rest."""
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"until {go}"] * 4)
    with node("--address", address):
        until_alive(address, 3)
        driver, _ = start_on(address, tmp_path, 3)
    go.touch()
    rest_of(driver)
    assert driver.returncode == 3
    first = (tmp_path / "out/documents.jsonl").read_text()
    assert first.count('"status": "crashed"') == 1
    assert len(first.splitlines()) == 4
    assert shenbao(tmp_path, "run", "in", "--out", "out", "--workers", "2", "--retry", "failed")[0] == 0
    assert len((tmp_path / "out/documents.jsonl").read_text().splitlines()) == 4
