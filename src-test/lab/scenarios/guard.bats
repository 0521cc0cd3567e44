# The boot loader's default stays on a kernel that has its drivers. GRUB's files are laid out as
# grub-mkconfig writes them, its environment block is edited by its own tool; real boots are for the
# virtual machine.
load lab

setup() { set_up_grub; }

# ready_on_a: A is there, with its driver, and boots.
ready_on_a() {
    assert_ready "$A"
    grub_menu "$A"
    run -0 kmodkeeper notify
    wait_for "$A"
}

# environment: LAB_LAYER=ready
@test "the driver does not build for the new kernel: the old one boots, and the new one as soon as it is mended" {
    ready_on_a
    break_source 4.18.7
    mark
    install "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    ((status == 15))

    await boots_next "$A"
    run -0 kmodkeeper guard status
    assert_line "held for +$B"
    run -0 kmodkeeper check --reboot
    assert_line "kernel $A boots next, bootable"
    run cat /run/motd.d/kmodkeeper
    assert_line "kernel $B is not bootable; the next boot is held on $A"
    run -0 journal
    assert_line "kernel $A boots next until $B is bootable: driver ixgbevf: "

    sed -i '/broken on purpose/d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    run -0 kmodkeeper notify
    wait_for "$B"
    assert_ready "$B"
    await boots_next "$B"
    [ ! -e /run/motd.d/kmodkeeper ]
    run -0 journal
    assert_line "kernel $B boots next again; the hold on $A has ended"
}

# environment: LAB_LAYER=ready
@test "dkms.conf excludes the new kernel, which has no module of its own: the old one boots" {
    printf '[driver]\nrequired = yes\n' >/etc/kmodkeeper/drivers.d/ixgbevf.conf
    systemctl reload kmodkeeper
    echo "BUILD_EXCLUSIVE_KERNEL='^${A//./\\.}\$'" >>/usr/src/ixgbevf-4.18.7/dkms.conf
    ready_on_a
    install "$B"
    find "/lib/modules/$B" -name 'ixgbevf.ko*' -delete
    depmod "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    ((status == 30))

    await boots_next "$A"
    run -0 kmodkeeper check --reboot
    run kmodkeeper check
    assert_line "^kernel $B: driver ixgbevf: unsupported: its dkms.conf excludes this kernel: "
    ((status == 30))

    configure boot-excluded yes
    await boots_next "$B"
    assert_verdict excluded "$B"
}

# environment: LAB_LAYER=ready
@test "the operator sets a held default free: it stays so, also over a restart" {
    ready_on_a
    break_source 4.18.7
    install "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    await boots_next "$A"

    run -0 kmodkeeper guard release
    [ "$(boots_next)" = "$B" ]
    run kmodkeeper check --reboot
    ((status == 15))
    systemctl restart kmodkeeper
    wait_for "$B"
    [ "$(boots_next)" = "$B" ]
}

# environment: LAB_LAYER=ready
@test "the boot directory is read-only: it is told; it is full: the old kernel boots all the same" {
    ready_on_a
    break_source 4.18.7
    stop_daemon
    mount -t tmpfs -o size=16k tmpfs /boot/grub
    set_up_grub
    mark
    install "$B"
    grub_menu "$B" "$A"
    dd if=/dev/zero of=/boot/grub/filler bs=1k 2>/dev/null || true
    mount -o remount,ro /boot/grub
    start_daemon
    wait_for "$B"
    [ "$(boots_next)" = "$B" ]
    run kmodkeeper check --reboot
    ((status == 15))
    run -0 journal
    assert_line "cannot read or change the boot loader's default: .*[Rr]ead-only"

    # The service sees the mount as it was at its start.
    mount -o remount,rw /boot/grub
    systemctl restart kmodkeeper
    wait_for "$B"
    await boots_next "$A"
}
