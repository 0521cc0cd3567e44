#!/usr/bin/python3
"""Measures kmodkeeper, and dkms beside it, inside a lab; prints a table.

usage: measure.py [SECTION...] <HOOKS    HOOKS is a tar of /etc/kernel with dkms's own hooks

All wall times are taken by time.monotonic around a command as an operator types it. What is compared
takes turns, in changing order, so that a change of the machine's mood meets all alike. The host: one
kernel with headers, and ixgbevf, registered with dkms and ready. The exit status is non-zero if
something could not be measured, never for a time. What a section measures is told in transactions.py,
service.py, growth.py, arrivals.py, outlook.py, fleet.py and scrapes.py.
"""
import sys

from arrivals import classes, direct, package, stored
from fleet import fleet_page
from growth import crowd, looks
from host import prepare, unpack_hooks
from outlook import preflight
from scrapes import fleet_rules
from service import boot, idle, metrics, restarts, status
from stopwatch import Unmeasured
from table import show, show_head
from transactions import hook_alone, notify_alone, whole_transaction, whole_update, within_dnf

SECTIONS = {each.__name__: each for each in (
    whole_transaction, within_dnf, hook_alone, notify_alone, whole_update, stored, package, classes, direct,
    preflight, restarts, boot, idle, metrics, status, looks, crowd,
    fleet_page, fleet_rules)}


def main(names):
    """Print the table; return the exit status."""
    status = 0
    prepare()
    show_head()
    for name in names or SECTIONS:
        try:
            for row in SECTIONS[name]():
                show(row)
        except (Unmeasured, OSError, ValueError) as failure:
            print('%s: not measured: %s' % (name, failure), file=sys.stderr)
            status = 1
    return status


unpack_hooks(sys.stdin.buffer)
sys.exit(main(sys.argv[1:]))
