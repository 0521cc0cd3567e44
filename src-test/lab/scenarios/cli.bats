# What an operator sees: the command on a host with real kernels, real builds and a real terminal.
load lab

# on_terminal COMMAND…: runs it on a terminal of its own; $output is what the terminal got.
on_terminal() { run script --quiet --return --command "TERM=xterm $*" /dev/null; }

# step: which tool the build that runs is at, as the status tells it.
step() { kmodkeeper status --json | jq --raw-output '.activities[0].doing // "" | split(" ")[0] // ""'; }

# two_kernels_one_broken: A has its driver; B, which came later, cannot get it.
two_kernels_one_broken() {
    assert_ready "$A"
    break_source 4.18.7
    install "$B"
    wait_for "$B"
    ((status == 15))
}

# environment: LAB_LAYER=ready
@test "status, explain, log and history of a host where one kernel is ready and one is not" {
    two_kernels_one_broken

    run -0 kmodkeeper status
    assert_line '^   KERNEL +ixgbevf 4\.18\.7$'
    assert_line "^   $A  ready$"
    assert_line "^   $B  build-failed$"
    assert_line "^kernel $B: driver ixgbevf 4.18.7: build-failed$"
    assert_line '^    direct: src/ixgbevf_main.c:[0-9]+:[0-9]+: error: #error this source is broken on purpose$'
    assert_line '^Not bootable: 1 of 2 kernels\.'
    refute_line "^kernel $A:"
    refute_line $'\e'

    run -0 kmodkeeper explain "${A%%.el9*}" ixgbevf
    assert_line "^kernel $A: driver ixgbevf 4.18.7: ready$"
    assert_line "^  ok   modprobe +loads $(resolved "$A")$"
    assert_line '^  ok   version +4\.18\.7, as wanted$'
    assert_line "^  ok   vermagic +$A "
    assert_line "^  ok   symbols +[1-9][0-9]* CRCs compared with /lib/modules/$A/symvers.gz, none differs$"
    assert_line '^  ok   [0-9T:Z-]+  dkms, [0-9.]+ s: installed: '
    assert_line 'its inputs have changed since'
    told=$output

    run -0 kmodkeeper explain newest
    assert_line "^kernel $B: driver ixgbevf 4.18.7: build-failed$"
    assert_line "^  bad  modprobe +loads the kernel's own /lib/modules/$B/kernel/"
    assert_line '^  bad  [0-9T:Z-]+  direct, [0-9.]+ s: build-failed: .*broken on purpose$'
    [ "$(kmodkeeper explain newest --json | jq --raw-output '.explanations[0].attempts[] | select(.remedy != "stored").outcome' | sort -u)" = build-failed ]

    run -0 kmodkeeper log
    [ "${lines[0]}" = "$(field "$B" log)" ]
    assert_line 'error: #error this source is broken on purpose'
    run -0 kmodkeeper log --kernel "$A"
    [ "${lines[0]}" = "$(field "$A" log)" ]

    run -0 kmodkeeper history --kernel "$A" --driver ixgbevf
    assert_line 'verdict ready'
    refute_line "$B"

    stop_daemon
    run -0 --separate-stderr kmodkeeper explain "$A" ixgbevf
    [ "$output" = "$told" ]
}

# environment: LAB_LAYER=ready
@test "a terminal: colours unless NO_COLOR says otherwise, and no line is longer than it is wide" {
    two_kernels_one_broken

    on_terminal kmodkeeper status
    assert_line $'\e\\[31mbuild-failed'
    assert_line $'\e\\[32mready'

    # A shell does not export how wide it is.
    on_terminal "sh -c 'stty cols 30 && unset COLUMNS && kmodkeeper status'"
    output=${output//$'\e['[0-9]m}; output=${output//$'\e['[0-9][0-9]m}
    assert_line '^  ixgbevf 4.18.7  ready'
    while IFS= read -r line; do
        ((${#line} <= 31)) || [[ $line =~ ^\ *[^\ ]+$'\r'?$ ]] || fail "too long: $line"
    done <<<"$output"

    on_terminal NO_COLOR=1 kmodkeeper explain newest
    refute_line $'\e'
    # A path stays whole; all else is wrapped.
    while IFS= read -r line; do
        ((${#line} <= 81)) || [[ $line == */lib/modules/* || $line == */var/log/* ]] || fail "too long: $line"
    done <<<"$output"
}

@test "wait while it builds: one line that changes, with the file that is compiled" {
    configure remedies direct
    place_source 4.18.7 --whole
    install "$A"
    await step CC

    on_terminal kmodkeeper wait --timeout "$(at_most 180)"
    ((status == 0))
    tr '\r' '\n' <<<"$output" >"$BATS_TEST_TMPDIR/shown"
    grep --extended-regexp "building ixgbevf for $A by direct, [0-9]+ s: (CC|LD|MODPOST|BTF) [A-Za-z_.]+" "$BATS_TEST_TMPDIR/shown"
    tail -n 2 "$BATS_TEST_TMPDIR/shown" | grep '1 kernel, bootable'
}

@test "wait in a pipe while dkms builds: a line for what is done, and the step is told to who asks" {
    place_source 4.18.7 --whole
    install "$A"
    await step CC

    run -0 kmodkeeper wait --timeout "$(at_most 180)"
    refute_line $'\r|\e'
    [ "$(grep -c "^kmodkeeper: building ixgbevf for $A by dkms$" <<<"$output")" = 1 ] || fail "$output"
    run -0 kmodkeeper log
    [ "${lines[0]}" = "/var/log/kmodkeeper/$A/ixgbevf-4.18.7.dkms.log" ]
}

@test "status --watch: each change is shown until the watcher goes" {
    place_source 4.18.7
    kmodkeeper status --watch >"$BATS_TEST_TMPDIR/seen" 3>&- &
    watcher=$!

    install "$A"
    wait_for "$A"

    shown() { grep -o "^   $A  ready\$" "$BATS_TEST_TMPDIR/seen" | head -n 1; }
    await shown "   $A  ready"
    kill "$watcher"
    grep "^building ixgbevf for $A by dkms" "$BATS_TEST_TMPDIR/seen"
}

@test "report: a page with every verdict or of many hosts, and what a compiler prints is text in it" {
    place_source 4.18.7
    echo '#error </p><script>alert(1)</script>' >>/usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    install "$A"
    wait_for "$A"
    ((status == 15))

    run -0 kmodkeeper report --html /var/tmp/drivers.html
    [ -z "$output" ]
    [ "$(stat --format %a /var/tmp/drivers.html)" = 644 ]
    (umask 077 && kmodkeeper report --html /var/tmp/secret.html)
    [ "$(stat --format %a /var/tmp/secret.html)" = 600 ]
    run -0 /usr/bin/python3 - /var/tmp/drivers.html <<'END'
import sys, xml.etree.ElementTree as tree
page = tree.parse(sys.argv[1]).getroot()
assert not list(page.iter('script')), 'a script'
print(' '.join(''.join(page.itertext()).split()))
END
    assert_line "$A"
    assert_line 'error: #error </p><script>alert\(1\)</script>'
    assert_line 'remedy direct ended'

    # Of several hosts: this one, one that did not answer, and what else is in the directory.
    mkdir /var/tmp/hosts
    kmodkeeper status --json >"/var/tmp/hosts/$HOSTNAME.json"
    touch /var/tmp/hosts/down.json /var/tmp/hosts/README
    run -0 kmodkeeper report --from /var/tmp/hosts --html /var/tmp/hosts.html
    [ "$output" = 'kmodkeeper: nothing is known of 1 of 2 hosts; the page says why' ]
    run -0 /usr/bin/python3 - /var/tmp/hosts.html <<'END'
import sys, xml.etree.ElementTree as tree
page = tree.parse(sys.argv[1]).getroot()
assert len(list(page.iter('script'))) == 1, 'scripts'
print(' '.join(''.join(page.itertext()).split()))
END
    assert_line "1 $A ixgbevf 4.18.7 build-failed"
    assert_line 'down unknown empty'
    assert_line 'Ignored, .* 1 file \(README\)'
    assert_line 'error: #error </p><script>alert\(1\)</script>'

    run -1 kmodkeeper report --html /var/tmp
    assert_line '/var/tmp is a directory; name a file in it: --html /var/tmp/drivers.html'
    run -4 setpriv --reuid nobody --regid nogroup --clear-groups kmodkeeper report --html /root/drivers.html
}
