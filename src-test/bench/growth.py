"""What a look costs, and how that grows with kernels and drivers."""
import collections
import json
import pathlib
import socket
import subprocess
import time

from crowd import DRIVER, Crowd
from host import HOST, SERVICE, SOCKET, VERSION, memory, start, stop, systemd, wait
from stopwatch import Unmeasured, run
from table import Row


def looks():
    """Hosts that there are, 3 kernels with 2 drivers and 10 with 5, all ready: what a look costs in the daemon."""
    for kernels, drivers, first, again in (3, 2, 150, 5), (10, 5, 400, 15):
        stop()
        host = Crowd(HOST, VERSION, drivers)
        host.grow(kernels)
        start()
        wait()
        expect_ready(host.cells())
        yield from look_rows('%d kernels x %d drivers' % (kernels, drivers), first, again)
        run('dkms', 'unbuild', '%s/%s' % (DRIVER, VERSION), '-k', HOST)
        wait()
        expect_ready(host.cells())
        yield Row('  daemon resident after a build', 'MiB', [memory()[0]], 64)
        stop()
        host.remove()
    start()


def crowd():
    """Twenty drivers on ever more kernels, all ready: what a look costs, and how that grows."""
    stop()
    host = Crowd(HOST, VERSION, 20)
    for count in 25, 50, 100:
        host.grow(count)
        start()
        wait()
        expect_ready(host.cells())
        most = count == 100
        dkms = [dkms_status(host.cells())] if most else []  # takes minutes
        yield from look_rows('%d kernels x 20 drivers' % count, 4500 if most else None, 120 if most else None, dkms)
        yield Row('  kmodkeeper check, with its own start', 'ms', [run('kmodkeeper', 'check') for _ in range(7)])
    stop()
    host.remove()
    start()


def look_rows(host, first, again, dkms=()):
    """The first look of a fresh daemon, and another one with all unchanged, with these budgets in milliseconds."""
    fresh, resident = [], []
    for _ in range(9):
        fresh.append(first_status())
        wait()
        resident.append(memory()[0])
    known = [timed_ask() for _ in range(41)]
    took, used = zip(*fresh)
    yield Row('%s: first status' % host, 'ms', took, first, dkms)
    yield Row('  processor time', 'ms', used)
    took, used = zip(*known)
    yield Row('  unchanged, looked at again', 'ms', took, again, dkms)
    yield Row('  processor time', 'ms', used)
    yield Row('  daemon resident', 'MiB', resident, 64)


def first_status():
    """Return the milliseconds from a fresh daemon's READY=1 until it has answered Status, and the processor time
    that its service uses meanwhile."""
    run('systemctl', 'reset-failed', SERVICE)  # so many starts are a failure to systemd
    run('systemctl', 'restart', SERVICE)
    before = busy()
    ask()
    answered, used = time.monotonic(), busy() - before
    ready, = systemd('ActiveEnterTimestampMonotonic')
    return answered * 1000 - ready / 1000, used


def timed_ask():
    """Return the milliseconds that an answer takes, and the processor time that the service uses meanwhile."""
    before = busy()
    return ask()[0], busy() - before


def busy():
    """Return the milliseconds of processor time that the daemon and all that it starts have used."""
    used = pathlib.Path('/sys/fs/cgroup/system.slice', SERVICE, 'cpu.stat').read_text().split()[1]
    return int(used) / 1000


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
