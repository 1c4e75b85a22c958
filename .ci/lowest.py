"""Prints the lowest version of every dependency that pyproject.toml allows, as constraints of pip.

python .ci/lowest.py >lowest.txt && pip install -c lowest.txt -e '.[test]'
"""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
for wanted in [*project["dependencies"], *(each for extra in extras.values() for each in extra)]:
    if found := re.fullmatch(r"([\w.-]+)>=([\w.]+)", wanted):
        print(f"{found[1]}=={found[2]}")
