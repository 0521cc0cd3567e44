"""What must hold."""
import hashlib
import os
import pathlib
import subprocess

from faults.host import DKMS, DRIVER, GRUB, MODULES, STATE, Status, Wrong, run

HERE = pathlib.Path(__file__).resolve().parent.parent
BLOCK = b'# GRUB Environment Block\n'
SAVED = b'saved_entry=linux-'


def digest(file):
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()


class Look:
    """Looks at the disk, and at what the daemon says of it. What was seen to be good is known by its digest."""

    def __init__(self, host, counts):
        self.host = host
        self.counts = counts
        # The digests of a kernel's own modules by their files, by its release.
        self.own = {}
        self.whole = set()
        self.loads = set()

    def partial(self):
        """A module under a final name that is not whole."""
        for directory in ('extra', 'updates'):
            for file in MODULES.glob(f'*/{directory}/**/{DRIVER}.ko.xz'):
                try:
                    content = file.read_bytes()
                except FileNotFoundError:
                    continue
                known = hashlib.sha256(content).digest()
                if known not in self.whole:
                    if subprocess.run(['xz', '-t'], input=content, capture_output=True, check=False).returncode:
                        return f'{file}, {len(content)} bytes'
                    self.whole.add(known)
        return None

    def own_modules(self, release):
        if release not in self.own:
            listed = run('rpm', '--query', '--queryformat', '[%{FILENAMES} %{FILEDIGESTS}\n]', f'kernel-core-{release}').stdout
            pairs = (line.split(' ') for line in listed.splitlines() if '.ko' in line)
            self.own[release] = {name: known for name, known in pairs}
        return self.own[release]

    def nowhere(self):
        """A module of an installed kernel that is nowhere at all: in its tree, where dkms keeps what it moved, among our copies."""
        for release in self.host.installed():
            for file, known in self.own_modules(release).items():
                if not any(self.is_somewhere(release, file, known) for _ in range(3)):
                    return file
        return None

    def is_somewhere(self, release, file, known):
        if os.path.exists(file):
            return True
        tree = MODULES / release
        name = os.path.basename(file)
        copies = [STATE / 'own-modules' / release / name, *DKMS.glob(f'{DRIVER}/original_module/{release}/**/{name}'), *tree.glob(f'updates/**/{name}*'), *tree.glob(f'extra/{name}*')]
        try:
            return any(digest(copy) == known for copy in copies if copy.exists()) or os.path.exists(file)
        except FileNotFoundError:
            return False

    def lost(self):
        """At rest: a module of a kernel's own that is not in its tree, nor, while the driver is kept, where dkms or we keep it."""
        for release in self.host.installed():
            for file, known in self.own_modules(release).items():
                if os.path.exists(file):
                    if digest(file) != known:
                        return f'{file} is not the one that came with the kernel'
                    continue
                name = os.path.basename(file)
                kept = [*DKMS.glob(f'{DRIVER}/original_module/{release}/**/{name}'), STATE / 'own-modules' / release / name]
                if not (self.host.adopted and any(digest(copy) == known for copy in kept if copy.exists())):
                    return file
        return None

    def would_load(self, release):
        """Whether the driver would load, and not the kernel's own module of its name; and what was seen."""
        printed = run('modprobe', '-S', release, '-D', DRIVER).stdout
        files = [line.split()[1] for line in printed.splitlines() if line.startswith('insmod ')]
        try:
            seen = (release, *((file, digest(file)) for file in files))
        except FileNotFoundError as gone:
            return False, str(gone)
        if seen not in self.loads:
            done = subprocess.run([HERE / 'would-load', release, DRIVER], capture_output=True, text=True, check=False)
            if not done.stdout.startswith(f'{DRIVER} yes /') or f'/{release}/kernel/' in done.stdout:
                # It may have been taken away meanwhile, and be there again soon.
                return False, f'{printed}{done.stdout}{done.stderr}'
            self.loads.add(seen)
        return True, printed

    def false_ready(self):
        """A kernel whose driver status calls ready, before and after it is seen not to load."""
        before = Status()
        for release in before.kernels:
            # dkms takes the old module away before it puts the new one there: both answers must be of one time.
            for _ in range(3):
                if before.verdict(release) != 'ready':
                    break
                self.counts['ready, and looked at'] += 1
                good, seen = self.would_load(release)
                before = Status()
                if good or before.verdict(release) != 'ready':
                    break
            else:
                return f'{release}: {seen}'
        return None

    @staticmethod
    def damaged_block():
        """The block that GRUB reads, if it could not."""
        block = (GRUB / 'grubenv').read_bytes()
        return None if len(block) == 1024 and block.startswith(BLOCK) else f'grubenv is damaged: {block[:80]}'

    def boots_unready(self):
        """GRUB's default, if it is no bootable kernel though there is one, and the daemon has done its pass."""
        status = Status()
        block = (GRUB / 'grubenv').read_bytes()
        default = next((line.removeprefix(SAVED).decode() for line in block.splitlines() if line.startswith(SAVED)), None)
        if not status.known or status.busy:
            return None
        bootable = [release for release, kernel in status.kernels.items() if kernel['bootable']]
        return f'{default} boots next, bootable are {bootable}' if bootable and default not in bootable else None

    def require(self, *looks):
        for name, look in looks:
            found = look()
            if found:
                raise Wrong(f'{name}: {found}')

    def at_rest(self):
        """With nothing to hinder it, and nothing left to do."""
        self.counts['looks at rest'] += 1
        self.require(('partial module', self.partial), ('module of the kernel lost', self.lost), ('false ready', self.false_ready),
                     ('boot loader', self.damaged_block), ('boot loader', self.boots_unready))

    def meanwhile(self):
        """At any moment."""
        self.counts['looks meanwhile'] += 1
        self.require(('false ready', self.false_ready))
