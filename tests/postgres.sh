#!/bin/bash
# A private PostgreSQL server for tests: its own folder, its own port on loopback, fsync on.
#
#   tests/postgres.sh start FOLDER [PID]   makes the cluster when new, starts it, prints its URL; with PID, a watchdog
#                                          stops and removes it when that process is gone
#   tests/postgres.sh stop FOLDER          stops it and removes the folder
#   tests/postgres.sh crash FOLDER         stops it as a power cut would; start brings it back
#   tests/postgres.sh url FOLDER           its URL through the unix socket        tcp FOLDER: through loopback
set -eu

action=${1:?start, stop, crash, url or tcp}
folder=${2:?a folder}
password=clinic-secret

bin=
for candidate in "${PG_BIN_DIR:-}" /usr/lib/postgresql/15/bin $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
  if [ -n "$candidate" ] && [ -x "$candidate/initdb" ]; then bin=$candidate; break; fi
done
if [ -z "$bin" ]; then
  echo "PostgreSQL is not installed: apt install postgresql-15, or set PG_BIN_DIR to the folder of initdb." >&2
  exit 1
fi

# The server refuses to run as root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

port() { cat "$folder/port"; }
url() { echo "postgresql://clinicpro:$password@/clinicpro?host=$folder&port=$(port)"; }

make_cluster() {
  mkdir -p "$folder"
  chmod 700 "$folder"
  echo "$password" > "$folder/password"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
  as_owner "$bin/initdb" -D "$folder/data" -U admin --pwfile="$folder/password" -A scram-sha-256 -E UTF8 --locale=C \
    --no-sync > "$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
  cat >> "$folder/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 200
fsync = on
synchronous_commit = on
deadlock_timeout = 100ms
CONF
}

# The program's own role: it owns its database and is no superuser, so that row-level security binds it in every test.
make_role() {
  PGPASSWORD=$password "$bin/psql" -q -v ON_ERROR_STOP=1 -h "$folder" -p "$(port)" -U admin -d postgres \
    -c "CREATE ROLE clinicpro LOGIN PASSWORD '$password' NOSUPERUSER NOBYPASSRLS" \
    -c "CREATE DATABASE clinicpro OWNER clinicpro" > "$folder/role.log" 2>&1 || { cat "$folder/role.log" >&2; exit 1; }
}

free_port() {
  local candidate
  for _ in $(seq 50); do
    candidate=$((20000 + RANDOM % 12000))
    if ! (exec 3<> "/dev/tcp/127.0.0.1/$candidate") 2> /dev/null; then echo "$candidate"; return; fi
  done
  echo "no free port" >&2
  exit 1
}

start_once() {
  as_owner "$bin/pg_ctl" -D "$folder/data" -w -t 30 -l "$folder/server.log" -o "-p $(port)" start > "$folder/ctl.log" 2>&1
}

watch() {  # outlives this script; ends when the folder or the process does
  setsid bash -c 'while kill -0 "$1" 2> /dev/null && [ -d "$2" ]; do sleep 1; done; [ -d "$2" ] && bash "$0" stop "$2"' \
    "$(readlink -f "$0")" "$1" "$folder" < /dev/null > /dev/null 2>&1 &
}

case $action in
  start)
    [ -d "$folder/data" ] || make_cluster
    if [ -f "$folder/port" ]; then
      start_once || { cat "$folder/ctl.log" "$folder/server.log" >&2; exit 1; }
    else
      started=
      for _ in 1 2 3 4 5; do
        free_port > "$folder/port"
        if start_once; then started=yes; break; fi
      done
      [ -n "$started" ] || { cat "$folder/ctl.log" "$folder/server.log" >&2; exit 1; }
      make_role
    fi
    [ -z "${3:-}" ] || watch "$3"
    url
    ;;
  stop)
    as_owner "$bin/pg_ctl" -D "$folder/data" -w -m fast stop > /dev/null 2>&1 || true
    rm -rf "$folder"
    ;;
  crash) as_owner "$bin/pg_ctl" -D "$folder/data" -w -m immediate stop > /dev/null ;;
  url) url ;;
  tcp) echo "postgresql://clinicpro:$password@127.0.0.1:$(port)/clinicpro" ;;
  *) echo "start, stop, crash, url or tcp, not $action" >&2; exit 2 ;;
esac
