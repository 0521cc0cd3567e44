# What the page of a verdict says is enough: with the output of status alone, its commands make the driver ready.
# environment: LAB_LAYER=hello
load lab

# cure VERDICT RELEASE DRIVER [ARCHIVE]: status shows that verdict and names a page, whose commands make the driver ready.
cure() {
    local page commands=$BATS_TEST_TMPDIR/commands
    run -0 kmodkeeper status --kernel "$2" --driver "$3"
    assert_line "^kernel $2: driver $3.*: $1\$"
    page=$(sed -n 's|^ *what to do: ||p' <<<"$output")
    awk '/^## /{ here = $0 == "## What to do" } /^```$/{ block = 0 } block; here && /^```sh$/{ block = 1 }' "$page" >"$commands"
    [[ -s $commands ]] || fail "no commands in $page"
    run -0 env KERNEL="$2" DRIVER="$3" ARCHIVE="${4-}" bash -eu "$commands"
    assert_verdict ready "$2" "$3"
}

# leave_broken: what is wrong with hello from now on stays so; a pass that has begun is over.
leave_broken() {
    keep_driver hello 'remedies ='
    wait_for "$A"
}

@test "blacklisted, replaced: the line is commented out, as the page says" {
    printf '%s\n' '# ours' 'blacklist hello' 'blacklist hello2' >/etc/modprobe.d/lab.conf
    cure blacklisted "$A" hello
    echo 'install hello /bin/true' >>/etc/modprobe.d/lab.conf
    cure replaced "$A" hello
    [[ $(</etc/modprobe.d/lab.conf) == $'# ours\n# blacklist hello\nblacklist hello2\n# install hello /bin/true' ]]
}

# long
@test "missing, damaged, vermagic-mismatch, wrong-version, symbol-mismatch: the page has it built" {
    module=$(resolved "$A" hello)
    leave_broken
    rm "$module"
    depmod "$A"
    cure missing "$A" hello

    leave_broken
    truncate --size=-300 "$module"
    cure damaged "$A" hello

    leave_broken
    xz -dc "$module" | sed 's/SMP preempt /SMP xreempt /' | xz --check=crc32 >/tmp/hello.ko.xz
    mv /tmp/hello.ko.xz "$module"
    cure vermagic-mismatch "$A" hello

    leave_broken
    /lab/source hello 2.0
    cure wrong-version "$A" hello

    install "$B"
    wait_for "$B"
    leave_broken
    cp "$(resolved "$B" hello)" "$module"
    cure symbol-mismatch "$A" hello
}

# long
@test "no-headers: the page has them installed" {
    configure install-headers no
    install_kernel "$B"
    wait_for "$B"
    cure no-headers "$B" hello
}

# long
@test "no-source, build-failed: the page has a source adopted" {
    cd "$BATS_TEST_TMPDIR"
    rm -r /usr/src/hello-1.0
    pack hello 1.0
    cure no-source "$A" hello "$PWD/hello-1.0.tar.gz"

    echo '#error this source is broken on purpose' >>/usr/src/hello-1.0/hello.c
    install "$B"
    wait_for "$B"
    pack hello 1.1
    cure build-failed "$B" hello "$PWD/hello-1.1.tar.gz"
}

# long
@test "shadowed: the page removes the copy that wins" {
    # It would give ours precedence at once.
    stop_daemon
    mkdir -p "/lib/modules/$A/updates"
    xz -dc "$(resolved "$A" hello)" | sed 's/version=1\.0/version=0.9/' >"/lib/modules/$A/updates/hello.ko"
    depmod "$A"
    cure shadowed "$A" hello
    [[ ! -e /lib/modules/$A/updates/hello.ko ]]
}

# long
@test "read-only: the page makes the file system writable" {
    stop_daemon
    rm "$(resolved "$A" hello)"
    depmod "$A"
    remount_usr ro
    start_daemon
    wait_for "$A"
    cure read-only "$A" hello
}

# long
@test "not-set-up, missing-dependency: the pages have the source adopted, and the kernel's packages reinstalled" {
    cd "$BATS_TEST_TMPDIR"
    mkdir needy-1.0
    cat >needy-1.0/needy.c <<'END'
#include <linux/module.h>
#include <net/failover.h>
static int __init needy_init(void) { failover_unregister(NULL); return 0; }
module_init(needy_init);
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
END
    echo 'obj-m += needy.o' >needy-1.0/Makefile
    tar --create --gzip --file needy-1.0.tar.gz needy-1.0
    keep_driver needy
    cure not-set-up "$A" needy "$PWD/needy-1.0.tar.gz"

    rm "$(resolved "$A" failover)"
    cure missing-dependency "$A" needy
}

# long
@test "unknown: the page has the kernel's packages reinstalled" {
    truncate --size=1000 "/lib/modules/$A/symvers.gz"
    cure unknown "$A" hello
}

# long
# environment: LAB_LAYER=image
@test "stale-initramfs: the page makes a new image" {
    # It would make one at once.
    stop_daemon
    place_source 4.18.7
    dkms autoinstall -k "$A"
    cure stale-initramfs "$A" ixgbevf
}
