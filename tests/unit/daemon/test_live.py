from monitor.daemon.live import _states
from monitor.locale import translator


def test_the_name_of_a_wifi_gives_no_command_to_the_terminal() -> None:
    shown = _states({"wifi.ssid": "\x1b[2J工行 café\x9b2J"}, translator("en")).plain
    assert "工行 café" in shown
    assert "\x1b" not in shown
    assert "\x9b" not in shown
