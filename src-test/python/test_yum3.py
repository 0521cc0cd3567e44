"""The yum 3 plugin, inside a host that stands in for yum 3.4.3."""
import json
import os
import tempfile
import time
import unittest

import yum_host
from conversations import KERNEL, Conversations, Outcome
from peers import GOOD, Peer, replies
from yum_host import (TS_ERASE, TS_FAILED, TS_INSTALL, TS_OBSOLETED, TS_OBSOLETING, TS_TRUEINSTALL,
                      TS_UPDATE, TS_UPDATED, Member, Package, Yum)


def release(capability, version, build):
    return capability, 'EQ', ('0', version, build)


def kernel(build='1.el9.x86_64', capability='kernel-uname-r', version='6.1.0'):
    return Package('kernel', release(capability, version, build),
                   ('kernel-drm', None, (None, None, None)))


def headers(capability='kernel-devel-uname-r'):
    return Package('kernel-devel', release(capability, '6.1.0', '1.el9.x86_64'),
                   release('kernel-devel-x86_64', '6.1.0', '1.el9'))


class ConversationTest(Conversations, unittest.TestCase):
    origin = 'yum'

    def setUp(self):
        self.plugin = yum_host.load()

    def transact(self, socket):
        yum = Yum(self.plugin, '[main]\nenabled = 1\n'
                  + ('' if socket is None else 'socket = %s\n' % socket))
        yum.members = [Member(kernel(), TS_INSTALL)]
        start = time.monotonic()
        yum.run()
        return Outcome(yum.lines, yum.warnings, time.monotonic() - start)


class TransactionTest(unittest.TestCase):
    """What the daemon is told of a transaction."""

    TAIL = "; drivers are being checked, run 'kmodkeeper wait' before a reboot"

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.plugin = yum_host.load()
        self.plugin.MODULES = self.root + self.plugin.MODULES
        self.plugin.SOURCES = self.root + self.plugin.SOURCES
        self.peer = Peer(replies(GOOD)).__enter__()
        self.addCleanup(self.peer.__exit__)
        self.yum = Yum(self.plugin, '[main]\nenabled = 1\nsocket = %s\n' % self.peer.path)

    def make(self, path):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w'):
            pass

    def told(self, *members, meanwhile=lambda: None):
        """Return what the daemon is told, None when it is not called."""
        self.peer.requests.clear()
        self.yum.lines.clear()
        self.yum.members = [Member(*member) for member in members]
        self.yum.run(meanwhile)
        self.assertEqual(self.yum.warnings, [])
        self.assertEqual(len(self.yum.lines), len(self.peer.requests))
        for request in self.peer.requests:
            told = json.loads(request[:-1].decode())['parameters']
            self.assertEqual(told.pop('origin'), 'yum')
            return {key: value for key, value in told.items() if value}

    def test_a_kernel_comes(self):
        for state in TS_INSTALL, TS_TRUEINSTALL, TS_UPDATE, TS_OBSOLETING:
            with self.subTest(output_state=state):
                self.assertEqual(self.told((kernel(), state)), {'installed': [KERNEL]})

    def test_two_kernels_come_with_headers_and_tools(self):
        told = self.told((Package('gcc'), TS_UPDATE), (headers(), TS_INSTALL),
                         (kernel('2.el9.x86_64'), TS_INSTALL), (kernel(), TS_INSTALL),
                         (Package('unrelated'), TS_INSTALL))

        self.assertEqual(told, {'installed': [KERNEL, '6.1.0-2.el9.x86_64'],
                                'headersChanged': True, 'toolsChanged': True})
        self.assertEqual(self.yum.lines, [
            'kmodkeeper: kernel 6.1.0-1.el9.x86_64 6.1.0-2.el9.x86_64 installed' + self.TAIL])

    def test_a_kernel_goes(self):
        for state in TS_ERASE, TS_UPDATED, TS_OBSOLETED:
            with self.subTest(output_state=state):
                self.assertEqual(self.told((kernel(), state)), {'removed': [KERNEL]})

    def test_a_kernel_that_failed_to_install_has_not_come(self):
        self.assertIsNone(self.told((kernel(), TS_FAILED)))

    def test_a_kernel_of_el_7_comes(self):
        self.assertEqual(self.told((kernel('1160.el7.x86_64', version='3.10.0'), TS_INSTALL)),
                         {'installed': ['3.10.0-1160.el7.x86_64']})

    def test_a_kernel_of_oracle_comes(self):
        self.assertEqual(self.told((kernel(capability='kernel-uek-uname-r'), TS_INSTALL)),
                         {'installed': [KERNEL]})

    def test_a_new_kernel_pushes_the_oldest_out(self):
        told = self.told((kernel('3.el9.x86_64'), TS_INSTALL), (kernel(), TS_ERASE))

        self.assertEqual(told, {'installed': ['6.1.0-3.el9.x86_64'], 'removed': [KERNEL]})
        self.assertEqual(self.yum.lines, [
            'kmodkeeper: kernel 6.1.0-3.el9.x86_64 installed, kernel 6.1.0-1.el9.x86_64 removed'
            + self.TAIL])

    def test_a_reinstalled_kernel_has_come(self):
        self.assertEqual(self.told((kernel(), TS_INSTALL), (kernel(), TS_ERASE)),
                         {'installed': [KERNEL]})

    def test_headers_come_or_go(self):
        for capability in 'kernel-devel-uname-r', 'kernel-uek-devel-uname-r':
            for state in TS_INSTALL, TS_ERASE:
                with self.subTest(capability, output_state=state):
                    self.assertEqual(self.told((headers(capability), state)),
                                     {'headersChanged': True})
        self.assertEqual(self.yum.lines[-1], 'kmodkeeper: headers changed' + self.TAIL)

    def test_each_build_tool_matters(self):
        for tool in 'dkms', 'gcc', 'make', 'kmod':
            with self.subTest(tool):
                self.assertEqual(self.told((Package(tool), TS_UPDATE)), {'toolsChanged': True})

    def test_a_provide_without_a_version_names_no_kernel(self):
        for version in (None, None, None), (None, '', ''):
            with self.subTest(version=version):
                package = Package('odd', ('kernel-uname-r', None, version))

                self.assertIsNone(self.told((package, TS_INSTALL)))

    def test_a_release_need_not_have_a_dash(self):
        for build in None, '':
            with self.subTest(build=build):
                self.assertEqual(self.told((kernel(build), TS_INSTALL)), {'installed': ['6.1.0']})

    def test_a_release_is_spelt_as_its_tree_is(self):
        told = self.told(
            (kernel('1.el9.x86_64+64k_debug'), TS_INSTALL),
            meanwhile=lambda: self.make('lib/modules/6.1.0-1.el9.x86_64+64k-debug/modules.order'))

        self.assertEqual(told, {'installed': ['6.1.0-1.el9.x86_64+64k-debug']})

    def test_a_tree_that_went_still_tells_how_its_release_is_spelt(self):
        tree = os.path.join(self.root, 'lib/modules/6.1.0-1.el9.x86_64+64k-debug')
        os.makedirs(tree)

        told = self.told((kernel('1.el9.x86_64+64k_debug'), TS_ERASE),
                         meanwhile=lambda: os.rmdir(tree))

        self.assertEqual(told, {'removed': ['6.1.0-1.el9.x86_64+64k-debug']})

    def test_a_release_without_a_tree_is_spelt_as_the_package_provides_it(self):
        self.assertEqual(self.told((kernel('1.el9.x86_64+64k_debug'), TS_ERASE)),
                         {'removed': ['6.1.0-1.el9.x86_64+64k_debug']})

    def test_a_driver_source_that_came_or_changed_is_told(self):
        for name in 'dkms.conf', 'Makefile':
            with self.subTest(name):
                told = self.told((Package('ixgbevf'), TS_INSTALL),
                                 meanwhile=lambda: self.make('usr/src/ixgbevf-4.1/' + name))

                self.assertEqual(told, {'sourcesChanged': True})
        self.assertEqual(self.yum.lines[-1], 'kmodkeeper: sources changed' + self.TAIL)

    def test_what_is_in_usr_src_besides_is_no_driver_source(self):
        self.assertIsNone(self.told(
            (Package('unrelated'), TS_INSTALL),
            meanwhile=lambda: self.make('usr/src/kernels/6.1.0-1.el9.x86_64/Makefile')))

    def test_a_dangling_link_among_the_sources_is_no_mistake(self):
        os.makedirs(os.path.join(self.root, 'usr/src'))
        os.symlink('/nonexistent', os.path.join(self.root, 'usr/src/ixgbevf-4.1'))
        self.make('usr/src/i40e-2.20/dkms.conf')

        told = self.told((Package('unrelated'), TS_INSTALL),
                         meanwhile=lambda: self.make('usr/src/i40e-2.20/Makefile'))

        self.assertEqual(told, {'sourcesChanged': True})

    def test_a_source_that_vanishes_while_it_is_looked_at_aborts_nothing(self):
        os.makedirs(os.path.join(self.root, 'usr/src'))
        self.plugin.glob = type('', (), {'glob': staticmethod(lambda _: ['/nonexistent/a-1'])})

        self.assertIsNone(self.told((Package('unrelated'), TS_INSTALL)))

    def test_what_does_not_matter_is_not_told(self):
        modules = Package('kernel-modules', release('kernel-modules-uname-r', '6.1.0', '1.el9'))

        self.assertIsNone(self.told((Package('gcc-c++'), TS_INSTALL), (modules, TS_INSTALL)))

    def test_an_empty_transaction_is_not_told(self):
        self.assertIsNone(self.told(meanwhile=lambda: self.make('usr/src/ixgbevf-4.1/dkms.conf')))

    def test_a_transaction_on_another_root_is_not_told(self):
        self.yum.installroot = '/mnt/image'

        self.assertIsNone(self.told((kernel(), TS_INSTALL)))

    def test_a_test_transaction_is_not_told(self):
        self.yum.tsflags = ['noscripts', 'test']

        self.assertIsNone(self.told((kernel(), TS_INSTALL)))

    def test_a_plugin_that_is_switched_off_tells_nothing(self):
        self.yum.plugin_conf.set('main', 'enabled', '0')

        self.assertIsNone(self.told((kernel(), TS_INSTALL)))

    def test_quiet_yum_tells_the_daemon_and_not_the_operator(self):
        self.yum.debuglevel = 0  # what -q means
        self.yum.members = [Member(kernel(), TS_INSTALL)]

        self.yum.run()

        self.assertEqual(len(self.peer.requests), 1)
        self.assertEqual(self.yum.lines + self.yum.warnings, [])

    def test_the_shipped_configuration_switches_the_plugin_on_and_names_the_default_socket(self):
        with open(os.path.join(yum_host.PLUGIN, 'kmodkeeper.conf')) as conf:
            shipped = conf.read()
        self.assertIn('socket = ' + self.plugin.SOCKET + '\n', shipped)
        self.yum = Yum(self.plugin, shipped.replace(self.plugin.SOCKET, self.peer.path))

        self.assertEqual(self.told((kernel(), TS_INSTALL)), {'installed': [KERNEL]})
