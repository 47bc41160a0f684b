"""Command lines whose every error is one line and a way out."""

import os
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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

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
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        print(f"{prog}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone: nobody to tell, now or at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if "--debug" in args:
            raise
        if isinstance(error, click.ClickException):
            message = error.format_message()
        else:
            message = str(error) or type(error).__name__
        ours = isinstance(error, (ValueError, ImportError, click.ClickException))
        ours = ours or type(error).__module__.startswith("d2lcore")
        way_out = "" if ours else " (--debug shows where)"
        print(f"{prog}: error: {' '.join(message.split())}{way_out}", file=sys.stderr)
        return 2
