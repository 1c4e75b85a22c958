"""How predictions are read."""

import subprocess
import sys

import numpy as np
import pytest

from bench.protocol.predictions import Predictions
from bench.results.parquet import read_predictions, write_predictions

GROUPS = (None, np.array(["a", "a", "b"]), np.array(["a", "", "b"]))


def predictions(groups):
    return Predictions(
        case_ids=np.array(["x", "y", "z"]),
        split=np.array(["val", "test", "test"]),
        labels=np.array([0, 1, 1]),
        groups=groups,
        probabilities=np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]),
    )


@pytest.mark.parametrize("groups", GROUPS)
def test_predictions_are_read_as_they_were_written(tmp_path, groups):
    written = predictions(groups)
    write_predictions(tmp_path / "predictions.parquet", written)
    read = read_predictions(tmp_path / "predictions.parquet")
    for name in ("case_ids", "split", "labels", "groups", "probabilities"):
        assert np.array_equal(getattr(read, name), getattr(written, name))
    read.probabilities[0, 0] = 0  # they are the reader's own


def test_reading_predictions_loads_no_pandas(tmp_path):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions(GROUPS[1]))
    code = (
        "import sys; from pathlib import Path; from bench.results.parquet import read_predictions; "
        "read_predictions(Path(sys.argv[1])); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 0
