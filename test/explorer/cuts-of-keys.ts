import type { GuardedFile } from './guarded-file.ts'

const KEYS = 'packages/api-key-auth/src/rotate'

/** Guards of API keys. */
export const GUARDED_KEYS: readonly GuardedFile[] = [
  {
    file: `${KEYS}/switch-keys.ts`,
    tests: `${KEYS}/fleet-troubles.test.ts`,
    guards: [
      [
        'A sender that is listed and does not answer has not switched.',
        'return ack !== undefined && versionIn(',
        'return ack === undefined || versionIn(',
        'R65 a listed sender that does not answer has not switched: stuck at confirm, nothing is revoked',
      ],
    ],
  },
  {
    file: `${KEYS}/switch-keys.ts`,
    tests: `${KEYS}/switch-watched.test.ts`,
    guards: [
      [
        'The end of the overlap ends no wait for a sender that has not switched.',
        'switchedAt === undefined ? -Infinity :',
        'switchedAt === undefined ? 0 :',
        'a switch without a validation period waits for a sender that sends the old key',
      ],
    ],
  },
  {
    file: `${KEYS}/prove-api-key.ts`,
    tests: `${KEYS}/api-key-kind.test.ts`,
    guards: [
      [
        'Every receiver accepts a call with the new key.',
        'if (late.length === 0) return\n',
        'if (accepted > 0 || late.length === 0) return\n',
        'R24 a receiver that is started after all had acknowledged, and sees an old store, is waited for',
      ],
      [
        'A receiver that refuses the key which it has loaded ends the rotation.',
        'await requireNoRefusal(link, { candidate, late }, context)',
        '',
        'rolls the rotation back when a receiver that reported the key as accepted refuses it',
      ],
    ],
  },
  {
    file: `${KEYS}/api-key-kind.ts`,
    tests: `${KEYS}/late-uses.test.ts`,
    guards: [
      [
        'A key that leaked does not return, whatever its end does.',
        'const isGone = context.compromised || hasExpired(',
        'const isGone = hasExpired(',
        'does not return a key that leaked, whatever still uses it',
      ],
      [
        'Uses before the end of a key are not late.',
        'await context.saveProgress({ dropped: await takeBaseline(link, previous, context) })',
        '',
        'R32 what was counted of a key before a rotation was rolled back does not count in the next one',
      ],
    ],
  },
  {
    file: `${KEYS}/api-key-kind.ts`,
    tests: `${KEYS}/removal-watched.test.ts`,
    guards: [
      [
        'Of several versions that end, every one is refused by all.',
        'revoked.every((version) =>',
        'revoked.some((version) =>',
        'a lost version that a receiver keeps and another one that none keeps are not closed',
      ],
    ],
  },
]
