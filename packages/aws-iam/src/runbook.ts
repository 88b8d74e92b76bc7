import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that access keys of AWS IAM contribute. */
export const awsAccessKeyRunbook: KindRunbook = {
  title: 'Access keys of AWS IAM',
  overlap: ({ validation }) =>
    `AWS accepts both keys until no replica has used the old one for ${validation}.`,
  notes: {
    scheduled: 'Each replica signs its next request with the new key.',
    emergency: 'The old key is deleted as soon as the new one is in the store.',
    stuck: 'AWS accepts both keys, and replicas go on with the one that they use.',
    'rolled-back': 'The new key is deleted, and replicas use the old one again.',
  },
  refused: 'AWS has refused a request that was signed with the old key.',
  remedies: [
    [
      '`has two access keys`',
      'the same user has a second key: delete the one that is not in the store',
    ],
    [
      '`which is used and not in the store`',
      'another program uses a key of the same user: give it a user of its own, and delete the key',
    ],
  ],
}
