# doctor on a host that is broken for real: what it says, and whether the commands that it names mend it.
load lab

# healthy_host: A has its driver, by dkms.
healthy_host() {
    assert_ready "$A"
}

# assert_healthy: doctor says so, and by its exit status.
assert_healthy() {
    run kmodkeeper doctor
    ((status == 0)) || fail "$output"
    refute_line '^(bad|unknown) '
    assert_line '^This host has everything it needs\.$'
}

# assert_bad CHECK TEXT COMMAND: doctor says that of it, and that this command mends it.
assert_bad() {
    run -7 kmodkeeper doctor
    assert_line "^bad +$1 .*$2"
    assert_line "^ +fix: $3$"
}

# mend: runs each command that doctor names for what is bad, dnf without its question.
mend() {
    local cures
    mapfile -t cures < <(kmodkeeper doctor --json | jq --raw-output '.checks[] | select(.state == "bad") | .cure // empty')
    ((${#cures[@]})) || fail 'doctor names no command'
    for cure in "${cures[@]}"; do
        # As in a shell of the operator's: dnf asks, and is told yes.
        bash -c "$cure" <<<y >>"$BATS_TEST_TMPDIR/mended" 2>&1 || fail "$cure: $(cat "$BATS_TEST_TMPDIR/mended")"
    done
}

# offer_package NAME COMMAND: a repository has a package of that name; COMMAND lays it out below $root.
offer_package() {
    local top=/var/tmp/offer
    mkdir -p "$top/repo"
    cat >"$top/$1.spec" <<END
Name: $1
Version: 12
Release: 1
Summary: $1 of this host
License: GPL-3.0-or-later
BuildArch: noarch
AutoReqProv: no
%description
$1 of this host.
%install
root=%{buildroot}
$2
%files
/*
END
    rpmbuild -bb --quiet --define "_topdir $top" --define "_rpmdir $top/repo" "$top/$1.spec"
    createrepo_c --quiet "$top/repo"
    printf '[offer]\nname=offer\nbaseurl=file://%s\nenabled=1\n' "$top/repo" >/etc/yum.repos.d/offer.repo
}

# environment: LAB_LAYER=ready
@test "a healthy host: a tick for each check, words in a pipe, and status 0" {
    healthy_host

    assert_healthy
    assert_line "^ok +headers +kernel $A: /lib/modules/$A/build$"
    assert_line '^ok +compiler +gcc [0-9.]+, make$'
    assert_line '^ok +dkms +dkms-3\.'
    assert_line '^ok +source +driver ixgbevf 4\.18\.7: /usr/src/ixgbevf-4\.18\.7$'
    assert_line '^ok +dkms\.conf +/usr/src/ixgbevf-4\.18\.7/dkms\.conf$'
    assert_line '^ok +space +/lib/modules: [0-9]+ MiB free$'
    assert_line '^ok +signatures +no kernel requires signed modules$'
    assert_line '^ok +search-order +depmod searches updates, extra, built-in, weak-updates$'
    assert_line '^ok +copies '
    assert_line '^ok +plugin +dnf loads it$'
    assert_line '^ok +service +kmodkeeper\.service is enabled and active$'
    assert_line '^ok +socket +the daemon answers on /run/kmodkeeper/org\.kmodkeeper$'
    assert_line '^note +next-boot '
    assert_line "^ok +drivers +kernel $A is bootable$"

    run script --quiet --return --command 'TERM=xterm LANG=C.UTF-8 NO_COLOR=1 kmodkeeper doctor' /dev/null
    ((status == 0))
    assert_line '^✓ +headers '
    refute_line '^ok '
}

# environment: LAB_LAYER=ready
@test "what is missing has a cross and a command, and the command mends it" {
    healthy_host

    transaction remove "kernel-devel-$A"
    assert_bad headers "kernel $A: not installed" "dnf install 'kernel-devel-uname-r = $A'"
    mend
    assert_healthy

    offer_package gcc "mkdir -p \$root/usr/bin; cp -d $(command -v gcc) \$root/usr/bin"
    rm "$(command -v gcc)"
    assert_bad compiler 'gcc not installed' 'dnf install gcc'
    mend
    assert_healthy

    sed -i /AUTOINSTALL/d /usr/src/ixgbevf-4.18.7/dkms.conf
    assert_bad dkms.conf 'without AUTOINSTALL' "echo 'AUTOINSTALL=\"yes\"' >> /usr/src/ixgbevf-4.18.7/dkms.conf"
    mend
    wait_for "$A"
    assert_healthy

    mkdir "/lib/modules/$A/updates"
    xz --decompress --stdout "$(resolved "$A")" |
        sed 's/version=4\.18\.7/version=4.18.6/' >"/lib/modules/$A/updates/ixgbevf.ko"
    depmod "$A"
    wait_for "$A"
    assert_bad copies "/lib/modules/$A/updates/ixgbevf.ko is another build of ixgbevf" \
        "rm /lib/modules/$A/updates/ixgbevf.ko && depmod $A"
    mend
    wait_for "$A"
    assert_healthy

    mv /etc/depmod.d/dist.conf /var/tmp
    assert_bad search-order 'updates, built-in' "echo 'search .*' > /etc/depmod.d/dist.conf && ls /lib/modules \| xargs -n 1 depmod"
    mend
    assert_healthy
}

# environment: LAB_LAYER=ready
@test "what does not run has a cross and a command, and the command mends it" {
    healthy_host

    sed -i 's/^enabled.*/enabled = 0/' /etc/dnf/plugins/kmodkeeper.conf
    assert_bad plugin 'enabled is off in /etc/dnf/plugins/kmodkeeper.conf' 'sed -i .* /etc/dnf/plugins/kmodkeeper.conf'
    mend
    assert_healthy

    printf 'plugins=0\n' >>/etc/dnf/dnf.conf
    assert_bad plugin 'plugins is off in /etc/dnf/dnf.conf' 'sed -i .* /etc/dnf/dnf.conf'
    mend
    assert_healthy

    systemctl --quiet disable kmodkeeper.service
    assert_bad service 'kmodkeeper.service is not enabled' 'systemctl enable --now kmodkeeper.service'
    mend
    assert_healthy

    stop_daemon
    assert_bad service 'kmodkeeper.socket is inactive' 'systemctl start kmodkeeper.socket'
    assert_line '^bad +socket +no answer on /run/kmodkeeper/org.kmodkeeper'
    assert_line "^ok +drivers +kernel $A is bootable$"
    mend
    assert_healthy

    local file=/etc/kmodkeeper/kmodkeeper.conf
    printf '[main]\nguard = maybe\n' >"$file"
    assert_bad configuration "$file:2: guard = \"maybe\", expected hold, warn or off" ".* \+2 $file && systemctl reload kmodkeeper"
    assert_line "^ok +headers +kernel $A"
    : >"$file"
    assert_healthy
}

# environment: LAB_LAYER=ready
@test "a full /boot is told, and what only root may read is no tick for others" {
    healthy_host
    mount -t tmpfs -o size=40m full /boot
    assert_healthy

    head -c 20M /dev/zero >"/boot/vmlinuz-old"
    assert_bad space '/boot: 20 MiB free, 32 MiB may be needed' 'dnf remove --oldinstallonly'
    rm /boot/vmlinuz-old

    chmod 700 /usr/src/ixgbevf-4.18.7
    run -7 setpriv --reuid nobody --regid nogroup --clear-groups kmodkeeper doctor
    assert_line '^unknown +drivers +/.* may not be read$'
    assert_line '^ +fix: sudo kmodkeeper doctor$'
    refute_line 'Exception'
    assert_healthy
}
