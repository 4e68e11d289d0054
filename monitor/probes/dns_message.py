"""DNS messages (RFC 1035): writes a question for addresses, reads an answer. Pure.

Whatever the bytes are, `decode` returns a message or raises `MessageError`, in time linear in
the message: a compression pointer may only lead backwards, and a name ends at 255 bytes.
"""

import ipaddress
import struct
from dataclasses import dataclass
from enum import IntEnum

_HEADER = struct.Struct("!HHHHHH")
_QUESTION_TAIL = struct.Struct("!HH")
_RECORD_TAIL = struct.Struct("!HHIH")
_CLASS_IN = 1

_FLAG_RESPONSE = 0x8000
_FLAG_TRUNCATED = 0x0200
_FLAG_RECURSION_DESIRED = 0x0100
_MASK_RCODE = 0x000F

_MAX_LABEL_BYTES = 63
_MAX_NAME_BYTES = 255
_POINTER = 0xC0


class MessageError(ValueError):
    """These bytes are no DNS message, or this text is no name; the message says where."""


class QueryType(IntEnum):
    """What is asked for (RFC 1035, RFC 3596)."""

    A = 1
    AAAA = 28


class ResponseCode(IntEnum):
    """How a server answered (RFC 1035 section 4.1.1)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked; a name is lower case, without the dot at its end."""

    name: str
    query_type: int
    query_class: int = _CLASS_IN


@dataclass(frozen=True, slots=True)
class Message:
    """A message, as far as a probe needs it."""

    id: int
    is_response: bool
    is_truncated: bool
    response_code: int
    questions: tuple[Question, ...]
    addresses: tuple[str, ...]
    """The A and AAAA records of the answer section, as text."""

    @property
    def response_name(self) -> str:
        """The response code in words, e.g. SERVFAIL."""
        try:
            return ResponseCode(self.response_code).name
        except ValueError:
            return f"response code {self.response_code}"


def encode_query(message_id: int, name: str, query_type: QueryType) -> bytes:
    """Return a recursive query for one name.

    Raises:
        MessageError: `name` is no DNS name.
    """
    header = _HEADER.pack(message_id, _FLAG_RECURSION_DESIRED, 1, 0, 0, 0)
    return header + _encode_name(name) + _QUESTION_TAIL.pack(query_type, _CLASS_IN)


def normal_name(name: str) -> str:
    """Return the name in the form that questions are compared in (RFC 4343).

    Raises:
        MessageError: `name` is no DNS name.
    """
    return _decode_name(_encode_name(name), 0)[0]


def decode(data: bytes) -> Message:
    """Return the message in `data`; bytes after its answer section are not looked at.

    Raises:
        MessageError: it breaks off or contradicts itself.
    """
    try:
        return _decode(data)
    except (struct.error, IndexError) as error:
        raise MessageError("it breaks off") from error


def _decode(data: bytes) -> Message:
    message_id, flags, question_count, answer_count, _, _ = _HEADER.unpack_from(data)
    if question_count > 1:
        raise MessageError(f"it holds {question_count} questions")  # RFC 9619: one at most
    at = _HEADER.size
    questions = []
    for _ in range(question_count):
        name, at = _decode_name(data, at)
        query_type, query_class = _QUESTION_TAIL.unpack_from(data, at)
        at += _QUESTION_TAIL.size
        questions.append(Question(name, query_type, query_class))
    is_truncated = bool(flags & _FLAG_TRUNCATED)
    return Message(
        id=message_id,
        is_response=bool(flags & _FLAG_RESPONSE),
        is_truncated=is_truncated,
        response_code=flags & _MASK_RCODE,
        questions=tuple(questions),
        # A truncated message may break off anywhere in its records (RFC 2181 section 9).
        addresses=() if is_truncated else _addresses(data, at, answer_count),
    )


def _addresses(data: bytes, at: int, answer_count: int) -> tuple[str, ...]:
    addresses = []
    for _ in range(answer_count):
        at = _skip_name(data, at)
        record_type, record_class, _ttl_s, length = _RECORD_TAIL.unpack_from(data, at)
        at += _RECORD_TAIL.size
        record = data[at : at + length]
        if len(record) != length:
            raise MessageError(f"a record breaks off at byte {at}")
        at += length
        if record_class == _CLASS_IN and record_type in (QueryType.A, QueryType.AAAA):
            addresses.append(_address(record_type, record))
    return tuple(addresses)


def _address(record_type: int, record: bytes) -> str:
    size = 4 if record_type == QueryType.A else 16
    if len(record) != size:
        raise MessageError(f"an address of {len(record)} bytes")
    return str(ipaddress.ip_address(record))


def _encode_name(name: str) -> bytes:
    trimmed = name.removesuffix(".")
    try:
        ascii_name = trimmed.encode("ascii") if trimmed.isascii() else trimmed.encode("idna")
    except UnicodeError as error:
        raise MessageError(f"{name!r} is no name: {error}") from error
    labels = ascii_name.lower().split(b".")
    if not all(0 < len(label) <= _MAX_LABEL_BYTES for label in labels):
        raise MessageError(f"{name!r} is no name: a part is empty or over 63 bytes")
    encoded = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    if len(encoded) > _MAX_NAME_BYTES:
        raise MessageError(f"{name!r} is no name: it is over 255 bytes")
    return encoded


def _decode_name(data: bytes, at: int) -> tuple[str, int]:
    """Return the name at `at` and where the bytes after it begin."""
    labels: list[bytes] = []
    after: int | None = None
    barrier = at
    """Pointers must lead to before this: each jump goes further back, so the walk ends."""
    size = 0
    while length := data[at]:
        if length & _POINTER == _POINTER:
            target = (length & ~_POINTER) << 8 | data[at + 1]
            after = at + 2 if after is None else after
            if target >= barrier:
                raise MessageError(f"a name at byte {at} points forward or at itself")
            at = barrier = target
            continue
        if length & _POINTER:
            raise MessageError(f"a label of unknown kind at byte {at}")
        label = data[at + 1 : at + 1 + length]
        size += 1 + length
        if size >= _MAX_NAME_BYTES:
            raise MessageError(f"a name of over 255 bytes at byte {at}")
        labels.append(label)
        at += 1 + length
    name = b".".join(labels).decode("ascii", "backslashreplace").lower()
    return name, at + 1 if after is None else after


def _skip_name(data: bytes, at: int) -> int:
    """Return where the bytes after the name at `at` begin, without following a pointer."""
    while length := data[at]:
        if length & _POINTER == _POINTER:
            return at + 2
        if length & _POINTER:
            raise MessageError(f"a label of unknown kind at byte {at}")
        at += 1 + length
    return at + 1
