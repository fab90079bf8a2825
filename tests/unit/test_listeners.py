"""What listens on this machine is closed to web pages, wherever it is in the tools."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT, slow

SERVERS = {
    "HTTPServer",
    "ThreadingHTTPServer",
    "TCPServer",
    "ThreadingTCPServer",
    "create_server",
    "start_server",
    "start_unix_server",
    "make_server",
    "run_app",
}
FRAMEWORKS = {
    "http_serving",
    "hypercorn",
    "uvicorn",
    "aiohttp",
    "wsgiref",
    "socketserver",
    "waitress",
}
CLOSED_BY = {"same_origin", "Door", "Guard"}
SERVES_FOR_OTHERS = "tocsin/http_serving.py"
"""Given the application that it serves; who imports it is looked at in its place."""


def names_in(path: Path) -> Iterator[str]:
    """Every name that a module imports or uses, and the packages it imports from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            yield module.partition(".")[0]
            for alias in node.names:
                yield alias.name.partition(".")[0]


def listeners() -> dict[str, set[str]]:
    """The modules of the tools that make a server, and the names in each."""
    found = {}
    for path in sorted((ROOT / "tocsin").rglob("*.py")):
        if not any(word in path.read_text(encoding="utf-8") for word in SERVERS | FRAMEWORKS):
            continue
        names = set(names_in(path))
        module = path.relative_to(ROOT).as_posix()
        if names & (SERVERS | FRAMEWORKS) and module != SERVES_FOR_OTHERS:
            found[module] = names
    return found


@slow
def test_each_looks_at_where_a_request_comes_from() -> None:
    found = listeners()
    assert {
        "tocsin/local/launcher.py",
        "tocsin/local/runtime/runtime_api.py",
        "tocsin/web/server.py",
    } <= set(found)
    open_ones = [module for module, names in found.items() if not names & CLOSED_BY]
    assert open_ones == [], "these listen, and do not ask tocsin.same_origin who may speak"
