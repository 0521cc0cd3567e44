"""Kills: which processes, and at which moment."""
import ctypes
import os
import pathlib
import select
import signal
import struct
import time

from faults.host import GROUP, MODULES, STATE, main_pid

# Kills of the whole service are what happens when memory runs out, or when its unit is killed.
TARGETS = ('daemon', 'daemon', 'service', 'build', 'build', 'command')
COMPILER = {'make', 'gcc', 'cc1', 'as', 'ld', 'objtool', 'modpost', 'fixdep', 'objcopy'}
TOOLS = {'xz', 'strip', 'sign-file', 'modinfo', 'modprobe', 'nm', 'grub-editenv', 'rpm', 'cp', 'mv', 'rm', 'sh'}


def processes():
    """Of each process its parent and its name."""
    found = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                name, _, rest = pathlib.Path('/proc', entry, 'stat').read_text(encoding='utf-8').partition('(')[2].rpartition(')')
            except OSError:
                continue
            found[int(entry)] = (int(rest.split()[1]), name)
    return found


def members(group=GROUP):
    """The processes of the service."""
    try:
        return [int(pid) for pid in group.read_text(encoding='ascii').split()]
    except OSError:
        return []


def below(pid, known):
    """A process and all that it has started."""
    found = [pid]
    for each in found:
        found += [child for child, (parent, _) in known.items() if parent == each]
    return found


def age(pid):
    """How long a process has run, in seconds."""
    begun = int(pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun / os.sysconf('SC_CLK_TCK')


def idle(command):
    """Whether nothing is left to be hit: the command has ended, and the daemon has no work."""
    group = members()
    pid = main_pid()
    try:
        return command.poll() is not None and group == [pid] and not any(STATE.glob('attempt-*.json')) and age(pid) > 3
    except OSError:
        return False


def stage(names, daemon):
    """What was going on, by the processes that were there."""
    by = 'dkms: ' if 'dkms' in names else ''
    if names & COMPILER:
        return f'{by}make and compiler'
    if 'depmod' in names:
        return f'{by}depmod'
    if by:
        return 'dkms itself'
    if names & TOOLS:
        return 'small tools'
    if not daemon:
        return 'by itself'
    if any(MODULES.glob('*/extra/*.kmodkeeper-*')):
        return 'installer'
    if any(STATE.glob('attempt-*.json')):
        return 'attempt, by itself'
    return 'pass, by itself'


def stop(pid):
    """Has a process go no further, so that there is time to see what it was at."""
    try:
        if pid:
            os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        pass


def kill(target, command, chance):
    """Kills what is there of the target; says what was hit, or None."""
    known = processes()
    service = members()
    daemon = main_pid()
    children = [pid for pid in service if pid != daemon]
    names = {known[pid][1] for pid in children if pid in known} - {'java'}
    if target == 'command':
        pids = [command.pid] if command.poll() is None else []
        name = os.path.basename(command.args[0])
        started = {known[pid][1] for pid in below(command.pid, known)[1:] if pid in known}
        where = f'{name}: ' + ('its scriptlets' if name == 'dnf' and started else stage(started, False))
    elif target == 'build':
        pids = [chance.choice(children)] if children else []
        where = 'build: ' + stage({known[pid][1] for pid in pids if pid in known}, False)
    else:
        pids = service if target == 'service' else [daemon] if daemon else []
        where = 'daemon: ' + ('start' if daemon in known and age(daemon) < 1 else stage(names, True))
    if not pids and target in ('command', 'build'):
        # It has ended, or not begun.
        return kill('build' if target == 'command' else 'daemon', command, chance)
    killed = False
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            killed = True
        except ProcessLookupError:
            pass
    return where if killed else None


class Writes:
    """Waits for changes below a directory, as they happen."""

    MASK = 0x2 | 0x40 | 0x80 | 0x100 | 0x200 | 0x8  # IN_MODIFY, MOVED_FROM, MOVED_TO, CREATE, DELETE, CLOSE_WRITE
    CREATE = 0x100
    DIRECTORY = 0x40000000

    def __init__(self, places):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.file = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.watched = {}
        for place in places:
            self.watch(os.fspath(place))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.file)

    def watch(self, place):
        for directory, below_it, _ in os.walk(place):
            # Thousands of headers, which nobody writes to but rpm.
            below_it[:] = [name for name in below_it if directory != '/usr/src' or name != 'kernels']
            number = self.libc.inotify_add_watch(self.file, os.fsencode(directory), self.MASK)
            if number >= 0:
                self.watched[number] = directory

    def wait(self, number, seconds):
        """Until so many changes have been made, or the time is over; how many were."""
        end = time.monotonic() + seconds
        seen = 0
        while seen < number:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                break
            data = os.read(self.file, 65536)
            at = 0
            while at < len(data):
                watch, mask, _, length = struct.unpack_from('iIII', data, at)
                name = data[at + 16:at + 16 + length].rstrip(b'\0')
                at += 16 + length
                seen += 1
                if mask & self.CREATE and mask & self.DIRECTORY and watch in self.watched:
                    self.watch(os.path.join(self.watched[watch], os.fsdecode(name)))
        return seen


class Soon:
    """Runs at once when there is something to do, so that a kill comes right after the write that it waits for."""

    def __enter__(self):
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))

    def __exit__(self, *_):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
