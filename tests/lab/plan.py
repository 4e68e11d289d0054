"""The lab's map: who has which address, name and interface.

Addresses are private (RFC 1918), shared (RFC 6598) and documentation ones (RFC 5737); names end
in `.example` (RFC 2606). None of them leaves the namespaces.

    device -- router -- [line] -- provider -- bank
                                     |
                                  service
"""

DEVICE_INTERFACE = "wlan0"
DEVICE_ADDRESS = "192.168.10.2"
DEVICE_OTHER_ADDRESS = "192.168.10.77"
"""What the device gets when its address changes."""
GATEWAY_ADDRESS = "192.168.10.1"
OTHER_GATEWAY_ADDRESS = "192.168.10.254"
"""A second address of the router, for a default route that changes."""
LAN_PREFIX_BITS = 24

ROUTER_LAN = "lan0"
ROUTER_WAN = "wan0"
ROUTER_WAN_ADDRESS = "100.64.0.2"
LINE_LEFT = "left0"
LINE_RIGHT = "right0"

PROVIDER_DOWN = "down0"
PROVIDER_ADDRESS = "100.64.0.1"
PROVIDER_BANK = "bank0"
PROVIDER_SERVICE = "service0"

BANK_ADDRESS = "203.0.113.10"
BANK_ROUTER_ADDRESS = "203.0.113.1"
BANK_PORT = 443
BANK_NAME = "bank.lab.example"

CONTROL_ADDRESS = "198.51.100.20"
"""Another service of the bank's kind, watched as a control; it stands elsewhere."""
CONTROL_PORT = 443
CONTROL_NAME = "control.lab.example"

SERVICE_ROUTER_ADDRESS = "198.51.100.254"
ANCHOR_ADDRESSES = ("198.51.100.1", "198.51.100.2", "198.51.100.3")
ANCHOR_PORT = 53
DNS_ADDRESS = "198.51.100.53"
WEB_ADDRESS = "198.51.100.80"
WEB_PORT = 80
LOGIN_PORT = 8080
"""Where a router that holds its guests captive sends them instead."""
WEB_NAME = "portal.lab.example"
ASKED_NAME = "www.lab.example"

NAMES = {
    BANK_NAME: BANK_ADDRESS,
    CONTROL_NAME: CONTROL_ADDRESS,
    WEB_NAME: WEB_ADDRESS,
    ASKED_NAME: WEB_ADDRESS,
}
