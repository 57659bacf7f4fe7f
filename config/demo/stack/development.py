"""PostgreSQL and Redis for a developer's shell.

``bin/servers pytest`` runs a command with both servers; ``bin/servers`` alone keeps them up until
Ctrl-C and writes their addresses to ``.local/servers.env`` for other shells to read.
"""

import os
import shlex
import subprocess
import sys
import time

from config.demo.stack.local_folder import state_folder
from config.demo.stack.servers import Servers, lasting_home, prepare_servers
from config.demo.stack.signals import ignore_signals, interrupt_on_signals
from config.demo.stack.supervisor import Supervisor
from config.environment.paths import STATE

ADDRESSES = STATE / "servers.env"


def main(command: list[str]) -> int:
    """Run ``command`` beside the servers and return its exit status."""
    interrupt_on_signals()
    with state_folder():
        supervisor = Supervisor(logs=STATE / "logs")
        servers = prepare_servers(lasting_home(STATE))
        try:
            supervisor.start(servers.programs)
            supervisor.wait_until(servers.ready, seconds=30, what="The servers do not answer")
            return _run(command, servers, supervisor)
        except KeyboardInterrupt:
            return 130
        finally:
            ignore_signals()
            supervisor.stop()
            servers.forget()


def _run(command: list[str], servers: Servers, supervisor: Supervisor) -> int:
    variables = {"DEBUG": "1", **servers.variables}
    if command:
        return subprocess.call(command, env={**os.environ, **variables})
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    ADDRESSES.write_text("".join(lines))
    sys.stdout.write(f"{''.join(lines)}Serving until Ctrl-C. In another shell: . {ADDRESSES}\n")
    sys.stdout.flush()
    try:
        while True:
            supervisor.watch()
            time.sleep(0.5)
    finally:
        ADDRESSES.unlink(missing_ok=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
