import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that OIDC client secrets contribute. */
export const oidcClientRunbook: KindRunbook = {
  title: 'OIDC client secrets',
  overlap: ({ validation }) =>
    `Where the identity provider holds two secrets, both work until no replica has used the old one for ${validation}. A provider that holds one refuses the old one from \`admit\` on; replicas then fall back to the new one.`,
  notes: {
    scheduled:
      'Every replica has loaded the new secret before the provider gets it, and a token request proves it. Persons who are logged in stay so.',
    emergency:
      'The provider refuses the old secret before the command ends. Sessions that were opened with a leaked secret are not ended by that: end them at the provider.',
    stuck: 'Logins go on with the secret that the provider accepts; replicas know both.',
    'rolled-back':
      'The provider accepts the old secret again. One that chose the new secret itself cannot bring the old one back: then finish the rotation.',
  },
  refused: 'The rotator has asked the provider for a token with the old secret and was refused.',
  remedies: [
    ['`has loaded both secrets`, and a replica', 'it has not loaded the new one'],
    [
      '`the identity provider still accepts the old secret`',
      'remove it in the console of the provider, then run the same command again',
    ],
    [
      '`accepts only the new secret`, after `rollback`',
      'the provider has one secret, and it is the new one: rotate to the end',
    ],
  ],
  isPasted: (entry) => (entry as { provider?: { kind: string } }).provider?.kind === 'manual',
}
