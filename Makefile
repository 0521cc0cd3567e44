# kmodkeeper: `make help` lists what there is to make.

DESTDIR     ?=
PREFIX      := /usr
LIBEXECDIR  := $(PREFIX)/libexec/kmodkeeper
DATADIR     := $(PREFIX)/share/kmodkeeper
SYSCONFDIR  := /etc
UNITDIR     := $(PREFIX)/lib/systemd/system
SYSUSERSDIR := $(PREFIX)/lib/sysusers.d
TMPFILESDIR := $(PREFIX)/lib/tmpfiles.d
CATALOGDIR  := $(PREFIX)/lib/systemd/catalog
# Of the hosts to install for; an older one than the newest drop-in's is spared what it does not understand.
SYSTEMD_VERSION ?= 252
DROPINS     := $(shell for file in systemd/kmodkeeper.service.d/systemd-*.conf; do \
                 version=$${file##*-}; [ $${version%.conf} -gt $(SYSTEMD_VERSION) ] || echo $$file; done)
# Where dnf's Python looks for plugins: EL and Debian differ, and so do their Pythons.
DNFPLUGINDIR ?= $(shell /usr/bin/python3 -c 'import dnf, os; print(os.path.dirname(dnf.__file__))' \
                  2>/dev/null || echo /usr/lib/python3/site-packages/dnf)-plugins
YUMPLUGINDIR ?= $(PREFIX)/lib/yum-plugins

MVN         := mvn --batch-mode --no-transfer-progress --quiet
STAGE       := target/stage
MACHINE     := $(shell uname -m)
JAR         := target/kmodkeeper.jar
LAB         := src-test/lab/lab
# A clone for root may lie in another user's directory.
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := safe.directory
export GIT_CONFIG_VALUE_0 := *

SOURCES     := $(shell find daemon/src -type f) pom.xml

.DEFAULT_GOAL := help
.PHONY: help try check unit lint plugins scenarios bench install stage packages format clean

help: ## list what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

try: packages stage ## as root: a real kernel update in a lab, watched from start to end (6 minutes)
	$(LAB) with src-test/lab/demo

check: packages lint unit plugins scenarios ## as root: everything: static checks, tests, lab

unit: packages ## formatting, static analysis and unit tests of the daemon
	mvn --batch-mode --no-transfer-progress verify

lint: packages ## static checks of shell scripts and units
	src-test/lint

plugins: packages ## tests of the yum and dnf plugins
	src-test/python/run

scenarios: packages stage ## as root: the whole-system scenarios
	src-test/lab/check

bench: packages stage ## as root: figures against the targets and against dkms (3 minutes)
	src-test/bench/bench

format: ## format the Java sources
	$(MVN) spotless:apply

packages: ## as root: install what the build and the checks need
	@src-test/lab/packages

$(JAR): $(SOURCES)
	$(MVN) package -DskipTests
	@touch $@

stage: $(JAR)
	@rm -rf $(STAGE)
	@$(MAKE) --no-print-directory install DESTDIR=$(STAGE)

install: $(JAR) ## lay the product out below DESTDIR, as a package would
	install -d $(DESTDIR)$(DATADIR)/lib $(DESTDIR)$(LIBEXECDIR)/native
	install -m 644 $(JAR) $(DESTDIR)$(DATADIR)/
	install -m 644 $$(ls target/lib/*.jar | grep -v native) $(DESTDIR)$(DATADIR)/lib/
	cd target && jar --extract --file lib/jffi-*-native.jar jni/$(MACHINE)-Linux
	install -m 755 target/jni/$(MACHINE)-Linux/libjffi-*.so $(DESTDIR)$(LIBEXECDIR)/native/
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 daemon/dist/bin/kmodkeeper $(DESTDIR)$(PREFIX)/bin/
	install -m 755 daemon/dist/libexec/* $(DESTDIR)$(LIBEXECDIR)/
	install -d $(DESTDIR)$(SYSCONFDIR)/kmodkeeper/drivers.d
	install -m 644 daemon/dist/etc/kmodkeeper.conf $(DESTDIR)$(SYSCONFDIR)/kmodkeeper/
	install -m 644 daemon/dist/etc/drivers.d/*.conf $(DESTDIR)$(SYSCONFDIR)/kmodkeeper/drivers.d/
	install -d $(DESTDIR)$(UNITDIR)
	install -m 644 systemd/*.service systemd/*.socket $(DESTDIR)$(UNITDIR)/
	install -d $(DESTDIR)$(UNITDIR)/kmodkeeper.service.d
	$(if $(DROPINS),install -m 644 $(DROPINS) $(DESTDIR)$(UNITDIR)/kmodkeeper.service.d/)
	install -d $(DESTDIR)$(SYSUSERSDIR)
	install -m 644 systemd/kmodkeeper.sysusers $(DESTDIR)$(SYSUSERSDIR)/kmodkeeper.conf
	install -d $(DESTDIR)$(TMPFILESDIR)
	install -m 644 systemd/kmodkeeper.tmpfiles $(DESTDIR)$(TMPFILESDIR)/kmodkeeper.conf
	install -d $(DESTDIR)$(CATALOGDIR)
	install -m 644 systemd/kmodkeeper.catalog $(DESTDIR)$(CATALOGDIR)/
	install -d $(DESTDIR)$(DNFPLUGINDIR) $(DESTDIR)$(SYSCONFDIR)/dnf/plugins
	install -m 644 yum-plugin/dnf4/kmodkeeper.py $(DESTDIR)$(DNFPLUGINDIR)/
	install -m 644 yum-plugin/dnf4/kmodkeeper.conf $(DESTDIR)$(SYSCONFDIR)/dnf/plugins/
	install -d $(DESTDIR)$(YUMPLUGINDIR) $(DESTDIR)$(SYSCONFDIR)/yum/pluginconf.d
	install -m 644 yum-plugin/yum3/kmodkeeper.py $(DESTDIR)$(YUMPLUGINDIR)/
	install -m 644 yum-plugin/yum3/kmodkeeper.conf $(DESTDIR)$(SYSCONFDIR)/yum/pluginconf.d/

clean: ## remove what was built; the lab's downloads stay in src-test/lab/.cache
	rm -rf target
