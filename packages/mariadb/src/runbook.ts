import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that passwords of MariaDB contribute. */
export const mariaDbRunbook: KindRunbook = {
  title: 'Passwords of MariaDB',
  overlap: ({ validation }) =>
    `The account has both passwords until no replica has used the old one for ${validation}.`,
  notes: {
    scheduled:
      'New connections are opened with the new password; one that was opened with the old one ends when no query uses it.',
    emergency:
      'Every session of the account is killed, those of our replicas too: they connect again with the new password, and a query that was on its way fails.',
    stuck: 'The account has both passwords, and replicas go on with the one that they use.',
    'rolled-back': 'The account has lost the new password, and replicas use the old one again.',
  },
  refused: 'The rotator has logged in with the old password and was refused.',
  remedies: [
    [
      '`cannot end the sessions`',
      'grant the rights that it names to the administrator, and run the same command again',
    ],
    ['`use the new password`, and a replica', 'a connection with the old one is in use: end it'],
    ['`has loaded both passwords`, and a replica', 'it has not loaded the new one'],
  ],
}
