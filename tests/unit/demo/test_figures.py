"""What the demo notes of its own time goes beside what is noted there already."""

import json
from pathlib import Path

from dev.demo.__main__ import note


def test_figures_are_added_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"
    note(file, {"demo.cold_s": 600.0})
    note(file, {"demo.warm_s": 90.0})
    note(file, {"demo.warm_s": 80.0})
    assert json.loads(file.read_text()) == {"demo.cold_s": 600.0, "demo.warm_s": 80.0}


def test_an_empty_file_is_a_beginning(tmp_path: Path) -> None:
    """The gathering benchmark makes the file before it is filled."""
    file = tmp_path / "figures.json"
    file.touch()
    note(file, {"demo.warm_s": 1.0})
    assert json.loads(file.read_text()) == {"demo.warm_s": 1.0}
