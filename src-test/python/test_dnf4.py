"""The dnf 4 plugin, inside the real dnf."""
import importlib.util
import json
import logging
import os
import pathlib
import tempfile
import time
import unittest

import real_dnf
from answers import BROKEN, DAY, Answers, answer, document
from conversations import KERNEL, Conversations, Outcome
from peers import GOOD, Peer, replies
from real_dnf import NEW

FILE = os.path.join(real_dnf.PLUGIN, 'kmodkeeper.py')


def load():
    """Return the plugin's module, fresh, so that a test may change what is in it."""
    spec = importlib.util.spec_from_file_location('dnf4_kmodkeeper', FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Log(logging.Handler):
    """What the plugin logged: (is it a warning, the line)."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append((record.levelno >= logging.WARNING, record.getMessage()))

    def of(self, warning):
        return [line for is_warning, line in self.records if is_warning == warning]


class HooksTest(unittest.TestCase):
    """The plugin's hooks called as dnf does, on a transaction that dnf has resolved."""

    bases = {}

    def setUp(self):
        self.plugin = load()
        self.log = Log()
        logger = logging.getLogger('dnf.plugin')
        logger.addHandler(self.log)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        self.addCleanup(logger.removeHandler, self.log)

    def base(self, packages):
        if packages not in self.bases:
            self.bases[packages] = real_dnf.resolved(*packages)
        return self.bases[packages]

    def below_a_root(self, *names):
        """Have the plugin find below self.root what these constants of it name."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        for name in names:
            path = getattr(self.plugin, name)
            setattr(self.plugin, name, pathlib.Path(self.root, path.relative_to('/')))

    def transact(self, socket, *packages, meanwhile=lambda: None):
        base = self.base(packages)
        with tempfile.TemporaryDirectory() as directory:
            base.conf.pluginconfpath = [directory]
            with open(os.path.join(directory, 'kmodkeeper.conf'), 'w') as conf:
                conf.write('[main]\nenabled = 1\n')
                conf.write('' if socket is None else 'socket = %s\n' % socket)
            plugin = self.plugin.Kmodkeeper(base, None)
            self.log.records.clear()
            plugin.pre_transaction()
            meanwhile()
            start = time.monotonic()
            plugin.transaction()
            seconds = time.monotonic() - start
        return Outcome(self.log.of(warning=False), self.log.of(warning=True), seconds)

    def told(self, *packages, meanwhile=lambda: None):
        """Return what the daemon is told, None when it is not called."""
        with Peer(replies(GOOD)) as peer:
            self.transact(peer.path, *packages, meanwhile=meanwhile)
        self.assertLessEqual(len(peer.requests), 1)
        for request in peer.requests:
            return json.loads(request[:-1].decode())['parameters']


class ConversationTest(HooksTest, Conversations):
    origin = 'dnf'

    def transact(self, socket, *packages, **more):
        return super().transact(socket, *packages or ['kernel-core-6.1.0-1.el9'], **more)


class WhatChangedTest(HooksTest):
    """What the daemon is told, of packages and of what is on the disk besides."""

    def setUp(self):
        super().setUp()
        self.below_a_root('MODULES', 'SOURCES')

    def make(self, path):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w'):
            pass

    def test_each_build_tool_matters(self):
        for tool in 'dkms', 'gcc', 'make', 'kmod':
            with self.subTest(tool):
                self.assertTrue(self.told(tool, 'unrelated')['toolsChanged'])

    def test_an_empty_transaction_is_not_told(self):
        self.assertIsNone(self.told(meanwhile=lambda: self.make('usr/src/ixgbevf-4.1/dkms.conf')))
        self.assertEqual(self.log.records, [])

    def test_a_provide_without_a_version_names_no_kernel(self):
        self.assertIsNone(self.told('kernel-unversioned'))

    def test_a_release_is_spelt_as_its_tree_is(self):
        told = self.told('kernel-64k-debug-core', meanwhile=lambda: self.make(
            'lib/modules/6.1.0-1.el9.aarch64+64k-debug/modules.order'))

        self.assertEqual(told['installed'], ['6.1.0-1.el9.aarch64+64k-debug'])

    def test_a_release_without_a_tree_is_spelt_as_the_package_provides_it(self):
        self.make('lib/modules/6.1.0-1.el9.x86_64/modules.order')

        told = self.told('kernel-64k-debug-core')

        self.assertEqual(told['installed'], ['6.1.0-1.el9.aarch64+64k_debug'])

    def test_a_tree_that_went_still_tells_how_its_release_is_spelt(self):
        transaction = real_dnf.resolved('kernel-64k-debug-core').transaction

        changed = self.plugin.changes(
            transaction, ({'6.1.0-1.el9.aarch64+64k-debug'}, {}), (set(), {}))

        self.assertEqual(changed['installed'], ['6.1.0-1.el9.aarch64+64k-debug'])

    def test_a_driver_source_that_came_or_went_or_changed_is_told(self):
        self.make('usr/src/ixgbevf-4.1/dkms.conf')
        moments = {
            'came': lambda: self.make('usr/src/i40e-2.20/dkms.conf'),
            'changed': lambda: self.make('usr/src/ixgbevf-4.1/Makefile'),
            'went': lambda: os.rename(os.path.join(self.root, 'usr/src/ixgbevf-4.1'),
                                      os.path.join(self.root, 'gone')),
        }
        for name, moment in moments.items():
            with self.subTest(name):
                told = self.told('unrelated', meanwhile=moment)

                self.assertTrue(told['sourcesChanged'])
                self.assertEqual(told['installed'], [])
                self.assertEqual(self.log.of(warning=False), [
                    "kmodkeeper: sources changed; drivers are being checked, run "
                    "'kmodkeeper wait' before a reboot"])

    def test_what_is_in_usr_src_besides_is_no_driver_source(self):
        self.make('usr/src/kernels/6.1.0-1.el9.x86_64/Makefile')

        told = self.told('unrelated', meanwhile=lambda: self.make('usr/src/debug/a/a.c'))

        self.assertIsNone(told)

    def test_a_dangling_link_among_the_sources_is_no_mistake(self):
        os.makedirs(os.path.join(self.root, 'usr/src'))
        os.symlink('/nonexistent', os.path.join(self.root, 'usr/src/ixgbevf-4.1'))

        self.assertIsNone(self.told('unrelated'))
        self.assertEqual(self.log.records, [])

    def test_a_source_that_vanishes_while_it_is_looked_at_is_no_mistake(self):
        self.plugin.SOURCES = type('', (), {'glob': lambda *_: [pathlib.Path('/nonexistent/a-1')]})()

        self.assertIsNone(self.told('unrelated'))
        self.assertEqual(self.log.records, [])

    @unittest.skipUnless(os.geteuid() == 0, 'rpm --root needs root')
    def test_rpm_changes_what_the_plugin_looks_at(self):
        def rpm(action, package):
            return lambda: real_dnf.rpm_in(self.root, action, real_dnf.rpm_file(package))
        steps = [
            ('installed', '-i', 'ixgbevf-source-4.1-1', True),
            ('reinstalled', '--reinstall', 'ixgbevf-source-4.1-1', True),
            ('upgraded', '-U', 'ixgbevf-source-4.2-1', True),
            ('headers only', '-i', 'kernel-uek-devel-5.15.0-1.el9uek', False),
        ]
        for name, action, package, changes in steps:
            with self.subTest(name):
                told = self.told('unrelated', meanwhile=rpm(action, package))

                self.assertEqual(bool(told), changes)
        self.assertTrue({'ixgbevf-4.2', 'kernels'} <= set(os.listdir(self.plugin.SOURCES)))


class AnswersTest(HooksTest, Answers):
    def setUp(self):
        super().setUp()
        self.below_a_root('ANSWERS', 'SOURCES')

    def resolve(self, *packages):
        self.log.records.clear()
        self.plugin.Kmodkeeper(self.base(packages or ('kernel-core-6.1.0-1.el9',)), None).resolved()
        return Outcome(self.log.of(warning=False), self.log.of(warning=True), 0)

    def test_the_answers_for_two_kernels_are_said_in_order(self):
        self.keep(document(answer('b', release='6.1.0-2.el9.x86_64'), answer('a')))

        outcome = self.resolve('kernel-core-6.1.0-1.el9', 'kernel-core-6.1.0-2.el9', 'unrelated')

        self.assertEqual(outcome.lines, ['kmodkeeper: kernel 6.1.0-1.el9.x86_64: a',
                                         'kmodkeeper: kernel 6.1.0-2.el9.x86_64: b'])

    def test_the_answer_for_a_flavour_is_said_whose_package_spells_it_otherwise(self):
        self.keep(document(answer('ready', release='6.1.0-1.el9.aarch64+64k-debug')))

        outcome = self.resolve('kernel-64k-debug-core')

        self.assertEqual(outcome.lines, ['kmodkeeper: kernel 6.1.0-1.el9.aarch64+64k-debug: ready'])

    def test_the_answer_for_a_kernel_of_oracle_is_said(self):
        self.keep(document(answer('ready', release='5.15.0-1.el9uek.x86_64')))

        outcome = self.resolve('kernel-uek-core-5.15.0-1.el9uek')

        self.assertEqual(outcome.lines, ['kmodkeeper: kernel 5.15.0-1.el9uek.x86_64: ready'])

    def test_modules_or_headers_alone_are_no_kernel(self):
        self.keep(document(answer()))

        self.assertEqual(self.resolve('kernel-modules', 'kernel-devel').lines, [])

    def test_an_unversioned_provide_is_no_kernel(self):
        self.keep(document(answer()))

        self.assertEqual(self.resolve('kernel-unversioned').lines, [])


@unittest.skipUnless(os.geteuid() == 0, 'dnf insists on root')
class HoldTest(unittest.TestCase):
    """hold-update, and what the answers are worth before the question, in /usr/bin/dnf."""

    HELD = ('kmodkeeper: kernel %s is left out (hold-update = yes): ' + BROKEN + '; '
            'to install it anyway, use --disableplugin=kmodkeeper or set hold-update = no')

    def setUp(self):
        self.host = self.make_host('hold-update = yes\n')

    def make_host(self, option):
        """Return a host with an older kernel, and a repository with one that a driver lacks."""
        host = real_dnf.Host('[main]\nenabled = 1\nsocket = /nonexistent/socket\n' + option)
        host.has('kernel-core-6.1.0-1.el9', 'kernel-devel-6.1.0-1.el9', 'unrelated-1-1')
        host.keep(document(answer(BROKEN, holds=True, release=NEW, drivers=[])))
        return host

    def dnf(self, *arguments):
        """Return (the names of what is installed of NEW's version besides, dnf's completed process)."""
        done = self.host.dnf('--enablerepo=newer', *arguments)
        return self.host.installed('6.1.0-611.el9', '2-1'), done

    def warnings(self, done):
        return [line for line in done.stderr.splitlines()
                if line.startswith('kmodkeeper') and 'daemon not notified' not in line]

    def test_by_default_the_kernel_comes_and_the_answer_is_said_before_the_question(self):
        for option in '', 'hold-update = no\n':
            with self.subTest(option):
                self.host = self.make_host(option)

                done = self.host.dnf('--enablerepo=newer', '--assumeno', 'upgrade')

                line = 'kmodkeeper: kernel %s: %s\n' % (NEW, BROKEN)
                self.assertIn(line, done.stdout)
                self.assertLess(done.stdout.index(line), done.stdout.index('Transaction Summary'))
                self.assertEqual(self.warnings(done), [])
        installed, _ = self.dnf('upgrade')
        self.assertIn('kernel-core', installed)

    def test_a_held_kernel_stays_out_and_the_rest_comes_with_the_newest_of_the_others(self):
        installed, done = self.dnf('upgrade')

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(installed, {'unrelated'})
        self.assertIn('kernel-core', self.host.installed('6.1.0-3.el9'))
        self.assertEqual(self.warnings(done), [self.HELD % NEW])
        self.assertNotIn('kmodkeeper: kernel', done.stdout)

    def test_all_that_belongs_to_a_held_kernel_stays_out(self):
        names = ('kernel', 'kernel-core', 'kernel-modules-core', 'kernel-modules',
                 'kernel-modules-extra', 'kernel-devel', 'kernel-devel-matched')
        installed, done = self.dnf('--setopt=strict=0', 'install', 'kernel-tools',
                                   'kernel-64k-debug-core', 'kernel-64k-debug-modules', 'kmod-vendor',
                                   *('%s-6.1.0-611.el9' % name for name in names))

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(installed, {'kernel-tools', 'kernel-64k-debug-core',
                                     'kernel-64k-debug-modules'})
        self.assertEqual(self.host.installed('1-1') - {'unrelated'}, {'kmod-vendor'})

    def test_what_requires_a_held_kernel_stops_no_update(self):
        for package, repository in (('kernel-devel-matched-6.1.0-1.el9', 'main'),
                                    ('kmod-vendor-1-1', 'newer')):
            with self.subTest(package):
                self.host = self.make_host('hold-update = yes\n')
                self.host.has(package, repository=repository)

                installed, done = self.dnf('--best', 'upgrade')

                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(installed, {'unrelated'})

    def test_a_flavour_is_held_alone(self):
        self.host.keep(document(answer(BROKEN, holds=True, release=NEW + '+64k-debug', drivers=[])))

        installed, done = self.dnf('--setopt=strict=0', 'install', 'kernel-64k-debug-core-6.1.0-611.el9',
                                   'kernel-64k-debug-modules', 'kernel-devel-matched')

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(installed, {'kernel-core', 'kernel-modules-core', 'kernel-devel',
                                     'kernel-devel-matched'})
        self.assertEqual(self.warnings(done), [self.HELD % (NEW + '+64k-debug')])

    def test_who_asks_for_a_held_kernel_is_told_why_there_is_none(self):
        installed, done = self.dnf('install', 'kernel-core-6.1.0-611.el9')

        self.assertEqual(done.returncode, 1)
        self.assertEqual(installed, set())
        self.assertEqual(self.warnings(done), [self.HELD % NEW])

    def test_a_quiet_dnf_says_it_in_its_log(self):
        self.dnf('-q', 'upgrade')

        with open(os.path.join(self.host.home, 'dnf.log')) as log:
            self.assertIn('WARNING ' + self.HELD % NEW, log.read())

    def test_who_overrides_it_gets_the_kernel(self):
        installed, done = self.dnf('--disableplugin=kmodkeeper', 'upgrade')

        self.assertTrue({'kernel-core', 'unrelated', 'kernel-devel'} <= installed)
        self.assertEqual(self.warnings(done), [])

    def test_no_kernel_is_held_without_a_fresh_answer_that_says_so(self):
        for name, kept in (('none', ''),
                           ('old', document(answer(BROKEN, True, NEW, ago=9 * DAY))),
                           ('another kernel', document(answer(BROKEN, True, KERNEL, drivers=[]))),
                           ('ready', document(answer(release=NEW, drivers=[]))),
                           ('no boolean', document(answer(BROKEN, 'yes', NEW, drivers=[])))):
            with self.subTest(name):
                self.host.keep(kept)

                done = self.host.dnf('--enablerepo=newer', '--assumeno', 'upgrade')

                self.assertRegex(done.stdout, r'kernel-core .* 6\.1\.0-611\.el9 ')
                self.assertEqual(self.warnings(done), [])

    def test_a_kernel_that_is_not_offered_is_not_spoken_of(self):
        done = self.host.dnf('install', 'dkms')

        self.assertEqual(self.warnings(done), [])

    def test_a_kernel_that_is_installed_is_not_held(self):
        self.host.has('kernel-core-6.1.0-611.el9', repository='newer')

        installed, done = self.dnf('install', 'kernel-modules')

        self.assertEqual(installed, {'kernel-core', 'kernel-modules'})
        self.assertEqual(self.warnings(done), [])

    def test_who_only_looks_sees_the_kernel(self):
        done = self.host.dnf('--enablerepo=newer', 'repoquery', 'kernel-core')

        self.assertIn('kernel-core-0:6.1.0-611.el9.noarch', done.stdout)
        self.assertEqual(self.warnings(done), [])

    def test_another_root_is_left_alone(self):
        done = self.host.dnf('--installroot', os.path.join(self.host.home, 'root'),
                             '--setopt=reposdir=/none', '--enablerepo=newer', '--assumeno',
                             'install', 'kernel-core')

        self.assertRegex(done.stdout, r'kernel-core .* 6\.1\.0-611\.el9 ')
        self.assertNotIn('kmodkeeper', done.stdout + done.stderr)

    def test_a_value_that_is_none_holds_nothing_and_is_told(self):
        self.host = self.make_host('hold-update = perhaps\n')

        installed, done = self.dnf('upgrade')

        self.assertIn('kernel-core', installed)
        warning, = self.warnings(done)
        self.assertIn('hold-update = perhaps is neither yes nor no', warning)

    def test_a_program_that_uses_dnf_is_held_as_well(self):
        self.assertEqual(set(self.host.program(real_dnf.UPGRADE).split()),
                         {'unrelated-2-1.noarch', 'kernel-core-6.1.0-3.el9.noarch'})


@unittest.skipUnless(os.geteuid() == 0, 'dnf insists on root')
class RealTransactionTest(unittest.TestCase):
    """/usr/bin/dnf from start to end, on a host with its own rpm database."""

    TAIL = "; drivers are being checked, run 'kmodkeeper wait' before a reboot"

    def setUp(self):
        self.peer = Peer(replies(GOOD)).__enter__()
        self.addCleanup(self.peer.__exit__)
        self.host = real_dnf.Host('[main]\nenabled = 1\nsocket = %s\n' % self.peer.path)

    def dnf(self, *arguments, **more):
        """Run dnf; return (what the daemon was told, the plugin's lines, the completed process)."""
        done = self.host.dnf(*arguments, **more)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if 'kmodkeeper' in line]
        self.assertLessEqual(len(self.peer.requests), 1)
        told = None
        for request in self.peer.requests:
            told = json.loads(request[:-1].decode())['parameters']
            self.assertEqual(told.pop('origin'), 'dnf')
            told = {key: value for key, value in told.items() if value}
        return told, lines, done

    def assert_dnf(self, *arguments, tells, says=None, **more):
        told, lines, done = self.dnf(*arguments, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(told, tells)
        if says is not None:
            self.assertEqual(lines, ['kmodkeeper: ' + says + self.TAIL])

    def assert_dnf_leaves_the_daemon_alone(self, *arguments, **more):
        told, lines, done = self.dnf(*arguments, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(told)
        self.assertEqual(lines, [])

    def test_a_kernel_comes(self):
        self.assert_dnf('install', 'kernel-core-6.1.0-1.el9', tells={'installed': [KERNEL]},
                        says='kernel 6.1.0-1.el9.x86_64 installed')

    def test_two_kernels_come_with_headers_and_tools(self):
        self.assert_dnf(
            'install', 'kernel-core-6.1.0-1.el9', 'kernel-core-6.1.0-2.el9', 'kernel-devel', 'gcc',
            tells={'installed': [KERNEL, '6.1.0-2.el9.x86_64'], 'headersChanged': True,
                   'toolsChanged': True},
            says='kernel 6.1.0-1.el9.x86_64 6.1.0-2.el9.x86_64 installed')

    def test_a_kernel_of_el_7_comes(self):
        self.assert_dnf('install', 'kernel', tells={'installed': ['3.10.0-1160.el7.x86_64']})

    def test_a_kernel_of_oracle_comes(self):
        self.assert_dnf('install', 'kernel-uek-core-5.15.0-1.el9uek',
                        tells={'installed': ['5.15.0-1.el9uek.x86_64']})

    def test_a_kernel_goes(self):
        self.host.has('kernel-core-6.1.0-1.el9')

        self.assert_dnf('remove', 'kernel-core', tells={'removed': [KERNEL]},
                        says='kernel 6.1.0-1.el9.x86_64 removed')

    def test_a_new_kernel_pushes_the_oldest_out(self):
        self.host.has('kernel-core-6.1.0-1.el9')
        self.host.has('kernel-core-6.1.0-2.el9')

        self.assert_dnf('upgrade', 'kernel-core', tells={
            'installed': ['6.1.0-3.el9.x86_64'], 'removed': [KERNEL]},
            says='kernel 6.1.0-3.el9.x86_64 installed, kernel 6.1.0-1.el9.x86_64 removed')

    def test_a_reinstalled_kernel_has_come(self):
        self.host.has('kernel-core-6.1.0-1.el9')

        self.assert_dnf('reinstall', 'kernel-core', tells={'installed': [KERNEL]})

    def test_an_upgrade_in_place_replaces_a_kernel(self):
        self.host.has('kernel-uek-core-5.15.0-1.el9uek')

        self.assert_dnf('upgrade', 'kernel-uek-core', tells={
            'installed': ['5.15.0-2.el9uek.x86_64'], 'removed': ['5.15.0-1.el9uek.x86_64']})

    def test_a_downgrade_replaces_a_kernel(self):
        self.host.has('kernel-uek-core-5.15.0-2.el9uek')

        self.assert_dnf('downgrade', 'kernel-uek-core', tells={
            'installed': ['5.15.0-1.el9uek.x86_64'], 'removed': ['5.15.0-2.el9uek.x86_64']})

    def test_an_obsoleted_kernel_has_gone(self):
        self.host.has('kernel-uek-core-5.15.0-1.el9uek')

        self.assert_dnf('--enablerepo=obsoleting', 'install', 'kernel-next-core', tells={
            'installed': ['7.0-1.x86_64'], 'removed': ['5.15.0-1.el9uek.x86_64']})

    def test_headers_come_later(self):
        self.assert_dnf('install', 'kernel-devel', tells={'headersChanged': True},
                        says='headers changed')

    def test_headers_of_oracle_go(self):
        self.host.has('kernel-uek-devel-5.15.0-1.el9uek')

        self.assert_dnf('remove', 'kernel-uek-devel', tells={'headersChanged': True})

    def test_build_tools_come(self):
        self.assert_dnf('install', 'dkms', 'unrelated', tells={'toolsChanged': True},
                        says='tools changed')

    def test_what_does_not_matter_is_not_told(self):
        self.assert_dnf_leaves_the_daemon_alone('install', 'unrelated', 'gcc-c++', 'kernel-modules')

    def test_an_empty_transaction_is_not_told(self):
        self.host.has('kernel-core-6.1.0-1.el9')

        self.assert_dnf_leaves_the_daemon_alone('install', 'kernel-core-6.1.0-1.el9')

    def test_a_transaction_on_another_root_is_not_told(self):
        root = os.path.join(self.host.home, 'root')

        self.assert_dnf_leaves_the_daemon_alone('--installroot', root, '--setopt=reposdir=/none',
                                                'install', 'kernel-core')

    def test_a_test_transaction_is_not_told(self):
        self.assert_dnf_leaves_the_daemon_alone('install', 'kernel-core', tsflags='test')

    def test_a_download_is_not_told(self):
        self.assert_dnf_leaves_the_daemon_alone('--downloadonly', 'install', 'kernel-core')

    def test_a_plugin_that_is_switched_off_tells_nothing(self):
        self.host = real_dnf.Host('[main]\nenabled = 0\nsocket = %s\n' % self.peer.path)

        self.assert_dnf_leaves_the_daemon_alone('install', 'kernel-core')

    def test_a_kernel_that_failed_to_install_has_not_come(self):
        told, lines, done = self.dnf('install', 'kernel-broken-core', tsflags='')

        self.assertIn('Failed:\n  kernel-broken-core', done.stdout)
        self.assertEqual(done.returncode, 1)
        self.assertIsNone(told)
        self.assertEqual(lines, [])

    def test_a_kernel_that_failed_to_go_has_not_gone(self):
        self.host.has('kernel-stuck-core-6.6.7-1')

        told, lines, done = self.dnf('remove', 'kernel-stuck-core', tsflags='')

        self.assertIn('Failed:\n  kernel-stuck-core', done.stdout)
        self.assertEqual(done.returncode, 1)
        self.assertIsNone(told)
        self.assertEqual(lines, [])

    def test_quiet_dnf_tells_the_daemon_and_not_the_operator(self):
        told, lines, _ = self.dnf('-q', 'install', 'kernel-core-6.1.0-1.el9')

        self.assertEqual(told, {'installed': [KERNEL]})
        self.assertEqual(lines, [])

    def test_without_the_daemon_dnf_does_all_the_same_but_for_one_warning(self):
        self.host = real_dnf.Host('[main]\nenabled = 1\nsocket = /nonexistent/socket\n')
        other = real_dnf.Host('[main]\nenabled = 0\n')

        other.dnf('makecache')
        done = self.host.dnf('install', 'kernel-core')
        without = other.dnf('install', 'kernel-core')

        self.assertEqual(done.returncode, 0)
        self.assertEqual(without.returncode, 0)
        self.assertEqual(said(done.stdout), said(without.stdout))
        self.assertEqual(said(done.stderr), said(without.stderr) + [
            "kmodkeeper: daemon not notified (/nonexistent/socket: No such file or directory), "
            "ignoring; it checks the host when it starts, see 'systemctl status kmodkeeper'"])

    def test_the_shipped_configuration_switches_the_plugin_on_and_names_the_default_socket(self):
        with open(os.path.join(real_dnf.PLUGIN, 'kmodkeeper.conf')) as conf:
            shipped = conf.read()
        self.assertIn('socket = ' + load().SOCKET + '\n', shipped)
        self.host = real_dnf.Host(shipped.replace(load().SOCKET, self.peer.path))

        self.assert_dnf('install', 'kernel-core-6.1.0-1.el9', tells={'installed': [KERNEL]})


def said(output):
    """Return the lines of dnf's output but for the one that depends on the clock."""
    return [line for line in output.splitlines() if not line.startswith('Last metadata')]


del HooksTest  # a base of the others, with no test of its own
