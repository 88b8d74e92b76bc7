import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that passwords of Redis contribute. */
export const redisRunbook: KindRunbook = {
  title: 'Passwords of Redis',
  overlap: ({ validation }) =>
    `The user has both passwords until no replica has used the old one for ${validation}.`,
  notes: {
    scheduled:
      'Connections that are open are authenticated with the new password between two commands; none is cut.',
    emergency:
      'Every connection of the user is cut on each node, those of our replicas too: they connect again with the new password, and a command that was on its way may fail. `ACL LOG` shows who still tries the old one.',
    stuck: 'The user has both passwords, and replicas go on with the one that they use.',
    'rolled-back': 'The user has lost the new password, and replicas use the old one again.',
  },
  refused: 'The rotator has logged in to every node with the old password and was refused.',
  remedies: [
    [
      '`the nodes do not agree about a password`',
      'a node was out of reach, or has another ACL: bring it back, and run the same command again',
    ],
    [
      '`keeps no user over a restart`',
      'give the node an `aclfile`, restart it, and run the same command again',
    ],
    ['`has loaded both passwords`, and a replica', 'it has not loaded the new one'],
  ],
}
