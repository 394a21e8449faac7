"""A draft as the YAML that people edit: short, in the order of the page, with a remark wherever it is unsure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import yaml

from pipeline.forms.draft import Draft, DraftColumn, DraftField, DraftTable
from pipeline.forms.draft_names import Named
from pipeline.forms.draft_words import Words
from pipeline.forms.readout import quoted

ENDLESS = 10**6
"""Columns; a text is never wrapped."""
PAGE_FIELDS: Mapping[str, tuple[str, str]] = {
    "title": ("text", "title"),
    "heading": ("text", "heading"),
    "fiscal_year": ("year", "[caption, title, heading]"),
}
"""What every form has outside of its cells: type and place."""


def draft_to_yaml(draft: Draft, words: Words, sample: str) -> str:
    """Given a draft, the words of draft.yaml and the name of its sample, return the definition as a file's text."""
    return (
        "\n".join([*_head(draft, sample), *_fields(draft, words), *_matrices(draft), *_tables(draft), *_tail(draft)])
        + "\n"
    )


def scalar(text: str) -> str:
    """Given a text, return it as YAML that reads as that text again, in quotes where it has to be."""
    dumped = yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=ENDLESS)
    return dumped.strip()[1:-1]


def listed(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(scalar, texts))}]"


def _names(named: Named) -> str:
    return f"names: {{zh: {scalar(named.zh)}, en: {scalar(named.en)}}}"


def _head(draft: Draft, sample: str) -> Iterator[str]:
    title = draft.title.replace("\n", "") if draft.title else draft.id
    yield "# yaml-language-server: $schema=../form.schema.json"
    yield f"# A draft from {quoted(sample)}. '# ?' marks what needs a look; then: shenbao forms check, and try."
    yield f"form: {draft.id}"
    yield f"names: {{zh: {scalar(title)}, en: {scalar(draft.id.replace('-', ' ').capitalize())}}}"
    if draft.endings or draft.opening or draft.evidence:
        yield "identity:"
    if draft.endings:
        yield f"  titles: {listed(draft.endings)}"
    else:
        yield "  # ? no title was found: write titles: [how it may end]"
    if draft.opening:
        yield f"  opening: [{', '.join(draft.opening)}]"
    if draft.evidence:
        yield f"  evidence: [{', '.join(draft.evidence)}]"
    if draft.sections:
        yield "sections:  # ? parts whose labels are alike; the words are those of the cell beside each part"
        yield from (f"  {name}: {listed(words)}" for name, words in draft.sections.items())


def _fields(draft: Draft, words: Words) -> Iterator[str]:
    yield "fields:"
    taken = {field.named.path for field in draft.fields}
    for path, (kind, place) in PAGE_FIELDS.items():
        if path not in taken:
            names = words.standard[path]
            yield f"  {path}: {{names: {{zh: {names.zh}, en: {names.en}}}, type: {kind}, place: {place}}}"
    for field in draft.fields:
        yield from _field(field)


def _field(field: DraftField) -> Iterator[str]:
    yield f"  {field.named.path}:" + _sample(field.sample)
    yield from (f"    # ? {doubt}" for doubt in field.doubts)
    yield f"    {_names(field.named)}"
    yield f"    type: {field.type}"
    yield f"    labels: {listed([field.label])}"
    yield f"    place: {field.place}"
    if field.section is not None:
        yield f"    section: {field.section}"
    if field.type == "coded" and field.named.code is not None:
        yield f"    code: {field.named.code}"
    if field.shape is not None:
        yield f"    code_shape: {scalar(field.shape)}"
    if field.choices:
        yield f"    choices: {listed(field.choices)}"


def _sample(text: str) -> str:
    return f"  # {_on_one_line(text)}" if text.strip() else ""


def _on_one_line(text: str) -> str:
    """A print as a remark; what would end or hide the remark's line is a blank."""
    return quoted("".join(char if char.isprintable() else " " for char in text))


def _matrices(draft: Draft) -> Iterator[str]:
    if draft.matrices:
        yield "matrices:"
    for matrix in draft.matrices:
        yield f"  {matrix.named.path}:"
        yield from _doubt("    ", matrix.named.doubt)
        yield "    rows:"
        for named, label in matrix.rows:
            yield from _doubt("      ", named.doubt)
            yield f"      {named.path}: {{{_names(named)}, labels: {listed([label])}}}"
        yield "    columns:"
        for column in matrix.columns:
            yield from _column(column)


def _tables(draft: Draft) -> Iterator[str]:
    if draft.tables:
        yield "tables:"
    for table in draft.tables:
        yield from _table(table)


def _table(table: DraftTable) -> Iterator[str]:
    yield f"  {table.named.path}:"
    yield from _doubt("    ", table.named.doubt)
    yield f"    {_names(table.named)}"
    if table.labels:
        yield f"    labels: {listed(table.labels)}"
    if table.side is not None:
        yield f"    side: {table.side}"
    yield "    columns:"
    for column in table.columns:
        yield from _column(column)
    if table.levels:
        yield "    levels:  # ? only what the sample prints"
        yield from (f"      {scalar(word)}: {listed(under)}" for word, under in table.levels.items())


def _column(column: DraftColumn) -> Iterator[str]:
    yield from (f"      # ? {doubt}" for doubt in column.doubts)
    shape = "" if column.shape is None else f", code_shape: {scalar(column.shape)}"
    parts = f", parts: {listed(column.parts)}" if column.parts else ""
    more = f"{shape}{parts}{', optional: true' if column.optional else ''}"
    rest = f"type: {column.type}, labels: {listed([column.label])}{more}"
    yield f"      {column.named.path}: {{{_names(column.named)}, {rest}}}" + _sample(column.sample)


def _doubt(indent: str, doubt: str | None) -> Iterator[str]:
    if doubt is not None:
        yield f"{indent}# ? {doubt}"


def _tail(draft: Draft) -> Iterator[str]:
    if draft.furniture:
        yield f"furniture: {listed(draft.furniture)}"
    if draft.left:
        yield "# ? Prints that found no place; those that stand on every page of the form belong to 'furniture':"
        yield from (f"#   {_on_one_line(text)}" for text in draft.left)
