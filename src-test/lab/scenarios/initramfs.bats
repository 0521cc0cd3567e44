# What a kernel loads first is in its initramfs: another build of a driver there makes it not ready.
# The images are dracut's own: kernel A begins with one that has the kernel's own ixgbevf.
# environment: LAB_LAYER=image
load lab

# Nobody looks until a scenario has it so.
setup() { stop_daemon; }

image() { echo "/boot/initramfs-$1.img"; }

# build_in_image RELEASE: the build id of the ixgbevf in the image.
build_in_image() {
    local file
    rm -rf "$BATS_TEST_TMPDIR/unpacked"
    mkdir "$BATS_TEST_TMPDIR/unpacked"
    (cd "$BATS_TEST_TMPDIR/unpacked" && lsinitrd --unpack "$(image "$1")")
    file=$(find "$BATS_TEST_TMPDIR/unpacked" -name 'ixgbevf.ko*')
    build_id "$file"
}

# build_id FILE: the build id of a module.
build_id() {
    local plain=$BATS_TEST_TMPDIR/plain.ko
    case $1 in
        *.xz) xz --decompress --stdout "$1" >"$plain" ;;
        *) cp "$1" "$plain" ;;
    esac
    readelf --notes "$plain" | sed -n 's/.*Build ID: //p'
}

# assert_image_of_ours RELEASE: the image holds the build that modprobe resolves, and nothing is left of its making.
assert_image_of_ours() {
    [ "$(build_in_image "$1")" = "$(build_id "$(resolved "$1")")" ]
    [ "$(stat --format %a "$(image "$1")")" = 600 ]
    assert_nothing_partial
}

# modules_in_image RELEASE: the modules' file names.
modules_in_image() { lsinitrd "$(image "$1")" | sed -n 's|.*/\([^/ ]*\)\.ko[^/]*$|\1|p' | sort; }

# host_only: images are made for this host's own disks: with the driver of one that has a device node, which is how
# dracut knows of a disk. In a lab no real one has; dracut's configuration is a shell script.
host_only() {
    mknod /dev/labdisk b 7 200
    cat >/etc/dracut.conf.d/lab.conf <<'END'
hostonly=yes
dracutmodules="base kernel-modules"
drivers="ixgbevf"
compress="gzip -1"
if [[ -b /dev/labdisk ]]; then drivers+=" loop"; fi
END
}

assert_nothing_partial() {
    local left
    left=$(find /boot -name '*.kmodkeeper-new'; find /var/cache/kmodkeeper/build -mindepth 1 2>/dev/null || true)
    [[ -z $left ]] || fail "left behind: $left"
}

@test "an image older than the driver: stale-initramfs, then a new one is made without anyone asking" {
    place_source 4.18.7
    dkms autoinstall -k "$A"
    assert_resolves_in extra "$A"

    assert_verdict stale-initramfs "$A"
    [[ $(field "$A" detail) == *"$(image "$A") contains another build of ixgbevf"* ]]
    run ! kmodkeeper check

    start_daemon
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_made_by initramfs "$A"
    assert_image_of_ours "$A"
    run -0 kmodkeeper check
}

@test "a driver built after the image was made: ready only when the image is new as well" {
    place_source 4.18.7

    start_daemon

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_image_of_ours "$A"
}

@test "an image that contains no copy of the driver, and no image at all: ready, and none is made" {
    rm "$(image "$A")"
    start_daemon
    place_source 4.18.7
    install "$B"
    wait_for "$A" "$B"
    stop_daemon
    echo 'drivers="dummy"' >>/etc/dracut.conf.d/lab.conf
    dracut --force "$(image "$A")" "$A"
    before=$(stat --format '%i %Z' "$(image "$A")")

    start_daemon

    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    [ "$(stat --format '%i %Z' "$(image "$A")")" = "$before" ]
    [ ! -e "$(image "$B")" ]
}

@test "dracut fails: the old image stays as it is, and status says why" {
    before=$(sha256sum "$(image "$A")")
    place_source 4.18.7
    echo 'compress=false' >>/etc/dracut.conf.d/lab.conf

    start_daemon

    wait_for "$A"
    ((status != 0))
    assert_verdict stale-initramfs "$A"
    assert_resolves_in extra "$A"
    [[ $(field "$A" detail) == *'Creation of '*' failed'* ]]
    [ "$(sha256sum "$(image "$A")")" = "$before" ]
    assert_nothing_partial
}

@test "an image for this host's hardware alone: a new one holds what the old one held" {
    host_only
    dracut --force "$(image "$A")" "$A"
    before=$(modules_in_image "$A")
    grep --line-regexp loop <<<"$before"
    place_source 4.18.7

    start_daemon

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_image_of_ours "$A"
    [ "$(modules_in_image "$A")" = "$before" ]
}

@test "a disk's driver would be missing from the new image: the old one stays, and status says what is missing" {
    host_only
    dracut --force "$(image "$A")" "$A"
    before=$(sha256sum "$(image "$A")")
    place_source 4.18.7
    rm /dev/labdisk

    start_daemon

    wait_for "$A"
    ((status != 0))
    assert_verdict stale-initramfs "$A"
    [[ $(field "$A" detail) == *"lacks modules of $(image "$A"): loop; "* ]]
    [ "$(sha256sum "$(image "$A")")" = "$before" ]
    assert_nothing_partial
}

@test "no room in /boot for a second image: the old one stays, and status says what to do" {
    mkdir /var/tmp/boot
    mv /boot/* /var/tmp/boot
    mount -t tmpfs -o "size=$(($(stat --format %s "/var/tmp/boot/initramfs-$A.img") + 4000000))" boot /boot
    mv /var/tmp/boot/* /boot
    before=$(sha256sum "$(image "$A")")
    place_source 4.18.7

    start_daemon

    wait_for "$A"
    ((status != 0))
    assert_verdict stale-initramfs "$A"
    [[ $(field "$A" detail) == *'/boot has '*' MiB free'* ]]
    [ "$(sha256sum "$(image "$A")")" = "$before" ]
}

@test "killed while dracut runs: the old image is untouched, and the next start leaves nothing of the first" {
    before=$(sha256sum "$(image "$A")")
    place_source 4.18.7
    # dracut's configuration is a shell script.
    touch /run/hold
    echo 'while [ -e /run/hold ]; do sleep 0.1; done' >>/etc/dracut.conf.d/lab.conf
    start_daemon
    until pgrep -f 'dracut --force' >/dev/null; do sleep 0.1; done

    pgrep -f 'dracut --force' | head -n 1 >"$BATS_TEST_TMPDIR/pid"

    systemctl kill --signal KILL kmodkeeper.service
    await gone yes
    [ "$(sha256sum "$(image "$A")")" = "$before" ]
    head -c 1000000 "$(image "$A")" >"$(image "$A").kmodkeeper-new"
    rm /run/hold

    start_daemon
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_image_of_ours "$A"
}

gone() { kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")" 2>/dev/null || echo yes; }

@test "stopped while dracut runs: it ends with the daemon, and the old image is untouched" {
    before=$(sha256sum "$(image "$A")")
    place_source 4.18.7
    echo 'sleep 4711' >>/etc/dracut.conf.d/lab.conf
    start_daemon
    await holding yes

    stop_daemon

    [ "$(holding)" = no ]
    [ "$(sha256sum "$(image "$A")")" = "$before" ]
    assert_nothing_partial
}

holding() { if pgrep -xf 'sleep 4711' >/dev/null; then echo yes; else echo no; fi; }

@test "an image that is cut short: not ready before it is made anew" {
    place_source 4.18.7
    dkms autoinstall -k "$A"

    truncate --size=-1000 "$(image "$A")"

    run ! kmodkeeper check
    [[ $(field "$A" detail) == *"$(image "$A") cannot be read"* ]]
    start_daemon
    wait_for "$A"
    assert_ready "$A"
    assert_image_of_ours "$A"
}
