"""yum 3: say what is known of kernels that come; notify kmodkeeperd; never fail or delay yum."""
import contextlib
import glob
import json
import os
import signal
import socket
import subprocess
import time
import unicodedata

from yum.constants import TS_INSTALL_STATES, TS_REMOVE_STATES
from yum.plugins import TYPE_CORE

requires_api_version = '2.3'
plugin_type = (TYPE_CORE,)
SOCKET, COMMAND = '/run/kmodkeeper/org.kmodkeeper', '/usr/bin/kmodkeeper'
BUDGET, LONGEST_REPLY = 0.2, 64 * 1024  # seconds for the whole call; bytes
MSG_NOSIGNAL = 0x4000  # send(2); Python 2 has no name for it
ANSWERS, LONGEST_ANSWERS = '/var/lib/kmodkeeper/preflight.json', 1024 * 1024  # bytes
OLDEST_ANSWER, LONGEST_LINE = 8 * 24 * 3600, 300  # seconds; characters
MODULES, SOURCES = '/lib/modules/*', '/usr/src/*-*'
KERNEL = ('kernel-uname-r', 'kernel-uek-uname-r')
HEADERS = ('kernel-devel-uname-r', 'kernel-uek-devel-uname-r')
ADVICE = "ignoring; it checks the host when it starts, see 'systemctl status kmodkeeper'"
HELD = ('kmodkeeper: kernel %s is left out (hold-update = yes): %s; '
        'to install it anyway, use --disableplugin=kmodkeeper or set hold-update = no')


def harmless(hook):
    """Have a hook leave other roots alone, and never raise."""
    def run(conduit):
        try:
            if conduit.getConf().installroot == '/':
                hook(conduit)
        except Exception as error:  # yum takes what a hook raises for an aborted transaction
            conduit.error(2, 'kmodkeeper: the plugin failed (%s: %s), ignoring'
                          % (type(error).__name__, getattr(error, 'strerror', None) or error))
    return run


@harmless
def exclude_hook(conduit):
    """With hold-update = yes, leave out kernels that would lack a required driver."""
    hold = conduit.confString('main', 'hold-update', 'no')
    if hold not in ('yes', 'no'):
        raise ValueError('hold-update = %s is neither yes nor no' % hold)
    if hold == 'yes':
        offered, has = conduit._base.pkgSack, conduit.getRpmDB()
        for release, (line, holds) in sorted(answers().items()):
            image = holds and matching(offered.getProvides, KERNEL, release)
            if image and not matching(has.getProvides, KERNEL, release):
                for package in image.union(matching(offered.getProvides, HEADERS, release),
                                           matching(offered.getRequires, KERNEL, release)):
                    conduit.delPackage(package)
                offered.dropCachedData()  # it has what was found before
                conduit.error(2, HELD % (release, line))


@harmless
def postresolve_hook(conduit):
    """Say what is known of the kernels that the transaction installs."""
    known, members = answers(), conduit.getTsInfo().getMembers()
    for release in sorted(set(release for member in members if known
                              and member.output_state in TS_INSTALL_STATES
                              for release in releases(member.po) if release in known)):
        conduit.info(2, 'kmodkeeper: kernel %s: %s' % (release, known[release][0]))


def pretrans_hook(conduit):
    global before
    before = snapshot()


@harmless
def posttrans_hook(conduit):
    """Notify the daemon of what changed, if it concerns this host."""
    members = conduit.getTsInfo().getMembers()
    if members and 'test' not in conduit.getConf().tsflags:
        changed = changes(members, before, snapshot())
        if any(changed.values()) and tell(conduit, changed) and changed['installed']:
            wait(conduit.confString('main', 'wait', '0'))


def answers():
    """Return (line, whether it holds) of each kernel that has a preflight answer still valid."""
    try:
        with open(ANSWERS, 'rb') as kept:
            text = kept.read(LONGEST_ANSWERS + 1)
        document = json.loads(text.decode('utf-8')) if len(text) <= LONGEST_ANSWERS else {}
        return dict((str(each['release']), (printable(each['line']), each['holds'] is True))
                    for each in document['kernels'] if document['format'] == 1 and is_valid(each))
    except Exception:  # nothing is known, then
        return {}


def is_valid(answer):
    """Return whether an answer is younger than OLDEST_ANSWER and than all its drivers' sources."""
    sources = [glob.glob(SOURCES.replace('*-*', driver + '-*')) for driver in answer['drivers']]
    if not all(sources):
        return False
    times = [os.lstat(path).st_ctime for each in sources for path in each]
    oldest, newest = max(times + [time.time() - OLDEST_ANSWER]), time.time()
    return stamp(oldest) <= answer['made'] <= stamp(newest)


def stamp(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def printable(line):
    """Return the line without what would change the terminal, or begin another line."""
    return ''.join([' ' if unicodedata.category(char)[0] in 'CZ' else char
                    for char in line])[:LONGEST_LINE]


def matching(search, names, release):
    """Return the packages that a search of a sack finds, with exactly this release."""
    version, _, build = release.partition('-')
    return set(package for name in names
               for package, found in search(name, 'EQ', ('0', version, build)).items()
               if (name, 'EQ', ('0', version, build)) in found)


def tell(conduit, changed):
    """Notify the daemon, and tell the operator the result; return whether that succeeded."""
    path = conduit.confString('main', 'socket', SOCKET)
    if not path.startswith('/'):
        conduit.error(2, 'kmodkeeper: socket = %s is not an absolute path, using %s'
                      % (path, SOCKET))
        path = SOCKET
    try:
        answered = notify(path, dict(changed, origin='yum'))
    except (EnvironmentError, ValueError) as error:
        what = 'rejected it' if isinstance(error, ValueError) else 'not notified'
        why = getattr(error, 'strerror', None) or error
        conduit.error(2, 'kmodkeeper: daemon %s (%s: %s), %s' % (what, path, why, ADVICE))
        return False
    state = 'drivers are being checked' if answered else 'the daemon has not answered yet'
    conduit.info(2, "kmodkeeper: %s; %s, run 'kmodkeeper wait' before a reboot"
                 % (summary(changed), state))
    return True


def wait(seconds):
    """Have the command show the progress; ^C ends that, but not yum or its transaction."""
    if seconds != '0':
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            subprocess.call([COMMAND, 'wait', '--timeout', seconds],
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        finally:
            signal.signal(signal.SIGINT, previous or signal.SIG_DFL)


def snapshot():
    """Return the kernel trees, and each driver source's ctime: its mtime is the packager's."""
    trees = set(os.path.basename(path) for path in glob.glob(MODULES))
    try:
        return trees, dict((path, os.lstat(path).st_ctime) for path in glob.glob(SOURCES))
    except OSError:  # one was removed meanwhile
        return trees, {}


def changes(members, before, after):
    """Return the parameters of Notify; a member that failed has neither of the states."""
    installed, removed, headers, tools = set(), set(), False, False
    trees = dict((tree.replace('-', '_'), tree) for tree in before[0] | after[0])
    for states, kernels in (TS_INSTALL_STATES, installed), (TS_REMOVE_STATES, removed):
        for package in [member.po for member in members if member.output_state in states]:
            tools |= package.name in ('dkms', 'gcc', 'make', 'kmod')
            headers |= any(name in HEADERS for name, _, _ in package.provides)
            for release in releases(package):  # EL 9 writes _ there where the tree has -
                kernels.add(trees.get(release.replace('-', '_'), release))
    return dict(installed=sorted(installed), removed=sorted(removed - installed),
                headersChanged=headers, sourcesChanged=before[1] != after[1], toolsChanged=tools)


def releases(package):
    """Return the releases of the kernels that are in the package."""
    return ['-'.join([part for part in (version, build) if part])
            for name, _, (_, version, build) in package.provides if name in KERNEL and version]


def summary(changed):
    """Describe what changed to the operator."""
    kernels = ['kernel %s %s' % (' '.join(changed[how]), how)
               for how in ('installed', 'removed') if changed[how]]
    others = ['%s changed' % what
              for what in ('headers', 'sources', 'tools') if changed[what + 'Changed']]
    return ', '.join(kernels or others)


def notify(path, parameters):
    """Call Notify; EnvironmentError if it cannot be sent, ValueError if the answer is not yes.

    Return whether it is answered in time. What was sent, the daemon reads sooner or later.
    """
    message = json.dumps({'method': 'org.kmodkeeper.Notify', 'parameters': parameters})
    deadline, reply = os.times()[4] + BUDGET, b''  # monotonic, to 10 ms, in Python 2 as well
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as peer:
        peer.settimeout(BUDGET)
        peer.connect(path)  # at once or not at all
        peer.sendall(message.encode('ascii') + b'\0', MSG_NOSIGNAL)
        while b'\0' not in reply:
            peer.settimeout(max(0, deadline - os.times()[4]))  # 0: what is there already
            try:
                chunk = peer.recv(LONGEST_REPLY - len(reply))
            except EnvironmentError:
                return False
            if not chunk:
                raise ValueError('no NUL in its %d bytes' % len(reply))
            reply += chunk
    answer = json.loads(reply.split(b'\0')[0].decode('utf-8'))
    if not isinstance(answer, dict) or 'error' in answer or 'parameters' not in answer:
        raise ValueError('it answered %.99s' % json.dumps(answer, sort_keys=True))
    return True
