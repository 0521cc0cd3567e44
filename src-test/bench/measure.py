#!/usr/bin/python3
"""Measures kmodkeeper, and dkms beside it, inside a lab; prints a table.

usage: measure.py [SECTION...] <HOOKS    HOOKS is a tar of /etc/kernel with dkms's own hooks

All wall times are taken by time.monotonic around a command as an operator types it. What is compared
takes turns, in changing order, so that a change of the machine's mood meets all alike. The host: one
kernel with headers, and ixgbevf, registered with dkms and ready. The exit status is non-zero if
something could not be measured, never for a time.
"""
import collections
import glob
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from typing import NamedTuple, Optional

from crowd import Crowd

HERE = os.path.dirname(os.path.abspath(__file__))
KERNELS = pathlib.Path('/lab/kernels').read_text().split()
HOST, NEW = KERNELS[0], KERNELS[-1]  # the kernel that is there, the one that comes and goes
VERSION = '4.18.7'
SERVICE = 'kmodkeeper.service'
# Were only the service stopped, the next caller would have the socket start it.
UNITS = [unit for unit in ('kmodkeeper.socket', SERVICE)
         if os.path.exists('/usr/lib/systemd/system/' + unit)]
SOCKET = '/run/kmodkeeper/org.kmodkeeper'
# Where dkms's package for EL has the first; what Debian's calls install.d/dkms is the same script.
HOOKS = {'install.d/dkms': '/usr/lib/kernel/install.d/40-dkms.install',
         'postinst.d/dkms': '/etc/kernel/postinst.d/dkms',
         'prerm.d/dkms': '/etc/kernel/prerm.d/dkms'}
PLUGIN_OFF = '--disableplugin=kmodkeeper'


class Row(NamedTuple):
    """One line of the table: samples of ours, and of the same done by dkms where it does that."""
    what: str
    unit: str
    ours: list
    target: Optional[float] = None
    dkms: list = []


class Unmeasured(Exception):
    """A command that was to be measured failed."""


def run(*command):
    """Run the command and return the milliseconds that it took; Unmeasured if it fails."""
    began = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True)
    took = time.monotonic() - began
    if done.returncode != 0:
        raise Unmeasured('%s: exit status %d\n%s' % (' '.join(command), done.returncode, done.stdout))
    return took * 1000


def dnf(*arguments):
    return run('dnf', '--assumeyes', '--quiet', *arguments)


def wait():
    """Return once the daemon has nothing more to do."""
    return run('kmodkeeper', 'wait', '--timeout', '180')


def start():
    run('systemctl', 'start', *UNITS)


def stop():
    run('systemctl', 'stop', *UNITS)


def systemd(*properties, unit=SERVICE):
    """Return these properties of our service, or of another unit, as numbers."""
    lines = subprocess.check_output(('systemctl', 'show', unit, '--property', ','.join(properties)),
                                    universal_newlines=True).splitlines()
    values = dict(line.split('=', 1) for line in lines)
    return [int(values[name]) for name in properties]


def take_turns(runs, *functions):
    """Call the functions in turn, every other time backwards; return the results of each."""
    results = [[] for _ in functions]
    for turn in range(runs):
        pairs = list(zip(functions, results))
        for function, result in reversed(pairs) if turn % 2 else pairs:
            result.append(function())
    return results


def less(those, these):
    """Return the differences of samples taken in pairs."""
    return [a - b for a, b in zip(those, these)]


def set_hooks(present):
    """Install the hooks of dkms's own package, or take them away."""
    for name, path in HOOKS.items():
        if present:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(hooks, name), path)
        elif os.path.exists(path):
            os.unlink(path)


def prepare():
    """Make the host that everything is measured on; the first dnf and the first build are slower."""
    run('/lab/source', 'ixgbevf', VERSION)
    run('dkms', 'add', 'ixgbevf/' + VERSION)
    dnf('install', 'kernel-core-' + HOST, 'kernel-devel-' + HOST)
    wait()
    run('kmodkeeper', 'check')
    dnf('install', 'kernel-core-' + NEW)
    dnf('remove', 'kernel-core-' + NEW)


def whole_transaction():
    """The whole of dnf with and without the plugin, in pairs: noisy, but nothing escapes it."""
    def pair(*options):
        return lambda: [dnf(*options, how, 'kernel-core-' + NEW) for how in ('install', 'remove')]

    plain, ours = (zip(*samples) for samples in take_turns(20, pair(PLUGIN_OFF), pair()))
    for how, without, with_it in zip(('install', 'remove'), plain, ours):
        yield Row('dnf %s of a kernel, no plugin' % how, 'ms', without)
        yield Row('  added by the plugin', 'ms', less(with_it, without), target=10)


def within_dnf():
    """What the plugin takes of dnf's time, by timed_dnf.py inside the very process."""
    parts = []
    for command in ('install', 'remove') * 15:
        with tempfile.NamedTemporaryFile('r') as report:
            run(os.path.join(HERE, 'timed_dnf.py'), report.name,
                '--assumeyes', '--quiet', command, 'kernel-core-' + NEW)
            parts.append([int(part) / 1e6 for part in report.read().split()])
    load, hooks, notify = zip(*parts)
    if not all(notify):
        raise Unmeasured('the plugin did not call the daemon in each transaction')
    yield Row('plugin inside dnf, all of it', 'ms', [sum(part) for part in parts], target=10)
    yield Row('  loading and configuring it', 'ms', load)
    yield Row('  its hooks', 'ms', hooks)
    yield Row('  its call of the daemon', 'ms', notify, target=2)


def notify_alone():
    """The plugin's own function, a connection for each call, one call every 20 ms."""
    import dnf as package
    path = os.path.dirname(package.__file__) + '-plugins/kmodkeeper.py'
    spec = importlib.util.spec_from_file_location('kmodkeeper', path)
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    message = dict(origin='bench', installed=[HOST], removed=[], headersChanged=False,
                   sourcesChanged=False, toolsChanged=False)
    samples = []
    for _ in range(300):
        began = time.monotonic_ns()
        plugin.notify(SOCKET, message)
        samples.append((time.monotonic_ns() - began) / 1e6)
        time.sleep(0.02)
    yield Row('Notify, socket round trip', 'ms', samples, target=2)


def whole_update():
    """A kernel with its headers, until dnf ends and until the driver is there: made by us, by dkms's
    own hook in kernel-install, and by nobody."""
    packages = 'kernel-core-' + NEW, 'kernel-devel-' + NEW
    resident = []

    def by_us():
        start()
        wait()
        blocked = dnf('install', *packages)
        ready = blocked + wait()
        resident.append(memory())
        stop()
        take_back()
        return blocked, ready

    def by_dkms():
        set_hooks(True)
        blocked = dnf(PLUGIN_OFF, 'install', *packages)
        set_hooks(False)
        take_back()
        return blocked, blocked

    def by_nobody():
        blocked = dnf(PLUGIN_OFF, 'install', *packages)
        erase()
        return blocked

    def take_back():
        """See that the driver is there, then leave nothing of it and of the kernel."""
        if not glob.glob('/lib/modules/%s/extra/ixgbevf.ko*' % NEW):
            raise Unmeasured('no ixgbevf came into extra/ of ' + NEW)
        run('dkms', 'remove', 'ixgbevf/' + VERSION, '-k', NEW)
        erase()

    def erase():
        dnf(PLUGIN_OFF, 'remove', *packages)
        shutil.rmtree('/lib/modules/' + NEW, ignore_errors=True)

    stop()
    ours, theirs, plain = take_turns(3, by_us, by_dkms, by_nobody)
    start()
    (we_blocked, we_ready), (they_blocked, they_ready) = zip(*ours), zip(*theirs)
    yield Row('dnf install of kernel and headers', 'ms', we_blocked, dkms=they_blocked)
    yield Row('  of which not dnf itself', 'ms', less(we_blocked, plain), dkms=less(they_blocked, plain))
    yield Row('  until the driver is ready', 'ms', we_ready, dkms=they_ready)
    yield from resident_rows('after a build', resident)


def hook_alone():
    """A hook that runs under rpm's lock: ours, also while the daemon hangs, beside dkms's."""
    def ours():
        return run('/usr/lib/kernel/install.d/95-kmodkeeper.install', 'add', HOST)

    def theirs():
        took = run(HOOKS['install.d/dkms'], 'add', NEW)
        run('dkms', 'remove', 'ixgbevf/' + VERSION, '-k', NEW)
        return took

    wait()
    answered = [ours() for _ in range(30)]
    pid, = systemd('MainPID')
    os.kill(pid, signal.SIGSTOP)
    hanging = [ours() for _ in range(30)]
    os.kill(pid, signal.SIGCONT)
    stop()
    dnf(PLUGIN_OFF, 'install', 'kernel-core-' + NEW, 'kernel-devel-' + NEW)
    set_hooks(True)
    builds = [theirs() for _ in range(3)]
    set_hooks(False)
    dnf(PLUGIN_OFF, 'remove', 'kernel-core-' + NEW, 'kernel-devel-' + NEW)
    shutil.rmtree('/lib/modules/' + NEW, ignore_errors=True)
    start()
    yield Row('hook of kernel-install', 'ms', answered, target=10, dkms=builds)
    yield Row('  while the daemon hangs', 'ms', hanging, target=10)


def memory():
    """Return the daemon's (VmRSS, Pss) in MiB; the second counts a page shared by n as 1/n."""
    pid, = systemd('MainPID')
    pages = pathlib.Path('/proc/%d/smaps_rollup' % pid).read_text().splitlines()
    sizes = dict(line.split(':', 1) for line in pages[1:])
    return [int(sizes[name].split()[0]) / 1024 for name in ('Rss', 'Pss')]


def resident_rows(when, samples):
    resident, proportional = zip(*samples)
    yield Row('daemon resident ' + when, 'MiB', resident, target=64)
    yield Row('  its share of it (PSS)', 'MiB', proportional)


def restarts():
    """From systemd's fork of the daemon to its READY=1, by systemd's own monotonic stamps."""
    ready, resident = [], []
    for _ in range(11):
        run('systemctl', 'reset-failed', SERVICE)  # so many starts are a failure to systemd
        run('systemctl', 'restart', SERVICE)
        began, active = systemd('ExecMainStartTimestampMonotonic', 'ActiveEnterTimestampMonotonic')
        ready.append((active - began) / 1000)
        wait()
        resident.append(memory())
    yield Row('daemon, exec to READY', 'ms', ready, target=300)
    yield from resident_rows('after start', resident)


def boot():
    """The boot unit where all is in order, by systemd's own stamps; the lab passes for a host that runs HOST."""
    unit, release = 'kmodkeeper-boot.service', '/proc/sys/kernel/osrelease'
    drop_in = pathlib.Path('/run/systemd/system', unit + '.d', 'bench.conf')
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text('[Unit]\nConditionVirtualization=\n')
    pathlib.Path('/run/bench-release').write_text(HOST + '\n')
    run('systemctl', 'daemon-reload')
    run('mount', '--bind', '/run/bench-release', release)
    wait()
    took = []
    for _ in range(20):
        run('systemctl', 'reset-failed', unit)  # so many starts are a failure to systemd
        # Were anything to be done, a second one that builds would be refused, and the unit would fail.
        run('systemctl', 'restart', unit)
        began, ended = systemd('ExecMainStartTimestampMonotonic', 'ExecMainExitTimestampMonotonic', unit=unit)
        took.append((ended - began) / 1000)
    run('umount', release)
    drop_in.unlink()
    run('systemctl', 'daemon-reload')
    yield Row('boot unit with nothing to do', 'ms', took, target=50)


def idle():
    """Processor time of the service's control group: the daemon and all that it starts."""
    wait()
    time.sleep(3)
    before, began = systemd('MainPID', 'CPUUsageNSec')
    time.sleep(20)
    after, ended = systemd('MainPID', 'CPUUsageNSec')
    if not before == after > 0:
        raise Unmeasured('the daemon did not run all the time')
    yield Row('daemon, processor time in 20 s idle', 'ms', [(ended - began) / 1e6], target=20)


def status():
    """`kmodkeeper status` with the daemon up, then down, in turns with `dkms status`; and other commands: --help
    makes each of them ready, doctor runs dnf."""
    def ours():
        return run('kmodkeeper', 'status')

    def theirs():
        return run('dkms', 'status')

    starts, doctors = take_turns(15, lambda: run('kmodkeeper', '--help'), lambda: run('kmodkeeper', 'doctor'))
    up, beside_up = take_turns(15, ours, theirs)
    stop()
    down, beside_down = take_turns(15, ours, theirs)
    start()
    yield Row('kmodkeeper status', 'ms', up, target=250, dkms=beside_up)
    yield Row('kmodkeeper status, daemon down', 'ms', down, target=250, dkms=beside_down)
    yield Row('kmodkeeper --help', 'ms', starts, target=250)
    yield Row('kmodkeeper doctor', 'ms', doctors)


def ask():
    """Return the milliseconds that the daemon takes to answer Status, without a command line, and the answer."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(SOCKET)
        began = time.monotonic()
        caller.sendall(b'{"method":"org.kmodkeeper.Status"}\0')
        answer = bytearray()
        while not answer.endswith(b'\0'):
            piece = caller.recv(1 << 20)
            if not piece:
                raise Unmeasured('the daemon closed the connection after %d bytes' % len(answer))
            answer += piece
        took = time.monotonic() - began
    return took * 1000, json.loads(answer[:-1].decode())['parameters']['status']


def first_status():
    """`kmodkeeper status` as soon as a fresh daemon listens."""
    run('systemctl', 'reset-failed', SERVICE)  # so many starts are a failure to systemd
    run('systemctl', 'restart', SERVICE)
    return run('kmodkeeper', 'status')


def crowd():
    """Twenty drivers on ever more kernels, all ready: what a look costs, and how that grows."""
    stop()
    host = Crowd(HOST, VERSION, 20)
    medians = []
    for count in 25, 50, 100:
        host.grow(count)
        start()
        wait()
        expect_ready(host.cells())
        first = [first_status() for _ in range(5)]
        wait()
        again = [ask()[0] for _ in range(21)]
        command = [run('kmodkeeper', 'check') for _ in range(7)]
        medians.append([statistics.median(samples) / count for samples in (first, again)])
        most = count == 100
        dkms = [dkms_status(host.cells())] if most else []  # takes minutes
        yield Row('%d kernels x 20 drivers: first status' % count, 'ms', first, 2000 if most else None, dkms)
        yield Row('  unchanged, looked at again', 'ms', again, 50 if most else None, dkms)
        yield Row('  kmodkeeper check, with its own start', 'ms', command)
        yield Row('  daemon resident', 'MiB', [memory()[0]])
    for what, few, many in zip(('first status', 'looked at again'), medians[0], medians[-1]):
        yield Row('%s: a kernel of 100 / of 25' % what, 'x', [many / few], 1.25)
    stop()
    host.remove()
    start()


def expect_ready(cells):
    """Unmeasured unless all are seen, and ready."""
    kernels = ask()[1]['kernels']
    verdicts = collections.Counter(driver['verdict'] for kernel in kernels for driver in kernel['drivers'])
    if verdicts != {'ready': cells}:
        raise Unmeasured('expected %d times ready: %s' % (cells, verdicts))


def dkms_status(cells):
    """Return the milliseconds that `dkms status` takes; it must know all as installed."""
    began = time.monotonic()
    lines = subprocess.check_output(('dkms', 'status'), universal_newlines=True).splitlines()
    took = time.monotonic() - began
    installed = [line for line in lines if line.endswith(': installed')]
    if len(installed) < cells - 1:
        raise Unmeasured('dkms status knows %d of %d as installed' % (len(installed), cells))
    return took * 1000


def figure(value):
    return '%.2f' % value if abs(value) < 10 else '%.1f' % value if abs(value) < 100 else '%.0f' % value


LAYOUT = '{:<42} {:>9} {:>17} {:>4} {:>8} {:>5} {:>9} {:>10}'


def show(row):
    median = statistics.median(row.ours)
    target = verdict = dkms = ratio = ''
    if row.target is not None:
        target = '≤ %g' % row.target
        verdict = 'PASS' if median <= row.target else 'over'
    if row.dkms:
        dkms = figure(statistics.median(row.dkms))
        ratio = '%.2f' % (median / statistics.median(row.dkms))
    spread = '%s–%s' % (figure(min(row.ours)), figure(max(row.ours)))
    print(LAYOUT.format('%s, %s' % (row.what, row.unit), figure(median), spread, len(row.ours),
                        target, verdict, dkms, ratio), flush=True)


SECTIONS = {each.__name__: each for each in (
    whole_transaction, within_dnf, hook_alone, notify_alone, whole_update, restarts, boot, idle,
    status, crowd)}


def main(names):
    """Print the table; return the exit status."""
    status = 0
    prepare()
    print()
    print(LAYOUT.format('', 'median', 'min–max', 'runs', 'target', '', 'dkms', 'ours/dkms'))
    for name in names or SECTIONS:
        try:
            for row in SECTIONS[name]():
                show(row)
        except (Unmeasured, OSError, ValueError) as failure:
            print('%s: not measured: %s' % (name, failure), file=sys.stderr)
            status = 1
    return status


with tempfile.TemporaryDirectory() as hooks:
    tarfile.open(fileobj=sys.stdin.buffer, mode='r|').extractall(hooks)
    sys.exit(main(sys.argv[1:]))
