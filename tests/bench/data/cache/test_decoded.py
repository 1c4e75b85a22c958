"""The cache of decoded folders: second start, changed files, damage, memory."""

import errno
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from PIL import Image

from bench.data.cache import decoded as decoded_cache
from bench.data.formats import images
from bench.data.sets import folder
from bench.protocol.errors import DataError

pytestmark = pytest.mark.slow


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def picture(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape or (20, 16)).astype(np.uint8)


@pytest.fixture
def root(tmp_path, cache):
    for k, label in enumerate("ab"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(12):
            Image.fromarray(picture(100 * k + i)).save(tmp_path / "set" / label / f"{i}.png")
    return tmp_path / "set"


@pytest.fixture
def decoded(monkeypatch):
    """Names of the files that were decoded since."""
    seen = []
    original = images.by_pillow

    def watched(path, data, part):
        seen.append(path.name)
        return original(path, data, part)

    monkeypatch.setattr(images, "by_pillow", watched)
    return seen


def by_case(data):
    return {c: p.images[i] for _, p in data.parts() for i, c in enumerate(p.case_ids.tolist())}


def same(one, other):
    assert one.fingerprint == other.fingerprint
    for (_, a), (_, b) in zip(one.parts(), other.parts(), strict=True):
        np.testing.assert_array_equal(a.images, b.images)
        assert a.case_ids.tolist() == b.case_ids.tolist()


def entry(cache):
    (found,) = [p.parent for p in cache.rglob("about.json")]
    return found


def test_the_second_start_decodes_nothing_and_opens_no_image(root, decoded, monkeypatch):
    first = folder.load(root)
    assert len(decoded) == 24
    decoded.clear()
    monkeypatch.setattr("bench.data.folders.files.file_bytes", None)  # would fail if called
    second = folder.load(root)
    same(first, second)
    assert decoded == []
    assert all(isinstance(part.images, np.memmap) for _, part in second.parts())


def test_the_fingerprint_that_is_recalled_is_that_of_the_content(root):
    folder.load(root)
    recalled = folder.load(root)
    known = recalled.fingerprint
    del vars(recalled)["fingerprint"]
    assert recalled.fingerprint == known


def test_only_a_changed_file_is_decoded_again(root, decoded):
    before = by_case(folder.load(root))
    decoded.clear()
    Image.fromarray(picture(999)).save(root / "a" / "3.png")
    after = by_case(folder.load(root))
    assert decoded == ["3.png"]
    changed = [case for case in after if not np.array_equal(before[case], after[case])]
    assert changed == ["a/3.png"]


def test_a_change_that_keeps_size_and_time_is_noticed(root):
    path = root / "a" / "3.png"
    Image.fromarray(picture(1)).save(path.with_suffix(".bmp"))
    path.unlink()
    path = path.with_suffix(".bmp")
    before = by_case(folder.load(root))
    seen = path.stat()
    Image.fromarray(picture(2)).save(path)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert path.stat().st_size == seen.st_size
    assert (by_case(folder.load(root))["a/3.bmp"] != before["a/3.bmp"]).any()


def test_added_and_removed_files_are_noticed_and_others_not_decoded_again(root, decoded):
    folder.load(root)
    decoded.clear()
    (root / "b" / "5.png").unlink()
    Image.fromarray(picture(77)).save(root / "b" / "new.png")
    cases = by_case(folder.load(root))
    assert decoded == ["new.png"]
    assert "b/new.png" in cases
    assert "b/5.png" not in cases


def test_files_that_were_touched_copied_or_moved_are_not_decoded_again(root, decoded):
    first = folder.load(root)
    decoded.clear()
    for path in root.rglob("*.png"):
        path.touch()
    same(first, folder.load(root))
    moved = root.parent / "elsewhere" / "set"
    shutil.copytree(root, moved)
    same(first, folder.load(moved))
    assert decoded == []


def test_another_split_seed_reorders_without_decoding(root, decoded):
    first = by_case(folder.load(root))
    decoded.clear()
    second = folder.load(root, split_seed=1)
    assert decoded == []
    for case, image in by_case(second).items():
        np.testing.assert_array_equal(image, first[case])


def test_another_size_policy_or_step_is_decoded_anew(root, decoded):
    prints = {folder.load(root).fingerprint}
    for n, more in enumerate(({"size": 32}, {"resize": "crop"}, {"preprocess": ["denoise"]}), 2):
        prints.add(folder.load(root, **more).fingerprint)
        assert len(decoded) == 24 * n
    assert len(prints) == 4


DAMAGE = {
    "a flipped bit": lambda e: flip(e / "images.npy", 3000, keep_time=True),
    "a flipped bit at the end": lambda e: flip(e / "images.npy", -1, keep_time=True),
    "a cut file": lambda e: (e / "images.npy").write_bytes((e / "images.npy").read_bytes()[:-9]),
    "no pixels": lambda e: (e / "images.npy").unlink(),
    "other rows": lambda e: flip(e / "rows.npz", 100),
    "no rows": lambda e: (e / "rows.npz").unlink(),
    "an edited description": lambda e: edit(e / "about.json", bits=12),
    "half a description": lambda e: (e / "about.json").write_text('{"about": {'),
    "another description": lambda e: (e / "about.json").write_text("[]"),
}


def flip(path, position, keep_time=False):
    seen = path.stat()
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def edit(path, **values):
    checked = json.loads(path.read_text())
    checked["about"] |= values
    path.write_text(json.dumps(checked))


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_again(root, cache, decoded, damage):
    first = {case: image.copy() for case, image in by_case(folder.load(root)).items()}
    decoded.clear()
    DAMAGE[damage](entry(cache))
    again = folder.load(root)
    assert len(decoded) == 24
    for case, image in by_case(again).items():
        np.testing.assert_array_equal(image, first[case])
    decoded.clear()
    same(again, folder.load(root))
    assert decoded == []


def test_what_failed_leaves_nothing_behind(root, cache):
    (root / "b" / "4.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    with pytest.raises(DataError, match=r"4.png"):
        folder.load(root)
    assert [p for p in cache.rglob("*") if p.is_file()] == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_is_named(root, cache):
    cache.mkdir()
    cache.chmod(0o500)
    with pytest.raises(DataError, match="BENCH_CACHE"):
        folder.load(root)


def test_a_cache_that_is_a_file_is_named(root, cache):
    cache.write_text("")
    with pytest.raises(DataError, match=r"Move the file .*BENCH_CACHE"):
        folder.load(root)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Allow writing there, or name"),
        (OSError(errno.EROFS, "Read-only file system"), "Allow writing there, or name"),
        (OSError(errno.ENOSPC, "No space left on device"), "Free some space, or name"),
        (OSError("4096 requested and 0 written"), "Free some space, or name"),
    ],
    ids=["permission", "read-only", "full", "full without a number"],
)
def test_why_a_cache_cannot_be_written_decides_the_advice(tmp_path, error, told):
    with pytest.raises(DataError, match=told), decoded_cache.incomplete(tmp_path / "entry"):
        raise error


def test_entries_that_others_replaced_go_after_a_week(root, cache):
    folder.load(root)
    old = entry(cache)
    Image.fromarray(picture(5)).save(root / "a" / "1.png")
    folder.load(root)
    for days, stays in ((6, True), (8, False)):
        os.utime(old, (time.time() - days * 86_400,) * 2)
        Image.fromarray(picture(10 + days)).save(root / "a" / "1.png")
        folder.load(root)
        assert old.is_dir() == stays


def test_gray_images_before_the_first_coloured_one_become_rgb(root):
    gray = by_case(folder.load(root))
    Image.fromarray(picture(3, 20, 16, 3)).save(root / "b" / "9.png")
    coloured = folder.load(root)
    assert coloured.image_shape == (64, 64, 3)
    found = by_case(coloured)
    assert (found["b/9.png"][..., 0] != found["b/9.png"][..., 1]).any()
    for case in set(found) - {"b/9.png"}:
        np.testing.assert_array_equal(found[case], gray[case].repeat(3, axis=2))
    (root / "b" / "9.png").unlink()
    assert folder.load(root).image_shape == (64, 64, 1)


def test_a_new_file_with_more_bits_changes_all_16_bit_images(root):
    for name, top in (("x", 1000), ("y", 900)):
        Image.fromarray(np.full((16, 16), top, np.uint16)).save(root / "a" / f"{name}.png")
    first = by_case(folder.load(root))
    assert (first["a/x.png"].max(), first["a/y.png"].max()) == (1000 >> 2, 900 >> 2)
    Image.fromarray(np.full((16, 16), 4000, np.uint16)).save(root / "b" / "z.png")
    second = by_case(folder.load(root))
    found = [second[case].max() for case in ("a/x.png", "a/y.png", "b/z.png")]
    assert found == [1000 >> 4, 900 >> 4, 4000 >> 4]


def test_the_order_of_threads_does_not_matter(root, cache):
    prints = set()
    for _ in range(3):
        prints.add(folder.load(root).fingerprint)
        shutil.rmtree(cache)
    assert len(prints) == 1


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_number_of_images(tmp_path):
    code = """
        import re, sys
        from pathlib import Path
        import numpy as np
        from PIL import Image
        from bench.data import memory_maps
        from bench.data.likeness.near_duplicates import find_twins
        from bench.data.sets import folder
        from bench.data.splits import Pooled, folds

        def highest():
            status = Path("/proc/self/status").read_text()
            return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024

        root = Path(sys.argv[1])
        rng = np.random.default_rng(0)
        for i in range(600):
            place = root / "set" / "ab"[i % 2]
            place.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 256, (9, 9, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{i}.bmp")
        small = folder.load(root / "set", size=16)
        find_twins(small)
        memory_maps.write_memory_maps(small, root / "small")
        Path("/proc/self/clear_refs").write_text("5")  # forgets the highest
        before = highest()
        data = folder.load(root / "set", size=320)  # 184 MB
        find_twins(data)
        memory_maps.write_memory_maps(data, root / "whole")
        pooled = Pooled.of(data)
        memory_maps.write_fold(pooled, folds(pooled, 3, 0)[0], root / "fold")
        print(highest() - before)
    """
    environment = {**os.environ, "BENCH_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 160  # MB: chunks of 16 MB, some of them as 32-bit numbers
