"""What the service costs: its start, the boot, its rest, and the commands that ask it."""
import pathlib
import time

from host import HOST, SERVICE, memory, start, stop, systemd, wait
from stopwatch import Unmeasured, run, take_turns
from table import Row, resident_rows


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


def metrics():
    """Processor time of the thread that writes kmodkeeper.prom, by the kernel's own account: for one pass, in which
    nothing changes but the time of the last one, and in as much time without any."""
    pathlib.Path('/var/lib/prometheus/node-exporter').mkdir(parents=True, exist_ok=True)
    run('kmodkeeper', 'notify')
    wait()
    pid, = systemd('MainPID')
    thread, = (task for task in pathlib.Path('/proc/%d/task' % pid).iterdir()
               if (task / 'comm').read_text() == 'metrics\n')
    prom = pathlib.Path('/var/lib/prometheus/node-exporter/kmodkeeper.prom')

    def spent():
        return int((thread / 'schedstat').read_text().split()[0]) / 1e6

    in_pass, at_rest = [], []
    for _ in range(40):
        before, inode = spent(), prom.stat().st_ino
        run('kmodkeeper', 'notify')  # to wait for the end of the pass would be another one
        time.sleep(1)
        after = spent()
        if prom.stat().st_ino == inode:
            raise Unmeasured('the metrics were not written')
        in_pass.append(after - before)
        time.sleep(1)
        at_rest.append(spent() - after)
    yield Row('metrics, processor time for a pass', 'ms', in_pass, target=1)
    yield Row('metrics, processor time in 1 s idle', 'ms', at_rest, target=0)


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
