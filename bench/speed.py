"""CPU seconds of our route, of the bare recogniser and of PaddleOCR on the same pages, in one run: ``make bench``.

Everything runs in this process on one thread, in turns, so that a busy machine slows all of it alike; medians are
compared. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from paddleocr import PaddleOCR, TextRecognition

from bench import throughput
from bench.goals import Goal, any_missed
from pipeline import run
from pipeline.config import Settings, load_settings
from pipeline.model import Picture
from pipeline.ocr import Crop, Reading, Recogniser
from pipeline.ocr.engines import load_onnx
from pipeline.ocr.weights import DET_NAME, REC_NAME, paddle_folder, wheel_model
from pipeline.run import extract_document
from pipeline.stages.ingest import open_document
from pipeline.tools import Tools, load_tools

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"
STAGES = ("upright", "detect", "build_grids", "read", "stitch", "records", "check")
ONE_THREAD = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}


class Tap:
    """A recogniser that keeps the crops it is given, a list for each call, and passes them on."""

    def __init__(self, inner: Recogniser) -> None:
        self.name, self.inner = inner.name, inner
        self.calls: list[list[Crop]] = []

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        self.calls.append(list(crops))
        return self.inner.read(crops)


def main() -> int:
    options = parse()
    cv2.setNumThreads(1)
    logging.getLogger("paddlex").setLevel(logging.ERROR)
    settings = load_settings()
    tools = load_tools(settings)
    calls = crops_of(options.source, tools)
    pages = pictures_of(options.source, settings)
    subjects = subjects_of(options, tools, calls, pages)
    measured = alternate(subjects, options.repeats)
    goals = goals_of(measured, options.repeats)
    goals += throughput.measure(options.copies) if options.copies else []
    report(options, measured, stage_times(options.source, tools), goals, sum(map(len, calls)) / len(pages))
    return int(any_missed(goals))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("--source", type=Path, default=SAMPLES / "declarations_scan.pdf", help="a scanned document")
    parser.add_argument(
        "--digital", type=Path, default=SAMPLES / "declarations.pdf", help="a document with a text layer"
    )
    parser.add_argument("--repeats", type=int, default=3, help="turns of each subject")
    parser.add_argument(
        "--copies", type=int, default=throughput.COPIES, help="documents of each run of the command; 0 for no runs"
    )
    parser.add_argument("--json", type=Path, help="write the numbers there too")
    return parser.parse_args()


def crops_of(source: Path, tools: Tools) -> list[list[Crop]]:
    """Given a document, return the line crops that its reading sends to the recogniser, call by call."""
    tap = Tap(tools.recogniser)
    extract_document(source, source.name, Tools(tools.settings, tools.forms, tap, tools.orienter))
    return tap.calls


def pictures_of(source: Path, settings: Settings) -> list[Picture]:
    """Given a scanned document, return its pages as PaddleOCR wants them, (H, W, 3) BGR, at the resolution we read."""
    with open_document(source, source.name, settings.ingest) as opened:
        pages = [opened.page(number).picture for number in range(opened.source.n_pages)]
    if any(page is None for page in pages):
        raise SystemExit(f"{source} is not a scan: pages with a text layer need no recogniser")
    return [np.ascontiguousarray(page[:, :, ::-1]) for page in pages if page is not None]


def subjects_of(
    options: argparse.Namespace, tools: Tools, calls: list[list[Crop]], pages: list[Picture]
) -> dict[str, Callable[[], float]]:
    """Return what is measured: each subject does its work once and returns its CPU seconds a page."""
    whole, lines = paddle_whole(), paddle_lines()
    bare = load_onnx(wheel_model(), tools.settings.ocr)  # in floats, as its makers gave it, and no second opinion
    bgr = [np.repeat(crop[:, :, None], 3, axis=2) for crops in calls for crop in crops]
    with open_document(options.digital, options.digital.name, tools.settings.ingest) as opened:
        n_digital = opened.source.n_pages
    return {
        "ours, scanned": lambda: cpu(lambda: extract_document(options.source, "a", tools)) / len(pages),
        "bare recogniser, same crops": lambda: cpu(lambda: [bare.read(crops) for crops in calls]) / len(pages),
        "PaddleOCR TextRecognition, same crops": lambda: cpu(lambda: lines.predict(bgr, batch_size=1)) / len(pages),
        "PaddleOCR(), whole pages": lambda: cpu(lambda: [whole.predict(page) for page in pages]) / len(pages),
        "ours, digital": lambda: cpu(lambda: extract_document(options.digital, "a", tools)) / n_digital,
    }


def paddle_whole() -> PaddleOCR:
    """PaddleOCR's pipeline: detection and recognition with the models that we use, nothing before and nothing after."""
    return PaddleOCR(
        text_detection_model_name=DET_NAME,
        text_detection_model_dir=str(paddle_folder("det")),
        text_recognition_model_name=REC_NAME,
        text_recognition_model_dir=str(paddle_folder("rec")),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
        engine_config=ONE_THREAD,
        device="cpu",
    )


def paddle_lines() -> TextRecognition:
    folder = str(paddle_folder("rec"))
    return TextRecognition(
        model_name=REC_NAME, model_dir=folder, engine="onnxruntime", engine_config=ONE_THREAD, device="cpu"
    )


def cpu(work: Callable[[], object]) -> float:
    """Given work, do it and return the CPU seconds of this process, all threads."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def alternate(subjects: dict[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Given subjects, run each once to warm it up, then all in turns; return the median of each."""
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in range(repeats + 1):
        for name, subject in subjects.items():
            took = subject()
            if turn:
                seconds[name].append(took)
            print(f"turn {turn} of {repeats}: {took:7.3f} s  {name}", file=sys.stderr)
    return {name: statistics.median(took) for name, took in seconds.items()}


def goals_of(measured: dict[str, float], repeats: int) -> list[Goal]:
    """Given the medians, return the goals."""
    ours = measured["ours, scanned"]
    return [
        Goal(
            "ours to the bare recogniser, scanned",
            ours / measured["bare recogniser, same crops"],
            1.5,
            "x",
            at_most=True,
        ),
        Goal("PaddleOCR() to ours, scanned", measured["PaddleOCR(), whole pages"] / ours, 3.0, "x"),
        Goal("a digital page", measured["ours, digital"], 0.25, " s", at_most=True),
        Goal("shenbao --help, by the clock", help_seconds(max(repeats, 5)), 0.4, " s", at_most=True),
    ]


def help_seconds(repeats: int) -> float:
    """Return the median seconds by the clock that ``shenbao --help`` takes: what a person waits."""
    took = []
    for _ in range(repeats + 1):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "pipeline", "--help"], check=True, capture_output=True)
        took.append(time.perf_counter() - begun)
    return statistics.median(took[1:])


def stage_times(source: Path, tools: Tools) -> dict[str, float]:
    """Given a document, return the CPU seconds a page that each stage of the driver takes, the recogniser apart."""
    seconds: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    tap = Tap(tools.recogniser)
    with clocked(seconds):
        total = cpu(lambda: extract_document(source, "a", Tools(tools.settings, tools.forms, tap, tools.orienter)))
    recognition = cpu(lambda: [tools.recogniser.read(crops) for crops in tap.calls])
    times = {"ingest": total - sum(seconds.values()), **seconds, "recogniser": recognition}
    times["read"] -= recognition
    return {name: took / max(len(tap.calls), 1) for name, took in times.items()}


@contextmanager
def clocked(seconds: dict[str, float]) -> Iterator[None]:
    """Given where to add up, put a clock around every stage that the driver calls."""
    plain = {name: getattr(run, name) for name in seconds}

    def clock(name: str, stage: Callable[..., object]) -> Callable[..., object]:
        def timed(*arguments: object) -> object:
            begun = time.process_time()
            try:
                return stage(*arguments)
            finally:
                seconds[name] += time.process_time() - begun

        return timed

    for name, stage in plain.items():
        setattr(run, name, clock(name, stage))
    try:
        yield
    finally:
        for name, stage in plain.items():
            setattr(run, name, stage)


def report(
    options: argparse.Namespace,
    measured: dict[str, float],
    stages: dict[str, float],
    goals: list[Goal],
    crops_a_page: float,
) -> None:
    """Print the numbers, and write them where --json says."""
    print(f"{options.source.name}: {crops_a_page:.0f} line crops a page; {options.digital.name}; CPU seconds a page")
    for name, seconds in measured.items():
        print(f"  {name:<40} {seconds:7.3f}")
    print("stages, scanned, CPU seconds a page")
    for name, seconds in stages.items():
        print(f"  {name:<40} {seconds:7.3f}")
    for goal in goals:
        print(goal.line())
    if options.json:
        numbers = {
            "measured": measured,
            "stages": stages,
            "goals": [asdict(goal) | {"verdict": goal.verdict} for goal in goals],
        }
        options.json.write_text(json.dumps(numbers, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
