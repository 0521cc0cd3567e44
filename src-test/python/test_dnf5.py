"""The dnf 5 actions, inside a host that stands in for libdnf5's actions plugin."""
import os
import tempfile
import unittest

import dnf5_host
from answers import Answers, answer, document
from conversations import KERNEL, Outcome
from dnf5_host import Action, Package

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
NOTIFY = '/usr/libexec/kmodkeeper/notify'
SAY = '/usr/libexec/kmodkeeper/preflight-answers'


class ActionsTest(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, 'yum-plugin/dnf5/kmodkeeper.actions'), encoding='ascii') as file:
            self.actions = dnf5_host.read(file.read())

    def commands(self, *packages, callback='post_transaction', **options):
        return dnf5_host.commands(self.actions, callback, packages, **options)

    def test_packages_that_matter_are_told_of_once(self):
        for names in (('kernel-core', 'kernel-modules-core', 'kernel-devel'), ('kernel-uki-virt',),
                      ('kernel-rt-core',), ('kernel-uek-core',), ('dkms',), ('gcc', 'make'),
                      ('kmod',)):
            for direction in 'in', 'out':
                with self.subTest(names=names, direction=direction):
                    packages = [Package(name, direction) for name in names]

                    self.assertEqual(self.commands(*packages), [(NOTIFY, 'dnf5')])

    def test_other_packages_are_not(self):
        self.assertEqual(self.commands(Package('bash', 'in'), Package('gcc-c++', 'out')), [])

    def test_a_transaction_below_another_root_is_not(self):
        self.assertEqual(self.commands(Package('kernel-core', 'in'), installroot='/mnt'), [])

    def test_the_answer_for_a_kernel_that_comes_is_looked_for_before_the_question(self):
        coming = [Package(name, 'in') for name in (
            'kernel', 'kernel-core', 'kernel-modules', 'kernel-modules-core', 'kernel-devel', 'bash')]

        self.assertEqual(self.commands(*coming, Package('kernel-core', 'out', release='0.el10'),
                                       callback='goal_resolved'),
                         [(SAY, 'kernel-core', '6.1.0-1.el10.x86_64')])
        self.assertEqual(self.commands(Package('kernel-64k-debug-core', 'in'), callback='goal_resolved'),
                         [(SAY, 'kernel-64k-debug-core', '6.1.0-1.el10.x86_64')])
        self.assertEqual(self.commands(*coming, callback='goal_resolved', installroot='/mnt'), [])

    def test_nothing_else_is_run_before_a_transaction(self):
        self.assertEqual({action.callback for action in self.actions},
                         {'goal_resolved', 'post_transaction'})

    def test_what_it_runs_gives_dnf_no_orders(self):
        script = os.path.join(ROOT, 'daemon/dist/libexec', os.path.basename(NOTIFY))

        self.assertEqual(dnf5_host.run([script, 'dnf5']), ([], []))


class AnswersTest(unittest.TestCase, Answers):
    """What is said on standard error: it is seen before the question."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.script = os.path.join(self.root, 'preflight-answers')
        with open(os.path.join(ROOT, 'yum-plugin/dnf5/preflight-answers')) as script:
            text = script.read()
        for path in '/var/lib/', '/usr/src/':
            text = text.replace("'" + path, "'" + self.root + path)
        with open(self.script, 'w') as script:
            script.write(text)
        os.chmod(self.script, 0o755)

    def resolve(self, *arguments):
        orders, lines = dnf5_host.run([self.script, *(arguments or ['kernel-core', KERNEL])])
        self.assertEqual(orders, [])
        return Outcome(lines, [], 0)

    def test_the_answer_for_a_flavour_is_told_from_that_for_the_kernel(self):
        self.keep(document(answer('a'), answer('b', release=KERNEL + '+64k-debug')))

        self.assertEqual(self.resolve().lines, ['kmodkeeper: kernel ' + KERNEL + ': a'])
        self.assertEqual(self.resolve('kernel-64k-debug-core', KERNEL).lines,
                         ['kmodkeeper: kernel ' + KERNEL + '+64k-debug: b'])

    def test_without_arguments_nothing_is_said(self):
        self.keep(document(answer()))

        self.assertEqual(dnf5_host.run([self.script]), ([], []))


class HostTest(unittest.TestCase):
    """The host is as unkind as dnf 5 is."""

    def test_lines_that_dnf_5_refuses(self):
        for line in ('post_transaction:kernel*:enabled=host-only:/bin/true',
                     'posttransaction::::/bin/true',
                     'repos_loaded:kernel*:::/bin/true',
                     'post_transaction::in::/bin/true',
                     'post_transaction:kernel*:both::/bin/true',
                     'post_transaction:kernel*::enabled=yes:/bin/true',
                     'post_transaction:kernel*::quiet=1:/bin/true',
                     'post_transaction:kernel*::: '):
            with self.subTest(line), self.assertRaises(ValueError):
                Action.read(line)
