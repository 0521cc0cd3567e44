# weak-modules(8) links modules into other kernels' trees: what one kernel borrows of another does not go with it.
# B and C are of one stable release: what fits the one fits the other.
load lab

# lend FROM TO: weak-modules finds that hello of FROM fits TO, as kernel-core's %posttrans has it look.
lend() {
    mkdir -p "/lib/modules/$2/weak-updates"
    ln -s "/lib/modules/$1/extra/hello.ko.xz" "/lib/modules/$2/weak-updates/hello.ko.xz"
    depmod "$2"
}

# borrowed: hello is ready for the donor, and the other kernel has a link to it and no headers.
borrowed() {
    configure install-headers no
    configure remedies direct
    place_driver hello 1.0
    keep_driver hello
    install "$B"
    wait_for "$B"
    assert_verdict ready "$B" hello
    install_kernel "$C"
    lend "$B" "$C"
    run -0 kmodkeeper notify
    wait_for "$C"
    assert_verdict ready "$C" hello
    assert_resolves_in weak-updates "$C" hello
}

@test "the donor is erased: its module stays as long as another kernel borrows it" {
    borrowed

    erase_kernel "$B"
    run -0 kmodkeeper wait --timeout "$(at_most 60)"

    assert_verdict ready "$C" hello
    run -0 kmodkeeper check
    [ -f "/lib/modules/$B/extra/hello.ko.xz" ]
    run -0 journalctl --unit kmodkeeper.service --output cat --no-pager
    assert_line "kernel $B: no longer installed, but .*/extra/hello\.ko\.xz stays: /lib/modules/$C/weak-updates/hello\.ko\.xz links to it"

    rm "/lib/modules/$C/weak-updates/hello.ko.xz"
    run -0 kmodkeeper notify
    run kmodkeeper wait --timeout "$(at_most 60)"
    [ ! -e "/lib/modules/$B" ]
}

@test "headers come: the borrower gets a module of its own, and depends on no other kernel" {
    borrowed

    install_headers "$C"
    wait_for "$C"

    assert_verdict ready "$C" hello
    assert_resolves_in extra "$C" hello
    [ ! -L "$(resolved "$C" hello)" ]
}

@test "drop: the link goes with the module that it leads to" {
    borrowed

    run -0 kmodkeeper drop hello
    assert_line "^module +/lib/modules/$C/weak-updates/hello\.ko\.xz, a link to another kernel's, is removed"

    [ -z "$(find /lib/modules -name 'hello.ko*')" ]
    [ -z "$(resolved "$C" hello)" ]
}
