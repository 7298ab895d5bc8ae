"""What linters cannot see: foreign keys that point up, and functions and modules that grew too long."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
LAYERS = [
    "work", "users", "inventory", "ledger", "orders", "tracking", "costing warehouse", "posting planning", "imports",
    "web api",
]  # fmt: skip
RANK = {app: rank for rank, names in enumerate(LAYERS) for app in names.split()}
PACKAGES = [*RANK, "config", "devstack", "benchmarks", "scripts"]
LONGEST_FUNCTION, LONGEST_MODULE = 50, 400


def test_foreign_keys_point_down() -> None:
    """A key named by a string is an import that no import linter sees."""
    seen = 0
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not (field.concrete and field.is_relation and field.related_model):
                continue
            source, target = model._meta.app_label, field.related_model._meta.app_label
            if source != target and {source, target} <= RANK.keys():
                seen += 1
                assert RANK[target] < RANK[source], f"{field} points up, to {target}"
    assert seen > 50


def test_every_app_of_ours_has_a_rank() -> None:
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT / config.label)}
    assert ours
    assert ours <= RANK.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_and_modules_stay_short(package: str) -> None:
    """A module that passes 400 lines holds two verbs; a function that passes 50 holds two steps."""
    over = [finding for path in _modules(package) for finding in _too_long(path)]
    assert not over, "\n".join(over)


def _modules(package: str) -> Iterator[Path]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def _too_long(path: Path) -> Iterator[str]:
    text = path.read_text()
    lines = text.count("\n")
    name = path.relative_to(ROOT)
    if lines > LONGEST_MODULE:
        yield f"{name}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno} {node.name}: {length} lines"
