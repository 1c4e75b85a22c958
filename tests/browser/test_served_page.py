"""The page of `bench serve`, in a browser: dark and light, wide and on a phone."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from bench.deploy.serve import tokens
from tests.bench.deploy import small_data
from tests.bench.deploy.serve.running import Server, png

pytestmark = [pytest.mark.slow, pytest.mark.processes]

HARM = "<img src=x onerror=alert(1)>.png"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => [one.id, one.nodes.map((node) => node.target.join(' '))])"""
TALLEST = """() => Math.max(
    ...[...document.querySelectorAll('.model tr')].map((row) => row.offsetHeight))"""
OUTSIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server of two champions, one of which can say where it looks; and a token."""
    root = tmp_path_factory.mktemp("served page")
    folder = small_data.write_folder(root / "lumps")
    bundles = [
        small_data.train(folder, root / "a.bench"),
        small_data.train(folder, root / "b.bench", "--budget", "quick", method="compact-resnet"),
    ]
    secret, _ = tokens.new(root / "tokens.json", "browser", "admin", 1)
    options = ("--tokens", root / "tokens.json", "--show-driving", "--rate", "1000")
    running = Server(root, *bundles, options=options)
    yield running, secret
    running.stop()


@pytest.fixture
def visit(browser: Any, served: tuple[Server, str]) -> Iterator[Callable[..., Any]]:
    """Opens the page; it must ask nobody else and not complain."""
    complaints: list[str] = []
    contexts = []

    def opened(**options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        own = f"http://127.0.0.1:{served[0].port}/"
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((own, "data:")) else complaints.append(asked.url)
            ),
        )
        page.on(
            "console",
            lambda told: (
                None if "401" in told.text or "422" in told.text else complaints.append(told.text)
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
        page.goto(own)
        page.wait_for_selector("#access:not([hidden])")
        page.fill("#token", served[1])
        page.click("#access button")
        page.wait_for_selector("#cards details")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def ask(page: Any, name: str, content: bytes) -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": content})
    page.wait_for_selector("#answers code")  # the receipt, the last that is shown


def test_it_shows_what_both_champions_say_and_where_the_network_looks(visit: Any) -> None:
    page = visit()
    assert "Not a medical device" in page.inner_text("header")
    assert page.is_hidden("#access")
    ask(page, HARM, png())
    assert page.inner_text("#status") == "Answered."
    assert page.inner_text("#answers h2") == HARM
    assert page.locator("#answers h3").all_inner_texts() == [
        "mean-brightness (control)",
        "compact-resnet (deep)",
    ]
    assert [image.get_attribute("alt") for image in page.locator("#answers img").all()] == [
        "The image as it was read",
        "Where compact-resnet looks",
    ]
    widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert all(width >= 24 for width in widths)
    decisions = page.locator(".decision").all_inner_texts()
    assert ("The models disagree." in page.inner_text("#answers")) == (len({*decisions}) > 1)
    page.click("#cards summary >> nth=0")
    shown = page.locator("#cards details").first
    assert "This is not a medical device" in shown.inner_text()
    assert shown.locator("table").count() >= 1


def test_a_file_is_dropped_and_a_refusal_is_shown(visit: Any) -> None:
    page = visit()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(['<b>no image</b>'], 'a.png'));
            document.getElementById('drop').dispatchEvent(
                new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
        }"""
    )
    page.wait_for_selector("#status.wrong")
    assert page.inner_text("#status") == (
        "It is HTML or XML, and no image. Send the file itself as the body, as curl --data-binary "
        "@FILE does."
    )
    assert page.inner_text("#answers") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_serious_and_nothing_stands_out(
    visit: Any, axe: str, scheme: str, width: int
) -> None:
    page = visit(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    ask(page, "a.png", png())
    assert page.evaluate(OUTSIDE) <= 0
    assert page.locator(".model tr").count() >= 6
    assert page.evaluate(TALLEST) < 40  # of one line: no word or number is broken
    page.evaluate(axe)
    assert page.evaluate(SERIOUS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_alarm_shows_the_images_that_drive_it(
    visit: Any, axe: str, served: tuple[Server, str], scheme: str
) -> None:
    content = io.BytesIO()
    Image.new("L", (40, 60), 250).save(content, "PNG")
    for _ in range(60):
        served[0].ask("POST", "/predict", content.getvalue(), served[1])
    page = visit(viewport={"width": 390, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector("#driving:not([hidden])")
    assert "Something has changed." in page.inner_text("#drift")
    assert page.locator("#driving img").count() >= 1
    widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert all(24 <= width <= 96 for width in widths)
    assert page.evaluate(OUTSIDE) <= 0
    page.fill("#patient", "Döe, 7")
    ask(page, "a.png", png())
    assert page.inner_text("#status") == "Answered."
    page.evaluate(axe)
    assert page.evaluate(SERIOUS) == []
