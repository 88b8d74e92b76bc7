// @lane servers
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase, createSigningRequest } from '@rekey/ca-keystore/internal'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { DisposalStack } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { followNodemailer, smtpLogin } from '@rekey/smtp'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { runRekey } from '@rekey/test-support'

const NAME = smtpLogin().nameFor('frontend')
const DAY_MS = 86_400_000
const newPassword = () => `dev-${randomBytes(24).toString('base64url')}`

const own = new DisposalStack()
const first = newPassword()
const accepted = new Set([first])
let directory: string
let trust: string
let urlWith: (password: string) => string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-smtp-'))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
  const { key, cert } = await issueCertificate()
  const server = new SMTPServer({
    ...{ key, cert, logger: false },
    onAuth({ username, password }, _session, answer) {
      if (username === 'portal' && accepted.has(password ?? '')) answer(null, { user: username })
      else answer(new Error('invalid login'))
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const closed = () =>
    new Promise<void>((resolve) => {
      server.close(resolve)
    })
  own.defer(closed, 'mail server')
  const { port } = server.server.address() as AddressInfo
  urlWith = (password) => `smtp://portal:${password}@localhost:${port}`
  await writeFile(join(directory, '.env'), `${NAME}=${urlWith(first)}\n`, { mode: 0o600 })
  await serve()
}, 60_000)
afterAll(() => own.dispose())

async function issueCertificate() {
  const passphrase = generatePassphrase()
  const commonName = 'Mail Development Root'
  const ca = own.use(
    await createCa({ directory: join(directory, 'ca'), passphrase, commonName }),
    'CA',
  )
  const { privateKey, csr } = createSigningRequest({ commonName: 'localhost' })
  const { certificate } = await ca.issueCertificate({
    ...{ csr, profile: 'server', subject: { commonName: 'localhost' }, validityMs: DAY_MS },
    subjectAltNames: [{ kind: 'dns', value: 'localhost' }],
  })
  trust = join(directory, 'mail-ca.crt')
  await writeFile(trust, ca.certificate)
  return { key: privateKey.expose(), cert: certificate }
}

/** Loads the service, as its start does. */
async function load() {
  const smtp = smtpLogin({ prove: true, trust: { file: trust } })
  const definition = defineService({
    ...{ name: 'frontend', settings: z.object({}), secrets: { smtp } },
  })
  const env = {
    REKEY_ENVIRONMENT: 'development',
    REKEY_SECRETS: `dotenv:${join(directory, '.env')}`,
  }
  return loadService(definition, { env })
}

/** One replica of the service, and the family that the rotator is given. */
async function serve() {
  const service = own.use(await load(), 'service')
  const health = own.use(await openHealthListener(service, { port: 0 }), 'health')
  const mail = followNodemailer(service.secrets.smtp, (login) => createTransport(login))
  own.defer(() => {
    mail.close()
  }, 'mail')
  const healthUrl = `http://127.0.0.1:${health.port}`
  const family = {
    services: ['frontend'],
    secrets: {
      smtp: [{ service: 'frontend', changer: { kind: 'manual' }, trust: { file: trust } }],
    },
    // It has no folder with installed packages.
    kinds: [fileURLToPath(import.meta.resolve('@rekey/smtp/rotate'))],
    store: { locator: `dotenv:${join(directory, '.env')}` },
    fleet: [{ service: 'frontend', url: healthUrl, healthUrl }],
    ...{
      environment: 'development',
      auditDirectory: directory,
      journal: 'store',
      validationMs: 200,
    },
  }
  await writeFile(join(directory, 'family.json'), JSON.stringify(family))
}

const rotate = (pasted: string) => {
  const family = ['--family', join(directory, 'family.json'), '--deadline-ms', '3000']
  return runRekey(['rotate', 'smtp', 'frontend', ...family], {}, pasted)
}
const held = async () => {
  const store = await openDotenvStore({ path: join(directory, '.env') })
  const { current, pending, previous } = await store.read(NAME)
  return [current, pending, previous].map(
    (version) => version && new URL(version.value.expose()).password,
  )
}

it('refuses a pasted password that the mail server refuses, and leaves everything as it was', async () => {
  const wrong = newPassword()
  const { code, stdout, stderr } = await rotate(`${wrong}\n`)
  expect(code).toBe(5)
  expect(stdout + stderr).toContain('the mail server refuses the password')
  expect(stdout + stderr).not.toContain(wrong)
  expect(await held()).toEqual([first, undefined, undefined])
}, 60_000)

it('rotates to a pasted password, and is done once the mail server refuses the old one', async () => {
  const next = newPassword()
  accepted.add(next)
  const open = await rotate(`${next}\n`)
  expect(open.code).toBe(4)
  expect(open.stderr).toContain('still accepts the old password: remove it there')
  expect(await held()).toEqual([next, undefined, first])
  accepted.delete(first)
  const done = await rotate('')
  expect({ code: done.code, stderr: done.stderr }).toEqual({ code: 0, stderr: '' })
  expect(await held()).toEqual([next, undefined, undefined])
  for (const run of [open, done]) expect(run.stdout + run.stderr).not.toContain(next)
}, 60_000)

it('starts with a password that the mail server accepts, and with no other', async () => {
  await (await load()).close()
  const [current = ''] = await held()
  accepted.delete(current)
  await expect(load()).rejects.toThrow('localhost refuses the login of portal')
}, 60_000)
