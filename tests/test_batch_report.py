"""The page about a job folder: counts that are right, words that cannot break out, pictures that are there."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pdf_makers import draw, ruled_table
from PIL import Image

from pipeline.batch import engine
from pipeline.batch.findings import Doubt, Findings, drift_of, findings_of
from pipeline.batch.ledger import Extraction, Input, open_ledger
from pipeline.batch.sources import sha256_of
from pipeline.batch.status import status_of
from pipeline.cli import main
from pipeline.cli.report import html_of
from pipeline.cli.report_pages import shots_of
from pipeline.cli.report_words import CHINESE, FieldWords
from pipeline.config import config_dir, load_settings
from pipeline.errors import InputError, IssueCode
from pipeline.forms.load import load_definitions


def record(file: str, sha256: str, **doubts: tuple[str, int]) -> dict[str, Any]:
    """A record whose values in doubt are given as path=(code, page)."""
    paths = {path.replace("__", "[1].").replace("_0_", "[0]."): value for path, value in doubts.items()}
    issues = [
        {"code": code, "severity": "error", "path": path, "message": "", "candidates": []}
        for path, (code, _) in paths.items()
    ]
    evidence = {
        path: {"text": "x", "page": page, "bbox": [100, 100, 300, 140], "confidence": 0.4, "origin": "ocr"}
        for path, (_, page) in paths.items()
    }
    spare = {"code": "corrected", "severity": "warning", "path": "name", "message": "", "candidates": []}
    source = {"file": file, "sha256": sha256, "pages": [1, 2], "page_sizes": [[595, 842]] * 2}
    return {"form": "f", "source": source, "evidence": evidence, "issues": [*issues, spare]}


def job(folder: Path, records: list[dict[str, Any]]) -> Path:
    """A job folder that holds these records and one file that was not read."""
    lost = {"file": "in/<b>.pdf", "status": "failed", "reason": "damaged", "message": "get it <again>"}
    (folder / "records.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in records))
    (folder / "documents.jsonl").write_text(f"{json.dumps(lost)}\n")
    with open_ledger(folder) as ledger:
        ledger.settle(
            [Input("in/<b>.pdf", "/b", "s9", "f")],
            Extraction("s9", "f", "failed", "damaged", "get it <again>", None, 0, 0, 1.0, "x"),
        )
        for number, line in enumerate(records):
            source = line["source"]
            row = Extraction(source["sha256"], "f", "review", None, "", 2, 0, 1, 12.34, f"a{number}")
            ledger.settle([Input(source["file"], source["file"], source["sha256"], "f")], row)
    return folder


def test_doubts_are_counted_by_field_and_by_page(tmp_path: Path) -> None:
    first = record("a.pdf", "s1", rows__unit=("low-confidence", 2), rows_0_unit=("low-confidence", 2), day=("order", 1))
    second = record("b.pdf", "s2", rows__unit=("low-confidence", 1))
    found = findings_of(job(tmp_path, [first, second]))
    assert found.doubts == (
        Doubt("f", "rows[].unit", "low-confidence", times=3, records=2),
        Doubt("f", "day", "order", times=1, records=1),
    )
    assert found.records == {"f": 2}
    assert [(page.file, page.page, len(page.marks)) for page in found.worst] == [
        ("a.pdf", 2, 2),
        ("a.pdf", 1, 1),
        ("b.pdf", 1, 1),
    ]
    assert found.lost == (("in/<b>.pdf", "damaged", "get it <again>"),)


def test_what_is_missing_on_the_page_has_no_place(tmp_path: Path) -> None:
    line = record("a.pdf", "s1", day=("missing-field", 1))
    line["evidence"] = {}
    line["issues"].append({"code": "no-indicators", "severity": "error", "path": None, "message": ""})
    found = findings_of(job(tmp_path, [line]))
    assert [doubt.path for doubt in found.doubts] == ["(record)", "day"]
    assert found.worst == ()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A document of two pages with a table."""

    def sheet(canvas: Any) -> None:
        ruled_table(canvas, [80.0, 200.0, 480.0], [500.0, 560.0, 620.0])

    return draw(tmp_path / "a.pdf", sheet, sheet)


def test_the_worst_pages_are_shown_with_their_marks(tmp_path: Path, page: Path) -> None:
    (tmp_path / "job").mkdir()
    line = record(str(page), sha256_of(page), day=("low-confidence", 2))
    folder = job(tmp_path / "job", [line])
    settings = load_settings().ingest
    (shot,) = shots_of(folder, findings_of(folder).worst, settings)
    assert (shot.page, shot.words) == (2, "day")
    picture = np.array(Image.open(io.BytesIO(base64.b64decode(shot.jpeg or ""))), dtype=int)
    assert picture.shape == (round(1000 * 842 / 595), 1000, 3)
    scale = 1000 / 595
    inside = picture[round(105 * scale) : round(135 * scale), round(105 * scale) : round(295 * scale)]
    outside = picture[round(200 * scale) : round(230 * scale), round(10 * scale) : round(60 * scale)]
    assert (inside[..., 0] - inside[..., 2]).mean() > 10 > abs(outside[..., 0] - outside[..., 2]).mean()
    page.write_bytes(b"other")
    (shot,) = shots_of(folder, findings_of(folder).worst, settings)
    assert shot.jpeg is None
    assert "moved or changed" in shot.words


class Reader(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += f"{data} "


def test_the_report_stands_alone_and_no_name_breaks_out(tmp_path: Path, page: Path) -> None:
    (tmp_path / "job").mkdir()
    line = record(str(page), sha256_of(page), day=("low-confidence", 2))
    folder = job(tmp_path / "job", [line, record("<script>x.pdf", "s3", day=("order", 1))])
    assert main(["report", str(folder)]) == 0
    html = (folder / "report.html").read_text(encoding="utf-8")
    seen = Reader()
    seen.feed(html)
    assert seen.open == []
    assert not seen.tags & {"script", "b>", "again", "link"}
    assert "in/<b>.pdf" in seen.words
    assert re.search(r"https?:|src=\"(?!data:)", html) is None
    for words in ("Failures by reason · 失败原因", "damaged", "Fields most often in doubt · 最常存疑的字段", "12.3"):
        assert words in seen.words
    assert html.count("data:image/jpeg") == 1
    assert "<script>x.pdf · page 1 · 第 1 页" in seen.words


def test_a_long_table_is_cut_and_says_so(tmp_path: Path) -> None:
    job(tmp_path, [])
    lost = tuple((f"{number}.pdf", "damaged", "") for number in range(99))
    html = html_of("job", status_of(tmp_path), Findings({}, (), (), lost), [], FieldWords([]))
    assert html.count("<td>damaged 文件损坏</td>") == 30 + 1
    assert "and 69 more" in html


def test_no_job_folder_is_wrong_usage(tmp_path: Path) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []


def test_every_code_has_its_chinese_words() -> None:
    kinds = [InputError, *InputError.__subclasses__()]
    batch = [value for name, value in vars(engine).items() if name.isupper() and isinstance(value, str)]
    assert len(batch) >= 8
    assert {*IssueCode, *(kind.reason for kind in kinds), *batch} - {"failed"} <= CHINESE.keys()


def test_fields_are_named_as_their_form_names_them() -> None:
    words = FieldWords(load_definitions("auto", config_dir() / "forms"))
    assert words.words("shanghai-project-target", "overall_goal") == "overall_goal 项目总目标"
    assert words.words("shanghai-project-target", "indicators[].unit").startswith("indicators[].unit 绩效指标")
    assert words.words("shanghai-project-target", "(record)") == "(record) 整条记录"
    assert words.words("nobody's", "x") == "x"


def test_drift_is_counted_alike_by_both_walks(tmp_path: Path) -> None:
    line = record("a.pdf", "s1", day=("layout-drift", 1))
    line["issues"].append({**line["issues"][0], "candidates": ["新 词"]})
    folder = job(tmp_path, [line, record("b.pdf", "s2"), {**line, "form": "g"}])
    found = findings_of(folder).drift
    assert (found.records, found.words) == (2, {"新词": 2})
    assert drift_of(folder) == found
