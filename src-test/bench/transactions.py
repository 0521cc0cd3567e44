"""What kmodkeeper adds to a transaction of packages, and to the time until the driver is there."""
import glob
import importlib.util
import os
import shutil
import signal
import tempfile
import time

from host import HOOKS, HOST, NEW, PLUGIN_OFF, SOCKET, VERSION, dnf, memory, set_hooks, start, stop, systemd, wait
from stopwatch import Unmeasured, less, run, take_turns
from table import Row, resident_rows

HERE = os.path.dirname(os.path.abspath(__file__))


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
    parts = [timed_dnf(command, 'kernel-core-' + NEW) for command in ('install', 'remove') * 15]
    load, resolved, hooks, notify = zip(*parts)
    if not all(notify):
        raise Unmeasured('the plugin did not call the daemon in each transaction')
    yield Row('plugin inside dnf, all of it', 'ms', [sum(part) for part in parts], target=10)
    yield Row('  loading and configuring it', 'ms', load)
    yield Row('  its hooks', 'ms', [sum(both) for both in zip(resolved, hooks)])
    yield Row('  its call of the daemon', 'ms', notify, target=2)


def timed_dnf(*arguments):
    """Return the milliseconds of each part of the plugin, as timed_dnf.py tells them apart."""
    with tempfile.NamedTemporaryFile('r') as report:
        run(os.path.join(HERE, 'timed_dnf.py'), report.name, '--assumeyes', '--quiet', *arguments)
        return [int(part) / 1e6 for part in report.read().split()]


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
