"""dnf 4: say what is known of kernels that come; notify kmodkeeperd; never fail or delay dnf."""
import json
import logging
import pathlib
import signal
import socket
import subprocess
import time

import dnf
from libdnf.transaction import TransactionItemState_ERROR as FAILED

SOCKET, COMMAND = '/run/kmodkeeper/org.kmodkeeper', '/usr/bin/kmodkeeper'
BUDGET, LONGEST_REPLY = 0.2, 64 * 1024  # seconds for the whole call; bytes
ANSWERS = pathlib.Path('/var/lib/kmodkeeper/preflight.json')
LONGEST_ANSWERS, OLDEST_ANSWER, LONGEST_LINE = 1 << 20, 8 * 24 * 3600, 300  # bytes; seconds
MODULES, SOURCES = pathlib.Path('/lib/modules'), pathlib.Path('/usr/src')
KERNEL = {'kernel-uname-r', 'kernel-uek-uname-r'}
HEADERS = {'kernel-devel-uname-r', 'kernel-uek-devel-uname-r'}
ADVICE = "ignoring; it checks the host when it starts, see 'systemctl status kmodkeeper'"
HELD = ('kmodkeeper: kernel %s is left out (hold-update = yes): %s; '
        'to install it anyway, use --disableplugin=kmodkeeper or set hold-update = no')
logger = logging.getLogger('dnf.plugin')


def harmless(hook):
    """Have a hook leave other roots alone, and never raise: a defect of ours must not fail dnf."""
    def run(self):
        try:
            if self.base.conf.installroot == '/':
                hook(self)
        except Exception as error:
            logger.warning('kmodkeeper: the plugin failed (%s: %s), ignoring',
                           type(error).__name__, getattr(error, 'strerror', None) or error)
    return run


class Kmodkeeper(dnf.Plugin):
    name = 'kmodkeeper'

    @harmless
    def sack(self):
        """With hold-update = yes, leave out kernels that would lack a required driver."""
        hold = self.option('hold-update', 'no')
        if hold not in ('yes', 'no'):
            raise ValueError('hold-update = %s is neither yes nor no' % hold)
        # Commands that only look see all: kmodkeeper itself asks what is offered.
        if hold == 'yes' and (self.cli is None or self.cli.demands.resolving):
            for release, (line, holds) in sorted(answers().items()):
                held = holds and list(belonging(self.base.sack.query(), release))
                if held:
                    self.base.sack.add_excludes(self.base.sack.query().filter(pkg=held))
                    logger.warning(HELD, release, line)

    @harmless
    def resolved(self):
        """Say what is known of the kernels that the transaction installs."""
        coming = list(self.base.transaction.install_set) if self.base.transaction else []
        for release, (line, _) in sorted(answers().items()):
            if kernels(self.base.sack.query().filter(pkg=coming), release):
                logger.info('kmodkeeper: kernel %s: %s', release, line)

    def pre_transaction(self):
        self.before = snapshot()

    @harmless
    def transaction(self):
        """Notify the daemon of what changed, if it concerns this host."""
        if self.base.transaction:
            changed = changes(self.base.transaction, self.before, snapshot())
            if any(changed.values()) and self.tell(changed) and changed['installed']:
                wait(self.option('wait', '0'))

    def tell(self, changed):
        """Notify the daemon, and tell the operator the result; return whether that succeeded."""
        path = self.option('socket', SOCKET)
        if not path.startswith('/'):
            logger.warning('kmodkeeper: socket = %s is not an absolute path, using %s',
                           path, SOCKET)
            path = SOCKET
        try:
            answered = notify(path, dict(changed, origin='dnf'))
        except (OSError, ValueError) as error:
            what = 'rejected it' if isinstance(error, ValueError) else 'not notified'
            why = getattr(error, 'strerror', None) or error
            logger.warning('kmodkeeper: daemon %s (%s: %s), %s', what, path, why, ADVICE)
            return False
        state = 'drivers are being checked' if answered else 'the daemon has not answered yet'
        logger.info("kmodkeeper: %s; %s, run 'kmodkeeper wait' before a reboot",
                    summary(changed), state)
        return True

    def option(self, name, default):
        conf = self.read_config(self.base.conf)
        return conf.get('main', name) if conf.has_option('main', name) else default


def wait(seconds):
    """Have the command show the progress; ^C ends that, but not dnf."""
    if seconds != '0':
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            subprocess.call([COMMAND, 'wait', '--timeout', seconds],
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        finally:
            signal.signal(signal.SIGINT, previous or signal.SIG_DFL)


def answers():
    """Return (line, whether it holds) of each kernel that has a preflight answer still valid."""
    try:
        with ANSWERS.open('rb') as kept:
            text = kept.read(LONGEST_ANSWERS + 1)
        document = json.loads(text.decode()) if len(text) <= LONGEST_ANSWERS else {}
        return {str(each['release']): (printable(each['line']), each['holds'] is True)
                for each in document['kernels'] if document['format'] == 1 and is_valid(each)}
    except Exception:  # nothing is known, then
        return {}


def is_valid(answer):
    """Return whether an answer is younger than OLDEST_ANSWER and than all its drivers' sources."""
    sources = [list(SOURCES.glob(driver + '-*')) for driver in answer['drivers']]
    if not all(sources):
        return False
    times = [path.lstat().st_ctime for each in sources for path in each]
    oldest, newest = max(times + [time.time() - OLDEST_ANSWER]), time.time()
    return stamp(oldest) <= answer['made'] <= stamp(newest)


def stamp(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def printable(line):
    """Return the line without what would change the terminal, or begin another line."""
    return ''.join(char if char.isprintable() else ' ' for char in line)[:LONGEST_LINE]


def provided(release):
    """Return the release as packages spell it: EL 9 writes _ for - in that of a flavour."""
    version, plus, flavour = release.partition('+')
    return version + plus + flavour.replace('-', '_')


def kernels(query, release, names=KERNEL):
    """Return the query's packages that provide this kernel. To ask dnf for it is slow."""
    wanted = {'%s = %s' % (name, provided(release)) for name in names}
    return {each for each in query.filter(provides=list(names))
            if release.startswith('%s-%s.' % (each.version, each.release))
            and not wanted.isdisjoint(map(str, each.provides))}


def belonging(query, release):
    """Return a kernel's packages, and those that require this very one; none if it is installed."""
    offered, uname = query.available(), 'uname-r = ' + provided(release)
    held = set() if kernels(query.installed(), release) else kernels(offered, release)
    for image in list(held):
        same = offered.filter(version=image.version, release=image.release)
        held |= kernels(same, release, HEADERS)
        names = {'%s = %s' % (each.name, each.evr) for each in held}
        held.update(each for each in same.union(offered.filter(requires=list(KERNEL))) if any(
            str(need).endswith(uname) or str(need) in names for need in each.requires))
    return held


def snapshot():
    """Return the kernel trees, and each driver source's ctime: its mtime is the packager's."""
    trees = {path.name for path in MODULES.glob('*')}
    try:
        return trees, {path: path.lstat().st_ctime_ns for path in SOURCES.glob('*-*')}
    except OSError:  # one was removed meanwhile
        return trees, {}


def changes(transaction, before, after):
    """Return the parameters of Notify; dnf 4.19 has no file lists to find sources by."""
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
    """Describe what changed to the operator."""
    kernels = ['kernel %s %s' % (' '.join(changed[how]), how)
               for how in ('installed', 'removed') if changed[how]]
    others = ['%s changed' % what
              for what in ('headers', 'sources', 'tools') if changed[what + 'Changed']]
    return ', '.join(kernels or others)


def notify(path, parameters):
    """Call Notify; OSError if it cannot be sent, ValueError if the answer is not yes.

    Return whether it is answered in time. What was sent, the daemon reads sooner or later.
    """
    message = json.dumps({'method': 'org.kmodkeeper.Notify', 'parameters': parameters})
    deadline, reply = time.monotonic() + BUDGET, b''
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(BUDGET)
        peer.connect(path)  # at once or not at all
        peer.sendall(message.encode() + b'\0', socket.MSG_NOSIGNAL)  # SIGPIPE kills dnf
        while b'\0' not in reply:
            peer.settimeout(max(0, deadline - time.monotonic()))  # 0: what is there already
            try:
                chunk = peer.recv(LONGEST_REPLY - len(reply))
            except OSError:
                return False
            if not chunk:
                raise ValueError('no NUL in its %d bytes' % len(reply))
            reply += chunk
    answer = json.loads(reply.split(b'\0')[0].decode())
    if not isinstance(answer, dict) or 'error' in answer or 'parameters' not in answer:
        raise ValueError('it answered %.99s' % json.dumps(answer, sort_keys=True))
    return True
