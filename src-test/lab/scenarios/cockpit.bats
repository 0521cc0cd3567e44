# The page in Cockpit, by the distribution's own cockpit-ws, cockpit-bridge and Chromium. `make check-cockpit` installs these.
# What is in screenshots/ at the end is what docs/cockpit.md shows.
load lab

screenshots=/root/screenshots
# axe-core is not in Debian 12; who has it there has its rules checked as well.
axe=/usr/share/nodejs/axe-core/axe.min.js

setup() {
    local user
    [[ -x /usr/bin/chromedriver && -e /usr/share/cockpit/shell && -x /usr/lib/cockpit/cockpit-ws ]] ||
        skip 'needs Cockpit and Chromium: src-test/lab/packages --cockpit'
    for user in admin viewer; do
        useradd --create-home --shell /bin/bash "$user"
        chpasswd <<<"$user:$user"
    done
    usermod --append --groups sudo admin
    printf '[WebService]\nAllowUnencrypted = true\n' >/etc/cockpit/cockpit.conf
    systemctl start cockpit.socket
    systemd-run --quiet --unit lab-chromedriver chromedriver --port=9515
    set_up_grub
    grub_menu "$A"
    run -0 kmodkeeper notify
    wait_for "$A"
}

# What the page says.
summary() { ./browse text '#summary'; }
hold() { ./browse text '#hold'; }
boots() { ./browse text '#next'; }
work() { ./browse text '#work'; }
trouble() { ./browse text '#trouble'; }
evidence_trouble() { ./browse text '#evidence-trouble'; }
down() { ./browse text '#down h2'; }
shifts() { ./browse js measured.shifts; }
focus() { ./browse js 'document.activeElement.textContent'; }

# cell RELEASE [DRIVER]: the verdict that is in the table.
cell() {
    ./browse js "[...[...document.querySelectorAll('tr')].find(row => row.cells[0].firstChild.textContent === '$1')
        ?.querySelectorAll('button') ?? []].find(one => one.firstChild.textContent === '${2-ixgbevf}')?.children[1].textContent" |
        jq --raw-output .
}
on_b() { cell "$B"; }
on_c() { cell "$C"; }
driver_1() { cell "$A" driver1; }
driver_11() { cell "$A" driver11; }

# shot NAME
shot() { ./browse shot "$screenshots/$1.png"; }

# assert_accessible: nothing that a screen reader meets lacks a name, the page is no wider than the window, and axe finds nothing.
assert_accessible() {
    run -0 ./browse nameless
    [ -z "$output" ]
    [ "$(./browse js 'document.documentElement.scrollWidth <= innerWidth')" = true ]
    [[ -e $axe ]] || return 0
    run -0 --separate-stderr ./browse axe "$axe"
    [ -z "$output" ]
    echo "# ${stderr:?}" >&3
}

# environment: LAB_LAYER=ready
# long
@test "an administrator sees a build end, reads the evidence, releases a hold, starts the daemon" {
    # Of dkms's build there are no steps to be seen.
    configure remedies 'stored, direct'
    place_source 4.19.0 --whole
    run -0 kmodkeeper notify
    wait_for "$A"
    ./browse start 1280 light
    ./browse login admin
    await summary 'All kernels are bootable: 1.'
    await boots "$A"
    ./browse administrative admin

    # A build begins and ends, and the page is never loaded again.
    ./browse js 'same = 1'
    install "$B"
    await on_b building
    # Its row has moved the others; from now on nothing does.
    ./browse js 'measured.shifts = []'
    await_match work "^direct: ixgbevf for $B · 0:[0-9]+ · CC "
    [[ $(summary) == 'Not bootable: 1 of 2 kernels. Work is in progress.' ]]
    shot building
    assert_accessible
    wait_for "$B"
    await on_b ready
    await summary 'All kernels are bootable: 2.'
    await work 'Nothing is running.'
    [ "$(./browse js 'same')" = 1 ]
    [ "$(shifts)" = '[]' ] || fail "moved: $(shifts)"
    grub_menu "$B" "$A"
    run -0 kmodkeeper notify
    await boots "$B"
    shot ready

    # The offered kernel.
    ./browse click 'Run preflight'
    await on_c ready
    ./browse open "$C" ixgbevf
    await_match evidence "Found out by"
    ./browse keys Escape
    ./browse js 'document.querySelector("#offered").scrollIntoView({ block: "center" })'
    shot offered

    # A cell has its evidence: that of the disk, the journal and the build's log.
    /lab/source ixgbevf 4.19.0 --broken
    install "$C"
    grub_menu "$C" "$B" "$A"
    wait_for "$C"
    ((status == 15))
    await on_c build-failed
    ./browse open "$C" ixgbevf
    await_match evidence 'error: #error this source is broken on purpose'
    [[ $(evidence) == *"remedy direct ended after"*"build-failed"* ]]
    [[ $(evidence) == *"End of /var/log/kmodkeeper/$C/"* ]]
    assert_accessible
    shot evidence
    ./browse js 'document.querySelector("#evidence").scrollTop = 10000'
    shot log
    ./browse click Rebuild
    await_match evidence 'this source is broken on purpose'
    ./browse click Close

    # The hold.
    await boots "$B"
    await_match hold "^until $C is bootable, since "
    ./browse js 'scrollTo(0, 0)'
    shot hold
    ./browse click 'Release the hold'
    await boots "$C"
    await_match hold '^none'
    [ "$(boots_next)" = "$C" ]
    [ -z "$(trouble)" ]
    shot released

    # The daemon is stopped: the page does not start it by itself, also not by its socket.
    systemctl stop kmodkeeper.service
    await down 'The kmodkeeper daemon is not running'
    [ -z "$(summary)" ]
    [ "$(./browse js 'document.querySelector("#host").checkVisibility()')" = false ]
    [ "$(systemctl is-active kmodkeeper.service)" = inactive ]
    assert_accessible
    shot stopped
    ./browse click 'Start the daemon'
    await summary 'Not bootable: 1 of 3 kernels.'
    [ -z "$(down)" ]
}

evidence() { ./browse text '#evidence'; }

# await_match COMMAND PATTERN: until what COMMAND prints matches the extended regular expression.
await_match() {
    matches() { if grep --quiet --extended-regexp -e "$pattern" <<<"$($command)"; then echo yes; else $command; fi; }
    local command=$1 pattern=$2
    await matches yes
}

# environment: LAB_LAYER=ready
# long
@test "a user without administrative access reads all and is refused in the daemon's words; dark, 320 px, keys, German" {
    break_source 4.18.7
    install "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    ./browse start 1280 dark
    ./browse login viewer
    await on_b build-failed
    await_match hold "^until $B is bootable, since "
    assert_accessible

    ./browse click 'Release the hold'
    await trouble "Release the hold: Only root and the configured group may do this. Turn on administrative access. \
The daemon answered: org.varlink.service.PermissionDenied"
    [ "$(boots_next)" = "$A" ]
    shot refused-dark
    ./browse click 'Run preflight'
    await_match trouble '^Run preflight: Not permitted to perform this action'

    # By the keyboard alone: the tables are one stop each, and arrows go from cell to cell.
    ./browse js 'document.querySelector("#release").focus()'
    ./browse keys Tab ArrowDown ArrowUp Enter
    await_match evidence "^ixgbevf on $B"
    await_match evidence 'error: #error this source is broken on purpose'
    await focus "\"ixgbevf on $B\""
    shot evidence-dark
    ./browse click Rebuild
    await_match evidence_trouble '^Rebuild: .*org.varlink.service.PermissionDenied$'
    ./browse keys Escape
    await_match focus '^"ixgbevf(build-failed|building)'

    # The daemon is stopped: only an administrator may start it.
    stop_daemon
    await down 'The kmodkeeper daemon is not running'
    ./browse click 'Start the daemon'
    await_match trouble '^Start the daemon: Not permitted to perform this action'
    start_daemon
    await on_b build-failed

    ./browse start 320 light
    ./browse login viewer
    await on_b build-failed
    assert_accessible
    shot narrow
    ./browse open "$B" ixgbevf
    await_match evidence 'this source is broken on purpose'
    assert_accessible
    shot evidence-narrow

    ./browse start 320 dark de
    ./browse login viewer
    await summary 'Nicht startbereit: 1 von 2 Kerneln.'
    assert_accessible
    shot narrow-dark-german
}

# environment: LAB_LAYER=ready
# long
@test "30 kernels with 12 drivers are painted soon, and nothing moves while one after the other becomes ready" {
    local number kernel times
    # Only for A are there headers; so nothing happens on the other kernels.
    configure install-headers no
    configure remedies direct
    stop_daemon
    for number in {101..129}; do
        kernel=${A/-540/-$number}
        cp --archive --link "/lib/modules/$A" "/lib/modules/$kernel"
        rm --recursive --force "/lib/modules/$kernel"/{build,source,extra}
    done
    for number in {1..11}; do
        /lab/source hello 1.0
        mv /usr/src/hello-1.0 "/usr/src/driver$number-1.0"
        mv "/usr/src/driver$number-1.0/hello.c" "/usr/src/driver$number-1.0/driver$number.c"
        sed -i "s/hello/driver$number/g" "/usr/src/driver$number-1.0"/*
        echo '[driver]' >"/etc/kmodkeeper/drivers.d/driver$number.conf"
    done
    ./browse start 1280 light
    ./browse login viewer
    await down 'The kmodkeeper daemon is not running'
    start_daemon
    await driver_11 building
    # The fonts have come by now.
    ./browse js 'measured.shifts = []'
    [ "$(./browse js 'document.querySelectorAll("#kernels td b").length')" = 360 ]
    await driver_11 ready
    wait_for "$A"
    await driver_1 ready
    [ "$(shifts)" = '[]' ] || fail "moved: $(shifts)"
    ./browse js 'document.querySelector("#kernels").scrollIntoView()'
    shot many

    for number in {1..5}; do
        ./browse reload
        await driver_11 ready
        times+=" $(./browse js 'Math.round(measured.render)')"
        (($(./browse js 'Math.round(measured.render)') <= $(at_most 1000)))
    done
    echo "# from data to picture: $times ms; load $(cut -d' ' -f1 /proc/loadavg), $(nproc) processors" >&3
}
