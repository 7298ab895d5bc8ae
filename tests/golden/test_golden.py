"""The worked examples, to the cent, through the real verbs. `GOLDEN_DIR=<folder>` adds every *.json of a folder."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.golden.player import Player, waits_for

HERE = Path(__file__).parent
FILES = [HERE / "costing.json", *sorted(Path(os.environ.get("GOLDEN_DIR", HERE / "none")).glob("*.json"))]


def _examples() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    found = {}
    for file in FILES:
        book = json.loads(file.read_text())
        for example in book.get("examples", []):
            found[example["id"]] = (book["profiles"]["default"], example)
    return found


EXAMPLES = _examples()
WAITING = {name: reason for name, (_, example) in EXAMPLES.items() if (reason := waits_for(example))}


def _parameter(name: str) -> Any:
    reason = WAITING.get(name)
    return pytest.param(name, marks=[pytest.mark.skip(reason=f"waits: {reason}")] if reason else [])


@pytest.mark.django_db
@pytest.mark.parametrize("name", [_parameter(name) for name in EXAMPLES])
def test_golden(name: str) -> None:
    profile, example = EXAMPLES[name]
    Player(profile, example).play(example)


def test_the_projects_own_examples_are_all_played() -> None:
    own = {example["id"] for example in json.loads((HERE / "costing.json").read_text())["examples"]}
    assert own
    assert not own & WAITING.keys()
