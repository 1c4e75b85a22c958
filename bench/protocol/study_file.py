"""A study in a file that its user writes."""

import tomllib
from pathlib import Path
from typing import Any

from bench.protocol.errors import StudyError, did_you_mean, nearest_path


def read_study(path: Path) -> dict[str, Any]:
    """The table of a TOML study file, under `[study]` or at top level, not yet checked.

    Its `[[claim]]` tables, which stand at top level, become the list "claims", and the table
    `[external]`, name → folder, stands under "external".

    Raises:
        StudyError: if the file is missing or is not TOML.
    """
    if path.is_dir():
        raise StudyError(
            f"{path} is a folder, and here the file of a study is named. To run on its images: "
            f"--data {path}"
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StudyError(f"Study file {path}: there is no such file.{nearest_path(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"Study file {path}: cannot be read ({error}).") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StudyError(f"Study file {path}: not valid TOML ({error}).") from None
    study = table.get("study", table)
    if not isinstance(study, dict):
        raise StudyError(f"Study file {path}: 'study' must be a table: [study].")
    claims = table.pop("claim", [])
    external = table.get("external")
    if study is not table:
        for key in table:
            if key not in ("study", "external"):
                hint = did_you_mean(key, ("study", "claim", "external"))
                raise StudyError(f"Study file {path}: unknown table {key!r} beside [study]. {hint}")
    if not isinstance(claims, list):
        raise StudyError(f"Study file {path}: claims stand in double brackets: [[claim]].")
    added = {"claims": claims, "external": external}
    return {**study, **{name: value for name, value in added.items() if value}}
