#!/usr/bin/python3
"""dnf as it is, with a stopwatch around all that its kmodkeeper plugin does.

usage: timed_dnf.py REPORT DNF-ARGUMENT...

REPORT gets one line of nanoseconds that add up to the plugin's whole time in dnf: loading and
configuring it, what it says before the question, its other hooks, its call of the daemon. Neither dnf nor
the plugin is changed.
"""
import sys
import time

import dnf.plugin
from dnf.cli import main

HOOKS = ('pre_config', 'config', 'sack', 'pre_transaction', 'transaction')
spent = {'load': 0, 'resolved': 0, 'hooks': 0, 'notify': 0}
inner = [0]  # for each call under way, the time of those within it
import_modules = dnf.plugin._import_modules


def timed(part, function):
    """Return function, with the time it takes added to its part; what it calls counts for theirs."""
    def call(*arguments):
        began = time.monotonic_ns()
        inner.append(0)
        try:
            return function(*arguments)
        finally:
            took = time.monotonic_ns() - began
            spent[part] += took - inner.pop()
            inner[-1] += took
    return call


def import_timed(package, files):
    """Import plugins one by one as dnf does, ours by the stopwatch."""
    for file in files:
        if file.endswith('/kmodkeeper.py'):
            timed('load', import_modules)(package, [file])
            watch(sys.modules[package.__name__ + '.kmodkeeper'])
        else:
            import_modules(package, [file])


def watch(module):
    """Put the stopwatch around all that dnf calls, and around the call of the daemon."""
    plugin = module.Kmodkeeper
    plugin.read_config = staticmethod(timed('load', plugin.read_config))
    plugin.__init__ = timed('load', plugin.__init__)
    plugin.resolved = timed('resolved', plugin.resolved)
    for hook in HOOKS:
        setattr(plugin, hook, timed('hooks', getattr(plugin, hook)))
    module.notify = timed('notify', module.notify)


dnf.plugin._import_modules = import_timed
status = main.user_main(sys.argv[2:], exit_code=False)
with open(sys.argv[1], 'w') as report:
    print(*spent.values(), file=report)
sys.exit(status)
