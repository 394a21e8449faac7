"""``shenbao report``: one HTML page about a job folder, in English and Chinese, for people who were not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import click

from pipeline.batch.findings import Doubt, Findings, findings_of
from pipeline.batch.status import Status, status_of
from pipeline.cli.report_pages import Shot, shots_of
from pipeline.cli.words import printable
from pipeline.config import load_settings
from pipeline.errors import EXIT_OK, UsageError
from pipeline.sinks.jsonl import write_bytes

STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:62rem;
padding:0 1rem;color:#222}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;text-align:left;vertical-align:top;
border-bottom:1px solid #eee;overflow-wrap:anywhere}.n{text-align:right;font-variant-numeric:tabular-nums;
white-space:nowrap}figure{margin:1.5rem 0}img{max-width:100%;border:1px solid #999}figcaption{color:#555}
.big{display:flex;gap:2rem;flex-wrap:wrap}.big div{min-width:7rem}.big b{display:block;font-size:1.7rem}
"""
MAX_ROWS = 30
"""Longer tables are not read; the whole stands in documents.jsonl and records.jsonl."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="[default: DIR/report.html]"
)
@click.option("--pages", default=6, show_default=True, type=click.IntRange(min=0), help="Pictures of the worst pages.")
def report(*, folder: Path, out: Path | None, pages: int) -> int:
    """Write one HTML page about the job folder DIR: totals, failures by reason, fields in doubt, the worst pages.

    The page needs nothing beside it. It shows pages of the documents: give it only to those who may see these.
    """
    status, findings = status_of(folder), findings_of(folder)
    shots = shots_of(folder, findings.worst[:pages], load_settings().ingest)
    place = out or folder / "report.html"
    try:
        write_bytes(place, html_of(folder.absolute().name, status, findings, shots).encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}. Choose another --out") from error
    click.echo(printable(str(place)))
    return EXIT_OK


def html_of(name: str, status: Status, findings: Findings, shots: Iterable[Shot]) -> str:
    """Given what is known of a job folder, return the page. Every word from outside is escaped."""
    parts = [
        f"<h1>Shenbao 申报 · {escape(name)}</h1>",
        *_totals(status),
        *_table("Failures by reason", "失败原因", ("reason 原因", "files 文件"), status.failures.items()),
        *_table("Files not read", "未能读取的文件", ("file 文件", "reason 原因", "what to do 处理办法"), findings.lost),
        *_table(
            "Fields most often in doubt",
            "最常存疑的字段",
            ("form 表式", "field 字段", "issue 问题", "times 次数", "of records 占比"),
            (_doubt(doubt, findings) for doubt in findings.doubts),
        ),
        *_table("Slowest files", "最慢的文件", ("file 文件", "seconds 秒", "pages 页数"), _slowest(status)),
        *_pictures(shots),
    ]
    head = f'<meta charset="utf-8"><title>Shenbao · {escape(name)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="zh"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _totals(status: Status) -> Iterator[str]:
    accepted, review = status.records
    yield '<div class="big">'
    for number, words in (
        (sum(status.documents.values()), "files 文件"),
        (status.pages, "pages 页"),
        (accepted, "records accepted 已接受"),
        (review, "records to review 待复核"),
        (sum(status.failures.values()), "files not read 未读取"),
    ):
        yield f"<div><b>{number:,}</b>{words}</div>"
    yield "</div>"
    if status.state == "running":
        yield "<p>A run is under way: the numbers will change. 正在运行，数字还会变化。</p>"


def _table(title: str, chinese: str, heads: tuple[str, ...], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    shown = list(rows)
    yield f"<h2>{title} · {chinese}</h2>"
    if not shown:
        yield "<p>none 无</p>"
        return
    yield f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for row in shown[:MAX_ROWS]:
        yield f"<tr>{''.join(_cell(value) for value in row)}</tr>"
    yield "</table>"
    if len(shown) > MAX_ROWS:
        yield f"<p>and {len(shown) - MAX_ROWS:,} more 另有</p>"


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape('' if value is None else printable(str(value)))}</td>"


def _doubt(doubt: Doubt, findings: Findings) -> tuple[object, ...]:
    share = doubt.records / findings.records[doubt.form]
    return doubt.form, doubt.path, doubt.code, doubt.times, f"{share:.0%}"


def _slowest(status: Status) -> Iterator[tuple[object, ...]]:
    return ((file, round(seconds, 1), pages) for file, seconds, pages in status.slowest)


def _pictures(shots: Iterable[Shot]) -> Iterator[str]:
    yield "<h2>Worst pages · 问题最多的页</h2>"
    shown = False
    for shot in shots:
        shown = True
        title = escape(f"{printable(shot.file)} · {shot.page}")
        caption = f"<figcaption>{title}: {escape(printable(shot.words))}</figcaption>"
        picture = f'<img alt="{title}" src="data:image/jpeg;base64,{shot.jpeg}">' if shot.jpeg else ""
        yield f"<figure>{caption}{picture}</figure>"
    if not shown:
        yield "<p>none 无</p>"
