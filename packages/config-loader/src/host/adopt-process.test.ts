import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runCompiled } from '@rekey/testbed'
import { defineService } from '../define-service.ts'
import { loadService } from '../load-service.ts'
import { adoptProcess, type AdoptOptions } from './adopt-process.ts'
import { createRedactor } from '@rekey/log-redactor'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { SecretError, type SecretSpec } from '@rekey/secret'

const VALUE = randomBytes(24).toString('hex')

const stripe: SecretSpec<string> = {
  ...{ kind: 'integration', rule: 'at least 32 characters', access: { end: 'owner' } },
  ...{ minLength: 32, nameFor: () => 'INTEGRATION_SHOP_STRIPE' },
  parse(text) {
    if (text.length < 32) throw new SecretError('malformed', 'issue a longer one')
    return { value: text, sensitive: [text], nonProduction: false }
  },
}

const definition = defineService({
  name: 'shop',
  settings: z.object({ REGION: z.string().min(1) }),
  secrets: { stripe },
})

/** A process with an environment of its own, and what it has printed. */
function processWith(env: Record<string, string>) {
  const printed: string[] = []
  const codes: unknown[] = []
  const stderr = { write: (text: string) => printed.push(text) }
  const exit = (code: unknown) => codes.push(code)
  return { process: { env, stderr, exit } as never, printed, codes }
}

type More = Partial<AdoptOptions<typeof definition, ReturnType<typeof createRedactor>>>

function adopt(process: never, more: More = {}) {
  return adoptProcess(process, {
    load: (options) => loadService(definition, options),
    redactor: (secrets) => createRedactor({ secrets }),
    variables: { INTEGRATION_SHOP_STRIPE: 'STRIPE_KEY' },
    ...more,
  })
}

it('masks a secret before it is loaded, and its parts from then on, and lets the process end by itself', async () => {
  const child = join(import.meta.dirname, '../../test/host/adopted-process.child.ts')
  const env = { PATH: process.env['PATH'], STRIPE_KEY: VALUE }
  const { stdout } = await promisify(execFile)(process.execPath, runCompiled(child), {
    env,
    timeout: 20_000,
  })
  const masked = '[secret INTEGRATION_SHOP_STRIPE]'
  expect(stdout).toBe(`begins with ${masked}\ngoes on with ${masked}\n`)
})

it('loads a secret from the variable that has it today', async () => {
  const { process, printed } = processWith({ STRIPE_KEY: VALUE, REGION: 'eu' })
  const service = await adopt(process)
  expect(service?.secrets.stripe.current.value.expose()).toBe(VALUE)
  expect(printed).toEqual([])
  await service?.[Symbol.asyncDispose]()
})

it('takes the name in a store before the variable of today', async () => {
  const other = randomBytes(24).toString('hex')
  const env = { STRIPE_KEY: VALUE, INTEGRATION_SHOP_STRIPE: other, REGION: 'eu' }
  const service = await adopt(processWith(env).process)
  expect(service?.secrets.stripe.current.value.expose()).toBe(other)
  await service?.[Symbol.asyncDispose]()
})

it('prints every problem without a value, and goes on', async () => {
  const { process, printed, codes } = processWith({ STRIPE_KEY: VALUE.slice(0, 20) })
  expect(await adopt(process)).toBeUndefined()
  expect(codes).toEqual([])
  const [text = ''] = printed
  expect(text).toContain('shop goes on, since enforce is not set')
  expect(text).toContain('INTEGRATION_SHOP_STRIPE: malformed')
  expect(text).toContain('REGION: missing')
  expect(text).not.toContain(VALUE.slice(0, 20))
})

it('ends the process with enforce', async () => {
  const { process, printed, codes } = processWith({})
  await adopt(process, { enforce: true })
  expect(codes).toEqual([1])
  expect(printed[0]).toContain('shop cannot start: 2 problems')
})

it('reads the files that the application loads later, and changes no variable of the process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-adopt-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, '.env')
  await writeFile(path, `STRIPE_KEY=${VALUE}\nREGION=eu\n`)
  const env = { REGION: 'us' }
  const service = await adopt(processWith(env).process, {
    envFiles: [join(folder, '.env.local'), path],
  })
  expect(service?.settings.REGION).toBe('us')
  expect(service?.secrets.stripe.current.value.expose()).toBe(VALUE)
  expect(env).toEqual({ REGION: 'us' })
  await service?.[Symbol.asyncDispose]()
})
