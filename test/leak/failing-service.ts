import process from 'node:process'
import { defineService, loadService } from '@rekey/config-loader'
import { runService } from '@rekey/config-loader/host'
import { createRedactor } from '@rekey/log-redactor'
import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec } from '@rekey/secret'
import { z } from 'zod'

/** How a value ends that its parser prints, and refuses. */
const REFUSED = '-refused'

/** A service with a bug: it takes its secret for an object, and throws with the value in the message. */
const text: SecretSpec<string> = {
  kind: 'text',
  rule: 'any text',
  access: { end: 'owner' },
  minLength: 1,
  nameFor: () => 'TEXT_APP',
  parse(value) {
    if (value.endsWith(REFUSED)) {
      console.error('refused:', value, Buffer.from(value).toString('base64'))
      throw new SecretError('malformed', 'it was refused')
    }
    return { value, sensitive: [value], nonProduction: value.startsWith(NON_PRODUCTION_PREFIX) }
  },
}

const definition = defineService({
  name: 'app',
  settings: z.object({ FAILS: z.enum(['later', 'before-redaction']) }),
  secrets: { text },
})

await runService(process, async (own, redactWith) => {
  const service = own.use(await loadService(definition, { env: process.env }), 'secrets')
  const value = service.secrets.text.current.value.expose()
  if (service.settings.FAILS === 'before-redaction') throw bug(value)
  redactWith(createRedactor({ secrets: Object.values(service.secrets) }))
  throw bug(value)
})

function bug(value: string): TypeError {
  // A message may look like a stack, so that its lines would be taken for frames.
  const error = new TypeError(`no object: ${value}\n    at ${value} (/app/${value}.ts:1:2)`)
  return Object.assign(error, { code: value, config: { password: value } })
}
