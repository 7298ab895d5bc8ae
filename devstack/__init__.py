"""PostgreSQL and Valkey from wheels, and everything that runs beside them, for development, demo and tests.

`python -m devstack services [--ephemeral]` starts what DATABASE_URL and REDIS_URL do not name already, prints one
JSON line with the addresses, and stops when its stdin closes. `python -m devstack up` serves the whole application.
"""

from devstack.guard import start_services

__all__ = ["start_services"]
