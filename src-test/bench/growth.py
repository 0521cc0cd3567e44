"""What a look costs on a host with many kernels and many drivers."""
import collections
import json
import socket
import statistics
import subprocess
import time

from crowd import Crowd
from host import HOST, SERVICE, SOCKET, VERSION, memory, start, stop, wait
from stopwatch import Unmeasured, run
from table import Row


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


def first_status():
    """`kmodkeeper status` as soon as a fresh daemon listens."""
    run('systemctl', 'reset-failed', SERVICE)  # so many starts are a failure to systemd
    run('systemctl', 'restart', SERVICE)
    return run('kmodkeeper', 'status')


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
