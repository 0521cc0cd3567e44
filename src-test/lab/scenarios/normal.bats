# The main job: a kernel transaction ends with a proven module in extra/.
load lab

@test "kernel and headers in one transaction: ready by dkms" {
    place_source 4.18.7 --whole

    install "$A"
    # dnf 5 shows nothing of what its actions print.
    dnf_5 || assert_line '^kmodkeeper: '

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_made_by dkms "$A"
    [ "$(field "$A" version)" = 4.18.7 ]
    [ "$(modinfo -k "$A" -F version ixgbevf)" = 4.18.7 ]
    run -0 kmodkeeper check
}

@test "two kernels in one transaction: both ready" {
    place_source 4.18.7

    install "$A" "$B"

    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    [ "$(find /lib/modules -name 'ixgbevf.ko*' | grep -c extra)" -eq 2 ]
}

# environment: LAB_LAYER=ready
@test "a kernel installed later is seen to as well, and the first stays as it was" {
    assert_ready "$A"
    before=$(sha256sum "$(resolved "$A")")

    install "$C"

    wait_for "$C"
    assert_ready "$A" "$C"
    [ "$(sha256sum "$(resolved "$A")")" = "$before" ]
}

@test "headers come later: no-headers, then ready without anyone asking" {
    configure install-headers no
    place_source 4.18.7

    install_kernel "$A"
    wait_for "$A"
    ((status == 12))
    assert_verdict no-headers "$A"
    run -12 kmodkeeper check

    install_headers "$A"
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
}

@test "headers missing: fetched, once the transaction is over" {
    place_source 4.18.7

    install_kernel "$A"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    run -0 rpm --query "kernel-devel-$A"
}

@test "headers missing while a yum 3 holds its lock: its plugin does not wait for them, and they come once it has ended" {
    place_source 4.18.7
    # As yum 3 is seen from outside; what installs the kernel is dnf.
    cat >"$BATS_TEST_TMPDIR/yum" <<'EOF'
#!/bin/bash
trap 'rm /run/yum.pid' EXIT
echo $$ >/run/yum.pid
dnf --assumeyes install "kernel-core-$1"
kmodkeeper wait --timeout $((170 * LAB_PACE)) # as the plugin does with wait = 170
EOF
    chmod +x "$BATS_TEST_TMPDIR/yum"
    mark

    run -12 "$BATS_TEST_TMPDIR/yum" "$A"
    assert_line "^kmodkeeper: the headers of $A are installed after yum has ended"
    await headers_remedies 1

    run -0 kmodkeeper wait --timeout "$(at_most 170)"
    run -0 kmodkeeper check
    assert_ready "$A"
}

headers_remedies() { journal | grep --count 'remedy headers begins' || true; }

@test "headers missing, and the daemon is replaced while they are fetched: that goes on, and so does the daemon" {
    place_source 4.18.7
    # dnf would be done too soon to be met at work.
    mkdir /etc/systemd/system/kmodkeeper-packages.service.d
    printf '[Service]\nExecStartPre=/bin/sleep 10\n' >/etc/systemd/system/kmodkeeper-packages.service.d/slow.conf

    install_kernel "$A"
    await transaction_unit start-pre
    systemctl restart kmodkeeper.service

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    run -0 rpm --query "kernel-devel-$A"
    [ "$(transaction_unit)" = dead ]
    run -0 journalctl --unit kmodkeeper-packages.service --output cat --no-pager
    refute_line 'code=killed'
}

transaction_unit() { systemctl show --property SubState --value kmodkeeper-packages.service; }

@test "headers missing and nowhere to be had: no-headers, with the package manager's own words" {
    place_source 4.18.7
    echo 'excludepkgs=kernel-devel' >>/etc/dnf/dnf.conf

    install_kernel "$A"

    wait_for "$A"
    ((status == 12))
    assert_verdict no-headers "$A"
    [[ $(field "$A" detail) == *@('dnf: Error: Unable to find a match'|'No match for argument')* ]]
}

@test "a kernel erased: its row goes and nothing of ours stays in its tree" {
    place_source 4.18.7
    install "$A" "$B"
    wait_for "$A" "$B"

    erase_kernel "$A"

    run -0 kmodkeeper wait --timeout "$(at_most 60)"
    run -0 kernels_in_status
    [ "$output" = "$B" ]
    assert_nothing_of_ours "$A"
    assert_ready "$B"
}

@test "a kernel erased in mid-build: nothing is fetched for it any more" {
    place_source 4.18.7 --whole
    install "$A" "$C"
    until pgrep -x cc1 >/dev/null; do sleep 0.02; done

    erase_kernel "$C"

    wait_for "$A"
    run -0 kmodkeeper wait --timeout "$(at_most 120)"
    run ! rpm --query "kernel-devel-$C"
    run -0 kernels_in_status
    [ "$output" = "$A" ]
    assert_ready "$A"
    run -0 journalctl --unit kmodkeeper.service --output cat --no-pager
    refute_line 'remedy headers'
}

# environment: LAB_LAYER=ready
@test "a kernel erased and installed again: ready by what was built the first time, and dkms does no harm to it" {
    assert_ready "$A"
    erase_kernel "$A"
    run -0 kmodkeeper wait --timeout "$(at_most 60)"

    install "$A"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_made_by stored "$A"

    # dkms has no record of it: what an operator or another hook does by hand.
    dkms autoinstall -k "$A" || true

    [ -z "$(find /var/lib/dkms/ixgbevf/original_module -path '*extra*' 2>/dev/null)" ]
    run -0 kmodkeeper wait --timeout "$(at_most 60)"
    assert_ready "$A"
}

# environment: LAB_LAYER=ready
@test "a transaction without kernels starts no build" {
    wait_for "$A"
    assert_ready "$A"
    mark

    transaction install lab-unrelated

    refute_line '^kmodkeeper: '
    run -0 kmodkeeper wait --timeout "$(at_most 60)"
    run journal
    [ -z "$output" ]
}

@test "a host without an ixgbevf source: quiet, and no kernel counts as unbootable for it" {
    install "$A"

    wait_for "$A"
    ((status == 0))
    run -0 kmodkeeper check
    run -0 kmodkeeper status
    assert_line 'ixgbevf.*not-set-up'
    [ "$(field "$A" advice)" != none ]
    assert_nothing_of_ours "$A"
}

@test "the plugin stays if it is told to: when dnf ends, the driver is ready" {
    place_source 4.18.7
    sed -i "s/^wait = .*/wait = $(limit 170)/" /etc/dnf/plugins/kmodkeeper.conf

    install "$A"

    assert_line '1 kernel, bootable'
    assert_ready "$A"
}
