"""The same request twice is done once (decision 16)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from work.errors import Refusal
from work.models import IdempotencyKey

KEPT_FOR = timedelta(days=30)


class KeyReused(Refusal):
    """The key was used for another request."""

    code = "key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Idempotency key {key} was used for another request. Send this one under a key of its own.", key=key
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """The row of a key; `answer` is None when this is the first time."""

    id: int
    status: int | None
    answer: dict[str, Any] | None


def begin(user_id: int, key: str, verb: str, body: Mapping[str, Any]) -> Stored:
    """Take a key first in the verb's transaction; a second caller waits here for the first one's answer.

    Raises `KeyReused` when the key stands for another verb or body.
    """
    assert connection.in_atomic_block
    digest = hash_of(verb, body)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO work_idempotencykey (user_id, key, verb, body_hash, created_at) VALUES (%s, %s, %s, %s, now())"
            " ON CONFLICT (user_id, key) DO NOTHING RETURNING id",
            [user_id, key, verb, digest],
        )
        row = cursor.fetchone()
    if row:
        return Stored(row[0], None, None)
    known = IdempotencyKey.objects.get(user_id=user_id, key=key)
    if known.body_hash != digest:
        raise KeyReused(key)
    return Stored(known.pk, known.status, known.answer)


def finish(stored: Stored, status: int, answer: dict[str, Any]) -> None:
    """Keep the answer for whoever asks again."""
    IdempotencyKey.objects.filter(pk=stored.id).update(status=status, answer=answer)


def hash_of(verb: str, body: Mapping[str, Any]) -> str:
    """The same for the same request, whatever the order of its fields."""
    text = json.dumps([verb, body], sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def forget_old_keys() -> int:
    """Delete keys older than 30 days; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
