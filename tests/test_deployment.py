"""The compose file and the settings name the same things; no engine is needed to see that."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")


def test_all_parts_are_there() -> None:
    assert {"postgres", "broker", *OURS} == set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_the_environment_is_what_the_settings_read(name: str) -> None:
    settings = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    given = set(SERVICES[name]["environment"])
    assert given <= read, f"the settings do not read {given - read}"
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= given


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\${{{name}(.)", text)) == {":"}
        assert f"${{{name}:-" not in text


def test_commands_name_what_exists() -> None:
    commands = " ".join(" ".join(SERVICES[name].get("command", [])) for name in OURS)
    assert "celery -A config worker" in commands
    assert "celery -A config beat" in commands
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "config.wsgi:application" in dockerfile
    assert "--require-hashes" in dockerfile


def test_servers_are_waited_for_and_data_is_kept() -> None:
    for name in ("web", "worker", "beat"):
        waits = SERVICES[name]["depends_on"]
        assert waits["postgres"]["condition"] == waits["broker"]["condition"] == "service_healthy"
    assert {volume.split(":")[0] for name in ("postgres", "broker") for volume in SERVICES[name]["volumes"]} == set(
        COMPOSE["volumes"]
    )
