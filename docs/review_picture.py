"""Draws docs/images/review.png: ``PYTHONPATH=.:tests python docs/review_picture.py`` in the root; needs Chromium.

The page as it opens on a fax from sample_docs. One digit of one total is spoiled first, as a recogniser may misread it,
so that the picture shows a sum that does not agree.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from review_jobs import ROOT, records_in, serving, spoil, write_records

from pipeline.cli import main as shenbao

SAMPLE = "sample_docs/declarations_fax.tif"
OUT = ROOT / "docs" / "images" / "review.png"
COLOURS = 200


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "job"
        shenbao(["run", SAMPLE, "--out", str(folder), "--workers", "1"])
        records = records_in(folder)
        spoil(records[0])
        write_records(folder, records[:1])
        with serving(folder) as address:
            shoot(f"{address}/records/{records[0]['record_id']}", Path(name) / "shot.png")
        Image.open(Path(name) / "shot.png").convert("RGB").quantize(COLOURS).save(OUT, optimize=True)


def shoot(url: str, out: Path) -> None:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        page.goto(url)
        page.locator(".crop canvas").wait_for()
        page.wait_for_timeout(500)
        page.screenshot(path=out)
        browser.close()


if __name__ == "__main__":
    main()
