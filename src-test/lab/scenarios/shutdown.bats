# A host that goes down in mid-build: the kernel that boots next gets its driver first; nothing else delays it.
load lab

# go_down reboot|poweroff: as systemctl does it where there is no logind; the scenario begins again in the
# next boot.
go_down() {
    journalctl --sync
    touch /lab/again
    systemctl start "$1.target" --job-mode=replace-irreversibly --no-block
    skip 'it goes on in the next boot'
}

setup() {
    # The journal shall tell of the boot before.
    mkdir -p /var/log/journal
    sed -i 's/volatile/persistent/' /etc/systemd/journald.conf.d/lab.conf
    systemctl restart systemd-journald.service
    journalctl --flush
}

# before: what the daemon logged in the boot before.
before() { journalctl --boot=-1 --unit kmodkeeper.service --output cat --no-pager; }

# is_compiling RELEASE: succeeds once a compiler is running for that kernel.
is_compiling() { pgrep -f "cc1.*$1" >/dev/null && echo yes; }

compiling_newest() { is_compiling "$B"; }
compiling_older() { is_compiling "$A"; }

@test "reboot in mid-build of the newest kernel: the build is finished first" {
    if ((LAB_BOOT == 1)); then
        configure remedies direct
        place_source 4.18.7 --whole
        install "$B"
        await compiling_newest yes
        go_down reboot
    fi
    run before
    assert_line "^kernel $B: the shutdown waits for its drivers"
    assert_line "^kernel $B: .*verdict ready"
    refute_line interrupted
    assert_ready "$B"
}

@test "poweroff in mid-build of the newest kernel: the build is finished first" {
    if ((LAB_BOOT == 1)); then
        configure remedies direct
        place_source 4.18.7 --whole
        install "$B"
        await compiling_newest yes
        go_down poweroff
    fi
    run before
    assert_line "^kernel $B: the shutdown waits for its drivers"
    assert_ready "$B"
}

@test "reboot in mid-build of an older kernel: stopped cleanly at once, and done after the boot" {
    if ((LAB_BOOT == 1)); then
        configure remedies direct
        place_source 4.18.7 --whole
        install "$B"
        wait_for "$B"
        install "$A"
        await compiling_older yes
        go_down reboot
    fi
    run before
    refute_line 'the shutdown waits'
    assert_line "^kernel $A: .*interrupted"
    wait_for "$A"
    assert_ready "$A" "$B"
}

@test "a shutdown waits no longer than TimeoutStopSec, and the next boot converges" {
    if ((LAB_BOOT == 1)); then
        mkdir -p /etc/systemd/system/kmodkeeper.service.d
        printf '[Service]\nTimeoutStopSec=2\n' >/etc/systemd/system/kmodkeeper.service.d/stop.conf
        systemctl daemon-reload
        place_driver hello 1.0
        keep_driver hello
        echo 'make = sleep 60' >>/etc/kmodkeeper/drivers.d/hello.conf
        configure remedies direct
        install "$B"
        await sleeping yes
        go_down reboot
    fi
    run before
    assert_line "^kernel $B: the shutdown waits for its drivers"
    sed -i '/^make/d' /etc/kmodkeeper/drivers.d/hello.conf
    systemctl reload kmodkeeper.service
    wait_for "$B"
    assert_verdict ready "$B" hello
}

sleeping() { pgrep -xf 'sleep 60' >/dev/null && echo yes; }
