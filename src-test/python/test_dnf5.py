"""The dnf 5 actions, inside a host that stands in for libdnf5's actions plugin."""
import os
import unittest

import dnf5_host
from dnf5_host import Action, Package

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
NOTIFY = '/usr/libexec/kmodkeeper/notify'


class ActionsTest(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, 'yum-plugin/dnf5/kmodkeeper.actions'), encoding='ascii') as file:
            self.actions = dnf5_host.read(file.read())

    def commands(self, *packages, **options):
        return dnf5_host.commands(self.actions, 'post_transaction', packages, **options)

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

    def test_nothing_is_run_before_a_transaction(self):
        self.assertEqual({action.callback for action in self.actions}, {'post_transaction'})

    def test_what_it_runs_gives_dnf_no_orders(self):
        script = os.path.join(ROOT, 'daemon/dist/libexec', os.path.basename(NOTIFY))

        self.assertEqual(dnf5_host.run([script, 'dnf5']), [])


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
