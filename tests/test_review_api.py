"""The HTTP interface: who may ask, documents to records, errors as problems, and how fast lists are."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from review_jobs import SAMPLE, TOTAL, doubtful_job, records_in, review_of, serving, write_records

pytest.importorskip("fastapi", reason="pip install 'shenbao[review]'")
import httpx

from pipeline.config import load_settings
from pipeline.review.actions import Action
from pipeline.review.intake import safe_name
from pipeline.review.queue import CONTROL_SHARE, is_control
from pipeline.review.web.app import Site, build_app
from pipeline.review.web.guard import access_of

MANY = 10_000
QUEUE_SECONDS, NEXT_SECONDS = 0.3, 0.1


def app_of(folder: Path, host: str = "127.0.0.1", token: str | None = None) -> Any:
    return build_app(Site(review_of(folder), load_settings(), access_of(host, token), "甲"))


class Client:
    """Asks an app without a network."""

    def __init__(self, app: Any, base: str = "http://127.0.0.1:8420") -> None:
        self._app, self._base = app, base

    def __call__(self, method: str, url: str, **more: Any) -> httpx.Response:

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, url, **more)

        return asyncio.run(ask())


@pytest.fixture
def job(read_sample: Path, tmp_path: Path) -> Path:
    return doubtful_job(read_sample, tmp_path / "job")


@pytest.fixture
def ask(job: Path) -> Client:
    return Client(app_of(job))


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    body = answer.json()
    kind = answer.headers["content-type"]
    assert (answer.status_code, kind, body["type"]) == (status, "application/problem+json", f"urn:shenbao:{code}")
    return bool(body["detail"]) and body["status"] == status


def test_errors_are_problems(ask: Client, job: Path) -> None:
    first = records_in(job)[0]["record_id"]
    url = f"/api/records/{first}/events"
    assert is_problem(ask("GET", "/api/records/none"), 404, "no-record")
    assert is_problem(ask("GET", "/api/jobs/0123456789abcdef"), 404, "no-job")
    assert is_problem(ask("GET", "/nowhere"), 404, "http-404")
    assert is_problem(ask("PUT", url, json={}), 405, "http-405")
    assert is_problem(ask("POST", url, json={"kind": "set"}), 422, "invalid-request")
    assert is_problem(ask("POST", url, json={"kind": "accept-record", "seen": 0}), 422, "reason-needed")
    assert is_problem(ask("POST", url, json={"kind": "set", "seen": 7, "path": TOTAL, "text": "1"}), 409, "conflict")
    assert is_problem(ask("POST", url, content=b"{}", headers={"content-length": str(1 << 25)}), 413, "too-large")
    assert is_problem(ask("POST", "/api/documents", files={"file": ("a.pdf", b"")}), 422, "empty-file")


def test_a_folder_without_records_says_so(tmp_path: Path) -> None:
    answer = Client(app_of(tmp_path))("GET", "/queue")
    assert is_problem(answer, 404, "no-records")


def test_other_sites_and_other_names_are_refused(ask: Client, job: Path) -> None:
    url = f"/api/records/{records_in(job)[0]['record_id']}/events"
    body = {"kind": "set", "seen": 0, "path": "project_name", "text": "甲"}
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert is_problem(ask("POST", url, json=body, headers=headers), 403, "other-origin")
    rebound = Client(app_of(job), "http://evil.example:8420")
    assert is_problem(rebound("GET", "/queue"), 421, "wrong-host")
    assert ask("POST", url, json=body, headers={"origin": "http://127.0.0.1:8420"}).status_code == 200


def test_elsewhere_a_token_is_needed(job: Path) -> None:
    ask = Client(app_of(job, "0.0.0.0", "secret"), "http://desk.example:8420")
    assert is_problem(ask("GET", "/queue"), 401, "token-needed")
    assert is_problem(ask("GET", "/queue?token=wrong"), 401, "token-needed")
    assert ask("GET", "/queue", headers={"authorization": "Bearer secret"}).status_code == 200
    let_in = ask("GET", "/queue?token=secret")
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/queue")
    assert "HttpOnly" in let_in.headers["set-cookie"]
    assert "samesite=strict" in let_in.headers["set-cookie"].lower()
    assert ask("GET", "/queue", headers={"cookie": "shenbao_token=secret"}).status_code == 200


def test_every_answer_carries_the_policy(ask: Client) -> None:
    for url in ("/queue", "/static/record.js", "/api/records", "/nowhere"):
        policy = ask("GET", url).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_pages_speak_the_language_of_the_browser_or_the_chosen_one(ask: Client) -> None:
    assert "待复核" in ask("GET", "/queue", headers={"accept-language": "zh-CN,zh;q=0.9"}).text
    assert "to review" in ask("GET", "/queue", headers={"accept-language": "fr,en;q=0.9"}).text
    chosen = ask("GET", "/queue?lang=en", headers={"accept-language": "zh"})
    assert "to review" in chosen.text
    assert "shenbao_lang=en" in chosen.headers["set-cookie"]


def test_the_schema_describes_every_route(ask: Client) -> None:
    paths = ask("GET", "/openapi.json").json()["paths"]
    assert {"/api/documents", "/api/jobs/{job_id}", "/api/jobs/{job_id}/records", "/api/records"} <= paths.keys()
    assert "/queue" not in paths


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\表.pdf", "表.pdf"),
        ("", "document"),
        ("..", "document"),
    ],
)
def test_names_of_documents_are_no_paths(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe_name("长" * 200 + ".pdf").encode()) <= 120
    assert safe_name("长" * 200 + ".pdf").endswith(".pdf")


def test_a_document_becomes_records(tmp_path: Path) -> None:
    with serving(tmp_path) as address, httpx.Client(base_url=address, trust_env=False) as client:
        sent = client.post("/api/documents", files={"file": ("../表 1.pdf", SAMPLE.read_bytes())})
        assert sent.status_code == 202
        job_id = sent.json()["job_id"]
        states = list(until_ended(client, job_id))
        assert states[-1]["state"] == "done", states[-1]
        assert states[-1]["file"] == "表 1.pdf"
        records = client.get(f"/api/jobs/{job_id}/records").json()
    assert records == records_in(tmp_path)
    assert [record["record_id"] for record in records] == states[-1]["records"]


def until_ended(client: httpx.Client, job_id: str) -> Iterator[Any]:
    for _ in range(3000):
        state = client.get(f"/api/jobs/{job_id}").json()
        yield state
        if state["state"] in ("done", "failed"):
            return
        time.sleep(0.1)


def test_ten_thousand_records_are_listed_at_once(job: Path) -> None:
    first, second = records_in(job)[:2]
    accepted = {**records_in(job)[2], "evidence": {}}
    slim = [{**record, "evidence": {TOTAL: record["evidence"][TOTAL]}} for record in (first, second)]
    many = [{**(slim[n % 2] if n % 5 else accepted), "record_id": f"r{n:05}"} for n in range(MANY)]
    write_records(job, many)
    review = review_of(job)
    app = build_app(Site(review, load_settings(), access_of("127.0.0.1", None), "甲"))
    ask = Client(app)
    ask("GET", "/queue")
    queue = min(timed(ask, "/queue") for _ in range(3))
    table = min(timed(ask, "/records?sort=-surety&q=r0&page=3") for _ in range(3))
    following = min(timed(ask, f"/api/queue/next?after=r{n:05}") for n in (7, 4001, 9998))
    assert (queue < QUEUE_SECONDS, table < QUEUE_SECONDS, following < NEXT_SECONDS) == (True, True, True)
    control = [entry for entry in review.lists().queue if is_control(entry)]
    assert 0.5 < len(control) / (MANY / 5 * CONTROL_SHARE) < 1.5


def test_a_file_that_was_written_anew_is_read_for_what_is_new_in_it(job: Path) -> None:
    records = records_in(job)
    write_records(job, [{**records[n % 5], "record_id": f"r{n:04}"} for n in range(1500)])
    review = review_of(job)
    first = work_of(review.lists)
    review.act("r0003", Action("accept-record", 0, why="x"), "甲")
    more = [{**records[n % 5], "record_id": f"r{n:04}", "status": "review"} for n in (3, 7000)]
    text = (job / "records.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    text[3:4] = [json.dumps(record, ensure_ascii=False) + "\n" for record in more]
    (job / "records.jsonl").write_text("".join(text), encoding="utf-8")
    assert work_of(review.lists) < first / 3
    lists, fresh = review.lists(), review_of(job).lists()
    assert (lists.catalog.entries, lists.standings, lists.queue) == (
        fresh.catalog.entries,
        fresh.standings,
        fresh.queue,
    )
    assert lists.standings == {"r0003": "aside"}
    assert lists.status_of(lists.catalog.by_id["r7000"]) == "review"
    assert [lists.catalog.record(f"r{n:04}")["record_id"] for n in (0, 3, 7000, 4, 1499)] == [
        "r0000", "r0003", "r7000", "r0004", "r1499",
    ]  # fmt: skip


def timed(ask: Client, url: str) -> float:
    def asked() -> None:
        assert ask("GET", url).status_code == 200

    return work_of(asked)


def work_of(deed: Callable[[], object]) -> float:
    """Seconds of the processor, of all threads: what else the machine does takes none of them."""
    begin = time.process_time()
    deed()
    return time.process_time() - begin


def test_progress_is_that_of_the_run(ask: Client) -> None:
    state = ask("GET", "/api/status").json()
    assert state == {"state": "finished", "documents": {"ok": 1}, "accepted": 5, "review": 0}
    assert "已完成" in ask("GET", "/progress").text
