"""Who acts in tests, the rows every company starts with, and the audit after every test that posts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from ledger.audit import audit_ledger
from tests.factories import Company, seed
from users.models import User

AUDITED = {"posting", "costing", "golden"}


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest) -> Iterator[None]:
    """Seeded before, and sound after every test in tests/posting, tests/costing and tests/golden."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None:
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    seed()
    yield
    if Path(str(request.path)).parent.name in AUDITED and not request.node.get_closest_marker("breaks_the_book"):
        assert not [str(finding) for finding in audit_ledger()]


@pytest.fixture
def alice(sound: None) -> User:
    """Who posts."""
    return User.objects.create_user("alice")


@pytest.fixture
def company(alice: User) -> Company:
    """Units, groups, accounts, two locations and a journal."""
    return Company(alice)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """How many golden examples were played, and what the others wait for; under xdist as well."""
    golden = {
        outcome: [report for report in terminalreporter.stats.get(outcome, []) if "test_golden[" in report.nodeid]
        for outcome in ("passed", "failed", "skipped")
    }
    if not any(golden.values()):
        return
    reasons = Counter(report.longrepr[2].partition("waits: ")[2] for report in golden["skipped"])
    played = len(golden["passed"]) + len(golden["failed"])
    waiting = ", ".join(f"{count} for {reason}" for reason, count in sorted(reasons.items()))
    terminalreporter.write_line(
        f"golden: {played} played, {sum(reasons.values())} wait" + f": {waiting}" * bool(waiting)
    )
