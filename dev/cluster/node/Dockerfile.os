# The operating system of a node; the images that run in every cluster take iptables and busybox from it.
FROM debian:bookworm-slim
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host \
    export DEBIAN_FRONTEND=noninteractive && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends systemd containerd runc containernetworking-plugins \
      iptables nftables conntrack ipset iproute2 ethtool kmod mount util-linux procps jq bash busybox-static \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc /usr/share/man /usr/share/locale \
 # a container has no devices, consoles or sockets of its own to look after
 && rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* \
      /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/sockets.target.wants/*udev* \
      /lib/systemd/system/sockets.target.wants/*initctl* /lib/systemd/system/basic.target.wants/* \
      /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service \
 && echo ReadKMsg=no >> /etc/systemd/journald.conf \
 && ln -sf /lib/systemd/systemd /sbin/init && mkdir -p /opt/cni && ln -s /usr/lib/cni /opt/cni/bin
