"""The host that is measured: its kernels, our service, and dkms's own hooks."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tarfile

from stopwatch import run

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
UNPACKED = '/run/bench-hooks'  # until they are installed
PLUGIN_OFF = '--disableplugin=kmodkeeper'
DRIVER_CONF = pathlib.Path('/etc/kmodkeeper/drivers.d/ixgbevf.conf')
# Further kernels, by the words of src-test/lab/offered; dnf knows them when it is asked to.
OFFERED = dict(line.split() for line in pathlib.Path('/lab/offered/kernels').read_text().splitlines())
OFFERED_REPOSITORY = '--repofrompath=offered,file:///lab/offered/repo'


def prepare():
    """Make the host that everything is measured on; the first dnf and the first build are slower. No dnf of the daemon's
    own comes between."""
    conf = pathlib.Path('/etc/kmodkeeper/kmodkeeper.conf')
    conf.write_text(conf.read_text().replace('[main]', '[main]\ninstall-headers = no', 1))
    run('systemctl', 'reload', SERVICE)
    run('/lab/source', 'ixgbevf', VERSION)
    run('dkms', 'add', 'ixgbevf/' + VERSION)
    dnf('install', 'kernel-core-' + HOST, 'kernel-devel-' + HOST)
    wait()
    run('kmodkeeper', 'check')
    dnf('install', 'kernel-core-' + NEW)
    dnf('remove', 'kernel-core-' + NEW)


def dnf(*arguments):
    return run('dnf', '--assumeyes', '--quiet', *arguments)


def packages(*releases):
    """Return the names of these kernels' packages, and of their headers'."""
    kernels = [release.partition('+') for release in releases]
    return ['kernel%s-%s-%s' % (plus and '-' + flavour, kind, version)
            for version, plus, flavour in kernels for kind in ('core', 'devel')]


@contextlib.contextmanager
def driver_settings(*lines):
    """Have these settings of the driver for a while, the daemon being told at its next start."""
    before = DRIVER_CONF.read_text()
    DRIVER_CONF.write_text('\n'.join(('[driver]', 'modules = ixgbevf', 'required = yes') + lines) + '\n')
    try:
        yield
    finally:
        DRIVER_CONF.write_text(before)


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


def memory():
    """Return the daemon's (VmRSS, Pss) in MiB; the second counts a page shared by n as 1/n."""
    pid, = systemd('MainPID')
    pages = pathlib.Path('/proc/%d/smaps_rollup' % pid).read_text().splitlines()
    sizes = dict(line.split(':', 1) for line in pages[1:])
    return [int(sizes[name].split()[0]) / 1024 for name in ('Rss', 'Pss')]


def unpack_hooks(tar):
    """Lay the hooks of dkms's own package ready for set_hooks."""
    with tarfile.open(fileobj=tar, mode='r|') as archive:
        archive.extractall(UNPACKED)


def set_hooks(present):
    """Install the hooks of dkms's own package, or take them away."""
    for name, path in HOOKS.items():
        if present:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(UNPACKED, name), path)
        elif os.path.exists(path):
            os.unlink(path)
