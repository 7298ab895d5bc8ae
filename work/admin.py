"""Jobs, keys and the outbox, to look at."""

from django.contrib import admin

from work.back_office import ReadOnly
from work.models import Heartbeat, IdempotencyKey, Job, Outbox


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("title", "kind", "username", "state", "done", "total", "created_at", "finished_at")
    list_filter = ("state", "kind")
    ordering = ("-created_at",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly):
    list_display = ("key", "user_id", "verb", "status", "created_at")
    search_fields = ("key__exact",)


@admin.register(Outbox)
class OutboxAdmin(ReadOnly):
    list_display = ("id", "position", "topic", "created_at")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "seen_at")
