"""Positions come after the commit, from one relay, so that whoever reads by position misses nothing (decision 20)."""

import pytest
from django.db import connection, transaction

from work.models import Outbox
from work.tasks import relay_outbox

pytestmark = pytest.mark.django_db(transaction=True)


def test_positions_follow_commits_without_holes() -> None:
    slow = connection.copy()
    slow.set_autocommit(False)
    with slow.cursor() as cursor:
        cursor.execute("INSERT INTO work_outbox (topic, payload, created_at) VALUES ('slow', '{}', now())")
        Outbox.objects.create(topic="fast", payload={})
        assert relay_outbox() == 1
        slow.commit()
    slow.close()
    assert relay_outbox() == 1
    assert relay_outbox() == 0
    assert list(Outbox.objects.order_by("position").values_list("topic", "position")) == [("fast", 1), ("slow", 2)]


def test_one_relay_at_a_time() -> None:
    Outbox.objects.create(topic="x", payload={})
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('stockledger outbox relay'))")
        assert relay_outbox() == 0
        other.commit()
    other.close()
    assert relay_outbox() == 1


def test_what_is_rolled_back_is_never_seen() -> None:
    with transaction.atomic():
        Outbox.objects.create(topic="x", payload={})
        transaction.set_rollback(True)
    assert relay_outbox() == 0
