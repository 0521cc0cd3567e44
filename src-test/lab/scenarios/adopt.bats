# A driver's archive becomes a driver that is kept, and a new version never costs a working one. Kernel A is there.
# environment: LAB_LAYER=kernel
load lab

setup() { cd /tmp || exit; }

# adopt ARGUMENT…: kmodkeeper adopt, which must succeed.
adopt() { run -0 kmodkeeper adopt "$@"; }

# sources_of_ours: what is in /usr/src, hidden or not, but for headers.
sources_of_ours() { find /usr/src -mindepth 1 -maxdepth 1 -not -name kernels -printf '%f\n' | sort; }

# kept: the version that drivers.d says to keep.
kept() { sed -n 's/^version = //p' /etc/kmodkeeper/drivers.d/ixgbevf.conf; }

# needs_kernel_of B: changes the unpacked source so that it compiles for B and C, and not for A.
needs_kernel_of_B() {
    echo "ccflags-\$(if \$(filter $A,\$(KERNELRELEASE)),y) += -DNOT_FOR_THIS_KERNEL" >>"ixgbevf-$1/src/Kbuild"
    echo '#ifdef NOT_FOR_THIS_KERNEL
#error this version is not for this kernel
#endif' >>"ixgbevf-$1/src/ixgbevf_main.c"
    repack "ixgbevf-$1.tar.gz" "ixgbevf-$1"
}

@test "a vendor's own dkms.conf and Makefile: kept, but for AUTOINSTALL" {
    pack ixgbevf 4.18.7 --whole
    sed -i '/AUTOINSTALL/d' ixgbevf-4.18.7/dkms.conf
    repack ixgbevf-4.18.7.tar.xz ixgbevf-4.18.7

    adopt ixgbevf-4.18.7.tar.xz

    assert_line '^dkms\.conf +changed: AUTOINSTALL$'
    run -1 diff ixgbevf-4.18.7/dkms.conf /usr/src/ixgbevf-4.18.7/dkms.conf
    [ "$(grep -c '^[<>]' <<<"$output")" -eq 1 ]
    assert_line '^> AUTOINSTALL="yes"$'
    wait_for "$A"
    assert_ready "$A"
    assert_made_by dkms "$A"
}

@test "an archive of several drivers: one is taken, the others are named, and taken by --directory" {
    mkdir -p many-7/linux
    pack hello 1.0
    rm hello-1.0/dkms.conf
    mv hello-1.0 many-7/linux/hello
    pack ixgbevf 4.18.7
    mv ixgbevf-4.18.7 many-7/linux/ixgbevf
    mkdir many-7/linux/ixgbevf/conf
    mv many-7/linux/ixgbevf/dkms.conf many-7/linux/ixgbevf/conf
    tar --create --gzip --file many-7.tar.gz many-7

    run -0 kmodkeeper adopt many-7.tar.gz --name hello --version 1.0
    assert_line '^also found +linux/ixgbevf, another driver: --directory linux/ixgbevf$'
    run -0 kmodkeeper adopt many-7.tar.gz --directory linux/ixgbevf
    assert_line '^source +/usr/src/ixgbevf-4\.18\.7: '

    wait_for "$A"
    assert_ready "$A"
    assert_verdict ready "$A" hello
    run -0 dkms status
    assert_line "^ixgbevf/4\.18\.7, $A, x86_64: installed"
}

@test "without dkms, from a .tar.zst: ready by the direct build, and the files belong to root" {
    remove_dkms
    pack ixgbevf 4.18.7
    rm ixgbevf-4.18.7/dkms.conf
    chown --recursive nobody ixgbevf-4.18.7
    chmod --recursive u+s,g+w,o= ixgbevf-4.18.7
    repack ixgbevf-4.18.7.tar.zst ixgbevf-4.18.7

    (umask 077 && adopt ixgbevf-4.18.7.tar.zst)

    [ -z "$(find /usr/src/ixgbevf-4.18.7 -not -user root -o -perm /7022 -o -not -perm -444)" ]
    wait_for "$A"
    assert_ready "$A"
    assert_made_by direct "$A"
}

@test "a dry run tells and changes nothing, and who is not root is told so" {
    pack ixgbevf 4.18.7
    before=$(find /usr/src /etc/kmodkeeper /var/lib/dkms -not -path '/usr/src/kernels/*' -printf '%p %T@ %s\n' | sed '\|^/usr/src |d' | sort)

    adopt --dry-run ixgbevf-4.18.7.tar.gz
    assert_line '^source +/usr/src/ixgbevf-4\.18\.7: '
    assert_line '^Nothing was changed: --dry-run'
    [ "$(find /usr/src /etc/kmodkeeper /var/lib/dkms -not -path '/usr/src/kernels/*' -printf '%p %T@ %s\n' | sed '\|^/usr/src |d' | sort)" = "$before" ]

    adopt ixgbevf-4.18.7.tar.gz
    run -9 kmodkeeper adopt --dry-run ixgbevf-4.18.7.tar.gz
    assert_line '^Nothing to do\.$'
    run -0 kmodkeeper drop --dry-run ixgbevf
    assert_line '^Nothing was changed: --dry-run'
    run -0 kmodkeeper drop ixgbevf
    run -6 kmodkeeper drop --dry-run ixgbevf

    run -4 setpriv --reuid nobody --regid nogroup --clear-groups kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    [ "$output" = 'kmodkeeper: only root may do this: use sudo' ]
}

@test "archives that mean harm are refused before anything is written" {
    # malicious PYTHON: an archive with a Makefile and what PYTHON adds to the tarfile t.
    malicious() {
        python3 - "$1" <<'END'
import io, sys, tarfile
t = tarfile.open('evil.tar.gz', 'w:gz')
def add(name, data=b'', **fields):
    i = tarfile.TarInfo(name)
    i.size = len(data)
    for key, value in fields.items(): setattr(i, key, value)
    t.addfile(i, io.BytesIO(data))
add('evil-1/Makefile', b'obj-m := evil.o\n')
exec(sys.argv[1])
t.close()
END
        run -1 kmodkeeper adopt evil.tar.gz
        assert_line "^kmodkeeper: evil\.tar\.gz: .*$2"
        [ "$(sources_of_ours)" = '' ] || fail "left behind: $(sources_of_ours)"
        [ "$(wc -l <<<"$output")" -eq 1 ]
    }
    mkdir /tmp/target
    malicious "add('evil-1/../../../etc/evil', b'x')" 'a path that leads outside'
    malicious "add('/etc/evil', b'x')" 'an absolute path'
    malicious "add('evil-1/out', type=tarfile.SYMTYPE, linkname='/tmp/target'); add('evil-1/out/evil', b'x')" 'a link that leads outside'
    malicious "add('evil-1/a', type=tarfile.SYMTYPE, linkname='b/../..')" 'a link that leads outside'
    malicious "add('evil-1/shadow', type=tarfile.LNKTYPE, linkname='/etc/shadow')" 'an absolute path'
    malicious "add('evil-1/sda', type=tarfile.BLKTYPE, devmajor=8)" 'not a file'
    malicious "add('evil-1/pipe', type=tarfile.FIFOTYPE)" 'not a file'
    malicious "add('evil-1/dkms.conf', b'touch /tmp/target/ran /etc/evil; exit 3')" 'cannot read its dkms.conf'
    # 600 MiB of zeroes are 600 KiB.
    malicious "add('evil-1/bomb', bytes(600 << 20))" 'more than 512 MiB'
    [ -z "$(ls /tmp/target)" ]
    [ ! -e /etc/evil ]
}

# killed COMMAND…: runs it in the background and kills it, and nothing but it, with SIGKILL when what comes on
# standard input ends.
killed() {
    "$@" >"$BATS_TEST_TMPDIR/killed" 2>&1 3>&- &
    local java
    java=$!
    cat >/dev/null
    kill -KILL "$java"
    wait "$java" || true
}

@test "a source unpacked by hand: refused while it is not root's, then adopted where it is" {
    pack ixgbevf 4.18.7
    # As tar does it for root: with the owners that the archive names.
    chown --recursive nobody ixgbevf-4.18.7
    mv ixgbevf-4.18.7 /usr/src

    run -1 kmodkeeper adopt /usr/src/ixgbevf-4.18.7
    advice=$(sed -n "s/.* can be changed by users other than root; make root its owner: //p" <<<"$output")
    [ ! -e /var/lib/dkms/ixgbevf ]

    run -0 sh -c "$advice"
    before=$(stat --format %i /usr/src/ixgbevf-4.18.7)
    adopt /usr/src/ixgbevf-4.18.7
    wait_for "$A"
    assert_ready "$A"
    [ "$(stat --format %i /usr/src/ixgbevf-4.18.7)" = "$before" ]
}

# killed_when CONDITION COMMAND…: the command is killed as soon as the condition holds.
killed_when() {
    local java end=$((SECONDS + $(at_most 60)))
    "${@:2}" >"$BATS_TEST_TMPDIR/killed" 2>&1 3>&- &
    java=$!
    until eval "$1" >/dev/null; do ((SECONDS < end)) || fail "it never came to: $1" || return; done
    kill -KILL "$java"
    wait "$java" || true
}

# long
@test "killed with SIGKILL anywhere: nothing half is there, and the command can be repeated" {
    pack ixgbevf 4.18.7
    # So much that it can be met while it unpacks.
    truncate --size 64M ixgbevf-4.18.7/zeros
    repack ixgbevf-4.18.7.tar.gz ixgbevf-4.18.7
    whole=$(cd ixgbevf-4.18.7 && find . -type f -exec sha256sum {} + | sort)
    # It has its name only when it is whole.
    assert_nothing_half() {
        local place=/usr/src/ixgbevf-4.18.7
        [[ ! -e $place ]] || [ "$(cd $place && find . -type f -exec sha256sum {} + | sort)" = "$whole" ]
        [ "$(sources_of_ours | sed -e '/^\.kmodkeeper-adopt-/d' -e '/^ixgbevf-4\.18\.7$/d')" = '' ]
        run -0 kmodkeeper status
    }
    again() {
        adopt ixgbevf-4.18.7.tar.gz
        [ "$(sources_of_ours)" = ixgbevf-4.18.7 ]
        [ "$(cd /usr/src/ixgbevf-4.18.7 && find . -type f -exec sha256sum {} + | sort)" = "$whole" ]
        run -0 dkms status
        assert_line '^ixgbevf/4\.18\.7'
        [ "$(kept)" = 4.18.7 ]
        wait_for "$A"
        ((status == 0))
        assert_ready "$A"
        run -0 kmodkeeper drop --purge ixgbevf
        [ "$(sources_of_ours)" = '' ]
    }

    # While it unpacks: the hidden directory has just come, or has a few files.
    for there in '' '/*'; do
        rm -rf /usr/src/.kmodkeeper-adopt-*
        killed_when "compgen -G '/usr/src/.kmodkeeper-adopt-*$there'" kmodkeeper adopt ixgbevf-4.18.7.tar.gz
        assert_nothing_half
        sources_of_ours | grep '^\.kmodkeeper-adopt-'
    done
    again

    # When it has just got its name.
    killed_when '[ -e /usr/src/ixgbevf-4.18.7 ]' kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    assert_nothing_half
    [ "$(sources_of_ours)" = ixgbevf-4.18.7 ]
    again

    # When dkms has just registered it.
    killed_when '[ -e /var/lib/dkms/ixgbevf ]' kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    assert_nothing_half
    again
}

@test "the same archive again: nothing to do; another one of that version: refused" {
    pack ixgbevf 4.18.7
    adopt ixgbevf-4.18.7.tar.gz
    wait_for "$A"
    assert_ready "$A"
    before=$(stat --format '%n %i %Z' /usr/src/ixgbevf-4.18.7/* "$(resolved "$A")")
    mark

    adopt ixgbevf-4.18.7.tar.gz
    assert_line '^Nothing to do: it is already adopted\.$'
    wait_for "$A"
    [ "$(stat --format '%n %i %Z' /usr/src/ixgbevf-4.18.7/* "$(resolved "$A")")" = "$before" ]

    echo '/* patched */' >>ixgbevf-4.18.7/src/ixgbevf_main.c
    repack ixgbevf-4.18.7.tar.gz ixgbevf-4.18.7
    run -1 kmodkeeper adopt ixgbevf-4.18.7.tar.gz
    assert_line 'differs from /usr/src/ixgbevf-4\.18\.7, which already exists, in src/ixgbevf_main\.c'
    [ "$(stat --format '%n %i %Z' /usr/src/ixgbevf-4.18.7/* "$(resolved "$A")")" = "$before" ]
    run -0 journal
    refute_line 'remedy'
}

@test "a new version that does not compile for one kernel: the old one stays on all" {
    pack ixgbevf 4.18.7
    install "$A" "$B"
    adopt ixgbevf-4.18.7.tar.gz
    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    before=$(sha256sum "$(resolved "$A")" "$(resolved "$B")")
    pack ixgbevf 4.19.0
    needs_kernel_of_B 4.19.0

    run -15 kmodkeeper adopt ixgbevf-4.19.0.tar.gz

    assert_line "^kmodkeeper: kernel $A: ixgbevf 4\.19\.0 would not be ready: .*#error this version is not for this kernel"
    log=$(grep --only-matching '/var/log/kmodkeeper/.*\.log' <<<"$output")
    grep '#error this version is not for this kernel' "$log"
    [ "$(sources_of_ours)" = ixgbevf-4.18.7 ]
    [ "$(kept)" = 4.18.7 ]
    run -0 dkms status
    refute_line '4\.19\.0'
    run -0 kmodkeeper notify
    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    [ "$(sha256sum "$(resolved "$A")" "$(resolved "$B")")" = "$before" ]
}

@test "a new version that is proven for every kernel replaces the old one, and the old one may come back" {
    pack ixgbevf 4.18.7
    install "$A" "$B"
    adopt ixgbevf-4.18.7.tar.gz
    wait_for "$A" "$B"
    pack ixgbevf 4.19.0

    adopt ixgbevf-4.19.0.tar.gz

    [ "$(grep -c '^rehearsal' <<<"$output")" -eq 2 ]
    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    [ "$(modinfo -k "$A" -F version ixgbevf) $(modinfo -k "$B" -F version ixgbevf)" = '4.19.0 4.19.0' ]
    [ -z "$(ls -A /var/cache/kmodkeeper/rehearsal)" ]

    adopt /usr/src/ixgbevf-4.18.7
    wait_for "$A" "$B"
    assert_ready "$A" "$B"
    [ "$(modinfo -k "$A" -F version ixgbevf) $(modinfo -k "$B" -F version ixgbevf)" = '4.18.7 4.18.7' ]
    # dkms on its own would install the newest version.
    run -0 dkms autoinstall -k "$B"
    [ "$(modinfo -k "$B" -F version ixgbevf)" = 4.18.7 ]
}

# long
@test "killed while it tries a new version: the old one stays, and the command can be repeated" {
    pack ixgbevf 4.18.7
    adopt ixgbevf-4.18.7.tar.gz
    wait_for "$A"
    pack ixgbevf 4.19.0 --whole

    until pgrep -x cc1 >/dev/null; do sleep 0.02; done | killed kmodkeeper adopt ixgbevf-4.19.0.tar.gz

    sleep 0.5
    run -1 pgrep --list-full --uid kmodkeeper-build
    [ "$(sources_of_ours | grep -v '^\.')" = ixgbevf-4.18.7 ]
    [ "$(kept)" = 4.18.7 ]
    wait_for "$A"
    assert_ready "$A"
    adopt ixgbevf-4.19.0.tar.gz
    [ "$(sources_of_ours)" = $'ixgbevf-4.18.7\nixgbevf-4.19.0' ]
    wait_for "$A"
    [ "$(modinfo -k "$A" -F version ixgbevf)" = 4.19.0 ]
}
