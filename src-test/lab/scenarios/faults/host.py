"""The host that things are done to: its kernels, its driver, its boot menu, and kmodkeeper's answers."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

MODULES = pathlib.Path('/usr/lib/modules')
DKMS = pathlib.Path('/var/lib/dkms')
STATE = pathlib.Path('/var/lib/kmodkeeper')
CACHE = pathlib.Path('/var/cache/kmodkeeper')
LOGS = pathlib.Path('/var/log/kmodkeeper')
SOURCES = pathlib.Path('/usr/src')
GRUB = pathlib.Path('/boot/grub')
CONF = pathlib.Path('/etc/kmodkeeper/kmodkeeper.conf')
SOCKET = '/run/kmodkeeper/org.kmodkeeper'
GROUP = pathlib.Path('/sys/fs/cgroup/system.slice/kmodkeeper.service/cgroup.procs')
# Named as one of the kernel's own modules, so that dkms moves that away.
DRIVER = 'loop'
# Far more than anything here takes.
ROOM = 2 << 30
SETTLE_SECONDS = 300 * int(os.environ.get('LAB_PACE', '1'))
WORK = pathlib.Path('/root/work')

MENU = r'''#!/bin/bash
# As a distribution's plugin does it: a kernel that comes boots next, ready or not.
shopt -s nullglob
mapfile -t kernels < <(for file in /lib/modules/*/vmlinuz; do basename "$(dirname "$file")"; done | sort --version-sort --reverse)
{
    printf '%s\n' 'if [ -s $prefix/grubenv ]; then' '  load_env' 'fi' 'set default="${saved_entry}"'
    for release in "${kernels[@]}"; do
        printf '%s\n' "menuentry 'Linux $release' --id linux-$release {" "  linux /boot/vmlinuz-$release ro" '}'
    done
} >/boot/grub/grub.cfg
case ${1-} in
    add) grub-editenv /boot/grub/grubenv set "saved_entry=linux-$2" ;;
    *)
        saved=$(grub-editenv /boot/grub/grubenv list | sed -n 's/^saved_entry=linux-//p')
        [[ " ${kernels[*]} " == *" $saved "* ]] || ((!${#kernels[@]})) ||
            grub-editenv /boot/grub/grubenv set "saved_entry=linux-${kernels[0]}"
        ;;
esac
'''


class Wrong(Exception):
    """What must not be."""


def run(*argv, check=False):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if check and done.returncode:
        raise Wrong(f"{' '.join(argv)} ended with {done.returncode}: {done.stdout}")
    return done


def call(method, **parameters):
    """A reply of the daemon; None if there is none now, as while it is begun again."""
    message = {'method': f'org.kmodkeeper.{method}', 'parameters': parameters}
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(60)
        data = b''
        try:
            peer.connect(SOCKET)
            peer.sendall(json.dumps(message).encode() + b'\0')
            while not data.endswith(b'\0'):
                chunk = peer.recv(65536)
                if not chunk:
                    return None
                data += chunk
        except OSError:
            return None
    reply = json.loads(data[:-1])
    return None if 'error' in reply else reply['parameters']


class Status:
    """What the daemon says of the host; has no kernels while nobody can tell."""

    def __init__(self):
        reply = call('Status')
        self.known = reply is not None
        self.busy = self.known and reply['status']['busy']
        self.kernels = {kernel['release']: kernel for kernel in reply['status']['kernels']} if self.known else {}

    def row(self, release):
        """The driver's for that kernel; {} if there is none."""
        rows = self.kernels.get(release, {}).get('drivers', ())
        return next((row for row in rows if row['driver'] == DRIVER), {})

    def verdict(self, release):
        return self.row(release).get('verdict')


def main_pid():
    """The daemon's process; 0 if it does not run."""
    return int(run('systemctl', 'show', '--property', 'MainPID', '--value', 'kmodkeeper.service').stdout or 0)


class Host:
    """Kernels come and go on it, and so do versions of the driver."""

    def __init__(self):
        self.version = 0
        self.adopted = False
        self.releases = pathlib.Path('/lab/kernels').read_text(encoding='utf-8').split()

    def prepare(self, places):
        """Begins: each place is a file system of its own from now on, with what was in it."""
        run('systemctl', 'stop', 'kmodkeeper.socket', 'kmodkeeper.service')
        for place in map(str, places):
            os.makedirs(place, exist_ok=True)
            shutil.copytree(place, '/run/copy', symlinks=True)
            run('mount', '-t', 'tmpfs', '-o', f'size={ROOM},nr_inodes=1m,mode={os.stat(place).st_mode & 0o7777:o}', 'faults', place, check=True)
            run('cp', '--archive', '/run/copy/.', place, check=True)
            shutil.rmtree('/run/copy')
            # A size of 0 would be none at all.
            pathlib.Path(place, '.ballast').write_bytes(bytes(4096))
        self.configure('dkms direct')
        unit = pathlib.Path('/etc/systemd/system/kmodkeeper.service.d/faults.conf')
        unit.parent.mkdir(parents=True, exist_ok=True)
        unit.write_text('[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=100ms\n', encoding='utf-8')
        plugin = pathlib.Path('/etc/kernel/install.d/20-menu.install')
        plugin.parent.mkdir(parents=True, exist_ok=True)
        plugin.write_text(MENU, encoding='utf-8')
        plugin.chmod(0o755)
        GRUB.mkdir(parents=True, exist_ok=True)
        run('grub-editenv', str(GRUB / 'grubenv'), 'create', check=True)
        self.menu()
        WORK.mkdir()
        run('systemctl', 'daemon-reload', check=True)
        run('systemctl', 'start', 'kmodkeeper.socket', 'kmodkeeper.service', check=True)

    def configure(self, remedies, longest='2s'):
        CONF.write_text(f'[main]\ninstall-headers = no\nremedies = {remedies}\nretry-first = 1s\nretry-longest = {longest}\n', encoding='utf-8')

    def require_driver(self):
        """A kernel is bootable only with it from now on, so that the boot guard has something to do."""
        (CONF.parent / f'drivers.d/{DRIVER}.conf').write_text('[driver]\nrequired = yes\n', encoding='utf-8')

    def menu(self):
        """The boot menu, as it has to be after a transaction that was killed."""
        run('/etc/kernel/install.d/20-menu.install', check=True)

    def packages(self):
        """The names of the kernels' packages that are whole."""
        return set(run('rpm', '--query', '--all', '--queryformat', '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n', 'kernel-*').stdout.split())

    def installed(self, packages=None):
        packages = self.packages() if packages is None else packages
        return [one for one in self.releases if f'kernel-core-{one}' in packages]

    def with_headers(self):
        packages = self.packages()
        return [one for one in self.installed(packages) if f'kernel-devel-{one}' in packages]

    def archive(self, noise):
        """An archive of the driver's next version; the noise becomes a part of its module."""
        self.version += 1
        name = f'{DRIVER}-{self.version}.0'
        source = WORK / name
        run('/lab/source', 'hello', f'{self.version}.0', check=True)
        shutil.rmtree(source, ignore_errors=True)
        shutil.move(SOURCES / f'hello-{self.version}.0', source)
        text = (source / 'hello.c').read_text(encoding='utf-8')
        text += 'asm(".section .rodata\\n.incbin \\"" NOISE "\\"\\n.previous");\n'
        (source / f'{DRIVER}.c').write_text(text, encoding='utf-8')
        (source / 'hello.c').unlink()
        (source / 'noise').write_bytes(noise)
        for file in ('Makefile', 'dkms.conf'):
            path = source / file
            path.write_text(path.read_text(encoding='utf-8').replace('hello', DRIVER), encoding='utf-8')
        with open(source / 'Makefile', 'a', encoding='utf-8') as makefile:
            makefile.write('ccflags-y += -DNOISE=\'"$(src)/noise"\'\n')
        run('tar', '--create', '--gzip', '--directory', str(WORK), '--file', f'{source}.tar.gz', name, check=True)
        shutil.rmtree(source)
        return f'{source}.tar.gz'

    def settle(self, name, command, is_at_rest=None):
        """Repeats what was hindered, and waits until the daemon has done what it can."""
        for _ in range(4):
            done = run(*command)
            if done.returncode == 0:
                break
        else:
            if name not in ('rebuild', 'drop'):
                raise Wrong(f"{' '.join(command)} cannot be repeated: {done.stdout}")
        if name in ('adopt', 'upgrade'):
            self.adopted = True
        elif name == 'drop':
            self.adopted = False
        self.menu()
        self.wait(is_at_rest or self.is_at_rest)

    def wait(self, is_at_rest):
        run('systemctl', 'start', 'kmodkeeper.socket', 'kmodkeeper.service')
        call('Notify', installed=[], removed=[], origin='campaign')
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            if is_at_rest(Status()):
                return
            time.sleep(0.3)
        raise Wrong(f"it does not converge: {run('kmodkeeper', 'status').stdout}")

    def is_at_rest(self, status):
        """Whether every kernel that has its headers is ready."""
        if not status.known or status.busy:
            return False
        if not self.adopted:
            return True
        ready = self.with_headers()
        return all((status.verdict(one) == 'ready') == (one in ready) for one in self.installed())
