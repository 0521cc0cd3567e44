"""java-run: which Java it takes, and with which options. Below a root of its own."""
import glob
import os
import subprocess
import tempfile
import unittest

SCRIPT = os.path.abspath(os.path.join(os.path.dirname(__file__),
                                      '../../daemon/dist/libexec/java-run'))


class JavaRunTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        with open(SCRIPT) as script:
            self.script = script.read().replace('/usr/', self.root + '/usr/')

    def has(self, *javas):
        """Make these the Javas of the host: each tells its place and its arguments."""
        for java in javas:
            path = os.path.join(self.root, java, 'bin/java')
            os.makedirs(os.path.dirname(path))
            with open(path, 'w') as file:
                file.write('#!/bin/sh\necho "%s $*"\n' % java)
            os.chmod(path, 0o755)

    def run_java(self, *arguments):
        return subprocess.run(['/bin/sh', '-c', self.script, 'java-run', 'kmodkeeper', *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True)

    def assert_takes(self, java):
        done = self.run_java('org.kmodkeeper.cli.CommandMain')

        self.assertEqual(done.stderr, '')
        self.assertEqual(done.stdout.split()[0], java)

    def test_the_newest_java_of_el_wins_over_what_is_called_java(self):
        self.has('usr', 'usr/lib/jvm/jre-1.8.0', 'usr/lib/jvm/jre-17', 'usr/lib/jvm/jre-21-openjdk')

        self.assert_takes('usr/lib/jvm/jre-21-openjdk')

    def test_amazon_s_java_is_found_where_corretto_has_it(self):
        self.has('usr/lib/jvm/java-1.8.0-amazon-corretto.x86_64',
                 'usr/lib/jvm/java-17-amazon-corretto.x86_64')

        self.assert_takes('usr/lib/jvm/java-17-amazon-corretto.x86_64')

    def test_temurin_is_found(self):
        self.has('usr/lib/jvm/temurin-21-jdk')

        self.assert_takes('usr/lib/jvm/temurin-21-jdk')

    def test_a_java_too_old_is_left_to_what_is_called_java(self):
        self.has('usr', 'usr/lib/jvm/jre-11', 'usr/lib/jvm/java-11-openjdk')

        self.assert_takes('usr')

    def test_without_a_java_it_says_what_to_install(self):
        done = self.run_java('org.kmodkeeper.cli.CommandMain')

        self.assertEqual(done.returncode, 127)
        self.assertIn('install java-17-openjdk-headless', done.stderr)

    def test_native_code_is_allowed_which_java_24_and_later_warn_of(self):
        self.has('usr')

        self.assertIn(' --enable-native-access=ALL-UNNAMED ', self.run_java('Main').stdout)

    def test_each_java_of_this_host_takes_the_options(self):
        for java in glob.glob('/usr/lib/jvm/*/bin/java'):
            with self.subTest(java):
                directory = os.path.join(self.root, 'usr/bin')
                os.makedirs(directory, exist_ok=True)
                link = os.path.join(directory, 'java')
                if os.path.lexists(link):
                    os.remove(link)
                os.symlink(java, link)

                done = self.run_java('--version')  # in the place of a class

                self.assertEqual((done.returncode, done.stderr), (0, ''))
