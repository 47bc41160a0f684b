"""Command lines whose every error is one line and a way out."""

import sys
from collections.abc import Sequence

import click

from .errors import unknown

DEBUG = click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error.")


class NearestGroup(click.Group):
    """A group that answers an unknown command with the nearest known one, and whose commands take --debug."""

    noun = "command"

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.params.append(DEBUG)
        super().add_command(cmd, name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(unknown(self.noun, args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def invoke(command: click.Command, args: Sequence[str], prog: str) -> int:
    """Run `command` with `args`; the exit code: 0, 2 after an error, 130 after Ctrl-C, or its own.

    An error is printed as one line on stderr, and as a traceback if `--debug` is among `args`.
    """
    try:
        code = command.main(list(args), prog_name=prog, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        print(f"{prog}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone: nobody to tell
        return 1
    except Exception as error:
        if "--debug" in args:
            raise
        if isinstance(error, click.ClickException):
            message = error.format_message()
        else:
            message = str(error) or type(error).__name__
        way_out = "" if isinstance(error, (ValueError, click.ClickException)) else " (--debug shows where)"
        print(f"{prog}: error: {' '.join(message.split())}{way_out}", file=sys.stderr)
        return 2
