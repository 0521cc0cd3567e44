# Drivers that dkms installs by itself are kept without a file of their own.
load lab

@test "a driver that serves nothing on this host, as VirtualBox's, does not compile: told, and the kernel is bootable" {
    place_driver 8139cp 1.0 --broken

    install "$A"

    wait_for "$A"
    ((status == 0))
    assert_verdict build-failed "$A" 8139cp
    run -0 kmodkeeper check
    run kmodkeeper explain "$A" 8139cp
    assert_line 'managed +dkms installs it automatically, not required$'

    keep_driver 8139cp 'required = yes'
    wait_for "$A"
    run -15 kmodkeeper check
}

@test "a /sys as on a real host, whose interfaces a service without network does not see: an unneeded driver is not required" {
    # systemd-nspawn's is made of pieces, which stay as they are in each service.
    mkdir /run/cgroup
    mount --bind /sys/fs/cgroup /run/cgroup
    mount -t sysfs sysfs /sys
    mount --bind /run/cgroup /sys/fs/cgroup
    umount /run/cgroup
    ip link add one type veth peer name other
    systemctl restart kmodkeeper.service
    place_driver hello 1.0 --broken

    install "$A"

    wait_for "$A"
    assert_verdict build-failed "$A" hello
    run kmodkeeper explain "$A" hello
    assert_line 'managed +dkms installs it automatically, not required$'
}

@test "registered with dkms and AUTOINSTALL: kept without a configuration file" {
    place_driver hello 1.0

    install "$A"

    wait_for "$A"
    ((status == 0))
    assert_verdict ready "$A" hello
    assert_made_by dkms "$A" hello
}

@test "registered without AUTOINSTALL: none of our business" {
    /lab/source hello 1.0
    sed -i '/AUTOINSTALL/d' /usr/src/hello-1.0/dkms.conf
    dkms add hello/1.0

    install "$A"

    wait_for "$A"
    [ "$(field "$A" verdict hello)" = none ]
}

@test "several versions registered: the newest, as dkms chooses it" {
    place_driver hello 1.9
    place_driver hello 1.10

    install "$A"

    wait_for "$A"
    assert_verdict ready "$A" hello
    [ "$(field "$A" version hello)" = 1.10 ]
    [ "$(modinfo -k "$A" -F version hello)" = 1.10 ]
}

@test "its dkms.conf can no longer be read: unknown, and its kernel does not count as bootable" {
    place_driver hello 1.0
    install "$A"
    wait_for "$A"
    assert_verdict ready "$A" hello

    # Cut short: AUTOINSTALL, which is its last line, is gone as well.
    sed -i '/AUTOINSTALL/d' /usr/src/hello-1.0/dkms.conf
    echo 'if true; then' >>/usr/src/hello-1.0/dkms.conf

    assert_verdict unknown "$A" hello
    run -0 field "$A" detail hello
    assert_line '^cannot read its dkms\.conf: /usr/src/hello-1\.0/dkms\.conf: '
    run -29 kmodkeeper check
    sed -i '$s/.*/AUTOINSTALL="yes"/' /usr/src/hello-1.0/dkms.conf
    assert_verdict ready "$A" hello
    run -0 kmodkeeper check
}

@test "its source has gone: no-source, until it is back or dkms has no record of it either" {
    place_driver hello 1.0
    install "$A"
    wait_for "$A"
    assert_verdict ready "$A" hello

    mv /usr/src/hello-1.0 /root
    assert_verdict no-source "$A" hello
    run -13 kmodkeeper check
    mv /root/hello-1.0 /usr/src
    assert_verdict ready "$A" hello
    run -0 kmodkeeper check

    rm -r /usr/src/hello-1.0 /var/lib/dkms/hello
    [ "$(field "$A" verdict hello)" = none ]
    run -0 kmodkeeper check
}

@test "dkms itself is removed: what it had installed is kept, and built without it" {
    place_driver hello 1.0
    install "$A"
    wait_for "$A"

    rm -rf /usr/sbin/dkms /usr/bin/dkms /usr/lib/dkms
    install "$B"
    wait_for "$B"

    assert_verdict ready "$A" hello
    assert_verdict ready "$B" hello
    assert_made_by direct "$B" hello
}

@test "a driver that needs another one's symbols: built after it, and both are ready" {
    place_driver hello 1.0
    echo 'int hello_answer(void); int hello_answer(void) { return 42; } EXPORT_SYMBOL_GPL(hello_answer);' \
        >>/usr/src/hello-1.0/hello.c
    # shellcheck disable=SC2016  # dkms expands it
    echo 'MAKE[0]="make -C ${kernel_source_dir} M=${dkms_tree}/hello/1.0/build modules && cp Module.symvers ${dkms_tree}/hello/1.0/symvers"' \
        >>/usr/src/hello-1.0/dkms.conf
    # Its name comes before hello's: what puts it second is that it says what it needs.
    mkdir /usr/src/asks-1.0
    cat >/usr/src/asks-1.0/asks.c <<'END'
#include <linux/module.h>
int hello_answer(void);
static int __init asks_init(void) { return hello_answer() == 42 ? 0 : -EINVAL; }
module_init(asks_init);
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
END
    cat >/usr/src/asks-1.0/Makefile <<'END'
obj-m += asks.o
KBUILD_EXTRA_SYMBOLS := /var/lib/dkms/hello/1.0/symvers
END
    cat >/usr/src/asks-1.0/dkms.conf <<'END'
PACKAGE_NAME="asks"
PACKAGE_VERSION="1.0"
BUILT_MODULE_NAME[0]="asks"
DEST_MODULE_LOCATION[0]="/extra"
BUILD_DEPENDS[0]="hello"
AUTOINSTALL="yes"
END
    dkms add asks/1.0 >/dev/null

    install "$A"

    wait_for "$A"
    assert_verdict ready "$A" hello
    assert_verdict ready "$A" asks
    [ "$(kmodkeeper status --json | jq --raw-output '[.kernels[0].drivers[].driver] | join(" ")')" = 'ixgbevf hello asks' ]
}

# A driver whose MAKE works in its own source directory, and not in dkms's copy of it.
place_self_builder() {
    /lab/source hello 1.0
    cat >>/usr/src/hello-1.0/dkms.conf <<END
MAKE[0]="ln -sf hello.c /usr/src/hello-1.0/again.c; make -C \${kernel_source_dir} M=/usr/src/hello-1.0 modules; $1"
CLEAN="make -C \${kernel_source_dir} M=/usr/src/hello-1.0 clean"
END
    dkms add hello/1.0 >/dev/null
}

@test "a driver that is built in its own source directory: ready on two kernels, as with dkms alone" {
    # shellcheck disable=SC2016  # dkms expands it
    place_self_builder 'mv /usr/src/hello-1.0/hello.ko ${dkms_tree}/hello/1.0/build'

    install "$A" "$B"

    wait_for "$A" "$B"
    for release in "$A" "$B"; do
        assert_verdict ready "$release" hello
        assert_made_by dkms "$release" hello
    done
}

@test "a driver that leaves files in its own source directory, and fails: tried no more often for that" {
    place_self_builder false
    # The direct build has further recipes, which would build it.
    keep_driver hello 'remedies = dkms'

    install "$A" "$B"

    wait_for "$A" "$B"
    assert_verdict build-failed "$A" hello
    assert_verdict build-failed "$B" hello
    # What it left was new once, and where the machine is slow there was time for a second round.
    [ "$(kmodkeeper history --json --driver hello | jq '[.entries[] | select(.remedy == "dkms")] | length')" -le 5 ]
}
