"""The Celery app and the whole beat schedule. The work is rows in the database; a message only wakes a worker."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stockledger")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "costs": {"task": "costing.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "jobs": {"task": "work.tasks.wake_waiting_jobs", "schedule": 10.0, "options": {"expires": 10}},
    "outbox": {"task": "work.tasks.relay_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "heartbeat": {"task": "work.tasks.beat_heartbeat", "schedule": 10.0, "options": {"expires": 10}},
    "old keys": {"task": "work.tasks.forget_old_keys", "schedule": crontab(hour=3, minute=10)},
    "old exports": {"task": "web.tasks.forget_old_exports", "schedule": crontab(hour=3, minute=20)},
    "audit": {"task": "ledger.tasks.nightly_audit", "schedule": crontab(hour=2, minute=30)},
}
