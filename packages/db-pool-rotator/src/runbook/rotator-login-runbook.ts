import type { KindRunbook } from '@rekey/secret/kind'

const SAME =
  'The role stays the same, with all that it owns and may give on: only its password is new.'

/** The part of a runbook that the rotator's own logins contribute. */
export const rotatorLoginRunbook: KindRunbook = {
  title: 'Logins of the rotator',
  overlap: () =>
    'One password works at a time. A rotator that is refused takes the other one that the store has, so none has to be restarted.',
  notes: {
    scheduled: SAME,
    emergency: `${SAME} Every session from before is ended at once, those of other rotators too: what one of them was doing stops, and goes on when it is run again. Then rotate each login at that server with \`--compromised\`, since who had this one could act as any service there.`,
    stuck:
      'Since `admit` the new password alone works, which the store has as pending until `promote`. A rotator finds it there.',
    'rolled-back':
      'The old password is set again, and sessions from before are ended. Between the two writes to the store rotators find the one that works there.',
  },
  refused: 'The receipt is written after an attempt to log in with the old password.',
  remedies: [
    [
      '`with a password that it does not have`',
      '`pg_hba.conf` has `trust` or `peer` for this login: have it ask for a password (`scram-sha-256`), reload, and run the rotation again',
    ],
    [
      '`do not end`, with application and address',
      'end these sessions with `select pg_terminate_backend(PROCESS)`, and run the rotation again',
    ],
    [
      'the login cannot be read or written in the store',
      'the rotator needs the right to change it: print its rights again with `rekey rights`',
    ],
  ],
}
