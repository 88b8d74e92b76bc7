import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that logins of RabbitMQ contribute. */
export const rabbitMqRunbook: KindRunbook = {
  title: 'Logins of RabbitMQ',
  overlap: ({ validation }) =>
    `Both users are there until no replica has used the old one for ${validation}, and none of its connections is left.`,
  notes: {
    scheduled:
      'Each replica opens a connection with the new user, with its channels and consumers, before it closes the old one.',
    emergency:
      'The old user is deleted, which closes its connections at once: messages that were not confirmed are sent again by the service, or lost.',
    stuck: 'Both users are there, and replicas go on with the one that they use.',
    'rolled-back': 'The new user is deleted, and replicas use the old one again.',
  },
  refused: 'The broker has refused a login of the old user.',
  remedies: [
    [
      '`sessions of`, with a user and clients',
      'a client that does not follow the login: have it connect anew, or restart it',
    ],
    [
      '`the two logins have other rights`',
      'the permissions of the old user changed meanwhile: run the same command again',
    ],
  ],
}
