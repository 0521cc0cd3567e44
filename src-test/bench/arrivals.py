"""What it takes to make a driver ready on kernels that have come: from the store, by one build a class, by direct."""
import contextlib
import glob
import json
import os
import pathlib
import shutil
import subprocess
import time

from host import (KERNELS, NEW, OFFERED, OFFERED_REPOSITORY, PLUGIN_OFF, SERVICE, VERSION, dnf, driver_settings,
                  packages, start, stop, systemd, wait)
from stopwatch import Unmeasured, run, take_turns
from table import Row

DRIVER = 'ixgbevf/' + VERSION
RECORDS = pathlib.Path('/var/lib/dkms/ixgbevf', VERSION)
STATE = pathlib.Path('/var/lib/kmodkeeper')


def stored():
    """A kernel comes that is of the class of one which the driver was built for: from the end of dnf until the journal
    says that the driver is ready, beside what `dkms build` alone takes. No own build follows."""
    class_mate = KERNELS[-2]
    samples = []
    stop()
    with driver_settings('reuse = yes'):
        start()
        dnf('install', *packages(class_mate))
        wait()
        for _ in range(3):
            dnf('install', *packages(NEW))
            ended = time.monotonic()
            wait()
            notified, ready = arrival()
            depmod = run('depmod', NEW)
            built = run('dkms', 'build', DRIVER, '-k', NEW)
            run('dkms', 'unbuild', DRIVER, '-k', NEW)
            samples.append(((ready - ended) * 1000, (ready - notified) * 1000, depmod, built))
            dnf('remove', *packages(NEW))
            wait()
        dnf('remove', *packages(class_mate))
        wait()
        stop()
    start()
    after_dnf, after_notify, depmod, built = zip(*samples)
    yield Row('from the store: ready after the end of dnf', 'ms', after_dnf, 1000, built, 0.07)
    yield Row("  after the plugin's call", 'ms', after_notify, 1000, built, 0.07)
    yield Row('  of it depmod, by itself', 'ms', depmod)


def package():
    """A kernel comes for which a repository has the driver's package, the host having no source: from the end of dnf until
    the journal says that the driver is ready. The repository is a directory; it was made by publish."""
    samples = []
    repository = pathlib.Path('/etc/yum.repos.d/modules.repo')
    dnf('install', *packages(NEW))
    wait()
    run('kmodkeeper', 'publish', '/srv/modules', '--kernel', NEW)
    dnf('remove', *packages(NEW))
    wait()
    repository.write_text('[modules]\nname=Modules of drivers\nbaseurl=file:///srv/modules\n')
    dnf('install', 'ixgbevf-kmod-common')
    stop()
    with driver_settings('remedies = package'), without_source():
        start()
        wait()
        for _ in range(7):
            dnf('install', *packages(NEW))
            ended = time.monotonic()
            wait()
            notified, ready = arrival()
            samples.append(((ready - ended) * 1000, (ready - notified) * 1000))
            dnf('remove', *packages(NEW))
            wait()
        stop()
    dnf(PLUGIN_OFF, 'remove', 'ixgbevf-kmod-common')
    repository.unlink()
    start()
    after_dnf, after_notify = zip(*samples)
    yield Row('by package: ready after the end of dnf', 'ms', after_dnf, 5000)
    yield Row("  after the plugin's call", 'ms', after_notify)


@contextlib.contextmanager
def without_source():
    """Have nothing for a while that ixgbevf could be built from."""
    places = {'/usr/src/ixgbevf-' + VERSION: '/srv/source', str(RECORDS.parent): '/srv/records'}
    for place, away in places.items():
        os.rename(place, away)
    try:
        yield
    finally:
        for place, away in places.items():
            os.rename(away, place)


def classes():
    """Four kernels that have come at once, the daemon being started after that: from its READY=1 until the driver is
    ready on all, beside dkms install for one after the other. First they are of one class, then of four."""
    yield from kernels_at_once('4 kernels of one class', ('reuse = yes',), 0.35, 1,
                               [OFFERED['same'], KERNELS[-2], NEW, OFFERED['rebuilt']])
    yield from kernels_at_once('4 kernels of 4 classes', ('reuse = yes',), 0.6, 4,
                               [OFFERED['oldest'], OFFERED['old'], OFFERED['generic'], NEW])


def direct():
    """The same for one kernel, without the store and dkms."""
    yield from kernels_at_once('one kernel by direct', ('remedies = direct',), 0.8, 1, [NEW])


def kernels_at_once(what, settings, ratio, builds, kernels):
    def ours():
        forget(kernels)
        start()
        began, = systemd('ActiveEnterTimestampMonotonic')
        wait()
        took = time.monotonic() - began / 1e6
        expect_built(builds, kernels)
        stop()
        return took * 1000

    def theirs():
        forget(kernels)
        return sum(run('dkms', 'install', DRIVER, '-k', kernel) for kernel in kernels)

    stop()
    dnf(PLUGIN_OFF, '--setopt=installonly_limit=0', OFFERED_REPOSITORY, 'install', *packages(*kernels))
    with driver_settings(*settings):
        we, they = take_turns(3, ours, theirs)
    forget(kernels)
    dnf(PLUGIN_OFF, 'remove', *packages(*kernels))
    for kernel in kernels:
        shutil.rmtree('/lib/modules/' + kernel, ignore_errors=True)
    start()
    wait()
    yield Row(what, 'ms', we, dkms=they, ratio=ratio)


def forget(kernels):
    """Leave nothing of the driver on these kernels, nothing in the store, and no record of what was tried: where a driver
    vanishes soon after it was installed, the next try is delayed."""
    run('systemctl', 'reset-failed', SERVICE)  # so many starts are a failure to systemd
    shutil.rmtree(str(STATE / 'store'), ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        (STATE / 'history.jsonl').unlink()
    for kernel in kernels:
        if (RECORDS / kernel).exists():
            run('dkms', 'unbuild', DRIVER, '-k', kernel)
        for module in glob.glob('/lib/modules/%s/extra/ixgbevf.ko*' % kernel):
            os.unlink(module)
        run('depmod', kernel)


def expect_built(builds, kernels):
    """Unmeasured unless all are ready, by so many builds."""
    run('kmodkeeper', 'check')
    listing = subprocess.check_output(('kmodkeeper', 'store', '--json'), universal_newlines=True)
    found = [artifact['kernel'] for artifact in json.loads(listing)['artifacts'] if artifact['kernel'] in kernels]
    if len(found) != builds:
        raise Unmeasured('expected %d builds: %s' % (builds, found))


def arrival():
    """Return when the daemon was told of the kernel by dnf's plugin, and when the driver was ready on it, in seconds of
    the monotonic clock."""
    run('journalctl', '--sync')
    lines = subprocess.check_output(('journalctl', '--unit', SERVICE, '--output', 'json', '--no-pager'),
                                    universal_newlines=True).splitlines()
    notified = ready = None
    for entry in map(json.loads, lines):
        at = int(entry['__MONOTONIC_TIMESTAMP']) / 1e6
        if entry['MESSAGE'].startswith('notified by dnf') and 'installed [%s]' % NEW in entry['MESSAGE']:
            notified, ready = at, None
        elif entry.get('KERNEL_RELEASE') == NEW and entry.get('VERDICT') == 'ready' and not ready:
            ready = at
    if not notified or not ready:
        raise Unmeasured('the journal does not say that ixgbevf got ready on ' + NEW)
    return notified, ready
