"""Many questions to one week: what is left of a small p when it is one of twenty."""

from collections.abc import Sequence


def false_discovery_q(ps: Sequence[float]) -> list[float]:
    """Return each p as a q: the share of false ones among all with a p as small.

    Benjamini and Hochberg (1995): the p of rank i of m becomes the least p * m / i of its own and
    all higher ranks.
    """
    order = sorted(range(len(ps)), key=lambda index: ps[index], reverse=True)
    found = [1.0] * len(ps)
    least = 1.0
    for place, index in enumerate(order):
        least = min(least, ps[index] * (len(ps) / (len(ps) - place)))
        found[index] = least
    return found
