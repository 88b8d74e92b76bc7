import type { GuardedFile } from './guarded-file.ts'

const ENGINE = 'packages/rekey/src/engine'
const JOURNAL = 'packages/rekey/src/journal'

/** Guards of the journals, of a claim on them, and of what their records tell. */
export const GUARDED_JOURNAL: readonly GuardedFile[] = [
  {
    file: `${JOURNAL}/store-journal.ts`,
    tests: `${JOURNAL}/store-journal.test.ts`,
    guards: [
      [
        'A record of an older claim is a late read, and no other rotator.',
        'if (epoch < first.epoch) throw lateRead(secret)',
        '',
        'is not fenced by a read that shows what the store held before its claim, and asks again',
      ],
    ],
  },
  {
    file: `${JOURNAL}/journal.ts`,
    tests: `${ENGINE}/postpone.test.ts`,
    guards: [
      [
        'A version that was rolled back is not taken for one that nothing has ended.',
        "const wasRolledBack = mode === 'rollback' &&",
        'const wasRolledBack = isNaN(1) &&',
        'a run before that time changes nothing, and an emergency and a roll-back do not wait for it',
      ],
    ],
  },
  {
    file: `${JOURNAL}/with-claim.ts`,
    tests: `${JOURNAL}/with-claim.test.ts`,
    guards: [
      [
        'A rotator that stood still past its lease asks who has the claim.',
        'Math.max(leaseMs / 10, leasedUntil - asked)',
        'Math.max(0, leasedUntil - asked)',
        'R8 a rotator that stood still in a step, and whose secret another has gone on with, ends as fenced',
      ],
      [
        'A journal that was away is not waited for when the lease is over.',
        'if (failure !== undefined && asked >= leasedUntil && !isHeld) throw failure',
        '',
        'R37: a journal that is away, and falls silent once the lease is over, is not waited for',
      ],
    ],
  },
  {
    file: `${JOURNAL}/with-claim.ts`,
    tests: `${JOURNAL}/timely-claim.test.ts`,
    guards: [
      [
        'A reply of the journal counts only while the lease lasts that it is about.',
        'while (clock.elapsed() - asked >= leaseMs) {',
        'while (isNaN(1)) {',
        'R8 a rotator that stood still while the journal confirmed its claim asks again, and changes nothing',
      ],
    ],
  },
  {
    file: 'packages/rekey/src/journal/postgres-journal.ts',
    tests: 'packages/rekey/src/journal/standing-rotators.test.ts',
    guards: [
      [
        'A claim that is not committed keeps no emergency out.',
        'const begin = `${beginTimely(silentMs)}; set',
        'const begin = `begin; set',
        'R37 a rotator that stands still before its claim is committed keeps no emergency out',
      ],
    ],
  },
]
