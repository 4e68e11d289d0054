"""`fix`: what the user did about it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

import typer

from monitor.cli.context import InputError, here
from monitor.cli.inputs import instant_or_ago, now_ms
from monitor.cli.look import Json
from monitor.cli.output import say, say_json, say_table
from monitor.locale import N_, Translator
from monitor.model import FixCode, FixMark


def done(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help=N_("As `fix list` names it."))],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="ISO", help=N_("When you did it; else now.")),
    ] = None,
) -> None:
    """Store that the user carried out a fix: the next reports compare before and after."""
    from monitor.clock import local
    from monitor.diagnose.words import fix_title
    from monitor.report.amounts import instant as in_words

    own = here(ctx)
    fix = _fix(code, own.tr)
    present_ms = now_ms()
    at_ms = present_ms if at is None else instant_or_ago(at, own.tr)
    if at_ms > present_ms:
        raise InputError(own.tr.text(N_("--at lies in the future: say it once it is done")))
    with own.store() as store:
        known = any(
            mark.is_told and (mark.fix, mark.at_ms) == (fix, at_ms) for mark in store.fix_marks()
        )
        if not known:
            store.add_fix_mark(FixMark(at_ms, fix, is_told=True))
    words = own.tr.text(N_("Noted: {fix}, {instant}. The weekly reports will compare."))
    say(words.format(fix=fix_title(fix, own.tr), instant=in_words(local(at_ms))))


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the fixes that were carried out, and the codes that there are."""
    from monitor.cli.present import iso
    from monitor.clock import local
    from monitor.diagnose.words import fix_title
    from monitor.report.amounts import instant as in_words
    from monitor.store.place import DATABASE_NAME

    own = here(ctx)
    marks: list[FixMark] = []
    if (own.data_dir / DATABASE_NAME).exists():
        with own.store(readonly=True) as store:
            marks = store.fix_marks()
    if as_json:
        say_json(
            [
                {"at": iso(m.at_ms), "fix": m.fix, "told": m.is_told, "detail": m.detail}
                for m in marks
            ]
        )
        return
    text = own.tr.text
    if marks:
        titles = [text(N_("when")), text(N_("fix")), text(N_("known from"))]
        rows = [
            [
                in_words(local(mark.at_ms)),
                fix_title(mark.fix, own.tr),
                text(N_("you said so")) if mark.is_told else mark.detail,
            ]
            for mark in marks
        ]
        say_table(titles, rows)
    else:
        say(text(N_("No fix is marked as carried out.")))
    say()
    say_table(
        [text(N_("code")), text(N_("fix"))],
        [[code.value, fix_title(code, own.tr)] for code in FixCode],
    )


def _fix(text: str, tr: Translator) -> FixCode:
    """Return the fix with this code.

    Raises:
        InputError: there is none; the message names the near one, or lists all.
    """
    known = [code.value for code in FixCode]
    if text in known:
        return FixCode(text)
    near = get_close_matches(text, known, 1)
    if near:
        words = tr.text(N_("there is no fix '{text}'; did you mean {near}?"))
        raise InputError(words.format(text=text, near=near[0]))
    words = tr.text(N_("there is no fix '{text}'; there are: {names}"))
    raise InputError(words.format(text=text, names=", ".join(known)))
