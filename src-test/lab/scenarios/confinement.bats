# What a build may do: write to its own directory, and nothing else.
load lab

@test "a direct build: unprivileged, without network, and nothing but its directory to write to" {
    place_driver hello 1.0
    mkdir -p /var/tmp/shared && chmod 1777 /var/tmp/shared
    cat >/usr/src/hello-1.0/probe <<'END'
#!/bin/bash
echo "probe: user $(id --user --name)"
echo "probe: largest file $(ulimit -f), priority $(nice), disk $(ionice)"
echo "probe: network $(readlink /proc/self/ns/net)"
echo "probe: out of memory $(cat /proc/self/oom_score_adj)"
grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | sed 's/^/probe: /'
(touch "/lib/modules/$1/x") 2>/dev/null && echo 'probe: wrote to the kernel'
(touch /var/lib/kmodkeeper/x) 2>/dev/null && echo 'probe: wrote to the state'
(touch /var/tmp/shared/x) 2>/dev/null && echo 'probe: wrote to a shared directory'
touch /tmp/seen && echo 'probe: has a /tmp'
touch here && echo 'probe: has its directory'
setsid sleep 4712 >/dev/null 2>&1 </dev/null &
./ask
END
    # Asks uname in all ways, wrong ones too; each answer is a line.
    cat >/usr/src/hello-1.0/ask <<'END'
#!/bin/bash
while read -ra arguments; do
    answer=$(uname "${arguments[@]}" 2>&1)
    echo "uname ${arguments[*]}, status $?: ${answer//$'\n'/; }"
done <<<$'\n-r\n-a\n-m\n-n\n-v\n-sr\n-rs\n-rv\n-s -r\n-nrm\n-p -r\n--all\n--kernel-release\n--kernel-rel\n-x\n-r x\n--version'
END
    chmod +x /usr/src/hello-1.0/probe /usr/src/hello-1.0/ask
    # shellcheck disable=SC2016  # for the build to expand
    keep_driver hello 'make = ./probe ${kernelver} && make -C ${kernel_source_dir} M=$PWD modules'
    configure remedies direct

    install "$A"
    wait_for "$A"

    assert_verdict ready "$A" hello
    run -0 cat "$(field "$A" log hello)"
    assert_line '^probe: user kmodkeeper-build$'
    assert_line '^probe: largest file 2097152, priority 10, disk best-effort: prio 7$'
    assert_line '^probe: network net:'
    assert_line '^probe: out of memory 500$'
    # In a container systemd may not lower it, and goes on without.
    [ "$(systemctl show --property OOMScoreAdjust --value kmodkeeper.service)" -eq -250 ]
    [ "$(systemctl show --property OOMPolicy --value kmodkeeper.service)" = continue ]
    # The lab itself has no network to try; so much shows that the build is in another one, which is empty.
    [[ $output != *"network $(readlink /proc/1/ns/net)"* ]]
    assert_line '^probe: CapEff:.*0000000000000000$'
    assert_line '^probe: NoNewPrivs:.*1$'
    assert_line '^probe: has a /tmp$'
    assert_line '^probe: has its directory$'
    refute_line '^probe: wrote'
    refute_line 'continuing without'
    diff <(LC_ALL=C /usr/src/hello-1.0/ask | sed "s/$(uname -r)/$A/g") <(grep '^uname ' <<<"$output")
    [ ! -e /tmp/seen ]
    run ! pgrep -f 'sleep 4712'
}

@test "dkms: without network and a /tmp of its own, and nothing of it is lacking here" {
    place_source 4.18.7
    # shellcheck disable=SC2016  # for dkms to expand
    echo 'PRE_BUILD="probe"' >>/usr/src/ixgbevf-4.18.7/dkms.conf
    printf '#!/bin/bash\nnice >/var/lib/dkms/priority\n(touch /etc/x) 2>/dev/null && echo wrote >/var/lib/dkms/wrote\ntouch /tmp/seen /var/lib/dkms/ran\n' \
        >/usr/src/ixgbevf-4.18.7/probe
    chmod +x /usr/src/ixgbevf-4.18.7/probe

    install "$A"
    wait_for "$A"

    assert_made_by dkms "$A"
    [ -e /var/lib/dkms/ran ]
    [ "$(cat /var/lib/dkms/priority)" = 10 ]
    [ ! -e /var/lib/dkms/wrote ]
    [ ! -e /tmp/seen ]
    run -0 cat "$(field "$A" log)"
    refute_line 'continuing without'
}

@test "a dkms.conf is read by a user without rights, with no network and nothing to write to" {
    echo secret >/root/secret
    chmod 600 /root/secret
    /lab/source hello 1.0
    cat >>/usr/src/hello-1.0/dkms.conf <<'END'
wrote() { for file; do touch "$file" && echo "$file"; done 2>/dev/null; }
BUILD_EXCLUSIVE_KERNEL="by $(id --user --name), network $(readlink /proc/self/ns/net), secret $(cat /root/secret 2>&1)"
BUILD_EXCLUSIVE_KERNEL+=", wrote $(wrote /etc/x /lib/modules/x /run/x /usr/src/x /var/cache/kmodkeeper/x /var/lib/kmodkeeper/x) end"
touch /tmp/seen /dev/shm/seen
END
    keep_driver hello
    install_kernel "$A"
    wait_for "$A"

    assert_read_by kmodkeeper-build 'cat: /root/secret: Permission denied'
    stop_daemon
    assert_read_by kmodkeeper-build 'cat: /root/secret: Permission denied'

    # What its owner has closed to others, root reads, and still cannot write.
    chown -R nobody: /usr/src/hello-1.0
    chmod 700 /usr/src/hello-1.0
    assert_read_by root secret
    start_daemon
    wait_for "$A"
    assert_read_by root secret
    [ ! -e /tmp/seen ]
    [ ! -e /dev/shm/seen ]

    # For an ordinary user there is nothing to confine.
    stop_daemon
    chown -R root: /usr/src/hello-1.0
    rm /usr/src/hello-1.0/dkms.conf
    run ! setpriv --reuid nobody --clear-groups kmodkeeper status
    refute_line confine
}

# assert_read_by USER SECRET: hello's dkms.conf was, and got no more than that out of the secret.
assert_read_by() {
    assert_verdict excluded "$A" hello
    run -0 field "$A" detail hello
    assert_line "by $1, network net:.*, secret $2, wrote  end\$"
    refute_line "network $(readlink /proc/1/ns/net | sed 's/[][]/./g')"
}

@test "without the user that builds, or the script that confines: nothing is built, and status says what to do" {
    place_driver hello 1.0
    keep_driver hello 'remedies = direct'
    userdel kmodkeeper-build

    install "$A"
    wait_for "$A"

    ((status != 0))
    [[ $(field "$A" detail hello) == *'user kmodkeeper-build does not exist, '*'run systemd-sysusers' ]]
    [ -z "$(resolved "$A" hello)" ]

    mv /usr/libexec/kmodkeeper/confine /root
    touch /usr/src/hello-1.0/dkms.conf
    run -0 kmodkeeper notify
    wait_for "$A"
    run -0 field "$A" detail hello
    assert_line '/usr/libexec/kmodkeeper/confine is missing and .*: reinstall kmodkeeper$'
    [ -z "$(resolved "$A" hello)" ]

    mv /root/confine /usr/libexec/kmodkeeper
    systemd-sysusers
    run -0 kmodkeeper rebuild
    wait_for "$A"
    assert_verdict ready "$A" hello
}

@test "no build sees the host's own key, and the daemon signs with it what each remedy built" {
    kmodkeeper keys create
    [ "$(stat --format %a /etc/kmodkeeper/keys/signing.pem)" = 600 ]
    place_driver hello 1.0
    cat >/usr/src/hello-1.0/probe <<'END'
#!/bin/bash
seen="$(id --user --name) sees $(ls -A /etc/kmodkeeper/keys 2>&1 | tr '\n' ' ')"
echo "probe: $seen."
(echo "$seen" >/var/lib/dkms/probe) 2>/dev/null
exit 0
END
    chmod +x /usr/src/hello-1.0/probe
    echo 'PRE_BUILD="probe"' >>/usr/src/hello-1.0/dkms.conf
    keep_driver hello
    configure remedies dkms

    install "$A"
    wait_for "$A"

    assert_verdict ready "$A" hello
    assert_made_by dkms "$A" hello
    [ "$(cat /var/lib/dkms/probe)" = 'root sees ' ]
    [[ $(modinfo -k "$A" -F signer hello) == 'kmodkeeper module signing '* ]]
    run -0 dkms status hello
    refute_line Diff

    # shellcheck disable=SC2016  # for the build to expand
    keep_driver hello 'make = ./probe ${kernelver} && make -C ${kernel_source_dir} M=$PWD modules'
    configure remedies direct
    install "$B"
    wait_for "$B"

    assert_verdict ready "$B" hello
    run -0 cat "$(field "$B" log hello)"
    assert_line '^probe: kmodkeeper-build sees ls: .*Permission denied .$'
    [[ $(modinfo -k "$B" -F signer hello) == 'kmodkeeper module signing '* ]]
}
