"""`python -m benchmarks`: every group, or those that ONLY names; SIZE=small (the default) or full."""

import os
import sys
from pathlib import Path

from benchmarks import servers
from benchmarks.measure import Measure, keep, show, show_head


def main() -> int:
    """Run the chosen groups, print the table as it grows, and write bench.json."""
    size, only = os.environ.get("SIZE", "small"), os.environ.get("ONLY", "")
    if size not in ("small", "full"):
        sys.exit(f"SIZE is small or full, not {size}")
    with servers.running():
        import django

        django.setup()
        from benchmarks import clients, company, history, imports, posting
        from benchmarks.costing import measures as costing

        groups = {
            "posting": posting.measures,
            "clients": clients.measures,
            "history": history.measures,
            "imports": imports.measures,
            "costing": costing.measures,
        }
        chosen = only.replace(",", " ").split() or list(groups)
        if unknown := set(chosen) - set(groups):
            sys.exit(f"No such group: {', '.join(sorted(unknown))}. There are {', '.join(groups)}")
        company.build()
        found: list[Measure] = []
        show_head()
        for name in chosen:
            for measure in groups[name](full=size == "full"):
                found.append(measure)
                show(measure)
        servers.use("postgres")
    keep(found, Path(os.environ.get("OUTPUT", "bench.json")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
