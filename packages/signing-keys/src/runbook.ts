import type { KindRunbook } from '@rekey/secret/kind'

/** Returns the part of a runbook that secrets which sign contribute. */
export function signingRunbook(title: string): KindRunbook {
  return {
    title,
    overlap: () =>
      'What the old one signed is accepted for as long as it may live, `lifeMs` of the family, after the last replica has changed over.',
    notes: {
      scheduled:
        'Every session goes on. A long wait ends the run: `rekey status` shows when it goes on, and a scheduled run does that.',
      emergency:
        'The old one ends at once: every session, cookie and token that it signed is refused, and people log in again.',
      stuck: 'What both versions signed is accepted.',
      'rolled-back': 'What the new one signed is accepted until it has reached its end.',
    },
    refused: 'Every replica has dropped the old one, and refuses what it signed.',
    remedies: [
      [
        '`does not publish the new key`',
        'the address of the family gives an older set: look at caches in front of the service',
      ],
      [
        '`did not use the new one`',
        'the replica has the secret, and no `follow…` of it: add it, and restart the replica',
      ],
    ],
  }
}

/** The part of a runbook that secrets of webhooks contribute. */
export const webhookRunbook: KindRunbook = {
  ...signingRunbook('Secrets of webhooks'),
  overlap: () =>
    'Both sign each message for `overlapMs` of the family after the last replica has changed over: give receivers the new one in that time.',
  notes: {
    scheduled:
      'No receiver refuses a message that has the new one in time. A long wait ends the run: `rekey status` shows when it goes on.',
    emergency:
      'The old one ends at once: give every receiver the new one, which refuses each message until then.',
    stuck: 'Both sign.',
    'rolled-back':
      'Both sign for `overlapMs`: give receivers that have the new one the old one again.',
  },
  refused: 'Every replica has dropped the old one, and signs no more by it.',
}

/** The part of a runbook that keys of fields contribute. */
export const fieldRunbook: KindRunbook = {
  ...signingRunbook('Keys of encrypted fields'),
  overlap: () =>
    'The old one is kept until each replica that counts has found no data under it, twice: `rekey rotate` shows how many rows are left.',
  notes: {
    scheduled:
      'New data is encrypted by the new one, old data is read. The replicas encrypt it anew, and a scheduled run goes on once that is done.',
    emergency:
      'The old one ends once no data is left under it: no replica could read that data any more. Who has a copy of the data and the old one reads it for ever.',
    stuck: 'Data under either version is read.',
    'rolled-back':
      'What the new one encrypted is encrypted anew by the old one, and then the new one ends.',
  },
  refused:
    'Every replica has dropped the old one. A backup that is older has data under it: keep the old one with the backup.',
  remedies: [
    ...signingRunbook('').remedies.slice(1),
    [
      '`no replica counts the data that is left`, `has no count of what is left`',
      'give `followFieldKey` a `reencrypt` that returns a number, and read the log of the replica for its error',
    ],
  ],
}
