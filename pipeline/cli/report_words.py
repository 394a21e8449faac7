"""Codes and fields in both languages, for the report: people who were not there know neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.forms.definition import Form
from pipeline.sinks.headings import row_headings, scalar_headings, table_names

CHINESE: Mapping[str, str] = {
    "damaged": "文件损坏",
    "empty-file": "空文件",
    "encrypted": "有密码",
    "no-pages": "没有页面",
    "page-too-large": "页面过大",
    "too-large": "文件过大",
    "too-many-pages": "页数过多",
    "unreadable": "无法读取",
    "unsupported-format": "格式不支持",
    "changed": "读取中被改动",
    "no-space": "磁盘已满",
    "page-timeout": "单页超时",
    "file-timeout": "整份超时",
    "cpu-timeout": "处理超时",
    "crashed": "进程崩溃",
    "out-of-memory": "内存不足",
    "internal-error": "程序错误",
    "artefact-missing": "中间结果丢失",
    "parts-damaged": "分段结果损坏",
    "page-failed": "有页未读出",
    "low-confidence": "把握不足",
    "missing-field": "缺少此项",
    "bad-value": "值不合要求",
    "sum-mismatch": "合计不符",
    "order": "顺序不符",
    "unused-cell": "有格未用",
    "layout-drift": "版式不符",
    "ambiguous-form": "表式不明",
    "no-indicators": "没有指标",
    "grid-repaired": "表格经修补",
    "layer-doubted": "文字层存疑",
    "inferred": "推断得出",
    "corrected": "已更正",
    "active-content": "含脚本或附件",
    "drawn-coarser": "以较低精度读取",
    "laid-aside": "更正另存待核",
}
RECORD = "(record)"


def code_words(code: str | None) -> str:
    """Given a stable code, return it with what it means in Chinese."""
    return " ".join(filter(None, (code, CHINESE.get(code or "", ""))))


class FieldWords:
    """What the fields of each form are called in Chinese."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms = {form.id: _names_of(form) for form in forms}

    def words(self, form: str, path: str) -> str:
        """Given a form's id and a path whose places in lists are open, ``rows[].unit``, return it with its name."""
        name = "整条记录" if path == RECORD else self._forms.get(form, {}).get(path, "")
        return " ".join(filter(None, (path, name)))


def _names_of(form: Form) -> dict[str, str]:
    names = dict(scalar_headings([form]).names)
    for table, title in table_names([form]).items():
        for key, name in row_headings([form], table).names.items():
            names[f"{table}[].{key}"] = f"{title}：{name}"
    return names
