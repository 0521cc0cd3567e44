"""What a plugin says of kernels before a transaction: the promises that both plugins make.

A test case mixes this in and says by `resolve()` how its plugin meets a transaction that installs
KERNEL, with self.root for the root of the host. That returns an Outcome.
"""
import json
import os
import time

from conversations import KERNEL

DAY = 24 * 3600
BROKEN = ('ixgbevf 5.3.36 does not compile for it (ixgbevf_main.c:4967: error: #error); '
          'the next boot stays on 6.1.0-0.el9.x86_64')


def stamp(seconds_ago=0):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - seconds_ago))


def answer(line='ixgbevf 5.3.36 is ready for it', holds=False, release=KERNEL, ago=60,
           drivers=(), **more):
    return dict({'release': release, 'made': stamp(ago), 'holds': holds, 'line': line,
                 'drivers': list(drivers)}, **more)


def document(*kernels, **more):
    """Return what the daemon keeps of a preflight."""
    return json.dumps(dict({'format': 1, 'made': stamp(), 'kernels': kernels, 'answers': []}, **more))


class Answers:
    def keep(self, text):
        """Make this the file that the daemon keeps; it may also be bytes."""
        path = os.path.join(self.root, 'var/lib/kmodkeeper/preflight.json')
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def assert_says(self, *lines):
        outcome = self.resolve()
        self.assertEqual(outcome.warnings, [])
        self.assertEqual(outcome.lines, ['kmodkeeper: kernel ' + line for line in lines])

    def test_the_answer_for_a_kernel_that_comes_is_said(self):
        for line in ('ixgbevf 5.3.36 is ready for it', 'ixgbevf 5.3.36 will be built for it', BROKEN):
            with self.subTest(line):
                self.keep(document(answer(line)))

                self.assert_says(KERNEL + ': ' + line)

    def test_kernels_that_do_not_come_are_not_spoken_of(self):
        self.keep(document(answer(release='6.1.0-2.el9.x86_64'), answer(release='6.1.0-1.el9'),
                           answer(release=KERNEL + '+debug'), answer(release='6.1.0-01.el9.x86_64'),
                           answer(release=''), answer(release='a = b'), answer(release='1')))

        self.assert_says()

    def test_without_an_answer_nothing_is_said(self):
        self.assert_says()

    def test_what_cannot_be_read_is_no_answer(self):
        known = answer()
        texts = {
            'empty': '',
            'not JSON': '{"format": 1, "kernels": [',
            'no object': '[]',
            'another format': document(known, format=2),
            'no format': json.dumps({'kernels': [known]}),
            'not text': b'\xff\xfe',
            'too deep': '[' * 100000,
            'too large': document(known, answers=[' ' * (1 << 20)]),
            'no kernels': json.dumps({'format': 1}),
            'kernels of another kind': json.dumps({'format': 1, 'kernels': [1, 'a', None]}),
            'no drivers': document({key: known[key] for key in known if key != 'drivers'}),
            'a driver that is no name': document(dict(known, drivers=[1])),
            'no line': document(dict(known, line=None)),
            'no time': document(dict(known, made=None)),
            'no release': document(dict(known, release=None)),
        }
        for name, text in texts.items():
            with self.subTest(name):
                self.keep(text)

                self.assert_says()

    def test_a_folder_in_its_place_is_no_answer(self):
        os.makedirs(os.path.join(self.root, 'var/lib/kmodkeeper/preflight.json'))

        self.assert_says()

    def test_a_large_file_is_read_up_to_a_limit(self):
        self.keep(document(answer(), answers=[' ' * ((1 << 20) - 1000)]))

        self.assert_says(KERNEL + ': ixgbevf 5.3.36 is ready for it')

    def test_an_answer_ends_after_eight_days(self):
        self.keep(document(answer(ago=8 * DAY - 60)))
        self.assert_says(KERNEL + ': ixgbevf 5.3.36 is ready for it')

        self.keep(document(answer(ago=8 * DAY + 60)))
        self.assert_says()

    def test_an_answer_of_the_future_is_none(self):
        self.keep(document(answer(ago=-DAY), answer(made='tomorrow')))

        self.assert_says()

    def test_an_answer_ends_when_a_source_of_its_driver_changes(self):
        os.makedirs(os.path.join(self.root, 'usr/src/ixgbevf-5.3.36'))
        for ago, lines in (60, []), (0, [KERNEL + ': ixgbevf 5.3.36 is ready for it']):
            with self.subTest(made_ago=ago):
                self.keep(document(answer(drivers=['ixgbevf'], ago=ago)))

                self.assert_says(*lines)

    def test_an_answer_ends_when_a_driver_has_no_source_any_more(self):
        os.makedirs(os.path.join(self.root, 'usr/src/ixgbevf-5.3.36'))
        self.keep(document(answer(drivers=['i40e', 'ixgbevf'], ago=0)))

        self.assert_says()

    def test_the_source_of_another_driver_may_change(self):
        for name in 'ixgbe-1', 'i40e-2':
            os.makedirs(os.path.join(self.root, 'usr/src', name))
        self.keep(document(answer(drivers=['ixgbe', 'i40e'], ago=0)))
        time.sleep(1.1)
        os.makedirs(os.path.join(self.root, 'usr/src/ixgbevf-5.3.36'))

        self.assert_says(KERNEL + ': ixgbevf 5.3.36 is ready for it')

    def test_a_line_is_one_printable_line(self):
        self.keep(document(answer('does not\ncompile\r\t\x1b[31m\x7f\u202e\u2028\ud800 \u2026')))
        self.assert_says(KERNEL + ': does not compile   [31m     \u2026')

        self.keep(document(answer('x' * 1000)))
        self.assert_says(KERNEL + ': ' + 'x' * 300)
