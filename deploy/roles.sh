#!/bin/sh
# Run once by the postgres image on an empty volume: the two roles of Busy and the database that one of them owns.
# busy_owner migrates. busy_app serves: it owns nothing and is bound by row-level security.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$BUSY_OWNER_PASSWORD" --set app_password="$BUSY_APP_PASSWORD" <<'SQL'
CREATE ROLE busy_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE busy_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB PASSWORD :'app_password';
CREATE DATABASE busy OWNER busy_owner;
SQL
