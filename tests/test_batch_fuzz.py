"""Files that were damaged at random, read by the real worker: each has its outcome and its reason, none takes the
worker along, and whole files after them are read as if nothing had happened."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batch_drive import ROOT, SLOW
from hostile_makers import Maker, active, field, jbig2_pdf, layered, named_cmap, pdf_with, tiff_chain
from pdf_makers import draw, ruled_table
from PIL import Image, ImageDraw

from pipeline.batch.engine import Task, WorkerRef
from pipeline.batch.extraction import make_extractor
from pipeline.batch.local import LocalEngine
from pipeline.batch.sources import sha256_of
from pipeline.config import load_settings
from pipeline.errors import InputError

Damage = Callable[[bytearray, random.Random], None]


def flip(content: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 30)):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def cut(content: bytearray, dice: random.Random) -> None:
    del content[dice.randrange(1, len(content)) :]


def lose(content: bytearray, dice: random.Random) -> None:
    begin = dice.randrange(len(content))
    del content[begin : begin + dice.randint(1, 400)]


def repeat(content: bytearray, dice: random.Random) -> None:
    begin = dice.randrange(len(content))
    content[begin:begin] = content[begin : begin + dice.randint(1, 2000)] * dice.randint(1, 20)


def number(content: bytearray, dice: random.Random) -> None:
    """Put a hostile number where one stands: sizes, offsets, counts."""
    digits = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    begin = dice.choice(digits) if digits else dice.randrange(len(content))
    content[begin : begin + 1] = dice.choice([b"-1", b"0", b"99999999", b"2147483648", b"1e9"])


def word(content: bytearray, dice: random.Random) -> None:
    begin = dice.randrange(len(content))
    content[begin:begin] = dice.choice([b"endobj ", b"stream\n", b"<<", b"]", b"/Kids [1 0 R]", b"\xff\xd8"])


DAMAGES: tuple[Damage, ...] = (flip, cut, lose, repeat, number, word)


ODD: dict[str, Maker] = {
    "field.pdf": pdf_with(field("清河区", None), compress_streams=False),
    "layer.pdf": pdf_with(layered("9,999.99", "form"), compress_streams=False),
    "active.pdf": pdf_with(active, compress_streams=False),
    "cmap.pdf": pdf_with(named_cmap("trap"), compress_streams=False),
    "jbig2.pdf": jbig2_pdf,
    "chain.tif": tiff_chain(3),
}
"""Whole files that hold what others do not, so that damage meets it; unpacked, so that it meets words and numbers."""


def originals(folder: Path) -> list[Path]:
    """Small whole files of the kinds that are read."""
    sheet = draw(folder / "sheet.pdf", lambda canvas: ruled_table(canvas, [80.0, 200.0, 480.0], [500.0, 560.0, 620.0]))
    picture = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(picture).rectangle((40, 40, 360, 260), outline="black", width=3)
    kinds = {"png": {}, "jpg": {}, "tif": {"compression": "tiff_lzw"}, "bmp": {}, "webp": {}}
    for kind, options in kinds.items():
        picture.save(folder / f"picture.{kind}", **options)
    for name, make in ODD.items():
        make(folder / name)
    return [
        sheet,
        ROOT / "sample_docs/other.pdf",
        *(folder / f"picture.{kind}" for kind in kinds),
        *map(folder.joinpath, ODD),
    ]


def damaged(whole: Path, place: Path, dice: random.Random) -> Path:
    content = bytearray(whole.read_bytes())
    for damage in dice.sample(DAMAGES, dice.randint(1, 2)):
        damage(content, dice)
    place.write_bytes(content or b"x")
    return place


LEAST = 48
"""Files at least, however slow the machine is."""


def paths_of(wholes: list[Path], folder: Path, seed: int, seconds: float) -> Iterator[Path]:
    """Yield damaged files for so long, the same ones in the same order each time, then the whole ones."""
    dice, end = random.Random(seed), time.monotonic() + seconds
    for place in itertools.count():
        if place >= LEAST and time.monotonic() > end:
            break
        whole = dice.choice(wholes)
        yield damaged(whole, folder / f"{place:05}{whole.suffix}", dice)
    yield from wholes


@pytest.mark.parametrize(("seconds", "seed"), [(60, 1), pytest.param(300, 2, marks=SLOW)])
def test_damaged_files_end_with_a_reason_and_harm_nobody(tmp_path: Path, seconds: float, seed: int) -> None:
    wholes, given = originals(tmp_path), list[str]()

    def tasks() -> Iterator[Task]:
        for path in paths_of(wholes, tmp_path, seed, seconds):
            given.append(path.name)
            yield Task(path.name, str(path), sha256_of(path))

    settings = load_settings()
    worker = WorkerRef(
        f"{make_extractor.__module__}:{make_extractor.__name__}",
        {"settings": settings.model_dump(mode="json"), "form": "auto"},
    )
    limits = settings.limits.model_copy(update={"page_seconds": 30.0})
    outcomes = {outcome.task.file: outcome for outcome in LocalEngine(1).run(tasks(), worker, limits)}
    assert sorted(outcomes) == sorted(given)
    ends = {file: (outcome.report.status, outcome.report.reason) for file, outcome in outcomes.items()}
    known = {"page-failed", "page-too-large", "too-many-pages", None, "no-record"}
    known |= {kind.reason for kind in InputError.__subclasses__()}
    assert {file: end for file, end in ends.items() if end[1] not in known} == {}
    assert {file: end for file, end in ends.items() if end[0] not in ("ok", "review", "failed", "rejected")} == {}
    assert [ends[whole.name][0] for whole in wholes] == ["ok"] * len(wholes)
