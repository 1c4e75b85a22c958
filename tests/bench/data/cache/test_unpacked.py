"""npz files of MedMNIST in the cache: second start, changed files, damage, memory."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bench.data.folders.medmnist_facts import SETS, Facts
from bench.data.memory_maps import external_files, write_memory_maps
from bench.data.sets import medmnist
from bench.protocol.errors import DataError

REAL = os.environ.get("BENCH_DATA", "")
COUNTS = {"train": 12, "val": 6, "test": 6}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def arrays(seed=0, shape=(28, 28)):
    rng = np.random.default_rng(seed)
    made = {}
    for part, n in COUNTS.items():
        made[f"{part}_images"] = rng.integers(0, 256, (n, *shape)).astype(np.uint8)
        made[f"{part}_labels"] = (np.arange(n) % 2)[:, None].astype(np.uint8)
    return made


@pytest.fixture
def path(tmp_path):
    np.savez_compressed(tmp_path / "breastmnist.npz", **arrays())
    return tmp_path / "breastmnist.npz"


@pytest.fixture
def unpacked(monkeypatch):
    """Names of the arrays that were unpacked since."""
    seen = []
    original = medmnist.Archive.stream

    def watched(self, name):
        seen.append(name)
        return original(self, name)

    monkeypatch.setattr(medmnist.Archive, "stream", watched)
    return seen


def load(path):
    return medmnist.load(path, "breastmnist")


def holds(data, content):
    for name, part in data.parts():
        images = content[f"{name}_images"]
        np.testing.assert_array_equal(part.images, images.reshape(part.images.shape))
        np.testing.assert_array_equal(part.labels, content[f"{name}_labels"].ravel())


def fingerprint(content, names):
    """The fingerprint of arrays as NumPy reads them, after the words of `Dataset.fingerprint`."""
    digest = hashlib.blake2b("\0".join(names).encode(), digest_size=16)
    for part in ("train", "val", "test"):
        images = content[f"{part}_images"]
        images = images[..., None] if images.ndim == 3 else images
        digest.update(f"{part}{images.shape}".encode() + images.tobytes())
        digest.update(content[f"{part}_labels"].ravel().astype(np.int64).tobytes())
        digest.update("\0".join(f"{part}-{i:06d}" for i in range(len(images))).encode())
    return digest.hexdigest()


def entry(cache):
    (found,) = [p.parent for p in cache.rglob("about.json")]
    return found


def flip(path, position):
    seen = path.stat()
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (9, 12, 1)])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_both_starts_give_what_numpy_reads(tmp_path, shape, save):
    content = arrays(shape=shape)
    save(tmp_path / "f.npz", **content)
    for _ in range(2):
        data = load(tmp_path / "f.npz")
        holds(data, content)
        assert data.fingerprint == fingerprint(content, SETS["breastmnist"].class_names)
        assert all(isinstance(part.images, np.memmap) for _, part in data.parts())
        assert not any(part.images.flags.writeable for _, part in data.parts())
    del vars(data)["fingerprint"]  # what was recalled
    assert data.fingerprint == fingerprint(content, SETS["breastmnist"].class_names)


@pytest.mark.parametrize("shape", [(28, 28), (9, 12, 3)])
def test_arrays_whose_first_index_runs_fastest_are_turned(tmp_path, shape):
    content = {k: np.asfortranarray(v) for k, v in arrays(shape=shape).items()}
    np.savez(tmp_path / "f.npz", **content)
    data = load(tmp_path / "f.npz")
    holds(data, content)
    assert data.fingerprint == fingerprint(content, SETS["breastmnist"].class_names)


def test_the_second_start_does_not_open_the_file(path, monkeypatch):
    first = load(path)
    monkeypatch.setattr("bench.data.sets.medmnist.Archive", None)  # would fail if called
    monkeypatch.setattr("bench.data.cache.unpacked.md5_of", None)
    second = load(path)
    assert second.fingerprint == first.fingerprint
    assert second.provenance == first.provenance


@pytest.mark.slow
def test_the_checksum_is_kept_and_compared_with_what_is_published_now(path, monkeypatch):
    assert load(path).provenance.checksum == "differs"
    facts = SETS["breastmnist"]
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    for published, told in (({28: md5}, "matched"), ({28: md5[::-1]}, "differs"), ({}, "none")):
        known = Facts(facts.class_names, 0, 1, (12, 6, 6), "CC BY 4.0", published)
        monkeypatch.setitem(SETS, "breastmnist", known)
        assert load(path).provenance.checksum == told


def test_workers_are_handed_the_cache_and_no_copy(path, cache, tmp_path):
    write_memory_maps(load(path), tmp_path / "whole")
    assert external_files(tmp_path / "whole") == (entry(cache) / "images.npy",)


def test_a_change_that_keeps_size_and_time_is_noticed(tmp_path):
    path = tmp_path / "breastmnist.npz"
    np.savez(path, **arrays())
    load(path)
    seen = path.stat()
    np.savez(path, **arrays(seed=1))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert path.stat().st_size == seen.st_size
    holds(load(path), arrays(seed=1))


@pytest.mark.slow
def test_a_file_that_was_touched_or_moved_is_not_unpacked_again(path, tmp_path, unpacked):
    first = load(path)
    assert unpacked == ["train_images", "val_images", "test_images"]
    unpacked.clear()
    path.touch()
    assert load(path).fingerprint == first.fingerprint
    (tmp_path / "elsewhere").mkdir()
    moved = shutil.move(path, tmp_path / "elsewhere" / path.name)
    for _ in range(2):
        data = load(Path(moved))
        assert data.fingerprint == first.fingerprint
        holds(data, arrays())
    assert unpacked == []


def test_two_files_of_one_name_are_kept_apart(tmp_path, unpacked):
    for _ in range(2):
        for seed, name in enumerate(("one", "two")):
            (tmp_path / name).mkdir(exist_ok=True)
            path = tmp_path / name / "breastmnist.npz"
            if not path.exists():
                np.savez(path, **arrays(seed))
            holds(load(path), arrays(seed))
    assert len(unpacked) == 6


def test_another_set_of_the_same_file_is_read_anew(path):
    assert load(path).class_names != medmnist.load(path, "pneumoniamnist").class_names


DAMAGE = {
    "a flipped bit": lambda e: flip(e / "images.npy", 3000),
    "a flipped bit at the end": lambda e: flip(e / "images.npy", -1),
    "a cut file": lambda e: os.truncate(e / "images.npy", 9000),
    "no pixels": lambda e: (e / "images.npy").unlink(),
    "other labels": lambda e: flip(e / "rows.npz", 400),
    "no labels": lambda e: (e / "rows.npz").unlink(),
    "half a description": lambda e: (e / "about.json").write_text('{"about": {'),
}


@pytest.mark.slow
@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_again(path, cache, unpacked, damage, touched):
    load(path)
    unpacked.clear()
    DAMAGE[damage](entry(cache))
    if touched:
        path.touch()
    holds(load(path), arrays())
    assert len(unpacked) == 3
    entry(cache)  # there is one


def member(content):
    buffer = io.BytesIO()
    np.save(buffer, content)
    return buffer.getvalue()


BROKEN = {
    "a checksum that does not fit": lambda p: flip(p, p.read_bytes().index(b"test_images") - 200),
    "half of it": lambda p: os.truncate(p, p.stat().st_size // 2),
    "nothing": lambda p: p.write_bytes(b""),
    "images of another size": lambda p: replace(p, member(np.zeros((6, 20, 28), np.uint8))),
    "fewer pixels": lambda p: replace(p, member(arrays()["test_images"])[:-5]),
    "more pixels": lambda p: replace(p, member(arrays()["test_images"]) + b"12345"),
    "tiny images": lambda p: np.savez(p, **arrays(shape=(4, 4))),
}


def replace(path, content):
    """Put these bytes in the place of the test images."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, old in members.items():
            archive.writestr(name, content if name == "test_images.npy" else old)


@pytest.mark.parametrize("kind", BROKEN)
def test_of_a_broken_file_nothing_is_kept(path, cache, kind):
    BROKEN[kind](path)
    with pytest.raises(DataError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert [p for p in cache.rglob("*") if p.is_file()] == []


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"breastmnist\.npz: there is no such file"):
        load(tmp_path / "breastmnist.npz")


def test_a_cache_that_is_a_file_is_named(path, cache):
    cache.write_text("")
    with pytest.raises(DataError, match="BENCH_CACHE"):
        load(path)


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_file(tmp_path, path):
    large = tmp_path / "breastmnist_224.npz"
    noise = np.random.default_rng(0).integers(0, 256, (100, 224, 224), np.uint8)
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, n in (("train", 17), ("val", 2), ("test", 2)):
            with archive.open(f"{part}_images.npy", "w") as file:
                header = {"descr": "|u1", "fortran_order": False, "shape": (100 * n, 224, 224)}
                np.lib.format.write_array_header_1_0(file, header)
                for i in range(n):
                    file.write((noise[i] * np.ones((100, 1, 1), np.uint8)).data)
            archive.writestr(f"{part}_labels.npy", member(np.arange(100 * n) % 2))
    code = """
        import re, sys
        from pathlib import Path
        from bench.data import memory_maps
        from bench.data.sets import medmnist

        def highest():
            status = Path("/proc/self/status").read_text()
            return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024

        root = Path(sys.argv[1])
        medmnist.load(root / "breastmnist.npz", "breastmnist")
        for start in ("first", "second"):
            Path("/proc/self/clear_refs").write_text("5")  # forgets the highest
            before = highest()
            data = medmnist.load(root / "breastmnist_224.npz", "breastmnist")  # 105 MB
            memory_maps.write_memory_maps(data, root / start)
            print(highest() - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    first, second = map(float, done.stdout.split())
    assert first < 60  # MB: chunks of 16 MB
    assert second < 30


@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="BENCH_DATA is not set")
@pytest.mark.parametrize("name", ["breastmnist", "pneumoniamnist"])
def test_real_files_have_the_fingerprint_of_what_numpy_reads(name):
    places = [Path(p) / "medmnist" / f"{name}.npz" for p in REAL.split(os.pathsep)]
    place = next((p for p in places if p.is_file()), None)
    if place is None:
        pytest.skip(f"BENCH_DATA holds no {name}")
    with np.load(place, allow_pickle=False) as content:
        expected = fingerprint(content, SETS[name].class_names)
    md5 = hashlib.md5(place.read_bytes()).hexdigest()
    for _ in range(2):
        data = medmnist.load(place, name)
        assert data.fingerprint == expected
        official = md5 == SETS[name].md5[28]
        assert data.provenance.checksum == ("matched" if official else "differs")
