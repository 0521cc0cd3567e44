# A disposable toolchain: a host without a compiler builds, and is without one before and after.
# environment: LAB_TOOLCHAIN=1
load lab

toolchain=/var/cache/kmodkeeper/toolchain

# compilers: what of a compiler or of a kernel's headers is on this host.
compilers() {
    find /usr/bin /usr/sbin /usr/lib /usr/libexec /usr/local /usr/src /opt /var/cache -xdev -not -type d \
        \( -name cc1 -o -name as -o -name ld -o -name gcc -o -name make -o -name Module.symvers \)
    rpm --query --all 'gcc*' 'make*' 'kernel*-devel*'
}

has_no_compiler() { [[ -z $(compilers) ]] || fail "$(compilers)"; }

# without_compiler: a host that may use a disposable one.
without_compiler() {
    offer_toolchain
    remove_dkms
    remove_compiler
    configure toolchain disposable
    has_no_compiler
}

# offer_toolchain: from now on dnf is offered a compiler.
offer_toolchain() {
    printf '%s\n' '[toolchain]' 'name=A compiler' 'baseurl=file:///lab/toolchain/repo' gpgcheck=0 >/etc/yum.repos.d/toolchain.repo
    # In the lab's own database it stands in for packages that a root directory needs for real.
    echo 'excludepkgs=lab-release' >>/etc/yum.repos.d/lab.repo
}

# private: whether the toolchain is there, and nobody but root gets in.
private() {
    local gcc
    gcc=$(find "$toolchain" -path '*/usr/bin/gcc' -print -quit 2>/dev/null)
    if [[ -n $gcc ]] && ! setpriv --reuid nobody --clear-groups test -e "$gcc"; then echo yes; else echo no; fi
}

@test "a host without a compiler builds, and has none before and after" {
    without_compiler
    place_driver ixgbevf 4.18.7

    install_kernel "$A"
    await private yes
    wait_for "$A"

    assert_ready "$A"
    assert_made_by direct "$A"
    [[ $(resolved "$A") == */ixgbevf.ko.xz ]]
    has_no_compiler
    [ -z "$(find "$toolchain" -mindepth 1)" ]
    run -0 kmodkeeper doctor
    assert_line 'disposable: installed below /var/cache/kmodkeeper while builds run'
    run -0 kmodkeeper explain "$A" ixgbevf
    assert_line 'compiler +disposable'
}

@test "no repository has a compiler: the verdict says so, and it is built once one has" {
    without_compiler
    mv /etc/yum.repos.d/toolchain.repo /root
    place_driver ixgbevf 4.18.7

    install_kernel "$A"
    wait_for "$A"

    assert_verdict build-failed "$A"
    [[ $(field "$A" detail) == 'direct: cannot install the disposable toolchain: dnf: '*gcc* ]]
    mv /root/toolchain.repo /etc/yum.repos.d
    configure retry-first 1s
    configure retry-longest 2s
    # shellcheck disable=SC2317  # await runs it
    verdict() { field "$A" verdict; }
    await verdict ready
    assert_made_by direct "$A"
    has_no_compiler
}

# long
@test "killed while the toolchain is installed and while it compiles: nothing stays, and the next start builds" {
    without_compiler
    place_driver ixgbevf 4.18.7
    # shellcheck disable=SC2016  # bash expands it in the build
    keep_driver ixgbevf 'make = touch begun; while [ ! -e go ]; do sleep 0.1; done; make -C $kernel_source_dir M=$PWD/src CONFIG_IXGBEVF=m modules'
    configure retry-first 1s
    installing() { if compgen -G "$toolchain/build/root/usr/*" >/dev/null; then echo yes; else echo no; fi; }
    compiling() { if compgen -G '/var/cache/kmodkeeper/build/*/*/*/build/begun' >/dev/null; then echo yes; else echo no; fi; }
    install_kernel "$A"

    for moment in installing compiling; do
        await "$moment" yes
        systemctl kill --kill-whom=all --signal=KILL kmodkeeper.service
        # Another one than before: what was left of the first goes as it starts.
        systemctl start kmodkeeper
    done
    # It is built once more, after a while: whoever kills it may be the kernel, for want of memory.
    verdict() {
        compgen -G '/var/cache/kmodkeeper/build/*/*/*/build' | sed 's|$|/go|' | xargs --no-run-if-empty touch
        field "$A" verdict
    }
    await verdict ready

    assert_ready "$A"
    has_no_compiler
    [ -z "$(find "$toolchain" -mindepth 1)" ]
    run ! systemctl is-active kmodkeeper-toolchain-build.service
}

@test "preflight builds in a toolchain of its own: the kernel arrives, and is ready without any" {
    without_compiler
    place_driver ixgbevf 4.18.7
    install_kernel "$A"
    wait_for "$A"

    run -0 systemctl start kmodkeeper-preflight.service

    run -0 kmodkeeper preflight --kernel "$C" --depth stored
    assert_line "^kernel $C: driver ixgbevf 4.18.7: ready: built for $C by direct"
    has_no_compiler
    [ -z "$(find "$toolchain" -mindepth 1)" ]
    rm /etc/yum.repos.d/toolchain.repo
    install_kernel "$C"
    wait_for "$C"
    assert_ready "$C"
    assert_made_by stored "$C"
}

# long
@test "adopt: a driver, and then its next version after a rehearsal, without a compiler on the host" {
    without_compiler
    install_kernel "$A"
    cd "$BATS_TEST_TMPDIR"
    pack ixgbevf 4.18.7
    pack ixgbevf 4.19.0

    for version in 4.18.7 4.19.0; do
        run -0 kmodkeeper adopt "ixgbevf-$version.tar.gz"
        wait_for "$A"
        assert_ready "$A"
        [ "$(field "$A" version)" = "$version" ]
    done

    has_no_compiler
    [ -z "$(find "$toolchain" -mindepth 1)" ]
}
