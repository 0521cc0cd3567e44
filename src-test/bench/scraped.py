"""A thousand hosts in one Prometheus: what its rules for kmodkeeper take."""
import contextlib
import http.server
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from stopwatch import Unmeasured
from table import Row

HOSTS = 1000
KERNELS = ['6.1.0-%d.el9.x86_64' % (550 + 10 * which) for which in range(3)]
DRIVERS = 'ixgbevf', 'ena'
METRICS = pathlib.Path('/var/lib/prometheus/node-exporter/kmodkeeper.prom')
SHARE = pathlib.Path('/usr/share/kmodkeeper-monitoring')
LISTEN, ASK = 9200, 9290
# The longest time that a rule looks back; Prometheus scrapes each minute unless it is told otherwise.
HISTORY, SCRAPE, EVALUATE = 86400, 60, 15


def fleet_rules():
    """The metrics of 1000 hosts with 3 kernels and 2 drivers each, one in twenty broken, made of a real file, in the
    distribution's Prometheus with a day of counters: what its own account of the last evaluation of our rules says."""
    with tempfile.TemporaryDirectory(dir='/var/tmp') as directory, serving(METRICS.read_text()):
        directory = pathlib.Path(directory)
        backfill(directory)
        with prometheus(directory):
            until('count(up == 1)', HOSTS)
            until('count(ALERTS{alertname="KmodkeeperDriverNotReady"})', HOSTS // 20)
            until('count(job_remedy_outcome:kmodkeeper_attempts:increase1d)', 2)
            samples = list(evaluations(8))
            yield Row('rules of %d hosts, one evaluation' % HOSTS, 'ms', samples, target=1000)
            yield Row('  series of a host', '', [float(value('count({__name__=~"kmodkeeper_.*"})')) / HOSTS])
            yield Row('  Prometheus, resident', 'MiB', [float(value('process_resident_memory_bytes')) / 2**20])


def text(template, number):
    """Return what that host says: the real file, with each kernel's and each driver's lines as often as there are some,
    and a second remedy and an answer of preflight, as a host has them that has been up for a while."""
    lines = []
    for line in template.splitlines():
        if line.startswith('#') or not line:
            continue
        kernels = KERNELS if 'kernel="' in line and 'next_boot' not in line else KERNELS[-1:]
        for kernel in kernels:
            for driver in DRIVERS if 'driver="' in line else DRIVERS[:1]:
                one = re.sub('kernel="[^"]*"', 'kernel="%s"' % kernel, line)
                lines.append(re.sub('driver="[^"]*"', 'driver="%s"' % driver, one))
    lines += [re.sub('remedy="[^"]*"', 'remedy="stored"', line) for line in lines if 'remedy="' in line]
    lines += [line.replace('kmodkeeper_driver', 'kmodkeeper_offered_driver').replace(KERNELS[-1], '6.1.0-580.el9.x86_64')
              for line in lines if line.startswith('kmodkeeper_driver_ready') and KERNELS[-1] in line]
    if number % 20 == 0:
        broken = 'kernel="%s",driver="ixgbevf"' % KERNELS[-1]
        lines = [re.sub('verdict="ready"(.*) 1$', r'verdict="build-failed"\1 0', line) if broken in line else line
                 for line in lines]
    now = 'kmodkeeper_last_pass_timestamp_seconds %d' % time.time()
    return '\n'.join(now if line.startswith(now.split()[0]) else line for line in dict.fromkeys(lines)) + '\n'


@contextlib.contextmanager
def serving(template):
    """Serve all hosts, each at ?host=NAME."""
    hosts = {name(number): text(template, number).encode() for number in range(HOSTS)}

    class Scraped(http.server.BaseHTTPRequestHandler):
        """One answer."""
        def do_GET(self):
            body = hosts[urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)['host'][0]]
            self.send_response(200)
            self.send_header('Content-Type', 'text/plain; version=0.0.4')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', LISTEN), Scraped)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def name(number):
    return 'web%04d' % number


def backfill(directory):
    """Give each host two counters of a day, at the pace of the scrapes: a rule that looks back so far has to read them."""
    began = int(time.time()) - HISTORY
    with (directory / 'day').open('w') as file:
        file.write('# TYPE kmodkeeper_attempts counter\n')
        for number in range(HOSTS):
            for remedy in 'dkms', 'stored':
                series = 'kmodkeeper_attempts_total{instance="%s",job="node",remedy="%s",outcome="installed"}' % (
                    name(number), remedy)
                file.writelines('%s %d %d\n' % (series, 1 + ago // 40000, began + ago)
                                for ago in range(0, HISTORY, SCRAPE))
        file.write('# EOF\n')
    subprocess.run(('promtool', 'tsdb', 'create-blocks-from', 'openmetrics', '--quiet', directory / 'day',
                    directory / 'data'), check=True, stdout=subprocess.DEVNULL)
    (directory / 'day').unlink()


@contextlib.contextmanager
def prometheus(directory):
    """Have a Prometheus with our rules scrape all hosts, and itself."""
    targets = json.dumps([name(number) for number in range(HOSTS)])
    (directory / 'prometheus.yml').write_text('''
global: {scrape_interval: %ds, evaluation_interval: %ds}
rule_files: [%s/alerts/kmodkeeper.yaml, %s/rules/kmodkeeper.yaml]
scrape_configs:
  - job_name: itself
    static_configs: [{targets: ['127.0.0.1:%d']}]
    metric_relabel_configs: [{source_labels: [__name__], regex: 'process_.*|up', action: keep}]
  - job_name: node
    static_configs: [{targets: %s}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_host}
      - {source_labels: [__address__], target_label: instance}
      - {target_label: __address__, replacement: '127.0.0.1:%d'}
''' % (SCRAPE, EVALUATE, SHARE, SHARE, ASK, targets, LISTEN))
    with (directory / 'log').open('w') as log:
        running = subprocess.Popen(
            ('prometheus', '--config.file', directory / 'prometheus.yml', '--storage.tsdb.path', directory / 'data',
             '--web.listen-address', '127.0.0.1:%d' % ASK), stdout=log, stderr=log)
        try:
            yield
        finally:
            running.terminate()
            running.wait()


def ask(path, **parameters):
    address = 'http://127.0.0.1:%d/api/v1/%s?%s' % (ASK, path, urllib.parse.urlencode(parameters))
    with urllib.request.urlopen(address, timeout=120) as answer:
        return json.load(answer)['data']


def value(expression):
    """Return the only value of it, or None."""
    found = ask('query', query=expression)['result']
    return found[0]['value'][1] if found else None


def until(expression, expected):
    """Wait for that value, for as long as five scrapes take."""
    last = None
    for _ in range(5 * SCRAPE):
        try:
            last = value(expression)
        except OSError as starting:
            last = starting
        if last not in (None, '') and str(last).isdigit() and int(last) >= expected:
            return
        time.sleep(1)
    raise Unmeasured('%s: %s, expected %d' % (expression, last, expected))


def evaluations(number):
    """Yield what our groups of rules took together, of so many evaluations."""
    seen = None
    while number:
        groups = ask('rules')['groups']
        sick = [rule['lastError'] for group in groups for rule in group['rules'] if rule.get('lastError')]
        if sick:
            raise Unmeasured('a rule fails: ' + sick[0])
        last = [group['lastEvaluation'] for group in groups]
        if last != seen and (seen is None or all(a != b for a, b in zip(last, seen))):
            seen = last
            number -= 1
            yield 1000 * sum(group['evaluationTime'] for group in groups)
        time.sleep(1)
