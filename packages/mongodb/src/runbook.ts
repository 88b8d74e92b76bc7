import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that logins of MongoDB contribute. */
export const mongoDbRunbook: KindRunbook = {
  title: 'Logins of MongoDB',
  overlap: ({ validation }) =>
    `Both users are there until no replica has used the old one for ${validation}, and none of its connections is left.`,
  notes: {
    scheduled:
      'Each replica logs in with the new user before it closes its connections of the old one, which waits for its operations, cursors and transactions.',
    emergency:
      'The old user is dropped and its sessions are killed: what runs as it fails, until the replica has the new login from the store.',
    stuck: 'Both users are there, and replicas go on with the one that they use.',
    'rolled-back': 'The new user is dropped, and replicas use the old one again.',
  },
  refused: 'The server has refused a login of the old user.',
  remedies: [
    [
      '`sessions of`, with a user and clients',
      'a client that does not follow the login: have it connect anew, or restart it',
    ],
    [
      '`the two logins have other rights`',
      'the roles of the old user changed meanwhile: run the same command again',
    ],
    [
      '`lists no sessions, not even the one that asks`',
      'the server is not mongod: declare `listsSessions: false`, and see to clients that do not follow yourself',
    ],
  ],
}
