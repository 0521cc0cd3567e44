# The repository of packages for other hosts: what it is like, and what publish refuses.
load lab

repository=/srv/modules

# digests: changes with everything that is in the repository, and with every write.
digests() { find "$repository" -printf '%p %i %s %T@ %C@\n' | sort && find "$repository" -type f -exec sha256sum {} + | sort; }

# contents: the same, but for the directory in which packages are made.
contents() { digests | grep -v "^$repository/.kmodkeeper "; }

# make_key NAME: a key of root's gpg.
make_key() { gpg --batch --quiet --passphrase '' --quick-generate-key "$1" rsa2048 sign never; }

# offer_modules: dnf is offered what was published.
offer_modules() {
    printf '%s\n' '[modules]' 'name=Modules of drivers' "baseurl=file://$repository" metadata_expire=0 gpgcheck=1 >/etc/yum.repos.d/modules.repo
}

# refuse STATUS MESSAGE [ARG…]: publish ends so, says that and nothing else, and the repository is as it was.
refuse() {
    local before
    before=$(contents)
    run "-$1" --separate-stderr kmodkeeper publish "$repository" "${@:3}"
    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr =~ ^"kmodkeeper: "$2$ && -z $output ]] || fail "expected $2, it says: $stderr$output"
    [ "$(contents)" = "$before" ]
}

# environment: LAB_LAYER=kernel
@test "signed packages: rpmlint, rpm -V and repoclosure find nothing, and a second publish writes nothing" {
    place_source 4.18.7
    wait_for "$A"
    make_key modules@example.com
    run -0 --separate-stderr kmodkeeper publish "$repository" --sign-key modules@example.com
    before=$(digests)

    run -0 --separate-stderr kmodkeeper publish "$repository" --sign-key modules@example.com

    [ "$output" = "Nothing to do: $repository has all 4 packages." ]
    [ "$(digests)" = "$before" ]
    gpg --armor --export modules@example.com >"$BATS_TEST_TMPDIR/key"
    rpm --import "$BATS_TEST_TMPDIR/key"
    run -0 rpm --checksig "$repository"/*.rpm
    refute_line 'NOT OK'
    [ "$(grep -c 'signatures OK' <<<"$output")" -eq 4 ]
    # Who packages them, and where, is the publisher's own affair; a module that is compressed is no binary to rpmlint.
    printf '%s\n' 'Filters = ["no-(packager|group|url)-tag", "no-documentation", "requires-on-release", "no-binary", "invalid-license"]' \
        >"$BATS_TEST_TMPDIR/rpmlint.toml"
    run -0 rpmlint --config "$BATS_TEST_TMPDIR/rpmlint.toml" "$repository"/*.rpm
    assert_line '4 packages .* checked; 0 errors, 0 warnings'
    offer_modules
    # EL's best=1 would look at the newest kernel alone.
    run -0 dnf --quiet --setopt=best=0 repoclosure --check modules
    stop_daemon
    transaction install "kmod-ixgbevf-$C"
    run -0 rpm --verify "kmod-ixgbevf-$C" ixgbevf-kmod-common
}

# environment: LAB_LAYER=kernel
@test "a key that gpg has not, programs, packages and directories that are none: one line each, and nothing is lost" {
    place_source 4.18.7
    wait_for "$A"
    make_key modules@example.com
    kmodkeeper publish "$repository" --kernel "$A" --sign-key modules@example.com

    refuse 1 'not completed: cannot sign the packages by rpmsign with the key nobody: gpg: signing failed: No secret key' --sign-key nobody
    refuse 1 'not completed: cannot sign the packages by false: exit status 1' --sign-with false
    refuse 1 'not completed: not signed by true: kmod-ixgbevf-.*\.rpm' --sign-with true
    rm /usr/bin/rpmsign
    refuse 8 'rpmsign is not installed: dnf install rpm-sign' --sign-key modules@example.com
    mv /usr/bin/createrepo_c /usr/bin/createrepo
    refuse 8 'createrepo_c is not installed: dnf install createrepo_c'
    mv /usr/bin/createrepo /usr/bin/createrepo_c

    echo garbage >"$repository/kmod-other.rpm"
    refuse 1 "not completed: cannot read the package $repository/kmod-other.rpm: exit status 1; remove it"
    rm "$repository/kmod-other.rpm"
    mount --bind "$repository" "$repository"
    mount -o remount,bind,ro "$repository"
    refuse 1 "not completed: $repository/.kmodkeeper/lock: Read-only file system"
    umount "$repository"
    run -1 --separate-stderr kmodkeeper publish /etc
    [ "$stderr" = 'kmodkeeper: not completed: /etc: it has other files, and neither repodata nor packages' ]
    run -1 --separate-stderr kmodkeeper publish /proc/modules-of-drivers
    [ "$stderr" = 'kmodkeeper: not completed: /proc/modules-of-drivers: No such file or directory' ]

    # Metadata that is damaged is made again, and what is no package of ours is left out of it.
    echo garbage >"$repository/repodata/repomd.xml"
    echo garbage >"$repository/other.rpm"
    kmodkeeper publish "$repository"
    offer_modules
    run -0 dnf --quiet --repo modules list --available
    assert_line "^kmod-ixgbevf-$C\\."
    # dnf asks this repository as well.
    echo garbage >"$repository/repodata/repomd.xml"
    refuse 1 "not completed: cannot read which kernels the repositories offer: Error: Failed to download metadata for repo 'modules': .*"
}

# environment: LAB_LAYER=kernel
# long
@test "a disk that is full when the next kernel comes: told, the repository stays, and it is completed once there is room" {
    local before
    place_source 4.18.7
    wait_for "$A"
    mkdir "$repository"
    mount -t tmpfs -o size=2m small "$repository"
    kmodkeeper publish "$repository" --kernel "$A"
    before=$(contents)

    for free in 0 4 8 16 24; do
        mount -o "remount,size=$(($(df --output=used "$repository" | tail -n 1) + free))k" "$repository"
        run -1 --separate-stderr kmodkeeper publish "$repository"
        [[ $stderr == *'o space left'* && -z $output ]] || fail "$free KiB: $stderr$output"
        [[ $(grep -vc "^kmodkeeper: cannot make kmod-ixgbevf-.*\.rpm: " <<<"$stderr") -eq 0 ]] || fail "$free KiB: $stderr"
        [ "$(contents)" = "$before" ]
    done

    mount -o remount,size=2m "$repository"
    run -0 --separate-stderr kmodkeeper publish "$repository"
    [ "${#lines[@]}" -eq 2 ]
    umount "$repository"
}

# new_certificate NAME DAYS: a key, and a certificate that is valid for so long.
new_certificate() {
    openssl req -new -nodes -subj "/CN=$1/" -newkey rsa:2048 -keyout "/root/$1.key" -out "/root/$1.csr" 2>/dev/null
    openssl x509 -req -days "$2" -in "/root/$1.csr" -signkey "/root/$1.key" -outform DER -out "/root/$1.pub" 2>/dev/null
}

# sign_by KEY CERTIFICATE: modules are signed with these from now on.
sign_by() {
    mkdir -p /var/lib/dkms
    cp "/root/$1.key" /var/lib/dkms/mok.key
    cp "/root/$2.pub" /var/lib/dkms/mok.pub
}

# environment: LAB_LAYER=kernel
@test "a signing key that is not the certificate's: named where nothing is signed; an expired one signs, as kernels take it" {
    new_certificate ours 1
    new_certificate other 1
    new_certificate expired -1
    sign_by ours other
    mark
    place_source 4.18.7
    wait_for "$A"
    # dkms installs what it could not sign: that is said.
    journal | grep "^dkms could not sign: private key does not match certificate (CMS_add1_signer); see "

    run -29 --separate-stderr kmodkeeper publish "$repository"

    [[ $stderr == "kmodkeeper: kernel $C: driver ixgbevf 4.18.7: unknown: sign by /var/lib/dkms/mok.pub: private key does not match certificate (CMS_add1_signer); see "* ]] ||
        fail "$stderr"
    refute_line "kmod-ixgbevf-$C"
    sign_by expired expired
    run -0 --separate-stderr kmodkeeper publish "$repository"
    assert_line "^published kmod-ixgbevf-$C-"
    [ "$(modinfo -F signer "/var/lib/kmodkeeper/store/ixgbevf-4.18.7/$C"/ixgbevf.ko*)" = expired ]
}

# generate_symbols: rpmbuild names the symbols that a module needs as EL's kernel-rpm-macros have it: those in the list of
# the kernel that the module was built for, which comes with its headers, as the kernel's, all others as another module's.
generate_symbols() {
    printf '%s\n' '%__required_ksyms_requires /usr/lib/rpm/required-ksyms' '%__required_ksyms_path \.ko\.xz$' \
        >/usr/lib/rpm/fileattrs/required_ksyms.attr
    cat >/usr/lib/rpm/required-ksyms <<'END'
#!/bin/bash
while read -r module; do
    list=/usr/src/kernels/$(modinfo --field vermagic "$module" | cut -d ' ' -f 1)/Module.symvers
    modprobe --dump-modversions "$module" | while read -r crc symbol; do
        if grep --quiet --word-regexp "$symbol" "$list"; then echo "kernel($symbol) = $crc"; else echo "ksym($symbol) = $crc"; fi
    done
done
END
    chmod 755 /usr/lib/rpm/required-ksyms
}

# environment: LAB_LAYER=kernel
@test "a generator of symbols as EL's: they are required where the headers tell them, and none of nobody's is made up" {
    generate_symbols
    place_source 4.18.7
    wait_for "$A"

    run -0 --separate-stderr kmodkeeper publish "$repository" --kernel "$A"
    run -0 --separate-stderr kmodkeeper publish "$repository" --kernel "$C"

    run -0 rpm --query --package --requires "$repository/kmod-ixgbevf-$A"-*.rpm
    assert_line '^kernel\(module_layout\) = 0x[0-9a-f]{8}$'
    run -0 rpm --query --package --requires "$repository/kmod-ixgbevf-$C"-*.rpm
    refute_line '^k(ernel|sym)\('
    assert_line "^kernel-uname-r = $C$"
    offer_modules
    sed -i s/gpgcheck=1/gpgcheck=0/ /etc/yum.repos.d/modules.repo
    transaction install "kmod-ixgbevf-$A" "kmod-ixgbevf-$C"
}
