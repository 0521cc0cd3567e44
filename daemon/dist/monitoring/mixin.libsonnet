// The same files for tools that take mixins: https://monitoring.mixins.dev
{
  prometheusAlerts+:: std.parseYaml(importstr 'alerts/kmodkeeper.yaml'),
  prometheusRules+:: std.parseYaml(importstr 'rules/kmodkeeper.yaml'),
  grafanaDashboards+:: { 'kmodkeeper.json': import 'dashboards/kmodkeeper.json' },
}
