"""What the metrics of a thousand hosts cost the Prometheus that has them all."""
import contextlib
import http.server
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

from stopwatch import Unmeasured, run
from table import Row

HOSTS = 1000
KERNELS = 3
DRIVERS = 'ixgbevf', 'ena'
PROM = pathlib.Path('/var/lib/prometheus/node-exporter/kmodkeeper.prom')
SHARE = pathlib.Path('/usr/share/kmodkeeper-monitoring')
# Prometheus' own defaults, but for the evaluation: to have several of them.
SCRAPE_SECONDS, EVALUATION_SECONDS = 60, 15
EVALUATIONS = 12
HISTORY_SECONDS = 2 * 3600


def fleet_rules():
    """The rules and alerts of kmodkeeper-monitoring in a real Prometheus that scrapes 1000 hosts with 3 kernels and 2
    drivers each, one in twenty with a driver that is not ready, and that has hours of what the slowest rule reads: what
    Prometheus itself says that an evaluation of all of them took."""
    real = template()
    texts = [text(real, number) for number in range(HOSTS)]
    directory = pathlib.Path(tempfile.mkdtemp(dir='/var/tmp'))
    with served(texts) as port, started(directory, port, texts) as (address, pid):
        await_hosts(address)
        took = [evaluation(address) for _ in range(EVALUATIONS)]
        firing = value(address, 'count(ALERTS{alertname="KmodkeeperDriverNotReady"})')
        if firing != HOSTS / 20:
            raise Unmeasured('%d hosts have a driver that is not ready' % firing)
        yield Row('rules and alerts of %d hosts, one evaluation' % HOSTS, 'ms', took, target=1000)
        yield Row('  series of a host', '', [value(address, 'count({__name__=~"kmodkeeper_.+", instance="host0001"})')])
        yield Row('  samples that the slowest rule reads', '',
                  [value(address, 'sum(count_over_time(kmodkeeper_attempts_total[1h]))')])
        yield Row('  Prometheus resident', 'MiB', [resident(pid)])


def template():
    """Return what this lab's own daemon has written: its one kernel and driver stand for all."""
    PROM.parent.mkdir(parents=True, exist_ok=True)
    run('kmodkeeper', 'notify')
    run('kmodkeeper', 'wait')
    end = time.monotonic() + 60
    while not PROM.exists() or 'kmodkeeper_driver_ready' not in PROM.read_text():
        if time.monotonic() > end:
            raise Unmeasured('the daemon wrote no metrics')
        time.sleep(1)
    return PROM.read_text()


def text(real, number):
    """Return the metrics of such a host, made of a real one's."""
    lines = []
    for line in real.splitlines():
        kernel = re.search('kernel="([^"]*)"', line)
        releases = ['6.1.0-%d.el9.x86_64' % (570 - 10 * which) for which in range(KERNELS)] if kernel else ['']
        lines.extend((line.replace(kernel[1], release) if kernel else line).replace('"ixgbevf"', '"%s"' % driver)
                     for release in (releases[:1] if 'next_boot' in line else releases)
                     for driver in (DRIVERS if 'driver="' in line else DRIVERS[:1]))
    if number % 20 == 0:
        lines = [re.sub('verdict="[^"]*"(.*) 1$', r'verdict="build-failed"\1 0', line)
                 if line.startswith('kmodkeeper_driver_ready') and '-570.' in line and 'ixgbevf' in line else line
                 for line in lines]
    return '\n'.join(lines) + '\n'


@contextlib.contextmanager
def served(texts):
    """Serve the text of host N at /N, as node_exporter would; yield the port."""
    class Exporter(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            now = '%d' % time.time()
            body = re.sub(r'(?m)^(kmodkeeper_last_pass_timestamp_seconds) .*', r'\1 ' + now, texts[int(self.path[1:])]).encode()
            self.send_response(200)
            self.send_header('Content-Type', 'text/plain; version=0.0.4')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Exporter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@contextlib.contextmanager
def started(directory, port, texts):
    """Have Prometheus scrape them, with some hours of history; yield its API's address and its process's id."""
    (directory / 'history').write_text(history(texts))
    run('promtool', 'tsdb', 'create-blocks-from', 'openmetrics', directory / 'history', directory / 'data')
    (directory / 'prometheus.json').write_text(json.dumps({
        'global': {'scrape_interval': '%ds' % SCRAPE_SECONDS, 'evaluation_interval': '%ds' % EVALUATION_SECONDS},
        'rule_files': [str(SHARE / kind / 'kmodkeeper.yaml') for kind in ('alerts', 'rules')],
        'scrape_configs': [{'job_name': 'node', 'static_configs': [
            {'targets': ['127.0.0.1:%d' % port], 'labels': {'instance': name(number), '__metrics_path__': '/%d' % number}}
            for number in range(HOSTS)]}]}))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        listen = '127.0.0.1:%d' % free.getsockname()[1]
    with subprocess.Popen(('prometheus', '--config.file=%s' % (directory / 'prometheus.json'),
                           '--storage.tsdb.path=%s' % (directory / 'data'), '--web.listen-address=' + listen),
                          stdout=(directory / 'log').open('wb'), stderr=subprocess.STDOUT) as prometheus:
        try:
            yield 'http://%s/api/v1/' % listen, prometheus.pid
        finally:
            prometheus.terminate()


def name(number):
    return 'host%04d' % number


def history(texts):
    """Return the hosts' attempts of some hours, as they would have been scraped."""
    now = int(time.time())
    lines = ['# TYPE kmodkeeper_attempts counter']
    for number, of_host in enumerate(texts):
        for labels, last in re.findall(r'(?m)^kmodkeeper_attempts_total\{(.*)\} (\S+)$', of_host):
            series = 'kmodkeeper_attempts_total{instance="%s",job="node",%s} %s ' % (name(number), labels, last)
            lines.extend(series + str(when) for when in range(now - HISTORY_SECONDS, now, SCRAPE_SECONDS))
    return '\n'.join(lines + ['# EOF', ''])


def await_hosts(address):
    end = time.monotonic() + 10 * SCRAPE_SECONDS
    while True:
        try:
            if value(address, 'count(kmodkeeper_up == 1)') == HOSTS:
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise Unmeasured('Prometheus has not scraped all hosts')
        time.sleep(1)


def ask(address, path):
    with urllib.request.urlopen(address + path) as answer:
        return json.load(answer)['data']


def value(address, expression):
    """Return the one value that it has, 0 if it has none."""
    result = ask(address, 'query?query=' + urllib.request.quote(expression))['result']
    return float(result[0]['value'][1]) if result else 0


def evaluation(address):
    """Return the milliseconds of the next evaluation of all groups together."""
    before = {group['name']: group['lastEvaluation'] for group in ask(address, 'rules')['groups']}
    while True:
        groups = ask(address, 'rules')['groups']
        if all(group['lastEvaluation'] != before[group['name']] for group in groups):
            return sum(group['evaluationTime'] for group in groups) * 1000
        time.sleep(0.5)


def resident(pid):
    pages = pathlib.Path('/proc/%d/status' % pid).read_text()
    return int(re.search(r'VmRSS:\s+(\d+) kB', pages)[1]) / 1024
