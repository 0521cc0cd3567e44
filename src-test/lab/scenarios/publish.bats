# Packages of built modules, and a repository of them for hosts that build nothing.
load lab

repository=/srv/modules

# contents: changes with everything that is written into the repository.
contents() { find "$repository" -printf '%p %i %s %T@ %C@\n' | sort; }

# use_repository: dnf is offered what is published from now on.
use_repository() {
    printf '%s\n' '[modules]' 'name=Modules of drivers' "baseurl=file://$repository" 'metadata_expire=0' >/etc/yum.repos.d/modules.repo
}

# assert_whole: dnf can read the repository, and everything that it lists is there.
assert_whole() {
    local file
    dnf --quiet --repo modules --refresh makecache
    while read -r file; do [[ -e $repository/$file ]] || fail "listed and not there: $file"; done < <(
        zcat "$repository/$(sed -n 's/.*href="\(repodata[^"]*-primary.xml.gz\)".*/\1/p' "$repository/repodata/repomd.xml")" |
            sed -n 's/.*<location href="\([^"]*\)".*/\1/p')
}

# break_for RELEASE: from now on this ixgbevf source does not compile for that kernel.
break_for() {
    local source=/usr/src/ixgbevf-4.18.7/src
    # shellcheck disable=SC2016  # make's own variables
    printf 'ifeq ($(KERNELRELEASE),%s)\nccflags-y += -DNOT_FOR_THIS_KERNEL\nendif\n' "$1" >>"$source/Kbuild"
    sed -i '1i #ifdef NOT_FOR_THIS_KERNEL\n#error this version is not for this kernel\n#endif' "$source/ixgbevf_main.c"
}

# environment: LAB_OFFERED=1
@test "an installed and an offered kernel: published once, and installed by dnf without a compiler" {
    offer silent
    place_source 4.18.7
    install "$C"
    wait_for "$C"

    # What was built for the one fits the other, and nothing is built.
    run -0 --separate-stderr kmodkeeper publish "$repository"
    [ ! -e "/var/log/kmodkeeper/${OFFERED[silent]}" ]

    assert_line "^published ixgbevf-kmod-common-4.18.7-1\.[0-9]{14}\.noarch\.rpm$"
    assert_line "^published kmod-ixgbevf-$C-4.18.7-1\.[0-9]{14}\.x86_64\.rpm$"
    assert_line "^published kmod-ixgbevf-${OFFERED[silent]}-4.18.7-1\.[0-9]{14}\.x86_64\.rpm$"
    before=$(contents)
    run -0 kmodkeeper publish "$repository"
    [ "$output" = "Nothing to do: $repository has all 3 packages." ]
    [ "$(contents)" = "$before" ]
    use_repository
    assert_whole
    run -0 rpm --query --package --requires "$repository/kmod-ixgbevf-${OFFERED[silent]}"-*.rpm
    assert_line "^kernel-uname-r = ${OFFERED[silent]}$"
    assert_line '^ixgbevf-kmod-common >= 4.18.7$'

    remove_compiler
    stop_daemon
    package=kmod-ixgbevf-${OFFERED[silent]}
    # It brings its kernel.
    transaction install "$package"
    assert_resolves_in extra/ixgbevf "${OFFERED[silent]}"
    [[ $(modinfo -F vermagic "$(resolved "${OFFERED[silent]}")") == "$C "* ]]
    run -0 rpm --verify "$package" ixgbevf-kmod-common
    jq --exit-status '.driver == "ixgbevf" and .version == "4.18.7"' /usr/share/kmodkeeper/drivers/ixgbevf.json
    cmp "$(resolved "${OFFERED[silent]}")" "$(find "/var/lib/kmodkeeper/store/ixgbevf-4.18.7/$C" -name 'ixgbevf.ko*')"
    start_daemon
    wait_for "${OFFERED[silent]}"
    assert_verdict ready "${OFFERED[silent]}"
    [[ $(field "${OFFERED[silent]}" detail) == *", version 4.18.7, built for $C" ]]
    run -0 kmodkeeper explain "${OFFERED[silent]}" ixgbevf
    assert_line "vermagic +$C .*, wanted ${OFFERED[silent]} "

    stop_daemon
    transaction remove "$package"
    assert_resolves_in kernel "${OFFERED[silent]}"
    [ ! -e "/lib/modules/${OFFERED[silent]}/extra/ixgbevf" ]
}

# environment: LAB_OFFERED=1
# long
@test "many kernels of few classes of equal CRCs: a build for each class, and a package for each kernel" {
    local kernel
    offer same rebuilt silent next
    place_source 4.18.7
    /lab/source hello 1.0
    keep_driver hello
    install "$A"
    wait_for "$A"

    run -0 --separate-stderr kmodkeeper publish "$repository"

    # B, C and the first three are one class; A and the kernel of the next series are one each.
    for kernel in "$A" "$B" "$C" "${OFFERED[same]}" "${OFFERED[rebuilt]}" "${OFFERED[silent]}" "${OFFERED[next]}"; do
        assert_line "^published kmod-ixgbevf-$kernel-4.18.7-"
        assert_line "^published kmod-hello-$kernel-1.0-"
    done
    [ "$(find /var/log/kmodkeeper -name 'ixgbevf-4.18.7.preflight.log' | wc -l)" -eq 2 ]
    [ "$(find /var/log/kmodkeeper -name 'hello-1.0.preflight.log' | wc -l)" -le 2 ]
    run -0 kmodkeeper publish "$repository"
    assert_line '^Nothing to do: '

    # reuse = no: one for each kernel.
    keep_driver ixgbevf 'reuse = no'
    run -0 --separate-stderr kmodkeeper publish "$repository" --driver ixgbevf --kernel "${OFFERED[same]}"
    assert_line "^published kmod-ixgbevf-${OFFERED[same]}-4.18.7-"
    [ "$(find /var/log/kmodkeeper -name 'ixgbevf-4.18.7.preflight.log' | wc -l)" -eq 3 ]
}

# environment: LAB_OFFERED=1
# long
@test "the timer, once enabled: a kernel that a repository gets is published within two minutes, and nothing is done without a change" {
    offer same
    place_source 4.18.7
    install "$A"
    wait_for "$A"
    mkdir -p /etc/systemd/system/kmodkeeper-publish.service.d
    printf '%s\n' '[Service]' "Environment=DIRECTORY=$repository" >/etc/systemd/system/kmodkeeper-publish.service.d/here.conf
    systemctl daemon-reload
    systemctl enable --now kmodkeeper-publish.timer
    await_package "${OFFERED[same]}" 120
    # What was built is a change as well.
    until_idle
    before=$(contents)
    systemctl start kmodkeeper-publish-poll.service
    until_idle
    run -3 systemctl is-active kmodkeeper-publish.service
    [ "$(contents)" = "$before" ]

    offer same rebuilt
    await_package "${OFFERED[rebuilt]}" 120

    # All that are offered are of one class.
    [ "$(find /var/log/kmodkeeper -name 'ixgbevf-4.18.7.preflight.log' | wc -l)" -eq 1 ]
}

# await_package RELEASE SECONDS: the repository has the package of that kernel within that time.
await_package() {
    local end=$((SECONDS + $2))
    until compgen -G "$repository/kmod-ixgbevf-$1-*.rpm" >/dev/null; do
        ((SECONDS < end)) || fail "nothing for $1 after $2 s" || return
        sleep 1
    done
}

# until_idle: no publication runs, and what the last one has changed was looked at.
until_idle() {
    while [[ $(systemctl is-active kmodkeeper-publish.service) == activating ]]; do sleep 0.5; done
    systemctl start kmodkeeper-publish-poll.service
    sleep 1
    while [[ $(systemctl is-active kmodkeeper-publish.service) == activating ]]; do sleep 0.5; done
}

# environment: LAB_OFFERED=1
@test "a kernel that the driver does not compile for: told by the exit status, and the rest is published" {
    offer next
    place_source 4.18.7
    break_for "${OFFERED[next]}"
    install "$C"
    wait_for "$C"

    run -15 --separate-stderr kmodkeeper publish "$repository"

    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == "kmodkeeper: kernel ${OFFERED[next]}: driver ixgbevf 4.18.7: build-failed: "*'#error this version is not for this kernel'* ]]
    assert_line "^published kmod-ixgbevf-$C-"
    refute_line "${OFFERED[next]}"
    # The timer's service does not build it again, and says so by its own state.
    mkdir -p /etc/systemd/system/kmodkeeper-publish.service.d
    printf '%s\n' '[Service]' "Environment=DIRECTORY=$repository OPTIONS=--keep=1" >/etc/systemd/system/kmodkeeper-publish.service.d/here.conf
    systemctl daemon-reload
    log=/var/log/kmodkeeper/${OFFERED[next]}/ixgbevf-4.18.7.preflight.log
    touch --date=yesterday "$log"
    run ! systemctl start kmodkeeper-publish.service
    [[ $(find "$log" -mtime -0.5) == '' ]]
    journalctl --sync
    journalctl --unit kmodkeeper-publish.service --output cat | grep "^Nothing to do: $repository has all 2 packages.$"
    run ! systemctl is-enabled kmodkeeper-publish.timer

    sed -i '1,3d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    # The build for the installed kernel is of the source as it was.
    run -1 --separate-stderr kmodkeeper publish "$repository"
    [ "$stderr" = "kmodkeeper: kernel $C: driver ixgbevf 4.18.7: no build for it from the present source is stored; kmodkeeper rebuild makes one" ]
    assert_line "^published kmod-ixgbevf-${OFFERED[next]}-"
    kmodkeeper rebuild
    wait_for "$C"
    systemctl start kmodkeeper-publish.service
    use_repository
    assert_whole
}

# environment: LAB_LAYER=kernel
@test "a changed build, a missing program, no directory, no room: refused in one line, and the repository stays" {
    place_source 4.18.7
    wait_for "$A"
    install "$B"
    wait_for "$B"
    run -0 kmodkeeper publish "$repository" --kernel "$B"
    use_repository
    assert_whole
    before=$(contents)

    module=$(find "/var/lib/kmodkeeper/store/ixgbevf-4.18.7/$B" -name 'ixgbevf.ko*')
    cp "$module" "$BATS_TEST_TMPDIR/module"
    printf x | dd of="$module" bs=1 seek=1000 conv=notrunc status=none
    run -1 --separate-stderr kmodkeeper package --output "$BATS_TEST_TMPDIR" --kernel "$B"
    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == "kmodkeeper: kernel $B: driver ixgbevf 4.18.7: the stored build is not used: its $(basename "$module") was changed"* ]]
    cp "$BATS_TEST_TMPDIR/module" "$module"

    touch "$BATS_TEST_TMPDIR/file"
    run -1 --separate-stderr kmodkeeper publish "$BATS_TEST_TMPDIR/file"
    [ "$stderr" = "kmodkeeper: not completed: $BATS_TEST_TMPDIR/file: it is not a directory" ]
    mkdir -p /run/small
    mount -t tmpfs -o size=32k small /run/small
    run -1 --separate-stderr kmodkeeper publish /run/small --kernel "$B"
    [[ $stderr == *'o space left'* ]] || fail "$stderr"
    umount /run/small
    for program in 'rpmbuild rpm-build' 'createrepo_c createrepo_c'; do
        rm "$(type -P "${program% *}")"
        run -8 --separate-stderr kmodkeeper publish "$repository"
        [ "$stderr" = "kmodkeeper: ${program% *} is not installed: dnf install ${program#* }" ] || break
        # The next one is looked for only if this one is there.
        ln -s /bin/true "/usr/bin/${program% *}"
    done
    [[ $program == createrepo_c* ]]
    [ "$(contents)" = "$before" ]
    assert_whole
}

# environment: LAB_LAYER=kernel
# long
@test "publish killed at each step, and two at once: the repository is whole, and complete in the end" {
    local delay pid first
    place_source 4.18.7
    wait_for "$A"
    install "$B" "$C"
    wait_for "$B" "$C"
    use_repository
    mkdir "$repository"
    createrepo_c --quiet "$repository"

    for delay in 0.5 1 1.5 2 2.5 3 4 5; do
        setsid kmodkeeper publish "$repository" >/dev/null 2>&1 & pid=$!
        sleep "$delay"
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" || true
        assert_whole
    done

    kmodkeeper publish "$repository" >"$BATS_TEST_TMPDIR/first" & first=$!
    run -0 kmodkeeper publish "$repository"
    wait "$first"
    [ ! -e "$repository/.kmodkeeper/stage" ]
    assert_whole
    run -0 kmodkeeper publish "$repository"
    assert_line '^Nothing to do: '
    run -0 dnf --quiet --repo modules list --available
    assert_line "^kmod-ixgbevf-$B\."
    assert_line "^kmod-ixgbevf-$C\."
}
