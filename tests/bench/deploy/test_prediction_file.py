"""The file of predictions as a file: what it replaces, and who writes it."""

import pytest

from bench.deploy.prediction_file import refuse_loss
from bench.protocol.columns import AFTER, FIRST
from bench.protocol.errors import UsageError

COLUMNS = [*FIRST, "benign", "calibrated:benign", *AFTER, "family:lbp"]


def written(path, *rows, columns=COLUMNS):
    """A file of predictions, each row given by some of its columns."""
    lines = [",".join(row.get(name, "") for name in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return path


def test_a_file_into_which_nothing_was_written_since_is_replaced(tmp_path):
    rows = [
        {"case": "a.png", "label": "benign", "group": "patient-0123456789ab"},
        {"case": "b.tif#frame=2", "label": "Benign", "group": "case-0123456789abcdef"},
        {"case": "c.png"},
    ]
    given = {"a.png": "benign", "b.tif": "benign", "c.png": ""}
    refuse_loss(written(tmp_path / "p.csv", *rows), given)
    refuse_loss(tmp_path / "new.csv", {})
    (tmp_path / "empty.csv").touch()
    refuse_loss(tmp_path / "empty.csv", {})


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"case": "a.png", "label": "benign"}, "label 'benign' of a.png"),
        ({"case": "b.png", "label": "benign"}, "label 'benign' of b.png"),
        ({"case": "gone.png", "label": "benign"}, "label 'benign' of gone.png"),
        ({"case": "a.png", "group": "7"}, "group of a.png"),
    ],
)
def test_what_is_not_given_again_is_not_lost(row, what, tmp_path):
    path = written(tmp_path / "p.csv", row)
    with pytest.raises(UsageError, match=f"holds what was filled in since, as the {what}"):
        refuse_loss(path, {"a.png": "", "b.png": "malignant"})


def test_a_file_that_predict_did_not_write_is_not_replaced(tmp_path):
    noted = written(tmp_path / "p.csv", {"case": "a.png"}, columns=[*COLUMNS, "my notes"])
    (tmp_path / "notes.txt").write_text("case,label\na.png,benign\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\x00")
    wide = written(tmp_path / "wide.csv", {"case": "a.png", "family:lbp": "1,a note"})
    for path in (noted, tmp_path / "notes.txt", tmp_path / "picture.png", wide):
        with pytest.raises(UsageError, match="no file as 'predict' writes it"):
            refuse_loss(path, {})
