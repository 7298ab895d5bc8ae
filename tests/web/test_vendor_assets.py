"""What browsers load is what the lock names."""

import json
import shutil
from pathlib import Path

from scripts import vendor_assets

LOCK = json.loads(vendor_assets.LOCK.read_text())


def test_committed_files_are_those_of_the_lock() -> None:
    assert vendor_assets.check(LOCK) == []


def test_a_changed_a_missing_and_an_added_file_are_named(tmp_path: Path) -> None:
    shutil.copytree(vendor_assets.TARGET, tmp_path, dirs_exist_ok=True)
    (tmp_path / "bootstrap/LICENSE").write_text("mine")
    (tmp_path / "slickgrid/Sortable.min.js").unlink()
    (tmp_path / "evil.js").write_text("")
    assert set(vendor_assets.check(LOCK, tmp_path)) == {
        "bootstrap/LICENSE is missing or changed",
        "slickgrid/Sortable.min.js is missing or changed",
        "evil.js is not in vendor.json",
    }
