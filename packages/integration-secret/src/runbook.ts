import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that credentials at third parties contribute. */
export const integrationRunbook: KindRunbook = {
  title: 'Integration secrets',
  overlap: ({ validation }) =>
    `Both credentials work, where the third party holds two, until no replica has used the old one for ${validation}.`,
  notes: {
    scheduled:
      'Where the third party makes the credential, make a second one there first and write it to the file `new-secret`, of mode 600; delete the file at the end. Remove the old credential there once the command asks for it.',
    emergency:
      'The third party must refuse the old credential: the command asks it until it does. Look there for what was done with the old one.',
    stuck: 'Replicas know both credentials and use the one that the third party accepts.',
    'rolled-back':
      'Replicas use the old credential again. Remove the new one at the third party if it was made there.',
  },
  refused: 'The rotator has asked the third party with the old credential and was refused.',
  remedies: [
    [
      '`the third party still accepts the old credential`',
      'remove it there, then run the same command again; it needs no file then',
    ],
    [
      '`the third party refuses the credential`, exit code 5',
      'everything is as it was: make another credential there, and rotate again',
    ],
    ['`has loaded both credentials`, and a replica', 'it has not loaded the new one'],
  ],
  isPasted: (entry) => (entry as { provider?: { kind: string } }).provider?.kind === 'manual',
}
