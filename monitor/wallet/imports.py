"""PURE: a file of disconnects that the user wrote or exported, read whole or refused whole.

CSV with a header (`wallet,at,until,note,how`) as RFC 4180 has it, or JSON Lines with the same
keys. `wallet` and `at` are needed. Instants are ISO 8601 with an offset, or epoch milliseconds:
a file travels between machines, so that a time without its offset could be any.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.locale import N_, Translator
from monitor.model import Disconnect, EpochMs, How

SOURCE = "reported"
"""As what a user adds by hand: the same loss told in both ways is stored once."""
COLUMNS = ("wallet", "at", "until", "note", "how")
NEEDED = ("wallet", "at")
OLDEST_MS = 946_684_800_000
"""The year 2000: before any digital wallet; epoch seconds taken for milliseconds lie there."""
CLOCKS_APART_MS = 60_000
"""Another machine's clock may be ahead of ours by so much before a time "lies in the future"."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SHOWN_CHARS = 40
"""So much of a wrong value is shown: it must be found in the file, not read here."""


class ImportMistake(ValueError):  # noqa: N818  the house calls what a user got wrong a mistake
    """The file cannot be used; nothing of it is.

    `msgid` is the English sentence with fields in braces and `values` fill them; `str()` is the
    whole English sentence, `text` the same in the user's language.
    """

    def __init__(self, file: str, line: int | None, msgid: str, **values: object) -> None:
        place = file if line is None else f"{file} line {line}"
        super().__init__(f"{place}: {msgid.format(**values)}")
        self.file = file
        self.line = line
        """Counted from 1; None where the whole file is meant."""
        self.msgid = msgid
        self.values: Mapping[str, object] = values

    def text(self, tr: Translator) -> str:
        """Return the sentence with its place, in the user's language."""
        what = tr.text(self.msgid).format(**self.values)
        if self.line is None:
            return tr.text(N_("{file}: {what}; nothing was imported")).format(
                file=self.file, what=what
            )
        return tr.text(N_("{file}, line {line}: {what}; nothing was imported")).format(
            file=self.file, line=self.line, what=what
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A disconnect and where it stands in its file, for what only the caller can check."""

    line: int
    """Counted from 1."""
    disconnect: Disconnect


def parse(file: str, content: bytes, now_ms: EpochMs) -> list[Row]:
    """Read every disconnect of a file; `file` is its name, for messages and for its format.

    One whose end is not told takes no time: nothing says that it lasts.

    Raises:
        ImportMistake: one row, or the file itself, cannot be used.
    """
    text = _text(file, content)
    is_json = file.lower().endswith((".jsonl", ".ndjson", ".json"))
    is_json = is_json or (not file.lower().endswith(".csv") and text.lstrip().startswith("{"))
    rows = _json_rows(file, text) if is_json else _csv_rows(file, text)
    return [Row(line, _Cells(file, line, values).disconnect(now_ms)) for line, values in rows]


def _text(file: str, content: bytes) -> str:
    if content.startswith(_UTF16):
        raise ImportMistake(
            file, None, N_('is UTF-16 text; save it as "CSV UTF-8" and import it again')
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        raise ImportMistake(file, line, N_("is not UTF-8 text; save the file as UTF-8")) from None
    raise ImportMistake(
        file,
        line,
        N_(
            "is not UTF-8 text, perhaps GBK as Excel writes it; "
            'save it as "CSV UTF-8" and import it again'
        ),
    )


def _csv_rows(file: str, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise ImportMistake(
                file,
                line,
                N_("is no CSV ({error}); mend its quotation marks"),
                error=error,
            ) from None
        if fields is None:
            break
        if not any(field.strip() for field in fields):
            continue
        if header is None:
            header = _header(file, line, fields)
            continue
        if len(fields) != len(header):
            raise ImportMistake(
                file,
                line,
                N_(
                    "has {count} fields and the header names {wanted}; "
                    "put a text with commas into quotation marks"
                ),
                count=len(fields),
                wanted=len(header),
            )
        yield line, dict(zip(header, fields, strict=True))
    if header is None:
        raise ImportMistake(file, None, N_("is empty; its first line must be wallet,at,until,note"))


def _header(file: str, line: int, fields: list[str]) -> list[str]:
    header = [field.strip().lower() for field in fields]
    _refuse_unknown(file, line, header)
    for name in header:
        if header.count(name) > 1:
            raise ImportMistake(
                file,
                line,
                N_("names the column {name} twice; keep one"),
                name=name,
            )
    for name in NEEDED:
        if name not in header:
            raise ImportMistake(
                file,
                line,
                N_("has no column {name}; the first line must be wallet,at,until,note"),
                name=name,
            )
    return header


def _refuse_unknown(file: str, line: int, names: list[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            raise ImportMistake(
                file,
                line,
                N_("unknown column {name}; there are {columns}, separated by commas"),
                name=_shown(name),
                columns=", ".join(COLUMNS),
            )


def _json_rows(file: str, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    # Not splitlines(): U+2028 may stand inside a JSON string and ends no line of a file.
    for line, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            values = json.loads(raw)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise ImportMistake(
                file,
                line,
                N_("is no JSON object; write one whole object on each line"),
            )
        _refuse_unknown(file, line, list(values))
        yield line, values


class _Cells:
    """What one row holds and its place, so that each mistake can name it."""

    def __init__(self, file: str, line: int, values: Mapping[str, object]) -> None:
        self._file = file
        self._line = line
        self._values = values

    def disconnect(self, now_ms: EpochMs) -> Disconnect:
        wallet = self._words("wallet")
        if not wallet:
            raise self._mistake(N_("wallet is empty; name the wallet"))
        at_ms = self._instant("at", now_ms)
        if at_ms is None:
            raise self._mistake(N_("at is empty; say when it began"))
        until_ms = self._instant("until", now_ms)
        if until_ms is not None and until_ms < at_ms:
            raise self._mistake(N_("until lies before at; exchange or mend them"))
        until_ms = at_ms if until_ms is None else until_ms
        note, how = self._words("note"), self._how()
        return Disconnect(wallet, SOURCE, at_ms, until_ms, how, note=note)

    def _mistake(self, what: str, **values: object) -> ImportMistake:
        return ImportMistake(self._file, self._line, what, **values)

    def _words(self, name: str) -> str:
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._mistake(
                N_("{name} is {value}, not a text; put it into quotation marks"),
                name=name,
                value=_shown(value),
            )
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise self._mistake(
                N_("{name} holds half of a surrogate pair; write the character itself"),
                name=name,
            )
        return value.strip()

    def _how(self) -> How:
        word = self._words("how")
        if not word:
            return How.REPORTED
        if word not in [each.value for each in How]:
            raise self._mistake(
                N_("how is {value}; write one of {choices}, or leave it empty"),
                value=_shown(word),
                choices=", ".join(How),
            )
        return How(word)

    def _instant(self, name: str, now_ms: EpochMs) -> EpochMs | None:
        value = self._values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        at_ms = self._epoch_ms(name, value)
        if at_ms < OLDEST_MS:
            raise self._mistake(
                N_(
                    "{name} is {value}, before the year 2000; "
                    "write epoch milliseconds (13 digits), or ISO 8601"
                ),
                name=name,
                value=_shown(value),
            )
        if at_ms > now_ms + CLOCKS_APART_MS:
            raise self._mistake(
                N_("{name} is {value}, which lies in the future; mend the date or the offset"),
                name=name,
                value=_shown(value),
            )
        return at_ms

    def _epoch_ms(self, name: str, value: object) -> EpochMs:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        word = value.strip() if isinstance(value, str) else ""
        # Nineteen digits are beyond any date; int() of thousands would be slow or refused.
        if word.isascii() and word.isdigit() and 9 <= len(word) <= 19:
            return int(word)
        try:
            instant = datetime.fromisoformat(word)
        except ValueError:
            raise self._mistake(
                N_("{name} is {value}, which is no time; write it like 2026-11-18T08:03:11+08:00"),
                name=name,
                value=_shown(value),
            ) from None
        if instant.tzinfo is None:
            raise self._mistake(
                N_("{name} is {value} without its offset; write it like 2026-11-18T08:03:11+08:00"),
                name=name,
                value=_shown(value),
            )
        return (instant - _EPOCH) // _MILLISECOND


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…")
