"""As much of yum 3.4.3 as its plugin meets, for machines that have no yum.

Written after yum/plugins.py, yum/config.py and yum/constants.py of that release; where yum is
unkind to plugins, this is too.
"""
import configparser
import importlib.util
import os
import sys
import types

PLUGIN = os.path.abspath(os.path.join(os.path.dirname(__file__), '../../yum-plugin/yum3'))

TS_UPDATE, TS_INSTALL, TS_TRUEINSTALL, TS_ERASE = 10, 20, 30, 40
TS_OBSOLETED, TS_OBSOLETING, TS_UPDATED, TS_FAILED = 50, 60, 90, 100
TS_INSTALL_STATES = [TS_INSTALL, TS_TRUEINSTALL, TS_UPDATE, TS_OBSOLETING]
TS_REMOVE_STATES = [TS_ERASE, TS_OBSOLETED, TS_UPDATED]
TYPE_CORE, TYPE_INTERACTIVE = 0, 1
API_VERSION = (2, 7)


def load():
    """Import the plugin as yum does, fresh, and check what yum checks of it."""
    constants, plugins = types.ModuleType('yum.constants'), types.ModuleType('yum.plugins')
    constants.TS_INSTALL_STATES = TS_INSTALL_STATES
    constants.TS_REMOVE_STATES = TS_REMOVE_STATES
    plugins.TYPE_CORE = TYPE_CORE
    modules = {'yum': types.ModuleType('yum'), 'yum.constants': constants, 'yum.plugins': plugins}
    sys.modules.update(modules)
    try:
        spec = importlib.util.spec_from_file_location(
            'kmodkeeper', os.path.join(PLUGIN, 'kmodkeeper.py'))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        for name in modules:
            del sys.modules[name]
    major, minor = module.requires_api_version.split('.')
    assert int(major) == API_VERSION[0] and int(minor) <= API_VERSION[1]
    assert set(module.plugin_type) <= {TYPE_CORE, TYPE_INTERACTIVE}
    return module


class Package:
    """A package object, `po` in yum's own code."""

    def __init__(self, name, *provides, requires=()):
        self.name = name
        self.provides = [(name, 'EQ', ('0', '1', '1'))] + list(provides)
        self.requires = list(requires)

    @property
    def filelist(self):
        raise RuntimeError('Rpmdb changed underneath us')


class Member:
    def __init__(self, po, output_state):
        self.po = po
        self.output_state = output_state


class Sack:
    """Packages, those of the enabled repositories or the installed ones."""

    def __init__(self):
        self.packages = []
        self._found = {}

    def dropCachedData(self):
        self._found = {}

    def getProvides(self, name, flags=None, version=(None, None, None)):
        return self._matching('provides', name, flags, version)

    def getRequires(self, name, flags=None, version=(None, None, None)):
        return self._matching('requires', name, flags, version)

    def _matching(self, kind, name, flags, version):
        """Match as rpm does: what has no version, or a range of them, matches each.

        What was found once is found again, although it has been deleted meanwhile.
        """
        def hits(package):
            return [each for each in getattr(package, kind)
                    if each[0] == name and (each[1] != 'EQ' or flags is None or each[2] == version)]
        return self._found.setdefault((kind, name, flags, version), {
            package: hits(package) for package in self.packages if hits(package)})


class Conduit:
    """What a hook is called with."""

    def __init__(self, yum):
        self._yum = self._base = yum

    def getRpmDB(self):
        return self._yum.rpmdb

    def delPackage(self, po):
        self._yum.pkgSack.packages.remove(po)

    def getTsInfo(self):
        return self

    def getMembers(self):
        return list(self._yum.members)

    def getConf(self):
        return self._yum

    def confString(self, section, option, default=None):
        return self._option(section, option, default, str)

    def confBool(self, section, option, default=None):
        return self._option(section, option, default, parse_bool)

    def _option(self, section, option, default, parse):
        try:
            value = self._yum.plugin_conf.get(section, option)
        except (configparser.NoSectionError, configparser.NoOptionError):
            return default
        return parse(value)

    def info(self, level, message):
        if level <= self._yum.debuglevel:
            self._yum.lines.append(message)

    def error(self, level, message):
        if level <= self._yum.errorlevel:
            self._yum.warnings.append(message)


def parse_bool(text):
    if text.lower() in ('0', 'no', 'false'):
        return False
    if text.lower() in ('1', 'yes', 'true'):
        return True
    raise ValueError('invalid boolean value')


class Yum:
    """One run of yum: set its attributes, which are named as in yum's configuration, and run()."""

    def __init__(self, plugin, plugin_conf):
        self.plugin = plugin
        self.plugin_conf = configparser.ConfigParser()
        self.plugin_conf.read_string(plugin_conf)
        self.installroot, self.tsflags, self.debuglevel, self.errorlevel = '/', [], 2, 2
        self.members, self.lines, self.warnings = [], [], []
        self.pkgSack, self.rpmdb = Sack(), Sack()

    def fill(self):
        """Read the repositories."""
        self.plugin.exclude_hook(Conduit(self))

    def resolve(self):
        """Resolve a transaction."""
        self.plugin.postresolve_hook(Conduit(self))

    def run(self, meanwhile=lambda: None):
        """Go through a transaction; what escapes a hook escapes here, and is yum's abortion."""
        if not Conduit(self).confBool('main', 'enabled', False):
            return
        self.plugin.pretrans_hook(Conduit(self))
        meanwhile()
        self.plugin.posttrans_hook(Conduit(self))
