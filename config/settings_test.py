"""Settings for tests: servers of their own, started before pytest looks at anything else and stopped with it."""

import atexit
import os

os.environ.setdefault("SECRET_KEY", "only-for-tests")
if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    import devstack

    _guard, _environment = devstack.start_services(ephemeral=True)
    os.environ.update(_environment)

    def _stop() -> None:
        assert _guard.stdin is not None
        _guard.stdin.close()
        _guard.wait(30)

    atexit.register(_stop)

from config.settings import *  # noqa: F403
from config.settings import CACHES, DATABASES, REDIS_URL

_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES["default"]["KEY_PREFIX"] = _worker
DATABASES["default"]["CONN_MAX_AGE"] = 0
# Tests with several connections empty the tables afterwards, which the ledgers otherwise refuse.
# Whoever waits for a lock that nobody gives back is told so, by name; it must not stop all tests.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c stockledger.truncate=allowed -c lock_timeout=60s"
CELERY_TASK_DEFAULT_QUEUE = f"test-{_worker}"
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"test-{_worker}:"} if REDIS_URL else {}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
