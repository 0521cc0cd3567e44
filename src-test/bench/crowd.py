"""A host with many kernels and many drivers, all of them ready: for the figures on how cost grows.

Every driver is ixgbevf under another name, with its own source, and every kernel is the model under another
release: its own module files, depmod'ed, and of its headers what is looked at. dkms's records are laid out as
`dkms install` does. The kernels have no initramfs, and their modules are not compressed.
"""
import lzma
import os
import pathlib
import re
import shutil
import subprocess

TREES = pathlib.Path('/lib/modules')
SOURCES = pathlib.Path('/usr/src')
RECORDS = pathlib.Path('/var/lib/dkms')
DRIVER = 'ixgbevf'
# What of a kernel and of its headers is the same for all that are made after it.
SHARED = 'vmlinuz', 'config', 'symvers.gz', 'modules.order', 'modules.builtin', 'modules.builtin.modinfo'
HEADERS = 'Makefile', '.config', 'Module.symvers', 'include/generated/autoconf.h'


class Crowd:
    """Kernels made after one that is installed and for which dkms has installed the driver."""

    def __init__(self, model, version, drivers):
        """Begin with the model alone, and register so many drivers with dkms."""
        self.kernels = [model]
        self.version = version
        tree = TREES / model
        self.own = {path.relative_to(tree).with_suffix(''): plain(path) for path in (tree / 'kernel').rglob('*.ko.xz')}
        self.module = plain(tree / 'extra' / (DRIVER + '.ko.xz'))
        self.drivers = [DRIVER] + ['bench%02d' % number for number in range(1, drivers)]  # names of one length
        for name in self.drivers[1:]:
            source = SOURCES / ('%s-%s' % (name, version))
            shutil.copytree(SOURCES / ('%s-%s' % (DRIVER, version)), source)
            conf = source / 'dkms.conf'
            conf.write_text(conf.read_text().replace(DRIVER, name))
            call('dkms', 'add', '%s/%s' % (name, version))
            self.install(name, model)
        call('depmod', model)

    def cells(self):
        return len(self.kernels) * len(self.drivers)

    def grow(self, count):
        """Make kernels until there are so many."""
        while len(self.kernels) < count:
            # All releases are of one length, so that one can take another's place in a module.
            release = re.sub(r'-\d{3}\.', '-%d.' % (99 + len(self.kernels)), self.kernels[0])
            self.make(release)
            self.kernels.append(release)

    def make(self, release):
        model, headers = self.kernels[0], SOURCES / 'kernels'
        for name in SHARED:
            link(TREES / model / name, TREES / release / name)
        for name in HEADERS:
            link(headers / model / name, headers / release / name)
        write(headers / release / 'include/generated/utsrelease.h', b'#define UTS_RELEASE "%s"\n' % release.encode())
        (TREES / release / 'build').symlink_to(headers / release)
        for path, module in self.own.items():
            write(TREES / release / path, self.built_for(release, module))
        for name in self.drivers:
            self.install(name, release)
        call('depmod', release)

    def built_for(self, release, module):
        """Return the module as if it were built for that kernel."""
        old, new = (b'vermagic=%s ' % one.encode() for one in (self.kernels[0], release))
        return module.replace(old, new)

    def install(self, name, release):
        """Lay out what dkms leaves when it has built and installed a driver."""
        module = self.built_for(release, self.module)
        module = module.replace(b'\0name=%s\0' % DRIVER.encode(), b'\0name=%s\0' % name.encode())
        machine = os.uname().machine
        build = RECORDS / name / self.version / release / machine
        write(build / 'module' / (name + '.ko'), module)
        write(build / 'log' / 'make.log', b'')
        record = RECORDS / name / ('kernel-%s-%s' % (release, machine))
        record.symlink_to('%s/%s/%s' % (self.version, release, machine))
        write(TREES / release / 'extra' / (name + '.ko'), module)

    def remove(self):
        """Leave nothing but the model and its one driver."""
        for release in self.kernels[1:]:
            shutil.rmtree(TREES / release)
            shutil.rmtree(SOURCES / 'kernels' / release)
            shutil.rmtree(RECORDS / DRIVER / self.version / release)
            (RECORDS / DRIVER / ('kernel-%s-%s' % (release, os.uname().machine))).unlink()
        for name in self.drivers[1:]:
            shutil.rmtree(RECORDS / name)
            shutil.rmtree(SOURCES / ('%s-%s' % (name, self.version)))
            (TREES / self.kernels[0] / 'extra' / (name + '.ko')).unlink()
        call('depmod', self.kernels[0])


def plain(path):
    return lzma.decompress(path.read_bytes())


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def link(file, name):
    name.parent.mkdir(parents=True, exist_ok=True)
    os.link(file, name)


def call(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
