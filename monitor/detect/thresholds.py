"""When silence is a dead leg, loss is loss, and a drop a disconnect: each with its reason."""

DEAD_LOST_COUNT = 3
"""Samples lost in a row before a leg is dead: one alone is common on Wi-Fi, two happen."""

DEAD_SPAN_MS = 500
"""The lost samples must lie at least this far apart: one burst of noise is shorter."""

DEAD_BY_CHANCE = 0.01
"""A run of losses is a dead leg only where the loss around it would bring it this rarely."""

SPELL_MERGE_MS = 3_000
"""Dead spells closer than this are one: a stray reply in a dying network is no recovery."""

STRAY_RATIO = 0.1
"""...where no more than this comes back for each sample lost: more is heavy loss, not death."""

BURST_MS = 4_000
"""A leg that is dead for no longer than this, again and again within one stretch of loss, loses
in bursts (Gilbert 1960): TCP lives through one, a resolver's second try through none."""

SAME_MOMENT_MS = 500
"""What was lost this close together was lost by the same trouble: two rounds of the closer look."""

LOSSY_WINDOW_MS = 10_000
"""Loss is judged over this long: two rounds of the slow grid, forty samples of a burst."""

LOSSY_MEASURED_COUNT = 8
"""Fewer samples than this in the window say nothing about a ratio."""

LOSSY_LOST_COUNT = 3
"""Single losses every few minutes are ordinary Wi-Fi; three in ten seconds are not."""

LOSSY_RATIO = 0.10
"""Loss above this is felt in every exchange (TCP's throughput falls with 1/sqrt(loss),
Mathis et al. 1997: at 10 % it is a tenth of what it is at 0.1 %)."""

HEAVY_LOSS_RATIO = 0.20
"""At this loss both ways a request and its answer fail in one try of three."""

HEAVY_LOSS_MS = 8_000
"""A session is called unusable after this long of heavy loss: people give up on a payment
after about ten seconds (Nielsen 1993: the limit for keeping attention)."""

HEAVY_OVER_MS = 6_000
"""Heavy loss is over after this long without any: a round of the slow grid loses something with
a chance of nine in ten at 30 %."""

CUT_OFF_RTT_MS = 800.0
"""Where what is heard took this long in the median, the time-out of the probes (1 s) cuts answers
off that are only late: a session, which waits longer, is judged by its own connection."""

HEAVY_MEASURED_COUNT = 20
"""So many samples put 20 % loss beyond doubt against 2 % (binomial, p < 0.001)."""

SLOW_FACTOR = 4.0
"""Late means this many times the usual round trip..."""

SLOW_EXTRA_MS = 150.0
"""...and at least this much more: a power-saving Wi-Fi adds 100 ms (one beacon interval)."""

SLOW_MEASURED_COUNT = 5
"""Round trips in the window before their median is trusted."""

SETTLE_MS = 30_000
"""After a wake-up or a clock step the network is given this long to come back."""

MERGE_DROPS_MS = 10_000
"""Drops of one wallet closer than this are one disconnect: the user felt one."""

NORMAL_RETURN_MS = 2_000
"""A session closed in good order and accepted again within this was never missed..."""

NORMAL_LIFE_MS = 10_000
"""...if it had lived at least this long: servers end idle connections after 15 s and more."""

WALK_BACK_MS = 90_000
"""Silence is noticed at most this late (a heartbeat, its retries), so a start is not sought
further back."""

SLEEP_EDGE_MS = 10_000
"""A drop this shortly before a sleep belongs to the system's way to sleep."""
