# Two hosts with a network between them: one builds and publishes, see builder; this one gets what it needs from there.
# The builder's web server is serve, which is Python's http.server.
load lab

builder=http://192.0.2.1:8080

# builder_says: what the other host has printed last.
builder_says() { tail -n 1 /lab/peers/1; }

# use_builder: a repository as docs/packages.md has it.
use_builder() {
    await builder_says serving
    printf '%s\n' '[kmodkeeper]' 'name=Modules of drivers' "baseurl=$builder/kmodkeeper" gpgcheck=1 \
        "gpgkey=$builder/RPM-GPG-KEY-modules" skip_if_unavailable=1 >/etc/yum.repos.d/kmodkeeper.repo
}

# assert_no_compiler: this host has none, wherever one may look.
assert_no_compiler() {
    local found
    found=$(find / -xdev \( -path /usr/share -prune \) -o ! -type d \( -name stdio.h -o -name kernel.h -o -name autoconf.h \
        -o -perm /111 -regextype posix-extended -regex '.*/(([a-z0-9_]+-)*(gcc|cc|as|ld|clang)(-[0-9.]+)?|cc1|collect2|g?make|tcc)' \) -print)
    [[ -z $found ]] || fail "found: $found"
}

# milliseconds: now.
milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# environment: LAB_LAYER=kernel
# environment: LAB_PEER=builder
@test "a kernel update without a compiler: ready within 5 s by the builder's signed package, and by the store without it" {
    local began took
    remove_dkms
    remove_compiler
    assert_no_compiler
    rm -f /etc/kmodkeeper/drivers.d/ixgbevf.conf
    configure remedies 'stored, package'
    use_builder
    transaction install ixgbevf-kmod-common
    wait_for "$A"
    assert_ready "$A"
    assert_made_by package "$A"

    transaction upgrade
    began=$(milliseconds)
    wait_for "$C"
    took=$(($(milliseconds) - began))

    echo "# dnf's end to ready by package: $took ms, limit $(at_most 5000) ms" >&3
    assert_ready "$C"
    assert_made_by package "$C"
    ((took <= $(at_most 5000)))
    # By the one key that this host has, which came from the repository.
    run -0 rpm --query --queryformat '%{RSAHEADER:pgpsig}' "kmod-ixgbevf-$C"
    [[ $output == *"$(rpm --query --queryformat '%{VERSION}' gpg-pubkey)" ]]
    run -0 kmodkeeper check --reboot
    assert_no_compiler

    ip link set peer1 down
    # As if dnf had last asked long ago.
    dnf --quiet clean expire-cache
    run ! timeout 2 bash -c '</dev/tcp/192.0.2.1/8080'
    erase_kernel "$C"
    install_kernel "$C"
    wait_for "$C"
    assert_ready "$C"
    assert_made_by stored "$C"
}
