"""What the commands say of themselves under `--help`, in the reader's language.

Commands and groups made under a `TranslatedGroup` are of its kind. Their docstrings and the `help` of their options are
English templates like any other (`gridmap.catalogues` collects them), translated when they are shown.
"""

from __future__ import annotations

import copy
import inspect
import os
import re
from collections.abc import Iterable

import click
from rich.cells import cell_len

from gridmap.domain.errors import InputError
from gridmap.domain.notes import template
from gridmap.services.language import Translate, terminal_language, translator

_PIECES = re.compile(r"\s+|[（“《]?(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。；：、）”》]*")
"""What stays on one line: a word, or one Chinese character, with its punctuation."""

_TYPES = (
    *(template("TEXT"), template("INTEGER"), template("INTEGER RANGE"), template("FLOAT"), template("FLOAT RANGE")),
    *(template("FILE"), template("PATH")),
)
_USAGE = (template("[OPTIONS]"), template("COMMAND [ARGS]..."))
"""click's own words for what options take and how a command is called; whatever else it says is said here anew."""


def _translate() -> Translate:
    return translator(terminal_language(os.environ))


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, in which a Chinese character counts as two."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if piece.isspace():
            lines[-1] += " " if lines[-1] else ""
        elif cell_len(lines[-1] + piece) > width and lines[-1].strip():
            lines.append(piece)
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


class _Formatter(click.HelpFormatter):
    """click's own, which counts columns instead of characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line of how the command is called."""
        super().write_usage(prog, args, prefix or _translate()(template("Usage: ")))

    def write_heading(self, heading: str) -> None:
        """A heading as it is, with its own colon."""
        self.write(f"{' ' * self.current_indent}{heading}\n")

    def write_text(self, text: str) -> None:
        """Paragraphs, parted by empty lines."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            self.write("".join(f"{indent}{line}\n" for line in wrapped(paragraph, self.width - self.current_indent)))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names on the left, what they mean on the right."""
        indent = " " * self.current_indent
        rows = list(rows)
        first = min(max(cell_len(name) for name, _words in rows), col_max) + col_spacing
        for name, words in rows:
            lines = wrapped(words, max(self.width - self.current_indent - first, 20))
            fits = cell_len(name) <= first - col_spacing
            if not fits:
                self.write(f"{indent}{name}\n")
            left = name + " " * (first - cell_len(name)) if fits else " " * first
            self.write(f"{indent}{left}{lines[0]}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * first}{line}\n" for line in lines[1:]))


class _Context(click.Context):
    formatter_class = _Formatter


class TranslatedCommand(click.Command):
    """A command whose help is in the reader's language."""

    context_class = _Context

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """How it is called, its placeholders in words."""
        translate = _translate()
        return [translate(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does, from its docstring."""
        del ctx
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_translate()(cleaned(self.help)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its options, each with what it takes and means."""
        translate = _translate()
        shown = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.hidden]
        with formatter.section(translate(template("Options:"))):
            formatter.write_dl([_row(option, ctx, translate) for option in shown])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, which is click's own."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = template("Show this message and exit.")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first paragraph of its help, without the full stop."""
        del limit
        return _translate()(cleaned(self.help or "")).split("\n\n")[0].rstrip(".。")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed; more than it takes is refused in the reader's language."""
        allowed, ctx.allow_extra_args = ctx.allow_extra_args, True
        rest = super().parse_args(ctx, args)
        if rest and not allowed and not ctx.resilient_parsing:
            raise InputError(
                "{command} takes no more than that: {words} (see {command} --help).",
                command=ctx.command_path,
                words=" ".join(rest),
            )
        return rest


class TranslatedGroup(TranslatedCommand, click.Group):
    """A group whose commands and groups are translated as well."""

    command_class = TranslatedCommand
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its options and its commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its commands, each with the first words of its help."""
        shown = [(name, self.commands[name]) for name in self.list_commands(ctx) if not self.commands[name].hidden]
        if shown:
            with formatter.section(_translate()(template("Commands:"))):
                formatter.write_dl([(name, command.get_short_help_str()) for name, command in shown])


def _row(option: click.Option, ctx: click.Context, translate: Translate) -> tuple[str, str]:
    """An option's names with what it takes, and what it means with its default and range."""
    named = copy.copy(option)
    named.metavar = None if option.is_flag or option.count else translate(option.make_metavar(ctx))
    names, _english = named.get_help_record(ctx) or ("", "")
    extra = option.get_help_extra(ctx)
    facts = [translate(template("default: {default}")).format(default=extra["default"])] if "default" in extra else []
    facts += [extra["range"]] if "range" in extra else []
    facts += [translate(template("required"))] if "required" in extra else []
    words = translate(cleaned(option.help or "")) if option.help else ""
    return names, "  ".join(part for part in (words, f"[{'; '.join(facts)}]" if facts else "") if part)


def cleaned(text: str) -> str:
    """A docstring or a help text as the catalogues have it: without indentation, each paragraph in one line."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
