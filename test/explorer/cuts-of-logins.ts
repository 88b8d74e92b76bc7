import type { GuardedFile } from './guarded-file.ts'

const SOURCES = 'packages/db-pool-rotator/src'

/** Guards of the rotation of a login, and of the one that a rotator has itself. */
export const GUARDED_LOGINS: readonly GuardedFile[] = [
  {
    file: `${SOURCES}/rotate/rotator-login-kind.ts`,
    tests: `${SOURCES}/rotate/rotator-login-kind.test.ts`,
    guards: [
      [
        'A password that a session set before it was ended does not stay.',
        'if (context.compromised) await setPassword(server, kept, context)\n',
        '',
        'when it has leaked, ends at once what works with it, and replaces the password that such a session has set',
      ],
      [
        'The server refuses the old password of a rotator before there is a receipt.',
        'await server.requireRefused(left.value.map(parseDatabaseUrl), context)\n',
        '',
        'writes no receipt while the server lets in with the old password',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/database-kind.ts`,
    tests: `${SOURCES}/rotate/database-kind.test.ts`,
    guards: [
      [
        'A login with the rights of the old one alone is promoted.',
        'await requireEqual(place, [reference, candidate], context)\n',
        '',
        'R16 refuses to promote a login whose rights differ, and names what differs',
      ],
      [
        'What asks who logs in would change with each login.',
        "if (second.stage === 'pending') {",
        "if (second.stage === 'previous') {",
        'R41 stops before the switch where row security reads session_user, names the policy in plan and error, goes on once it is rewritten, and rolls back all the same',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/database-kind.ts`,
    tests: `${SOURCES}/rotate/database-receipts.test.ts`,
    guards: [
      [
        'What is lost is attested only where no other login is left.',
        'const isAlone = (await server.strangers({ ownerRole, known })).length === 0',
        'const isAlone = true',
        'R33 a journal without accounts closes nothing plainly, and proves nothing of what is lost',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/database-server.ts`,
    tests: `${SOURCES}/rotate/database-receipts.test.ts`,
    guards: [
      [
        'A login and its receipt end in one transaction.',
        'if (this.#journalOnServer && transaction !== undefined)',
        'if (false)',
        'R33 a login and its receipt end in one transaction: where that fails, there is neither',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/database-server.ts`,
    tests: `${SOURCES}/rotate/database-kind.test.ts`,
    guards: [
      [
        'No login is swept away that is in use.',
        'if (used.length > 0) throw inUse(used)\n',
        '',
        'sweeps away a login of a version that left the store, unless it is in use, and none of another family',
      ],
      [
        'A login that cannot log in is not promoted.',
        'if (!context.compromised || !isFull) throw error\n',
        '',
        'R15 rolls back when the new login cannot log in, and the pool never notices',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/cluster.ts`,
    tests: `${SOURCES}/rotate/standbys.test.ts`,
    guards: [
      [
        'A standby has replayed a change before it is asked about it.',
        'await awaitReplay({ client, at, target, deadlineMs: this.#deadlineMs }, context)\n',
        '',
        'switches no service while a standby does not have the new login, and names it',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/listed-standbys.ts`,
    tests: `${SOURCES}/rotate/standbys.test.ts`,
    guards: [
      [
        'No standby is overlooked since the rotator may not see it.',
        'if (followers.some(({ maySee }) => !maySee)) throw mayNotSee()\n',
        '',
        'does not take standbys that it may not see for none, and names the right',
      ],
      [
        'Only what follows the server is a standby.',
        'where a.datname is null and r.state',
        'where r.state',
        'takes neither an archive of the log nor logical replication for a standby',
      ],
    ],
  },
  {
    file: `${SOURCES}/rotate/database-server.ts`,
    tests: `${SOURCES}/rotate/standbys.test.ts`,
    guards: [
      [
        'No login is called revoked while a standby is not listed.',
        'return requireListed(this.#cluster, context, this.#deadlineMs)',
        'return Promise.resolve()',
        'calls no leaked version revoked while a standby is not listed: closes it, and goes on once it is listed',
      ],
    ],
  },
]
