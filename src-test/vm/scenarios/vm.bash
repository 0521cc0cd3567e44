# shellcheck shell=bash disable=SC2154  # bats sets status and output
# Words that the scenarios are written in. They run on this host, each with a machine of its own, whose only
# network card has a driver that no kernel brings.
#
# A is the kernel that the machine runs, B the newest that its repository has. M is in between: all that it offers a driver
# has the same CRCs as B's, some of A's differ.

bats_require_minimum_version 1.5.0
here=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
export VM_DIR=$BATS_TEST_TMPDIR/vm
# The disk that is laid open, see open_disk.
root=
# shellcheck disable=SC2034  # the scenarios use them
A=$(head -n 1 "$VM_KERNELS") M=$(sed -n 2p "$VM_KERNELS") B=$(tail -n 1 "$VM_KERNELS")

# --- what an operator does

# boot full|bare: a fresh machine, with kmodkeeper or without.
boot() {
    local disk=VM_${1^^}
    vm create "${!disk}"
    vm start
}

# open_disk full|bare: the disk that a machine is going to have, in $root; nothing of it runs.
open_disk() {
    local disk=VM_${1^^}
    root=$BATS_TEST_TMPDIR/root
    cp --sparse=always "${!disk}" "$BATS_TEST_TMPDIR/disk"
    mkdir "$root"
    # As ../image lays it out.
    mount -o loop,offset=1048576 "$BATS_TEST_TMPDIR/disk" "$root"
    mount -t proc proc "$root/proc"
}

# in_root COMMAND [ARG…]: as root of that disk, at the speed of this host; $status and $output are its own.
in_root() { run chroot "$root" env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 "$@"; }

# boot_disk [FIRMWARE]: the machine with that disk is turned on; FIRMWARE is a folder as vm create takes it.
boot_disk() {
    umount --recursive "$root"
    root=
    vm create "$BATS_TEST_TMPDIR/disk" "${1-}"
    vm start
}

# forget_builds: nothing on that disk was ever built.
forget_builds() {
    rm -rf "$root"/lib/modules/*/extra "$root"/var/lib/dkms/*/*/[0-9]* "$root"/var/lib/dkms/*/kernel-* "$root/var/lib/kmodkeeper/store"
    chroot "$root" depmod "$A"
}

# forget_compiler: nothing on that disk compiles, and there is no header.
forget_compiler() {
    in_root dnf --assumeyes remove 'kernel-devel-*'
    assert_status 0
    rm -rf "$root/usr/include" "$root/usr/lib/gcc"
    rm -f "$root"/usr/bin/{gcc,cc,make,as,ld}* "$root"/usr/bin/x86_64-linux-gnu-{gcc,as,ld}*
    [ -z "$(find "$root" -xdev \( -name cc1 -o -name stdio.h -o -name autoconf.h \))" ]
}

# forget_sources: nor is there a source, and kmodkeeper has never run there; of kernel A there is the network card's driver.
forget_sources() {
    rm -rf "$root"/usr/src/{8139cp,ixgbevf}-* "$root"/{usr/sbin,var/lib,etc}/dkms "$root"/var/lib/kmodkeeper/* \
        "$root"/lib/modules/*/extra/ixgbevf*
    chroot "$root" depmod "$A"
}

# guest COMMAND [ARG…]: as root in the machine, and not by its network; $status and $output are its own.
guest() { run vm run "$@"; }

# script LINES: the same for a few lines of bash, each of which must succeed.
script() { run -0 vm run bash -euo pipefail -c "$1"; }

# update: what `dnf upgrade` brings, kernel B and its headers.
update() { script 'dnf --assumeyes upgrade'; }

# keep_only_card: ixgbevf goes, so that nothing is built but the network card's driver.
keep_only_card() { script 'rm -rf /usr/src/ixgbevf-* /var/lib/dkms/ixgbevf /lib/modules/*/extra/ixgbevf*; depmod'; }

# break_driver, mend_driver: the network card's source does not compile any more; and again.
break_driver() { script 'echo "#error this source is broken on purpose" >>/usr/src/8139cp-*/src/8139cp_main.c'; }
mend_driver() { script 'sed -i "/#error/d" /usr/src/8139cp-*/src/8139cp_main.c'; }

# remove_compiler: nothing can be compiled any more: gcc, make and all headers are gone.
remove_compiler() {
    script 'dnf --assumeyes remove "kernel-devel-*"
        rm -f /usr/bin/{gcc,cc,make,as,ld}* /usr/bin/x86_64-linux-gnu-{gcc,as,ld}* /usr/lib/gcc/*/*/cc1'
}

# insert FILE: the module in place of the one that is loaded; $status and $output are insmod's.
insert() { guest sh -c "modprobe --remove 8139cp; dmesg --clear; insmod $1; status=\$?; dmesg; exit \$status"; }

# plan_offline_update: the next boot is into system-update.target, brings kernel B and its headers, and ends with a
# reboot; the unit is as dnf-system-upgrade.service of dnf-plugins-extras.
plan_offline_update() {
    script 'mkdir -p /var/lib/system-update /etc/systemd/system/system-update.target.wants
        ln -s /var/lib/system-update /system-update
        ln -s ../updater.service /etc/systemd/system/system-update.target.wants/
        cat >/etc/systemd/system/updater.service <<UNIT
[Unit]
ConditionPathExists=/system-update
DefaultDependencies=no
Requires=sysinit.target
After=sysinit.target systemd-journald.socket system-update-pre.target
Before=poweroff.target reboot.target shutdown.target system-update.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c "rm /system-update && dnf --assumeyes upgrade && systemctl reboot"
UNIT
        systemctl daemon-reload'
}

# settle: until kmodkeeper can do no more.
settle() {
    guest kmodkeeper wait --timeout $((1700 * $(<"$VM_DIR/pace")))
    ((status != 5)) || fail "kmodkeeper wait ran out of time: $output"
}

# await_compiler: until one is running.
await_compiler() { script 'until pgrep -x cc1 >/dev/null; do sleep 0.5; done'; }

vm() { "$here/vm" "$@"; }

# --- what must be so

fail() { echo "$*" >&2; return 1; }

# assert_runs RELEASE: that kernel runs, and who asks at the network card is told so.
assert_runs() {
    run -0 vm answer
    [ "$output" = "$1" ] || fail "the machine runs $output, expected $1"
}

# assert_status N: the last command ended with that.
assert_status() { ((status == $1)) || fail "exit status $status, expected $1: $output"; }

# assert_line PATTERN: $output has a line that matches the extended regular expression.
assert_line() { grep --quiet --extended-regexp -e "$1" <<<"$output" || fail "no line matches $1 in: $output"; }

# refute_line PATTERN: it has none.
refute_line() { ! grep --quiet --extended-regexp -e "$1" <<<"$output" || fail "a line matches $1 in: $output"; }

# assert_boots_next RELEASE: by GRUB's own record.
assert_boots_next() {
    script 'grub-editenv - list'
    assert_line "^saved_entry=.*>gnulinux-$1-advanced-"
}

# assert_driver NAME VERSION: the module that is loaded is ours, and so is the file that modprobe takes.
assert_driver() {
    script "cat /sys/module/$1/version; modinfo -F filename $1"
    assert_line "^$2\$"
    assert_line "^/lib/modules/[^/]*/extra/($1/)?$1\.ko"
}

# journal [ARG…]: what kmodkeeper has logged.
journal() { run -0 vm run journalctl --no-pager --output cat --identifier kmodkeeperd --identifier kmodkeeper-boot \
    --identifier kmodkeeper-offline "$@"; }

teardown() {
    # bats removes what is in its folder.
    [[ -z $root ]] || umount --recursive --lazy "$root"
    if [[ -z ${BATS_TEST_COMPLETED-} && -e $VM_DIR/pid ]]; then
        echo '--- the machine:'
        VM_SECONDS=60 vm run sh -c 'uname -r; grub-editenv - list; kmodkeeper status; kmodkeeper guard status
            journalctl --no-pager --output short-precise --identifier kmodkeeperd --identifier kmodkeeper-boot | tail -n 60' || true
        echo '--- its console:'
        vm console | grep -v "start running" | tail -n 40
    fi
    vm kill
}
