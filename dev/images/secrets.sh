# shellcheck shell=bash
# The package settings of this machine, as build secrets: a Dockerfile mounts them where it installs something, and nothing
# of them stays in an image. All are optional: a machine without a proxy or a private certificate needs none.
#   ca   certificate bundle              target /etc/ssl/certs/ca-certificates.crt
#   apt  Acquire settings                target /etc/apt/apt.conf.d/99host
#   pip  pip's configuration             target /etc/pip.conf
#   npm  npm's configuration             target /etc/npmrc  (NPM_CONFIG_GLOBALCONFIG=/etc/npmrc)

CA_IN_IMAGE=/etc/ssl/certs/ca-certificates.crt

host_ca() {
  local file
  for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [ -f "$file" ]; then echo "$file"; return; fi
  done
}

# build_secrets FOLDER: writes the files into FOLDER (the caller removes it) and sets the array SECRETS
build_secrets() {
  local folder=$1 ca
  SECRETS=()
  ca=$(host_ca)
  if [ -n "$ca" ]; then SECRETS+=(--secret "id=ca,src=$ca"); fi

  if command -v apt-config >/dev/null; then
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check-Valid-Until|Check-Date)[: ]' >"$folder/apt" || true
    echo 'Acquire::Retries "3";' >>"$folder/apt"
    SECRETS+=(--secret "id=apt,src=$folder/apt")
  fi

  # names like global.index-url and :env:.index-url; paths of this machine mean nothing inside
  { echo "[global]"
    if command -v pip >/dev/null; then
      pip config list 2>/dev/null | sed -nE "s/^(global|user|site|:env:)\.(index-url|extra-index-url|trusted-host|proxy|default-timeout|retries)='(.*)'$/\2 = \3/p" | sed 's/^default-timeout/timeout/' | sort -u -t= -k1,1
    fi
    if [ -n "$ca" ]; then echo "cert = $CA_IN_IMAGE"; fi
  } >"$folder/pip"
  SECRETS+=(--secret "id=pip,src=$folder/pip")

  { if command -v npm >/dev/null; then
      cat "$(npm config get globalconfig)" "$(npm config get userconfig)" 2>/dev/null | sed -nE '/^(registry|proxy|https-proxy|noproxy|strict-ssl|@[^:]*:registry|\/\/.*)[ =:]/p'
    fi
    if [ -n "$ca" ]; then echo "cafile=$CA_IN_IMAGE"; fi
  } >"$folder/npm"
  SECRETS+=(--secret "id=npm,src=$folder/npm")
}
