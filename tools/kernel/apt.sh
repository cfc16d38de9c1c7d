# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced after common.sh: Debian's packages through an apt configuration of
# our own. It has its own source list and its own index files below the cache,
# so neither the sources nor the indexes of the machine change, and looking for
# and downloading packages needs no root.
#
# The list holds the Debian archives that this machine already uses, plus the
# backports of its release from the same mirror.

APT_DIR=$CACHE/apt
APT_CONF=$APT_DIR/apt.conf

# The codename of this Debian release, or status 1 on any other system.
debian_codename() {
	[ -r /etc/os-release ] || return 1
	# shellcheck disable=SC1091
	(. /etc/os-release && [ "${ID:-}" = debian ] &&
		[ -n "${VERSION_CODENAME:-}" ] && echo "$VERSION_CODENAME")
}

# "SITE RELEASE" of each Debian archive that this machine's apt knows, whether
# or not it has fetched its index.
apt_archives() {
	# shellcheck disable=SC2016  # apt's variables
	apt-get indextargets --no-release-info --format '$(SITE) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		awk -v name="$1" '$3 == "main" && ($2 == name || index($2, name "-") == 1 ||
			$2 == "stable" || index($2, "stable-") == 1) { print $1, $2 }' |
		sort -u
}

# The mirror of this machine's release, given the lines of apt_archives.
apt_mirror() {
	local codename=$1 archives=$2 mirror
	mirror=$(awk -v name="$codename" '$2 == name || $2 == "stable" { print $1; exit }' <<<"$archives")
	[ -n "$mirror" ] ||
		die "apt knows no Debian archive of $codename main: add one to its sources"
	echo "$mirror"
}

# Write the configuration; the source list is standard input, "SITE RELEASE" a line.
apt_write() {
	local keyring options='' site release
	for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ -r "$keyring" ] && options=" [signed-by=$keyring]" && break
	done
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/archives/partial"
	while read -r site release; do
		echo "deb$options $site $release main"
	done >"$APT_DIR/sources.list"
	cat >"$APT_CONF" <<-END
		Dir::Etc::SourceList "$APT_DIR/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$APT_DIR/lists";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
	END
}

# The archives of this machine, or, for a package that only another release has,
# that release alone (APT_RELEASE) from the same mirror.
apt_configure() {
	local codename archives mirror
	codename=$(debian_codename) || die "this is not Debian"
	archives=$(apt_archives "$codename")
	mirror=$(apt_mirror "$codename" "$archives")
	if [ -n "${APT_RELEASE-}" ]; then
		echo "$mirror $APT_RELEASE"
	else
		echo "$archives"
		grep -q -- "-backports$" <<<"$archives" || echo "$mirror $codename-backports"
	fi | apt_write
}

# Fetch the package indexes: once, and again only when asked for.
apt_update() {
	[ -e "$APT_DIR/updated" ] && return
	apt_configure
	say "reading Debian's package lists into $APT_DIR"
	quietly "$APT_DIR/update.log" apt-get -c "$APT_CONF" -q update
	touch "$APT_DIR/updated"
}

apt_names() {
	apt-cache -c "$APT_CONF" pkgnames "$1"
}

# The newest version of a package in a release, or in any when none is given.
apt_version() {
	apt-cache -c "$APT_CONF" policy "$1" | awk '$1 == "Candidate:" { print $2 }'
}

# Download packages (NAME or NAME=VERSION) into a directory.
apt_download() {
	local dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && quietly "$APT_DIR/download.log" apt-get -c "$APT_CONF" -q download "$@")
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		command -v sudo >/dev/null ||
			die "installing packages needs root and there is no sudo: as root, run: $*"
		sudo "$@"
	fi
}

# Install packages; a first argument of -t RELEASE prefers that release.
apt_install() {
	say "installing: $*"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -c "$APT_CONF" -q -y \
		install --no-install-recommends "$@" >"$APT_DIR/install.log" 2>&1 || {
		tail -n 20 "$APT_DIR/install.log" >&2
		die "apt could not install $* (whole output: $APT_DIR/install.log)"
	}
}

# Those of the named packages that are not installed.
apt_missing() {
	local have
	have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		sed -n 's/ installed$//p' || true)
	printf '%s\n' "$@" | grep -vxF -f <(echo "$have") || true
}
