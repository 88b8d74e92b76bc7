import { readdir, readFile } from 'node:fs/promises'
import { openRotator, type Rotator } from '@rekey/family/rotator'
import { envFileOf, openStack, type Stack } from '@rekey/stack'
import { rotate } from '@rekey/rotation'
import { fetchAs } from '@rekey/tls-identity/rotation'
import { afterAll, beforeAll, expect, it } from 'vitest'

let stack: Stack
let rotator: Rotator
const values = new Set<string>()

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
  rotator = await openRotator({ ...stack.family, validationMs: 200 })
  await collectValues()
  for (const kind of rotator.kinds.values()) await rotate(kind, rotator)
  await collectValues()
}, 120_000)
afterAll(async () => {
  await rotator.close()
  await stack.close()
})

/** Every secret of the stack, and the password inside each DSN. */
async function collectValues(): Promise<void> {
  const text = await readFile(envFileOf(stack), 'utf8')
  for (const [, name = ''] of text.matchAll(/^([A-Z_]+)=/gm)) {
    const value = (await stack.store.read(name)).current.value.expose()
    values.add(value)
    if (value.startsWith('postgresql:')) values.add(decodeURIComponent(new URL(value).password))
  }
}

function expectNone(text: string, where: string): void {
  for (const value of values) expect(text.includes(value), where).toBe(false)
}

it('knows the values it looks for', () => {
  expect(values.size).toBeGreaterThanOrEqual(14)
})

it.runIf(process.platform === 'linux')(
  'R30 no process of this machine has a secret among its arguments or in its title',
  async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    let read = 0
    for (const pid of pids) {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (commandLine !== '') read += 1
      expectNone(commandLine, `process ${pid}`)
    }
    expect(read).toBeGreaterThan(stack.services.length)
  },
)

it.runIf(process.platform === 'linux')(
  'R30 no service has a secret in its environment',
  async () => {
    for (const { name, process: child } of stack.services) {
      const environment = await readFile(`/proc/${child.pid ?? 0}/environ`, 'utf8')
      expect(environment).toContain('REKEY_SECRETS=dotenv:')
      expectNone(environment, name)
    }
  },
)

it('R30 no health report holds a secret', async () => {
  for (const { healthUrl } of stack.family.fleet) {
    const report = await (await fetch(new URL('/health/secrets', healthUrl))).text()
    expect(report).toContain('"versions"')
    expectNone(report, healthUrl)
  }
})

it('R30 no audit log and no journal entry holds a secret', async () => {
  const logs = await readdir(stack.family.auditDirectory)
  expect(logs).not.toEqual([])
  for (const log of logs)
    expectNone(await readFile(`${stack.family.auditDirectory}/${log}`, 'utf8'), log)
  const { rows } = await rotator.adminPool('rekey').query('select * from rekey.rotation_event')
  expect(rows).not.toEqual([])
  expectNone(JSON.stringify(rows), 'rekey.rotation_event')
  const intents = await rotator.adminPool('rekey').query('select * from rekey.rotation')
  expect(intents.rows).not.toEqual([])
  expectNone(JSON.stringify(intents.rows), 'rekey.rotation')
})

it('R30 a refused call shows neither the key that was sent nor the one that was expected', async () => {
  for (const { service, url } of stack.family.fleet.filter(
    (replica) => replica.service !== 'frontend',
  )) {
    const sent = [...values].find((value) => value.startsWith('rk_'))?.replace(/.$/, '0') ?? ''
    const sender = service === 'signing' ? 'TLS_FRONTEND' : 'TLS_SIGNING'
    const read = async () => (await stack.store.read(sender)).current
    const call = fetchAs({ trust: stack.trust, name: service, read })
    const response = await call(new URL('/api-key/proof', url), {
      headers: { authorization: `Bearer ${sent}` },
    })
    expect(response.status).toBe(401)
    const answer = (await response.text()) + JSON.stringify([...response.headers])
    expect(answer.includes(sent), service).toBe(false)
    expectNone(answer, service)
  }
})
