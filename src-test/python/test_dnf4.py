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
from conversations import KERNEL, Conversations, Outcome
from peers import GOOD, Peer, replies

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
    """The plugin's two hooks called as dnf does, on a transaction that dnf has resolved."""

    bases = {}

    def setUp(self):
        self.plugin = load()
        self.log = Log()
        logger = logging.getLogger('dnf.plugin')
        logger.addHandler(self.log)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        self.addCleanup(logger.removeHandler, self.log)

    def transact(self, socket, *packages, meanwhile=lambda: None):
        if packages not in self.bases:
            self.bases[packages] = real_dnf.resolved(*packages)
        base = self.bases[packages]
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
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        for name in 'MODULES', 'SOURCES':
            path = getattr(self.plugin, name)
            setattr(self.plugin, name, pathlib.Path(self.root, path.relative_to('/')))

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
