"""An amount whose unit stands at another label: the form says which."""

from __future__ import annotations

from pathlib import Path

from grid_drawing import draw_page

from pipeline.config import load_settings
from pipeline.forms.load import load_form
from pipeline.forms.match import Forms
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch

FORM = """
form: small
names: {zh: 小表, en: Small form}
fields:
  name: {names: {zh: 名称, en: Name}, type: text, labels: [名称]}
  amount: {names: {zh: 金额, en: Amount}, type: money, labels: [金额]UNIT}
"""
PAGE = """
名称 | 甲乙工程 | <
计价单位(万元) | 说明 | 依据
金额 | 1.50 | <
"""


def test_a_further_label_carries_the_unit_of_an_amount(tmp_path: Path) -> None:
    settings, page = load_settings(), draw_page(PAGE.strip())
    for unit, amount, doubts in ((", unit_from: [计价单位]", "15000.00", 0), ("", "1.50", 1)):
        file = tmp_path / "small.yaml"
        file.write_text(FORM.replace("UNIT", unit), encoding="utf-8")
        forms = Forms((load_form(file),), settings.records.label_similarity)
        (record,), _ = records(stitch([page], forms, settings.stitch), [page], forms, settings.records)
        told = [issue for issue in record.issues if issue.path == "amount"]
        assert (record.data["amount"], len(told)) == (amount, doubts)
