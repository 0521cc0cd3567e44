# kmodkeeper as a package: one command brings it, and one takes it away.
# environment: LAB_BARE=1
load lab

setup() {
    printf '%s\n' '[kmodkeeper]' 'name=kmodkeeper' 'baseurl=file:///lab/packages' >/etc/yum.repos.d/kmodkeeper.repo
}

# main_pid: of the daemon, 0 if it does not run.
main_pid() { systemctl show --property MainPID --value kmodkeeper.service; }

# release: of the package that is installed.
release() { rpm --query --queryformat '%{release}' kmodkeeper; }

# traces: all files that are, or were, kmodkeeper's.
traces() {
    find / /run -xdev -name '*kmodkeeper*' -not -path '/lab/*' -not -path '/var/log/journal/*' \
        -not -path '/var/cache/dnf/*' -not -path /etc/yum.repos.d/kmodkeeper.repo
}

@test "installed by dnf on a clean system: the next kernel gets its driver, with no step by hand" {
    place_source 4.18.7 --whole

    transaction install kmodkeeper
    install "$A"
    dnf_5 || assert_line '^kmodkeeper: kernel .* installed'

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    run -0 systemctl is-active kmodkeeper.socket kmodkeeper.service
    run -0 systemctl is-enabled kmodkeeper.socket kmodkeeper.service kmodkeeper-boot.service
    run -0 systemctl is-active kmodkeeper-preflight.timer
}

@test "from nothing to ready in two commands, and after an update" {
    install "$A"
    cd /tmp
    # As Intel ships it: no dkms.conf.
    pack ixgbevf 4.18.7 --whole
    rm ixgbevf-4.18.7/dkms.conf
    repack ixgbevf-4.18.7.tar.gz ixgbevf-4.18.7

    run -0 dnf --assumeyes install kmodkeeper
    run -0 sh -c 'kmodkeeper adopt ixgbevf-4.18.7.tar.gz && kmodkeeper wait'

    assert_line '^dkms\.conf +written: module ixgbevf, built in src/$'
    assert_line '^1 kernel, bootable$'
    assert_ready "$A"
    assert_made_by dkms "$A"
    grep --line-regexp 'version = 4.18.7' /etc/kmodkeeper/drivers.d/ixgbevf.conf
    # The manual procedure's own verification, after an update.
    install "$B"
    wait_for "$B"
    assert_ready "$A" "$B"
    [ "$(find /lib/modules -name 'ixgbevf.ko*' | grep -c extra)" -eq 2 ]
    [[ $(modinfo -k "$B" -F filename ixgbevf) == */extra/* ]]
}

@test "upgraded after a driver was dropped, whose source is still there: it stays dropped" {
    install "$A"
    cd /tmp
    pack ixgbevf 4.18.7
    transaction install kmodkeeper-0.1.0-1
    run -0 kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    wait_for "$A"
    assert_ready "$A"
    run -0 kmodkeeper drop ixgbevf

    transaction upgrade kmodkeeper

    [ "$(release)" = 2 ]
    run -0 kmodkeeper notify
    wait_for "$A"
    ((status == 0))
    assert_nothing_of_ours "$A"
}

@test "installed: the user, the catalog and the archive of classes are there" {
    transaction install kmodkeeper

    run -0 id kmodkeeper-build
    run -0 journalctl --list-catalog be069c0195a3440abf0e690dd649dfa3
    run -0 /usr/libexec/kmodkeeper/make-cds --fits
    run -0 rpm --verify kmodkeeper
}

@test "installed where the administrator's preset says no: not enabled and not started" {
    mkdir -p /etc/systemd/system-preset
    echo 'disable kmodkeeper*' >/etc/systemd/system-preset/00-site.preset

    transaction install kmodkeeper

    run ! systemctl is-enabled kmodkeeper.service
    [ "$(main_pid)" = 0 ]
}

@test "upgraded together with a kernel: the new daemon makes the driver ready" {
    place_source 4.18.7
    transaction install kmodkeeper-0.1.0-1
    [ "$(release)" = 1 ]
    before=$(main_pid)
    mark

    transaction install kmodkeeper-0.1.0-2 "kernel-core-$A" "kernel-devel-$A"

    wait_for "$A"
    assert_ready "$A"
    [ "$(release)" = 2 ]
    [ "$(main_pid)" -ne "$before" ]
    journalctl --sync
    [ "$(journal | grep -c '^notified by dnf')" -eq 1 ]
}

@test "upgraded while it builds: the build is done again" {
    place_source 4.18.7 --whole
    transaction install kmodkeeper-0.1.0-1
    install "$A"
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done

    transaction upgrade kmodkeeper

    wait_for "$A"
    assert_ready "$A"
    [ "$(release)" = 2 ]
}

# forget_unit NAME: the package that is installed is one from before there was that unit.
forget_unit() {
    systemctl --quiet disable "$1"
    rm "/usr/lib/systemd/system/$1"
}

@test "upgraded from a package with fewer units: the new ones are enabled where the service is" {
    transaction install kmodkeeper-0.1.0-1
    forget_unit kmodkeeper-offline.service
    systemctl stop kmodkeeper-preflight.timer
    forget_unit kmodkeeper-preflight.timer

    transaction upgrade kmodkeeper

    run -0 systemctl is-enabled kmodkeeper-offline.service
    run -0 systemctl is-active kmodkeeper-preflight.timer
    # The operator's own choice stands.
    systemctl --quiet disable kmodkeeper-offline.service
    transaction downgrade kmodkeeper
    run ! systemctl is-enabled kmodkeeper-offline.service
    forget_unit kmodkeeper-offline.service
    systemctl --quiet disable kmodkeeper.service
    transaction upgrade kmodkeeper
    run ! systemctl is-enabled kmodkeeper-offline.service
}

@test "upgraded while the operator has it stopped: stays stopped" {
    transaction install kmodkeeper-0.1.0-1
    stop_daemon

    transaction upgrade kmodkeeper

    [ "$(main_pid)" = 0 ]
    run ! systemctl is-active kmodkeeper.socket
}

@test "downgraded: the older one goes on where the newer was" {
    place_source 4.18.7
    transaction install kmodkeeper
    [ "$(release)" = 2 ]
    install "$A"
    wait_for "$A"
    before=$(main_pid)

    transaction downgrade kmodkeeper

    [ "$(release)" = 1 ]
    wait_for "$A"
    assert_ready "$A"
    [ "$(main_pid)" -ne "$before" ]
    run -0 kmodkeeper history --kernel "$A"
    assert_line 'dkms'
}

@test "Java replaced: the archive of classes is made anew, and the daemon runs on the new one" {
    transaction install kmodkeeper
    before=$(main_pid)
    # The archive tells which Java has made it.
    sed -i 's/ Server VM ([0-9]/ Server VM (0/' /var/cache/kmodkeeper/classes.jsa
    run ! /usr/libexec/kmodkeeper/make-cds --fits

    transaction install lab-java

    run -0 /usr/libexec/kmodkeeper/make-cds --fits
    run -0 kmodkeeper wait --timeout "$(at_most 60)"
    [ "$(main_pid)" -ne "$before" ]
}

@test "Java as it was: the daemon runs on" {
    transaction install kmodkeeper
    before=$(main_pid)

    transaction install lab-java

    [ "$(main_pid)" = "$before" ]
}

@test "edited configuration: stays when it is reinstalled, upgraded and downgraded" {
    transaction install kmodkeeper-0.1.0-1
    configure resync 42m
    echo '#mine' >>/etc/kmodkeeper/drivers.d/ixgbevf.conf
    echo '#mine' >>/etc/dnf/plugins/kmodkeeper.conf
    before=$(sha256sum /etc/kmodkeeper/kmodkeeper.conf /etc/kmodkeeper/drivers.d/ixgbevf.conf /etc/dnf/plugins/kmodkeeper.conf)

    transaction reinstall kmodkeeper python3-dnf-plugin-kmodkeeper
    transaction upgrade kmodkeeper
    transaction downgrade kmodkeeper

    [ "$(sha256sum /etc/kmodkeeper/kmodkeeper.conf /etc/kmodkeeper/drivers.d/ixgbevf.conf /etc/dnf/plugins/kmodkeeper.conf)" = "$before" ]
}

@test "removed: nothing of it is left but the driver, and that goes as docs/removal.md says" {
    place_source 4.18.7
    transaction install kmodkeeper
    configure remedies direct
    install "$A"
    wait_for "$A"
    assert_ready "$A"
    rm /etc/kmodkeeper/kmodkeeper.conf

    transaction remove kmodkeeper

    run -0 traces
    [ -z "$output" ]
    [ "$(main_pid)" = 0 ]
    run -0 systemctl list-units --all --no-legend 'kmodkeeper*'
    [ -z "$output" ]
    run ! journalctl --list-catalog be069c0195a3440abf0e690dd649dfa3
    assert_resolves_in extra "$A"

    rm -f /lib/modules/*/extra/ixgbevf.ko*
    dkms remove ixgbevf/4.18.7 --all
    rm -f /etc/depmod.d/kmodkeeper.conf
    for tree in /lib/modules/*; do depmod "${tree##*/}"; done
    assert_nothing_of_ours "$A"
}

@test "removed while it builds: no process and no half of a module is left" {
    place_source 4.18.7 --whole
    transaction install kmodkeeper
    configure remedies direct
    install "$A"
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done
    rm /etc/kmodkeeper/kmodkeeper.conf

    transaction remove kmodkeeper

    run ! pgrep -x cc1
    assert_nothing_of_ours "$A"
    run -0 traces
    [ -z "$output" ]
}

# held_on_a: A is ready and boots, as B's driver does not build.
held_on_a() {
    set_up_grub
    place_source 4.18.7
    transaction install kmodkeeper
    install "$A"
    grub_menu "$A"
    wait_for "$A"
    break_source 4.18.7
    install "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    await boots_next "$A"
}

@test "removed while the default is held: the bootable kernel stays the default, and it is said how to move it" {
    held_on_a

    transaction remove kmodkeeper

    assert_line "kernel $B is not bootable: the default stays on one that is"
    assert_line "to move it all the same: grubby --set-default=/boot/vmlinuz-$B"
    [ "$(boots_next)" = "$A" ]
    [ ! -e /run/motd.d/kmodkeeper ]
}

@test "removed while stopped, with the driver mended by hand: the new kernel boots" {
    held_on_a
    stop_daemon
    sed -i '/broken on purpose/d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    dkms install ixgbevf/4.18.7 -k "$B"

    transaction remove kmodkeeper

    refute_line 'is not bootable'
    [ "$(boots_next)" = "$B" ]
}
