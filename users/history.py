"""Who changed which master data, when and why; kept by the database, so that no door gets around it (decision 26)."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Recorded = TypeVar("Recorded", bound=type[models.Model])


def recorded(model: Recorded) -> Recorded:
    """Class decorator for master data: every change becomes an event, and a change by nobody is refused."""
    named = pgtrigger.register(
        pgtrigger.Trigger(
            name="names_who_changes",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            func="""
                IF coalesce(current_setting('pghistory.context_id', true), '') = '' THEN
                    RAISE EXCEPTION '% is recorded: change it inside acting(user, reason)', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NULL;
            """,
        )
    )(model)
    return pghistory.track(  # type: ignore[no-any-return]
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), model_name=f"{model.__name__}Event"
    )(named)


@contextmanager
def acting(user: Any, reason: str, *, job: object = None) -> Iterator[None]:
    """All changes inside are by this user and for this reason, also those of COPY, bulk statements and raw SQL.

    Opens a transaction (or a savepoint); a call inside another keeps the outer user.
    """
    metadata = {"user": getattr(user, "pk", None), "username": str(user or "system"), "reason": reason}
    metadata["job"] = None if job is None else str(job)
    with transaction.atomic():
        before = _settings()
        if not before[0]:
            _set(str(uuid.uuid4()), json.dumps(metadata))
        try:
            yield
        finally:
            if not before[0] and not connection.needs_rollback and not _failed():
                _set("", "")


def acting_in_migration(schema_editor: BaseDatabaseSchemaEditor, reason: str) -> None:
    """Let the rest of a data migration's transaction change recorded tables."""
    metadata = {"user": None, "username": "migration", "reason": reason, "job": None}
    schema_editor.execute(_SET, [str(uuid.uuid4()), json.dumps(metadata)])


def history_of(row: models.Model) -> list[dict[str, Any]]:
    """The changes of a row, newest first: when, who, why, and each field's old and new value; one statement."""
    events: Any = type(row)._meta.get_field("events").related_model
    fields = [field.attname for field in row._meta.concrete_fields]
    kept = events.objects.filter(pgh_obj_id=row.pk).select_related("pgh_context").order_by("pgh_id")
    changes: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for event in kept:
        now = {name: getattr(event, name) for name in fields}
        context = event.pgh_context.metadata if event.pgh_context else {}
        changed = {name: (before.get(name), value) for name, value in now.items() if before.get(name) != value}
        changes.append(
            {
                "at": event.pgh_created_at,
                "what": event.pgh_label,
                "user": context.get("username", ""),
                "reason": context.get("reason", ""),
                "changes": changed if event.pgh_label != "delete" else {},
            }
        )
        before = now
    return changes[::-1]


_SET = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"


def _settings() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('pghistory.context_id', true), ''),"
            " coalesce(current_setting('pghistory.context_metadata', true), '')"
        )
        row: tuple[str, str] = cursor.fetchone()
        return row


def _set(context_id: str, metadata: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, [context_id, metadata])


def _failed() -> bool:
    """True when the transaction has met an error; the rollback takes the settings along."""
    return bool(connection.connection.info.transaction_status.name == "INERROR")
