"""What a process needs to read documents: its settings, the forms and the loaded models."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config import Settings, config_dir
from pipeline.forms.load import load_forms
from pipeline.forms.match import Forms
from pipeline.ocr import Recogniser
from pipeline.ocr.engines import load_recogniser, quickest
from pipeline.ocr.orient import PageOrienter
from pipeline.ocr.weights import orientation_model
from pipeline.stages.upright import Orienter


@dataclass(frozen=True, slots=True)
class Tools:
    """Loaded once a process, used by one thread."""

    settings: Settings
    forms: Forms
    recogniser: Recogniser
    orienter: Orienter


def load_tools(settings: Settings, form: str = "auto") -> Tools:
    """Given settings and a form's id or "auto", return the tools. Slow. Raises ConfigError for an unknown form."""
    return tools_with(settings, load_forms(form, config_dir() / "forms", settings.records.label_similarity))


def tools_with(settings: Settings, forms: Forms) -> Tools:
    """Given settings and forms, which may be installed or not, return the tools. Slow."""
    recogniser = load_recogniser(settings.ocr)
    orienter = PageOrienter(orientation_model(), quickest(recogniser), threads=settings.ocr.threads)
    return Tools(settings, forms, recogniser, orienter)
