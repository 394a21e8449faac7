"""Messages to a real receiver on this machine that fails, dawdles, vanishes and comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sinks_job import FORM, many, record, write_job

from pipeline.batch.ledger import connected_ledger, read_ledger
from pipeline.cli import main
from pipeline.errors import ShenbaoError, UsageError
from pipeline.feed.export import Order, Outcome
from pipeline.feed.export import export as export_order
from pipeline.feed.outbox import Outbox
from pipeline.feed.post import Line, checked_url
from pipeline.feed.signing import headers_of, key_of
from pipeline.feed.webhook import DELAYS, Delivered, Sender, deliver
from pipeline.sinks.lines import Seen, records_of

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
Answerer = Callable[[dict[str, Any]], int]


class Receiver:
    """Takes messages, checks each signature, and answers as it is told. got: what it answered with 2xx to."""

    def __init__(self) -> None:
        self.answer: Answerer = lambda message: 204
        self.go = threading.Event()
        self.go.set()
        self.headers: dict[str, str] = {}
        self.seen: list[dict[str, Any]] = []
        self.got: list[dict[str, Any]] = []
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in?to=us"

    def start(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.handle(self, body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def handle(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        message = {**json.loads(body), "id": handler.headers["webhook-id"], "path": handler.path, "body": body}
        signed = f"{message['id']}.{handler.headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        assert handler.headers["webhook-signature"] == f"v1,{expected}"
        assert abs(int(handler.headers["webhook-timestamp"]) - time.time()) < 60
        self.seen.append(message)
        self.go.wait()
        status = self.answer(message)
        if 200 <= status < 300:
            self.got.append(message)
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def ids(self) -> list[str]:
        return [message["data"]["record_id"] for message in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.go.set()
    made.stop()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def sent(job: Path, receiver: Receiver, timeout: float = 30.0, **more: Any) -> Delivered:
    """One run of the outbox that does not sleep between attempts."""
    with connected_ledger(job) as ledger:
        line = Line(receiver.url, timeout)
        try:
            sender = Sender(line, KEY, sleep=lambda seconds: None, **more)
            return deliver(Outbox(ledger, receiver.url), lambda: records_of(job), sender)
        finally:
            line.close()


def ordered(job: Path, url: str, secret: str | None = SECRET, **more: Any) -> Outcome:
    return export_order(Order(job, url, job / "export", [FORM], secret=secret, **more))


def test_each_record_is_delivered_once(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(3))
    assert ordered(job, receiver.url).records == 6
    assert sorted(receiver.ids()) == sorted(one["record_id"] for one in records_of(job))
    assert {(message["type"], message["path"]) for message in receiver.got} == {("record.changed", "/in?to=us")}
    assert receiver.got[0]["data"] == next(records_of(job))
    assert ordered(job, receiver.url) == Outcome((), 0, (), {"waiting": 0}, done=True)
    assert len(receiver.seen) == 6


def test_a_new_version_has_an_id_of_its_own_and_a_lost_record_is_told(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(2, 1))
    for status in ("续建", "新建", "续建"):
        write_job(job, {**many(2, 1), "in/000.pdf": [record("in/000.pdf", 1, status=status)]})
        sent(job, receiver)
    write_job(job, {"in/000.pdf": [record("in/000.pdf", 1)]})
    assert sent(job, receiver).sent == 1
    assert [one["data"].get("data", {}).get("status") for one in receiver.got] == ["续建", "续建", "新建", "续建", None]
    assert (receiver.got[-1]["type"], receiver.got[-1]["data"]) == ("record.removed", {"record_id": "in/001.pdf-r1"})
    assert len({message["id"] for message in receiver.got}) == 5
    write_job(job, many(2, 1))
    assert sent(job, receiver).sent == 1
    assert len({message["id"] for message in receiver.got}) == 6


def test_a_receiver_that_is_down_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(6))
    receiver.answer = lambda message: 204 if len(receiver.got) < 5 else 503
    done = sent(job, receiver)
    assert (done.sent, done.waiting, done.gone, done.why) == (5, 7, False, "HTTP 503")
    assert len(receiver.seen) == 5 + 3 * (1 + len(DELAYS))
    tried = {message["id"] for message in receiver.seen[5:]}
    assert len(tried) == 3
    receiver.stop()
    assert sent(job, receiver).waiting == 7
    receiver.start()
    receiver.answer = lambda message: 200
    assert sent(job, receiver) == Delivered(7, 0, False, None)
    assert sorted(receiver.ids()) == sorted(one["record_id"] for one in records_of(job))
    assert tried <= {message["id"] for message in receiver.got}


def test_attempts_are_the_same_bytes_and_wait_longer_each_time(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(1, 1))
    receiver.answer = lambda message: 500 if len(receiver.seen) < 4 else 200
    receiver.headers = {"Retry-After": "7"}
    slept: list[float] = []
    with connected_ledger(job) as ledger:
        line = Line(receiver.url, 30.0)
        sender = Sender(line, KEY, sleep=slept.append)
        assert deliver(Outbox(ledger, receiver.url), lambda: records_of(job), sender).sent == 1
        line.close()
    assert slept == [7.0, 7.0, 16.0]
    assert len({(message["id"], message["body"]) for message in receiver.seen}) == 1


def test_a_timeout_is_a_failed_attempt(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(1, 1))
    receiver.go.clear()
    done = sent(job, receiver, timeout=0.05, delays=(0.0,))
    assert (done.sent, done.waiting, done.why) == (0, 1, "timed out")
    receiver.go.set()
    assert sent(job, receiver).sent == 1
    assert len({message["id"] for message in receiver.seen}) == 1


def test_a_version_that_may_have_arrived_is_not_forgotten(tmp_path: Path, receiver: Receiver) -> None:
    """The second version timed out but was taken; back at the first one, the receiver must be told so."""
    first, second = many(1, 1), {"in/000.pdf": [record("in/000.pdf", 1, status="新建")]}
    job = write_job(tmp_path / "job", first)
    sent(job, receiver)
    write_job(job, second)
    receiver.go.clear()
    assert sent(job, receiver, timeout=1.0, delays=()).sent == 0
    receiver.go.set()
    until(lambda: len(receiver.got) == 2)
    write_job(job, first)
    assert sent(job, receiver).sent == 1
    assert [message["data"]["data"]["status"] for message in receiver.got] == ["续建", "新建", "续建"]


def test_a_message_that_is_refused_holds_up_no_other(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(4, 1))
    receiver.answer = lambda message: 422 if message["data"]["record_id"].startswith("in/001") else 200
    done = sent(job, receiver)
    assert (done.sent, done.waiting) == (3, 1)
    assert len(receiver.seen) == 4
    write_job(job, many(5, 1))
    assert sent(job, receiver).sent == 1
    assert receiver.seen[-1]["data"]["record_id"] == "in/001.pdf-r1"


def test_a_receiver_that_is_gone_is_left_alone(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(3))
    receiver.answer = lambda message: 410
    done = ordered(job, receiver.url)
    assert (done.records, done.counts, done.done) == (0, {"waiting": 6}, False)
    assert "gone for good" in done.notes[0]
    with pytest.raises(ShenbaoError, match="--again"):
        ordered(job, receiver.url)
    assert len(receiver.seen) == 1
    receiver.answer = lambda message: 200
    assert ordered(job, receiver.url, again=True).records == 6
    assert ordered(job, receiver.url).done


def test_a_redirect_is_not_followed(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(1, 1))
    receiver.answer, receiver.headers = lambda message: 307, {"Location": "/elsewhere"}
    assert sent(job, receiver).why == "HTTP 307"
    assert [message["path"] for message in receiver.seen] == ["/in?to=us"]


def test_a_connection_that_was_closed_meanwhile_is_opened_again(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(4))
    receiver.headers = {"Connection": "close"}
    assert sent(job, receiver) == Delivered(8, 0, False, None)
    assert len(receiver.seen) == 8


def test_only_what_people_accepted_is_sent_when_asked(tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(3))

    def overlay(read: Any) -> Seen:
        settled = read["record_id"] == "in/001.pdf-r2"
        return Seen({**read, "status": "accepted"} if settled else read, by_hand=settled)

    assert ordered(job, receiver.url, only="reviewed", overlay=overlay).records == 1
    assert receiver.ids() == ["in/001.pdf-r2"]
    assert ordered(job, receiver.url, only="accepted", overlay=overlay).records == 3


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://host/x", "gopher://host/", "https://", "http://:80/", "http://host:x/", "//host/x",
        "javascript:alert(1)", "http://u:hush@host/", "http://ho st/", "http://host/\r\nX: y", "http://[::1", "host",
    ],
)  # fmt: skip
def test_nothing_but_http_is_spoken(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        checked_url(url)
    job = write_job(tmp_path / "job", many(1, 1))
    assert main(["export", str(job), url, "--to", "webhook"]) == 2
    assert "hush" not in capsys.readouterr().err
    assert not (job / "ledger.sqlite").exists()


def test_the_signature_is_that_of_the_convention() -> None:
    """Made by standardwebhooks 1.1.0, the reference implementation."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    headers = headers_of(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_ü§"])
def test_a_secret_that_is_none_is_not_repeated(secret: str, tmp_path: Path, receiver: Receiver) -> None:
    job = write_job(tmp_path / "job", many(1, 1))
    with pytest.raises(UsageError, match="the secret is none") as caught:
        ordered(job, receiver.url, secret)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(caught.value)
    assert receiver.seen == []


def test_the_command_takes_the_secret_from_a_file_or_the_environment(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = write_job(tmp_path / "job", many(1))
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    words = ["export", str(job), "--to", "webhook", receiver.url, "--json"]
    assert main(words) == 2
    assert main([*words, "--secret-file", str(tmp_path / "secret"), "--only", "accepted"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": [], "records": 1, "notes": [], "waiting": 0}
    monkeypatch.setenv("SHENBAO_WEBHOOK_SECRET", SECRET)
    receiver.answer = lambda message: 400
    assert main(words) == 3
    assert "1 messages wait in the outbox (HTTP 400)" in capsys.readouterr().err
    receiver.answer = lambda message: 200
    assert main(["export", str(job), "--to", receiver.url]) == 0
    assert len(receiver.got) == 2


def test_a_ledger_of_before_has_an_id_that_stays(tmp_path: Path) -> None:
    with connected_ledger(tmp_path) as ledger:
        first = Outbox(ledger, "http://a/")._job
    with connected_ledger(tmp_path) as ledger:
        assert Outbox(ledger, "http://b/")._job == first
    with read_ledger(tmp_path) as readable:
        assert readable.counts() == {}
