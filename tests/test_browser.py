"""The page in a real browser: deciding by mouse and keyboard, filtering, saving, on a screen and on a phone.

Needs Chromium with its driver (Debian: `apt-get install chromium chromium-driver`); skipped where there is none.
"""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from report_texts import NEWS, Repaired, many, news, swap

from normalizer import Normalizer, Settings, reporting
from normalizer.cli import main
from normalizer.files import decode, encode
from normalizer.plans import Plan

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs Chromium and its driver (apt-get install chromium chromium-driver)"
)
SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("00?_*.txt"))
PATIENCE = 20.0  # seconds that a download may take


READ = """
const sheet = document.styleSheets[0];
sheet.insertRule('.c { content-visibility: visible !important }', sheet.cssRules.length);
const current = [...document.querySelectorAll('.e.current')];
for (const mark of current) mark.classList.remove('current');
const text = document.querySelector(arguments[0]).innerText;
for (const mark of current) mark.classList.add('current');
sheet.deleteRule(sheet.cssRules.length - 1);
return text;
"""


class Page:
    """A page in the browser. driver: Selenium's."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver, self.folder = driver, folder

    def open(
        self, result: Any, name: str = "page.txt", width: int = 1280, height: int = 900, dark: bool = False
    ) -> "Page":
        path = self.folder / f"{time.monotonic_ns()}.html"
        path.write_bytes(encode(reporting.html_page(result, name, ["clean.txt", "other.txt"])))
        command = self.driver.execute_cdp_cmd
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        command("Emulation.setDeviceMetricsOverride", screen)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        command("Emulation.setEmulatedMedia", {"features": [theme, still]})
        self.driver.get(path.as_uri())
        return self

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        self.one(selector).click()

    def press(self, keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def run(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def text(self, selector: str = "#article") -> str:
        """What a reader sees, with line feeds between paragraphs, the little sign over the current edit left out."""
        return str(self.run(READ, selector))

    @property
    def panel(self) -> str:
        return self.text("#panel")

    def states(self) -> str:
        """The state of each edit by a letter: made, held back, rejected."""
        marks = self.run("return [...document.querySelectorAll('#article .b:not(.old) .e')].map(e => e.className)")
        return "".join("h" if "held" in each else "r" if "rejected" in each else "m" for each in marks)

    def shown(self) -> list[int]:
        """The numbers of the edits that the filter leaves."""
        script = "return [...document.querySelectorAll('#article .e:not(.off)')].map(e => +e.dataset.n)"
        return list(self.run(script))

    def download(self, selector: str) -> bytes:
        """Click and return the file that the browser saves, once it is as long as the page said."""
        downloads = self.folder / "downloads"
        before = set(downloads.glob("*"))
        self.run(
            "if (!window.sizes) { const make = URL.createObjectURL; window.sizes = [];"
            "URL.createObjectURL = blob => (sizes.push(blob.size), make(blob)); } sizes.length = 0;"
        )
        self.click(selector)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            sizes = self.run("return sizes")
            for path in set(downloads.glob("*")) - before:
                if path.exists() and [path.stat().st_size] == sizes:
                    return path.read_bytes()
            time.sleep(0.02)
        raise AssertionError("nothing was saved")

    def plan(self) -> Plan:
        return Plan.from_json(self.download("#save-plan").decode())


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Page]:
    from selenium import webdriver

    folder = tmp_path_factory.mktemp("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    # A container has no sandbox of its own and little shared memory; nothing here comes from outside.
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ):
        options.add_argument(flag)
    preferences = {"download.default_directory": str(folder / "downloads"), "download.prompt_for_download": False}
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    (folder / "downloads").mkdir()
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield Page(driver, folder)
    driver.quit()


@pytest.fixture
def page(browser) -> Iterator[Callable[..., Page]]:
    """Opens a result; at the end the browser must have had nothing to say: no error, no breach of the policy."""
    browser.driver.get_log("browser")
    yield browser.open
    assert browser.driver.get_log("browser") == []


# --- looking --------------------------------------------------------------------------------------------------


def test_repairs_stand_in_place_and_the_original_shows_on_hover(page):
    at = page(news())
    assert at.text().split() == news().text.replace("[ad_1]", "").split()
    mark = at.one("#e2")
    assert mark.text == "told"
    at.run("arguments[0].scrollIntoView()", mark)
    from selenium.webdriver import ActionChains

    ActionChains(at.driver).move_to_element(mark).perform()
    assert at.one("#e2 del").is_displayed() and at.one("#e2 del").text == "instructed"
    assert not at.one("#e1 del").is_displayed()


def test_a_click_shows_the_evidence(page):
    at = page(news())
    at.click("#e2")
    panel = at.panel
    assert "2 of 8" in panel and "family a" in panel and "confidence 0.90" in panel
    assert "instructed → told" in panel and "instructed -> told [a: seen 9 times]" in panel
    assert re.search(r"ordered\s+3\.0 %", panel) and re.search(r"taught\s+1\.0 %", panel)
    assert "finds the new wording 70 times as likely here (4.25 nats)" in panel
    assert [mark.text for mark in at.all("#panel mark")] == ["told", "told"]
    assert "clean.txt" in panel


def test_views(page):
    at = page(news())
    at.press("v")
    assert "The navymilitary chief instructedtold reporters" in at.text()
    at.press("v")
    old, new = at.all(".row .old"), at.all(".row .b:not(.old)")
    assert "\n".join(each.text for each in old).split() == NEWS.split()
    assert "\n".join(each.text for each in new).split() == news().text.split()
    assert abs(old[0].location["y"] - new[0].location["y"]) < 2 and old[0].location["x"] < new[0].location["x"]
    at.press("jr")  # what is decided there shows on both sides
    assert at.text(".row .b:not(.old)").startswith("The navy chief")
    at.press("v")
    assert at.text().startswith("The navy chief told")


def test_the_chart_leads_to_the_edits(page):
    at = page(news())
    at.all(".chart a")[2].click()
    assert "3 of 8" in at.panel


# --- deciding -------------------------------------------------------------------------------------------------


def test_deciding_by_keyboard(page):
    at = page(news())
    at.press("jarja")  # accept the first, reject the second, over the third to the fourth, which is held back
    assert at.states() == "mrmmmmhm" and "5 of 8" in at.panel
    at.press("kkr")
    assert at.states() == "mrrmmmhm" and "4 of 8" in at.panel
    assert at.one("#tally").text == ", 4 decided, 5 made"
    plan = at.plan()
    assert plan == news().plan().decided(NEWS, {2: None, 3: None, 4: "continue"})
    assert "The military chief instructed reporters" in plan.apply(NEWS)


def test_held_back_edits_are_accepted_by_mouse(page):
    at = page(news())
    assert at.states() == "mmmhmmhm"
    at.click("#e4")
    at.all("#panel .decide button")[0].click()
    assert at.states() == "mmmmmmhm" and "would continue next week" in at.text()
    at.click("#e1")
    at.all("#panel .decide button")[1].click()
    assert at.states() == "rmmmmmhm" and at.text().startswith("The navy chief told")


def test_another_reading_is_chosen_and_taken_back(page):
    at = page(news())
    at.click("#e2")
    at.all("#panel .readings button")[1].click()
    assert "chief ordered reporters" in at.text()
    decided = at.plan()
    assert decided == news().plan().decided(NEWS, {2: "ordered"})  # as the library does it
    assert decided.listed[1].edit.confidence == 0.03
    at.press("1")
    assert "chief told reporters" in at.text()
    at.press("u")
    assert "chief ordered reporters" in at.text()
    at.click("#undo")
    assert "chief told reporters" in at.text()
    assert not at.one("#undo").is_enabled()


def test_all_that_is_shown_is_decided_at_once(page):
    at = page(news())
    at.click("#filter summary")
    at.click("[name=kind][value=lexical]")
    at.click("#reject-shown")
    assert at.states() == "mmmhrrhr"
    at.click("#undo")
    assert at.states() == "mmmhmmhm"


# --- filter ---------------------------------------------------------------------------------------------------


def slide(at: Page, name: str, value: int) -> None:
    at.run(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input', {bubbles: true}))", name, value,
    )  # fmt: skip


def test_filter_by_confidence_kind_family_and_state(page):
    at = page(news())
    slide(at, "least", 75)
    assert at.shown() == [1, 2, 3, 5, 6, 8] and at.one("#shown").text == "6 of 8"
    slide(at, "most", 90)
    assert at.shown() == [2, 3, 6, 8]
    slide(at, "least", 0)
    slide(at, "most", 100)
    at.click("#filter summary")
    at.click("[name=family][value=a]")
    assert at.shown() == [3, 6, 7]
    at.click("[name=state][value=held]")
    assert at.shown() == [3, 6]
    at.press("\ue00c")  # Escape
    assert not at.one(".choices").is_displayed()
    at.press("jjj")  # goes over what is shown only
    assert "3 of 8" in at.panel
    assert at.text().split() == news().text.split()  # a filter decides nothing


# --- saving ---------------------------------------------------------------------------------------------------


def test_the_plan_says_what_the_page_shows_and_the_command_makes_it(page, tmp_path, monkeypatch):
    """Seed 001, decided all over: the command applies the plan byte for byte as the page saves the text."""
    text = decode(SEEDS[1].read_bytes(), "seed")
    result = Normalizer(settings=Settings(detailed=True)).repair(text, [decode(SEEDS[2].read_bytes(), "seed")])
    at = page(result, "seeds/001.txt")
    for keys in ("ja", "r", "jj1", "r", "a", "jjjr", "jj2", "jjja"):
        at.press(keys)
    at.run("document.getElementById('reject-shown').focus()")
    slide(at, "most", 60)
    at.click("#filter summary")
    at.click("#accept-shown")
    plan, shown = at.download("#save-plan"), at.download("#save-text")
    monkeypatch.chdir(tmp_path)
    Path("plan.json").write_bytes(plan)
    Path("page.txt").write_bytes(SEEDS[1].read_bytes())
    applied = CliRunner().invoke(main, ["apply", "plan.json", "page.txt", "-o", "out.txt"])
    assert (applied.exit_code, applied.stderr) == (0, "")  # the checksums agree as well
    assert Path("out.txt").read_bytes() == shown != result.text.encode()
    slide(at, "most", 100)
    assert at.text().replace("⌫", "").split() == shown.decode().split()
    assert CliRunner().invoke(main, ["revert", "plan.json", "out.txt"]).stdout_bytes == SEEDS[1].read_bytes()


def test_nothing_decided_is_the_plan_as_it_was(page):
    at = page(news())
    assert at.plan() == news().plan()
    assert at.download("#save-text").decode() == news().text


def test_leaving_with_decisions_unsaved_is_asked_about(page):
    at = page(news())
    leaving = "const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); return e.defaultPrevented"
    assert at.run(leaving) is False
    at.press("jr")
    assert at.run(leaving) is True
    at.plan()
    assert at.run(leaving) is False


# --- hostile text, long articles ------------------------------------------------------------------------------

HOSTILE = (
    "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\"> \"'` </script></article> "
    "\u202eevil\u202c &lt;b&gt; \x00\x1b[31m javascript:1"
)


def test_hostile_text_does_nothing(page):
    source = f"{HOSTILE} stated\n{HOSTILE}"
    made = swap(source, "stated", HOSTILE, (HOSTILE, 0.2), said=HOSTILE, family=HOSTILE)
    at = page(Repaired(source, (made,)), f"{HOSTILE}.txt")
    title = at.driver.title
    at.press("jv1vvu")
    assert at.driver.title == title != "run"
    assert at.all("#article script, #article img, #panel img, #panel script") == []
    assert "<script>document.title='run'</script>" in at.text() and "\\u202eevil" in at.text()
    assert "<img src=x" in at.panel
    assert at.download("#save-text").decode() == at_once(made, source)


def at_once(made: Any, source: str) -> str:
    return Repaired(source, (made,)).text


def test_an_injected_script_would_not_run(page, browser):
    """The policy holds even if an escape were missing."""
    at = page(news())
    at.run("document.getElementById('article').innerHTML = '<img src=x onerror=\"document.title=1\">'")
    at.run("const s = document.createElement('script'); s.textContent = 'document.title = 2'; document.body.append(s)")
    assert at.driver.title == "page.txt: repairs"
    refused = [entry["message"] for entry in browser.driver.get_log("browser")]
    assert any("Content Security Policy" in message for message in refused)


def test_a_long_article_is_laid_out_where_it_is_looked_at(page):
    """Half a megabyte with 5,000 edits: most of it is laid out only when it comes into sight, in lines or in one."""
    sentence = "The navy chief stated on Friday that the talks, which had been called off, would go on in the city"
    for line_end in ("\n", " "):
        long = many(sentence + line_end, ["navy"], 5_000)
        at = page(long, "long.txt")
        laid_out = "[...document.querySelectorAll('.e')].filter(e => e.checkVisibility({contentVisibilityAuto: true}))"
        assert 10 < at.run(f"return {laid_out}.length") < 1000
        at.press("jrkk")  # to the first, and round to the last
        assert at.states().startswith("rm") and "1 decided" in at.one("#tally").text
        assert "5000 of 5000" in at.panel and at.one("#e5000").is_displayed()
        assert 10 < at.run(f"return {laid_out}.length") < 1000
        assert len(at.download("#save-text")) == len(long.source)


# --- themes, phones, access -----------------------------------------------------------------------------------

CONTRAST = """
const lum = c => { const v = c.map(x => (x /= 255, x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4));
  return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = css => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data]; };
const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
  if (c[3] === 255) return c; } return [255, 255, 255]; };
const poor = [];
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.checkVisibility() || e.closest(':disabled') || e.closest('.aside, .skip')) continue;
  const a = lum(rgba(getComputedStyle(e).color)), b = lum(behind(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) poor.push([e.tagName, e.className, e.textContent.slice(0, 20), ratio]);
}
return poor;
"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("view", ["repaired", "changes", "sides"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_has_contrast_in_both_themes(page, dark, view, width):
    """At least 4.5 to 1, as WCAG 2.2 asks for (1.4.3)."""
    at = page(news(), width=width, dark=dark)
    at.click(f"label:has([name=view][value={view}])")
    at.press("jarj")
    at.run("document.getElementById('filter').open = true")
    assert at.run(CONTRAST) == []
    dark_paper = (
        sum(map(int, re.findall(r"\d+", at.run("return getComputedStyle(document.body).backgroundColor"))[:3])) < 200
    )
    assert dark_paper == dark


def test_the_theme_can_be_chosen(page):
    at = page(news())
    background = "return getComputedStyle(document.body).backgroundColor"
    light = at.run(background)
    at.click("#theme")
    assert at.run(background) == light
    at.click("#theme")
    assert at.run(background) != light


@pytest.mark.parametrize("view", ["repaired", "changes", "sides"])
def test_a_phone_shows_all_of_it(page, view):
    """Nothing sticks out at the side, and the edit that is looked at is not behind its evidence."""
    at = page(news(), width=360, height=740)
    at.click(f"label:has([name=view][value={view}])")
    at.click("#next")
    for _ in range(7):
        at.click("#next")
        assert at.run("return document.documentElement.scrollWidth <= innerWidth")
        mark = at.run("return document.querySelector('.b:not(.old) .e.current').getBoundingClientRect().toJSON()")
        panel = at.run("return document.getElementById('panel').getBoundingClientRect().toJSON()")
        tools = at.run("return document.querySelector('.tools').getBoundingClientRect().toJSON()")
        assert tools["bottom"] <= mark["bottom"] and mark["top"] < panel["top"], mark
    at.click("#panel .shut")
    assert not at.one("#panel").is_displayed()


def test_everything_can_be_reached_and_has_a_name(page):
    at = page(news())
    at.press("j")
    nameless = at.run(
        "return [...document.querySelectorAll('button, input, summary, [role=button], svg a')].filter(e =>"
        "!(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.title)).map(e => e.outerHTML)"
    )
    assert nameless == []
    assert at.run("return document.activeElement.id") == "e1"
    assert at.run("return document.activeElement.ariaLabel") == "military, was navy"
    assert at.run("return document.querySelectorAll('#article [tabindex=\"0\"]').length") == 1
    at.press("?")
    assert at.one("#help").is_displayed()
    at.press("\ue00c")
    assert not at.one("#help").is_displayed()


def test_without_its_script_the_page_can_be_read(browser):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        at = browser.open(news())
        assert at.one("noscript p, .notice").text.startswith("The article can be read as it is")
        assert at.one("#e2 ins").text == "told"
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_data_of_the_page_are_a_plan(page):
    at = page(news())
    data = json.loads(at.run("return document.getElementById('data').textContent"))
    assert Plan.from_json(json.dumps(data["plan"])) == news().plan()
