"""What is said of uploads that are read otherwise than meant, or not at all."""

import struct

import pytest

from bench.data.formats.picture import Part, chosen_frame
from bench.deploy.manifest import InputRules
from bench.deploy.serve.uploads import Upload, _images, _in_answers
from bench.protocol.errors import DataError
from tests.bench.deploy.serve.hostile_requests import nifti
from tests.bench.deploy.serve.running import png

RULES = InputRules(24, 24, 1, "squash")


def form(content, boundary=b"------------------------8a5c0"):
    """What most upload forms send of a file."""
    header = b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n'
    kind = b"Content-Type: image/png\r\n\r\n"
    return b"--" + boundary + b"\r\n" + header + kind + content + b"\r\n--" + boundary + b"--\r\n"


def volume(slices=3):
    values = struct.pack("<f", 1.0) * 16 + struct.pack("<f", 2.0) * 16 * (slices - 1)
    return nifti((4, 4, slices), values)


def test_a_form_is_told_that_the_file_itself_is_wanted():
    for content in (
        form(png()),
        form(png(), b"x"),
        form(png()).replace(b"form-data", b"Form-Data"),
    ):
        said = _images(Upload(content), RULES)
        assert said.startswith("It is a form (multipart/form-data), and no image. Send the file")
        assert "--data-binary" in said
    (image,) = _images(Upload(png()), RULES)
    assert image.pixels.shape == (24, 24, 1)


@pytest.mark.parametrize("content", [b'{"image": "iVBO"}', b"data:image/png;base64,iVBO"])
def test_an_image_that_is_wrapped_in_text_is_told_likewise(content):
    assert "Send the file itself as the body" in _images(Upload(content), RULES)


def test_of_a_volume_nothing_is_said_that_a_server_does_not_take():
    (image,) = _images(Upload(volume()), RULES)
    (remark,) = [each for each in image.remarks if "middle slice" in each]
    assert remark.endswith("2 slices are left out; send others as images of their own")
    said = _images(Upload(volume(), frame=2), RULES)
    assert said == (
        "image.nii: a volume has no frames. Leave out ?frame for its middle slice, or send a slice "
        "as an image of its own."
    )


def test_frames_are_named_as_a_server_takes_them():
    with pytest.raises(DataError) as raised:
        chosen_frame("image", 20_000, Part())
    assert _in_answers(str(raised.value)) == (
        "image: has 20000 frames. Name one of them, from 1 to 20000: ?frame=1."
    )


def test_a_file_that_cannot_be_read_is_not_to_be_removed_from_anywhere():
    said = _images(Upload(png()[:80]), RULES)
    assert said.endswith("Send another file.")
