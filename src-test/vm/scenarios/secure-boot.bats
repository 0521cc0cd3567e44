# Secure Boot on real firmware: OVMF, the distribution's shim, GRUB and signed kernel, MokManager answered at the console.
# The scenarios of this file need `../secure`: see `make check-secure-boot`.
# shellcheck disable=SC2154  # bats and vm.bash set them
load vm

setup() {
    : "${VM_SECURE:?is the folder that secure has printed: sudo make check-secure-boot}"
    K=$(head -n 1 "$VM_SECURE/kernels") C=$(tail -n 1 "$VM_SECURE/kernels")
    VM_FULL=$VM_SECURE/disk
}

# boot_secure microsoft|snakeoil: a fresh machine whose firmware has those keys.
boot_secure() {
    vm create "$VM_FULL" "$VM_SECURE/$1"
    vm start
}

# reboot_typing TEXT KEYS…: reboots; while the machine starts, waits for each TEXT on its console and presses the KEYS.
reboot_typing() {
    vm type "$@" >"$BATS_TEST_TMPDIR/typed" 3>&- &
    local typist=$!
    vm reboot
    wait "$typist" || fail "MokManager was not answered: $(<"$BATS_TEST_TMPDIR/typed")"
}

# reboot_enrolling PASSWORD: MokManager is told to enroll what it was asked to.
reboot_enrolling() {
    reboot_typing 'any key to perform MOK' space 'Enroll MOK' down,enter 'View key' down,enter 'Enroll the key' down,enter \
        assword "=$1,enter" Reboot enter
}

# modprobe_says: the network card's driver is loaded, or refused; $status and $output are modprobe's.
modprobe_says() {
    guest sh -c 'modprobe --remove 8139cp 2>/dev/null; modprobe 8139cp'
}

# prepare_keys: drivers that are signed in every way on the disk that is laid open. The service stays down, so that nothing mends
# what is judged.
prepare_keys() {
    openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$root/root/firmware.key" 2>/dev/null
    cp /usr/share/ovmf/PkKek-1-snakeoil.pem "$root/root/firmware.pem"
    cp "$BATS_TEST_DIRNAME/sign-drivers" "$BATS_TEST_DIRNAME/judge" "$root/root"
    in_root /root/sign-drivers "$K" "$C"
    assert_status 0
    in_root systemctl mask kmodkeeper.socket kmodkeeper.service kmodkeeper-boot.service
    assert_status 0
}

# judge RELEASE: of each driver what kmodkeeper says of its module for that kernel, and modprobe where it runs.
judge() {
    guest /root/judge "$1"
    assert_status 0
    judged=$output
}

# assert_judged NAME PATTERN: of the last judgement, the line that begins so.
assert_judged() {
    grep --quiet --extended-regexp -e "^$1 $2" <<<"$judged" || fail "not '$*' in: $judged"
}

# boot_next RELEASE: GRUB lists it, and boots it by default.
boot_next() {
    script "kernel-install add $1 /lib/modules/$1/vmlinuz; grub-editenv - list"
    assert_line "$1"
}

# long
@test "a fresh host: one command, one reboot with MokManager answered, and the driver that dkms signed is loaded" {
    boot_secure microsoft
    script 'cat /sys/kernel/security/lockdown; mokutil --sb-state; uname -r'
    assert_line '\[integrity\]'
    assert_line '^SecureBoot enabled$'
    assert_line "^$K$"
    modprobe_says
    assert_status 1
    assert_line 'Key was rejected by service|Operation not permitted|Required key not available'
    settle
    guest kmodkeeper explain "$K" 8139cp
    assert_line 'which this kernel is not known to accept'
    assert_line 'kmodkeeper keys enroll'
    guest kmodkeeper check --reboot
    assert_status 21

    guest kmodkeeper keys enroll
    assert_status 0
    assert_line '^asked shim to enroll '
    local password
    password=$(sed -n 's/.*enter the password: //p' <<<"$output")
    guest kmodkeeper explain "$K" 8139cp
    assert_line 'waits to be enrolled'
    guest kmodkeeper check --reboot
    assert_status 21
    reboot_enrolling "$password"

    assert_runs "$K"
    guest kmodkeeper check --reboot
    assert_status 0
    guest kmodkeeper explain "$K" 8139cp
    assert_line 'ready'
    script 'lsmod; dmesg'
    assert_line '^8139cp '
    refute_line 'Loading of .* is rejected'
    assert_driver 8139cp 1.4
}

# long
@test "each cause of a refusal: what kmodkeeper says before the boot is what modprobe says after it" {
    open_disk full
    prepare_keys
    boot_disk "$VM_SECURE/snakeoil"
    judge "$K"
    assert_judged unsigned 'refused unsigned .*it is not signed'
    assert_judged stranger 'refused unsigned .*which this kernel is not known to accept'
    assert_judged dkms 'refused unsigned .*which this kernel is not known to accept'
    assert_judged firmware 'loaded ready'

    guest kmodkeeper keys enroll
    assert_status 0
    assert_line 'is of no use here: kernel .*takes only a CA'
    script 'cd /root; openssl passwd -6 none >hash; cp /var/lib/dkms/mok.pub dkms.der
        mokutil --import dkms.der expired.der revoked.der --hash-file hash; mokutil --mokx --import revoked.der --hash-file hash'
    judge "$K"
    assert_judged dkms 'refused unsigned .*waits to be enrolled'
    boot_next "$C"
    reboot_typing 'any key to perform MOK' space 'Enroll MOK' down,enter 'View key 3' down,down,down,down,enter \
        'Enroll the key' down,enter assword =none,enter 'Enroll MOKX' down,enter 'View key' down,enter \
        Yes down,enter,wait,=none,enter Reboot enter

    # A kernel that trusts only a CA, and not the firmware's keys.
    judge "$C"
    assert_judged unsigned 'refused unsigned .*it is not signed'
    assert_judged stranger 'refused unsigned .*which this kernel is not known to accept'
    assert_judged dkms 'refused unsigned .*takes only a CA'
    assert_judged expired 'refused unsigned .*takes only a CA'
    assert_judged revoked 'refused unsigned .*is revoked'
    assert_judged firmware "refused unsigned .*is in the firmware's db"
    # The distribution's kernel has no list of revoked certificates (CONFIG_SYSTEM_REVOCATION_LIST), and takes them.
    judge "$K"
    assert_judged dkms ready
    assert_judged expired ready
    assert_judged revoked ready
    script 'systemctl unmask kmodkeeper.socket kmodkeeper.service; systemctl start kmodkeeper.socket'
    settle
    guest kmodkeeper explain "$C" 8139cp
    assert_line 'by authority of .*module signing CA'
    modprobe_says
    assert_status 0

    # Another key of the same CA, and no reboot.
    script "kmodkeeper keys rotate
        cp /root/signed/$C/unsigned.ko /lib/modules/$C/extra; cp /root/signed/$C/unsigned.ko /var/lib/dkms/unsigned/1/$C/x86_64/module
        depmod; systemctl restart kmodkeeper"
    settle
    script "modprobe --remove unsigned 2>/dev/null || true; modprobe unsigned; kmodkeeper explain $C unsigned"
    assert_line 'by authority of .*module signing CA'

    script 'systemctl stop kmodkeeper.socket kmodkeeper.service; systemctl mask kmodkeeper.socket kmodkeeper.service'
    boot_next "$K"
    vm reboot
    judge "$K"
    assert_judged dkms 'loaded ready'
    assert_judged expired 'loaded ready'
    assert_judged revoked 'loaded ready'
    assert_judged firmware 'loaded ready'
    assert_judged stranger 'refused unsigned'
    modprobe_says
    assert_status 0

    # shim is told not to trust the machine owner's keys. It asks for three letters of the password.
    script 'printf "%s\n" aaaaaaaa aaaaaaaa | mokutil --untrust-mok'
    boot_next "$C"
    reboot_typing 'any key to perform MOK' space 'Change MOK List Trusted' down,enter \
        character =a,enter character =a,enter character =a,enter Yes down,enter Reboot enter
    modprobe_says
    assert_status 1
    guest kmodkeeper explain "$C" 8139cp
    assert_line 'shim does not say to trust such keys'

    guest dnf --assumeyes remove kmodkeeper
    assert_status 0
    assert_line 'mokutil --delete /etc/kmodkeeper/keys/enroll.der'
    script 'mokutil --list-enrolled'
    assert_line 'CN=kmodkeeper module signing CA'
}
