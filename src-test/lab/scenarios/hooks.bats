# Every path that a kernel can arrive by tells the daemon, at no cost to who arrives.
# environment: LAB_LAYER=package
load lab

setup() {
    run -0 rpm --verify kmodkeeper
    mark
}

# file PACKAGE: its file in the lab's repository.
file() { find /lab/repo -name "$1.*.rpm" -o -name "$1.rpm"; }

# notified: who has notified the daemon since the mark, each once.
notified() { journalctl --sync; journal | sed -n 's/^notified by \([a-z0-9-]*\).*/\1/p' | sort -u | paste -s -d ' '; }

# left_in_b: what is left of the driver in kernel B's tree; nobody waits for that, so it is told only once it is done.
left_in_b() { find "/lib/modules/$B" -name '*ixgbevf*' 2>/dev/null || true; }

# rest: until no more pass comes of what has happened: the daemon waits two seconds for changes to end.
rest() { sleep "$(limit 4)"; }

# count_passes: from now on; kernel A must be there, bootable. In each pass its stamp is read, by nobody else.
count_passes() {
    rest
    inotifywait --monitor --event open --timefmt %T --format '%T %f' --outfile "$BATS_TEST_TMPDIR/opened" \
        /var/lib/kmodkeeper/bootable 2>"$BATS_TEST_TMPDIR/inotifywait" 3>&- &
    until grep --quiet 'Watches established' "$BATS_TEST_TMPDIR/inotifywait"; do sleep 0.05; done
}

# assert_passes NUMBER: so many there were.
assert_passes() {
    local passes
    rest
    passes=$(grep --count " $A\$" "$BATS_TEST_TMPDIR/opened")
    [[ $passes == "$1" ]] || fail "$passes passes, expected $1: $(<"$BATS_TEST_TMPDIR/opened")"
}

# hooks: runs each hook as its caller does; prints what they print, and fails as they fail.
hooks() {
    local each status=0
    /usr/lib/kernel/install.d/95-kmodkeeper.install add "$A" /boot "/lib/modules/$A/vmlinuz" || status=$?
    /etc/kernel/postinst.d/kmodkeeper "$A" "/lib/modules/$A/vmlinuz" || status=$?
    for each in rpm dnf5; do find /lib/modules | /usr/libexec/kmodkeeper/notify "$each" || status=$?; done
    return "$status"
} 2>&1

@test "rpm -i of a kernel, without dnf: ready" {
    place_source 4.18.7

    by_rpm --install "$(file "kernel-core-$A")" "$(file "kernel-devel-$A")"

    await notified 'kernel-install rpm'
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
}

@test "rpm -e of a kernel, without dnf: nothing of ours stays in its tree" {
    place_source 4.18.7
    install "$A" "$B"
    wait_for "$A" "$B"
    mark

    by_rpm --erase "kernel-core-$B" "kernel-devel-$B"

    await notified 'kernel-install rpm'
    await kernels_in_status "$A"
    await left_in_b ''
}

@test "rpm -i of a driver's source: ready for the kernel that is there" {
    install "$A"
    wait_for "$A"
    assert_verdict not-set-up "$A"
    mark

    by_rpm --install "$(file 'lab-ixgbevf-*')"

    await notified rpm
    wait_for "$A"
    assert_ready "$A"
}

@test "kernel-install, by hand: told" {
    install_kernel "$A"
    await notified 'dnf kernel-install rpm'
    mark

    run -0 kernel-install add "$A" "/lib/modules/$A/vmlinuz"

    await notified kernel-install
}

@test "the hook of EL 7 and of installkernel: told" {
    run -0 /etc/kernel/postinst.d/kmodkeeper "$A" "/boot/vmlinuz-$A"
    [ -z "$output" ]

    await notified kernel-postinst
}

@test "all hooks in one transaction of dnf: one pass" {
    install_kernel "$A"
    wait_for "$A"
    mark
    count_passes

    install "$B" "$C"

    assert_passes 1
    # The package for dnf 5 needs one that no lab has: there rpm's trigger tells alone.
    if dnf_5; then expected='kernel-install rpm'; else expected='dnf kernel-install rpm'; fi
    [ "$(notified)" = "$expected" ]
    assert_verdict not-set-up "$B"
}

@test "all hooks in one transaction of rpm: one pass" {
    install_kernel "$A"
    wait_for "$A"
    mark
    count_passes

    by_rpm --install "$(file "kernel-core-$B")" "$(file "kernel-devel-$B")"

    await notified 'kernel-install rpm'
    assert_passes 1
}

@test "the daemon is stopped: a hook starts it" {
    place_source 4.18.7
    systemctl stop kmodkeeper.service

    by_rpm --install "$(file "kernel-core-$A")" "$(file "kernel-devel-$A")"

    await notified 'kernel-install rpm'
    wait_for "$A"
    assert_ready "$A"
}

@test "the daemon is stopped, and its socket: it stays so, and the hooks say nothing" {
    stop_daemon

    by_rpm --install "$(file "kernel-core-$A")"
    [ -z "$stderr" ]
    run -0 hooks
    [ -z "$output" ]

    run ! systemctl is-active kmodkeeper.service kmodkeeper.socket kmodkeeper-hooks.socket
}

@test "the daemon is masked: the hooks say nothing, and it catches up once it may run" {
    place_source 4.18.7
    systemctl mask --now kmodkeeper.service

    by_rpm --install "$(file "kernel-core-$A")" "$(file "kernel-devel-$A")"
    run -0 hooks
    [ -z "$output" ]

    systemctl unmask kmodkeeper.service
    start_daemon
    wait_for "$A"
    assert_ready "$A"
    run -0 systemctl is-active kmodkeeper-hooks.socket
}

@test "the daemon hangs: no hook waits, however many there are, and it catches up once it goes on" {
    place_source 4.18.7
    pid=$(systemctl show --property MainPID --value kmodkeeper.service)
    kill -STOP "$pid"

    by_rpm --install "$(file "kernel-core-$A")" "$(file "kernel-devel-$A")"
    # As many calls as fit into the pipe; one after the other by the hook takes longer than the watchdog waits.
    python3 -c "
import os
pipe = os.open('/run/kmodkeeper/hooks', os.O_WRONLY | os.O_NONBLOCK)
call = b'{\"method\":\"org.kmodkeeper.Notify\",\"parameters\":{\"origin\":\"rpm\"},\"oneway\":true}\0'
try:
    while True:
        os.write(pipe, call)
except BlockingIOError:
    pass"
    for _ in {1..5}; do run -0 timeout "$(limit 1)" /usr/libexec/kmodkeeper/notify rpm; done
    [ -z "$output" ]

    kill -CONT "$pid"
    wait_for "$A"
    assert_ready "$A"
    [ "$(systemctl show --property MainPID --value kmodkeeper.service)" = "$pid" ]
}

@test "a host without Python: told all the same" {
    place_source 4.18.7
    rm -f /usr/bin/python3*

    by_rpm --install "$(file "kernel-core-$A")" "$(file "kernel-devel-$A")"

    await notified 'kernel-install rpm'
    wait_for "$A"
    assert_ready "$A"
}

@test "only root may leave a call in the pipe" {
    run ! setpriv --reuid nobody --clear-groups sh -c 'echo >/run/kmodkeeper/hooks'
    assert_line 'Permission denied'
}
