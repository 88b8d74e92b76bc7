import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that database logins contribute. */
export const databaseRunbook: KindRunbook = {
  title: 'Database logins',
  overlap: () =>
    'Both logins work until every pool has switched and the old one has no session on any server of the cluster, seen twice. Then it is dropped.',
  notes: {
    scheduled:
      'A new login role is made in the owner role and must prove equal rights. Pools change to it under load; no query fails.',
    emergency:
      'Sessions of the old login are ended at once: a transaction that runs in one of them fails, and the pool opens the next one with the new login.',
    stuck:
      'Before `promote` pools use the old login, after it the new one. Both work, and both act as the owner role.',
    'rolled-back':
      'Pools use the old login again, and the new one is dropped. Sessions of the new one have a minute (`--deadline-ms`) to end before they are ended.',
  },
  refused:
    'The receipt names the role that no longer exists, and with standbys each server that was asked. As an administrator, `\\du` in `psql` shows one login in the owner role.',
  remedies: [
    [
      '`sessions of`, with a login, applications and addresses',
      'that client holds a session of the old login: end it there. An idle one that PgBouncer keeps ends after its `server_idle_timeout`, or by the statement in the message, at the server that it names',
    ],
    [
      '`did not load both logins`, and a replica',
      'it has not read the new version yet: see its health page. No login was made so far, so nothing is lost by waiting',
    ],
    ['`did not use the new login`, and a replica', 'its pool has not switched'],
    ['`did not use the old login again`, and a replica', 'its pool has not switched back yet'],
    [
      '`standbys that are not listed`, with name and address',
      'add `HOST:PORT` of each to `standbys` of its server in the family, or disconnect it; then run the rotation again',
    ],
    [
      '`the standby at …`, with two positions in the log',
      'it is behind: see `pg_stat_replication` of the server that it follows; the rotation goes on once it has replayed the change',
    ],
    [
      '`the rotator may not see which`',
      '`grant pg_read_all_stats` to the role of the rotator: other servers follow this one',
    ],
    [
      'PgBouncer stands between services and server',
      'see [its page](https://github.com/rekey/rekey/blob/main/docs/runbooks/pgbouncer.md)',
    ],
    [
      '`found and closed`',
      'a version of this secret was replaced by hand: its login is gone. With `--compromised` or `--close-strangers` also other logins, which `alter role … login` opens again',
    ],
    [
      '`found and left open`',
      'these logins can act as the owner role, and the store does not name them: find out whose they are; `--close-strangers` closes them',
    ],
    [
      '`depends on its login`, and a policy or function',
      'it reads `session_user`: rewrite it with `current_user`, and rotate again. Nothing has switched. An emergency reports it and goes on',
    ],
    [
      '`holds a lock`, with application, role and process',
      'that session keeps roles from being changed: end it with `select pg_terminate_backend(PROCESS)`, and rotate again. An emergency ends it by itself',
    ],
    [
      "`is not the rotator's alone`, and objects with their roles",
      'another role has a hand in the journal or the board: give it a database of its own, which the rotator owns (`rekey rights postgres:SERVER`), or drop these objects and rights',
    ],
    [
      '`its lifetime is not known`',
      'the login has a `VALID UNTIL` and the store no time of its version: take the date away, rotate, and set one on the new login',
    ],
  ],
}
