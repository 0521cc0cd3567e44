# The distribution's own Prometheus and node_exporter watch a host with kmodkeeper. They listen on this lab's loopback, which
# is that of its own network alone.
load lab

share=/usr/share/kmodkeeper-monitoring
textfiles=/var/lib/prometheus/node-exporter
prom=$textfiles/kmodkeeper.prom

# watch_host: from now on Prometheus scrapes each second, by these rules. Those of a copy, in which an alert fires after 3
# seconds instead of minutes, and a hold is too long after 1 second instead of 7 days; that the real times are kept is for
# promtool, in src-test/monitoring.
watch_host() {
    mkdir /run/prometheus
    sed 's/\bfor: .*/for: 3s/; s/> 7 \* 86400/> 1/' "$share/alerts/kmodkeeper.yaml" >/run/prometheus/alerts.yaml
    printf '%s\n' 'global:' '  scrape_interval: 1s' '  evaluation_interval: 1s' \
        'rule_files:' '  - /run/prometheus/alerts.yaml' "  - $share/rules/kmodkeeper.yaml" \
        'scrape_configs:' '  - job_name: node' '    static_configs:' '      - targets: [127.0.0.1:9100]' >/run/prometheus/prometheus.yml
    echo 'ARGS="--web.listen-address=127.0.0.1:9100"' >/etc/default/prometheus-node-exporter
    systemctl start prometheus-node-exporter.service
    systemd-run --quiet --unit lab-prometheus prometheus --config.file=/run/prometheus/prometheus.yml \
        --storage.tsdb.path=/run/prometheus/data --web.listen-address=127.0.0.1:9090
    await up '{"__name__": "kmodkeeper_up", "instance": "127.0.0.1:9100", "job": "node"} 1'
}

up() { ./ask-prometheus query kmodkeeper_up 2>/dev/null; }

# firing: the alerts that fire, in one line.
firing() { ./ask-prometheus firing | xargs; }

# silent: dashboard panels with a query that has no data.
silent_panels() { ./ask-prometheus dashboard "$share/dashboards/kmodkeeper.json"; }

# sample METRIC: its lines in the file, without the name.
sample() { sed -n "s/^$1\({[^}]*}\)\? /\1 /p" "$prom"; }

# environment: LAB_LAYER=ready
@test "a driver breaks and is mended: each alert fires and clears, and every query of the dashboard has data" {
    set_up_grub
    grub_menu "$A"
    openssl req -new -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=lab -keyout /root/key -outform DER -out /root/key.der 2>/dev/null
    configure certificates /root/key.der
    watch_host
    run -0 kmodkeeper wait
    run -0 promtool check metrics <"$prom"
    [ "$(stat --format '%U %a' "$prom")" = 'root 644' ]
    await firing KmodkeeperCertificateEnds
    configure certificates ''
    await firing ''

    break_source 4.18.7
    install "$B"
    grub_menu "$B" "$A"
    wait_for "$B"
    ((status == 15))
    # Its verdict is missing at first, and building in between.
    await firing 'KmodkeeperDriverNotReady KmodkeeperHoldTooLong'
    run -15 kmodkeeper preflight --kernel "$C"
    await firing 'KmodkeeperDriverNotReady KmodkeeperHoldTooLong KmodkeeperNextKernelBreaksDriver'
    configure certificates /root/key.der
    await silent_panels ''
    configure certificates ''

    configure guard warn
    run -0 kmodkeeper guard release
    await firing 'KmodkeeperDriverNotReady KmodkeeperNextKernelBreaksDriver KmodkeeperRebootUnsafe'
    run ./ask-prometheus query 'ALERTS{alertname="KmodkeeperDriverNotReady"}'
    assert_line "\"driver\": \"ixgbevf\".*\"kernel\": \"$B\""

    sed -i '/broken on purpose/d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c
    run -0 kmodkeeper notify
    wait_for "$B"
    run -0 kmodkeeper preflight
    await firing ''
    run cat "$prom"
    assert_line '^kmodkeeper_attempts_total\{remedy="dkms",outcome="build-failed"\} [1-9]'

    # The series of a kernel goes with it.
    erase_kernel "$B"
    grub_menu "$A"
    run -0 kmodkeeper notify
    run -0 kmodkeeper wait
    await series_of_b ''
}

series_of_b() { sample 'kmodkeeper_kernel_bootable' | grep -F "$B" || true; }

# environment: LAB_LAYER=ready
# long
@test "the daemon is stopped, hangs, or its passes fail: the alert of a silent one fires" {
    configure resync 5s
    watch_host
    await firing ''

    stop_daemon
    await firing KmodkeeperSilent
    [ "$(sample kmodkeeper_up)" = ' 0' ]
    start_daemon
    await firing ''

    # It has written nothing of that.
    systemctl kill --signal STOP --kill-who main kmodkeeper.service
    await firing KmodkeeperSilent
    [ "$(sample kmodkeeper_up)" = ' 1' ]
    systemctl kill --signal CONT --kill-who main kmodkeeper.service
    await firing ''

    rm /run/kmodkeeper/change.lock
    mkdir /run/kmodkeeper/change.lock
    await firing KmodkeeperSilent
    [ "$(sample kmodkeeper_last_pass_success)" = ' 0' ]
}

# environment: LAB_LAYER=ready
# long
@test "the disk of the metrics is full or gone: told once, and nothing is lost" {
    run -0 kmodkeeper wait
    mount -t tmpfs -o size=4k,mode=755 small "$textfiles"
    run ! sh -c "cat /dev/zero >$textfiles/ballast"
    mark
    break_source 4.18.7
    install "$B"
    wait_for "$B"
    [ ! -e "$prom" ]
    [ -z "$(find "$textfiles" -name '*kmodkeeper*')" ]
    [ "$(journal | grep -c 'cannot write metrics')" -eq 1 ]

    rm "$textfiles/ballast"
    mount -o remount,size=1m "$textfiles"
    run -0 kmodkeeper notify
    run kmodkeeper wait
    await failures ' 1'
    umount "$textfiles"

    configure metrics /srv/textfiles
    run kmodkeeper wait
    mkdir /srv/textfiles
    [ "$(journal | grep -c 'cannot write metrics')" -eq 2 ]
    [ ! -e "$prom" ]
}

failures() { sample 'kmodkeeper_attempts_total' | sed -n 's/^{remedy="direct",outcome="build-failed"}//p'; }
