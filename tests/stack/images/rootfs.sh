#!/bin/sh
# Makes one Debian root file system for a test image: rootfs.sh SUITE DIR MIRROR PACKAGE...
#
# When DIR already holds a system, only the packages are added. Run it under
# `unshare --mount`: the mounts below then vanish with this process, so that
# nobody can ever delete the machine's own /dev through a forgotten bind mount.
set -eu
suite=$1 dir=$2 mirror=$3
shift 3

if [ ! -d "$dir/usr" ]; then
	# the script is named outright because an older debootstrap does not know newer suites
	debootstrap --variant=minbase "$suite" "$dir" "$mirror" /usr/share/debootstrap/scripts/sid
fi

# whoever made the folder may have had a narrow umask, and this becomes the root of the image
chmod 755 "$dir"
mount -t proc proc "$dir/proc"
mount --rbind /dev "$dir/dev"
# without this answer ("not allowed") packages try to start their servers while installing
printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
chmod 755 "$dir/usr/sbin/policy-rc.d"
# the entry script makes the cluster, where and as the official image does
mkdir -p "$dir/etc/postgresql-common"
echo 'create_main_cluster = false' >"$dir/etc/postgresql-common/createcluster.conf"
# a mirror may be older than a release file's validity; its signature is checked all the same
cat >"$dir/etc/apt/apt.conf.d/90holdfast" <<-EOF
	Acquire::Check-Valid-Until "false";
	APT::Install-Recommends "false";
	Dpkg::Options:: "--force-unsafe-io";
EOF

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$dir" apt-get -q update
chroot "$dir" apt-get -q -y install locales "$@"
# the official images run in en_US.utf8, and a cluster's locale is part of what is backed up
chroot "$dir" localedef -i en_US -f UTF-8 en_US.UTF-8
chroot "$dir" apt-get clean
rm -rf "$dir"/var/lib/apt/lists/* "$dir"/var/cache/apt/*.bin "$dir"/var/log/*.log "$dir"/usr/share/doc/* \
	"$dir"/usr/share/man/* "$dir"/usr/share/info/* "$dir"/usr/share/locale/*
