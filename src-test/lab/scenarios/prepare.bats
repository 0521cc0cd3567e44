# Drivers of an image: made ready by kmodkeeper prepare in the image's own root, which has not booted.
# The image is a copy of the lab's root, with a kernel that dnf installs into it; the lab has none.
load lab

image=/srv/image

# make_image: the image; /proc, /dev and /run in it are empty. What is changed in the lab's own root later, it may not see.
make_image() {
    mount -t tmpfs image /srv
    mkdir /srv/upper /srv/work "$image"
    mount -t overlay -o lowerdir=/,upperdir=/srv/upper,workdir=/srv/work image "$image"
    dnf --assumeyes --installroot="$image" install "kernel-core-$A" "kernel-devel-$A"
    [ ! -e "/lib/modules/$A" ]
    [ ! -e "$image/proc/self" ]
    rm -rf "${image:?}"/{dev,run}/*
    mounts >"$BATS_TEST_TMPDIR/mounts"
}

mounts() { cut -d ' ' -f 4- /proc/self/mountinfo | sort; }

# assert_nothing_left: what was mounted for the command is gone, nothing runs in the image, and nothing lies where an
# image has nothing.
assert_nothing_left() {
    local process
    diff "$BATS_TEST_TMPDIR/mounts" <(mounts)
    for process in /proc/[0-9]*; do
        [[ $(readlink "$process/root" || true) != "$image"* ]] || fail "still runs: $(tr '\0' ' ' <"$process/cmdline")"
    done
    [ -z "$(ls -A "$image/proc")$(ls -A "$image/dev")$(ls -A "$image/run")" ] ||
        fail "left: $(ls -A "$image/proc" "$image/dev" "$image/run")"
}

# assert_in_image NAME: modprobe would load that module of ours in the image.
assert_in_image() {
    [[ $(modprobe --dirname "$image" --set-version "$A" --show-depends "$1") == *"/lib/modules/$A/extra/$1.ko"* ]]
}

@test "in a chroot without /proc: what dkms knows and what it does not are ready, and nothing is left behind" {
    place_source 4.18.7
    /lab/source hello 1.0
    make_image
    echo '[driver]' >"$image/etc/kmodkeeper/drivers.d/hello.conf"
    [ "$(uname -r)" != "$A" ]

    run -0 chroot "$image" kmodkeeper prepare

    assert_line "^kernel $A: driver ixgbevf 4.18.7: ready: /lib/modules/$A/extra/"
    assert_line "^kernel $A: driver hello 1.0: ready: /lib/modules/$A/extra/"
    assert_line '^1 kernel, bootable$'
    assert_line "^kernel $A: driver hello 1.0: remedy direct begins, log "
    refute_line 'no namespaces'
    assert_in_image ixgbevf
    assert_in_image hello
    assert_nothing_left
    # A second one has nothing to do.
    run -0 chroot "$image" kmodkeeper prepare
    refute_line 'remedy'
}

begun() { grep --count 'remedy dkms begins' "$BATS_TEST_TMPDIR/first"; }

@test "two at once, each with a /run of its own: the second waits, and both succeed" {
    local first
    place_source 4.18.7
    make_image
    chroot "$image" kmodkeeper prepare >"$BATS_TEST_TMPDIR/first" 2>&1 & first=$!
    await begun 1

    run -0 kmodkeeper prepare --root "$image"

    assert_line '^kmodkeeper: prepare: another prepare is running in this root, waiting for its end$'
    refute_line 'remedy'
    wait "$first"
    assert_in_image ixgbevf
    assert_nothing_left
}

@test "by --root from outside: the same; a root without kmodkeeper and that of the daemon are refused" {
    place_source 4.18.7
    make_image

    run -0 kmodkeeper prepare --root "$image" --kernel "$A" --driver ixgbevf

    assert_line '^1 kernel, bootable with regard to driver ixgbevf$'
    assert_in_image ixgbevf
    assert_nothing_left
    assert_nothing_of_ours "$A"
    run -1 kmodkeeper prepare --root=/mnt
    assert_line '^kmodkeeper: prepare: kmodkeeper is not installed in /mnt: dnf --installroot=/mnt install kmodkeeper$'
    # What the script says to itself is nobody's option: it would mount over what the host has.
    run -2 kmodkeeper prepare --inside "$image"
    assert_line "^kmodkeeper: unknown option '--inside'"
    assert_nothing_left
    run -2 kmodkeeper prepare --root /nowhere
    assert_line '^kmodkeeper: prepare: --root /nowhere: no such directory$'
    run -1 kmodkeeper prepare
    assert_line '^kmodkeeper: /run/kmodkeeper/lock: held by a daemon or another prepare on this root; '
}

@test "a driver that does not compile: the exit status, one line with the compiler's error, and once it is mended, ready" {
    place_driver ixgbevf 4.18.7 --broken
    make_image

    run -15 --separate-stderr chroot "$image" kmodkeeper prepare

    [ "${#lines[@]}" -eq 1 ]
    assert_line "^kernel $A: driver ixgbevf: build-failed: .*this source is broken on purpose"
    assert_nothing_left
    sed -i '/#error this source is broken/d' "$image/usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c"
    run -0 chroot "$image" kmodkeeper prepare
    assert_in_image ixgbevf
}

@test "without the right to mount, as in a container's build: ready by an unprivileged user, and it is said" {
    place_driver hello 1.0
    remove_dkms
    make_image
    printf '[driver]\nremedies = direct\n' >"$image/etc/kmodkeeper/drivers.d/hello.conf"
    # shellcheck disable=SC2016  # for make
    echo '$(info built by $(shell id -un))' >>"$image/usr/src/hello-1.0/Makefile"

    run -1 unprivileged
    assert_line '^kmodkeeper: prepare: / needs /proc and /dev, and nothing can be mounted here '
    mount -t proc proc "$image/proc"
    mount --bind /dev "$image/dev"
    run -0 unprivileged

    assert_line '^kmodkeeper: no namespaces .unshare --mount.: '
    assert_in_image hello
    grep --quiet '^built by kmodkeeper-build$' "$image/var/log/kmodkeeper/$A/hello-1.0.direct.log"
    umount "$image/proc" "$image/dev"
    assert_nothing_left
}

# unprivileged: as root in a container that may not mount.
unprivileged() { setpriv --bounding-set=-sys_admin,-mknod --inh-caps=-sys_admin,-mknod chroot "$image" kmodkeeper prepare; }

# environment: LAB_LAYER=image
@test "an initramfs with another build of the driver: made anew in the image" {
    place_source 4.18.7
    stop_daemon
    mount -t tmpfs image /srv
    mkdir /srv/upper /srv/work "$image"
    mount -t overlay -o lowerdir=/,upperdir=/srv/upper,workdir=/srv/work image "$image"
    # Where images of bootc have it.
    mv "$image/boot/initramfs-$A.img" "$image/lib/modules/$A/initramfs.img"
    before=$(sha256sum <"$image/lib/modules/$A/initramfs.img")

    run -0 kmodkeeper prepare --root "$image"

    assert_line "remedy initramfs ended .*: installed: "
    [ "$(sha256sum <"$image/lib/modules/$A/initramfs.img")" != "$before" ]
    run -0 chroot "$image" kmodkeeper prepare
}

# environment: LAB_LAYER=kernel
@test "a host whose system is an image: status and doctor say that drivers are made ready where it is built" {
    stop_daemon
    place_source 4.18.7
    mount -t overlay -o lowerdir=/usr:/srv usr /usr
    touch /run/ostree-booted
    start_daemon

    wait_for "$A"

    ((status == 27))
    assert_line "^kernel $A: driver ixgbevf: read-only: .*/lib/modules/$A belongs to this host's image and is mounted read-only"
    assert_line 'drivers are made ready where the image is built: kmodkeeper prepare$'
    run kmodkeeper doctor
    assert_line "/lib/modules belongs to this host's image"
    refute_line 'remount'
}
