# Hosts that build nothing, for real: what a package or an image brings is loaded at boot.
# shellcheck disable=SC2154  # vm.bash sets root
load vm

@test "no compiler: the kernel that the update brings is ready by its package, boots, and its only network card answers" {
    open_disk full
    # The builder's part.
    in_root kmodkeeper publish /srv/modules --kernel "$B" --driver 8139cp
    assert_status 0
    forget_compiler
    forget_sources
    printf '%s\n' '[modules]' 'name=Modules of drivers' 'baseurl=file:///srv/modules' gpgcheck=0 >"$root/etc/yum.repos.d/modules.repo"
    in_root dnf --assumeyes install 8139cp-kmod-common
    assert_status 0
    sed -i 's/^\[main\]/&\nremedies = stored, package/' "$root/etc/kmodkeeper/kmodkeeper.conf"
    boot_disk
    assert_runs "$A"

    update
    settle
    assert_status 0
    guest kmodkeeper explain "$B" 8139cp
    assert_line 'package'
    guest kmodkeeper check --reboot
    assert_status 0
    assert_boots_next "$B"
    vm reboot

    assert_runs "$B"
    assert_driver 8139cp 1.4
    script "rpm --query --file \"\$(modinfo -F filename 8139cp)\""
    assert_line "^kmod-8139cp-$B-1\.4-"
}

@test "an image that prepare made ready: boots, its only network card answers, and nothing is built on the host" {
    open_disk full
    forget_builds
    echo '#error this source is broken on purpose' >>"$root/usr/src/8139cp-1.4/src/8139cp_main.c"
    in_root kmodkeeper prepare
    assert_status 15
    assert_line "^kernel $A: driver 8139cp: build-failed: .*this source is broken on purpose"
    sed -i '/#error/d' "$root/usr/src/8139cp-1.4/src/8139cp_main.c"
    in_root kmodkeeper prepare
    assert_status 0
    assert_line '^1 kernel, bootable$'
    forget_compiler
    boot_disk

    assert_runs "$A"
    assert_driver 8139cp 1.4
    guest kmodkeeper check
    assert_status 0
    script 'modprobe ixgbevf'
    assert_driver ixgbevf 4.18.7
    journal
    refute_line 'remedy'
}
