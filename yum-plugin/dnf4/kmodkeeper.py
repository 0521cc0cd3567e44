"""dnf 4: tell kmodkeeperd of each transaction that matters to it; never fail or hold up dnf."""
import json
import logging
import pathlib
import socket
import subprocess
import time

import dnf
from libdnf.transaction import TransactionItemState_ERROR as FAILED

SOCKET, COMMAND = '/run/kmodkeeper/org.kmodkeeper', '/usr/bin/kmodkeeper'
BUDGET, LONGEST_REPLY = 0.2, 64 * 1024  # seconds for the whole call; bytes
MODULES, SOURCES = pathlib.Path('/lib/modules'), pathlib.Path('/usr/src')
KERNEL = {'kernel-uname-r', 'kernel-uek-uname-r'}
HEADERS = {'kernel-devel-uname-r', 'kernel-uek-devel-uname-r'}
UNTOLD = ("kmodkeeper: daemon not told (%s: %s), ignoring; once it runs it looks by itself, "
          "see 'systemctl status kmodkeeper'")
RELATIVE = 'kmodkeeper: socket = %s is no absolute path, using %s'
logger = logging.getLogger('dnf.plugin')


class Kmodkeeper(dnf.Plugin):
    name = 'kmodkeeper'

    def pre_transaction(self):
        self.before = look()

    def transaction(self):
        """Tell the daemon what changed, if it matters on this host, in one line; never raise."""
        path = SOCKET
        try:
            if self.base.conf.installroot == '/' and self.base.transaction:
                changed = changes(self.base.transaction, self.before, look())
                if any(changed.values()):
                    path = self.option('socket', SOCKET)
                    if not path.startswith('/'):
                        path = logger.warning(RELATIVE, path, SOCKET) or SOCKET
                    notify(path, dict(changed, origin='dnf'))
                    logger.info("kmodkeeper: %s; drivers are being checked, 'kmodkeeper wait' "
                                "tells when a reboot is safe", summary(changed))
                    wait = self.option('wait', '0')
                    if wait != '0' and changed['installed']:  # the command shows the progress
                        subprocess.call([COMMAND, 'wait', '--timeout', wait])
        except Exception as error:  # a mistake of ours is no reason to fail dnf either
            logger.warning(UNTOLD, path, getattr(error, 'strerror', None) or repr(error))

    def option(self, name, default):
        conf = self.read_config(self.base.conf)
        return conf.get('main', name) if conf.has_option('main', name) else default


def look():
    """Return the kernel trees, and each driver source's ctime: its mtime is the packager's."""
    sources = {path: path.lstat().st_ctime_ns for path in SOURCES.glob('*-*')}
    return {path.name for path in MODULES.glob('*')}, sources


def changes(transaction, before, after):
    """Return what changed, in Notify's words; sources not by file lists, which dnf 4.19 lacks."""
    installed, removed, headers, tools = set(), set(), False, False
    trees = {tree.replace('-', '_'): tree for tree in before[0] | after[0]}
    failed = {item.pkg for item in transaction if item.state == FAILED}
    for packages, releases in ((transaction.install_set - failed, installed),
                               (transaction.remove_set - failed, removed)):
        for package in packages:
            tools |= package.name in {'dkms', 'gcc', 'make', 'kmod'}
            for name, _, release in (str(each).partition(' = ') for each in package.provides):
                headers |= name in HEADERS
                if name in KERNEL and release:  # EL 9 writes _ here where the tree has -
                    releases.add(trees.get(release.replace('-', '_'), release))
    return dict(installed=sorted(installed), removed=sorted(removed - installed),
                headersChanged=headers, sourcesChanged=before[1] != after[1], toolsChanged=tools)


def summary(changed):
    """Return the operator's words for what changed."""
    facts = ['kernel %s %s' % (' '.join(changed[how]), how)
             for how in ('installed', 'removed') if changed[how]]
    return ', '.join(facts or [key.replace('Ch', ' ch') for key in changed if changed[key]])


def notify(path, parameters):
    """Call Notify; OSError or ValueError unless the peer says yes in time, however it dawdles."""
    message = {'method': 'org.kmodkeeper.Notify', 'parameters': parameters}
    deadline, reply = time.monotonic() + BUDGET, b''
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(BUDGET)
        peer.connect(path)  # at once or not at all
        peer.sendall(json.dumps(message).encode() + b'\0', socket.MSG_NOSIGNAL)  # SIGPIPE kills dnf
        while b'\0' not in reply:
            peer.settimeout(max(0, deadline - time.monotonic()))  # 0: what is there already
            chunk = peer.recv(LONGEST_REPLY - len(reply))
            if not chunk:
                raise ValueError('no NUL in its %d bytes' % len(reply))
            reply += chunk
    answer = json.loads(reply.split(b'\0')[0].decode())
    if not isinstance(answer, dict) or 'error' in answer or 'parameters' not in answer:
        raise ValueError('it answered %.99s' % json.dumps(answer, sort_keys=True))
