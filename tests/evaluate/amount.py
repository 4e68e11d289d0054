"""Amounts in a scenario: a number, or a sum over names that were drawn. Pure."""

import ast
from collections.abc import Mapping
from random import Random

Drawn = Mapping[str, object]
Form = int | float | str
"""An amount as a scenario writes it: `30`, or `"start + 2 * long"`."""

ALWAYS = {
    "lag": (0.2, 4.5),
    "blink": (0.15, 0.7),
    "soon": (0.8, 4.0),
}
"""Drawn for every scenario: how late a held session notices silence, how fast it is back when
nothing is in the way, and how fast once a trouble is over; seconds."""


class ScenarioError(Exception):
    """A scenario is wrong: one sentence with the file, the place and the mend."""


def draw(forms: Mapping[str, object], rng: Random) -> dict[str, object]:
    """Return a value for each name, in the order written.

    `[low, high]` is any number between; `{one_of = [...]}` is one of the values.

    Raises:
        ScenarioError: a form is neither.
    """
    drawn: dict[str, object] = {name: rng.uniform(*ends) for name, ends in ALWAYS.items()}
    for name, form in forms.items():
        match form:
            case [int() | float() as low, int() | float() as high] if low <= high:
                drawn[name] = rng.uniform(low, high)
            case {"one_of": [_, *_] as choices, **rest} if not rest:
                drawn[name] = rng.choice(choices)
            case _:
                raise ScenarioError(f"draw.{name}: write [low, high] or {{one_of = [...]}}")
    return drawn


def number(form: object, drawn: Drawn, place: str) -> float:
    """Return the value of an amount.

    Raises:
        ScenarioError: it is no sum of numbers and drawn names.
    """
    if isinstance(form, bool) or not isinstance(form, int | float | str):
        raise ScenarioError(f"{place}: write a number or a sum of drawn names")
    if not isinstance(form, str):
        return float(form)
    try:
        return _value(ast.parse(form, mode="eval").body, drawn)
    except (SyntaxError, ValueError) as error:
        raise ScenarioError(f"{place}: '{form}' is no sum of drawn names: {error}") from None


def anything(form: object, drawn: Drawn, place: str) -> object:
    """Return a value as it is, or, for a text that begins with "=", the amount or name after it."""
    if not (isinstance(form, str) and form.startswith("=")):
        return form
    name = form[1:].strip()
    return drawn[name] if name in drawn else number(name, drawn, place)


def _value(node: ast.expr, drawn: Drawn) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            known = drawn.get(name)
            if not isinstance(known, int | float):
                raise ValueError(f"'{name}' was not drawn as a number")
            return float(known)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, drawn)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _value(left, drawn) + _value(right, drawn)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _value(left, drawn) - _value(right, drawn)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _value(left, drawn) * _value(right, drawn)
    raise ValueError("only names, numbers, +, - and * are allowed")
