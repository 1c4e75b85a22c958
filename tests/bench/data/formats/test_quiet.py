"""Decoders that write to the terminal are kept from it."""

import io
import os
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from bench.data.formats.images import read
from bench.data.formats.quiet import quiet
from bench.protocol.errors import DataError


@pytest.mark.slow
def test_what_libtiff_says_of_a_broken_file_does_not_reach_the_terminal(tmp_path, capfd):
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)
    Image.fromarray(noise).save(out, "TIFF", compression="tiff_lzw")
    whole = out.getvalue()
    for start in range(20, 400, 7):
        content = whole[:start] + b"\xff\xff\xff\xff" + whole[start + 4 :]
        with suppress(DataError):
            read(tmp_path / "a.tif", content)
    assert capfd.readouterr().err == ""


def test_everything_else_is_heard_again_when_the_last_thread_is_done(capfd):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with quiet():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    with quiet():
        os.write(2, b"lost")
    os.write(2, b"lost too")
    leave.set()
    thread.join()
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors differ")
def test_an_error_inside_ends_the_silence(capfd):
    with pytest.raises(ValueError), quiet():
        raise ValueError
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
