"""The table: its rows, and how they are shown."""
import statistics
from typing import NamedTuple, Optional

LAYOUT = '{:<42} {:>9} {:>17} {:>4} {:>8} {:>5} {:>9} {:>10}'


class Row(NamedTuple):
    """One line of the table: samples of ours, and of the same done by dkms where it does that."""
    what: str
    unit: str
    ours: list
    target: Optional[float] = None
    dkms: list = []


def resident_rows(when, samples):
    """The daemon's memory, of samples of host.memory."""
    resident, proportional = zip(*samples)
    yield Row('daemon resident ' + when, 'MiB', resident, target=64)
    yield Row('  its share of it (PSS)', 'MiB', proportional)


def show_head():
    print()
    print(LAYOUT.format('', 'median', 'min–max', 'runs', 'target', '', 'dkms', 'ours/dkms'))


def show(row):
    median = statistics.median(row.ours)
    target = verdict = dkms = ratio = ''
    if row.target is not None:
        target = '≤ %g' % row.target
        verdict = 'PASS' if median <= row.target else 'over'
    if row.dkms:
        dkms = figure(statistics.median(row.dkms))
        ratio = '%.2f' % (median / statistics.median(row.dkms))
    spread = '%s–%s' % (figure(min(row.ours)), figure(max(row.ours)))
    print(LAYOUT.format('%s, %s' % (row.what, row.unit), figure(median), spread, len(row.ours),
                        target, verdict, dkms, ratio), flush=True)


def figure(value):
    return '%.2f' % value if abs(value) < 10 else '%.1f' % value if abs(value) < 100 else '%.0f' % value
