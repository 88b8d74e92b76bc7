import { defineFamily } from '@rekey/rekey'
import type { SecretSpec } from '@rekey/secret'
import { defineKind } from '@rekey/secret/kind'

export function licenceKey(): SecretSpec<string> {
  return {
    ...{ kind: 'licence', rule: 'at least 32 characters', minLength: 32 },
    access: { end: 'owner' },
    nameFor: (service) => `LICENCE_${service.toUpperCase()}`,
    parse: (text) => ({ value: text, sensitive: [text], nonProduction: false }),
  }
}

const licence = defineKind({
  kind: 'licence',
  parties: ['service'],
  spec: { owner: licenceKey },
  storeName: (service) => licenceKey().nameFor(service),
  schedule: { rotateAfterMs: 86_400_000, staggerMs: 0 },
})

export const family = defineFamily(
  {
    services: ['certtransparency', 'frontend', 'signing'],
    secrets: {
      'api-key': ['frontend:signing', 'signing:certtransparency'],
      'ca-passphrase': ['signing'],
    },
    databases: [{ service: 'frontend' }, { service: 'certtransparency' }],
    clients: [{ service: 'frontend', clientId: 'frontend' }],
  },
  { kinds: [licence] },
)
