# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's monitor: a guest that has gone to sleep is woken up.

An alarm that the guest sets before it sleeps may go off too early on a busy
host; then nothing wakes it any more.
"""

import json
import socket
import threading


class Monitor:
    """A context: arguments and fds are for QEMU, opened() is for after its start."""

    def __enter__(self):
        self.asleep = False
        self._ours, self._theirs = socket.socketpair()
        self.fds = (self._theirs.fileno(),)
        self.arguments = ["-chardev", f"socket,id=monitor,fd={self.fds[0]}",
                          "-mon", "chardev=monitor,mode=control"]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        return self

    def __exit__(self, *unused):
        self._theirs.close()
        self._ours.close()

    def opened(self):
        """QEMU has its end."""
        self._theirs.close()
        self._thread.start()

    def closed(self):
        """QEMU has ended: all that it said is heard when this returns."""
        self._thread.join()

    def _say(self, command):
        self._ours.sendall(json.dumps({"execute": command}).encode() + b"\n")

    def _listen(self):
        try:
            with self._ours.makefile(encoding="utf-8") as lines:
                for message in map(json.loads, lines):
                    self._hear(message)
        except OSError:
            pass    # QEMU has ended.

    def _hear(self, message):
        if "QMP" in message:
            self._say("qmp_capabilities")
        elif message.get("event") == "SUSPEND":
            self.asleep = True
            self._say("system_wakeup")
        elif message.get("event") == "WAKEUP":
            self.asleep = False
