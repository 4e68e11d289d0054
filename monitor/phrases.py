"""The words of all rooms in one hand, for whoever shows them: command line, report, live page."""

from monitor.correlate import words as correlating
from monitor.diagnose import words as diagnosing
from monitor.diagnose.causes.registry import CAUSE_OF
from monitor.locale import N_, Translator
from monitor.model import (
    CareCode,
    CauseCode,
    Diagnosis,
    Disconnect,
    Evidence,
    Factor,
    Finding,
    FixCode,
    How,
    Outcome,
    Role,
    StateChange,
    StateValue,
)
from monitor.report.amounts import percent
from monitor.report.sentences import LEGS as LEGS
from monitor.report.summary import cause_of

OUTCOMES = {
    Outcome.REPLY: N_("answers"),
    Outcome.TIMEOUT: N_("silent"),
    Outcome.REFUSED: N_("refuses"),
    Outcome.RESET: N_("resets"),
    Outcome.UNREACHABLE: N_("unreachable"),
    Outcome.DNS_ERROR: N_("name not found"),
    Outcome.TLS_ERROR: N_("wrong certificate"),
    Outcome.PORTAL: N_("sign-in page of the network"),
    Outcome.NOT_MEASURED: N_("not measured"),
}
"""What came back, in words."""
ROLES = {
    Role.GATEWAY: N_("router"),
    Role.ANCHOR: N_("internet"),
    Role.RESOLVER: N_("names (DNS)"),
    Role.WALLET: N_("wallet"),
    Role.CONTROL: N_("control"),
}
"""What a target stands for, in words."""
HOW = {
    How.RESET: N_("reset"),
    How.CLOSED: N_("closed by the far end"),
    How.TIMEOUT: N_("fell silent"),
    How.UNREACHABLE: N_("unreachable"),
    How.REFUSED: N_("refused"),
    How.DNS: N_("name not found"),
    How.TLS: N_("wrong certificate"),
    How.CRASH: N_("program crashed"),
    How.KILLED: N_("program was ended"),
    How.REPORTED: N_("reported by you"),
}
"""How a session ended, in words."""
STATES = {
    "link.up": N_("network connected"),
    "link.kind": N_("kind of network"),
    "link.interface": N_("network interface"),
    "link.address": N_("own address"),
    "link.gateway": N_("router"),
    "link.gateway_v6": N_("router (IPv6)"),
    "link.vpn": N_("VPN"),
    "network.metered": N_("metered network"),
    "network.resolvers": N_("resolvers"),
    "wifi.ssid": N_("Wi-Fi name"),
    "wifi.is_open": N_("Wi-Fi without a password"),
    "wifi.signal_dbm": N_("Wi-Fi signal (dBm)"),
    "power.battery_saver": N_("battery saver"),
    "power.on_battery": N_("on battery"),
    "power.preparing_for_sleep": N_("about to sleep"),
    "battery.percent": N_("battery (%)"),
    "battery.plugged": N_("charger connected"),
    "memory.available_ratio": N_("memory free"),
    "memory.pressure": N_("memory pressure (%)"),
    "cpu.load_ratio": N_("processor busy"),
    "app.running": N_("app running"),
    "app.in_front": N_("app on screen"),
    "app.blocked": N_("app blocked"),
    "app.blocked_by": N_("app blocked by"),
    "app.version": N_("app version"),
    "app.newest_version": N_("newest app version"),
    "monitor.interval_s": N_("seconds between two rounds"),
    "path.walk_target": N_("last walk: towards"),
    "path.last_heard_hop": N_("last walk: last router heard"),
    "path.last_heard_address": N_("last walk: its address"),
    "path.first_dead_hop": N_("last walk: silent from router"),
}
"""What the states of the device are called; a trace may hold others, which keep their key."""


def state_name(key: str, tr: Translator) -> str:
    """Return what a state is called, with the key that JSON and traces have for it."""
    return f"{tr.text(STATES[key])} ({key})" if key in STATES else key


def state_value(key: str, value: StateValue, tr: Translator) -> str:
    """Return a state's value for people, a ratio as a percentage; None is not known."""
    if value is None:
        return tr.text(N_("not known"))
    if isinstance(value, bool):
        return tr.text(N_("yes")) if value else tr.text(N_("no"))
    if isinstance(value, int | float) and key.endswith("_ratio"):
        return percent(float(value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def finding_words(finding: Finding, tr: Translator) -> str:
    """Return a cause's title with its confidence; what is not explained has none."""
    title = diagnosing.cause_title(finding.cause, tr)
    if finding.cause is CauseCode.UNEXPLAINED:
        return title
    words = tr.text(N_("{what} ({amount})"))
    return words.format(what=title, amount=percent(finding.confidence_ratio))


def why(disconnect: Disconnect, diagnosis: Diagnosis | None, tr: Translator) -> str:
    """Return the cause in words: the user's own, else the best finding with its confidence."""
    if disconnect.confirmed is not None:
        return diagnosing.cause_title(disconnect.confirmed, tr) + tr.text(N_(" (confirmed by you)"))
    return engines_word(disconnect, diagnosis, tr)


def engines_word(disconnect: Disconnect, diagnosis: Diagnosis | None, tr: Translator) -> str:
    """Return the best finding with its confidence, and that the user calls it wrong if they do."""
    if diagnosis is None:
        return tr.text(N_("not analysed yet"))
    words = finding_words(diagnosis.best, tr)
    if disconnect.denied is diagnosis.best.cause:
        words += tr.text(N_(" (wrong, you say)"))
    return words


def lead(disconnect: Disconnect, diagnosis: Diagnosis, tr: Translator) -> tuple[str, ...]:
    """Return in sentences what it was, by the engine's word or the user's."""
    cause, best = cause_of(disconnect, diagnosis), diagnosis.best
    if cause is best.cause:
        return diagnosing.cause_summary(best, tr), diagnosing.cause_text(cause, tr)
    if disconnect.confirmed is not None:
        return (diagnosing.cause_text(cause, tr),)
    words = N_("You say that this was wrong; no other cause is known. What was seen stands below.")
    return (tr.text(words),)


def advice(disconnect: Disconnect, diagnosis: Diagnosis) -> tuple[FixCode, ...]:
    """Return what helps against the cause that stands, first things first."""
    cause = cause_of(disconnect, diagnosis)
    return diagnosis.best.fixes if cause is diagnosis.best.cause else CAUSE_OF[cause].fixes


class ReportWords:
    """The report's words: the translator's, and those of the rooms."""

    def __init__(self, tr: Translator) -> None:
        self._tr = tr

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        return self._tr.text(msgid)

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        return self._tr.plural(one, many, count)

    def cause_title(self, code: CauseCode) -> str:
        """Return a cause's short name."""
        return diagnosing.cause_title(code, self._tr)

    def cause_text(self, code: CauseCode) -> str:
        """Return what a cause is, in a few sentences."""
        return diagnosing.cause_text(code, self._tr)

    def family_title(self, code: CauseCode) -> str:
        """Return the short name of a cause's family; empty for what has none."""
        return "" if code.family is None else diagnosing.family_title(code.family, self._tr)

    def finding_summary(self, finding: Finding) -> str:
        """Return a finding in one sentence, with its numbers."""
        return diagnosing.cause_summary(finding, self._tr)

    def evidence_text(self, evidence: Evidence) -> str:
        """Return an observation in one sentence."""
        return diagnosing.evidence_text(evidence, self._tr)

    def fix_title(self, code: FixCode) -> str:
        """Return a fix's short name."""
        return diagnosing.fix_title(code, self._tr)

    def fix_text(self, code: FixCode) -> str:
        """Return what to do."""
        return diagnosing.fix_text(code, self._tr)

    def care_title(self, code: CareCode) -> str:
        """Return a reminder's short name."""
        return diagnosing.care_title(code, self._tr)

    def care_text(self, code: CareCode) -> str:
        """Return a reminder in a sentence or two."""
        return diagnosing.care_text(code, self._tr)

    def factor_title(self, factor: Factor) -> str:
        """Return what a factor is, in a few words."""
        return correlating.title(factor.key, factor.subject, self._tr)

    def factor_text(self, factor: Factor) -> str:
        """Return what a factor's numbers say, in a plain sentence: a pattern, never a proof."""
        return correlating.sentence(factor, self._tr)

    def state_text(self, change: StateChange) -> str:
        """Return a device state and the value that it took."""
        title = self._tr.text(STATES[change.key]) if change.key in STATES else change.key
        value = state_value(change.key, change.value, self._tr)
        return self._tr.text(N_("{name}: {value}")).format(name=title, value=value)
