# What the lab itself has for scenarios about kernels that are offered: what their packages say of them, hosts without
# a compiler, repositories that are slow or gone.
load lab

# provided RELEASE: what the repository says of the symbols that its kernel-core provides, "CRC SYMBOL", sorted.
provided() {
    dnf --quiet repoquery --provides "$(kernel_packages core "$1")" | sed -n 's/^kernel(\(.*\)) = \(.*\)$/\2 \1/p' | sort
}

# contained KIND RELEASE: the symvers file of that package, from the working directory or the repositories.
contained() {
    local name file
    name=$(kernel_packages "$1" "$2").rpm
    if [[ $1 == devel ]]; then file=$name; else file=$(find /lab/repo /lab/offered -name "$name"); fi
    rpm2cpio "$file" | cpio --quiet --extract --to-stdout '*/Module.symvers' '*/symvers.gz'
}

# symvers RELEASE: the symbols of the kernel's image and of the modules in its kernel-core, as provided prints them.
symvers() {
    local modules
    modules=$(rpm --query --list --package "$(find /lab/repo /lab/offered -name "$(kernel_packages core "$1").rpm")" |
        sed -n 's|^/lib/modules/[^/]*/kernel/\(.*\)\.ko\.xz$|\1|p')
    contained core "$1" | zcat |
        awk -F '\t' 'FNR == NR { modules[$1]; next } $3 == "vmlinux" || $3 in modules { print $1, $2 }' <(echo "$modules") - | sort
}

# environment: LAB_BARE=1
# environment: LAB_OFFERED=1
@test "the lab: what repositories say of kernels, and the headers in them" {
    local word release
    [ ${#OFFERED[@]} -ge 8 ]
    offer

    for word in "${!OFFERED[@]}"; do
        release=${OFFERED[$word]}
        case $word in
            silent) [ -z "$(provided "$release")" ] ;;
            *) diff <(symvers "$release") <(provided "$release") ;;
        esac
    done
    diff <(symvers "$C") <(provided "$C")
    [ "$(provided "$C" | wc -l)" -gt 9000 ]
    run ! grep --invert-match --extended-regexp '^0x[0-9a-f]{8} [A-Za-z0-9_]+$' <(provided "$C")
    # Of another class, or not.
    diff <(provided "$C") <(provided "${OFFERED[same]}")
    run ! diff --brief <(provided "$C") <(provided "${OFFERED[old]}")
    # dnf knows which package has a symbol that kernel-core lacks.
    [[ $(dnf --quiet repoquery --whatprovides 'kernel(dm_register_target)') == *kernel-modules-* ]]

    cd "$BATS_TEST_TMPDIR"
    kernel_transaction download devel "${OFFERED[rt]}" "${OFFERED[mixed]}"
    cmp <(contained devel "${OFFERED[rt]}") <(contained core "${OFFERED[rt]}" | zcat)
    cmp <(contained devel "${OFFERED[mixed]}") <(contained core "$A" | zcat)
}

# environment: LAB_OFFERED=1
@test "the lab: a kernel of another flavour and one of another series" {
    offer rt next
    place_source 4.18.7
    configure remedies direct

    install "${OFFERED[rt]}" "${OFFERED[next]}"

    wait_for "${OFFERED[rt]}" "${OFFERED[next]}"
    assert_ready "${OFFERED[rt]}" "${OFFERED[next]}"
}

# environment: LAB_LAYER=kernel
# environment: LAB_NO_DAEMON=1
@test "the lab: a compiler that is watched, and none at all" {
    cd "$BATS_TEST_TMPDIR"
    watch_compiler
    assert_not_compiled
    echo 'int main;' >main.c
    unshare --mount --pid --fork gcc -c main.c
    [ "$(compiled | sed 's|.*/||' | sed 's/.*-\(gcc\|as\).*/\1/' | tr '\n' ' ')" = 'as gcc cc1 ' ]
    run ! assert_not_compiled

    [ -e "/usr/src/kernels/$A/Makefile" ]
    remove_compiler

    [ ! -e "/usr/src/kernels/$A" ]
    [ -z "$(type -P gcc cc c++ cpp as ld make)" ]
    [ -z "$(find / -type f \( -name cc1 -o -name '*-gnu-gcc-*' -o -name '*-gnu-as' -o -name '*-gnu-ld*' -o -name make \) -executable)" ]
    [ ! -e /usr/include ]
    install_kernel "$B"
}

# environment: LAB_BARE=1
@test "the lab: repositories that are slow, and gone" {
    # Without a server, too.
    lose_repositories
    run ! dnf --quiet makecache
    restore_repositories
    run -0 dnf --quiet makecache

    serve_repositories
    run -0 dnf --quiet makecache
    slow_repositories 2
    cd "$BATS_TEST_TMPDIR"
    dnf --quiet --assumeyes download "kernel-$A" 3>&- &
    await half_served "/repo/x86_64/kernel-$A.rpm"
    run ! cmp --quiet "kernel-$A.rpm" "/lab/repo/x86_64/kernel-$A.rpm"
    wait $!
    cmp "kernel-$A.rpm" "/lab/repo/x86_64/kernel-$A.rpm"

    lose_repositories
    run ! dnf --assumeyes download "kernel-$B"
    restore_repositories
    run -0 dnf --assumeyes download "kernel-$B"
}

half_served() { served | tail -n 1; }
