# What will become of a driver on kernels that are offered, before one is installed.
load lab

# state_of_host: changes if anything does that a preflight must leave alone.
state_of_host() {
    rpm --query --all | sort
    find /lib/modules /usr/src /boot /var/lib/dkms -printf '%p %s %T@ %C@\n' | sort
}

# kept FILTER: of the answers that are kept.
kept() { jq --raw-output "$1" /var/lib/kmodkeeper/preflight.json; }

# break_for RELEASE: from now on this ixgbevf source does not compile for that kernel.
break_for() {
    local source=/usr/src/ixgbevf-4.18.7/src
    # shellcheck disable=SC2016  # make's own variables
    printf 'ifeq ($(KERNELRELEASE),%s)\nccflags-y += -DNOT_FOR_THIS_KERNEL\nendif\n' "$1" >>"$source/Kbuild"
    sed -i '1i #ifdef NOT_FOR_THIS_KERNEL\n#error this version is not for this kernel\n#endif' "$source/ixgbevf_main.c"
}

# environment: LAB_OFFERED=1
@test "offered kernels: ready, to be built or unknown, from metadata alone, and nothing changes" {
    offer same old silent
    place_source 4.18.7
    install "$C"
    wait_for "$C"
    before=$(state_of_host)

    run -0 kmodkeeper preflight --depth stored --kernel "${OFFERED[same]}"

    assert_line "^kernel ${OFFERED[same]}: driver ixgbevf 4.18.7: ready: built for $C by dkms, CRCs compared: [0-9]+$"
    run -10 kmodkeeper preflight --depth stored --kernel "${OFFERED[old]}"
    assert_line "^kernel ${OFFERED[old]}: .*: missing: the build for $C does not fit: .* has CRC 0x[0-9a-f]{8}, expected 0x"
    run -29 kmodkeeper preflight --depth stored --kernel "${OFFERED[silent]}"
    assert_line 'unknown: .*do not say which symbols'
    run -29 --separate-stderr kmodkeeper preflight --depth stored --json
    [ "$(jq --raw-output --arg kernel "${OFFERED[silent]}" '.answers[] | select(.kernel == $kernel).verdict' <<<"$output")" = unknown ]
    run -6 kmodkeeper preflight --kernel 1.2.3
    run -6 kmodkeeper preflight --driver e1000
    run -2 kmodkeeper preflight --depth deep
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
    install_kernel "$C"
    # To preflight, a repository that dnf would skip is not one that offers nothing.
    sed -i '/^\[/a skip_if_unavailable=1' /etc/yum.repos.d/*.repo
    lose_repositories
    # What dnf has of them is as good as they are.
    dnf --quiet clean metadata

    run -1 --separate-stderr kmodkeeper preflight

    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == 'kmodkeeper: cannot read which kernels the repositories offer: '* ]]
    restore_repositories
    run -4 --separate-stderr setpriv --reuid nobody --clear-groups kmodkeeper preflight
    [[ $stderr == *'only root may do this: use sudo'* ]]
}

# environment: LAB_OFFERED=1
@test "offered kernels: built with headers that are downloaded, and ready without a compiler afterwards" {
    offer next silent
    place_source 4.18.7
    install "$C"
    wait_for "$C"
    before=$(state_of_host)
    mark

    # Builds are another user's.
    umask 077
    run -0 kmodkeeper preflight
    umask 022

    assert_line "^kernel ${OFFERED[next]}: driver ixgbevf 4.18.7: ready: built for it and stored$"
    # Its packages do not say which symbols they provide; its headers do.
    assert_line "^kernel ${OFFERED[silent]}: driver ixgbevf 4.18.7: ready: built for $C by dkms, CRCs compared: [0-9]+$"
    [ "$(state_of_host)" = "$before" ]
    [ ! -e /var/cache/kmodkeeper/preflight ]
    [ "$(kept '.kernels[].line' | sort --unique)" = 'ixgbevf 4.18.7 is ready for it' ]
    until journal | grep "offered kernel ${OFFERED[next]}: driver ixgbevf 4.18.7: verdict ready: built for it"; do sleep 0.2; done
    run -0 kmodkeeper history --kernel "${OFFERED[next]}"
    assert_line 'offered kernel .*verdict ready'

    remove_compiler
    watch_compiler
    install_kernel "${OFFERED[next]}"
    wait_for "${OFFERED[next]}"
    assert_ready "${OFFERED[next]}"
    assert_made_by stored "${OFFERED[next]}"
    run -0 kmodkeeper explain "${OFFERED[next]}"
    assert_line "built for ${OFFERED[next]} by direct"
}

# environment: LAB_OFFERED=1
@test "an offered kernel that the driver does not compile for: told before it is there, and nothing changes" {
    offer next
    place_source 4.18.7
    break_for "${OFFERED[next]}"
    install "$C"
    wait_for "$C"
    before=$(state_of_host)
    mark

    run -15 kmodkeeper preflight

    assert_line "^kernel ${OFFERED[next]}: driver ixgbevf 4.18.7: build-failed: .*#error this version is not for this kernel; see "
    grep 'this version is not for this kernel' "/var/log/kmodkeeper/${OFFERED[next]}/ixgbevf-4.18.7.preflight.log"
    [ "$(state_of_host)" = "$before" ]
    [ "$(kept '.kernels[].holds')" = true ]
    [[ $(kept '.kernels[].line') == 'ixgbevf 4.18.7 does not compile for it ('* ]]
    until journal | grep --quiet "offered kernel .*verdict build-failed"; do sleep 0.2; done

    # The timer does not repeat it, and the log outlives the daemon's passes.
    at=$(kept '.answers[].at')
    systemctl start kmodkeeper-preflight.service
    [ "$(kept '.answers[].at')" = "$at" ]
    [ -s "/var/log/kmodkeeper/${OFFERED[next]}/ixgbevf-4.18.7.preflight.log" ]
    # Once the source is another, it does.
    sed -i '1,3d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    systemctl start kmodkeeper-preflight.service
    [ "$(kept '.answers[].verdict')" = ready ]
}

# environment: LAB_OFFERED=1
@test "headers of another kernel, headers that are gone, a repository that is: told, and nothing is falsely ready" {
    offer mixed
    configure install-headers no
    place_source 4.18.7
    install_kernel "$C"

    run -29 kmodkeeper preflight --kernel "${OFFERED[mixed]}"
    assert_line 'unknown: the headers that are offered are not those of this kernel: .* has CRC 0x'
    sed -i 's/^includepkgs=.*/includepkgs=kernel-core* kernel-modules*/' /etc/yum.repos.d/offered.repo
    run -12 kmodkeeper preflight --kernel "${OFFERED[mixed]}"
    assert_line 'no-headers: no enabled repository has its headers: kernel-devel-uname-r = '

    offer old
    dnf --quiet makecache
    find /lab/offered/repo -name "kernel-devel-${OFFERED[old]}*" >"$BATS_TEST_TMPDIR/file"
    mount --bind /dev/null "$(<"$BATS_TEST_TMPDIR/file")"
    run -29 kmodkeeper preflight --kernel "${OFFERED[old]}"
    umount "$(<"$BATS_TEST_TMPDIR/file")"
    assert_line 'unknown: kernel-devel-.*: cannot download it: '
    [ ! -e /var/cache/kmodkeeper/preflight ]
}

# environment: LAB_OFFERED=1
# long
@test "preflight killed at each step, and two at once: nothing is left, nothing is wrong" {
    local delay pid first sources
    offer old
    place_source 4.18.7
    install "$C"
    wait_for "$C"

    for delay in 0.3 0.8 1.5 2.5 4 6 8; do
        # Another source each time: what was stored does not answer.
        echo "/* $delay */" >>/usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
        sources=$(state_of_host)
        setsid kmodkeeper preflight --kernel "${OFFERED[old]}" >/dev/null 2>&1 & pid=$!
        sleep "$delay"
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" || true
        [ "$(state_of_host)" = "$sources" ]
        kmodkeeper store --json | jq --exit-status '[.artifacts[] | select(.trouble)] == []'
        # What was answered before is whole, and of this source or not told as such.
        [ ! -e /var/lib/kmodkeeper/preflight.json ] || kept . >/dev/null
    done

    echo '/* the last */' >>/usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    kmodkeeper preflight --kernel "${OFFERED[old]}" >"$BATS_TEST_TMPDIR/first" & first=$!
    run -0 kmodkeeper preflight --kernel "${OFFERED[old]}"
    assert_line "^kernel ${OFFERED[old]}: driver ixgbevf 4.18.7: ready: "
    wait "$first"
    grep ': ready: ' "$BATS_TEST_TMPDIR/first"
    [ ! -e /var/cache/kmodkeeper/preflight ]
}

# environment: LAB_OFFERED=1
# long
@test "too little room, a slow repository, one that never answers: unknown and why, or late, and no kernel is held" {
    offer next
    place_source 4.18.7
    install_kernel "$C"
    install_headers "$C"
    wait_for "$C"

    mount -t tmpfs -o size=24M small /var/cache/kmodkeeper
    run -29 kmodkeeper preflight
    umount /var/cache/kmodkeeper
    assert_line 'unknown: kernel-devel-.*[Nn]o (more )?space'
    [ "$(kept '[.kernels[] | select(.holds)] == []')" = true ]

    serve_repositories
    slow_repositories 2
    dnf --quiet clean all
    run -0 kmodkeeper preflight
    assert_line "^kernel ${OFFERED[next]}: driver ixgbevf 4.18.7: ready: built for it and stored$"
    slow_repositories 900
    dnf --quiet clean all
    run -1 --separate-stderr kmodkeeper preflight
    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == 'kmodkeeper: cannot read which kernels the repositories offer: '* ]]
    # The last answer stands.
    [ "$(kept '.answers[].verdict')" = ready ]
    [ ! -e /var/cache/kmodkeeper/preflight ]
}
