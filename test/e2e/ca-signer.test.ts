// @lane servers
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CertificateOrder,
  createCa,
  openCrlPublisher,
  readBiography,
} from '@rekey/ca-keystore'
import { generatePassphrase, parseCrl, createSigningRequest } from '@rekey/ca-keystore/internal'
import { type CaSigner, type CaSignerEvent, createCaSigner } from '@rekey/ca-keystore/signer'
import { runCompiled } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'

const UNLOCK = new URL('./unlock-main.ts', import.meta.url)
const execArgv = runCompiled('').slice(0, 1)
const DAY_MS = 86_400_000

let base: string
const passphrase = generatePassphrase()
beforeAll(async () => {
  base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-signer-'))
  await writeFile(join(base, 'passphrase'), passphrase.expose(), { mode: 0o600 })
  const commonName = 'Test CA'
  await (await createCa({ directory: join(base, 'ca'), passphrase, commonName })).close()
})
afterAll(() => rm(base, { recursive: true }))

function create(env: Record<string, string> = {}) {
  const events: CaSignerEvent[] = []
  const ca = createCaSigner({
    unlocker: {
      file: UNLOCK,
      env: { PASSPHRASE_FILE: join(base, 'passphrase'), ...env },
      execArgv,
    },
    onEvent: (event) => events.push(event),
  })
  onTestFinished(() => ca.close())
  return { ca, events }
}

async function unsealed(directory = join(base, 'ca')) {
  const created = create()
  await created.ca.unseal(directory)
  return created
}

const { csr } = createSigningRequest({ commonName: 'ignored' })
const order: CertificateOrder = {
  ...{ csr, profile: 'client', subject: { commonName: 'alice' }, validityMs: DAY_MS },
  subjectAltNames: [{ kind: 'email', value: 'alice@example.com' }],
}

function pidOf({ pid }: CaSigner): number {
  if (pid === undefined) throw new Error('sealed')
  return pid
}

function isRunning(pid: number): boolean {
  try {
    // A process that has ended and is not yet collected is a zombie.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it did not come about')
    await delay(20)
  }
}

it('issues certificates and revocation lists, which its publisher keeps', async () => {
  const { ca } = await unsealed()
  const leaked = createSigningRequest({ commonName: 'leaked' })
  const { certificate, serial, notAfter } = await ca.issueCertificate({ ...order, csr: leaked.csr })
  const issued = new X509Certificate(certificate)
  expect(issued.checkIssued(new X509Certificate(ca.certificate))).toBe(true)
  const directory = join(base, 'crl')
  await mkdir(directory)
  const options = { keystore: ca, directory }
  await using publisher = await openCrlPublisher(options)
  await publisher.revoke({ serial, notAfter, reason: 'keyCompromise' })
  const published = parseCrl(readFileSync(join(directory, 'crl.pem'), 'utf8'), ca.chain)
  expect(published.revoked).toMatchObject([{ serial, reason: 'keyCompromise' }])
  await expect(ca.issueCertificate({ ...order, csr: leaked.csr })).rejects.toMatchObject({
    code: 'refused',
    details: { reason: 'compromised-key' },
  })
  await publisher.close()
  await using reopened = await openCrlPublisher(options)
  expect(reopened.health()).toMatchObject({ state: 'fresh', revoked: 1 })
})

it('is sealed before, and after it was closed, ends its process, and has recorded how much that signed', async () => {
  const { ca } = create()
  expect(ca.state).toBe('sealed')
  await expect(ca.issueCertificate(order)).rejects.toMatchObject({ details: { reason: 'sealed' } })
  await ca.unseal(join(base, 'ca'))
  const pid = pidOf(ca)
  await ca.check()
  await ca.issueCertificate(order)
  await ca.close()
  expect(isRunning(pid)).toBe(false)
  const { entries } = await readBiography({ directory: join(base, 'ca') })
  expect(entries.at(-1)).toMatchObject({ action: 'sign-count', details: { certificates: 1 } })
  await expect(ca.issueCertificate(order)).rejects.toMatchObject({ code: 'disposed' })
})

it('K32 fails what is under way when its process is killed, hands out nothing, and unseals itself', async () => {
  const { ca, events } = await unsealed()
  const pid = pidOf(ca)
  await ca.issueCertificate(order)
  const asked = Array.from({ length: 200 }, () => ca.issueCertificate(order))
  process.kill(pid, 'SIGKILL')
  const results = await Promise.allSettled(asked)
  const failures = results.filter((result) => result.status === 'rejected')
  expect(failures.length).toBeGreaterThan(0)
  for (const { reason } of failures) {
    expect(reason).toMatchObject({ code: 'unreachable', details: { reason: 'signer-down' } })
  }
  for (const result of results) {
    if (result.status === 'fulfilled') new X509Certificate(result.value.certificate)
  }
  expect(ca.state).toBe('sealed')
  await expect(ca.check()).rejects.toMatchObject({ code: 'unreachable' })
  await until(() => ca.state === 'unsealed')
  expect(events.map(({ type }) => type)).toEqual(['unsealed', 'sealed', 'unsealed'])
  expect(pidOf(ca)).not.toBe(pid)
  await ca.issueCertificate(order)
})

it('K32 stays sealed when the keystore has another certificate, until it is restarted', async () => {
  const directory = join(base, 'replaced')
  await cp(join(base, 'ca'), directory, { recursive: true })
  const { ca, events } = await unsealed(directory)
  await rm(directory, { recursive: true })
  const other = await createCa({ directory, passphrase, commonName: 'Other CA' })
  await other.close()
  process.kill(pidOf(ca), 'SIGKILL')
  await until(() => events.length >= 3)
  expect(events[2]).toMatchObject({ type: 'sealed', code: 'refused' })
  expect(ca.state).toBe('sealed')
})

it('K32 does not stop on the signals that its parent gets, and ends with its parent', async () => {
  const { ca } = await unsealed()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pidOf(ca), signal)
  await ca.check()
  const parent = spawn(
    process.execPath,
    runCompiled(join(import.meta.dirname, 'sign-and-wait.ts')),
    {
      env: { CA_DIRECTORY: join(base, 'ca'), PASSPHRASE_FILE: join(base, 'passphrase') },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer]
  expect(isRunning(Number(pid))).toBe(true)
  parent.kill('SIGKILL')
  await until(() => !isRunning(Number(pid)))
})

it('K32 has no socket that another user could find', async () => {
  const { ca } = await unsealed()
  const directory = `/proc/${pidOf(ca)}/fd`
  const own = readdirSync(directory).map((fd) => readlinkSync(join(directory, fd)))
  const inodes = own.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [])
  const rows = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
  const ours = rows.filter(([, , , , , , inode = '']) => inodes.includes(inode))
  expect(ours.length).toBeGreaterThan(0)
  expect(ours.map(([, , , , , , , path]) => path)).toEqual(ours.map(() => undefined))
  for (const kind of ['tcp', 'tcp6']) {
    const table = readFileSync(`/proc/net/${kind}`, 'utf8')
    for (const inode of inodes) expect(table).not.toContain(` ${inode} `)
  }
})

it.each([
  ['the passphrase is wrong', { PASSPHRASE_FILE: 'wrong' }, { code: 'rejected' }],
  ['there is none', { PASSPHRASE_FILE: 'absent' }, { code: 'missing' }],
  ['it lies beside the key', { PASSPHRASE_FILE: 'ca/beside' }, { code: 'refused' }],
])('does not open if %s, with the same error as in the process itself', async (_, env, error) => {
  await writeFile(join(base, 'wrong'), generatePassphrase().expose(), { mode: 0o600 })
  await writeFile(join(base, 'ca/beside'), passphrase.expose(), { mode: 0o600 })
  const { ca } = create({ PASSPHRASE_FILE: join(base, env.PASSPHRASE_FILE) })
  await expect(ca.unseal(join(base, 'ca'))).rejects.toMatchObject(error)
  await rm(join(base, 'ca/beside'))
  expect(ca.state).toBe('sealed')
})

it('does not open if the unlocking process ends before it sends the passphrase', async () => {
  const unlocker = { file: join(import.meta.dirname, 'absent.ts'), env: {}, execArgv }
  await using ca = createCaSigner({ unlocker })
  const failure = { code: 'unreachable', details: { reason: 'unlock' } }
  await expect(ca.unseal(join(base, 'ca'))).rejects.toMatchObject(failure)
})
