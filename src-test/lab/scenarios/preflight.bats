# What will become of a driver on kernels that are offered, before one is installed.
load lab

# state_of_host: changes if anything does that a preflight must leave alone.
state_of_host() {
    rpm --query --all | sort
    find /lib/modules /usr/src /boot /var/lib/dkms /var/lib/kmodkeeper/store -printf '%p %s %T@\n' | sort
}

# environment: LAB_OFFERED=1
@test "offered kernels: ready, to be built or unknown, from metadata alone, and nothing changes" {
    offer same old silent
    place_source 4.18.7
    install "$C"
    wait_for "$C"
    before=$(state_of_host)

    run -0 kmodkeeper preflight --kernel "${OFFERED[same]}"

    assert_line "^kernel ${OFFERED[same]}: driver ixgbevf 4.18.7: ready: built for $C by dkms, CRCs compared: [0-9]+$"
    run -10 kmodkeeper preflight --kernel "${OFFERED[old]}"
    assert_line "^kernel ${OFFERED[old]}: .*: missing: the build for $C does not fit: .* has CRC 0x[0-9a-f]{8}, expected 0x"
    run -29 kmodkeeper preflight --kernel "${OFFERED[silent]}"
    assert_line 'unknown: .*do not say which symbols'
    run -29 --separate-stderr kmodkeeper preflight --json
    [ "$(jq --raw-output --arg kernel "${OFFERED[silent]}" '.answers[] | select(.kernel == $kernel).verdict' <<<"$output")" = unknown ]
    run -6 kmodkeeper preflight --kernel 1.2.3
    run -6 kmodkeeper preflight --driver e1000
    [ "$(state_of_host)" = "$before" ]

    # It was right.
    remove_compiler
    install_kernel "${OFFERED[same]}"
    wait_for "${OFFERED[same]}"
    assert_verdict ready "${OFFERED[same]}"
    assert_made_by stored "${OFFERED[same]}"
}

# environment: LAB_OFFERED=1
@test "repositories are gone, or the user is not root: one line that says so" {
    offer same
    place_source 4.18.7
    lose_repositories

    run -1 --separate-stderr kmodkeeper preflight

    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == 'kmodkeeper: cannot read which kernels the repositories offer: '* ]]
    restore_repositories
    run -4 --separate-stderr setpriv --reuid nobody --clear-groups kmodkeeper preflight
    [[ $stderr == *'only root may do this: use sudo'* ]]
}
