# A build is kept, and makes the driver ready on other kernels whose symbols have the same CRCs.
load lab

# built_for RELEASE: the kernel that the module was built for which that kernel would load.
built_for() { modinfo -F vermagic "$(resolved "$1")" | cut -d ' ' -f 1; }

# assert_reused RELEASE OTHER: ready, by a copy of the module that was built for the OTHER kernel.
assert_reused() {
    assert_verdict ready "$1"
    assert_resolves_in extra "$1"
    [[ $(built_for "$1") == "$2" && ! -L $(resolved "$1") ]] || fail "$(resolved "$1") was built for $(built_for "$1")"
}

# ended REMEDY RELEASE: how often that remedy has made the driver ready for that kernel, since the last mark.
ended() { journal | grep --count "kernel $2: .* remedy $1 ended .*: installed: "; }

built_by_dkms() { ended dkms "$C"; }

# environment: LAB_OFFERED=1
@test "equal CRCs, no compiler and no headers: ready by stored, and explain says which build it is" {
    offer same
    place_source 4.18.7
    install "$C"
    wait_for "$C"
    assert_made_by dkms "$C"
    run -0 kmodkeeper store
    assert_line "^ixgbevf 4.18.7 +$C +dkms .* ok$"
    remove_compiler

    install_kernel "${OFFERED[same]}"

    wait_for "${OFFERED[same]}"
    ((status == 0))
    assert_made_by stored "${OFFERED[same]}"
    assert_reused "${OFFERED[same]}" "$C"
    run -0 kmodkeeper explain "${OFFERED[same]}" ixgbevf
    assert_line "built for $C by dkms, CRCs compared: [0-9]+"
    # It is a copy: the kernel that it was built for may go.
    erase_kernel "$C"
    wait_for "${OFFERED[same]}"
    assert_reused "${OFFERED[same]}" "$C"
}

# environment: LAB_OFFERED=1
@test "signatures required, no compiler: what is stored is signed with this host's own key" {
    offer same
    configure install-headers no
    place_source 4.18.7
    install "$C"
    wait_for "$C"
    remove_dkms
    remove_compiler
    systemctl stop kmodkeeper.socket kmodkeeper.service
    install_kernel "${OFFERED[same]}"
    sed -i 's/^# CONFIG_MODULE_SIG_FORCE is not set/CONFIG_MODULE_SIG_FORCE=y/' "/lib/modules/${OFFERED[same]}/config"

    systemctl start kmodkeeper.socket
    wait_for "${OFFERED[same]}"
    ((status == 12))

    run -0 kmodkeeper keys create
    assert_line "^created "
    # The key is not accepted yet: the kernel's own module stays in its place.
    run -0 kmodkeeper notify
    wait_for "${OFFERED[same]}"
    ((status == 12))
    assert_resolves_in kernel "${OFFERED[same]}"
    configure certificates /etc/kmodkeeper/keys/enroll.der
    run -0 kmodkeeper notify
    wait_for "${OFFERED[same]}"
    ((status == 0)) || fail "$output"
    assert_made_by stored "${OFFERED[same]}"
    assert_reused "${OFFERED[same]}" "$C"
    run -0 kmodkeeper explain "${OFFERED[same]}" ixgbevf
    assert_line "built for $C( by dkms)?, signed by this host, CRCs compared: [0-9]+"
    [ -z "$(ls -A /var/cache/kmodkeeper/build)" ]
}

# environment: LAB_OFFERED=1
@test "different CRCs: refused, with the symbol and both CRCs, and then built" {
    offer old
    configure install-headers no
    place_source 4.18.7
    install "$C"
    wait_for "$C"

    install_kernel "${OFFERED[old]}"

    wait_for "${OFFERED[old]}"
    ((status == 12))
    assert_verdict no-headers "${OFFERED[old]}"
    [[ $(field "${OFFERED[old]}" detail) =~ stored:.*' has CRC 0x'[0-9a-f]{8}', expected 0x'[0-9a-f]{8} ]]
    install_headers "${OFFERED[old]}"
    wait_for "${OFFERED[old]}"
    assert_ready "${OFFERED[old]}"
    assert_made_by dkms "${OFFERED[old]}"
}

# environment: LAB_LAYER=kernel
@test "with headers and a compiler: ready at once, and dkms makes the kernel's own build afterwards" {
    place_source 4.18.7
    # shellcheck disable=SC2016  # make's own
    echo '$(info niceness $(shell nice))' >>/usr/src/ixgbevf-4.18.7/src/Kbuild
    wait_for "$A"
    install "$B"
    wait_for "$B"
    mark

    install "$C"

    wait_for "$C"
    ((status == 0))
    assert_verdict ready "$C"
    [ "$(ended stored "$C")" -eq 1 ]
    await built_by_dkms 1
    assert_ready "$C"
    # What is in use already is built when nothing else is to be done.
    grep --quiet 'niceness 10' "/var/lib/dkms/ixgbevf/4.18.7/$B/x86_64/log/make.log"
    grep --quiet 'niceness 19' "/var/lib/dkms/ixgbevf/4.18.7/$C/x86_64/log/make.log"
    # dkms's records agree, and it took nothing of ours for the kernel's own.
    [[ $(dkms status ixgbevf/4.18.7 -k "$C") == *installed* ]]
    [ -z "$(find /var/lib/dkms/ixgbevf/original_module -name 'ixgbevf*' -newer /lab/repo -exec modinfo -F version {} + 2>/dev/null)" ]
    [ "$(find "/lib/modules/$C" -name 'ixgbevf.ko*' -not -path '*/kernel/*' | wc -l)" -eq 1 ]
    # Never was it anything but ready in between.
    ! journal | grep "kernel $C: .*verdict .*(was ready)" || false
}

# environment: LAB_LAYER=kernel
@test "reuse = yes: no build follows; reuse = no: there is one for each kernel" {
    keep_driver ixgbevf 'reuse = yes'
    place_source 4.18.7
    install "$B" "$C"
    wait_for "$B" "$C"
    # The newer one was seen to first.
    assert_ready "$C"
    assert_reused "$B" "$C"

    rm -r /var/lib/kmodkeeper/store
    keep_driver ixgbevf 'reuse = no'
    erase_kernel "$B"
    wait_for "$C"
    install "$B"
    wait_for "$B"
    assert_ready "$B"
    assert_made_by dkms "$B"
}

# environment: LAB_LAYER=kernel
@test "what is in the store was changed: not used, named by store, and built again" {
    place_source 4.18.7
    install "$B"
    wait_for "$B"
    module=$(find "/var/lib/kmodkeeper/store/ixgbevf-4.18.7/$B" -name 'ixgbevf.ko*')
    printf x | dd of="$module" bs=1 seek=1000 conv=notrunc status=none
    run -0 kmodkeeper store
    assert_line "^ixgbevf 4.18.7 +$B .* damaged: its $(basename "$module") was changed$"

    install "$C"

    wait_for "$C"
    assert_ready "$C"
    assert_made_by dkms "$C"
}

# environment: LAB_LAYER=kernel
@test "no room for the store: the driver gets ready, and it is said" {
    mkdir -p /var/lib/kmodkeeper/store
    mount -t tmpfs -o size=4k,mode=700 tmpfs /var/lib/kmodkeeper/store
    mark
    place_source 4.18.7

    install "$B"

    wait_for "$B"
    assert_ready "$B"
    journal | grep 'cannot store the build for other kernels, ignoring: .*No space left'
    [ -z "$(find /var/lib/kmodkeeper/store -type f)" ]
}
