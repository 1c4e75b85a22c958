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


def refused(inside, header):
    reply = inside.ask("GET", "/model", **({} if header is None else {"authorization": header}))
    assert reply.status == 401
    return reply.json["error"], {k: v for k, v in reply.headers.items() if k != "content-length"}


def test_a_token_that_is_not_known_is_told_apart_from_none_and_from_nothing_else(
    bundle_path, kinds
):
    path, tokens = kinds
    own = tokens["read"]
    none = [
        refused(Inside(bundle_path, path), header) for header in (None, "", "Bearer", "bearer ")
    ]
    wrong = ("cvd_wrong", own[:-1], own.upper(), own + "a", "<b>", "a" * 5_000, f"{own} {own}")
    headers = [*(f"Bearer {secret}" for secret in wrong), f"Basic {own}", own]
    found = [refused(Inside(bundle_path, path), header) for header in headers]
    assert all(told == none[0] for told in none)
    assert none[0][0].startswith("A token is needed: Authorization: Bearer TOKEN.")
    assert all(told == found[0] for told in found)
    assert found[0][0].startswith("This token is not known here")
    assert refused(Inside(bundle_path, path), f"Bearer {tokens['expired']}")[0].startswith(
        "This token is expired"
    )


def test_tokens_that_are_not_known_are_slowed_down_whatever_is_wrong_with_them(bundle_path, kinds):
    path, tokens = kinds
    inside = Inside(bundle_path, path)
    headers = ["Bearer cvd_wrong", f"Basic {tokens['read']}", tokens["read"]] * 4
    statuses = [inside.ask("GET", "/model", authorization=one).status for one in headers]
    assert statuses == [401] * 10 + [429] * 2
    assert inside.ask("GET", "/model").status == 401  # none is no guess
    assert inside.ask("GET", "/model", authorization=f"Bearer {tokens['read']}").status == 200


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
