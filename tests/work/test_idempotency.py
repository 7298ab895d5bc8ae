"""The same request twice is done once, whoever comes first and however the first one ends."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from users.models import User
from work import idempotency
from work.idempotency import KeyReused, begin, finish, forget_old_keys
from work.models import IdempotencyKey

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_second_call_gets_the_first_answer(alice: User) -> None:
    with transaction.atomic():
        first = begin(alice.pk, "k", "verb", {"a": 1, "b": "2"})
        assert first.answer is None
        finish(first, 201, {"register": 7})
    with transaction.atomic():
        again = begin(alice.pk, "k", "verb", {"b": "2", "a": 1})
    assert (again.status, again.answer) == (201, {"register": 7})


@pytest.mark.parametrize(("verb", "body"), [("verb", {"a": 2}), ("other", {"a": 1})])
def test_a_key_stands_for_one_request(alice: User, verb: str, body: dict[str, int]) -> None:
    with transaction.atomic():
        begin(alice.pk, "k", "verb", {"a": 1})
    with pytest.raises(KeyReused) as caught, transaction.atomic():
        begin(alice.pk, "k", verb, body)
    assert caught.value.code == "key_reused"


def test_keys_of_two_users_do_not_meet(alice: User) -> None:
    bob = User.objects.create_user("bob")
    with transaction.atomic():
        begin(alice.pk, "k", "verb", {"a": 1})
        assert begin(bob.pk, "k", "other", {}).answer is None


@pytest.mark.parametrize("rolled_back", [False, True])
def test_the_second_thread_waits_for_the_first(alice: User, rolled_back: bool) -> None:
    """It gets the first one's answer, or does the work itself when the first was rolled back."""
    begun, answers = threading.Event(), []

    def second() -> None:
        begun.wait(10)
        with transaction.atomic():
            stored = begin(alice.pk, "k", "verb", {})
            answers.append(stored.answer)
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        finish(begin(alice.pk, "k", "verb", {}), 201, {"n": 1})
        begun.set()
        thread.join(0.3)
        assert not answers, "it waits"
        transaction.set_rollback(rolled_back)
    thread.join(10)
    assert answers == ([None] if rolled_back else [{"n": 1}])


def test_keys_are_kept_thirty_days(alice: User) -> None:
    with transaction.atomic():
        begin(alice.pk, "old", "verb", {})
        begin(alice.pk, "young", "verb", {})
    age = idempotency.KEPT_FOR
    assert age == timedelta(days=30)
    IdempotencyKey.objects.filter(key="old").update(created_at=timezone.now() - age - timedelta(minutes=1))
    IdempotencyKey.objects.filter(key="young").update(created_at=timezone.now() - age + timedelta(minutes=1))
    assert forget_old_keys() == 1
    assert IdempotencyKey.objects.get().key == "young"
