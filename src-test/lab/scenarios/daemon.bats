# The daemon as a service: it sees for itself, and it stops when it is told to.
load lab

@test "kernel and headers by rpm, with no plugin and no hook: seen all the same" {
    place_source 4.18.7
    rm /usr/lib/kernel/install.d/95-kmodkeeper.install

    by_rpm --install /lab/repo/x86_64/kernel-{core,devel}-"$A".rpm

    await kernels_in_status "$A"
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
}

# environment: LAB_LAYER=ready
@test "a module deleted by hand: check says so at once, and it comes back" {
    assert_ready "$A"
    # A build takes longer than the check does; what is stored would be back before.
    configure remedies direct

    rm "$(resolved "$A")"
    depmod "$A"

    run kmodkeeper check
    ((status != 0))
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
}

@test "stopped in mid-build: within five seconds, nothing is left, and it goes on when started" {
    configure remedies direct
    place_source 4.18.7 --whole
    install "$A"
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done
    before=$SECONDS

    stop_daemon

    ((SECONDS - before <= $(limit 5)))
    run ! pgrep -x cc1
    assert_nothing_of_ours "$A"
    [ "$(systemctl show --property Result --value kmodkeeper.service)" = success ]
    start_daemon
    wait_for "$A"
    assert_ready "$A"
}

@test "status --json while it builds: building, and busy" {
    place_source 4.18.7 --whole
    install "$A"
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done

    assert_verdict building "$A"
    [ "$(kmodkeeper status --json | jq .busy)" = true ]
    run -5 kmodkeeper wait --timeout 0

    wait_for "$A"
    [ "$(kmodkeeper status --json | jq .busy)" = false ]
}
