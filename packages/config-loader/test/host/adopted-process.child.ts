import { createRedactor } from '@rekey/log-redactor'
import type { SecretSpec } from '@rekey/secret'
import { z } from 'zod'
import { defineService } from '../../src/define-service.ts'
import { adoptProcess } from '../../src/host/index.ts'
import { loadService } from '../../src/load-service.ts'

const stripe: SecretSpec<string> = {
  ...{ kind: 'integration', rule: 'any text', access: { end: 'owner' }, minLength: 1 },
  nameFor: () => 'INTEGRATION_SHOP_STRIPE',
  parse: (text) => ({ value: text, sensitive: [text, partOf(text)], nonProduction: false }),
}
/** Only the spec knows that it is a secret, too. */
function partOf(text: string): string {
  return text.slice(0, 24)
}

const definition = defineService({ name: 'shop', settings: z.object({}), secrets: { stripe } })
const adopted = adoptProcess(process, {
  load: (options) => loadService(definition, options),
  redactor: (secrets) => createRedactor({ secrets }),
  variables: { INTEGRATION_SHOP_STRIPE: 'STRIPE_KEY' },
})

console.log(`begins with ${process.env['STRIPE_KEY'] ?? ''}`)
void adopted.then(() => {
  console.log(`goes on with ${partOf(process.env['STRIPE_KEY'] ?? '')}`)
})
