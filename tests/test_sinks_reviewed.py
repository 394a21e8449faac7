"""What people corrected leaves the job folder with every export."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from review_jobs import TOTAL, doubtful_job, records_in, review_of

from pipeline.cli import main
from pipeline.review.actions import Action


def test_every_export_carries_the_corrections(
    read_sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = doubtful_job(read_sample, tmp_path / "job")
    first, second, *rest = records_in(job)
    words = ["export", str(job), "--flavour", "data", "--json", "--only"]

    def exported(only: str, to: str) -> int:
        assert main([*words, only, "--to", to]) == 0
        return int(json.loads(capsys.readouterr().out)["records"])

    assert (exported("reviewed", "csv"), exported("accepted", "csv")) == (0, len(rest))
    assert exported("all", "sqlite") == len(rest) + 2
    right = first["data"]["funds"]["annual_appropriation"]
    review = review_of(job)
    review.act(first["record_id"], Action("set", 0, TOTAL, right), "甲")
    review.act(first["record_id"], Action("accept-record", 1), "甲")

    assert (exported("reviewed", "csv"), exported("accepted", "csv")) == (1, len(rest) + 1)
    frame = pd.read_csv(job / "export/records.csv", dtype=str)
    assert frame[TOTAL][0] == right != first["data"]["funds"]["annual_total"]
    assert exported("all", "sqlite") == len(rest) + 2
    assert exported("accepted", "parquet") == len(rest) + 1
    engine = sa.create_engine(f"sqlite:///{job / 'export/records.sqlite'}")
    with engine.connect() as connection:
        query = "SELECT e.origin, r.status FROM evidence e JOIN records r USING (job, record_id) WHERE e.path = :path"
        found = connection.execute(sa.text(f"{query} AND record_id = :id"), {"path": TOTAL, "id": first["record_id"]})
        assert [tuple(row) for row in found] == [("human", "accepted")]
    engine.dispose()
    ids = pq.read_table(job / "export/records.parquet")["record_id"].to_pylist()
    assert ids == [first["record_id"], *(record["record_id"] for record in rest)]
    assert second["record_id"] not in ids
