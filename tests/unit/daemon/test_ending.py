import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from monitor.daemon.ending import Ending

# A process waits anew and anew, while another signals it as often as it can.
STORM = """
import os, signal, subprocess, sys
from monitor.daemon.ending import Ending
now = Ending()
signal.signal(signal.SIGUSR1, lambda *_: now.set())
flood = "import os, signal, sys\\nwhile True: os.kill(int(sys.argv[1]), signal.SIGUSR1)"
sender = subprocess.Popen([sys.executable, "-c", flood, str(os.getpid())])
for _ in range(6000):
    now = Ending()
    now.wait()
sender.kill()
sender.wait()
"""


def test_it_is_waited_for_so_long_and_no_longer() -> None:
    ending = Ending()
    began_s = time.perf_counter()
    assert not ending.wait(0.05)
    assert 0.04 < time.perf_counter() - began_s < 5
    assert not ending.is_set()


def test_the_word_ends_the_wait_and_holds() -> None:
    ending = Ending()
    giver = threading.Timer(0.02, ending.set)
    giver.start()
    assert ending.wait(20)
    giver.join()
    assert ending.wait() and ending.wait(0) and ending.is_set()


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="signals of POSIX")
def test_a_signal_is_heard_whenever_it_comes() -> None:
    subprocess.run([sys.executable, "-c", STORM], check=True, timeout=60, env=os.environ)
