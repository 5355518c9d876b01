"""No sentence that people see stands outside the catalogues, and what holds words holds them whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "gridmap").rglob("*.py"))
CATALOGUES = ROOT / "gridmap" / "web" / "translations" / "zh" / "LC_MESSAGES"

SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;]? [a-z]{2,}")
"""Two words of a language, or names in a list: what it is, `ENGLISH` says."""
ENGLISH = re.compile(
    r"\b(?:the|a|an|is|are|was|were|has|have|of|to|not|no|that|with|without|for|by|its?|can't|isn't|doesn't)\b(?!-)"
)
SQL = re.compile(r"\b(?:SELECT|FROM|WHERE)\b")
QUIET = {"debug", "info", "warning", "error", "exception", "text", "RuntimeError", "ValueError", "Column"}
"""Calls whose words are for logs, for programmers or for the database."""
OTHERS = {
    "analysis/regions/check.py": "faults of the solver, for its programmers",
    "analysis/regions/solver.py": "the solver's `reason`, for those who call it from Python",
    "domain/numbers.py": "sources of the numbers, as docs/reference.md has them",
    "services/settings.py": "what a setting is, as docs/reference.md has it",
    "sample/source.py": "data",
    "web/openapi.py": "the document for machines",
}
"""Files whose other strings people don't see, and why; calls that hold words are looked at there too."""
SPEAKING = [path for path in FILES if str(path.relative_to(ROOT / "gridmap")) not in OTHERS]

CALLS = {
    **dict.fromkeys(("_", "gettext", "lazy_gettext", "template", "Note", "say", "_translate"), 0),
    **dict.fromkeys(
        ("InputError", "NotFoundError", "DataError", "ConflictError", "ForbiddenError", "UnavailableError"), 0
    ),
    **dict.fromkeys(("progress", "tell"), 1),
}
"""Which argument of a call holds words."""


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _in_pieces(said: ast.expr) -> bool:
    if isinstance(said, ast.IfExp):
        return isinstance(said.body, ast.Constant) or isinstance(said.orelse, ast.Constant)
    return isinstance(said, ast.JoinedStr | ast.BinOp)


def _ids(domain: str) -> set[str]:
    with (CATALOGUES / f"{domain}.po").open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    return {text for one in ids for text in ([one] if isinstance(one, str) else one)}


def _strings(node: ast.AST) -> Iterator[str]:
    """The strings in which a sentence may stand.

    No docstrings, nothing for logs, nothing that is only compared with what others say or is a key, and nothing with
    its Chinese beside it.
    """
    if isinstance(node, ast.Compare) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return
    if isinstance(node, ast.Call) and _called(node) in QUIET:
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return
    children = node.values if isinstance(node, ast.Dict) else list(ast.iter_child_nodes(node))
    texts = [child.value for child in children if isinstance(child, ast.Constant) and isinstance(child.value, str)]
    if not any(re.search(r"[\u4e00-\u9fff]", text) for text in texts):
        yield from texts
    for child in children:
        yield from _strings(child)


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_sentence_stands_in_the_catalogue(path: Path) -> None:
    said = {text for text in _strings(ast.parse(path.read_text(encoding="utf-8"))) if SENTENCE.search(text)}
    assert {text for text in said if ENGLISH.search(text) and not SQL.search(text)} - _ids("messages") == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_call_that_holds_words_holds_them_whole(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    words = [(call, call.args[CALLS[name]]) for call in calls if len(call.args) > CALLS.get(name := _called(call), 99)]
    assert [call.lineno for call, said in words if _in_pieces(said)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "js").rglob("*.js")), ids=lambda path: path.name)
def test_a_sentence_of_a_script_stands_in_the_catalogue(path: Path) -> None:
    code = re.sub(r"^\s*//.*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    texts = {double or template for double, template in re.findall(r'"([^"\n]*)"|`([^`]*)`', code)}
    said = {text for text in texts if SENTENCE.search(text) and ENGLISH.search(text)}
    assert said - _ids("browser") == set()


@pytest.mark.parametrize("path", sorted((ROOT / "templates").glob("*.html")), ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    bare = re.sub(
        r"\{%-? block (?:width|styles) .*?endblock %\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}",
        "",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    labels = re.findall(r'(?:title|alt|placeholder|aria-label)="([^"]*)"', bare)
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", "", bare)) == []
    assert [label for label in labels if label.strip()] == []
