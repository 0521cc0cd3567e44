# Drivers on hosts without a compiler and without sources: their modules come in packages.
load lab

REPOSITORY=/srv/modules

# publish: the builder's part: this host builds ixgbevf 4.18.7 for its kernels, and packages it.
publish() {
    place_source 4.18.7
    install "$@"
    wait_for "$@"
    run -0 --separate-stderr kmodkeeper publish "$REPOSITORY"
}

# forget_driver: as if this host had never had the driver, nor what builds it.
forget_driver() {
    run -0 kmodkeeper drop --purge ixgbevf
    rm -rf /var/lib/kmodkeeper/store /var/lib/kmodkeeper/preflight.json
    remove_dkms
    remove_compiler
}

# offer_modules [DIRECTORY]: from now on dnf is offered the published packages.
offer_modules() {
    printf '%s\n' '[modules]' 'name=Modules of drivers' "baseurl=file://${1-$REPOSITORY}" gpgcheck=0 >/etc/yum.repos.d/modules.repo
}

# without_compiler RELEASE…: a host that is offered the packages for these that it has published itself, and builds nothing.
without_compiler() {
    publish "$@"
    erase_kernel "$C"
    forget_driver
    offer_modules
    rm -f /etc/kmodkeeper/drivers.d/ixgbevf.conf
    configure remedies 'stored, package'
    transaction install ixgbevf-kmod-common
}

# environment: LAB_LAYER=kernel
@test "no compiler and no source: the kernel's package makes it ready, then the store does without the repository" {
    without_compiler "$C"
    mark

    install_kernel "$C"
    wait_for "$C"

    assert_verdict ready "$C"
    assert_made_by package "$C"
    assert_resolves_in extra "$C"
    [[ $(rpm --query --file "$(resolved "$C")") == "kmod-ixgbevf-$C-4.18.7-"* ]]
    run -0 rpm --verify "kmod-ixgbevf-$C"
    run -0 kmodkeeper doctor
    run -0 kmodkeeper explain "$C" ixgbevf
    assert_line 'packages +of version 4.18.7, by ixgbevf-kmod-common'

    # The package goes with its kernel, and what it had stays in the store.
    erase_kernel "$C"
    run ! rpm --query "kmod-ixgbevf-$C"
    lose_repositories_of_modules
    install_kernel "$C"
    wait_for "$C"
    assert_verdict ready "$C"
    assert_made_by stored "$C"
}

# lose_repositories_of_modules: the published packages are no longer there.
lose_repositories_of_modules() { rm -r "$REPOSITORY" /etc/yum.repos.d/modules.repo; }

# environment: LAB_LAYER=kernel
@test "preflight stores what the package of an offered kernel has: ready without repository, network and compiler" {
    without_compiler "$C"
    before=$(rpm --query --all | sort)

    run -0 --separate-stderr kmodkeeper preflight --kernel "$C"

    assert_line "^kernel $C: driver ixgbevf 4.18.7: ready: built for $C by dkms"
    [ "$(rpm --query --all | sort)" = "$before" ]
    [ ! -e /var/cache/kmodkeeper/preflight ]
    # No package was published for this one.
    run --separate-stderr kmodkeeper preflight --kernel "$B" --depth symvers
    assert_line "^kernel $B: .*: (ready: built for $C by dkms|no-compiler: no enabled repository offers kmod-ixgbevf-$B of version 4.18.7)"
    lose_repositories_of_modules
    install_kernel "$C"
    wait_for "$C"
    assert_verdict ready "$C"
    assert_made_by stored "$C"
}

# environment: LAB_LAYER=kernel
@test "packages that lie: refused with a line that says why; one with another kernel's build that fits: taken, and said" {
    without_compiler "$B" "$C"
    erase=$(rpm --query --all | sort)

    # The modules of a kernel with other CRCs under this kernel's name, and a module that is not the one of the manifest.
    for lie in kernel module; do
        rm -rf "/srv/$lie"
        repackage "$lie" "/srv/$lie"
        offer_modules "/srv/$lie"
        mark
        install_kernel "$C"
        wait_for "$C"
        assert_verdict no-compiler "$C"
        case $lie in
            kernel) [[ $(field "$C" detail) =~ 'package: kmod-ixgbevf-'.*' by modules: symbol-mismatch: '.*' has CRC 0x'.*', expected 0x' ]] ;;
            module) [[ $(field "$C" detail) =~ 'package: kmod-ixgbevf-'.*' by modules: its ixgbevf.ko'.*' is not the one of its manifest' ]] ;;
        esac
        [ -z "$(find "/lib/modules/$C/extra" -name 'ixgbevf*' 2>/dev/null)" ]
        erase_kernel "$C"
        [ "$(rpm --query --all | sort)" = "$erase" ]
    done

    repackage reused /srv/reused
    offer_modules /srv/reused
    install_kernel "$C"
    wait_for "$C"
    assert_verdict ready "$C"
    journal | grep "kernel $C: .* remedy package ended .*: installed: /lib/modules/$C/extra/ixgbevf/"
    [[ $(field "$C" detail) == *", built for $B" ]]
}

# repackage LIE DIRECTORY: a repository whose package for C is not what it says.
repackage() {
    local work=$BATS_TEST_TMPDIR/$1 rpm kernel name=kmod-ixgbevf-$C
    mkdir -p "$work/root" "$2"
    cp "$REPOSITORY"/ixgbevf-kmod-common-*.rpm "$2"
    case $1 in
        kernel) rpm=$(find "$REPOSITORY" -name "kmod-ixgbevf-$A-*.rpm") ;;
        reused) rpm=$(find "$REPOSITORY" -name "kmod-ixgbevf-$B-*.rpm") ;;
        module) rpm=$(find "$REPOSITORY" -name "kmod-ixgbevf-$C-*.rpm") ;;
    esac
    (cd "$work/root" && rpm2cpio "$rpm" | cpio --quiet --extract --make-directories)
    for kernel in "$A" "$B"; do
        [ ! -e "$work/root/lib/modules/$kernel" ] || mv "$work/root/lib/modules/$kernel" "$work/root/lib/modules/$C"
        [ ! -e "$work/root/usr/share/kmodkeeper/modules/ixgbevf/$kernel.json" ] ||
            mv "$work/root/usr/share/kmodkeeper/modules/ixgbevf/"{"$kernel","$C"}.json
    done
    [[ $1 != module ]] || printf x | dd of="$(find "$work/root" -name 'ixgbevf.ko*')" bs=1 seek=1000 conv=notrunc status=none
    printf '%s\n' "Name: $name" 'Version: 4.18.7' 'Release: 99' 'Summary: x' 'License: GPL' '%description' '%files' /lib/modules /usr/share/kmodkeeper >"$work/spec"
    rpmbuild --quiet --define "_topdir $work" --define "_rpmdir $2" --define "__os_install_post %{nil}" \
        --define 'debug_package %{nil}' --define "buildroot $work/root" \
        --define "__spec_install_pre %{nil}" -bb "$work/spec"
    createrepo_c --quiet "$2"
}
