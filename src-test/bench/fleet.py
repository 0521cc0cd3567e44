"""What a thousand hosts cost those who look after them: the page of all of them in a browser."""
import copy
import datetime
import json
import pathlib
import subprocess
import tempfile

from stopwatch import Unmeasured, run, take_turns
from table import Row

HOSTS = 1000
KERNELS = 3
DRIVERS = 2

# From the event of a key to the frame after it: what someone who types waits for.
WATCH = """
window.waits = [];
document.addEventListener('input', function () {
  const began = performance.now();
  requestAnimationFrame(function () {
    setTimeout(function () { window.waits.push(performance.now() - began); });
  });
}, true);
"""


def fleet_page():
    """`kmodkeeper report --from` of 1000 hosts with 3 kernels and 2 drivers each, one in twenty with a driver that is not
    ready for the newest kernel, and what a headless Chromium needs to show the page and to filter it, letter by letter."""
    directory = pathlib.Path(tempfile.mkdtemp(dir='/var/tmp'))
    status = json.loads(subprocess.check_output(('kmodkeeper', 'status', '--json')))
    (directory / 'hosts').mkdir()
    for number in range(HOSTS):
        name = 'web%04d.example.com' % number
        (directory / 'hosts' / (name + '.json')).write_text(json.dumps(host(status, name, number), indent=2))
    page = directory / 'hosts.html'
    took = [run('kmodkeeper', 'report', '--from', directory / 'hosts', '--html', page) for _ in range(5)]
    yield Row('report of %d hosts, %d x %d' % (HOSTS, KERNELS, DRIVERS), 'ms', took)
    yield Row('  its size', 'MB', [page.stat().st_size / 1e6], target=2)
    paints, bare, waits = browser(page)
    yield Row('  first paint in Chromium', 'ms', paints)
    yield Row('  the same of an empty page', 'ms', bare)
    yield Row('  from a key to the filtered page', 'ms', waits)


def host(status, name, number):
    """Return the status of such a host, made of a real one."""
    mine = copy.deepcopy(status)
    mine.update(host=name, time=datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'))
    kernel = mine['kernels'][0]
    kernel['drivers'] = [dict(kernel['drivers'][0], driver=driver) for driver in ('ixgbevf', 'ena')[:DRIVERS]]
    kernels = []
    for which in range(KERNELS):
        one = copy.deepcopy(kernel)
        one.update(release='6.1.0-%d.el9.x86_64' % (570 - 10 * which), running=which == 1, nextBoot=which == number % 2)
        kernels.append(one)
    if number % 20 == 0:
        kernels[0]['bootable'] = mine['bootable'] = False
        kernels[0]['drivers'][0].update(
            verdict='build-failed', detail='direct: src/ixgbevf_main.c:%d:2: error: implicit declaration of a function that'
            ' this kernel does not have any more' % number)
    mine['kernels'] = kernels
    return mine


def browser(page):
    """Return milliseconds until the first paint of it and of an empty page, each by five fresh browsers, and from each key
    to the frame after."""
    try:
        from selenium import webdriver
    except ImportError as missing:
        raise Unmeasured('a browser: %s; apt-get install chromium chromium-driver python3-selenium' % missing)
    empty = page.with_name('empty.html')
    empty.write_text('<!DOCTYPE html><title>empty</title><p>empty')
    options = webdriver.ChromeOptions()
    # Its sandbox refuses root, and nothing but our own page is shown.
    for each in '--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--window-size=1280,900':
        options.add_argument(each)
    waits = []

    def first_paint(of):
        chromium.get(of.as_uri())
        return chromium.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")

    def bare():
        nonlocal chromium
        with webdriver.Chrome(options=options) as chromium:
            return first_paint(empty)

    def whole():
        nonlocal chromium
        with webdriver.Chrome(options=options) as chromium:
            paint = first_paint(page)
            chromium.execute_script(WATCH)
            box = chromium.find_element('id', 'filter')
            for key in 'web0040':
                box.send_keys(key)
            shown = chromium.find_element('id', 'count').text
            if shown != '1 of %d' % HOSTS:
                raise Unmeasured('the filter shows ' + shown)
            waits.extend(chromium.execute_script('return window.waits'))
            return paint

    chromium = None
    paints, bare_paints = take_turns(5, whole, bare)
    return paints, bare_paints, waits
