"""Runs a command for as long as standard input stays open: `python guard.py COMMAND …`.

The test process holds the other end. However it ends, the pipe closes, and the command is stopped with all that it has
started: no server outlives its tests.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time


def stop(child: subprocess.Popen) -> None:
    sys.stdin.buffer.read()
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(3)
    time.sleep(1)
    os._exit(1)


def main() -> int:
    # A group of its own, so that what the command starts can be stopped with it.
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=stop, args=(child,), daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
