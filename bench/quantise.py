"""The recogniser in whole numbers: ``make quantise`` writes pipeline/ocr/models/*-int8.onnx anew.

Method: quantisation after training (Jacob et al. 2018). The pointwise convolutions and the layer of classes, three
quarters of the work, multiply bytes; all else stays as it was. Weights have seven bits and a scale a channel: two
products of seven bits by eight fit sixteen, so that processors without dot products of bytes do not saturate. The
ranges of what flows between the layers are those of lines of drawn pages of the split "train". Steps of a line that
are surely blank do not enter the layer of classes.
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import version_converter
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from bench.blanks import leave_out_blanks
from bench.drawn import documents, draw
from pipeline.config import load_settings
from pipeline.ocr import Crop, Reading
from pipeline.ocr.engines import load_onnx
from pipeline.ocr.onnx import scale_crop, stack_lines
from pipeline.ocr.weights import WHOLE, rec_model
from pipeline.run import extract_document
from pipeline.tools import Tools, load_tools

OPSET = 17
"""Of ONNX; scales a channel came with 13, layer normalisation as one node with 17."""
KEPT_APART = ("MatmulTransposeFusion", "SkipLayerNormFusion")
"""Fusions that hide a layer from the quantiser; they are made when the model is loaded."""
WIDE = 96
"""Channels on both sides from which a pointwise convolution is worth it: the first layers, which see the print itself,
are left alone."""
SQUEEZED = 4
"""Channels to one where a layer looks at the whole line at once, which takes no time."""
CLASSES = 10_000
"""More than any layer inside of the network has."""

SHARPER = 1.045
"""Times that the log-odds of 2,276 characters of drawn lines were larger in floats: what rounding blurs is sharpened
again, since confidence is learnt from them. ``--check`` measures what is left of it."""


MEASURED = 0.9999
"""Probability up to which log-odds are compared; beyond it they are those of its last digits."""


class Lines(CalibrationDataReader):  # type: ignore[misc]  # the library tells no types
    """Hands out lines, each by itself as the network takes it."""

    def __init__(self, lines: Sequence[Crop]) -> None:
        self._stacks = iter([stack_lines([line]) for line in lines])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        stack = next(self._stacks, None)
        return None if stack is None else {"x": stack}


class Gathering:
    """A recogniser that keeps crops and reads nothing."""

    name = "gathering"

    def __init__(self) -> None:
        self.crops: list[Crop] = []

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        self.crops.extend(crops)
        return [Reading(())] * len(crops)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quantise", description=__doc__.split("\n\n")[0])
    parser.add_argument("--start", type=int, default=20000, help="index of the first document")
    parser.add_argument("--count", type=int, default=19, help="documents; the levels take turns")
    parser.add_argument("--every", type=int, default=2, help="lines to one that is taken")
    parser.add_argument("--check", action="store_true", help="write nothing, compare the model that is there")
    wanted = parser.parse_args()
    lines = list(lines_of(wanted.start, wanted.count))[:: wanted.every]
    if wanted.check:
        ratio, count = sharpness(lines)
        print(
            f"log-odds in floats to those in whole numbers: {ratio:.3f}, median of {count} characters", file=sys.stderr
        )
        return 0
    WHOLE.parent.mkdir(exist_ok=True)
    quantise(rec_model().weights, lines, WHOLE)
    print(f"{WHOLE}: {WHOLE.stat().st_size} bytes, ranges of {len(lines)} lines", file=sys.stderr)
    return 0


def lines_of(start: int, count: int) -> Iterator[Crop]:
    """Given which documents of the split train, yield their lines of print as the network takes them."""
    settings = load_settings().ocr
    for wanted in documents("train", "all", start, count):
        drawn, gathering = draw(wanted), Gathering()
        extract_document(drawn.path, drawn.file, replace(tools(), recogniser=gathering))
        yield from (scale_crop(crop, settings.narrow, settings.max_width) for crop in gathering.crops)


@functools.cache
def tools() -> Tools:
    """Return this process's tools; the model in whole numbers may not be there yet."""
    cv2.setNumThreads(1)
    settings = load_settings()
    return load_tools(settings.model_copy(update={"ocr": settings.ocr.model_copy(update={"whole": False})}))


def sharpness(lines: Sequence[Crop]) -> tuple[float, int]:
    """Given lines, return how many times larger the log-odds of a character are in floats, on the median, and of how
    many characters: those that both models read alike, and neither to the last bit of a probability."""
    settings = load_settings().ocr
    floats, whole = (load_onnx(rec_model(whole=kind), settings).read(lines) for kind in (False, True))
    pairs = [
        (a.confidence, b.confidence)
        for one, other in zip(floats, whole, strict=True)
        if [glyph.text for glyph in one.glyphs] == [glyph.text for glyph in other.glyphs]
        for a, b in zip(one.glyphs, other.glyphs, strict=True)
        if max(a.confidence, b.confidence) < MEASURED
    ]
    ratios = [log_odds(a) / log_odds(b) for a, b in pairs if b != 0.5]
    return float(np.median(ratios)), len(ratios)


def log_odds(p: float) -> float:
    return float(np.log(p / (1.0 - p)))


def quantise(model: Path, lines: Sequence[Crop], out: Path) -> None:
    """Given a model, lines and where to, write the model in whole numbers."""
    with tempfile.TemporaryDirectory(prefix="shenbao-quantise-") as folder:
        fused = fuse(model, Path(folder))
        sharpen(fused)
        quantize_static(
            fused,
            out,
            Lines(lines),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=list(heavy_nodes(onnx.load(fused).graph)),
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"OpTypesToExcludeOutputQuantization": ["MatMul"], "MatMulConstBOnly": True},
        )
    join_bias(out)
    leave_out_blanks(out, lines)


def fuse(model: Path, folder: Path) -> Path:
    """Given a model, write it with its activations as one node each, where a folder is, and return it."""
    newer, fused = folder / "newer.onnx", folder / "fused.onnx"
    onnx.save(version_converter.convert_version(onnx.load(model), OPSET), newer)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(fused)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        newer, options, providers=["CPUExecutionProvider"], disabled_optimizers=list(KEPT_APART)
    )
    return fused


def sharpen(model: Path) -> None:
    """Given a model, multiply in place what its layer of classes gives."""
    whole = onnx.load(model)
    (layer,) = (node for node in whole.graph.node if node.name in set(heavy_nodes(whole.graph)) and is_classes(node))
    (bias,) = (node for node in whole.graph.node if layer.output[0] in node.input)
    for weights in whole.graph.initializer:
        if weights.name in {layer.input[1], *bias.input}:
            scaled = onnx.numpy_helper.to_array(weights) * np.float32(SHARPER)
            weights.CopyFrom(onnx.numpy_helper.from_array(scaled, weights.name))
    onnx.save(whole, model)


def join_bias(model: Path) -> None:
    """Given a model in whole numbers, have its layer of classes add their biases itself, in place: the same numbers,
    without eighteen thousand of them a step being read and written once more."""
    whole = onnx.load(model)
    graph = whole.graph
    makers = {name: node for node in graph.node for name in node.output}
    layers = (node for node in graph.node if is_classes(node))
    (layer,) = (node for node in layers if all(name in makers and is_whole(makers[name]) for name in node.input))
    (bias,) = (node for node in graph.node if layer.output[0] in node.input)
    line, weights = (makers[name] for name in layer.input)
    pairs = [name for pair in zip(line.input, weights.input, strict=True) for name in pair]
    joined = onnx.helper.make_node(
        "MatMulIntegerToFloat", [*pairs, bias.input[1]], bias.output, "classes", domain="com.microsoft"
    )
    nodes = [joined if node is bias else node for node in graph.node if node not in (layer, line, weights)]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(whole, model)


def is_classes(node: Any) -> bool:
    return bool(node.op_type == "MatMul")


def is_whole(node: Any) -> bool:
    """Does this node hand on whole numbers, in floats?"""
    return bool(node.op_type == "DequantizeLinear")


def heavy_nodes(graph: Any) -> Iterator[str]:
    """Given a graph, yield the names of its nodes that do most of the work."""
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    for node in graph.node:
        shape = shapes.get(node.input[1], ()) if len(node.input) > 1 else ()
        is_pointwise = node.op_type == "Conv" and shape[2:] == (1, 1) and is_wide(*shape[:2])
        if is_pointwise or (node.op_type == "MatMul" and shape[1:] and shape[1] > CLASSES):
            yield node.name


def is_wide(outward: int, inward: int) -> bool:
    """Given the channels of a pointwise convolution on both sides, return whether it does much work."""
    few, many = sorted((outward, inward))
    return few >= WIDE and many != SQUEEZED * few


if __name__ == "__main__":
    sys.exit(main())
