"""What it takes to say what will become of drivers on kernels that are offered.

The repository that offers most of them is made here from the lab's own metadata: what it says of the packages of the
kernel that is installed, once for each kernel, under another release. So each provides as many symbols as a real one
does, and what is stored fits it; the packages themselves do not exist.
"""
import collections
import gzip
import hashlib
import json
import pathlib
import re
import resource
import shutil
import subprocess
import time

from crowd import Crowd
from host import HOST, KERNELS, NEW, VERSION, start, stop, wait
from stopwatch import Unmeasured, run
from table import Row
from transactions import timed_dnf

COUNT, DRIVERS = 20, 5
REPOSITORY = pathlib.Path('/var/tmp/bench-repository')
REPOSITORY_CONF = pathlib.Path('/etc/yum.repos.d/bench.repo')
PACKAGE = re.compile(r'<package type="rpm">.*?</package>', re.DOTALL)
CHECKSUM = re.compile(r'(<checksum type="sha256" pkgid="YES">)[0-9a-f]*')


def preflight():
    """Twenty offered kernels, those of the lab among them, and five drivers, by what is stored; then what the plugin
    takes to say one of these answers before the question. dnf's cache is warm."""
    stop()
    host = Crowd(HOST, VERSION, DRIVERS)
    start()
    wait()
    offer(COUNT - len(KERNELS[1:]))
    run('dnf', '--quiet', 'makecache')
    ask()
    took, used = zip(*(ask() for _ in range(7)))
    spoken = [timed_dnf(command, 'kernel-core-' + NEW)[1] for command in ('install', 'remove') * 9][::2]
    wait()
    stop()
    host.remove()
    REPOSITORY_CONF.unlink()
    shutil.rmtree(str(REPOSITORY))
    start()
    yield Row('preflight, %d kernels x %d drivers, stored' % (COUNT, DRIVERS), 'ms', took, target=3000)
    yield Row('  processor time', 'ms', used)
    yield Row('  plugin, before the question', 'ms', spoken, target=10)


def offer(count):
    """Have dnf be offered so many kernels that are newer than the lab's."""
    primary, = pathlib.Path('/lab/repo/repodata').glob('*primary.xml.gz')
    own = '-'.join(HOST.rsplit('.', 1)[0].split('-')[1:])
    models = [package for package in PACKAGE.findall(gzip.decompress(primary.read_bytes()).decode()) if own in package]
    made = [copy.replace(own, own.replace(own.split('.')[0], str(700 + number)))
            for number in range(count) for copy in models]
    unlike = [CHECKSUM.sub(lambda found, text=text: found.group(1) + hashlib.sha256(text.encode()).hexdigest(), text)
              for text in made]
    metadata = gzip.compress((
        '<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" '
        'xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="%d">\n%s\n</metadata>\n'
        % (len(unlike), '\n'.join(unlike))).encode())
    folder = REPOSITORY / 'repodata'
    folder.mkdir(parents=True)
    (folder / 'primary.xml.gz').write_bytes(metadata)
    (folder / 'repomd.xml').write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">\n'
        '<revision>1</revision>\n<data type="primary"><checksum type="sha256">%s</checksum>'
        '<location href="repodata/primary.xml.gz"/></data>\n</repomd>\n' % hashlib.sha256(metadata).hexdigest())
    REPOSITORY_CONF.write_text('[bench]\nname=Kernels that do not exist\nbaseurl=file://%s\n' % REPOSITORY)


def ask():
    """Return the milliseconds that the command takes, and those of processor time; it must answer all, and ready but for
    the lab's own kernels."""
    before, began = busy(), time.monotonic()
    done = subprocess.run(('kmodkeeper', 'preflight', '--depth', 'stored', '--json'), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True)
    took, used = time.monotonic() - began, busy() - before
    try:
        answers = json.loads(done.stdout)['answers']
    except ValueError:
        raise Unmeasured('preflight: exit status %d\n%s' % (done.returncode, done.stderr))
    others = len(KERNELS[1:]) * DRIVERS
    verdicts = collections.Counter(answer['verdict'] for answer in answers)
    if verdicts != {'ready': COUNT * DRIVERS - others, 'missing': others}:
        raise Unmeasured('unexpected answers: %s' % verdicts)
    return took * 1000, used * 1000


def busy():
    """Return the seconds of processor time of the commands that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
