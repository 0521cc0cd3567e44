"""The table: its rows, and how they are shown."""
import statistics
from typing import NamedTuple, Optional

LAYOUT = '{:<42} {:>9} {:>17} {:>4} {:>8} {:>5} {:>9} {:>10} {:>7} {:>5}'


class Row(NamedTuple):
    """One line of the table: samples of ours, and of the same done by dkms where it does that; the targets are of the
    median and of its ratio to dkms's."""
    what: str
    unit: str
    ours: list
    target: Optional[float] = None
    dkms: list = []
    ratio: Optional[float] = None


def resident_rows(when, samples):
    """The daemon's memory, of samples of host.memory."""
    resident, proportional = zip(*samples)
    yield Row('daemon resident ' + when, 'MiB', resident, target=64)
    yield Row('  its share of it (PSS)', 'MiB', proportional)


def show_head():
    print()
    print(LAYOUT.format('', 'median', 'min–max', 'runs', 'target', '', 'dkms', 'ours/dkms', 'target', ''))


def show(row):
    median = statistics.median(row.ours)
    dkms = ratio = ''
    by_ratio = '', ''
    if row.dkms:
        beside = median / statistics.median(row.dkms)
        dkms, ratio = figure(statistics.median(row.dkms)), '%.3f' % beside if beside < 0.1 else '%.2f' % beside
        by_ratio = judged(beside, row.ratio)
    spread = '%s–%s' % (figure(min(row.ours)), figure(max(row.ours)))
    print(LAYOUT.format('%s, %s' % (row.what, row.unit), figure(median), spread, len(row.ours),
                        *judged(median, row.target), dkms, ratio, *by_ratio).rstrip(), flush=True)


def judged(value, target):
    """Return the target, and whether the value is within it."""
    return ('', '') if target is None else ('≤ %g' % target, 'PASS' if value <= target else 'over')


def figure(value):
    return '%.2f' % value if abs(value) < 10 else '%.1f' % value if abs(value) < 100 else '%.0f' % value
