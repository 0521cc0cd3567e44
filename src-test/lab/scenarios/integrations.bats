# Small files for other programs, in their conventions.
load lab

# runs_kernel RELEASE: for kmodkeeper that kernel runs.
runs_kernel() {
    echo "$1" >/etc/lab.osrelease
    mkdir -p /etc/systemd/system/kmodkeeper.service.d
    printf '%s\n' '[Service]' 'BindReadOnlyPaths=/etc/lab.osrelease:/proc/sys/kernel/osrelease' \
        >/etc/systemd/system/kmodkeeper.service.d/lab.conf
    systemctl daemon-reload
    stop_daemon
    start_daemon
}

# check_health: as greenboot runs the scripts in check/required.d.
check_health() {
    local script
    for script in /usr/lib/greenboot/check/required.d/*.sh; do
        run systemd-cat -t "${script##*/}" bash "$script"
        ((status == 0)) || return 0
    done
}

# facts FILTER: what Ansible makes of its local facts, by jq.
facts() { bash -c /usr/share/ansible/collections/ansible_collections/kmodkeeper/kmodkeeper/roles/kmodkeeper/files/kmodkeeper.fact | jq --compact-output "$1"; }

# environment: LAB_LAYER=ready
@test "greenboot's check, Ansible's facts and reboot-if-safe: a kernel that is not ready is red, not safe, and not booted" {
    local log=/run/shutdown
    set_up_grub
    grub_menu "$A"
    runs_kernel "$A"
    run -0 kmodkeeper wait
    check_health
    ((status == 0))
    [ "$(facts '[.reboot.safe, .reboot.exit_status, .status.bootable, (.status.kernels | length)]')" = '[true,0,true,1]' ]

    # As a guard that only warns leaves it.
    configure guard warn
    configure remedies direct
    break_source 4.18.7
    install "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    runs_kernel "$B"
    run kmodkeeper wait
    check_health
    ((status == 15))
    journalctl --sync
    run journalctl --quiet --output cat --identifier 50_kmodkeeper.sh
    assert_line "^kernel $B: driver ixgbevf: build-failed: "
    [ "$(facts '[.reboot.safe, .reboot.exit_status, .status.bootable]')" = '[false,15,false]' ]
    [[ $(facts '.reboot.reasons | join(" ")') == *"kernel $B: driver ixgbevf: build-failed: "* ]]
    run -15 /usr/libexec/kmodkeeper/reboot-if-safe +5
    assert_line "^kernel $B: driver ixgbevf: build-failed: "
    assert_line '^kmodkeeper: not rebooting$'

    # The newest kernel is not ready, and another boots: a reboot is safe, and changes nothing.
    configure guard hold
    grub_menu "$A" "$B"
    run -0 kmodkeeper check --reboot
    run -15 /usr/libexec/kmodkeeper/reboot-if-safe +5
    assert_line '^kmodkeeper: not rebooting$'

    # What cannot be read is not safe.
    stop_daemon
    mv /usr/bin/kmodkeeper /usr/bin/kmodkeeper.gone
    [ "$(facts '[.reboot.safe, .reboot.exit_status, .status]')" = '[false,127,null]' ]
    mv /usr/bin/kmodkeeper.gone /usr/bin/kmodkeeper
    start_daemon

    sed -i '/broken on purpose/d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    run -0 kmodkeeper notify
    wait_for "$B"
    check_health
    ((status == 0))
    # The one on the disk ends this lab.
    mkdir /run/bin
    printf '%s\n' '#!/bin/sh' "echo \"\$*\" >$log" >/run/bin/shutdown
    chmod +x /run/bin/shutdown
    PATH=/run/bin:$PATH run -0 /usr/libexec/kmodkeeper/reboot-if-safe +5 'Updates were installed'
    [ "$(<"$log")" = '-r +5 Updates were installed' ]
}

# environment: LAB_LAYER=ready
# environment: LAB_NO_DAEMON=1
@test "the kickstart example: its %post succeeds only with the driver ready" {
    local post
    post=$(sed -n '/^%post/,/^%end/p' /usr/share/kmodkeeper/examples/kickstart.ks | sed '1d;$d')
    [[ $post == *'kmodkeeper prepare'* ]]
    run -0 bash -c "$post"
    assert_line "/lib/modules/$A/extra/ixgbevf\.ko"

    rm /lib/modules/"$A"/extra/ixgbevf*
    rm -rf /var/lib/kmodkeeper/store /var/lib/dkms/ixgbevf
    break_source 4.18.7
    run -15 bash -c "$post"
    assert_line "^kernel $A: driver ixgbevf: build-failed: "
}

# environment: LAB_LAYER=ready
# long
@test "sos report: has the state, the history and the logs of kmodkeeper, and no private key" {
    local report
    mkdir -p /etc/kmodkeeper/keys
    openssl req -new -x509 -nodes -newkey rsa:2048 -subj /CN=lab -keyout /etc/kmodkeeper/keys/db.key -outform DER \
        -out /etc/kmodkeeper/keys/db.der 2>/dev/null
    sos report --list-plugins | grep -E '^ *kmodkeeper +'
    run -0 sos report --batch --build --only-plugins kmodkeeper --tmp-dir /var/tmp --name lab
    report=$(echo /var/tmp/sosreport-*)
    grep "^   $A  *ready" "$report/sos_commands/kmodkeeper/kmodkeeper_status"
    jq --exit-status '.bootable' "$report/sos_commands/kmodkeeper/kmodkeeper_status_--json"
    grep 'make ready\|verdict ready' "$report/sos_commands/kmodkeeper/kmodkeeper_history"
    grep 'kmodkeeperd' "$report"/sos_commands/kmodkeeper/journalctl_*_kmodkeeper
    grep '\[main\]' "$report/etc/kmodkeeper/kmodkeeper.conf"
    grep 'DKMS\|Building' "$report/var/log/kmodkeeper/$A"/*.log
    run ! grep --recursive 'PRIVATE KEY' "$report"
    [ ! -e "$report/etc/kmodkeeper/keys" ]
}
