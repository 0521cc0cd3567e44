# What cannot be built is said, and nothing else suffers from it.
load lab

@test "broken source: build-failed with the compiler's first error, the log, and nothing half-installed" {
    place_source 4.18.7 --broken

    install "$A"

    wait_for "$A"
    ((status == 15))
    assert_verdict build-failed "$A"
    run -15 kmodkeeper check
    run kmodkeeper status
    assert_line 'error: #error this source is broken on purpose'
    log=$(field "$A" log)
    grep 'error: #error this source is broken on purpose' "$log"
    [[ $log == /var/log/kmodkeeper/$A/* ]]
    assert_nothing_of_ours "$A"
}

@test "broken source: other drivers and other kernels are as they would be without it" {
    place_source 4.18.7
    place_driver hello 1.0
    keep_driver hello
    install "$A"
    wait_for "$A"
    before=$(sha256sum "$(resolved "$A")")

    break_source 4.18.7
    install "$B"

    wait_for "$B"
    ((status == 15))
    assert_verdict build-failed "$B"
    assert_verdict ready "$B" hello
    assert_resolves_in extra "$B" hello
    assert_ready "$A"
    [ "$(sha256sum "$(resolved "$A")")" = "$before" ]
}

@test "broken source mended: built at once, without waiting for the next try" {
    place_source 4.18.7 --broken
    install "$A"
    wait_for "$A"
    assert_verdict build-failed "$A"

    sed -i '/^#error/d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    run -0 kmodkeeper notify

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
}

# A kernel that has a copy of its own module in updates/, which depmod prefers to extra/.
install_with_stale_copy() {
    configure install-headers no
    install_kernel "$1"
    wait_for "$1"
    mkdir "/lib/modules/$1/updates"
    cp "$(resolved "$1")" "/lib/modules/$1/updates/"
    depmod "$1"
    assert_resolves_in updates "$1"
}

@test "a stale copy in updates/: still resolved to ours" {
    place_source 4.18.7
    install_with_stale_copy "$A"

    install_headers "$A"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    [ "$(modinfo -k "$A" -F version ixgbevf)" = 4.18.7 ]
}

@test "a stale copy in updates/ and the direct build: resolved to ours, and the copy is left alone" {
    configure remedies direct
    place_source 4.18.7
    install_with_stale_copy "$A"

    install_headers "$A"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    [ "$(modinfo -k "$A" -F version ixgbevf)" = 4.18.7 ]
    ls "/lib/modules/$A/updates/"ixgbevf.ko*
}

@test "daemon down: the transaction says one line more, and the rest is done when it starts" {
    place_source 4.18.7
    stop_daemon
    # What dnf says, less what differs from run to run.
    said() { grep -v -e '^Last metadata' -e '^Kernels of the lab' <<<"$output"; }
    transaction --disableplugin=kmodkeeper install "kernel-core-$A" "kernel-devel-$A"
    without=$(said)
    transaction --disableplugin=kmodkeeper remove "kernel-core-$A" "kernel-devel-$A"

    install "$A"
    [ "$(said)" = "$without" ]
    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == 'kmodkeeper: '* && $stderr != *$'\n'* ]]

    run kmodkeeper status
    assert_line 'the daemon does not run'
    run -10 kmodkeeper check

    start_daemon
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
}

@test "the daemon is killed twice in the middle of a build: that build has failed, and comes again after a pause" {
    configure remedies direct
    configure install-headers no
    place_source 4.18.7 --whole
    install_kernel "$A"
    wait_for "$A"
    install_headers "$A"

    for _ in 1 2; do
        until pgrep -x cc1 >/dev/null; do sleep 0.02; done
        systemctl kill --kill-whom=all --signal=KILL kmodkeeper.service
        while pgrep -x cc1 >/dev/null; do sleep 0.02; done
    done
    start_daemon
    wait_for "$A"

    assert_verdict build-failed "$A"
    [[ $(field "$A" detail) == *'the daemon was killed during the attempt again'* ]]
    [ "$(field "$A" retryAt)" != none ]
    assert_nothing_of_ours "$A"
}

@test "kill -9 of daemon and build in mid-build: it converges, and no partial module had the final name" {
    configure remedies direct
    configure install-headers no
    place_source 4.18.7 --whole
    install_kernel "$A"
    wait_for "$A"
    mkdir -p "/lib/modules/$A/extra"
    inotifywait --monitor --quiet --format '%e %f' --outfile "$BATS_TEST_TMPDIR/events" \
        --event create,modify,moved_to "/lib/modules/$A/extra" 3>&- &

    install_headers "$A"
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done
    systemctl kill --kill-whom=all --signal=KILL kmodkeeper.service
    assert_nothing_of_ours "$A"

    start_daemon
    wait_for "$A"
    kill $!
    ((status == 0))
    assert_ready "$A"
    cat "$BATS_TEST_TMPDIR/events"
    [ "$(grep -c ' ixgbevf\.ko[.xzgst]*$' "$BATS_TEST_TMPDIR/events")" -eq 1 ]
    grep '^MOVED_TO ixgbevf\.ko[.xzgst]*$' "$BATS_TEST_TMPDIR/events"
    run ! pgrep -x cc1
}
