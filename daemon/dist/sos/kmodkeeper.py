"""Plugin of sos report: what kmodkeeper does and why."""
from sos.report.plugins import Plugin, IndependentPlugin


class Kmodkeeper(Plugin, IndependentPlugin):
    """Collects the state of kmodkeeper, its configuration, its history and the logs of builds."""

    short_desc = 'kmodkeeper, which keeps out-of-tree drivers ready'
    plugin_name = 'kmodkeeper'
    profiles = ('system', 'kernel', 'hardware')
    files = ('/usr/bin/kmodkeeper',)

    def setup(self):
        # Private keys, whatever their names.
        self.add_forbidden_path('/etc/kmodkeeper/keys')
        self.add_copy_spec([
            '/etc/kmodkeeper',
            '/var/lib/kmodkeeper/*.json*',
            '/var/log/kmodkeeper',
        ])
        self.add_cmd_output(['kmodkeeper ' + command for command in (
            '--version',
            'status',
            'status --json',
            'check --reboot',
            'guard status',
            'doctor',
            'keys status',
            'store',
            'takeover status',
            'explain running',
            'explain next',
            'explain newest',
            'history',
        )])
        self.add_journal(units='kmodkeeper')
        self.add_journal(units='kmodkeeper-boot')
