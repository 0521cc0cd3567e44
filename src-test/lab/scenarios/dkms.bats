# Where dkms says that all is well and it is not, or is not there at all.
load lab

@test "dkms declines: it exits 0 and installs nothing, so the direct build does it" {
    place_source 1.0 --plain

    install "$A"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_made_by direct "$A"
    run dkms status
    assert_line 'ixgbevf/1\.0.*Diff between built and installed module'
}

# environment: LAB_LAYER=ready
@test "dkms believes its records: the module is deleted, and comes back, and dkms status agrees" {
    assert_ready "$A"
    assert_made_by dkms "$A"

    # It would see that itself, and may bring the module back before dkms has said what it believes.
    stop_daemon
    rm "/lib/modules/$A/extra/"ixgbevf.ko*
    depmod "$A"
    run -0 dkms autoinstall -k "$A"
    [ -z "$(resolved "$A")" ] || assert_resolves_in kernel "$A"
    start_daemon

    run -0 kmodkeeper notify
    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    run -0 dkms status -k "$A"
    assert_line "^ixgbevf/4\.18\.7, $A, x86_64: installed( \([oO]riginal[ _]modules? exists?\))?\$"
    [ -z "$(find "/lib/modules/$A/updates" -type f 2>/dev/null)" ]
}

# environment: LAB_LAYER=ready
@test "dkms believes its records and cannot build: the module comes back by the direct build" {
    assert_ready "$A"

    rm "/lib/modules/$A/extra/"ixgbevf.ko*
    depmod "$A"
    keep_driver ixgbevf 'remedies = direct'

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_made_by direct "$A"
}

@test "dkms gives a driver up: the kernel's own module is back where it was" {
    local home
    place_source 4.18.7
    install "$A"
    wait_for "$A"
    assert_made_by dkms "$A"
    home=$(rpm -ql "kernel-core-$A" | grep '/ixgbevf\.ko')
    [ ! -e "$home" ]

    dkms remove ixgbevf/4.18.7 --all
    rm -r /usr/src/ixgbevf-4.18.7
    run -0 kmodkeeper notify
    wait_for "$A"

    assert_nothing_of_ours "$A"
    [ "$(resolved "$A")" = "$home" ]
    run rpm -V "kernel-core-$A"
    refute_line ixgbevf
}

@test "no dkms at all: ready by the direct build" {
    remove_dkms
    place_source 4.18.7 --whole

    install "$A"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    assert_made_by direct "$A"
}

@test "dkms declines and direct is switched off: the verdict says why" {
    configure remedies dkms
    place_source 1.0 --plain

    install "$A"

    wait_for "$A"
    ((status != 0))
    run kmodkeeper check
    ((status == 10 || status == 15))
    assert_line 'dkms'
    [ "$(field "$A" detail)" != none ]
    [ "$(field "$A" advice)" != none ]
}

# count_compiles DRIVER VERSION: from now on each compile by dkms leaves a line in what is printed here.
count_compiles() {
    local source=/usr/src/$1-$2
    # Of a name that builds leave, so that it is no change of the source.
    echo "MAKE[0]=\"echo compiled >>$source/count.o; make -C \${kernel_source_dir} M=\${dkms_tree}/$1/$2/build modules\"" >>"$source/dkms.conf"
    : >"$source/count.o"
    echo "$source/count.o"
}

@test "two drivers, one broken: it is compiled once by autoinstall, and never again for the other one" {
    local count
    configure remedies dkms
    configure retry-first 1h
    /lab/source hello 1.0 --broken
    count=$(count_compiles hello 1.0)
    dkms add hello/1.0 >/dev/null
    place_source 4.18.7

    install "$A"

    wait_for "$A"
    assert_ready "$A"
    assert_verdict build-failed "$A" hello
    run -0 field "$A" detail hello
    assert_line 'this source is broken on purpose'
    [ "$(wc -l <"$count")" -eq 1 ]
    run -0 kmodkeeper log --driver hello
    assert_line 'this source is broken on purpose'

    # Another version of the other one.
    place_source 4.18.8
    run -0 kmodkeeper notify
    wait_for "$A"
    [ "$(field "$A" version)" = 4.18.8 ]
    assert_ready "$A"
    assert_verdict build-failed "$A" hello
    [ "$(wc -l <"$count")" -eq 1 ]

    # A kernel of its own is autoinstalled for.
    install "$B"
    wait_for "$B"
    assert_ready "$B"
    [ "$(wc -l <"$count")" -eq 2 ]
}

@test "an operator's patch, script, environment and file for one kernel: direct makes the same module as dkms" {
    local made=$BATS_TEST_TMPDIR/made
    install "$A"
    place_driver hello 1.0
    mkdir -p /etc/dkms/framework.conf.d
    # What dkms 3.0 knows; the newer places are in the unit tests.
    cat >"/etc/dkms/hello-1.0-$A.conf" <<'END'
PATCH[0]="own.patch"
PRE_BUILD="note.sh"
END
    mkdir /usr/src/hello-1.0/patches
    cat >/usr/src/hello-1.0/patches/own.patch <<'END'
--- a/hello.c
+++ b/hello.c
@@ -1,2 +1,3 @@
 // The smallest driver: what is done to ixgbevf must not touch it.
 #include <linux/module.h>
+MODULE_INFO(patched, "yes");
END
    printf '#!/bin/sh\necho "MODULE_INFO(note, \\"noted\\");" >>hello.c\n' >/usr/src/hello-1.0/note.sh
    chmod +x /usr/src/hello-1.0/note.sh
    run -0 kmodkeeper notify
    wait_for "$A"
    assert_made_by dkms "$A" hello
    [ "$(modinfo -k "$A" -F patched hello) $(modinfo -k "$A" -F note hello)" = 'yes noted' ]
    xz --decompress --stdout "$(resolved "$A" hello)" >"$made.dkms"

    keep_driver hello 'remedies = direct'
    run -0 kmodkeeper rebuild --driver hello
    wait_for "$A"
    assert_made_by direct "$A" hello
    xz --decompress --stdout "$(resolved "$A" hello)" >"$made.direct"
    for file in "$made".*; do objcopy --only-section=.text --only-section=.modinfo --output-target=binary "$file" "$file.code"; done
    cmp "$made.dkms.code" "$made.direct.code"
}

@test "an update of dkms installs elsewhere: the copy that is left in the old place does not win" {
    place_source 4.18.7
    install "$A"
    wait_for "$A"
    # On EL 10 dkms 3.4.2 has /extra for what older ones put where dkms.conf says.
    mkdir -p "/lib/modules/$A/updates/dkms"
    mv "/lib/modules/$A/extra/"ixgbevf.ko.xz "/lib/modules/$A/updates/dkms"
    depmod "$A"
    run -0 kmodkeeper notify
    wait_for "$A"
    assert_verdict ready "$A"
    assert_resolves_in updates/dkms "$A"

    place_source 4.18.8
    run -0 kmodkeeper notify
    wait_for "$A"

    assert_ready "$A"
    [ "$(modinfo -F version "$(resolved "$A")")" = 4.18.8 ]
    assert_resolves_in extra "$A"
}

@test "another hand runs dkms: it is waited for, and the two do not collide" {
    stop_daemon
    place_source 4.18.7 --whole
    install "$A"
    dkms autoinstall -k "$A" >"$BATS_TEST_TMPDIR/theirs" 2>&1 3>&- &
    theirs=$!
    start_daemon
    wait "$theirs"

    wait_for "$A"
    ((status == 0))
    assert_ready "$A"
    run cat "$BATS_TEST_TMPDIR/theirs"
    refute_line '[Ee]rror'
    run -0 dkms status -k "$A"
    assert_line "^ixgbevf/4\.18\.7, $A, x86_64: installed"
}

@test "takeover: kernel-install passes over dkms's hook, and runs it again once it is given back" {
    local hook=/usr/lib/kernel/install.d/40-dkms.install ran=$BATS_TEST_TMPDIR/ran
    install_kernel "$A"
    # dkms's own on EL, which this distribution's package has elsewhere.
    printf '#!/bin/sh\necho "$@" >>%s\n' "$ran" >"$hook"
    chmod +x "$hook"
    kernel-install add "$A" "/lib/modules/$A/vmlinuz"
    [ -s "$ran" ]
    rm "$ran"

    run -0 kmodkeeper takeover enable
    kernel-install add "$A" "/lib/modules/$A/vmlinuz"
    [ ! -e "$ran" ]
    run -0 kmodkeeper status
    assert_line "dkms's own hook is masked"

    run -0 kmodkeeper takeover disable
    kernel-install add "$A" "/lib/modules/$A/vmlinuz"
    [ -s "$ran" ]
}

# package_extra RELEASE: a package has the kernel's own ixgbevf and another module of its in extra/, as
# mod-extra.sh moves them when a kernel's package is built; modules.order still names them below kernel/.
package_extra() {
    local top=/var/tmp/extra tree=/lib/modules/$1 own other
    own=$(resolved "$1")
    other=$(find "$tree/kernel" -name '*.ko.xz' ! -name 'ixgbevf*' | head -n 1)
    mkdir -p "$top/extra/drivers"
    mv "$own" "$top/extra/"
    mv "$other" "$top/extra/drivers/"
    cat >"$top/extra.spec" <<END
Name: kernel-modules-extra
Version: 1
Release: 1
Summary: Modules that few hosts need
License: GPLv2
AutoReqProv: no
%global __os_install_post %{nil}
%description
Modules that few hosts need.
%install
mkdir -p %{buildroot}$tree
cp -r $top/extra %{buildroot}$tree
%files
$tree/extra
END
    rpmbuild -bb --quiet --define "_topdir $top" --define "_rpmdir $top" "$top/extra.spec"
    run -0 rpm --install "$top"/*/kernel-modules-extra-1-1.*.rpm
    depmod "$1"
}

@test "the kernel's own modules that a package keeps in extra/ stay there" {
    install_kernel "$A"
    wait_for "$A"
    package_extra "$A"
    assert_resolves_in extra "$A"

    run -0 kmodkeeper notify
    run -0 kmodkeeper wait --timeout "$(at_most 60)"

    run -0 rpm --verify kernel-modules-extra
    assert_resolves_in extra "$A"
    run -0 journalctl --unit kmodkeeper.service --output cat --no-pager
    refute_line "restored the kernel's own modules"
}
