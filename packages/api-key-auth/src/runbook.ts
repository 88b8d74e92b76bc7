import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that API keys contribute. */
export const apiKeyRunbook: KindRunbook = {
  title: 'API keys',
  overlap: ({ validation, maxOverlap = 'three times that' }) =>
    `Receivers accept both keys until the old one has been silent for ${validation}, and no longer than ${maxOverlap} after \`promote\`, also while it is used.`,
  notes: {
    scheduled:
      'No call fails: every receiver accepts the new key before a sender uses it. If more calls fail with the new key than did with the old one, the rotation is rolled back by itself.',
    emergency:
      'Receivers drop the old key at once. A sender that has not loaded the new one is refused until it has: restart a sender that stays behind.',
    stuck:
      'Before `promote` senders use the old key, after it the new one, and receivers accept both: no call fails while you look for the cause.',
    'rolled-back':
      'Senders use the old key again, and receivers refuse the new one. The old key is then as old as it was before.',
  },
  refused:
    'The receipt names the replicas of the receiver that refuse the key. If you have a copy of what leaked, a call with it is answered with 401.',
  remedies: [
    [
      '`does not send the current key yet`, and a replica',
      'that sender has not loaded the new key',
    ],
    ['`did not accept the new key`, and a replica', 'that receiver has not loaded it'],
    ['`the old key is still in use`', 'the message names the caller: have it read its source'],
    [
      '`stale-or-stolen`',
      'the old key was used after its end: find the caller by the key id and the address; if it is unknown, rotate with `--compromised`',
    ],
  ],
}
