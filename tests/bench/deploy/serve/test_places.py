"""What lies at the places of a server, and how they are described."""

from urllib.parse import urljoin, urlsplit

import pytest

from bench.deploy.serve.guard import ROUTES
from tests.bench.deploy.serve.asking import Inside, addresses


@pytest.fixture(scope="module")
def inside(bundle_path):
    return Inside(bundle_path)


def test_what_the_page_asks_for_lies_beside_it_under_the_prefix_of_a_proxy(inside):
    page, script = (inside.ask("GET", place).body.decode() for place in ("/", "/page.js"))
    found = {urljoin("https://clinic.example/bench/", one) for one in addresses(page, script)}
    paths = {urlsplit(one).path for one in found}
    assert {path.removeprefix("/bench") for path in paths} == {
        *("/page.css", "/page.js", "/model", "/predict", "/drift")
    }
    assert all(path.startswith("/bench/") for path in paths)
    assert "url(" not in inside.ask("GET", "/page.css").body.decode()


def test_the_places_that_are_described_lie_beside_the_description(inside):
    told = inside.ask("GET", "/openapi.json").json
    (server,) = told["servers"]
    assert urljoin("https://clinic.example/bench/openapi.json", server["url"]) == (
        "https://clinic.example/bench/"
    )
    assert told["paths"].keys() <= ROUTES.keys()


def statuses(told, place):
    """By which statuses a place refuses, as it is described."""
    (operation,) = told["paths"][place].values()
    return {int(status) for status in operation["responses"]} - {200}


def test_where_tokens_are_in_force_every_place_but_one_is_described_with_them(bundle_path, kinds):
    path, tokens = kinds
    inside = Inside(bundle_path, path)
    told = inside.ask("GET", "/openapi.json", authorization=f"Bearer {tokens['read']}").json
    (name,) = told["components"]["securitySchemes"]
    assert told["components"]["securitySchemes"][name]["type"] == "http"
    assert told["components"]["securitySchemes"][name]["scheme"] == "bearer"
    for place, (method, needed) in ROUTES.items():
        if place in told["paths"]:
            operation = told["paths"][place][method.lower()]
            assert operation.get("security", []) == ([] if needed is None else [{name: []}])
            assert ({401, 429} <= statuses(told, place)) == (needed is not None)


def test_without_tokens_none_is_described(inside):
    told = inside.ask("GET", "/openapi.json").json
    assert "securitySchemes" not in told["components"]
    assert not any(401 in statuses(told, place) for place in told["paths"])


def test_the_statuses_by_which_places_refuse_are_described(bundle_path, kinds):
    path, tokens = kinds
    inside = Inside(bundle_path, path)
    own = {"authorization": f"Bearer {tokens['admin']}"}
    told = inside.ask("GET", "/openapi.json", **own).json
    wrong = [
        {},
        *({"authorization": f"Bearer {tokens[kind]}"} for kind in ("read", "expired")),
        own | {"origin": "http://evil.example"},
        own | {"host": "evil.example"},
        own | {"content_encoding": "gzip"},
        own | {"upgrade": "websocket"},
        own | {"x_long": "a" * 20_000},
        *[{"authorization": "Bearer wrong"}] * 12,
    ]
    for place in told["paths"]:
        method = ROUTES[place][0]
        found = {inside.ask(method, place, **headers).status for headers in wrong} - {200}
        assert found <= statuses(told, place)
        assert {400, 403, 415, 421, 431} <= found
        assert ({401, 429} <= found) == (place != "/healthz")
