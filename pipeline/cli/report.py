"""``shenbao report``: one HTML page about a job folder, in English and Chinese, for people who were not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import click

from pipeline.batch.findings import Doubt, Findings, findings_of
from pipeline.batch.status import Status, status_of
from pipeline.cli.report_pages import Shot, shots_of
from pipeline.cli.report_words import FieldWords, code_words
from pipeline.cli.words import printable
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK, UsageError
from pipeline.forms.load import load_definitions
from pipeline.sinks.jsonl import write_bytes

STYLE = """
body{font:15px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#24292f;
background:#f6f7f9;margin:0}main{max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.45rem;margin:0 0 1.25rem}h1 small{font-weight:400;color:#6a737d}
h2{font-size:1.05rem;margin:0 0 .6rem}section{background:#fff;border:1px solid #e1e4e8;border-radius:8px;
padding:1rem 1.25rem;margin:1rem 0;overflow-x:auto}p{margin:.3rem 0}.none{color:#6a737d}
table{border-collapse:collapse;width:100%}td,th{padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid #eef0f2;overflow-wrap:anywhere}th{font-size:.85rem;font-weight:600;color:#57606a;
white-space:nowrap}tr:last-child td{border-bottom:0}td:first-child{min-width:14rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:1%;padding-left:1.5rem}
.big{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem}.big div{background:#fff;
border:1px solid #e1e4e8;border-top:3px solid #8c959f;border-radius:8px;padding:.7rem 1rem;
color:#57606a;font-size:.9rem}
.big b{display:block;font-size:1.8rem;line-height:1.25;color:#24292f}.big .good{border-top-color:#2da44e}
.big .look{border-top-color:#d29922}.big .bad{border-top-color:#cf222e}
figure{margin:1rem 0 2rem}img{max-width:100%;border:1px solid #d0d7de;border-radius:4px;margin-top:.5rem}
figcaption b{display:block}figcaption{color:#57606a}
@media print{body{background:#fff}section,.big div{break-inside:avoid}}
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
    fields = FieldWords(load_definitions("auto", config_dir() / "forms"))
    page = html_of(folder.absolute().name, status, findings, shots, fields)
    place = out or folder / "report.html"
    try:
        write_bytes(place, page.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}. Choose another --out") from error
    click.echo(printable(str(place)))
    return EXIT_OK


def html_of(name: str, status: Status, findings: Findings, shots: Iterable[Shot], fields: FieldWords) -> str:
    """Given what is known of a job folder, return the page. Every word from outside is escaped."""
    parts = [
        f"<h1>Shenbao 申报 <small>· {escape(name)}</small></h1>",
        *_totals(status),
        *_table("Failures by reason", "失败原因", ("reason 原因", "#files 文件"), _reasons(status)),
        *_table(
            "Files not read", "未能读取的文件", ("file 文件", "reason 原因", "what to do 处理办法"), _lost(findings)
        ),
        *_table(
            "Fields most often in doubt",
            "最常存疑的字段",
            ("field 字段", "issue 问题", "form 表式", "#times 次数", "#of records 占比"),
            (_doubt(doubt, findings, fields) for doubt in findings.doubts),
        ),
        *_table(
            "Words that the forms do not know",
            "表式中没有的字样",
            ("word 字样", "#times 次数"),
            findings.drift.words.most_common(),
        ),
        *_table("Slowest files", "最慢的文件", ("file 文件", "#seconds 秒", "#pages 页数"), _slowest(status)),
        *_pictures(shots),
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    title = f"<title>Shenbao · {escape(name)}</title>"
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="zh"><head>{head}{title}<style>{STYLE}</style></head>\n<body><main>\n{body}\n'
        "</main></body></html>\n"
    )


def _totals(status: Status) -> Iterator[str]:
    accepted, review = status.records
    lost = sum(status.failures.values())
    yield '<div class="big">'
    for number, words, tone in (
        (sum(status.documents.values()), "files<br>文件", ""),
        (status.pages, "pages<br>页", ""),
        (accepted, "records accepted<br>已接受", "good" * bool(accepted)),
        (review, "records to review<br>待复核", "look" * bool(review)),
        (lost, "files not read<br>未读取", "bad" * bool(lost)),
    ):
        yield f'<div class="{tone}"><b>{number:,}</b>{words}</div>'
    yield "</div>"
    if status.state == "running":
        yield "<section><p>A run is under way: the numbers will change. 正在运行，数字还会变化。</p></section>"


def _table(title: str, chinese: str, heads: tuple[str, ...], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Given heads, those of numbers with # before them, and rows, yield a section."""
    shown = list(rows)
    yield f"<section><h2>{title} · {chinese}</h2>"
    if shown:
        numeric = [head.startswith("#") for head in heads]
        names = (_cell("th", head.removeprefix("#"), right) for head, right in zip(heads, numeric, strict=True))
        yield f"<table><tr>{''.join(names)}</tr>"
        for row in shown[:MAX_ROWS]:
            yield f"<tr>{''.join(_cell('td', value, right) for value, right in zip(row, numeric, strict=True))}</tr>"
        yield "</table>"
    else:
        yield '<p class="none">none 无</p>'
    if len(shown) > MAX_ROWS:
        left = len(shown) - MAX_ROWS
        yield f'<p class="none">and {left:,} more · 另有 {left:,} 项</p>'
    yield "</section>"


def _cell(tag: str, value: object, right: bool) -> str:
    words = f"{value:,}" if isinstance(value, int | float) else "" if value is None else printable(str(value))
    kind = ' class="n"' if right else ""
    return f"<{tag}{kind}>{escape(words)}</{tag}>"


def _reasons(status: Status) -> Iterator[tuple[object, ...]]:
    return ((code_words(reason), number) for reason, number in status.failures.items())


def _lost(findings: Findings) -> Iterator[tuple[object, ...]]:
    return ((file, code_words(reason), message) for file, reason, message in findings.lost)


def _doubt(doubt: Doubt, findings: Findings, fields: FieldWords) -> tuple[object, ...]:
    share = doubt.records / findings.records[doubt.form]
    return fields.words(doubt.form, doubt.path), code_words(doubt.code), doubt.form, doubt.times, f"{share:.0%}"


def _slowest(status: Status) -> Iterator[tuple[object, ...]]:
    return ((file, round(seconds, 1), pages) for file, seconds, pages in status.slowest)


def _pictures(shots: Iterable[Shot]) -> Iterator[str]:
    yield "<section><h2>Worst pages · 问题最多的页</h2>"
    figures = [_figure(shot) for shot in shots]
    yield from figures or ['<p class="none">none 无</p>']
    yield "</section>"


def _figure(shot: Shot) -> str:
    title = escape(f"{printable(shot.file)} · page {shot.page} · 第 {shot.page} 页")
    caption = f"<figcaption><b>{title}</b>{escape(printable(shot.words))}</figcaption>"
    picture = f'<img alt="{title}" src="data:image/jpeg;base64,{shot.jpeg}">' if shot.jpeg else ""
    return f"<figure>{caption}{picture}</figure>"
