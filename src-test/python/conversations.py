"""How a plugin and whatever listens on the socket get on: the promises that both plugins make.

A test case mixes this in and says by `transact(socket)` how its plugin goes through a transaction
that installs KERNEL, with `socket` in kmodkeeper.conf (None: no such line there). That returns an
Outcome.
"""
import collections
import json
import os
import signal
import socket
import tempfile

from peers import GOOD, Peer, dribbles, floods, reads_little_and_leaves, replies, says_nothing

KERNEL = '6.1.0-1.el9.x86_64'
DEFAULT = '/run/kmodkeeper/org.kmodkeeper'
BUDGET = 0.2
SLACK = 0.3  # of a busy machine

Outcome = collections.namedtuple('Outcome', 'lines warnings seconds')


class Conversations:
    origin = None

    def transact_with(self, behaviour):
        with Peer(behaviour) as peer:
            return self.transact(peer.path), peer

    def assert_told(self, outcome):
        self.assertEqual(outcome.warnings, [])
        self.assertEqual(len(outcome.lines), 1)
        self.assertLess(outcome.seconds, BUDGET + SLACK)

    def assert_unanswered(self, outcome):
        """The daemon has the message and reads it sooner or later: that is no failure."""
        self.assert_told(outcome)
        self.assertIn('; the daemon has not answered yet, ', outcome.lines[0])

    def assert_untold(self, outcome, path, reason):
        self.assert_warned(outcome, 'daemon not notified', path, reason)

    def assert_refused(self, outcome, path, reason):
        self.assert_warned(outcome, 'daemon rejected it', path, reason)

    def assert_warned(self, outcome, what, path, reason):
        """There is one line, which says what, where, why and what to do; and it came in time."""
        self.assertEqual(outcome.lines, [])
        self.assertEqual(len(outcome.warnings), 1, outcome.warnings)
        warning, = outcome.warnings
        self.assertEqual(warning.splitlines(), [warning])
        self.assertTrue(warning.isprintable(), warning)
        self.assertLess(len(warning), 400)
        for part in what, path, reason, "'systemctl status kmodkeeper'":
            self.assertIn(part, warning)
        self.assertNotRegex(warning, r"\w\('|\[Errno")  # no Python
        self.assertLess(outcome.seconds, BUDGET + SLACK)

    # A good daemon

    def test_one_varlink_call_says_what_changed(self):
        _, peer = self.transact_with(replies(GOOD))

        request, = peer.requests
        self.assertEqual(request.count(b'\0'), 1)
        self.assertTrue(request.endswith(b'\0'))
        self.assertEqual(json.loads(request[:-1].decode('utf-8')), {
            'method': 'org.kmodkeeper.Notify',
            'parameters': {
                'installed': [KERNEL], 'removed': [], 'headersChanged': False,
                'sourcesChanged': False, 'toolsChanged': False, 'origin': self.origin}})

    def test_one_line_tells_the_operator_what_changed_and_how_to_wait(self):
        outcome, _ = self.transact_with(replies(GOOD))

        self.assert_told(outcome)
        self.assertEqual(outcome.lines, [
            "kmodkeeper: kernel 6.1.0-1.el9.x86_64 installed; drivers are being checked, "
            "run 'kmodkeeper wait' before a reboot"])

    def test_a_reply_may_come_in_pieces(self):
        outcome, _ = self.transact_with(replies(*(bytes([byte]) for byte in GOOD)))

        self.assert_told(outcome)

    def test_what_a_reply_says_beyond_its_parameters_is_ignored(self):
        outcome, _ = self.transact_with(
            replies(b'{"continues":false,"parameters":{"pass":7,"name":"\xc3\xa9"}}\0 and more'))

        self.assert_told(outcome)

    def test_a_reply_may_be_64_kib_long(self):
        reply = b'{"parameters":{"x":"%s"}}\0'
        filler = b'x' * (64 * 1024 - len(reply) + len(b'%s'))

        outcome, _ = self.transact_with(replies(reply % filler))

        self.assert_told(outcome)

    # No daemon

    def test_an_absent_daemon_is_one_warning(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'none')

            outcome = self.transact(path)

            self.assert_untold(outcome, path, '')
            self.assertEqual(outcome.warnings, [
                "kmodkeeper: daemon not notified (%s: No such file or directory), ignoring; "
                "it checks the host when it starts, see 'systemctl status kmodkeeper'" % path])

    def test_a_socket_that_a_dead_daemon_left_behind_is_one_warning(self):
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as left:
            path = os.path.join(directory, 'left')
            left.bind(path)

            self.assert_untold(self.transact(path), path, 'Connection refused')

    def test_a_daemon_that_accepts_no_more_is_one_warning(self):
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as full, \
                socket.socket(socket.AF_UNIX) as first:
            path = os.path.join(directory, 'full')
            full.bind(path)
            full.listen(0)
            first.connect(path)

            self.assert_untold(self.transact(path), path, 'temporarily unavailable')

    def test_a_path_too_long_for_a_socket_is_one_warning(self):
        path = '/' + 'x' * 200

        self.assert_untold(self.transact(path), path, 'too long')

    # A bad daemon

    def test_a_daemon_that_never_answers_has_been_told_after_200_ms(self):
        outcome, peer = self.transact_with(says_nothing)

        self.assert_unanswered(outcome)
        self.assertEqual(len(peer.requests), 1)
        self.assertGreater(outcome.seconds, BUDGET - 0.05)

    def test_a_daemon_that_dribbles_has_been_told_after_200_ms(self):
        outcome, _ = self.transact_with(dribbles)

        self.assert_unanswered(outcome)
        self.assertGreater(outcome.seconds, BUDGET - 0.05)

    def test_a_daemon_that_floods_is_one_warning(self):
        outcome, peer = self.transact_with(floods)

        self.assert_refused(outcome, peer.path, 'no NUL in its 65536 bytes')

    def test_a_daemon_that_hangs_up_is_one_warning(self):
        for reply in b'', GOOD[:-1]:
            with self.subTest(reply=reply):
                outcome, peer = self.transact_with(replies(reply))

                self.assert_refused(outcome, peer.path, 'no NUL in its %d bytes' % len(reply))

    def test_an_error_reply_is_one_warning_that_names_the_error(self):
        outcome, peer = self.transact_with(
            replies(b'{"parameters":{"a":"%s"},"error":"org.varlink.service.PermissionDenied"}\0'
                    % (b'b' * 1000)))

        self.assert_refused(outcome, peer.path, 'org.varlink.service.PermissionDenied')

    def test_an_error_reply_cannot_write_lines_or_colours_of_its_own(self):
        outcome, peer = self.transact_with(
            replies(b'{"error":"a\\nkmodkeeper: all is well\\u001b[31m' + b'x' * 5000 + b'"}\0'))

        self.assert_refused(outcome, peer.path, 'it answered')

    def test_a_daemon_that_is_yet_to_start_has_been_told_and_reads_it_then(self):
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as activation:
            path = os.path.join(directory, 'org.kmodkeeper')
            activation.bind(path)
            activation.listen(8)

            outcome = self.transact(path)

            self.assert_unanswered(outcome)
            connection, _ = activation.accept()  # as a daemon that systemd has started meanwhile
            with connection:
                self.assertIn(KERNEL, connection.recv(65536).decode('ascii'))

    def test_an_answer_nested_too_deep_fails_nothing(self):
        outcome, _ = self.transact_with(replies(b'[' * 60000 + b'\0'))

        self.assertEqual((outcome.lines, len(outcome.warnings)), ([], 1))

    def test_nonsense_is_one_warning(self):
        nonsense = {
            'no json': b'HTTP/1.1 400 Bad Request\r\n\r\n\0',
            'nothing': b'\0',
            'no utf-8': b'{"parameters":{"name":"\xff"}}\0',
            'a list': b'["parameters"]\0',
            'a string': b'"parameters"\0',
            'a number': b'7\0',
            'null': b'null\0',
            'an empty object': b'{}\0',
        }
        for name, reply in nonsense.items():
            with self.subTest(name):
                outcome, peer = self.transact_with(replies(reply))

                self.assert_refused(outcome, peer.path, '')

    # The configuration

    def test_without_a_configured_socket_the_default_is_called(self):
        self.plugin.SOCKET = '/nonexistent/default'

        self.assert_untold(self.transact(None), '/nonexistent/default', 'No such file')

    def test_a_socket_that_is_no_absolute_path_is_one_warning_and_the_default_is_called(self):
        with Peer(replies(GOOD)) as peer:
            self.plugin.SOCKET = peer.path
            for bad in 'run/kmodkeeper', '':
                with self.subTest(socket=bad):
                    outcome = self.transact(bad)

                    self.assertEqual(len(outcome.lines), 1)
                    self.assertEqual(outcome.warnings, [
                        'kmodkeeper: socket = %s is not an absolute path, using %s' % (bad, peer.path)])
            self.assertEqual(len(peer.requests), 2)

    def test_the_default_is_where_the_daemon_listens(self):
        self.assertEqual(self.plugin.SOCKET, DEFAULT)

    # A mistake of our own

    def test_a_mistake_in_the_plugin_is_one_warning(self):
        def mistake(*_):
            raise RuntimeError('oops')
        self.plugin.notify = mistake

        outcome = self.transact('/s')

        self.assertEqual(outcome.warnings,
                         ['kmodkeeper: the plugin failed (RuntimeError: oops), ignoring'])

    # Waiting

    def stay(self, wait, script=''):
        """Return the outcome, and the arguments of each run of the command that waits."""
        with tempfile.TemporaryDirectory() as directory, Peer(replies(GOOD)) as peer:
            log = os.path.join(directory, 'log')
            self.plugin.COMMAND = os.path.join(directory, 'kmodkeeper')
            with open(self.plugin.COMMAND, 'w') as command:
                command.write('#!/bin/sh\necho "$*" >>%s\n%s\n' % (log, script % {'log': log}))
            os.chmod(self.plugin.COMMAND, 0o755)
            outcome = self.transact('%s\nwait = %s' % (peer.path, wait))
            if not os.path.exists(log):
                return outcome, []
            with open(log) as lines:
                return outcome, lines.read().splitlines()

    def test_it_stays_as_long_as_the_configuration_says(self):
        outcome, runs = self.stay(600)

        self.assertEqual(runs, ['wait --timeout 600'])
        self.assertEqual((len(outcome.lines), outcome.warnings), (1, []))

    def test_it_does_not_stay_for_no_time(self):
        self.assertEqual(self.stay(0)[1], [])

    def test_a_command_that_fails_fails_no_transaction(self):
        outcome, runs = self.stay(5, 'exit 15')

        self.assertEqual((len(runs), outcome.warnings), (1, []))

    def test_without_the_command_it_is_one_warning(self):
        self.plugin.COMMAND = '/nonexistent/kmodkeeper'
        with Peer(replies(GOOD)) as peer:
            outcome = self.transact(peer.path + '\nwait = 5')

        self.assertEqual(len(outcome.lines), 1)
        self.assertEqual(len(outcome.warnings), 1)
        self.assertIn('No such file', outcome.warnings[0])
        self.assertNotIn('not notified', outcome.warnings[0])

    def test_an_interrupt_ends_the_wait_and_nothing_else(self):
        before = signal.getsignal(signal.SIGINT)

        # As a terminal does: each process in the foreground is interrupted.
        try:
            outcome, runs = self.stay(600, 'kill -INT $PPID $$\necho went on >>%(log)s')
        except KeyboardInterrupt:
            self.fail('it ended the package manager')

        self.assertEqual(runs, ['wait --timeout 600'])
        self.assertEqual((len(outcome.lines), outcome.warnings), (1, []))
        self.assertEqual(signal.getsignal(signal.SIGINT), before)

    def test_a_daemon_that_goes_away_does_not_end_the_package_manager_by_sigpipe(self):
        with Peer(reads_little_and_leaves) as peer:
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as dnf has it; Python has not
                try:
                    self.plugin.notify(peer.path, {'installed': ['x' * 10 ** 6]})
                except EnvironmentError:
                    os._exit(0)
                os._exit(1)

            self.assertEqual(os.waitpid(child, 0)[1], 0)
