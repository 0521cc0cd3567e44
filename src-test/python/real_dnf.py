"""Real packages, a real repository and the real dnf, all below one temporary directory.

Nothing else is written on the machine that runs the tests: a Host has its own rpm database
(`%_dbpath` in its `~/.rpmmacros`) and `tsflags=justdb`, and so its installroot can be `/`.
"""
import atexit
import functools
import os
import shutil
import subprocess
import tempfile

import dnf

PLUGIN = os.path.abspath(os.path.join(os.path.dirname(__file__), '../../yum-plugin/dnf4'))

SPEC = """
Name: {name}
Version: {version}
Release: {release}
Summary: A package of the plugin's tests
License: Apache-2.0
BuildArch: noarch
AutoReqProv: no
{tags}
%description
%install
{install}
%files
{files}
"""


def spec(name, version, release, *tags, files=(), scriptlet=''):
    install = ['mkdir -p %{{buildroot}}{0}; echo {1} >%{{buildroot}}{2}'.format(
        os.path.dirname(path), version, path) for path in files]
    text = SPEC.format(name=name, version=version, release=release, tags='\n'.join(tags),
                       install='\n'.join(install), files='\n'.join(files))
    return text + scriptlet


def provides(capability, release):
    return 'Provides: %s = %s' % (capability, release)


def requires(capability, release):
    return 'Requires: %s = %s' % (capability, release)


MANY = 'Provides: installonlypkg(kernel)'  # several may be installed side by side
PACKAGES = [
    # The names and Provides are those of EL 7, 8, 9 and Oracle's UEK.
    *(spec('kernel-core', '6.1.0', '%d.el9' % n, MANY,
           provides('kernel-uname-r', '6.1.0-%d.el9.x86_64' % n)) for n in (1, 2, 3)),
    spec('kernel-64k-debug-core', '6.1.0', '1.el9', MANY,
         provides('kernel-uname-r', '6.1.0-1.el9.aarch64+64k_debug')),
    spec('kernel', '3.10.0', '1160.el7', provides('kernel-uname-r', '3.10.0-1160.el7.x86_64'),
         provides('kernel-drm', '4.3.0')),
    *(spec('kernel-uek-core', '5.15.0', '%d.el9uek' % n,
           provides('kernel-uek-uname-r', '5.15.0-%d.el9uek.x86_64' % n)) for n in (1, 2)),
    spec('kernel-devel', '6.1.0', '1.el9', MANY, provides('kernel-devel-uname-r', '6.1.0-1.el9.x86_64'),
         provides('kernel-devel-x86_64', '6.1.0-1.el9')),
    spec('kernel-devel-matched', '6.1.0', '1.el9', requires('kernel-core', '6.1.0-1.el9'),
         requires('kernel-devel', '6.1.0-1.el9')),
    spec('kernel-uek-devel', '5.15.0', '1.el9uek',
         provides('kernel-uek-devel-uname-r', '5.15.0-1.el9uek.x86_64'),
         files=['/usr/src/kernels/5.15.0-1.el9uek.x86_64/Makefile']),
    spec('kernel-modules', '6.1.0', '1.el9',
         provides('kernel-modules-uname-r', '6.1.0-1.el9.x86_64')),
    spec('kernel-unversioned', '1', '1', 'Provides: kernel-uname-r'),
    *(spec(name, '1', '1') for name in ('dkms', 'gcc', 'make', 'kmod', 'gcc-c++', 'unrelated')),
    *(spec('ixgbevf-source', version, '1',
           files=['/usr/src/ixgbevf-%s/%s' % (version, name) for name in ('dkms.conf', 'src/a.c')])
      for version in ('4.1', '4.2')),
    spec('kernel-broken-core', '6.6.6', '1', provides('kernel-uname-r', '6.6.6-1.x86_64'),
         scriptlet='%pre -p <lua>\nerror("as the test wants it")'),
    spec('kernel-stuck-core', '6.6.7', '1', provides('kernel-uname-r', '6.6.7-1.x86_64'),
         scriptlet='%preun -p <lua>\nerror("as the test wants it")'),
]
OBSOLETING = [spec('kernel-next-core', '7.0', '1', 'Obsoletes: kernel-uek-core',
                   provides('kernel-uname-r', '7.0-1.x86_64'))]

# A kernel as EL 9 has it, with a flavour, and what is not of it though it looks so.
NEW = '6.1.0-611.el9.x86_64'
NEWER = [
    *(spec(name, '6.1.0', '611.el9', *tags) for name, *tags in (
        ('kernel', MANY, requires('kernel-core-uname-r', NEW), requires('kernel-modules-uname-r', NEW)),
        ('kernel-core', MANY, provides('kernel-uname-r', NEW), provides('kernel-core-uname-r', NEW),
         requires('kernel-modules-core-uname-r', NEW)),
        ('kernel-modules-core', provides('kernel-modules-core-uname-r', NEW),
         requires('kernel-uname-r', NEW)),
        ('kernel-modules', provides('kernel-modules-uname-r', NEW), requires('kernel-uname-r', NEW)),
        ('kernel-modules-extra', requires('kernel-uname-r', NEW),
         requires('kernel-modules-uname-r', NEW)),
        ('kernel-devel', MANY, provides('kernel-devel-uname-r', NEW)),
        ('kernel-devel-matched', requires('kernel-core', '6.1.0-611.el9'),
         requires('kernel-devel', '6.1.0-611.el9')),
        ('kernel-64k-debug-core', MANY, provides('kernel-uname-r', NEW + '+64k_debug')),
        ('kernel-64k-debug-modules', requires('kernel-uname-r', NEW + '+64k_debug')),
        ('kernel-tools', 'Requires: kernel-core >= 6.1.0'))),
    spec('kmod-vendor', '2', '1', requires('kernel-uname-r', NEW)),
    spec('kmod-vendor', '1', '1', 'Requires: kernel-uname-r >= 6.1.0'),
    spec('unrelated', '2', '1'),
]


@functools.lru_cache(maxsize=None)
def world():
    """Return a directory with the repositories main, newer and obsoleting, made when first asked."""
    directory = tempfile.mkdtemp(prefix='kmodkeeper-dnf-')
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    for name, packages in (('main', PACKAGES), ('newer', NEWER), ('obsoleting', OBSOLETING)):
        repository = os.path.join(directory, name)
        os.mkdir(repository)
        specs = []
        for number, text in enumerate(packages):
            specs.append(os.path.join(directory, '%s-%d.spec' % (name, number)))
            with open(specs[-1], 'w') as file:
                file.write(text)
        _run('rpmbuild', '-bb', '--quiet', '--define', '_topdir %s/rpmbuild' % directory,
             '--define', '_rpmdir ' + repository, '--define', '_build_name_fmt %{NAME}-%{VERSION}-'
             '%{RELEASE}.rpm', *specs, home=directory)
        _run('createrepo_c', '--quiet', repository, home=directory)
    return directory


UPGRADE = """
import sys
import dnf
base = dnf.Base()
base.conf.config_file_path = sys.argv[1]
base.conf.read()
base.conf.substitutions['releasever'] = '9'
base.init_plugins()
base.pre_configure_plugins()
base.read_all_repos()
base.repos['newer'].enable()
base.configure_plugins()
base.fill_sack()
base.upgrade_all()
base.resolve()
print(*base.transaction.install_set)
"""


class Host:
    """A machine to run dnf on, with the plugin and its kmodkeeper.conf.

    The plugin is a copy that finds in `home` what it would in /var/lib.
    """

    def __init__(self, conf):
        self.home = tempfile.mkdtemp(dir=world())
        self._write('.rpmmacros', '%_dbpath {0}/rpmdb\n%_rpmlock_path {0}/rpmdb/.rpm.lock\n'.format(
            self.home))
        self._write('kmodkeeper.conf', conf)
        os.mkdir(os.path.join(self.home, 'plugins'))
        with open(os.path.join(PLUGIN, 'kmodkeeper.py')) as plugin:
            self._write('plugins/kmodkeeper.py',
                        plugin.read().replace("'/var/lib/", "'%s/var/lib/" % self.home))
        self._write('dnf.conf', (
            '[main]\nreposdir=/nonexistent\nvarsdir=/nonexistent\ngpgcheck=0\nassumeyes=1\n'
            'installonly_limit=2\nreleasever=9\ncachedir={1}/cache\nsystem_cachedir={1}/cache\n'
            'persistdir={0}/persist\nlogdir={0}\npluginpath={0}/plugins\npluginconfpath={0}\n'
            '[newer]\nname=newer\nbaseurl=file://{1}/newer\nenabled=0\n'
            '[main-repository]\nname=main\nbaseurl=file://{1}/main\n'
            '[obsoleting]\nname=obsoleting\nbaseurl=file://{1}/obsoleting\nenabled=0\n').format(
                self.home, world()))

    def _write(self, name, text):
        with open(os.path.join(self.home, name), 'w') as file:
            file.write(text)

    def has(self, *packages, repository='main'):
        """Make the packages, by file name, installed."""
        _run('rpm', '-i', '--justdb', '--nodeps',
             *(rpm_file(package, repository) for package in packages), home=self.home)

    def installed(self, *evrs):
        """Return the names of the installed packages of these versions and releases."""
        lines = _run('rpm', '-qa', '--qf', '%{name} %{version}-%{release}\n', home=self.home)
        return {name for name, evr in map(str.split, lines.splitlines()) if evr in evrs}

    def keep(self, text):
        """Make this what the daemon keeps of a preflight."""
        os.makedirs(os.path.join(self.home, 'var/lib/kmodkeeper'), exist_ok=True)
        self._write('var/lib/kmodkeeper/preflight.json', text)

    def dnf(self, *arguments, tsflags='justdb'):
        """Run dnf as an operator would; return the completed process."""
        return self._run('/usr/bin/dnf', '-c', os.path.join(self.home, 'dnf.conf'),
                         '--setopt=tsflags=' + tsflags, *arguments)

    def program(self, text):
        """Run a program that uses dnf as dnf-automatic does; return what it prints."""
        return self._run('/usr/bin/python3', '-c', text, os.path.join(self.home, 'dnf.conf')).stdout

    def _run(self, *command):
        return subprocess.run(
            command,
            env=dict(os.environ, HOME=self.home, LC_ALL='C', PYTHONDONTWRITEBYTECODE='1'),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)


def rpm_file(package, repository='main'):
    return os.path.join(world(), repository, package + '.rpm')


def resolved(*packages):
    """Return a dnf.Base whose transaction, which nobody runs, installs the packages."""
    base = dnf.Base()
    base.conf.cachedir = os.path.join(world(), 'cache-of-base')
    base.conf.persistdir = os.path.join(world(), 'persist-of-base')
    os.makedirs(base.conf.persistdir, exist_ok=True)
    base.conf.substitutions['releasever'] = '9'
    base.repos.add_new_repo('main', base.conf, baseurl=['file://%s/main' % world()])
    base.fill_sack(load_system_repo=False)
    for package in packages:
        base.install(package)
    base.resolve()
    return base


def rpm_in(root, *arguments):
    """Run rpm on the root directory, with files and all; needs to be root."""
    _run('rpm', '--root', root, '--nodeps', '--dbpath', '/rpmdb', *arguments, home=root)


def _run(*command, home):
    done = subprocess.run(command, env=dict(os.environ, HOME=home), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        raise RuntimeError('%s exited %d: %s' % (command[0], done.returncode, done.stdout))
    return done.stdout
