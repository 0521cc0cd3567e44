# A host that was rebooted too early: what its kernel lacks is made before the network comes up.
load lab

setup() {
    # Let the lab pass for a host of its own that runs kernel A. (No module can be loaded in a lab.)
    mkdir -p /etc/systemd/system/kmodkeeper-boot.service.d
    printf '[Unit]\nConditionVirtualization=\n' >/etc/systemd/system/kmodkeeper-boot.service.d/lab.conf
    systemctl daemon-reload
    echo "$A" >/var/tmp/osrelease
    mount --bind /var/tmp/osrelease /proc/sys/kernel/osrelease
    configure remedies direct
}

# at_boot: what happens at the next boot, with the daemon not started yet.
at_boot() { run systemctl start kmodkeeper-boot.service; }

# said: what the boot unit told.
said() { journalctl --sync; journalctl --unit kmodkeeper-boot.service --identifier kmodkeeper-boot --output cat --no-pager "$@"; }

# environment: LAB_LAYER=ready
@test "boot with all in order: no Java is started" {
    assert_ready "$A"
    stop_daemon
    mv /usr/libexec/kmodkeeper/java-run /usr/libexec/kmodkeeper/away

    at_boot

    ((status == 0))
}

# environment: LAB_LAYER=ready
@test "boot with all in order, but something has changed since: looked at thoroughly" {
    assert_ready "$A"
    stop_daemon
    mv /usr/libexec/kmodkeeper/java-run /usr/libexec/kmodkeeper/away

    for changed in "$(resolved "$A")" "/lib/modules/$A/modules.dep.bin" /usr/src /etc/kmodkeeper/kmodkeeper.conf; do
        sleep 1 # a stamp counts seconds
        touch "$changed"
        run /usr/libexec/kmodkeeper/kmodkeeper-boot
        ((status != 0)) || fail "$changed was not seen"
        start_with_java
    done
}

# start_with_java: the daemon looks, and is stopped again.
start_with_java() {
    mv /usr/libexec/kmodkeeper/away /usr/libexec/kmodkeeper/java-run
    start_daemon
    run -0 kmodkeeper wait --timeout "$(at_most 60)"
    stop_daemon
    mv /usr/libexec/kmodkeeper/java-run /usr/libexec/kmodkeeper/away
    run -0 /usr/libexec/kmodkeeper/kmodkeeper-boot
}

@test "boot without the driver: made, and loading it is tried" {
    place_source 4.18.7
    stop_daemon
    install "$A"

    at_boot

    run -0 said
    assert_line "^kernel $A: driver ixgbevf 4.18.7: verdict ready"
    assert_line "^kernel $A: driver ixgbevf: cannot be loaded: modprobe: ERROR: .*; the boot continues$"
    start_daemon
    run -0 kmodkeeper status
    assert_ready "$A"
}

@test "boot with a driver that cannot be made: the boot goes on with a clear message" {
    place_source 4.18.7 --broken
    stop_daemon
    install "$A"

    at_boot

    ((status != 0))
    [ "$(systemctl show --property Result --value kmodkeeper-boot.service)" = exit-code ]
    run -0 said --priority err
    assert_line "^kernel $A: driver ixgbevf: is not ready: .*error this source is broken on purpose; the boot continues$"
    run -0 journalctl --catalog --no-pager --unit kmodkeeper-boot.service
    assert_line "Subject: The running kernel $A lacks driver ixgbevf"
}

@test "boot without the driver and without headers: none are fetched, as there is no network yet" {
    place_source 4.18.7
    stop_daemon
    install_kernel "$A"

    at_boot

    ((status != 0))
    run -0 said
    refute_line 'remedy headers'
    assert_line "^kernel $A: driver ixgbevf: is not ready: .*; the boot continues$"
}

# environment: LAB_LAYER=ready
@test "modprobe.blacklist= of the running kernel: for that alone, where the other's entry is known" {
    echo 'ro modprobe.blacklist=ixgbevf' >/etc/lab.cmdline
    echo "$A" >/etc/lab.osrelease
    mkdir -p /etc/systemd/system/kmodkeeper.service.d
    printf '%s\n' '[Service]' 'BindReadOnlyPaths=/etc/lab.cmdline:/proc/cmdline' \
        'BindReadOnlyPaths=/etc/lab.osrelease:/proc/sys/kernel/osrelease' \
        >/etc/systemd/system/kmodkeeper.service.d/lab.conf
    systemctl daemon-reload
    stop_daemon
    start_daemon
    assert_verdict blacklisted "$A"
    [[ $(field "$A" detail) == 'ixgbevf is not loaded for its device: modprobe.blacklist=ixgbevf in /proc/cmdline' ]]

    echo "$B" >/etc/lab.osrelease
    assert_verdict blacklisted "$A"
    set_up_grub
    grub_menu "$A"
    assert_verdict ready "$A"

    echo 'blacklist ixgbevf' >/etc/modprobe.d/lab.conf
    assert_verdict blacklisted "$A"
}
