import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.deploy.storage.archive import file_content, pack, unpack
from bench.protocol.errors import BundleError

PARTS = {"manifest.json": b'{"a": 1}', "models/a/0001.skops": bytes(range(64)), "card.md": b""}


def zipped(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def test_the_parts_come_back_in_their_order():
    assert list(unpack(pack(PARTS), "it").items()) == list(PARTS.items())


@given(st.dictionaries(st.from_regex(r"\A[a-z0-9][a-z0-9_.-]{0,8}\Z"), st.binary(max_size=50)))
def test_any_parts_come_back_and_make_the_same_bytes_each_time(parts):
    assert unpack(pack(parts), "it") == parts
    assert pack(parts) == pack(dict(parts))


def test_a_change_of_any_bit_of_any_byte_is_noticed():
    data = pack(PARTS)
    for place in range(len(data)):
        for bit in (0, 3, 7):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            try:
                found = unpack(bytes(changed), "it")
            except BundleError:
                continue
            assert found != PARTS, place  # another name or content, which the digests notice
            assert pack(found) == bytes(changed)


@pytest.mark.parametrize("cut", [1, 10, 22, 60])
def test_what_is_cut_off_or_longer_is_refused(cut):
    with pytest.raises(BundleError):
        unpack(pack(PARTS)[:-cut], "it")
    with pytest.raises(BundleError):
        unpack(pack(PARTS) + b"\0" * cut, "it")


@pytest.mark.parametrize(
    "name",
    [
        "../a",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "C:\\a",
        "a\\b",
        ".hidden",
        "A",
        "é",
        "a/",
        "x" * 201,
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name):
    with pytest.raises(BundleError, match="no bundle"):
        unpack(zipped([(name, b"1")]), "it")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_refused():
    with pytest.raises(BundleError, match="twice"):
        unpack(zipped([("a", b"1"), ("a", b"2")]), "it")


def test_a_bomb_is_refused_before_it_is_expanded():
    bomb = zipped([("a", b"\0" * 50_000_000)], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(BundleError, match="compressed"):
        unpack(bomb, "it")


def test_parts_that_overlap_are_refused():
    data = bytearray(pack({"a": b"1" * 100, "b": b"2" * 100}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = (0).to_bytes(4, "little")  # where b is said to begin
    with pytest.raises(BundleError):
        unpack(bytes(data), "it")


def test_a_comment_or_another_time_is_refused():
    with pytest.raises(BundleError, match="changed"):
        unpack(zipped([("a", b"1")]), "it")


def test_what_is_no_zip_file_is_said_to_be_none():
    with pytest.raises(BundleError, match="it is no bundle"):
        unpack(b"PK", "it")


def test_a_file_that_is_not_there_is_named_with_its_neighbour(tmp_path):
    (tmp_path / "model.bench").touch()
    with pytest.raises(BundleError, match=r"no such file.*model\.bench"):
        file_content(tmp_path / "modell.bench")
