"""The places of the server: a page, the API, and what watches over it."""

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from bench import __version__
from bench.deploy.bundle import Bundle
from bench.deploy.card import NOT_A_DEVICE, blocks
from bench.deploy.predicting import UNLIKE
from bench.deploy.serve.answers import Prediction, data_url
from bench.deploy.serve.described import IMAGE, LABEL, OF_IMAGE, OF_LABEL, behind_door, open_to_all
from bench.deploy.serve.dispatcher import Busy, Dispatcher, Unanswered
from bench.deploy.serve.labels import Refused
from bench.deploy.serve.metrics import Metrics
from bench.deploy.serve.uploads import Upload

AT_ONCE = 16
"""Uploads of the largest size that there is room for at a time; of smaller ones more."""

_KINDS = {"page.html": "text/html", "page.js": "text/javascript", "page.css": "text/css"}


def application(
    dispatcher: Dispatcher,
    metrics: Metrics,
    most_bytes: int,
    body_seconds: float,
    tokens: bool = False,
) -> FastAPI:
    """The application, without its guard.

    Args:
        dispatcher: that answers.
        metrics: that are told.
        most_bytes: of one upload.
        body_seconds: in which it has to come.
        tokens: whether the guard asks for one.
    """
    app = FastAPI(
        title="classical-vs-deep",
        version=__version__,
        description=NOT_A_DEVICE,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        servers=[{"url": "."}],  # beside the description, also under the prefix of a proxy
    )
    held = Held(AT_ONCE * most_bytes)
    described = _described(dispatcher.bundles, most_bytes)
    closed = behind_door(tokens)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def not_understood(_: Request, error: RequestValidationError) -> JSONResponse:
        names = sorted({str(each["loc"][-1]) for each in error.errors()} & _HOW.keys())
        how = ", ".join(f"{name} {_HOW[name]}" for name in names)
        return JSONResponse({"error": f"It is not understood: {how}."}, 422)

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": f"It failed ({type(error).__name__})."}, 500)

    def page(name: str) -> Any:
        content = files("bench.deploy.serve").joinpath("page", name).read_bytes()

        async def shown() -> Response:
            return Response(content, media_type=_KINDS[name])

        return shown

    for place, name in (("/", "page.html"), ("/page.js", "page.js"), ("/page.css", "page.css")):
        app.add_api_route(place, page(name), methods=["GET", "HEAD"], include_in_schema=False)

    @app.head("/healthz", include_in_schema=False)  # one place of the description is one operation
    @app.get("/healthz", **open_to_all())
    async def healthz() -> dict[str, str]:
        """Whether the server runs."""
        return {"status": "ok"}

    @app.get("/metrics", response_class=Response, **closed)
    async def told() -> Response:
        """Requests, latency, queue and drift, for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/model", **closed)
    async def model(request: Request) -> Response:
        """Which bundles are asked, their model cards, what the watch has found, and what the caller
        may do."""
        may = sorted(request.scope["may"])
        return _json({**described, "drift": dispatcher.drift(), "may": may})

    @app.post(
        "/predict",
        response_model=Prediction,
        openapi_extra=IMAGE,
        **behind_door(tokens, OF_IMAGE),
    )
    async def predict(
        request: Request,
        frame: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
        picture: bool = False,
        heatmap: bool = False,
        x_patient: Annotated[str, Header(max_length=200)] = "",
    ) -> Response:
        """What every model says of an image. The body is the file itself.

        `frame` says which of several frames is meant; `picture` asks for the image as it was read,
        `heatmap` for where the models look. `X-Patient` says whom it is of, in whatever letters:
        the watch counts one image of each patient, and keeps a digest of it in memory.
        """
        with held.some() as own:
            content = await _body(request, most_bytes, body_seconds, own)
            upload = Upload(content, frame, picture, heatmap)
            try:
                future = dispatcher.submit(upload, request.scope["who"], x_patient)
                answer = await asyncio.wrap_future(future)
            except Busy:
                text = "Too many images wait. Ask again later."
                raise HTTPException(429, text, {"Retry-After": "1"}) from None
            except Unanswered as error:
                raise HTTPException(error.status, str(error)) from None
        return _json(dataclasses.asdict(answer))

    @app.post("/label", response_model=Taken, openapi_extra=LABEL, **behind_door(tokens, OF_LABEL))
    async def label(request: Request) -> Response:
        """Take the class of an image that was answered, once it is known.

        Who asked may label, and an admin every answer.
        """
        with held.some() as own:
            given = _label(await _body(request, _LONGEST_LABEL, body_seconds, own))
        who, may = request.scope["who"], request.scope["may"]
        try:
            told = await asyncio.to_thread(dispatcher.labels.take, *given, who, "label-all" in may)
        except Refused as error:
            raise HTTPException(error.status, str(error)) from None
        return _json({"receipt": told, "drift": dispatcher.drift()})

    @app.get("/drift", **closed)
    async def drift() -> Response:
        """Every alarm, with small pictures of the images that drive it, where they are held."""
        return _json({"pictures": dispatcher.thumbnails, "alarms": _alarms(dispatcher)})

    return app


@dataclasses.dataclass(frozen=True)
class Taken:
    """What is said to a label.

    Attributes:
        receipt: digest of its line of the audit log.
        drift: what the watch has found until now, a sentence each.
    """

    receipt: str
    drift: list[str]


_LONGEST_LABEL = 4096  # bytes


def _label(content: bytes) -> tuple[str, int | None, str]:
    """Receipt, frame and label of a body.

    Raises:
        HTTPException: if it is not understood.
    """
    try:
        given = json.loads(content)
        receipt, label, frame = given["receipt"], given["label"], given.get("frame")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        receipt = label = frame = None
    whole = frame is None or (isinstance(frame, int) and not isinstance(frame, bool))
    if not isinstance(receipt, str) or not isinstance(label, str) or not whole:
        text = 'It is not understood. Send {"receipt": "…", "label": "a class"}, and of a file of '
        raise HTTPException(422, text + 'several frames "frame": a number.')
    return receipt, frame, label


def _alarms(dispatcher: Dispatcher) -> list[dict[str, Any]]:
    return [
        {
            "kind": alarm.kind,
            "sentence": f"{dispatcher.named(bundle)}{alarm.sentence}",
            "images": [data_url(picture) for picture in pictures],
        }
        for bundle, watch in zip(dispatcher.bundles, dispatcher.watches, strict=True)
        for alarm, pictures in watch.driving()
    ]


_HOW = {
    "frame": "is a number from 1",
    "picture": "is true or false",
    "heatmap": "is true or false",
    "x-patient": "has at most 200 letters",
}


class Held:
    """Bytes of all uploads that are here at a time, sent in part or waiting for their answer.

    Args:
        most: that there may be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    @contextmanager
    def some(self) -> Iterator[Callable[[int], bool]]:
        """For one upload: a function that is told of further bytes, and says whether they fit."""
        own = 0

        def more(size: int) -> bool:
            nonlocal own
            own += size
            self._now += size
            return self._now <= self._most

        try:
            yield more
        finally:
            self._now -= own


async def _body(request: Request, most: int, seconds: float, fits: Callable[[int], bool]) -> bytes:
    """What was sent, if it is not too much and comes in time.

    Raises:
        HTTPException: if not.
    """
    limit = f"{most / 1e6:g} MB" if most >= 1e6 else f"{most:,} bytes"
    too_much = HTTPException(413, f"It has more than {limit}.", {"Connection": "close"})
    if int(request.headers.get("content-length", "0")) > most:
        raise too_much
    content = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                content += chunk
                if len(content) > most:
                    raise too_much
                if not fits(len(chunk)):
                    text = "Too much is being sent at a time. Ask again later."
                    raise HTTPException(429, text, {"Retry-After": "5", "Connection": "close"})
    except TimeoutError:
        text = f"It did not come within {seconds:g} s."
        raise HTTPException(408, text, {"Connection": "close"}) from None
    return bytes(content)


def _json(content: Any) -> Response:
    """JSON without NaN, which is none."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode(), media_type="application/json")


def _described(bundles: Sequence[Bundle], most_bytes: int) -> dict[str, Any]:
    first = bundles[0].manifest
    return {
        "version": __version__,
        "notice": NOT_A_DEVICE,
        "most_bytes": most_bytes,
        "unlike_percentile": UNLIKE,
        "classes": list(first.classes),
        "positive": None if first.positive is None else first.classes[first.positive],
        "bundles": [
            {
                "digest": bundle.digest,
                "signer": bundle.signer,
                "dataset": bundle.manifest.name,
                "models": [
                    {"name": model.name, "family": model.family} for model in bundle.manifest.models
                ],
                "card": blocks(bundle.manifest),
            }
            for bundle in bundles
        ],
    }
