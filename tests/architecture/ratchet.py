"""Which contract rows no test proves: computed, and compared with `unproven.txt`.

python -m tests.architecture.ratchet     rewrites the file
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("unproven.txt")
_ROW = re.compile(r"^\| *([A-Z]{2,3}-\d{3}[a-z]?) *\|", re.M)
_TITLE = re.compile(r"^\s*(?:it|test)\(\s*\"((?:[^\"\\]|\\.)*)\"", re.M)
_NAMED = re.compile(r"\b([A-Z]{2,3}-\d{3}[a-z]?)\b")


def rows() -> set[str]:
    """Every numbered row of the contract."""
    found: set[str] = set()
    for page in (ROOT / "docs" / "contract").glob("*.md"):
        found.update(_ROW.findall(page.read_text("utf-8")))
    return found


def proven() -> set[str]:
    """Rows named in the docstring of a test function, or in the title of a web test."""
    found: set[str] = set()
    for module in (ROOT / "tests").rglob("*.py"):
        for docstring in _test_docstrings(ast.parse(module.read_text("utf-8"))):
            found.update(_NAMED.findall(docstring))
    for title in web_titles():
        found.update(_NAMED.findall(title))
    return found & rows()


def web_titles() -> Iterator[str]:
    """The titles of the web application's tests: of its parts, and of its journeys."""
    for folder, pattern in (("ui/src", "*.test.ts"), ("tests/webui", "*.mjs")):
        for module in (ROOT / folder).rglob(pattern):
            yield from _TITLE.findall(module.read_text("utf-8"))


def _test_docstrings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            ("test_", "check_")
        ):
            yield ast.get_docstring(node) or ""


def listed() -> set[str]:
    return set(LIST.read_text("utf-8").split())


if __name__ == "__main__":
    open_rows = sorted(rows() - proven())
    LIST.write_text("\n".join(open_rows) + "\n", "utf-8")
    print(f"{len(open_rows)} of {len(rows())} rows are not yet proven")
