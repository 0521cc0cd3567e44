# Several kernels that lack a driver: as few builds as their classes need, and those side by side.
load lab

# remedies: what began and ended since the last mark, one a line: "begins direct RELEASE", "ended stored RELEASE".
remedies() { journal | sed -nE 's/^kernel ([^:]*): driver ixgbevf [^:]*: remedy ([a-z]+) (begins|ended).*/\3 \2 \1/p'; }

# build_anew: nothing is stored or installed, and all kernels lack the driver at once.
build_anew() {
    stop_daemon
    rm -rf /var/lib/kmodkeeper/store /var/lib/kmodkeeper/history*
    find /lib/modules -path '*/extra/ixgbevf.ko*' -delete
    for release in "$A" "$B" "$C"; do depmod "$release"; done
    mark
    start_daemon
    wait_for "$A" "$B" "$C"
    ((status == 0))
}

# environment: LAB_LAYER=kernel
@test "three kernels of two classes: two builds side by side, the third kernel gets one of them; builds = 1: one after another" {
    keep_driver ixgbevf 'remedies = stored, direct' 'reuse = yes'
    configure builds 2
    install "$B" "$C"
    place_source 4.18.7
    wait_for "$A" "$B" "$C"

    build_anew

    # The newest and the one that differs from it began before either had ended.
    [[ $(remedies | grep direct | head -n 2 | sort) == "$(printf 'begins direct %s\n' "$A" "$C" | sort)" ]] || fail "$(remedies)"
    [ "$(remedies | grep --count 'begins direct')" -eq 2 ] || fail "$(remedies)"
    assert_made_by stored "$B"
    for release in "$A" "$B" "$C"; do
        assert_verdict ready "$release"
        assert_resolves_in extra "$release"
        [[ -z $(find /var/lib/kmodkeeper -name 'attempt-*') ]]
    done
    # Each has a log of its own.
    for release in "$A" "$C"; do grep --quiet ixgbevf "/var/log/kmodkeeper/$release/ixgbevf-4.18.7.direct.log"; done

    configure builds 1
    build_anew

    [[ $(remedies | grep direct) == "$(printf '%s direct %s\n' begins "$C" ended "$C" begins "$A" ended "$A")" ]] || fail "$(remedies)"
    assert_made_by stored "$B"
}

# environment: LAB_LAYER=kernel
@test "while two builds run, status, systemctl status and wait show both" {
    # Each build waits until the other one has been seen.
    # shellcheck disable=SC2016  # the build's own variable
    keep_driver ixgbevf 'remedies = stored, direct' 'reuse = yes' \
        'make = until [ -e /usr/src/go ]; do sleep 0.1; done; cd src && make BUILD_KERNEL=$kernelver'
    configure builds 2
    install "$C"
    place_source 4.18.7
    await builds_running 2

    run -0 kmodkeeper status
    assert_line "^building ixgbevf for $A by direct, [0-9]+ s"
    assert_line "^building ixgbevf for $C by direct, [0-9]+ s"
    run -0 systemctl status kmodkeeper.service
    assert_line "Status: .*kernel $C: driver ixgbevf: remedy direct is running; kernel $A: driver ixgbevf: remedy direct is running"
    run kmodkeeper wait --timeout 1
    assert_line "^kmodkeeper: building ixgbevf for $A by direct$"
    assert_line "^kmodkeeper: building ixgbevf for $C by direct$"
    touch /usr/src/go
    wait_for "$A" "$C"
    assert_ready "$A" "$C"

    # Now it is known how long a build takes.
    rm /usr/src/go
    kmodkeeper rebuild --kernel "$C"
    await builds_running 1
    run -0 kmodkeeper status
    assert_line "^building ixgbevf for $C by direct, [0-9]+ s( of about|, more than three times the usual) [0-9]+ s"
    touch /usr/src/go
    wait_for "$C"
}

builds_running() { kmodkeeper status --json | jq '.activities | length'; }
