"""Runs every benchmark, each in a process of its own: `python -m bench [NAME ...]`."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    here = Path(__file__).parent
    names = sys.argv[1:] or sorted(
        path.stem for path in here.glob("*.py") if not path.stem.startswith("_")
    )
    return max(
        subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=here.parent).returncode
        for name in names
    )


if __name__ == "__main__":
    sys.exit(main())
