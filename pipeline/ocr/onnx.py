"""The recogniser itself: PP-OCR's ONNX model run directly, so that the scores of every character are kept.

PaddleOCR's public result holds the best string and one score; deciding between readings needs the scores of each place.
Decoding is best-path CTC (Graves et al. 2006, section 3.1): the most likely class of each step, repeats joined, blanks
dropped. A glyph's probability is the highest its class reaches in its run of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.ocr.weights import RecModel, dictionary_of

HEIGHT = 48
"""Pixels; the height the model was trained on."""
STRIDE = 8
"""Pixels of width a step of the model's output stands for."""
BLANK = 0
UNLIKELY = 1e-4
"""Probability below which a character is no candidate; few classes of a step lie above it, so few are sorted."""
SUREST = 1.0 - 0.9 * UNLIKELY
"""Probability beside which no other character is a candidate, with room for how a sum of floats is rounded."""
SURE_BLANK = 0.98
"""Probability of a blank from which no character was passed over there."""
PADDED = 1.05
"""Widest line of a batch to its narrowest: on one thread a batch saves less than its padding costs."""
MIN_WIDTH = 32
"""Pixels at height 48; the network's pooling needs a few steps."""

Scores = NDArray[np.float32]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steps:
    """What the network gave for the T steps of one line.

    best, chances (T,): the likeliest class and its probability; blank (T,): the probability of the blank; scores
    (M, classes): the probabilities of M <= T steps, and row (T,): where among them a step's lie. A step without
    scores is a sure blank.
    """

    best: NDArray[np.intp]
    chances: Scores
    blank: Scores
    row: NDArray[np.intp]
    scores: Scores


class OnnxRecogniser:
    """Recogniser over one ONNX Runtime session. Not thread-safe: one instance a process."""

    def __init__(
        self, model: RecModel, *, threads: int, narrow: float, max_width: int, batch_pixels: int, others: int
    ) -> None:
        self._session = open_session(model.weights, threads)
        self._input = self._session.get_inputs()[0].name
        self._alphabet = alphabet_of(model, self._session)
        self._narrow, self._max_width, self._batch_pixels, self._others = narrow, max_width, batch_pixels, others
        self.name = f"onnx:{model.name}"

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N grey line crops (H, W) uint8, return N readings in the same order.

        Crops of like width go through the network together, so that little padding is computed.
        """
        lines = [scale_crop(crop, self._narrow, self._max_width) for crop in crops]
        readings: list[Reading] = [Reading(())] * len(lines)
        for batch in batches_by_width([line.shape[1] for line in lines], self._batch_pixels):
            outputs = self._session.run(None, {self._input: stack_lines([lines[i] for i in batch])})
            for i, (kept, scores) in zip(batch, by_line(outputs), strict=True):
                used = -(-lines[i].shape[1] // STRIDE)
                a_step = STRIDE * crops[i].shape[1] / width_of(crops[i], self._narrow, self._max_width)
                readings[i] = decode(steps_of(kept[: used + 1], scores), self._alphabet, a_step, self._others)
        return readings


def by_line(outputs: Sequence[NDArray[Any]]) -> Iterator[tuple[Marks, Scores]]:
    """Given what the network gave for N lines, yield for each which of its T steps have scores, and those scores.

    A network gives (N, T, classes), or, where it left sure blanks out, (M, classes) and marks (N, T) with M set.
    """
    if len(outputs) == 1:
        yield from ((np.ones(len(line), np.bool_), line) for line in outputs[0])
        return
    scores, marks = outputs
    ends = np.cumsum(marks.sum(axis=1)).tolist()
    yield from ((kept, scores[end - int(kept.sum()) : end]) for kept, end in zip(marks, ends, strict=True))


def steps_of(kept: Marks, scores: Scores) -> Steps:
    """Given which of T steps have scores, and the scores of these and maybe of steps behind them, return the steps."""
    held, scores = np.flatnonzero(kept), scores[: int(kept.sum())]
    best, row = np.full(len(kept), BLANK, np.intp), np.full(len(kept), -1, np.intp)
    chances, blank = np.ones(len(kept), np.float32), np.ones(len(kept), np.float32)
    row[held] = np.arange(len(held))
    best[held] = scores.argmax(axis=1)
    chances[held], blank[held] = scores[row[held], best[held]], scores[:, BLANK]
    return Steps(best, chances, blank, row, scores)


def alphabet_of(model: RecModel, session: onnxruntime.InferenceSession) -> tuple[str, ...]:
    """Given a model and its session, return what each of its classes stands for; the first is the blank, ""."""
    return ("", *(model.dictionary or dictionary_of(session)), " ")


def open_session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """Given a model file, return a session that uses that many threads and says nothing."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def width_of(crop: Crop, narrow: float, max_width: int) -> int:
    """Given a crop, return its width once it is 48 high: ``narrow`` of what its proportions ask for, at most max_width.

    The network's time goes with the width, and it reads type that is set a little narrower just as well.
    """
    height, width = crop.shape
    return min(max(round(width * HEIGHT / height * narrow), 1), max_width)


def scale_crop(crop: Crop, narrow: float, max_width: int) -> Crop:
    """Given a crop, return it at height 48 and at its width there, with paper added where that is under MIN_WIDTH."""
    wide = width_of(crop, narrow, max_width)
    shrinks = crop.shape[0] > HEIGHT
    scaled = cv2.resize(crop, (wide, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    missing = max(MIN_WIDTH - wide, 0)
    return cv2.copyMakeBorder(scaled, 0, 0, 0, missing, cv2.BORDER_REPLICATE) if missing else scaled


def batches_by_width(widths: Sequence[int], batch_pixels: int) -> Iterator[list[int]]:
    """Given widths, yield index groups of like widths, each with a padded total width of at most batch_pixels."""
    batch: list[int] = []
    for i in sorted(range(len(widths)), key=lambda k: (widths[k], k)):
        full = batch and (len(batch) + 1) * widths[i] > batch_pixels
        if full or (batch and widths[i] > PADDED * widths[batch[0]]):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def stack_lines(lines: Sequence[Crop]) -> NDArray[np.float32]:
    """Given grey lines of height 48, return (N, 3, 48, W) float32 in [-1, 1], padded on the right with 0."""
    wide = max(line.shape[1] for line in lines)
    wide = -(-wide // STRIDE) * STRIDE
    stack = np.zeros((len(lines), 3, HEIGHT, wide), np.float32)
    for row, line in zip(stack, lines, strict=True):
        row[:, :, : line.shape[1]] = line.astype(np.float32) / 127.5 - 1.0
    return stack


def decode(steps: Steps, alphabet: Sequence[str], pixels_a_step: float, others: int) -> Reading:
    """Given the steps of a line, return the best-path reading with extents in crop pixels.

    Where a character may have been passed over, a glyph without text stands for the nothing that was read.
    """
    classes = steps.best.tolist()
    starts = [t for t, k in enumerate(classes) if k != BLANK and (t == 0 or k != classes[t - 1])]
    ends = [next((u for u in range(t, len(classes)) if classes[u] != classes[t]), len(classes)) for t in starts]
    gaps = zip([0, *ends], [*starts, len(classes)], strict=True)
    runs = sorted([*zip(starts, ends, strict=True), *((t, t + 1) for gap in gaps for t in passed_over(steps, *gap))])
    glyphs = []
    for start, end in runs:
        peak = start + int(steps.chances[start:end].argmax())
        sure = min(float(steps.chances[peak]), 1.0)
        rest = () if sure > SUREST else _others(steps.scores[steps.row[peak]], alphabet, others)
        glyphs.append(ReadGlyph(alphabet[classes[start]], sure, start * pixels_a_step, end * pixels_a_step, rest))
    return Reading(tuple(glyphs))


def passed_over(steps: Steps, start: int, end: int) -> list[int]:
    """Given steps and a range of them that are blank at best, return the one where a character is likeliest to have
    been passed over; none where all are surely blank. The neighbours' own characters and the space do not count."""
    unsure = [t for t, blank in enumerate(steps.blank[start:end].tolist(), start) if blank < SURE_BLANK]
    if not unsure:
        return []
    hidden = [BLANK, steps.scores.shape[1] - 1]
    hidden += [int(steps.best[start - 1])] if start else []
    hidden += [int(steps.best[end])] if end < len(steps.best) else []
    shown = steps.scores[steps.row[unsure]]
    shown[:, hidden] = 0.0
    return [unsure[int(shown.max(axis=1).argmax())]] if shown.max() > 1.0 - SURE_BLANK else []


def _others(step: NDArray[np.float32], alphabet: Sequence[str], count: int) -> tuple[tuple[str, float], ...]:
    """Given the scores of one step, return the next likely classes after the best, the blank as an empty string."""
    likely = np.flatnonzero(step > UNLIKELY)
    ranked = likely[np.argsort(-step[likely], kind="stable")][1 : count + 1]
    return tuple((alphabet[k], p) for k, p in zip(ranked.tolist(), step[ranked].tolist(), strict=True))
