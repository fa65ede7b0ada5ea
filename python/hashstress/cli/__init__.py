"""The command line: a thin layer of words over the same five names as Python.

Exit codes: 0 done, 1 the run or a check failed, 2 bad usage or bad input, 130 interrupted. Messages go to stderr, answers to stdout.
"""

from __future__ import annotations

import importlib

import click

from hashstress.errors import HashstressError, InputError, ScenarioError, UsageError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "book": "Write the tables of a book to a folder, to edit them.",
    "check": "Read a book and report every problem.",
    "contributions": "Print what each channel of feedback adds to the loss.",
    "explain": "Replay one path of a finished run with its journal.",
    "plugins": "List plugins and what they offer.",
    "rescue": "Print what rescue funds and buy-backs cost and what they spared the lenders.",
    "run": "Play a scenario and sum up what came of it.",
    "scenarios": "List built-in scenarios, or tell what one does.",
    "schedule": "Print what loans pay by contract.",
    "schema": "Print the columns of a table.",
    "show": "Sum up a finished run.",
    "verify": "Compare a finished run's files with its manifest.",
}


class Verbs(click.Group):
    """Loads a verb's module when it is called, and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Verbs in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb `cmd_name`: `command` of the module of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"hashstress.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of verbs, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Runs the verb; an error of ours becomes its sentence and its exit code."""
        try:
            return super().invoke(ctx)
        except HashstressError as error:
            click.echo("\n".join([f"Error: {error}", *_notes(error)]), err=True)
            ctx.exit(BAD_INPUT if isinstance(error, InputError | ScenarioError | UsageError) else FAILED)
        except KeyboardInterrupt as error:
            click.echo(" ".join(["Interrupted.", *(_notes(error) or ["Nothing was kept."])]), err=True)
            ctx.exit(INTERRUPTED)


def _notes(error: BaseException) -> list[str]:
    """What those who passed the error on have added: what became of a run's folder."""
    return list(getattr(error, "__notes__", []))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hashstress", prog_name="hashstress")
def main() -> None:
    """Stress-test leveraged Bitcoin miners and the lenders who fund them."""
