"""Steps of a line that hold nothing, told before the layer of classes sees them.

Of ten steps of the recogniser seven are blank, and for each the layer of eighteen thousand classes, the heaviest of
all, says so at length. A plane in the space of what enters that layer parts nearly all sure blanks from the rest; the
model multiplies and returns what lies on its other side. Method: leaving out blank frames (Chen et al. 2017, "Phone
synchronous speech recognition with CTC lattices").
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from bench.plane import Floats, Plane, fit
from pipeline.ocr import Crop
from pipeline.ocr.onnx import BLANK, stack_lines

SURE = 0.995
"""Probability of the blank from which a step is one to leave out."""


def leave_out_blanks(path: Path, lines: Sequence[Crop]) -> None:
    """Given a model in whole numbers and lines as it takes them, have it give scores of the steps that may hold
    something alone, (M, classes), and marks that tell which they are, (lines, steps); in place."""
    model = onnx.load(path)
    (entry,) = (node for node in model.graph.node if feeds_classes(model.graph, node))
    features, blanks = steps_of(model, entry.input[0], lines)
    part(model.graph, entry, fit(features, blanks > SURE))
    onnx.save(model, path)


def feeds_classes(graph: Any, node: Any) -> bool:
    """Does this node hand the layer of classes its bytes?"""
    return any(other.name == "classes" and other.input[0] == node.output[0] for other in graph.node)


def steps_of(model: Any, name: str, lines: Sequence[Crop]) -> tuple[Floats, Floats]:
    """Given a model, the name of what enters its layer of classes, and lines, return for all their steps together what
    enters there (S, channels), and the probability of the blank (S,)."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    given = [session.run(None, {"x": stack_lines([line])}) for line in lines]
    features = np.concatenate([steps[0] for _, steps in given])
    return features.astype(np.float64), np.concatenate([scores[0, :, BLANK] for scores, _ in given]).astype(np.float64)


def part(graph: Any, entry: Any, plane: Plane) -> None:
    """Given a graph, the node that enters its layer of classes and the plane, put the parting before that node."""
    name, classes = entry.input[0], graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    constants = {
        "blank_slope": plane.slope.astype(np.float32)[:, None],
        "blank_limit": np.array(-plane.lift, np.float32),
        "blank_axis": np.array([2], np.int64),
        "blank_flat": np.array([-1], np.int64),
        "blank_rows": np.array([-1, len(plane.slope)], np.int64),
    }
    graph.initializer.extend(numpy_helper.from_array(value, key) for key, value in constants.items())
    parting = [
        helper.make_node("MatMul", [name, "blank_slope"], ["blank_odds"]),
        helper.make_node("Squeeze", ["blank_odds", "blank_axis"], ["blank_odds_flat"]),
        helper.make_node("LessOrEqual", ["blank_odds_flat", "blank_limit"], ["marks"]),
        helper.make_node("Reshape", ["marks", "blank_flat"], ["marks_flat"]),
        helper.make_node("Reshape", [name, "blank_rows"], ["all_steps"]),
        helper.make_node("Compress", ["all_steps", "marks_flat"], ["held_steps"], axis=0),
    ]
    entry.input[0] = "held_steps"
    at = [node.output[0] for node in graph.node].index(entry.output[0])
    nodes = [*graph.node[:at], *parting, *graph.node[at:]]
    del graph.node[:]
    graph.node.extend(nodes)
    scores = graph.output[0]
    scores.CopyFrom(helper.make_tensor_value_info(scores.name, TensorProto.FLOAT, ["held", classes]))
    graph.output.append(helper.make_tensor_value_info("marks", TensorProto.BOOL, ["lines", "steps"]))
