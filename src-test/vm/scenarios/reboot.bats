# Real reboots: what a host is after a kernel update, and whether it can still be reached.
load vm

@test "dnf upgrade, reboot: the new kernel runs, its only network card answers, and both drivers are ours" {
    boot full
    assert_runs "$A"

    update
    settle
    assert_status 0
    guest kmodkeeper check --reboot
    assert_status 0
    vm reboot

    assert_runs "$B"
    assert_driver 8139cp 1.4
    script 'modprobe ixgbevf'
    assert_driver ixgbevf 4.18.7
    guest kmodkeeper check --kernel "$B"
    assert_status 0
}

@test "the whole of ixgbevf: compiled for the new kernel, which loads it" {
    boot full
    script 'rm -r /usr/src/ixgbevf-4.18.7 && /lab/source ixgbevf 4.18.7'

    update
    settle
    assert_status 0
    vm reboot

    assert_runs "$B"
    script 'modprobe ixgbevf'
    assert_driver ixgbevf 4.18.7
    script 'grep -w ixgbevf /proc/modules'
    # A few lines are no 40 KiB.
    [ "$(awk '{ print $2 }' <<<"$output")" -gt 40000 ]
}

@test "the source does not compile for the new kernel, dkms alone: after the reboot the host is gone" {
    boot bare
    assert_runs "$A"
    keep_only_card
    # Where dkms's package for EL has it.
    script 'install /etc/kernel/install.d/dkms /usr/lib/kernel/install.d/40-dkms.install'
    break_driver

    update
    assert_line '^Complete!'
    assert_boots_next "$B"
    vm reboot

    run ! vm answer 60
    guest uname --kernel-release
    [ "$output" = "$B" ]
    guest ip -oneline link show eth0
    ((status != 0))
}

@test "the source does not compile for the new kernel: the old one boots and answers, the new one once it is mended" {
    boot full
    keep_only_card
    break_driver

    update
    settle
    assert_status 15
    guest kmodkeeper check --reboot
    assert_status 0
    assert_line "kernel $A boots next, bootable"
    vm reboot

    assert_runs "$A"
    guest kmodkeeper status
    assert_line 'build-failed'
    assert_line 'error this source is broken on purpose'
    journal
    assert_line "^kernel $A boots next until $B is bootable: driver 8139cp: "
    assert_line "^kernel $B: driver 8139cp 1.4: .*error this source is broken on purpose"

    mend_driver
    settle
    assert_status 0
    assert_boots_next "$B"
    vm reboot

    assert_runs "$B"
    assert_driver 8139cp 1.4
}

@test "reboot in mid-build: the build is finished first, the new kernel runs and answers" {
    boot full
    keep_only_card

    update
    await_compiler
    vm reboot

    assert_runs "$B"
    assert_driver 8139cp 1.4
    journal --boot -1
    assert_line "^kernel $B: the shutdown waits for its drivers"
}

@test "power cut in mid-build: the old kernel runs and answers; again as soon as the new one is ready: that does" {
    boot full
    keep_only_card

    update
    await_compiler
    vm kill
    vm start
    assert_runs "$A"

    settle
    assert_status 0
    vm kill
    vm start
    assert_runs "$B"
    assert_driver 8139cp 1.4
    # It was on the disk, and did not have to be made again.
    journal --boot 0
    refute_line 'remedy'
}

@test "the running kernel's driver is gone at boot: made and loaded before the network comes up" {
    boot full
    keep_only_card
    script "systemctl stop kmodkeeper.socket kmodkeeper.service && rm /lib/modules/$A/extra/8139cp.ko.xz && depmod"
    vm reboot

    assert_runs "$A"
    assert_driver 8139cp 1.4
    journal --boot 0
    assert_line "^kernel $A: driver 8139cp 1.4: verdict ready"
    # shellcheck disable=SC2016  # the machine's own variable
    script 'for unit in kmodkeeper-boot:ActiveEnter systemd-networkd:InactiveExit; do
                systemctl show "${unit%:*}" --property "${unit#*:}TimestampMonotonic" --value
            done'
    mapfile -t moments <<<"$output"
    ((moments[0] > 0 && moments[0] < moments[1]))
}

@test "an offline update brings a kernel whose driver does not compile: its reboot is into the old one, which answers" {
    boot full
    keep_only_card
    break_driver

    plan_offline_update
    vm reboot

    assert_runs "$A"
    script "[ -e /lib/modules/$B/modules.dep ]"
    journal --boot -1
    assert_line "^kernel $A boots next until $B is bootable: driver 8139cp: "
    mend_driver
    settle
    assert_status 0
    assert_boots_next "$B"
}

@test "equal CRCs, and no compiler: the module of another kernel is loaded at boot; with other CRCs no kernel takes it" {
    boot full
    keep_only_card
    script "dnf --assumeyes install kernel-core-$M kernel-devel-$M"
    settle
    assert_status 0
    remove_compiler

    script "dnf --assumeyes install kernel-core-$B"
    settle
    assert_status 0
    guest kmodkeeper explain "$B"
    assert_line "built for $M by [a-z]*, CRCs compared: [1-9]"
    assert_boots_next "$B"
    vm reboot

    assert_runs "$B"
    assert_driver 8139cp 1.4
    # kmodkeeper takes none that was built for A, and is right.
    insert "/lib/modules/$A/extra/8139cp.ko.xz"
    ((status != 0))
    assert_line 'disagrees about version of symbol'
    insert "/lib/modules/$M/extra/8139cp.ko.xz"
    assert_status 0
}
