"""Settings: configs/pipeline.yaml -> frozen slices, one a stage. An unknown key is an error that names its path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigError


class Slice(BaseModel):
    """A frozen group of settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Slice)


class Ingest(Slice):
    """Units and reasons of every setting stand beside its value in configs/pipeline.yaml."""

    max_file_bytes: int
    max_pages: int
    max_page_side_pt: float
    max_picture_pixels: int
    scan_dpi_min: float
    scan_dpi_max: float
    vector_dpi: float
    image_cover: float
    mark_cover: float
    odd_char_share: float
    foreign_ink_share: float
    ruling_thickness_pt: float
    max_stream_bytes: int
    max_page_paths: int
    max_layer_paths: int
    max_layer_bytes: int


class Upright(Slice):
    skew_limit_deg: float
    skew_step_deg: float
    skew_evidence_in: float
    segment_min_in: float
    piece_min_in: float
    chain_gap_in: float
    chain_off_in: float
    chain_max_in: float
    ruled_min_in: float
    level_dpi: float
    bow_segments: int
    bow_min_in: float
    text_skew_dpi: float
    ink_levels: int
    paper_side_px: int
    paper_share: float
    desk_share: float
    desk_levels: int
    seal_chroma: int
    seal_min_in: float
    seal_max_in: float
    seal_fill: float
    seal_close_in: float
    fold_margin_in: float
    fold_margin_end_in: float
    fold_in: float
    fold_levels: int
    fold_lean: float
    fold_seen: float
    fold_dark: float
    fold_light: float
    fold_stronger: float
    pen_chroma: int
    pen_colour: float
    pen_ink_in2: float
    pen_page: float
    pen_close_in: float
    pen_rim_in: float
    pen_min_in: float
    pen_max_in: float
    pen_fill: float
    pen_tall_in: float
    pen_row: int
    pen_gap_in: float
    pen_near_in: float
    pen_straight_in: float
    pen_straight: float
    pen_most: int


class Detect(Slice):
    ruling_min_in: float
    ruling_thick_in: float
    gap_in: float
    dot_gap_in: float
    dot_gap_wide_in: float
    joint_in: float
    side_in: float
    double_in: float
    solid_min: float
    clean_share: float
    clean_share_short: float
    short_in: float
    loose_least_in: float
    threshold_block_in: float
    threshold_offset: int
    threshold_grain: float
    along_in: float
    ridge_in: float
    ridge_levels: int
    ink_share: float
    edge_in: float
    claim_in: float
    search_in: float
    overhang_in: float
    open_row_in: float
    open_column_in: float
    clean_least: float
    clean_least_unstruck: float
    dots_share: float
    dotted_share: float
    parted_share: float
    ruled_share: float
    seam_in: float
    seam_share: float
    outside_in: float
    beyond_share: float
    stray_share: float
    stray_rise: float
    unstruck_in: float
    clean_least_short: float
    free_share: float
    joined_share: float
    faint_share: float
    back_share: float
    end_gap_in: float
    rim_in: float
    missed_share: float
    row_least_in: float
    missed_rise: float
    onward_share: float
    double_least_in: float
    line_share: float
    print_clean: float
    print_proof: float
    print_proof_odd: float
    crossed_share: float
    crossed_usual: float
    ruled_share_unstruck: float
    table_min_in: float
    table_strip_in: float
    table_long_in: float
    unruled_min_accuracy: float


class Grid(Slice):
    snap_in: float
    drift_in: float
    open_side_in: float
    cover: float


class Weights(Slice):
    """How much each feature of a character says about whether it was read right; these say what the recogniser says."""

    always: float = 0.0
    surety: float = 1.0
    murk: float = 0.0
    company: float = 0.0
    mark: float = 0.0
    digit: float = 0.0
    nothing_or_pause: float = 0.0
    seconded: float = 0.0
    seconded_ideograph: float = 0.0
    contradicted: float = 0.0


class Confidence(Slice):
    """Weights that were learnt from one model, see pipeline/stages/read/trust.py. Without a model, probabilities stay
    as the recogniser gives them."""

    model: str = ""
    weights: Weights = Weights()


class Read(Slice):
    pad: float
    pad_side: float
    ink_levels: int
    ink_share: float
    remnant_in: float
    double_in: float
    inset_in: float
    speck_share: float
    faint_share: float
    dot_share: float
    remnant_strip_in: float
    remnant_thick_in: float
    split_gap: float
    crop_levels: float
    gain_max: float
    paper_level: float
    confidence: Confidence = Confidence()


class Ocr(Slice):
    engine: Literal["onnx", "paddle"]
    official_model: str
    threads: int
    narrow: float
    max_width: int
    batch_pixels: int
    others: int
    second: bool
    whole: bool


class Stitch(Slice):
    edge_tolerance: float
    shift_tolerance: float
    shared_columns: float
    same_columns: float
    same_line: float
    min_line_chars: int
    full_line_gap: float


class Records(Slice):
    accept_confidence: float
    label_similarity: float


class Limits(Slice):
    page_seconds: float
    file_seconds: float
    start_seconds: float
    interrupt_seconds: int
    worker_memory_mb: int
    worker_resident_mb: int
    worker_written_mb: int
    worker_open_files: int
    worker_cpu_seconds: int
    worker_files: int
    range_pages: int
    lost_pages: int


class Settings(Slice):
    """All settings of a run."""

    ingest: Ingest
    upright: Upright
    detect: Detect
    grid: Grid
    read: Read
    ocr: Ocr
    stitch: Stitch
    records: Records
    limits: Limits


def config_dir() -> Path:
    """Return the folder of settings and forms: $SHENBAO_CONFIGS, the installed copy, or the checkout's configs/."""
    here = Path(__file__).resolve().parent
    named = os.environ.get("SHENBAO_CONFIGS")
    places = [Path(named)] if named else [here / "configs", here.parent / "configs"]
    for place in places:
        if (place / "pipeline.yaml").is_file():
            return place
    raise ConfigError(f"no pipeline.yaml in {places[-1]}: set SHENBAO_CONFIGS to the folder that holds it")


def load_settings(path: Path | None = None) -> Settings:
    """Given a settings file (default: pipeline.yaml), return it checked, with what confidence.yaml knows of the
    recogniser unless it says so itself. Raises ConfigError with file and key."""
    file = path or config_dir() / "pipeline.yaml"
    settings = _validated(Settings, file)
    if settings.read.confidence.model:
        return settings
    read = settings.read.model_copy(update={"confidence": _validated(Confidence, config_dir() / "confidence.yaml")})
    return settings.model_copy(update={"read": read})


def _validated(kind: type[S], file: Path) -> S:
    try:
        return kind.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"cannot read settings {file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{file}: {where}: {first['msg']}") from error
