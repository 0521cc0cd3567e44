# A driver that is dropped is gone, and what it had replaced is back.
load lab

setup() { cd /tmp || exit; }

# ready_by_adoption RELEASE…: ixgbevf 4.18.7 is adopted, and ready for these kernels.
ready_by_adoption() {
    pack ixgbevf 4.18.7
    install "$@"
    run -0 kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    wait_for "$@"
    assert_ready "$@"
}

# home RELEASE: where the kernel's own ixgbevf belongs.
home() { rpm -ql "kernel-core-$1" | grep '/ixgbevf\.ko'; }

# assert_as_it_was RELEASE: the kernel has its own module, and no other.
assert_as_it_was() {
    assert_nothing_of_ours "$1"
    [ "$(resolved "$1")" = "$(home "$1")" ]
    run rpm -V "kernel-core-$1"
    refute_line ixgbevf
    [ "$(field "$1" verdict)" = none ]
}

@test "made by dkms: the kernels' own modules are back, and nobody builds it again" {
    ready_by_adoption "$A" "$B"
    assert_made_by dkms "$A"
    mark

    run -0 kmodkeeper drop --dry-run ixgbevf
    assert_line "^module +/lib/modules/$A/extra/ixgbevf\.ko\.xz is removed"
    assert_ready "$A" "$B"
    # What a killed dkms may leave, and dkms remove stumbles over.
    mkdir -p /var/lib/dkms/ixgbevf/4.18.7/6.1.0-1.el9.x86_64/x86_64/module

    run -0 kmodkeeper drop ixgbevf
    assert_line "^module +/lib/modules/$A/extra/ixgbevf\.ko\.xz is removed"
    assert_line "^kernel +$(home "$B"), the kernel's own, is restored"
    assert_line '^source +/usr/src/ixgbevf-4\.18\.7 stays'

    assert_as_it_was "$A"
    assert_as_it_was "$B"
    run -0 dkms status
    [ -z "$output" ]
    # The package's file stays, or it would come back.
    grep --line-regexp 'keep = no' /etc/kmodkeeper/drivers.d/ixgbevf.conf
    run -0 kmodkeeper notify
    wait_for "$A" "$B"
    ((status == 0))
    install "$C"
    wait_for "$C"
    assert_as_it_was "$A"
    assert_as_it_was "$C"
    run -0 journal
    refute_line 'remedy'
    run -6 kmodkeeper drop ixgbevf
    run -0 kmodkeeper adopt /usr/src/ixgbevf-4.18.7
    wait_for "$A"
    assert_ready "$A"
}

# environment: LAB_LAYER=image
@test "made by the direct build and in the initramfs: that holds the kernel's own again" {
    remove_dkms
    ready_by_adoption "$A"
    run -0 kmodkeeper history --kernel "$A"
    assert_line 'remedy direct ended'
    lsinitrd "/boot/initramfs-$A.img" | grep 'extra/ixgbevf\.ko'

    run -0 kmodkeeper drop --purge ixgbevf

    assert_line "^kernel +/boot/initramfs-$A\.img is regenerated"
    run -0 lsinitrd "/boot/initramfs-$A.img"
    refute_line 'extra/ixgbevf\.ko'
    assert_as_it_was "$A"
    [ ! -e /usr/src/ixgbevf-4.18.7 ]
}

@test "while the daemon builds it: the build ends first, and then it goes" {
    pack ixgbevf 4.18.7 --whole
    install "$A" "$B"
    run -0 kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done

    run -0 kmodkeeper drop ixgbevf

    assert_line '^waiting +for the daemon to finish its current work'
    wait_for "$A" "$B"
    assert_as_it_was "$A"
    assert_as_it_was "$B"
    run -0 dkms status
    [ -z "$output" ]
}

@test "killed in the middle: repeated, it comes to its end" {
    ready_by_adoption "$A"

    # dkms has begun to take its records away.
    inotifywait --timeout "$(at_most 60)" --recursive --quiet --event delete /var/lib/dkms 2>/dev/null | {
        kmodkeeper drop ixgbevf >/dev/null 2>&1 3>&- &
        cat >/dev/null
        kill -KILL $!
        wait || true
    }

    run -0 kmodkeeper drop ixgbevf
    wait_for "$A"
    assert_as_it_was "$A"
    run -0 dkms status
    [ -z "$output" ]
}
