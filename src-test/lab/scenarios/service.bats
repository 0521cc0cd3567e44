# kmodkeeper as a service of systemd: it is there when it is called, and it comes back when it is stuck.
load lab

talk=/lab/here/talk

# property NAME: of the service.
property() { systemctl show --property "$1" --value kmodkeeper.service; }

# doing: what the service says it is doing.
doing() { property StatusText; }

# restarts: how often systemd has started the daemon again, once that runs.
restarts() { [[ $(property ActiveState) == active ]] && property NRestarts; }

# watch_closely: systemd waits two seconds only for a sign of life.
watch_closely() {
    mkdir -p /etc/systemd/system/kmodkeeper.service.d
    printf '[Service]\nWatchdogSec=%d\n' "$(limit 2)" >/etc/systemd/system/kmodkeeper.service.d/watchdog.conf
    systemctl daemon-reload
    systemctl restart kmodkeeper.service
}

@test "the units are sound" {
    run -0 --separate-stderr systemd-analyze verify --man=no /usr/lib/systemd/system/kmodkeeper*.{service,socket}
    # shellcheck disable=SC2154  # bats sets it
    [ -z "$output$stderr" ]
    # Ten times the exposure that it calculates: 4.0 at most.
    run -0 systemd-analyze security --threshold=40 kmodkeeper.service
}

@test "an older systemd, which knows fewer directives: a driver gets ready by each remedy" {
    place_source 4.18.7
    place_driver hello 1.0
    keep_driver hello 'remedies = direct'

    # forget_drop_in VERSION: and all that the service has made for itself so far.
    forget_drop_in() {
        rm "/usr/lib/systemd/system/kmodkeeper.service.d/systemd-$1.conf"
        stop_daemon
        rm -rf /var/lib/kmodkeeper /var/log/kmodkeeper
        systemctl daemon-reload
        start_daemon
    }

    rm -f /usr/lib/systemd/system/kmodkeeper.service.d/systemd-254.conf
    forget_drop_in 252
    install "$A"
    wait_for "$A"
    assert_ready "$A"

    forget_drop_in 239
    [ -z "$(property DropInPaths)" ]
    install "$B"
    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    assert_made_by dkms "$B"
    assert_verdict ready "$B" hello
    assert_made_by direct "$B" hello
}

@test "the daemon is stopped: the first caller starts it" {
    systemctl stop kmodkeeper.service
    [ "$(property ActiveState)" = inactive ]

    run -0 --separate-stderr kmodkeeper status

    [ -z "$stderr" ]
    [ "$(property ActiveState)" = active ]
}

@test "stopped and started: the socket is the same, with its mode" {
    before=$(stat --format '%i %a' /run/kmodkeeper/org.kmodkeeper)
    systemctl restart kmodkeeper.service
    run -0 kmodkeeper status
    [ "$(stat --format '%i %a' /run/kmodkeeper/org.kmodkeeper)" = "$before" ]
    [ "${before#* }" = 666 ]
}

@test "replaced while notifications arrive: none is lost" {
    sent=0
    mark
    (for _ in 1 2 3; do systemctl restart kmodkeeper.service; done; touch "$BATS_TEST_TMPDIR/done") 3>&- &
    replacing=$!
    until [[ -e $BATS_TEST_TMPDIR/done ]] && ((sent >= 50)); do
        run -0 "$talk" call org.kmodkeeper.Notify '{"origin": "scenario"}'
        refute_line '"error"'
        assert_line '"parameters"'
        ((sent += 1))
    done
    wait "$replacing"

    journalctl --sync
    [ "$(journal | grep -c '^notified by scenario')" -eq "$sent" ]
}

@test "reloaded, stopped and started under load: every answer is right and the driver gets ready" {
    place_source 4.18.7 --whole
    install "$A"
    (until [[ -e $BATS_TEST_TMPDIR/done ]]; do "$talk" crowd 20; done >"$BATS_TEST_TMPDIR/answered") 3>&- &
    load=$!
    for _ in 1 2 3; do
        # As an operator would have to who does this more often than systemd allows for.
        systemctl reset-failed kmodkeeper.service
        systemctl reload kmodkeeper.service
        systemctl stop kmodkeeper.service
        systemctl start kmodkeeper.service
        systemctl reload kmodkeeper.service
        systemctl restart kmodkeeper.service
    done
    touch "$BATS_TEST_TMPDIR/done"
    wait "$load"

    wait_for "$A"
    assert_ready "$A"
    [ "$(property Result)" = success ]
    [ -s "$BATS_TEST_TMPDIR/answered" ]
}

@test "a daemon that hangs is restarted, and goes on with what is to do" {
    watch_closely
    place_source 4.18.7

    kill -STOP "$(property MainPID)"
    install "$A"

    await restarts 1
    wait_for "$A"
    assert_ready "$A"
}

@test "a build that takes longer than the watchdog waits is not taken for a hang" {
    watch_closely
    place_source 4.18.7
    echo "make = sleep $(limit 6) && cd src && make BUILD_KERNEL=\${kernelver}" >>/etc/kmodkeeper/drivers.d/ixgbevf.conf
    configure remedies direct

    install "$A"
    await doing "kernel $A: driver ixgbevf: remedy direct is running"

    wait_for "$A"
    assert_ready "$A"
    [ "$(property NRestarts)" = 0 ]
    [ "$(doing)" = 'all drivers are ready' ]
}

@test "what runs outside of the service is stopped: whoever waits for it goes on" {
    stopped() { [ "$(systemctl show --property SubState --value lab-outside.service)" = running ] && systemctl stop lab-outside.service; }
    until stopped; do sleep 0.2; done 3>&- &

    run -143 timeout "$(at_most 30)" /usr/libexec/kmodkeeper/transient-unit lab-outside /tmp/log sleep 300
}
