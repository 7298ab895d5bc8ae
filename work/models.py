"""What is to be done in the background, what was asked for once, and what happened in which order."""

import uuid

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """Something that runs long: its progress, and afterwards what it did."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=50)
    title = models.CharField(max_length=200)
    user_id = models.BigIntegerField(null=True)
    username = models.CharField(max_length=150, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    arguments = models.JSONField(default=dict, blank=True)
    attempts = models.IntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class IdempotencyKey(models.Model):
    """A request that was made once, and its answer (decision 16)."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    verb = models.CharField(max_length=50)
    body_hash = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("user_id", "key", name="idempotency_key_is_unique"),
            models.CheckConstraint(name="idempotency_key_is_not_blank", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return self.key


class Outbox(models.Model):
    """Something that happened; one relay gives positions after the commit, so that readers miss nothing."""

    topic = models.CharField(max_length=50)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    position = models.BigIntegerField(null=True, unique=True)

    class Meta:
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class Heartbeat(models.Model):
    """When a part of the system was last seen alive."""

    name = models.CharField(max_length=50, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
