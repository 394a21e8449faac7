"""The review page in a real browser, served by the real command."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review_jobs import HOSTILE, TOTAL, doubtful_job, records_in, review_of, serving, write_records

from pipeline.review.actions import Action
from pipeline.review.overlay import reviewed_states

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed: apt-get install chromium", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TOTAL_INPUT = f'input[data-path="{TOTAL}"]'
UNIT = '[data-path="implementing_unit"] input, [data-path="implementing_unit"] textarea'
TOTAL_SUM = f'[data-sum="{TOTAL}"]'
SECONDS = 60


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    profile = tmp_path_factory.mktemp("profile")
    with playwright.sync_playwright() as engine:
        context = engine.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=ARGUMENTS, locale="zh-CN", viewport={"width": 1280, "height": 800}
        )
        context.set_default_timeout(SECONDS * 1000)
        yield context
        context.close()


@pytest.fixture(scope="module")
def template(read_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return doubtful_job(read_sample, tmp_path_factory.mktemp("page") / "job")


@pytest.fixture(scope="module")
def site(template: Path) -> Iterator[str]:
    with serving(template) as address:
        yield address


@pytest.fixture(autouse=True)
def fresh(template: Path) -> Iterator[None]:
    """Each test begins with no event."""
    yield
    for file in template.glob("reviews.sqlite*"):
        file.unlink()
    (template / "records.jsonl").touch()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    tab = browser.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    tab.close()
    assert faults == []


def open_record(tab: Any, site: str, record_id: str) -> None:
    tab.goto(f"{site}/records/{record_id}")
    tab.wait_for_selector(f'main[data-ready="{record_id}"]')


def done(tab: Any, number: int) -> None:
    """Wait until so many actions count."""
    tab.locator(".past li").nth(number - 1).wait_for(state="attached")


def ids(template: Path) -> list[str]:
    return [record["record_id"] for record in records_in(template)]


def right_total(template: Path) -> str:
    return str(records_in(template)[0]["data"]["funds"]["annual_appropriation"])


def test_an_amount_is_settled_by_keyboard_and_flows_out(site: str, page: Any, template: Path) -> None:
    first, second = ids(template)[:2]
    page.goto(site)
    assert page.locator("h1").inner_text() == "2 条待复核"
    page.locator("#start").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'main[data-ready="{first}"]')
    assert re.search("合计不符", page.locator(TOTAL_SUM).inner_text())
    page.wait_for_selector(".crop canvas")
    assert page.locator(f'.spot.active[data-path="{TOTAL}"]').count() == 1
    page.keyboard.press("e")
    page.keyboard.type(right_total(template))
    page.wait_for_selector(f"{TOTAL_SUM}.holds")  # the rule is asked while one types, before anything is kept
    assert review_of(template).state(first).version == 0
    page.keyboard.press("Enter")
    page.wait_for_selector(".left-now.none")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f'main[data-ready="{second}"]')
    review = review_of(template)
    got = [s.record for s in reviewed_states(template, list(review.forms.values()), review.accept) if s.accepted_by]
    assert [record["record_id"] for record in got] == [first]
    assert got[0]["data"]["funds"]["annual_total"] == right_total(template)
    assert got[0]["evidence"][TOTAL]["origin"] == "human"


def test_hostile_text_is_shown_and_not_run(site: str, page: Any, template: Path) -> None:
    open_record(page, site, ids(template)[1])
    assert page.locator('[data-path="implementing_unit"] textarea').input_value() == HOSTILE
    assert "<script>" in page.locator(".detail").first.inner_text()
    for view in ("queue", "records?q=%3Cscript%3E"):
        page.goto(f"{site}/{view}")
    assert page.evaluate("window.hit") is None
    assert page.locator("input[type=search]").input_value() == "<script>"


def test_keys_wait_while_an_input_method_composes(site: str, page: Any, template: Path) -> None:
    first = ids(template)[0]
    open_record(page, site, first)
    page.keyboard.press("e")
    press = """(keys) => keys.map(([key, composing, code]) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", {key, isComposing: composing, keyCode: code, bubbles: true, cancelable: true})))"""
    page.evaluate(press, [["Enter", True, 13], ["Enter", False, 229], ["1", True, 49], ["u", False, 229]])
    page.wait_for_timeout(200)
    assert review_of(template).state(first).version == 0
    page.evaluate(press, [["Enter", False, 13]])
    done(page, 1)
    assert review_of(template).state(first).version == 1


def test_chinese_is_composed_in_the_browsers_own_way(site: str, page: Any, template: Path) -> None:
    """By the interface through which a browser has an input method: pinyin that is not taken yet, then its words."""
    first = ids(template)[0]
    open_record(page, site, first)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]) if request.post_data else None)
    method = page.context.new_cdp_session(page)
    page.locator(UNIT).focus()
    page.locator(UNIT).select_text()
    for pinyin in ("q", "qing", "qing he"):
        method.send(
            "Input.imeSetComposition", {"text": pinyin, "selectionStart": len(pinyin), "selectionEnd": len(pinyin)}
        )
    assert page.locator(UNIT).input_value() == "qing he"
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)  # longer than a check of the rules waits for the next key
    assert asked == []
    assert page.evaluate("document.activeElement.dataset.path") == "implementing_unit"
    method.send("Input.insertText", {"text": "清河区水利局"})
    assert page.locator(UNIT).input_value().endswith("清河区水利局")
    page.keyboard.press("Enter")
    done(page, 1)
    state = review_of(template).state(first)
    assert (state.version, state.record["data"]["implementing_unit"]) == (1, "清河区水利局")
    assert asked.count("events") == 1


def test_two_tabs_on_one_field_lose_no_edit(site: str, browser: Any, page: Any, template: Path) -> None:
    first = ids(template)[0]
    other = browser.new_page()
    for tab in (page, other):
        open_record(tab, site, first)
    page.locator(TOTAL_INPUT).fill(right_total(template))
    page.locator(TOTAL_INPUT).press("Enter")
    done(page, 1)
    other.locator(TOTAL_INPUT).fill("5.00")
    other.locator(TOTAL_INPUT).press("Enter")
    other.wait_for_selector("#toast .bad")
    assert "甲 changed this record meanwhile" in other.locator("#toast").inner_text()
    assert other.locator(TOTAL_INPUT).input_value() == "5.00"
    assert review_of(template).state(first).record["data"]["funds"]["annual_total"] == right_total(template)
    other.locator(TOTAL_INPUT).press("Enter")  # having seen it, the second one decides anew
    done(other, 2)
    other.close()
    assert review_of(template).state(first).record["data"]["funds"]["annual_total"] == "5.00"


def test_what_cannot_stand_in_a_field_is_refused_in_the_language_of_the_page(
    site: str, page: Any, template: Path
) -> None:
    first = ids(template)[0]
    open_record(page, site, first)
    page.locator(TOTAL_INPUT).fill("十二头")
    page.locator(TOTAL_INPUT).press("Enter")
    page.wait_for_selector("#toast .bad")
    assert page.locator("#toast").inner_text().startswith("不是")
    assert page.locator(TOTAL_INPUT).input_value() == "十二头"
    assert review_of(template).state(first).version == 0


def test_candidates_undo_and_a_reason(site: str, page: Any, template: Path) -> None:
    first = ids(template)[0]
    records = records_in(template)
    records[0]["issues"][-1]["candidates"] = ["many", right_total(template)]
    write_records(template, records)
    open_record(page, site, first)
    page.wait_for_selector(".picks kbd")
    page.keyboard.press("2")
    page.wait_for_selector(f"{TOTAL_SUM}.holds")
    page.keyboard.press("u")
    page.wait_for_selector(f"{TOTAL_SUM}.fails")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".reason textarea")
    page.keyboard.type("as printed")
    page.locator(".reason .primary").click()
    page.wait_for_selector(f'main[data-ready="{ids(template)[1]}"]')
    state = review_of(template).state(first)
    assert (state.accepted_by, state.events[-1].why) == ("甲", "as printed")


def test_rows_are_added_merged_and_removed(site: str, page: Any, template: Path) -> None:
    first = ids(template)[0]
    open_record(page, site, first)
    rows = page.locator(".grid tbody tr[data-row]")
    before = rows.count()
    page.locator('tr[data-row="0"] [data-kind=add-row]').click()
    done(page, 1)
    assert rows.count() == before + 1
    page.locator('input[data-path="indicators[1].name"]').fill("新指标")
    page.locator('input[data-path="indicators[1].name"]').press("Enter")
    done(page, 2)
    page.locator('tr[data-row="0"] [data-kind=merge-rows]').click()
    done(page, 3)
    assert rows.count() == before
    assert page.locator('input[data-path="indicators[0].name"]').input_value().endswith("新指标")
    page.locator('tr[data-row="0"] [data-kind=remove-row]').click()
    done(page, 4)
    assert rows.count() == before - 1


def test_box_and_input_find_each_other(site: str, page: Any, template: Path) -> None:
    open_record(page, site, ids(template)[0])
    page.locator('.spot[data-path="project_name"]').click()
    assert page.evaluate("document.activeElement.dataset.path") == "project_name"
    page.locator('[data-path="title"] input').focus()
    assert page.locator('.spot.active[data-path="title"]').count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    assert page.locator(".paper.zoomed").count() == 1


def test_a_page_without_its_document_can_still_be_settled(browser: Any, template: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    shutil.copytree(template, job)
    shutil.rmtree(job / "review-pages", ignore_errors=True)
    records = records_in(job)
    records[0]["source"]["file"] = "moved.pdf"
    write_records(job, records)
    with serving(job) as address:
        tab = browser.new_page()
        open_record(tab, address, records[0]["record_id"])
        tab.wait_for_selector(".no-picture")
        assert "moved.pdf" in tab.locator(".no-picture").inner_text()
        tab.keyboard.press("e")
        tab.keyboard.type(right_total(template))
        tab.keyboard.press("Enter")
        tab.wait_for_selector(f"{TOTAL_SUM}.holds")
        tab.close()


def test_no_serious_fault_of_access(site: str, page: Any, template: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    first = ids(template)[0]
    review_of(template).act(first, Action("set", 0, "project_name", "甲"), "甲")
    for view in ("queue", "records", "progress", f"records/{first}"):
        page.goto(f"{site}/{view}?lang=en")
        if first in view:
            page.wait_for_selector(f'main[data-ready="{first}"]')
        found = axe.run(page).response["violations"]
        serious = [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")]
        assert serious == [], [node["html"] for fault in found for node in fault["nodes"]][:5]
    page.goto(f"{site}/queue?lang=zh")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
