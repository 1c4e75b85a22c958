"""`bench compare` with nothing installed but what its page names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINES = re.findall(
    r"^    pip install ((?!--)[a-z0-9 ]+)$", (ROOT / "docs" / "compare.md").read_text(), flags=re.M
)
SCRIPT = """
import importlib.metadata as metadata, re, sys
wanted, given = set(), {names!r}.split()
while given:
    name = given.pop()
    if name in wanted:
        continue
    wanted.add(name)
    for need in metadata.requires(name) or []:
        if "extra ==" not in need:
            given.append(re.match(r"[A-Za-z0-9_.-]+", need)[0].lower())
wanted |= {{re.sub("[-_.]+", "-", name).lower() for name in wanted}}
homes = metadata.packages_distributions()
class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = {{re.sub("[-_.]+", "-", one).lower() for one in homes.get(top, [])}}
        if known and not known & wanted and "classical-vs-deep" not in known:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Nothing())
from bench.cli.main import run_command
sys.exit(run_command({words!r}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("with_pages", [False, True])
def test_what_the_page_names_is_enough(tmp_path, with_pages):
    rows = ["case,label,model,score"]
    for model, k in (("a", 3), ("b", 5)):
        rows += [f"{i},{i % 2},{model},{(i * k) % 7 + i % 2}" for i in range(40)]
    path = tmp_path / "p.csv"
    path.write_text("\n".join(rows))
    words = ["compare", str(path), "--json"]
    if with_pages:
        words += ["--html", str(tmp_path / "p.html"), "--pdf", str(tmp_path / "p.pdf")]
    names = " ".join(LINES if with_pages else LINES[:1])
    assert names.startswith("numpy scipy pandas")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(names=names, words=words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"comparisons"' in done.stdout
