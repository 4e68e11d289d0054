"""The table of probes: one line a probe. A new probe is a file here and a line below."""

from collections.abc import Mapping
from pathlib import Path

from monitor.model import ProbeKind
from monitor.probes.dns import DnsProbe
from monitor.probes.http import HttpProbe
from monitor.probes.icmp import IcmpProbe
from monitor.probes.interface import Probe
from monitor.probes.lookup import Lookup
from monitor.probes.tcp import TcpProbe
from monitor.probes.tls import TlsProbe


def probes(dns_name: str, portal_url: str, ca_files: Mapping[str, Path]) -> dict[ProbeKind, Probe]:
    """Build every probe from what is asked of resolvers, the portal page, and CA files by host.

    Raises:
        ProbeError: the portal page or a CA file cannot be used; the message says why.
    """
    lookup = Lookup()
    return {
        ProbeKind.ICMP: IcmpProbe(),
        ProbeKind.TCP: TcpProbe(lookup),
        ProbeKind.TLS: TlsProbe(lookup, ca_files),
        ProbeKind.DNS: DnsProbe(dns_name, system=Lookup()),
        ProbeKind.HTTP: HttpProbe(portal_url, lookup),
    }
