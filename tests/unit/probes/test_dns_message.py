"""The DNS codec: what it writes, what it reads, and that no bytes confuse it."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.probes.dns_message import (
    Message,
    MessageError,
    QueryType,
    Question,
    decode,
    encode_query,
    normal_name,
)

QUESTION = encode_query(0x1234, "www.example.com", QueryType.A)[12:]


def answer(records: bytes, count: int, flags: int = 0x8180, question: bytes = QUESTION) -> bytes:
    return struct.pack("!HHHHHH", 0x1234, flags, 1, count, 0, 0) + question + records


def record(name: bytes, kind: int, data: bytes, record_class: int = 1) -> bytes:
    return name + struct.pack("!HHIH", kind, record_class, 60, len(data)) + data


POINTER_TO_QUESTION = b"\xc0\x0c"
ADDRESS = record(POINTER_TO_QUESTION, 1, bytes([203, 0, 113, 10]))


def test_a_query_is_the_bytes_of_rfc_1035() -> None:
    query = encode_query(0xABCD, "Bank.Example.", QueryType.AAAA)
    assert query == (
        b"\xab\xcd\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04bank\x07example\x00\x00\x1c\x00\x01"
    )


def test_an_answer_with_an_alias_and_two_addresses() -> None:
    alias = record(POINTER_TO_QUESTION, 5, b"\x03cdn\xc0\x10")
    v6 = record(POINTER_TO_QUESTION, 28, bytes(15) + b"\x01")
    message = decode(answer(alias + ADDRESS + v6, 3))
    assert message == Message(
        id=0x1234,
        is_response=True,
        is_truncated=False,
        response_code=0,
        questions=(Question("www.example.com", 1, 1),),
        addresses=("203.0.113.10", "::1"),
    )


def test_an_international_name_is_asked_in_ascii() -> None:
    assert normal_name("Bücher.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("flags", "name"), [(0x8182, "SERVFAIL"), (0x8183, "NXDOMAIN"), (0x818F, "response code 15")]
)
def test_response_codes_have_names(flags: int, name: str) -> None:
    assert decode(answer(b"", 0, flags)).response_name == name


def test_a_truncated_answer_is_read_up_to_its_records() -> None:
    message = decode(answer(ADDRESS[:7], 1, flags=0x8380))
    assert (message.is_truncated, message.addresses) == (True, ())


def test_addresses_of_another_class_are_not_addresses() -> None:
    assert decode(answer(record(POINTER_TO_QUESTION, 1, bytes(4), 3), 1)).addresses == ()


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64, ".".join(["x" * 60] * 5), "é" * 70])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(MessageError, match="is no name"):
        encode_query(1, name, QueryType.A)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "breaks off"),
        (b"\x12\x34\x81\x80", "breaks off"),
        (answer(ADDRESS, 2), "breaks off"),
        (answer(ADDRESS[:-1], 1), "a record breaks off"),
        (answer(record(POINTER_TO_QUESTION, 1, bytes(5)), 1), "address of 5 bytes"),
        (answer(b"", 0, question=b"\xc0\x0c\x00\x01\x00\x01"), "points forward or at itself"),
        (answer(b"", 0, question=b"\xc0\x20" + bytes(40)), "points forward or at itself"),
        (answer(b"", 0, question=b"\x01a\xc0\x0c\x00\x01\x00\x01"), "points forward or at itself"),
        (answer(b"", 0, question=b"\x80\x00\x00\x01\x00\x01"), "unknown kind"),
        (answer(b"", 0, question=b"\x3f" + b"a" * 63) + (b"\x3f" + b"a" * 63) * 4, "over 255"),
        (struct.pack("!HHHHHH", 1, 0x8180, 2, 0, 0, 0) + QUESTION * 2, "2 questions"),
    ],
)
def test_bytes_that_contradict_themselves_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(MessageError, match=why):
        decode(data)


@given(st.binary(max_size=600))
@example(b"\xc0" * 600)
def test_any_bytes_give_a_message_or_a_message_error(data: bytes) -> None:
    try:
        message = decode(data)
    except MessageError:
        return
    assert all(len(question.name) <= 4 * 255 for question in message.questions)


@given(st.data())
def test_a_damaged_answer_gives_a_message_or_a_message_error(data: st.DataObject) -> None:
    whole = bytearray(answer(ADDRESS * 3, 3))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        decode(bytes(whole[:cut]))
    except MessageError:
        return


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)


@given(st.lists(LABEL, min_size=1, max_size=3), st.integers(0, 0xFFFF))
def test_a_query_reads_back(labels: list[str], message_id: int) -> None:
    name = ".".join(labels)
    message = decode(encode_query(message_id, name.upper(), QueryType.A))
    assert (message.id, message.is_response) == (message_id, False)
    assert message.questions == (Question(name, QueryType.A),)
