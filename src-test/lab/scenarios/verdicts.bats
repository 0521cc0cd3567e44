# What makes a module that is there useless, each thing really broken. No remedy is configured, so
# that what was broken stays so and can be looked at.
# environment: LAB_LAYER=hello
load lab

# A driver that is ready, and is not mended from here on.
setup() {
    assert_verdict ready "$A" hello
    module=$(resolved "$A" hello)
    keep_driver hello 'remedies ='
}

# assert_found VERDICT PATTERN: that is the verdict, and its detail says what was expected and found.
assert_found() {
    assert_verdict "$1" "$A" hello
    output=$(field "$A" detail hello)
    assert_line "$2"
    run kmodkeeper check
    ((status >= 10))
}

@test "symbol-mismatch: the kernel offers a symbol in another shape" {
    zcat "/lib/modules/$A/symvers.gz" | sed 's/^0x[0-9a-f]*\(\tmodule_layout\t\)/0x12345678\1/' |
        gzip >/tmp/symvers.gz
    mv /tmp/symvers.gz "/lib/modules/$A/symvers.gz"

    assert_found symbol-mismatch 'module_layout has CRC 0x[0-9a-f]{8}, expected 0x12345678'
}

@test "symbol-mismatch: the kernel no longer offers a symbol" {
    zcat "/lib/modules/$A/symvers.gz" | grep -v -P '\tmodule_layout\t' | gzip >/tmp/symvers.gz
    mv /tmp/symvers.gz "/lib/modules/$A/symvers.gz"

    assert_found symbol-mismatch 'module_layout is not exported'
}

@test "unknown: the list of the kernel's symbols is cut short" {
    truncate --size=1000 "/lib/modules/$A/symvers.gz"

    assert_found unknown "^/lib/modules/$A/symvers\.gz is damaged: .*; reinstall the package that owns it\$"
}

@test "vermagic-mismatch: built for a kernel of another kind" {
    xz -dc "$module" | sed 's/SMP preempt /SMP xreempt /' | xz --check=crc32 >/tmp/hello.ko.xz
    mv /tmp/hello.ko.xz "$module"

    assert_found vermagic-mismatch 'SMP xreempt .*, expected '
}

@test "damaged: the module is cut short" {
    truncate --size=-300 "$module"

    assert_found damaged "$module "
}

@test "blacklisted: modprobe.d keeps it from its device" {
    echo 'blacklist hello' >/etc/modprobe.d/lab.conf

    assert_found blacklisted 'modprobe.d blacklists hello'
}

@test "replaced: modprobe.d runs a command in its place" {
    echo 'install hello /bin/true' >/etc/modprobe.d/lab.conf

    assert_found replaced 'install /bin/true'
}

@test "built-in: the kernel has the driver in itself" {
    echo kernel/drivers/misc/hello.ko >>"/lib/modules/$A/modules.builtin"
    rm "$module"
    depmod "$A"

    assert_found built-in 'hello is built into the kernel'
}

@test "wrong-version: a newer source is there, and the old module" {
    /lab/source hello 2.0

    assert_found wrong-version 'is version 1.0, expected 2.0'
}

# sign CERTIFICATE KEY: signs the module with the kernel's own program.
sign() {
    xz -d "$module"
    "/lib/modules/$A/build/scripts/sign-file" sha256 "$2" "$1" "${module%.xz}"
    xz --check=crc32 "${module%.xz}"
}

# make_key CERTIFICATE KEY
make_key() {
    openssl req -new -x509 -nodes -days 1 -set_serial 1 -subj '/CN=lab key/' -newkey rsa:2048 \
        -keyout "$2" -outform DER -out "$1" 2>/dev/null
}

@test "unsigned: the kernel insists on signatures, and there is none or one by the wrong key" {
    sed -i 's/^# CONFIG_MODULE_SIG_FORCE is not set/CONFIG_MODULE_SIG_FORCE=y/' "/lib/modules/$A/config"
    assert_found unsigned 'it is not signed, and CONFIG_MODULE_SIG_FORCE requires a signature'

    make_key /etc/lab.der /tmp/key
    sign /etc/lab.der /tmp/key
    assert_found unsigned 'signed by CN=lab key.* not known to accept'

    configure certificates /etc/lab.der
    assert_verdict ready "$A" hello
}

@test "unsigned: the entry that boots the kernel insists on signatures, and the running kernel does not" {
    set_up_grub
    grub_menu "$A"
    assert_verdict ready "$A" hello
    sed -i "s|vmlinuz-$A ro|& lockdown=integrity|" /boot/grub/grub.cfg
    assert_found unsigned 'it is not signed, and lockdown of its boot entry requires a signature'
}

@test "damaged: the kernel insists on signatures, and the module was changed, or signed by an impostor" {
    sed -i 's/^# CONFIG_MODULE_SIG_FORCE is not set/CONFIG_MODULE_SIG_FORCE=y/' "/lib/modules/$A/config"
    make_key /etc/lab.der /tmp/key
    configure certificates /etc/lab.der
    cp "$module" /tmp/unsigned.ko.xz
    sign /etc/lab.der /tmp/key
    assert_verdict ready "$A" hello

    xz -d "$module"
    sed -i 's/license=GPL/license=gpl/' "${module%.xz}"
    xz --check=crc32 "${module%.xz}"
    assert_found damaged 'was changed after CN=lab key.* signed it'

    cp /tmp/unsigned.ko.xz "$module"
    make_key /tmp/impostor.der /tmp/impostor
    sign /tmp/impostor.der /tmp/impostor
    assert_found damaged 'was changed after CN=lab key.* signed it'
}

@test "missing-dependency: a module that it needs is gone" {
    mkdir /usr/src/needy-1.0
    cat >/usr/src/needy-1.0/needy.c <<'END'
#include <linux/module.h>
#include <net/failover.h>
static int __init needy_init(void) { failover_unregister(NULL); return 0; }
module_init(needy_init);
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
END
    echo 'obj-m += needy.o' >/usr/src/needy-1.0/Makefile
    keep_driver needy
    wait_for "$A"
    assert_verdict ready "$A" needy

    rm "$(resolved "$A" failover)"

    assert_verdict missing-dependency "$A" needy
    [[ $(field "$A" detail needy) == */failover.ko* ]]
}

@test "excluded: the driver itself says that it is not for this kernel, which counts as bootable" {
    rm "$module"
    depmod "$A"
    echo 'BUILD_EXCLUSIVE_KERNEL="^5\."' >>/usr/src/hello-1.0/dkms.conf

    assert_verdict excluded "$A" hello
    run -0 kmodkeeper check
}

@test "not required: shown, but the kernel counts as bootable" {
    rm "$module"
    depmod "$A"
    keep_driver hello 'remedies =' 'required = no'

    assert_verdict missing "$A" hello
    run -0 kmodkeeper check
}

@test "another kernel's module: taken where all CRCs are equal, refused where they differ" {
    /lab/source ixgbevf 4.18.7 --small
    install "$B"
    wait_for "$B"
    assert_ready "$B"
    keep_driver ixgbevf 'modules = ixgbevf' 'remedies ='
    install "$C"

    for release in "$A" "$C"; do
        mkdir -p "/lib/modules/$release/extra"
        cp "$(resolved "$B")" "/lib/modules/$release/extra/"
        depmod "$release"
    done

    known() { zcat "/lib/modules/$1/symvers.gz" | grep -P '\t(module_layout|register_netdev)\t'; }
    same() { [ "$(known "$1")" = "$(known "$B")" ]; }
    for release in "$A" "$C"; do
        if same "$release"; then expected=ready; else expected=symbol-mismatch; fi
        assert_verdict "$expected" "$release"
    done
    # One of each, or this scenario shows nothing.
    [ "$(for release in "$A" "$C"; do field "$release" verdict; done | sort -u | wc -l)" -eq 2 ]
}
