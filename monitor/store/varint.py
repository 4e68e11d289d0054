"""Runs of whole numbers as bytes: LEB128, seven bits a byte, lowest first. Pure."""

SEVEN_BITS = 0x7F
_MORE = 0x80
_SHIFT_MOST = 63
"""A number of more bits than that was never packed."""


def append(packed: bytearray, number: int) -> None:
    """Append a number that is not negative."""
    while number > SEVEN_BITS:
        packed.append(number & SEVEN_BITS | _MORE)
        number >>= 7
    packed.append(number)


def unpack(packed: bytes) -> list[int]:
    """Return all numbers of a run.

    Raises:
        ValueError: it is cut short, or holds a number that was never packed.
    """
    numbers = []
    number = shift = 0
    for byte in packed:
        if byte < _MORE:
            numbers.append(number | byte << shift)
            number = shift = 0
        else:
            number |= (byte & SEVEN_BITS) << shift
            shift += 7
            if shift > _SHIFT_MOST:
                raise ValueError("a number that is too long")
    if shift:
        raise ValueError("a run of numbers that is cut short")
    return numbers
