"""As much of libdnf5's actions plugin as our actions file meets, for machines that have no dnf 5.

Written after libdnf5-actions(8) of dnf5 5.2: how a line is read, which packages a filter means, that
the same command is run once, and what becomes of a command's output.
"""
import fnmatch
import re
import subprocess
from typing import NamedTuple

CALLBACKS = {'pre_base_setup', 'post_base_setup', 'repos_configured', 'repos_loaded',
             'pre_add_cmdline_packages', 'post_add_cmdline_packages', 'goal_resolved',
             'pre_transaction', 'post_transaction'}
WITH_PACKAGES = {'goal_resolved', 'pre_transaction', 'post_transaction'}
ENABLED = {'0': lambda root: False, '1': lambda root: True,
           'host-only': lambda root: root == '/', 'installroot-only': lambda root: root != '/'}


class Package(NamedTuple):
    """One of a transaction; direction is in or out."""
    name: str
    direction: str
    version: str = '6.1.0'
    release: str = '1.el10'
    arch: str = 'x86_64'

    def is_meant_by(self, pattern):
        evr = '%s-%s' % (self.version, self.release)
        forms = (self.name, '%s.%s' % (self.name, self.arch), '%s-%s' % (self.name, self.version),
                 '%s-%s' % (self.name, evr), '%s-%s.%s' % (self.name, evr, self.arch))
        return any(fnmatch.fnmatchcase(form, pattern) for form in forms)


class Action(NamedTuple):
    """One line of an actions file."""
    callback: str
    package_filter: str
    direction: str
    options: dict
    command: tuple

    @classmethod
    def read(cls, line):
        """Return the action of a line; ValueError as dnf 5 refuses it: it then does not start."""
        fields = line.split(':', 4)
        if len(fields) < 5:
            raise ValueError('CALLBACK:PKG_FILTER:DIRECTION:OPTIONS:CMD format expected')
        callback, package_filter, direction, options, command = fields
        if callback not in CALLBACKS:
            raise ValueError('unknown callback %s' % callback)
        if package_filter and callback not in WITH_PACKAGES:
            raise ValueError('%s takes no package filter' % callback)
        if direction not in ('', 'in', 'out') or direction and not package_filter:
            raise ValueError('bad direction %s' % direction)
        settings = dict(option.split('=', 1) for option in options.split())
        if settings.keys() - {'enabled', 'mode', 'raise_error'}:
            raise ValueError('unknown option in %s' % options)
        if settings.get('enabled', '1') not in ENABLED:
            raise ValueError('unknown value in %s' % options)
        if not command.split():
            raise ValueError('missing command')
        return cls(callback, package_filter, direction, settings, tuple(command.split()))

    def commands(self, installroot, packages):
        """Return the command for each package that is meant; one, where no filter says which are."""
        if not ENABLED[self.options.get('enabled', '1')](installroot):
            return []
        if not self.package_filter:
            return [self.command]
        return [tuple(re.sub(r'\$\{pkg\.(\w+)\}', lambda found: getattr(each, found.group(1)), word)
                      for word in self.command)
                for each in packages if each.direction.startswith(self.direction)
                and each.is_meant_by(self.package_filter)]


def read(text):
    """Return the actions of a file."""
    return [Action.read(line) for line in text.splitlines() if line and line[0] != '#']


def commands(actions, callback, packages, installroot='/'):
    """Return what a transaction runs at that callback, in order, each command once."""
    return list(dict.fromkeys(command for action in actions if action.callback == callback
                              for command in action.commands(installroot, packages)))


def run(command):
    """Run it as dnf 5 does: nothing to read, each line of output is an order, what is said on standard
    error is seen as it comes. Return the lines of both."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=10)
    return done.stdout.splitlines(), done.stderr.splitlines()
