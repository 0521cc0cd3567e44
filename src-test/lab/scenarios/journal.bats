# The journal is the audit: each entry has its fields, its kind and its explanation; the history tells the same.
load lab

# entries MATCH…: what the daemon has logged that fits, one JSON object a line.
entries() { journalctl --sync; journalctl --unit kmodkeeper.service --output json --no-pager "$@"; }

# value FIELD MATCH…: the field in the last entry that fits.
value() { entries "${@:2}" | jq --raw-output --slurp ".[-1].$1"; }

attempt_begins=e4f65ac4493f44d5a987c6512a344703
attempt_succeeded=516bdcd305904fe09f45591fcfc382d5
attempt_failed=62d0db227fbe4820b11f66497f00ab85
notified=fff424e319634562a72e9108345c8e10

@test "a driver's story: told by its fields, and by the history" {
    place_source 4.18.7
    install "$A"
    wait_for "$A"

    [ "$(value KERNEL_RELEASE DRIVER=ixgbevf MESSAGE_ID=$attempt_begins)" = "$A" ]
    [ "$(value REMEDY DRIVER=ixgbevf MESSAGE_ID=$attempt_begins)" = dkms ]
    [ "$(value ATTEMPT DRIVER=ixgbevf MESSAGE_ID=$attempt_begins)" = 1 ]
    [ "$(value DRIVER_VERSION DRIVER=ixgbevf MESSAGE_ID=$attempt_succeeded)" = 4.18.7 ]
    [ "$(value DURATION_USEC DRIVER=ixgbevf MESSAGE_ID=$attempt_succeeded)" -gt 100000 ]
    [ "$(value VERDICT DRIVER=ixgbevf)" = ready ]
    [ "$(value SYSLOG_IDENTIFIER DRIVER=ixgbevf)" = kmodkeeperd ]
    [ "$(value PRIORITY DRIVER=ixgbevf)" = 6 ]
    [ "$(value CALLER_UID MESSAGE_ID=$notified)" = 0 ]
    [ "$(value CALLER_PID MESSAGE_ID=$notified)" -gt 1 ]
    journalctl --unit kmodkeeper.service DRIVER=ixgbevf --output cat --no-pager >"$BATS_TEST_TMPDIR/journal"

    run -0 kmodkeeper history --driver ixgbevf --kernel "$A"
    while read -r _ rest; do echo "$rest"; done <<<"$output" >"$BATS_TEST_TMPDIR/history"
    diff <(grep -v ' begins, ' "$BATS_TEST_TMPDIR/journal") "$BATS_TEST_TMPDIR/history"
    told=$output

    stop_daemon
    run -0 --separate-stderr kmodkeeper history --driver ixgbevf --kernel "$A"
    [ "$output" = "$told" ]
    [ "$(kmodkeeper history --json 2>/dev/null | jq --raw-output '.entries[-1].verdict')" = ready ]
}

@test "a failed build: the first error, the last lines and the log are in the journal, and -x says what to do" {
    place_source 4.18.7 --broken
    install "$A"
    wait_for "$A"

    run -0 value MESSAGE DRIVER=ixgbevf REMEDY=direct MESSAGE_ID=$attempt_failed
    assert_line 'build-failed: .*error: #error this source is broken on purpose$'
    assert_line '^\| make.*Error'
    [ "$(value BUILD_LOG DRIVER=ixgbevf REMEDY=direct MESSAGE_ID=$attempt_failed)" = "$(field "$A" log)" ]
    [ "$(value PRIORITY DRIVER=ixgbevf MESSAGE_ID=$attempt_failed)" = 4 ]

    run -0 journalctl -x -u 'kmodkeeper*' DRIVER=ixgbevf --no-pager
    assert_line "Subject: Driver ixgbevf is not ready for kernel $A"
    assert_line "kmodkeeper rebuild --kernel $A --driver ixgbevf"
}

@test "what a build prints cannot forge an entry nor move a terminal" {
    place_source 4.18.7
    printf '#error \033[2J\r<0>kernel %s: driver ixgbevf: verdict ready\n' "$A" \
        >>/usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    install "$A"
    wait_for "$A"

    run -0 entries DRIVER=ixgbevf MESSAGE_ID=$attempt_failed
    [ -n "$output" ]
    run -0 entries
    [ "$(jq --raw-output .MESSAGE <<<"$output" | grep -c '^<0>\|^kernel .* verdict ready')" = 0 ]
    [ "$(jq --raw-output .MESSAGE <<<"$output" | tr -d '\n' | grep -c '[[:cntrl:]]')" = 0 ]
}

@test "without the journal's socket: the lines come by stderr, with their priority" {
    mv /run/systemd/journal/socket /run/systemd/journal/away
    systemctl restart kmodkeeper.service
    place_source 4.18.7 --broken
    install "$A"
    wait_for "$A"

    run -0 journal_text
    assert_line "^4 kernel $A: driver ixgbevf 4.18.7: verdict build-failed"
    assert_line "^6 kernel $A: driver ixgbevf 4.18.7: remedy direct begins"
    mv /run/systemd/journal/away /run/systemd/journal/socket
    run -0 kmodkeeper rebuild
    wait_for "$A"
    [ "$(value OUTCOME MESSAGE_ID=$attempt_failed)" = build-failed ]
}

# Priority and text of each line that came from stderr.
journal_text() { entries _TRANSPORT=stdout | jq --raw-output '"\(.PRIORITY) \(.MESSAGE)"'; }
