"""Which strings of our Python files the message catalogues hold, as a method of Babel's (see web/translations)."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from io import BytesIO
from typing import IO, Any

from babel.messages.extract import extract_python

from gridmap.help_texts import cleaned


def collect(
    fileobj: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Any,
) -> Iterator[tuple[Any, ...]]:
    """Babel's method for our Python files: the calls that hold words, and the help of commands and options."""
    source = fileobj.read()
    yield from extract_python(BytesIO(source), keywords, comment_tags, options)
    for line, text in help_in(ast.parse(source)):
        yield line, "_", cleaned(text), []


def help_in(tree: ast.AST) -> Iterable[tuple[int, str]]:
    """Line and text of every docstring of a command or group and every `help` of an option."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and {"command", "group"} & set(map(_called, node.decorator_list)):
            yield node.lineno, ast.get_docstring(node) or ""
        if isinstance(node, ast.Call) and _called(node) in {"option", "version_option"}:
            for keyword in node.keywords:
                if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
                    yield keyword.value.lineno, str(keyword.value.value)


def _called(node: ast.AST) -> str:
    """The last part of the name of what is called: `command` for `@cli.command()`."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
