# The direct build by itself: what it makes is as good as what dkms would have made.
load lab

setup() { remove_dkms; }

@test "compressed as the kernel's own modules are, and signed when there is a machine owner's key" {
    mkdir -p /var/lib/dkms
    openssl req -new -x509 -nodes -days 1 -subj '/CN=lab key/' -newkey rsa:2048 \
        -keyout /var/lib/dkms/mok.key -outform DER -out /var/lib/dkms/mok.pub 2>/dev/null
    /lab/source ixgbevf 4.18.7

    install "$A"

    wait_for "$A"
    assert_ready "$A"
    [[ $(resolved "$A") == */ixgbevf.ko.xz ]]
    [ "$(modinfo -k "$A" -F signer ixgbevf)" = 'lab key' ]
}

@test "a source without a dkms.conf: plain kbuild" {
    /lab/source hello 1.0
    rm /usr/src/hello-1.0/dkms.conf
    keep_driver hello

    install "$A"

    wait_for "$A"
    assert_verdict ready "$A" hello
    assert_resolves_in extra "$A" hello
}

@test "the driver's own make command is used instead of dkms.conf's" {
    /lab/source hello 1.0
    sed -i 's/^MAKE.*/MAKE="false"/' /usr/src/hello-1.0/dkms.conf
    # shellcheck disable=SC2016  # bash expands it in the build
    keep_driver hello 'make = make -C ${kernel_source_dir} M=$PWD modules'

    install "$A"

    wait_for "$A"
    assert_verdict ready "$A" hello
}

@test "a source whose dkms.conf does not work: its makefile is run, then plain kbuild, each on a fresh copy" {
    /lab/source hello 1.0
    # As it was packed on a host where a group shares the sources.
    chmod -R g+s /usr/src/hello-1.0
    sed -i 's/^MAKE.*//' /usr/src/hello-1.0/dkms.conf
    echo 'MAKE[0]="touch hello.o; echo tools.c:1: error: no tools; false"' >>/usr/src/hello-1.0/dkms.conf
    printf 'hello:\n\ttest ! -e hello.o\n\t@echo makefile.c:1: error: no kernel\n\tfalse\n' >>/usr/src/hello-1.0/Makefile
    keep_driver hello

    install "$A"

    wait_for "$A"
    assert_verdict ready "$A" hello
    run -0 grep -e ': recipe ' -e 'error: ' "$(field "$A" log hello)"
    [ "$(grep --invert-match '^+' <<<"$output")" = 'kmodkeeper: recipe dkms.conf
tools.c:1: error: no tools
kmodkeeper: recipe makefile
makefile.c:1: error: no kernel
kmodkeeper: recipe kbuild' ]
}

@test "a build that does not end: killed with all its processes at its time limit" {
    configure build-timeout 3s
    /lab/source hello 1.0
    keep_driver hello 'make = sleep 4711 & sleep 4711'

    install "$A"

    wait_for "$A"
    ((status == 15))
    [[ $(field "$A" detail hello) == *'killed after 3 s'* ]]
    run ! pgrep -f 'sleep 4711'
}

@test "rebuild: built anew though it is ready" {
    /lab/source ixgbevf 4.18.7 --small
    install "$A"
    wait_for "$A"
    before=$(stat --format %i "$(resolved "$A")")

    run -0 kmodkeeper rebuild --kernel "$A" --driver ixgbevf

    wait_for "$A"
    assert_ready "$A"
    [ "$(stat --format %i "$(resolved "$A")")" != "$before" ]
    run -6 kmodkeeper rebuild --driver nonesuch
}
