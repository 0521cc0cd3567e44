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

# offer_modules [DIRECTORY [LINE…]]: from now on dnf is offered the published packages; each LINE is one of the repository's.
offer_modules() {
    printf '%s\n' '[modules]' 'name=Modules of drivers' "baseurl=file://${1-$REPOSITORY}" gpgcheck=0 "${@:2}" >/etc/yum.repos.d/modules.repo
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

# environment: LAB_LAYER=kernel
@test "packages that another has signed, or nobody, or of an older version: passed over and told, the host is as it was" {
    without_compiler "$C"
    before=$(rpm --query --all | sort)
    for key in ours other; do gpg --batch --quiet --passphrase '' --quick-generate-key "$key@example.com" rsa2048 sign never; done
    gpg --armor --export ours@example.com >"$BATS_TEST_TMPDIR/ours"
    local package="kmod-ixgbevf-$C-4.18.7-1\.[0-9]{14}\.x86_64 by modules"
    declare -A said=(
        [other]="$package: rpm does not trust it: digests SIGNATURES NOT OK"
        [unsigned]="$package: it is not signed, and its repository modules has gpgcheck"
        [older]="no enabled repository offers kmod-ixgbevf-$C of version 4.18.7; offered: kmod-ixgbevf-$C-4.18.6-99.x86_64 by modules"
        [posing]="kmod-ixgbevf-$C-4.18.7-99.x86_64 by modules: its manifest was changed")

    for lie in other unsigned older posing; do
        case $lie in
            other)
                cp -r "$REPOSITORY" /srv/other
                rpmsign --define '_gpg_name other@example.com' --addsign "/srv/other/kmod-ixgbevf-$C-"*.rpm
                createrepo_c --quiet --update /srv/other
                rpm --import "$BATS_TEST_TMPDIR/ours"
                offer_modules /srv/other gpgcheck=1 "gpgkey=file://$BATS_TEST_TMPDIR/ours"
                ;;
            unsigned) offer_modules "$REPOSITORY" gpgcheck=1 ;;
            *) repackage "$lie" "/srv/$lie" && offer_modules "/srv/$lie" ;;
        esac
        mark
        install_kernel "$C"
        wait_for "$C"
        assert_verdict no-compiler "$C"
        [[ $(field "$C" detail) =~ "; package: "${said[$lie]} ]] || fail "$lie: $(field "$C" detail)"
        assert_nothing_of_ours "$C"
        erase_kernel "$C"
        [ "$(rpm --query --all | grep -v ^gpg-pubkey- | sort)" = "$before" ]
    done

    # Once it is signed by the right one, it is installed.
    rpmsign --define '_gpg_name ours@example.com' --addsign "$REPOSITORY"/*.rpm
    createrepo_c --quiet --update "$REPOSITORY"
    offer_modules "$REPOSITORY" gpgcheck=1 "gpgkey=file://$BATS_TEST_TMPDIR/ours"
    install_kernel "$C"
    wait_for "$C"
    assert_ready "$C"
    assert_made_by package "$C"

    # A common package that is newer than the modules: the ones that are there stay, and it is said what is wanted.
    repackage newer /srv/newer
    offer_modules /srv/newer
    transaction upgrade ixgbevf-kmod-common
    wait_for "$C"
    assert_verdict no-compiler "$C"
    [ "$(field "$C" version)" = 4.19.0 ]
    [[ $(field "$C" detail) == *"no enabled repository offers kmod-ixgbevf-$C of version 4.19.0; offered: kmod-ixgbevf-$C-4.18.7-"* ]]
    assert_resolves_in extra "$C"
    [[ $(modinfo -F version "$(resolved "$C")") == 4.18.7 ]]
}

# repackage LIE DIRECTORY: a repository whose package for C is not what it says.
repackage() {
    local work=$BATS_TEST_TMPDIR/$1 rpm name=kmod-ixgbevf-$C version=4.18.7 kernel=$C
    mkdir -p "$work/root" "$2"
    case $1 in
        kernel) kernel=$A ;;
        reused) kernel=$B ;;
        older) version=4.18.6 ;;
        newer) name=ixgbevf-kmod-common version=4.19.0 kernel= ;;
    esac
    if [[ $1 == newer ]]; then cp "$REPOSITORY/kmod-ixgbevf-$C-"*.rpm "$2"; else cp "$REPOSITORY"/ixgbevf-kmod-common-*.rpm "$2"; fi
    rpm=$(ls "$REPOSITORY"/*-"${kernel:-common}"-*.rpm)
    (cd "$work/root" && rpm2cpio "$rpm" | cpio --quiet --extract --make-directories)
    if [[ -n $kernel && $kernel != "$C" ]]; then
        mv "$work/root/lib/modules/$kernel" "$work/root/lib/modules/$C"
        mv "$work/root/usr/share/kmodkeeper/modules/ixgbevf/"{"$kernel","$C"}.json
    fi
    case $1 in
        module) printf x | dd of="$(find "$work/root" -name 'ixgbevf.ko*')" bs=1 seek=1000 conv=notrunc status=none ;;
        posing) find "$work/root" -name '*.json' -exec sed -i 's/"4\.18\.7"/"4.18.6"/' {} + ;;
        newer) find "$work/root" -name '*.json' -exec sed -i 's/"4\.18\.7"/"4.19.0"/' {} + ;;
    esac
    printf '%s\n' "Name: $name" "Version: $version" 'Release: 99' 'Summary: x' 'License: GPL' '%description' '%files' >"$work/spec"
    (cd "$work/root" && find . -type f -printf '/%P\n') >>"$work/spec"
    rpmbuild --quiet --define "_topdir $work" --define "_rpmdir $2" --define "__os_install_post %{nil}" \
        --define 'debug_package %{nil}' --define "buildroot $work/root" \
        --define "__spec_install_pre %{nil}" -bb "$work/spec"
    createrepo_c --quiet "$2"
}
