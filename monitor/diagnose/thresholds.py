"""The numbers that causes are judged by: each with its unit and its reason."""

GRID_MS = 5_000
"""The ordinary grid; the spans below are given for it, and grow with a coarser one."""

GRID_MOST_MS = 120_000
"""Samples further apart than this tell nothing of what began an outage."""

ONSET_BEFORE_MS = 10_000
"""What ended a session shows at most two rounds of the slow grid (5 s) before its start."""

ONSET_AFTER_MS = 15_000
"""...and at most three rounds after it; what comes later did not begin the outage."""

REPORTED_SLACK_MS = 60_000
"""A time told by a person is right to the minute."""

NOTICED_LATE_MS = 60_000
"""Silence is noticed two heartbeats (30 s) after the last answer."""

AROUND_MS = 60_000
"""The first minute of an outage tells what it is; later samples tell how it went on."""

USUAL_GUARD_MS = 60_000
"""What is "usual" is taken from before this long ahead of the start, clear of its beginnings."""

CHANCE_RUN_LIMIT = 0.05
"""A run of losses is a dead leg only if the leg's loss outside it would bring such a run by
chance in fewer than one case of twenty (the usual level of a test)."""

BEYOND_HEARD_RATIO = 0.2
"""A leg beyond which a fifth of the probes is answered carries, however silent it is itself."""

CONGESTED_LOSS_RATIO = 0.05
"""Loss from here on is felt: TCP's throughput falls with 1/sqrt(loss) (Mathis et al. 1997)."""

LOST_COUNT = 3
"""Fewer lost probes than this are chance, whatever the ratio: a single lost ping means nothing."""

ROUND_MS = 1_000
"""Probes of one round go out within a second and share its fate: together they are one event."""

LOSS_MEASURED_COUNT = 20
"""Below this many probes a 5 % ratio cannot be told from one stray loss."""

MUCH_LOSS_RATIO = 0.10
"""At one lost packet of ten, pages and payments visibly stall."""

HEAVY_LOSS_RATIO = 0.20
"""At one of five, a request and its answer fail together in one try of three."""

HEAVY_MEASURED_COUNT = 8
"""...but three lost of eight are beyond chance where one of fifty is usual (p < 0.001)."""

LOSS_WINDOW_MS = 30_000
"""Loss is counted this long either side of the start: six rounds of the slow grid."""

SLOW_FACTOR = 4.0
"""Late means this many times the usual round trip..."""

SLOW_EXTRA_MS = 150.0
"""...and this much more: a Wi-Fi that saves power adds 100 ms (one beacon interval) by itself."""

STRAGGLER_MS = 2_000
"""What was on its way as a leg fell silent, or as it came back, arrives within this: a round trip
and the second that a probe waits."""

SLOW_COUNT = 5
"""Round trips needed before a median is trusted."""

BLIP_MS = 5_000
"""A link that is back within this was changing networks rather than lost."""

MOVED_BEFORE_MS = 10_000
"""A change of network ends a session at its next packet: within one heartbeat of the probes."""

MOVED_AFTER_MS = 10_000
"""Addresses and network names are read every few seconds where nothing signals a change."""

PORTAL_EVERY_MS = 310_000
"""The portal page is asked every 300 s and on suspicion: it may be noticed this late."""

PORTAL_OLD_MS = 600_000
"""A page that was answered wrongly for this long beside a standing session is not what ended it."""

BACK_SOON_MS = 30_000
"""One polite reconnect (30 s between hand-shakes) brought the session back."""

STRAIGHT_MS = 10_000
"""A session back within this came straight back; refused for longer, the service was away."""

REPEAT_COUNT = 3
"""Once is chance, twice a coincidence; three endings in a row are a pattern."""

REPEAT_MS = 30 * 60_000
"""...if they lie within half an hour, about the life of one sign-in of a bank."""

KEEPS_ENDING_MS = 60_000
"""A service that accepts connections for a minute and keeps none is up, but not for this user."""

STALL_MS = 10_000
"""A session that is back sooner than this was lost on its way (a forgotten NAT entry, say)."""

FORGOTTEN_MS = 6_500
"""A silent connection is waited for 5 s before a new one is tried beside it; where only the old
one was forgotten the new one is taken at once, without a repeated question (1 s, RFC 6298)."""

WEAK_SIGNAL_DBM = -75
"""Below this Wi-Fi falls back to its slowest rates; planners count -67 dBm as the least for voice
and -70 to -75 as the edge of use."""

VERY_WEAK_SIGNAL_DBM = -82
"""The least that a receiver must decode at the lowest rate (IEEE 802.11, 20 MHz, BPSK 1/2)."""

FADE_DB = 10.0
"""A tenth of the power: a step through a wall, not the sway of a resting device (3 to 5 dB)."""

LOW_BATTERY_PERCENT = 20
"""Systems offer or start their saving here."""

VERY_LOW_BATTERY_PERCENT = 10
"""Systems restrict without asking here."""

SHORT_MEMORY_RATIO = 0.05
"""Below this the system swaps or kills programs to go on."""

MEMORY_PRESSURE_PERCENT = 20.0
"""Some task waited for memory in a fifth of the last ten seconds (PSI some avg10)."""

THRASHING_PERCENT = 40.0
"""Some task waited for memory two seconds of five: whatever measures is itself held up, and finds
every answer late, the router's as well."""

BUSY_CPU_RATIO = 0.95
"""Nothing is left for a program that has to answer in time."""

FRESH_MS = 5 * 60_000
"""A state that began this shortly before is worth suspecting by itself."""

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

STATE_LAG_MS = 15_000
"""States that nothing signals are read every few seconds: one that began with the outage is
stored this much later."""

APP_EDGE_BEFORE_MS = 5_000
APP_EDGE_AFTER_MS = 10_000
"""A program that ends takes its connections along at once; it is looked for every few seconds."""

BLOCK_OLD_MS = 2 * 60_000
"""A block that had held this long beside a standing session does not cut by itself."""

BACKGROUND_MS = 2 * 60_000
"""Systems cut a program's connections within seconds to a minute of its leaving the screen."""

SLEEP_EDGE_MS = 10_000
"""Connections end up to this long before the machine sleeps..."""

WAKE_MS = 30_000
"""...and up to this long after it wakes, when the network comes back."""

HIDES_RATIO = 0.6
"""A cause explains others away only where it is more likely than not, with a margin."""

HIDDEN_FACTOR = 0.35
"""What is explained away keeps about a third of its confidence: a runner-up, not a rival."""

UNEXPLAINED_RATIO = 0.3
"""Below one in three, "we do not know" is the better answer."""

UNEXPLAINED_MOST = 0.9
"""Nothing seen is not nothing there: one of ten has a cause that the probes missed."""

NEGLIGIBLE_RATIO = 0.05
"""A cause less likely than this is not mentioned."""

SAVER_RATIO = 0.55
"""Battery saver that was switched on just before is a better guess than a coin's toss, if that."""

EXPOSURE_MS = 14 * DAY_MS
"""Two weeks hold every kind of day twice, and still tell of the present habits."""

EXPOSURE_LEAST_MS = DAY_MS
"""Less than a day tells nothing of what is usual: no night, no way to work."""

PRIOR_RATIO = 0.1
"""How often a condition of this kind matters before anything is counted: about one of ten; with
nine of them looked at, one that holds by chance must not be believed at once."""

USUAL_SHARE = 0.5
"""What holds most of the time is how this device is, not what happened to it."""

REGULAR_COUNT = 4
"""Three equal lives could be chance; the fourth ending of the same age is a timer."""

REGULAR_LEAST_MS = 4 * 60_000
"""Idle time-outs are set in minutes: load balancers 4 to 6, banks 5 to 20. A session that never
lives so long is being refused, not timed out."""

REGULAR_SPREAD_RATIO = 0.03
REGULAR_SPREAD_MS = 3_000
"""Equal means this close: timers are exact, the network and a heartbeat's grid add seconds."""

REGULAR_SHARE = 0.5
"""...and so are at least half of the last endings, or it is chance among many."""

REGULAR_LAST_COUNT = 8
"""How many of the latest endings are looked at."""

RETRANSMIT_COUNT = 2
"""One retransmission is ordinary; the second in a row, three times the usual wait on, is not."""

LEARNED_ODDS = 2.0
"""The user's word at most doubles or halves the odds: evidence stays stronger than habit."""

LEARNED_START = 2.0
"""Imagined verdicts each way: one word alone moves the odds by half."""

LEARNED_FULL_RATIO = 0.6
LEARNED_LEAST = 0.3
"""Up to this confidence the user's word counts in full; where a thing was measured, a third."""
