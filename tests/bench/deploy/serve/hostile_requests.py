"""Requests that mean harm: name → the bytes that are sent, and the statuses that refuse them."""

import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np

from tests.bench.data.formats import dicom_files
from tests.bench.deploy.serve.running import png

MARK = "h4rm<script>alert(1)</script>"
"""Stands in what is sent, and must not come back."""

LIMIT = 1_000_000
"""Bytes that the server takes."""

TOKEN = b"@TOKEN@"
BROKEN = frozenset({400})
UNREAD = frozenset({422})


@dataclass(frozen=True)
class Hostile:
    """One request.

    Attributes:
        content: what is sent; `TOKEN` stands for a token that may predict.
        statuses: one of which has to answer.
        kind: of the token, as in `make_tokens`.
    """

    content: bytes
    statuses: frozenset
    kind: str = "predict"


def post(
    body=b"",
    *more,
    path=b"/predict",
    method=b"POST",
    host=b"Host: localhost",
    token=b"Authorization: Bearer " + TOKEN,
    length=None,
    version=b"HTTP/1.1",
):
    """A request, header by header."""
    size = len(body) if length is None else length
    own = [b"Content-Length: %d" % size] if size is not False else []
    lines = [b" ".join((method, path, version)), host, token, *more, *own]
    return b"\r\n".join(line for line in lines if line) + b"\r\n\r\n" + body


def get(path, *more, **named):
    """A request without a body."""
    return post(b"", *more, path=path, method=b"GET", length=False, **named)


def chunked(*chunks, end=b"0\r\n\r\n"):
    """A request whose body comes in pieces."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return post(b"", b"Transfer-Encoding: chunked", length=False) + body


def png_of(width, height, data, *more):
    """A PNG whose header says what it likes."""

    def chunk(name, content):
        crc = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zip_of(size):
    """A zip file that unpacks to so many bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"../../{MARK}.png", bytes(size))
    return content.getvalue()


def dicom(**tags):
    """The bytes of a DICOM file."""
    content = io.BytesIO()
    file = dicom_files.dataset(np.zeros((8, 8), np.uint16), PatientName=MARK, **tags)
    file.save_as(content, enforce_file_format=True)
    return content.getvalue()


def nifti(shape, values=b"", kind=16):
    """A NIfTI header, and what follows it."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<2h", header, 70, kind, 32)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[344:348] = b"n+1\0"
    return bytes(header) + values


def tiff_of(width, height):
    """A TIFF that says so, and has no pixels."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
    entries += [(273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 10)]
    packed = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + struct.pack("<I", 8)


GOOD = png()
BOMB = png_of(8_000, 8_000, zlib.compress(bytes(8_000 * 8_001), 9))
BIG_TEXT = b"zTXt" + b"a\0\0" + zlib.compress(bytes(100_000_000), 9)
DICOM = dicom()

FROM_NOBODY = {
    "no token": post(GOOD, token=b""),
    "a wrong token": post(GOOD, token=b"Authorization: Bearer cvd_wrong"),
    "a token cut short": post(GOOD, token=b"Authorization: Bearer " + TOKEN[:-1]),
    "a token that is no text": post(GOOD, token=b"Authorization: Bearer \xff\xfe\x80"),
    "another scheme": post(GOOD, token=b"Authorization: Basic " + TOKEN),
    "a token in the address": post(GOOD, token=b"", path=b"/predict?token=" + TOKEN),
    "a token in a cookie": post(GOOD, token=b"Cookie: token=" + TOKEN),
}

PLACES = {
    **{
        f"path {path.decode()[:30]}": (get(path), {400, 404, 414})
        for path in (
            *(b"/../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/..%5c..%5cwindows"),
            *(b"/page.js%00.png", b"/.git/config", b"/docs", b"/predict/", b"//predict"),
            *(b"/tokens.json", b"/audit.jsonl", b"http://evil.example/predict", b"*"),
            b"/" + MARK.encode(),
            b"/" + b"a" * 9_000,
        )
    },
    "a foreign host": (get(b"/", host=b"Host: evil.example"), {421}),
    "a host that begins like ours": (get(b"/", host=b"Host: localhost.evil.example"), {421}),
    "a host with a user": (get(b"/", host=b"Host: localhost@evil.example"), {421}),
    "a host with a port that is none": (get(b"/", host=b"Host: localhost:80evil"), {421}),
    "another address of this machine": (get(b"/", host=b"Host: 127.0.0.2"), {421}),
    "an empty host": (get(b"/", host=b"Host: "), {421}),
    "no host": (get(b"/", host=b""), BROKEN),
    "two hosts": (get(b"/", b"Host: evil.example"), BROKEN),
    "a foreign page": (post(GOOD, b"Origin: http://evil.example"), {403}),
    "a page without origin": (post(GOOD, b"Origin: null"), {403}),
    "a page elsewhere, as the browser says": (post(GOOD, b"Sec-Fetch-Site: cross-site"), {403}),
    "a question before a foreign page asks": (
        get(b"/predict", b"Origin: http://evil.example"),
        {403},
    ),
}

METHODS = {
    f"method {method.decode()}": (post(GOOD, method=method), {405})
    for method in (b"PUT", b"DELETE", b"TRACE", b"OPTIONS", b"PATCH", b"post", b"HARM")
} | {
    "asking by GET": (get(b"/predict"), {405}),
    "a version to come": (get(b"/", version=b"HTTP/9.9"), {505}),
    "no version": (b"GET /\r\n\r\n", BROKEN),
    "HTTP/2 unasked": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}),
    "TLS on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), BROKEN),
    "another protocol": (
        get(b"/", b"Connection: Upgrade", b"Upgrade: websocket"),
        BROKEN,
    ),
}

SMUGGLED = {
    "both lengths": (post(GOOD, b"Transfer-Encoding: chunked"), BROKEN),
    "two lengths": (post(GOOD, b"Content-Length: 3"), BROKEN),
    "a negative length": (post(GOOD, length=-1), BROKEN),
    "a length with a sign": (post(GOOD, b"Content-Length: +5", length=False), BROKEN),
    "a length that is no number": (post(GOOD, b"Content-Length: 1e3", length=False), BROKEN),
    "an encoding that others overlook": (
        post(GOOD, b"Transfer-Encoding: xchunked", length=False),
        {400, 501},
    ),
    "encodings in a row": (
        post(GOOD, b"Transfer-Encoding: gzip, chunked", length=False),
        {400, 501},
    ),
    "a space before the colon": (post(GOOD, b"Transfer-Encoding : chunked"), BROKEN),
    "a zero in a header": (post(GOOD, b"X-A: b\0c"), BROKEN),
    "a length of a piece that is none": (chunked(GOOD, end=b"zz\r\n\r\n"), BROKEN),
    "a length of a piece that overflows": (chunked(end=b"F" * 40 + b"\r\n\r\n"), BROKEN),
    "a GET with a body": (get(b"/", b"Content-Length: 40"), BROKEN),
    "a packed body": (post(gzip.compress(GOOD), b"Content-Encoding: gzip"), {415}),
    "a header without end": (post(GOOD, b"X-A: " + b"a" * 40_000), {400, 431}),
    "headers without end": (post(GOOD, *[b"X-%d: a" % i for i in range(5_000)]), {400, 431}),
    "two tokens": (post(GOOD, b"Authorization: Bearer " + TOKEN), BROKEN),
}

TOO_MUCH = {
    "a length beyond the limit": (post(b"", length=10**12), {413}),
    "pieces beyond the limit": (chunked(*[bytes(LIMIT // 4)] * 5), {413}),
}

QUESTIONS = {
    f"question {query.decode()[:30]}": (post(GOOD, path=b"/predict?" + query), {414, 422})
    for query in (
        *(b"frame=NaN", b"frame=Infinity", b"frame=1e999", b"frame=0", b"frame=-1"),
        *(b"frame=99999999999999999999", b"frame=2", b"frame=' OR 1=1"[:7] + b"%27OR%201=1"),
        *(b"picture=" + MARK.encode(), b"heatmap=2", b"frame=1&frame=x", b"a=" + b"a" * 300),
    )
}

CONTENTS = {
    "nothing": b"",
    "text": b"harm\n" * 10,
    "a page": f"<!doctype html>{MARK}".encode(),
    "SVG": f"<svg xmlns='http://www.w3.org/2000/svg'>{MARK}</svg>".encode(),
    "a zip file": zip_of(100),
    "a zip bomb": zip_of(100_000_000),
    "a gzip bomb": gzip.compress(bytes(100_000_000)),
    "a gzip bomb that begins as a volume": gzip.compress(
        nifti((32_000, 32_000, 8)) + bytes(50_000_000)
    ),
    "a PNG bomb in its header": png_of(60_000, 60_000, zlib.compress(bytes(1_000))),
    "a PNG bomb in its text": png_of(8, 8, zlib.compress(bytes(8 * 9)))[:33]
    + struct.pack(">I", len(BIG_TEXT) - 4)
    + BIG_TEXT
    + struct.pack(">I", zlib.crc32(BIG_TEXT)),
    "a PNG cut short": GOOD[: len(GOOD) // 2],
    "a PNG without pixels": png_of(24, 24, b""),
    "a page that begins as a GIF": f"GIF89a/*{MARK}*/=1;".encode(),
    "a page that begins as a JPEG": b"\xff\xd8\xff\xe0" + MARK.encode() * 20,
    "a TIFF of a million million pixels": tiff_of(1_000_000, 1_000_000),
    "PDF": b"%PDF-1.7\n" + MARK.encode(),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(" + MARK.encode() + b") run",
    "a pickle": b"\x80\x04cposix\nsystem\n(S'touch harm'\ntR.",
    "a NumPy file of objects": b"\x93NUMPY\x01\0v\0{'descr': '|O', 'shape': (1,)}",
    "a program": b"\x7fELF" + bytes(100),
    "a DICOM file cut short": DICOM[: len(DICOM) - 60],
    "a DICOM file cut in its header": DICOM[:200],
    "a DICOM file without pixels": dicom(PixelData=b""),
    "a DICOM file of too many pixels": dicom(Rows=65_000, Columns=65_000),
    "a DICOM file of too many frames": dicom(NumberOfFrames=2_000_000_000),
    "a volume that is not there": nifti((30_000, 30_000, 30_000)),
    "a volume with a side of -1": nifti((-1, 5, 5), bytes(100)),
    "a volume of no numbers": nifti((4, 4, 4), struct.pack("<f", float("nan")) * 64),
}


HARMLESS = {
    "a header that goes on in the next line": post(GOOD, b"X-A: b\r\n\tTransfer-Encoding: chunked"),
    "a TIFF whose pages go in a circle": post(tiff_of(8, 8)),
}
"""What has a meaning that does no harm, and is answered."""


def requests():
    """All of them, by name."""
    found = {name: Hostile(content, frozenset({401})) for name, content in FROM_NOBODY.items()}
    found |= {
        f"{kind} token": Hostile(post(GOOD), frozenset({status}), kind)
        for kind, status in (("expired", 401), ("revoked", 401), ("read", 403))
    }
    found["metrics by who may only predict"] = Hostile(get(b"/metrics"), frozenset({403}))
    for group in (PLACES, METHODS, SMUGGLED, TOO_MUCH, QUESTIONS):
        found |= {name: Hostile(c, frozenset(statuses)) for name, (c, statuses) in group.items()}
    found |= {name: Hostile(post(body), UNREAD) for name, body in CONTENTS.items()}
    return found
