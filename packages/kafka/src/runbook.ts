import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that logins of Kafka contribute. */
export const kafkaRunbook: KindRunbook = {
  title: 'Logins of Kafka',
  overlap: ({ validation }) =>
    `Both users are there until every replica reports that none of its clients has the old one, and none logged in with it for ${validation}.`,
  notes: {
    scheduled:
      'Each replica opens clients with the new user before it closes those of the old one, once they have sent what they had.',
    emergency:
      'The ACLs of the old user are deleted, so that its open connections may do nothing more, and then its credentials.',
    stuck: 'Both users are there, and replicas go on with the one that they use.',
    'rolled-back': 'The new user is deleted, and replicas use the old one again.',
  },
  refused: 'Each broker has refused a login of the old user, and no ACL names it.',
  remedies: [
    [
      '`the two logins have other rights`',
      'the ACLs or quotas of the old user changed meanwhile: run the same command again',
    ],
    [
      '`the brokers do not agree yet`',
      'a broker has not got the change of the controller: run the same command again',
    ],
  ],
}
