import type { GuardedFile } from './guarded-file.ts'

const SOURCES = 'packages/db-pool-rotator/src'

/** Guards of the roles of a database: how a login is made, compared, closed and dropped. */
export const GUARDED_ROLES: readonly GuardedFile[] = [
  {
    file: `${SOURCES}/roles/admit-login.ts`,
    tests: `${SOURCES}/roles/logins.test.ts`,
    guards: [
      [
        'No role of another gets a password.',
        'await requireOurs(admin, login, ownerRole)\n',
        '',
        'is refused under a name that is not free, reserved or too long',
      ],
      [
        'An owner role is no administrator, and cannot log in.',
        'requireOwnerRole(await requireRole(admin, ownerRole))',
        'await requireRole(admin, ownerRole)',
        'is refused for an owner that can log in, and with a password that needs preparation',
      ],
      [
        'Only in an emergency a login is made without all that the old one had.',
        'isEmergency ? ifAllowed : always',
        'ifAllowed',
        'R56: makes a login in an emergency without the role and the setting of the old one that it may not pass on',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/scram-verifier.ts`,
    tests: `${SOURCES}/roles/logins.test.ts`,
    guards: [
      [
        'A password that a client would change is not set.',
        'if (!/^[\\x21-\\x7e]+$/.test(text)) {',
        'if (text === "") {',
        'is refused for an owner that can log in, and with a password that needs preparation',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/scram-iterations.ts`,
    tests: `${SOURCES}/roles/logins.test.ts`,
    guards: [
      [
        'No verifier of hours is computed for the policy of a database.',
        'if (isTooMuch && !isEmergency) throw tooMuch(policy)\n',
        '',
        'R64: computes no verifier of hours, neither for a login nor for the policy of its database',
      ],
      [
        'A verifier has no fewer iterations than the one before.',
        'isTooMuch ? 0 : policy, most)',
        'isTooMuch ? 0 : policy)',
        'R64: has no fewer SCRAM iterations than the old login, which is asked without a session, up to a limit',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/login-lifetime.ts`,
    tests: `${SOURCES}/roles/logins.test.ts`,
    guards: [
      [
        'A login of which the lifetime is not known has no successor.',
        'if (laterMs === undefined) {',
        'if (is === undefined) {',
        'R40: is not made where the lifetime of the one before is not known or over, and the remedy works',
      ],
      [
        'A login that would be over at once is not made.',
        'if (!is.isOver) return until',
        'return until',
        'R40: is not made where the lifetime of the one before is not known or over, and the remedy works',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/role-name.ts`,
    tests: `${SOURCES}/roles/hostile-names.test.ts`,
    guards: [
      [
        'No role is made under a name that cannot be read.',
        '  requireReadable(name)\n',
        '',
        'S28: a name with a character that cannot be read is refused wherever a role is made or adopted',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/compare-logins.ts`,
    tests: `${SOURCES}/roles/compare-logins.test.ts`,
    guards: [
      [
        'A role of which PostgreSQL keeps no list of rights is not compared.',
        'if (role.oid >= FIRST_USER_ROLE) return role',
        'return role',
        'cannot be compared if one came with PostgreSQL, or is not there',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/compare-logins.ts`,
    tests: `${SOURCES}/roles/compare-databases.test.ts`,
    guards: [
      [
        'Rights are compared on the server that was meant.',
        'await requireSame(client, database, pair)\n',
        '',
        'are refused when the access to another database leads elsewhere',
      ],
      [
        'Logins are not equal where what one holds cannot be seen.',
        "return [{ kind: 'unseen', object, database, first: first ?? '', second: second ?? '' }]",
        'return []',
        'are not called equal when a database that names them cannot be entered',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/revoke-login.ts`,
    tests: `${SOURCES}/roles/revoke-login.test.ts`,
    guards: [
      [
        'A session that came while a login was dropped is ended.',
        'const survivors = await endSessions(home, { ...revocation, ...closed, deadlineMs: 0 })',
        'const survivors = 0',
        'R19: has a session ended that was logging in when it was closed, and is seen once it is dropped',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/end-sessions.ts`,
    tests: `${SOURCES}/roles/revoke-login.test.ts`,
    guards: [
      [
        'One look without a session does not end the wait.',
        'if (silent === LOOKS)',
        'if (silent === 1)',
        'R19: is not taken for silent after one look without a session',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/drop-login.ts`,
    tests: `${SOURCES}/roles/revoke-login.test.ts`,
    guards: [
      [
        'No login is dropped that is named anywhere on the server.',
        'if (blockers.length > 0) throw await blocked(home, login, blockers, reassignTo)\n',
        '',
        'R22: is kept for what DROP ROLE overlooks: memberships it gave, prepared transactions',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/end-earlier.ts`,
    tests: `${SOURCES}/rotate/rotator-login-kind.test.ts`,
    guards: [
      [
        'A session that works is not ended before its deadline.',
        "where a.state = 'idle' or $4",
        'where $4 is not null',
        'ends idle sessions of other processes from before, and waits for one that works',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/drop-login.ts`,
    tests: `${SOURCES}/roles/revoke-login.test.ts`,
    guards: [
      [
        'No login is dropped that has a session.',
        'await requireSilent(home, login, role.oid)',
        '',
        'R6: after its sessions were ended does not drop a role that is in use again',
      ],
    ],
  },
  {
    file: `${SOURCES}/roles/close-login.ts`,
    tests: `${SOURCES}/roles/revoke-login.test.ts`,
    guards: [
      [
        'No login of an administrator is closed.',
        'if (!role.rolsuper && own?.name !== login) return role',
        'return role',
        'is never an administrator',
      ],
    ],
  },
]
