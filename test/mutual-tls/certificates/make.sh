#!/usr/bin/env bash
# Makes the test certificates anew: an authority, its server and clients, and a client of another authority. They are
# worth nothing outside these tests. Needs openssl; valid from 2020 to 2120, whatever the clock of the machine says.
set -euo pipefail
target=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
touch index.txt
cat > openssl.cnf <<'CONFIG'
[ca]
default_ca = tests
[tests]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = policy
preserve = yes
[policy]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[server]
subjectAltName = DNS:localhost, IP:127.0.0.1
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
CONFIG

request() { # NAME SUBJECT
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "${2:-/CN=$1}" -keyout "$1.key.pem" -out "$1.csr" -config /dev/null
}

sign() { # NAME EXTENSIONS END HOW...
  openssl ca -config openssl.cnf -batch -notext -startdate 20200101000000Z -enddate "$3" -extensions "$2" \
    -in "$1.csr" -out "$1.pem" "${@:4}"
}

authority() { # NAME
  request "$1" ""
  sign "$1" authority 21200101000000Z -selfsign -keyfile "$1.key.pem"
}

certificate() { # NAME EXTENSIONS AUTHORITY END [SUBJECT]
  request "$1" "${5:-}"
  sign "$1" "$2" "$4" -cert "$3.pem" -keyfile "$3.key.pem"
}

authority authority
authority other-authority
certificate server server authority 21200101000000Z
certificate client client authority 21200101000000Z '/C=US/O=Example, Inc./OU=Video/OU=Callbacks/CN=client'
certificate neighbour client authority 21200101000000Z '/C=US/O=Example, Inc.\/CN\=client/CN=neighbour/CN=client'
certificate expired-client client authority 20210101000000Z
certificate other-client client other-authority 21200101000000Z

cp authority.pem {server,client,neighbour,expired-client,other-client}{,.key}.pem "$target"
