"""Browser libraries are committed under vendor_static/vendor; nobody needs Node to run or test.

python scripts/vendor_assets.py check     what is committed is what vendor.json says (a test runs it)
python scripts/vendor_assets.py update    needs npm: fetch the pinned packages, verify them, copy the files
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "vendor.json"
TARGET = ROOT / "vendor_static" / "vendor"


def check(lock: dict[str, Any], target: Path = TARGET) -> list[str]:
    """What differs from the lock: files missing or changed, and files it does not name."""
    expected = {name: package["sha256"].get(name) for package in lock.values() for name in package["files"].values()}
    problems = [
        f"{name} is missing or changed"
        for name, digest in expected.items()
        if not (target / name).is_file() or _sha256((target / name).read_bytes()) != digest
    ]
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    return problems + [f"{name} is not in vendor.json" for name in sorted(found - expected.keys())]


def update(lock: dict[str, Any], target: Path = TARGET) -> None:
    """Fetch every package at its pinned version; a tarball with another hash than the lock's ends the run."""
    for name, package in lock.items():
        with tempfile.TemporaryDirectory() as folder:
            tarball = _fetch(f"{name}@{package['version']}", Path(folder))
            integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
            if package.setdefault("integrity", integrity) != integrity:
                raise SystemExit(f"{name}: the tarball is not the one vendor.json names")
            _unpack(tarball, package, target)


def _fetch(pinned: str, folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", pinned], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def _unpack(tarball: Path, package: dict[str, Any], target: Path) -> None:
    with tarfile.open(tarball) as archive:
        package["license"] = json.loads(_read(archive, "package.json"))["license"]
        package["sha256"] = {}
        for source, name in package["files"].items():
            data = _read(archive, source)
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(data)
            package["sha256"][name] = _sha256(data)


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise SystemExit(f"{name} is not a file of the package")
    return member.read()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main(mode: str) -> int:
    """0 where everything is as it should be."""
    lock = json.loads(LOCK.read_text())
    if mode == "update":
        update(lock)
        LOCK.write_text(json.dumps(lock, indent=1) + "\n")
    problems = check(lock)
    print("\n".join(problems) or "vendor assets: ok")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
