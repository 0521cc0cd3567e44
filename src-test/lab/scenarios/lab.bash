# shellcheck shell=bash disable=SC2154  # bats sets status and output
# Words that the scenarios are written in. They run inside a lab, as root.
#
# A, B and C are kernels that the lab's repository has, A the oldest.
# After each word that runs kmodkeeper or dnf, $status and $output are its own, as after bats' run.

mapfile -t kernels </lab/kernels
# shellcheck disable=SC2034  # the scenarios use them
A=${kernels[0]} B=${kernels[1]} C=${kernels[-1]}
# Further kernels, below a line "# environment: LAB_OFFERED=1": ${OFFERED[rt]}, for one; the words are in ../offered.
declare -gA OFFERED=()
[[ ! -e /lab/offered/kernels ]] || while read -r word release; do OFFERED[$word]=$release; done </lab/offered/kernels
units=(kmodkeeper.socket kmodkeeper.service)
conf=/etc/kmodkeeper/kmodkeeper.conf
bats_require_minimum_version 1.5.0
# bats 1.13 has lost that process, the first that it starts in the background, when a test fails: it would wait until the
# test had timed out.
[[ $BATS_VERSION != 1.13.* ]] ||
    bats_abort_timeout_countdown() { kill "${BATS_killer_pid:-$(jobs -p | head -n 1)}" 2>/dev/null || true; }

# limit SECONDS: what that is on a machine as slow as it was when the lab booted.
limit() { echo $(($1 * LAB_PACE)); }

# at_most SECONDS: the same for waits that end sooner if all is well, and on a machine that has become busier since: a boot
# is many processes, and gets more of the processors than a compiler does.
at_most() {
    local load
    read -r load _ </proc/loadavg
    load=$((${load%.*} / $(nproc)))
    echo $(($1 * (load > LAB_PACE ? load : LAB_PACE)))
}

# --- what an operator does

# install RELEASE…: kernels with their headers, in one transaction.
install() { kernel_transaction install 'core devel' "$@"; }

# install_kernel RELEASE…: kernels alone.
install_kernel() { kernel_transaction install core "$@"; }

# install_headers RELEASE…: the headers alone.
install_headers() { kernel_transaction install devel "$@"; }

# erase_kernel RELEASE…: kernels and their headers go.
erase_kernel() { kernel_transaction remove 'core devel' "$@"; }

# kernel_packages KIND RELEASE…: the names of these kernels' packages of that kind: core, modules or devel.
kernel_packages() {
    local release flavour
    for release in "${@:2}"; do
        flavour=
        [[ $release != *+* ]] || flavour=-${release#*+}
        echo "kernel$flavour-$1-${release%%+*}"
    done
}

# kernel_transaction COMMAND KINDS RELEASE…: a transaction with the packages of these KINDS of these kernels.
kernel_transaction() {
    local kind packages=()
    # No process substitution here: it would change $!, which scenarios use.
    for kind in $2; do mapfile -t -O "${#packages[@]}" packages <<<"$(kernel_packages "$kind" "${@:3}")"; done
    transaction "$1" "${packages[@]}"
}

# offer WORD…: from now on dnf is offered these further kernels; all of them, without a WORD.
offer() {
    local word kind packages=()
    for word; do
        for kind in core modules devel; do packages+=("$(kernel_packages "$kind" "${OFFERED[$word]}")"); done
    done
    printf '%s\n' '[offered]' 'name=Further kernels of the lab' 'baseurl=file:///lab/offered/repo' \
        "includepkgs=${packages[*]-*}" >/etc/yum.repos.d/offered.repo
}

# serve_repositories: from now on all repositories come from a web server of this lab's own.
serve_repositories() {
    echo 0 >/run/lab-pause
    systemd-run --quiet --unit lab-repositories --service-type notify /lab/here/serve /lab /run/lab-pause
    sed -i 's|^baseurl=file:///lab/|baseurl=http://127.0.0.1:8080/|' /etc/yum.repos.d/*.repo
}

# slow_repositories SECONDS: of each file that is asked for, one half comes at once, and the other after that time.
slow_repositories() { echo "$1" >/run/lab-pause; }

# served: what the web server was asked for, one path a line.
served() { journalctl --sync; journalctl --unit lab-repositories.service --output cat --no-pager --quiet | sed -n 's/^GET //p'; }

# lose_repositories, restore_repositories: no repository is there; it is again.
lose_repositories() {
    local folder
    if systemctl --quiet is-active lab-repositories; then touch /run/lab-served && systemctl stop lab-repositories && return; fi
    for folder in repo offered packages; do mount -t tmpfs none "/lab/$folder"; done
}
restore_repositories() {
    if [[ -e /run/lab-served ]]; then serve_repositories; else umount /lab/{repo,offered,packages}; fi
}

# transaction COMMAND PACKAGE…: dnf, which must succeed; what it says is in $output and $stderr.
transaction() { run -0 --separate-stderr dnf --assumeyes "$@"; }

# place_source VERSION [KIND]: an ixgbevf source, registered with dkms as docs/installation.md says: a small one, if KIND
# does not say another, see /lab/source.
place_source() { place_driver ixgbevf "$@"; }

# place_driver NAME VERSION [KIND]: the same for any driver of the lab.
place_driver() {
    /lab/source "$1" "$2" "${3:---small}"
    ! command -v dkms >/dev/null || dkms add "$1/$2" >/dev/null
}

# pack NAME VERSION [KIND]: an archive of that source in the working directory, as its vendor makes
# one: everything in one directory, with its dkms.conf. Nothing of it is in /usr/src.
pack() {
    /lab/source "$1" "$2" "${3:---small}"
    mv "/usr/src/$1-$2" .
    echo "Linux driver for $1" >"$1-$2/README"
    tar --create --gzip --file "$1-$2.tar.gz" "$1-$2"
}

# repack ARCHIVE NAME-VERSION: the archive anew, after a change in the directory that it was made from.
repack() { tar --create --sort name --auto-compress --file "$1" "$2"; }

# keep_driver NAME [LINE…]: has kmodkeeper keep this driver; each LINE is a setting. It is required if none tells.
keep_driver() {
    local required='required = yes'
    [[ $* != *required* ]] || required=
    printf '%s\n' '[driver]' "$required" "${@:2}" >"/etc/kmodkeeper/drivers.d/$1.conf"
    systemctl reload kmodkeeper
}

# break_source VERSION: from now on this ixgbevf source does not compile.
break_source() { echo '#error this source is broken on purpose' >>"/usr/src/ixgbevf-$1/src/ixgbevf_main.c"; }

# by_rpm OPTION… PACKAGE…: rpm alone, which must succeed and take no notice of us. Debian's asked not to be used, up to 4.19.
by_rpm() {
    local option=
    ! rpm --help | grep --quiet -e --force-debian || option=--force-debian
    run -0 --separate-stderr rpm $option "$@"
}

# dnf_5: whether dnf is a dnf 5.
dnf_5() { [[ $(readlink -f /usr/bin/dnf) == */dnf5 ]]; }

# configure KEY VALUE: sets it in kmodkeeper.conf and makes the daemon read it.
configure() {
    sed -i "/^ *$1 *=/d" "$conf"
    sed -i "s|^\[main\]|&\n$1 = $2|" "$conf"
    systemctl reload kmodkeeper
}

# remove_dkms: as if it had never been there.
remove_dkms() { rm -rf /usr/sbin/dkms /usr/bin/dkms /usr/lib/dkms /var/lib/dkms /etc/dkms; }

# remove_compiler: as if there had never been gcc, an assembler, a linker, make, C's or a kernel's headers.
remove_compiler() {
    local packages headers
    mapfile -t packages < <(dpkg-query --show --showformat '${binary:Package}\n' |
        grep -E '^(gcc|g\+\+|cpp|binutils|make|clang|llvm|lld|tcc|libc6-dev|linux-libc-dev|linux-kbuild|linux-headers)(-|:|$)|^lib(gcc|stdc\+\+)-.*-dev')
    rm -rf /usr/include
    # Folders, which it leaves alone, are in the list as well.
    dpkg-query --listfiles "${packages[@]}" | grep -E '^/(usr/)?(s?bin|lib[^/]*|src)/' | xargs -d '\n' rm -f 2>/dev/null || true
    find /usr/bin /etc/alternatives -xtype l -delete
    mapfile -t headers < <(rpm --query --all 'kernel*-devel')
    ((${#headers[@]} == 0)) || by_rpm --erase "${headers[@]}"
    # The shell remembers where they were.
    hash -r
}

# watch_compiler: from now on, compiled knows what ran of the compiler, whoever ran it and in whatever namespace.
watch_compiler() {
    local programs log=$BATS_TEST_TMPDIR/compiler
    [[ ! -e $log ]] || { kill "$(<"$log.watcher")" && rm "$log" "$log.errors"; }
    mapfile -t programs < <({ gcc --print-prog-name=cc1; type -P gcc as ld make; } | xargs -d '\n' readlink -f | sort -u)
    touch "$log.end"
    inotifywait --monitor --event open --format %w --outfile "$log" "${programs[@]}" "$log.end" 2>"$log.errors" 3>&- &
    echo $! >"$log.watcher"
    until grep --quiet 'Watches established' "$log.errors"; do sleep 0.05; done
}

# compiled: which programs of the compiler ran since watch_compiler, one a line.
compiled() {
    local log=$BATS_TEST_TMPDIR/compiler ends
    ends=$(grep --count --fixed-strings "$log.end" "$log" || true)
    : <"$log.end"
    # What was opened before is reported before.
    until (($(grep --count --fixed-strings "$log.end" "$log" || true) > ends)); do sleep 0.05; done
    grep --invert-match --fixed-strings "$log.end" "$log" | sort -u || true
}

# set_up_grub: an environment block, with no entry saved.
set_up_grub() {
    mkdir -p /boot/grub
    grub-editenv /boot/grub/grubenv create
}

# grub_menu RELEASE…: the menu, and the first of them as what the update chose.
grub_menu() {
    local release
    {
        # shellcheck disable=SC2016  # GRUB's own variables
        printf '%s\n' 'if [ -s $prefix/grubenv ]; then' '  load_env' 'fi' 'set default="${saved_entry}"'
        for release; do
            echo "menuentry 'Linux $release' --id linux-$release {"
            echo "  linux /boot/vmlinuz-$release ro"
            echo '}'
        done
    } >/boot/grub/grub.cfg
    grub-editenv /boot/grub/grubenv set "saved_entry=linux-$1"
}

# stop_daemon, start_daemon: the service and, where there is one, its socket.
stop_daemon() { systemctl stop "${units[@]}"; }
start_daemon() { systemctl start "${units[@]}"; }

# remount_usr ro|rw: as an operator does it. /usr is a file system of its own from the first time on.
remount_usr() {
    if ! mountpoint --quiet /usr; then
        mount -t tmpfs -o size=1G usr /mnt
        mkdir /mnt/upper /mnt/work
        mount -t overlay -o lowerdir=/usr,upperdir=/mnt/upper,workdir=/mnt/work usr /usr
    fi
    mount -o "remount,$1" /usr
}

# --- what it asks

# wait_for RELEASE…: until the daemon has nothing more to try for them; $status is the last one's.
wait_for() {
    local release
    for release; do run kmodkeeper wait --kernel "$release" --timeout "$(at_most 180)"; done
    ((status != 5)) || fail "kmodkeeper wait ran out of time: $output"
}

# await COMMAND TEXT: until COMMAND prints TEXT, for half a minute at most, or longer at a slower pace.
await() {
    local end=$((SECONDS + $(at_most 30)))
    until [[ $("$1") == "$2" ]]; do
        ((SECONDS < end)) || fail "$1 prints $("$1"), expected $2" || return
        sleep 0.1
    done
}

# field RELEASE NAME [DRIVER]: a field of the driver's state, "none" where there is no such row.
field() { row "$1" "${3:-ixgbevf}" | jq --raw-output --arg name "$2" '.[$name] // "none"'; }

# row RELEASE [DRIVER]: all of the driver's state, as JSON; {} where there is no such row.
row() {
    kmodkeeper status --json | jq --arg release "$1" --arg driver "${2:-ixgbevf}" \
        '[.kernels[] | select(.release == $release) | .drivers[] | select(.driver == $driver)][0] // {}'
}

# kernels_in_status: the releases that status knows.
kernels_in_status() { kmodkeeper status --json | jq --raw-output '.kernels[].release'; }

# resolved RELEASE [MODULE]: the file that modprobe would load, nothing if none.
resolved() { modprobe --set-version "$1" --show-depends "${2:-ixgbevf}" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' | tail -n 1; }

# boots_next: the release that GRUB would boot.
boots_next() { grub-editenv /boot/grub/grubenv list | sed -n 's/^saved_entry=linux-//p'; }

# journal: what the daemon has logged since the last mark, one message a line. Not by a cursor: where that is an
# entry of another unit, journalctl passes over the first of this one.
journal() { all_logged | tail -n "+$(($(<"$BATS_TEST_TMPDIR/mark") + 1))"; }

# mark: journal begins here.
mark() { all_logged | wc -l >"$BATS_TEST_TMPDIR/mark"; }

all_logged() { journalctl --sync; journalctl --unit kmodkeeper.service --output cat --no-pager --quiet; }

# --- what must be so

fail() { echo "$*" >&2; return 1; }

# assert_verdict WORD RELEASE [DRIVER]
assert_verdict() {
    local verdict
    verdict=$(field "$2" verdict "${3:-ixgbevf}")
    [[ $verdict == "$1" ]] || fail "${3:-ixgbevf} on $2 is $verdict, expected $1"
}

# assert_resolves_in DIRECTORY RELEASE [MODULE]: modprobe would load the module from there.
assert_resolves_in() {
    local file
    file=$(resolved "$2" "${3:-ixgbevf}")
    [[ $file == "/lib/modules/$2/$1/"* ]] || fail "modprobe resolves ${3:-ixgbevf} on $2 to ${file:-nothing}, expected it in $1"
}

# assert_ready RELEASE… : ready by status, by check, and by what modprobe would load.
assert_ready() {
    local release verdict path
    for release; do
        IFS=$'\t' read -r verdict path < <(row "$release" | jq --raw-output '[.verdict, .path] | @tsv')
        [[ $verdict == ready ]] || fail "ixgbevf on $release is $verdict, expected ready" || return
        assert_resolves_in extra "$release"
        [[ $path == "$(resolved "$release")" ]] || fail "status names another path: $path"
        [[ $(modinfo -F vermagic "$path") == "$release "* ]] || fail "vermagic is not that of $release"
    done
}

# assert_made_by REMEDY RELEASE [DRIVER]
assert_made_by() {
    local remedy
    remedy=$(field "$2" remedy "${3:-ixgbevf}")
    [[ $remedy == "$1" ]] || fail "${3:-ixgbevf} on $2 was made by $remedy, expected $1"
}

# assert_nothing_of_ours RELEASE: no ixgbevf but the kernel's own, which is where it was, and no leftover of a build.
assert_nothing_of_ours() {
    local found
    found=$(find "/lib/modules/$1" -name '*ixgbevf*' -not -path '*/kernel/*' 2>/dev/null || true)
    [[ -z $found ]] || fail "left behind: $found"
    if [[ -d /lib/modules/$1/kernel ]]; then assert_resolves_in kernel "$1"; fi
}

# assert_not_compiled: nothing of the compiler ran since watch_compiler.
assert_not_compiled() { [[ -z $(compiled) ]] || fail "these ran: $(compiled | tr '\n' ' ')"; }

# assert_line PATTERN: $output has a line that matches the extended regular expression.
assert_line() { grep --quiet --extended-regexp -e "$1" <<<"$output" || fail "no line matches $1 in: $output"; }

# refute_line PATTERN: $output has no line that matches it.
refute_line() { ! grep --extended-regexp -e "$1" <<<"$output" || fail "a line matches $1 in: $output"; }
