"""The yum 3 plugin, inside a host that stands in for yum 3.4.3."""
import json
import os
import tempfile
import time
import unittest

import yum_host
from answers import BROKEN, DAY, Answers, answer, document
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


class BelowARoot(unittest.TestCase):
    """The plugin finds below self.root what these constants of it name."""

    CONSTANTS = ()

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.plugin = yum_host.load()
        for name in self.CONSTANTS:
            setattr(self.plugin, name, self.root + getattr(self.plugin, name))


class AnswersTest(BelowARoot, Answers):
    CONSTANTS = 'ANSWERS', 'SOURCES'

    def resolve(self, *members, **attributes):
        yum = Yum(self.plugin, '[main]\nenabled = 1\n')
        vars(yum).update(attributes)
        yum.members = [Member(*member) for member in members or [(kernel(), TS_INSTALL)]]
        yum.resolve()
        return Outcome(yum.lines, yum.warnings, 0)

    def test_the_answers_for_two_kernels_are_said_in_order(self):
        self.keep(document(answer('b', release='6.1.0-2.el9.x86_64'), answer('a')))

        outcome = self.resolve((kernel(), TS_INSTALL), (kernel('2.el9.x86_64'), TS_TRUEINSTALL))

        self.assertEqual(outcome.lines, ['kmodkeeper: kernel 6.1.0-1.el9.x86_64: a',
                                         'kmodkeeper: kernel 6.1.0-2.el9.x86_64: b'])

    def test_a_kernel_that_goes_is_not_spoken_of(self):
        self.keep(document(answer()))

        self.assertEqual(self.resolve((kernel(), TS_ERASE)).lines, [])

    def test_headers_alone_are_no_kernel(self):
        self.keep(document(answer()))

        self.assertEqual(self.resolve((headers(), TS_INSTALL)).lines, [])

    def test_another_root_is_left_alone(self):
        self.keep(document(answer()))

        self.assertEqual(self.resolve(installroot='/mnt/image').lines, [])


class HoldTest(BelowARoot):
    """hold-update: what is left of the repositories, and what is said."""

    CONSTANTS = 'ANSWERS', 'SOURCES'
    HELD = ('kmodkeeper: kernel 6.1.0-1.el9.x86_64 is left out (hold-update = yes): ' + BROKEN + '; '
            'to install it anyway, use --disableplugin=kmodkeeper or set hold-update = no')

    keep = Answers.keep

    def setUp(self):
        super().setUp()
        self.keep(document(answer(BROKEN, holds=True)))
        self.uname = release('kernel-uname-r', '6.1.0', '1.el9.x86_64')
        self.offered = [kernel(), headers(), Package('kmod-vendor', requires=[self.uname])]
        self.others = [
            kernel('2.el9.x86_64'), kernel('1.el9.x86_64.debug'), Package('unrelated'),
            Package('odd', ('kernel-uname-r', None, (None, None, None))),
            Package('kmod-other', requires=[('kernel-uname-r', 'GE', ('0', '6.1.0', '0'))])]

    def fill(self, option='hold-update = yes', installed=(), **attributes):
        """Return the names of what was left out, and what was said."""
        self.yum = Yum(self.plugin, '[main]\nenabled = 1\n' + option)
        vars(self.yum).update(attributes)
        self.yum.pkgSack.packages = self.offered + self.others
        self.yum.rpmdb.packages = list(installed)
        self.yum.fill()
        self.assertEqual(self.yum.lines, [])
        left = self.yum.pkgSack.packages
        return {each.name for each in self.offered + self.others if each not in left}

    def test_a_held_kernel_and_what_belongs_to_it_are_left_out(self):
        self.assertEqual(self.fill(), {'kernel', 'kernel-devel', 'kmod-vendor'})

        self.assertEqual(self.yum.pkgSack.packages, self.others)
        self.assertEqual(self.yum.warnings, [self.HELD])

    def test_a_held_kernel_is_not_found_by_what_it_provides(self):
        self.fill()

        found = self.yum.pkgSack.getProvides(*self.uname)

        self.assertEqual([package.name for package in found], ['odd'])

    def test_by_default_nothing_is_left_out(self):
        for option in '', 'hold-update = no':
            with self.subTest(option):
                self.assertEqual(self.fill(option), set())
                self.assertEqual(self.yum.warnings, [])

    def test_a_value_that_is_none_holds_nothing_and_is_told(self):
        self.assertEqual(self.fill('hold-update = perhaps'), set())

        warning, = self.yum.warnings
        self.assertIn('hold-update = perhaps is neither yes nor no', warning)

    def test_no_kernel_is_held_without_a_fresh_answer_that_says_so(self):
        for name, kept in (('none', ''),
                           ('old', document(answer(BROKEN, True, ago=9 * DAY))),
                           ('another kernel', document(answer(BROKEN, True, '6.1.0-9.el9.x86_64'))),
                           ('no release', document(answer(BROKEN, True, '6.1.0'))),
                           ('ready', document(answer())),
                           ('no boolean', document(answer(BROKEN, 'yes')))):
            with self.subTest(name):
                self.keep(kept)

                self.assertEqual(self.fill(), set())
                self.assertEqual(self.yum.warnings, [])

    def test_a_kernel_that_is_installed_is_not_held(self):
        self.assertEqual(self.fill(installed=[kernel()]), set())

        self.assertEqual(self.yum.warnings, [])

    def test_headers_that_are_installed_are_no_kernel(self):
        self.assertEqual(self.fill(installed=[headers()]), {'kernel', 'kernel-devel', 'kmod-vendor'})

    def test_a_kernel_that_is_not_offered_is_not_spoken_of(self):
        self.offered = [headers()]

        self.assertEqual(self.fill(), set())
        self.assertEqual(self.yum.warnings, [])

    def test_another_root_is_left_alone(self):
        self.assertEqual(self.fill(installroot='/mnt/image'), set())

    def test_a_quiet_yum_says_it_too(self):
        self.fill(debuglevel=0)

        self.assertEqual(self.yum.warnings, [self.HELD])


class TransactionTest(BelowARoot):
    """What the daemon is told of a transaction."""

    TAIL = "; drivers are being checked, run 'kmodkeeper wait' before a reboot"

    CONSTANTS = 'MODULES', 'SOURCES'

    def setUp(self):
        super().setUp()
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


del BelowARoot  # a base of the others, with no test of its own
