// @lane servers
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifySignedLog } from '@rekey/audit-log'
import { STEPS } from '@rekey/secret/internal/kind'
import { envFileOf, openStack, runDemo, type Report, type Stack } from '@rekey/stack'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

/** A service records what it took over beside its work. */
const PATIENCE = { timeout: 240_000, interval: 250 }

let stack: Stack
let report: Report

beforeAll(async () => {
  stack = await openStack({ replicas: 2 })
  report = await runDemo(stack, {
    rounds: 1,
    people: 4,
    validationMs: 300,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
}, 300_000)
afterAll(() => stack.close())

it('rotates every API key, TLS identity, login, client secret and integration secret under load, and loses nothing', () => {
  expect(report.losses).toEqual([])
  expect(report.load).toMatchObject({ failures: 0, failuresByReason: {} })
  expect(report.load.profiles).toBeGreaterThan(0)
  expect(report.rotations).toEqual({
    'api-key frontend:signing': 1,
    'api-key signing:certtransparency': 1,
    'database frontend': 1,
    'database certtransparency': 1,
    'oidc-client frontend': 1,
    'tls certtransparency': 1,
    'tls frontend': 1,
    'tls signing': 1,
    'integration frontend:notices': 1,
    'signing-secret frontend:session': 1,
    'rotator-login main': 1,
  })
})

it('leaves one login role for each service, of the next generation', () => {
  expect(report.logins).toEqual({
    frontend: ['frontend_g2'],
    certtransparency: ['certtransparency_g2'],
  })
})

it('has every profile on both sides: stored by frontend, recorded by certtransparency', () => {
  expect(report.profilesStored).toBe(report.load.profiles)
  expect(report.certificatesMissing).toBe(0)
})

it('leaves one version of each secret in the store', async () => {
  const text = await readFile(envFileOf(stack), 'utf8')
  expect(text).not.toMatch(/__PENDING|__PREVIOUS/)
})

/** How many secrets each service reads at its start. The passphrase of the CA is read by the process that holds its key. */
const HELD = { frontend: 6, signing: 3, certtransparency: 4 }

it('leaves a signed log with every step of the rotator and every access of the services, which verifies', async () => {
  const secrets = Object.keys(report.rotations)
  const confirming = secrets.filter((secret) =>
    /^(?:api-key|database|integration|oidc-client|signing-secret) /.test(secret),
  )
  // The log key alone is not rotated.
  const refreshed = { ...HELD, certtransparency: HELD.certtransparency - 1 }
  await vi.waitFor(async () => {
    expect(await countActions()).toEqual({
      ...{ opened: 1, steps: secrets.length * STEPS.length + confirming.length },
      ...{ reads: ofReplicas(HELD), refreshes: ofReplicas(refreshed), others: 1 },
    })
  }, PATIENCE)
}, 300_000)

/** The sum over the replicas, of which frontend has one and each other service two. */
function ofReplicas(counts: typeof HELD): number {
  return counts.frontend + 2 * (counts.signing + counts.certtransparency)
}

it('leaves a checkpoint of that log in certtransparency, up to where it was anchored', () => {
  const { audit } = report
  expect(audit).toEqual({ entries: expect.any(Number) as number, confirmed: audit.confirmed })
  expect(audit.confirmed).toBeGreaterThan(Object.keys(report.rotations).length * STEPS.length)
  expect(audit.entries).toBeGreaterThanOrEqual(audit.confirmed)
})

/** Counts the entries of the log, but for uses of versions that were replaced: how often these are looked for depends on how long the run takes. */
async function countActions() {
  const counts = { opened: 0, steps: 0, reads: 0, refreshes: 0, others: 0 }
  const directory = stack.family.auditDirectory
  const onEntry = ({ action }: { readonly action: string }) => {
    if (action === 'access.previous') return
    if (action.startsWith('rotation.')) counts.steps += 1
    else counts[GROUPS.get(action) ?? 'others'] += 1
  }
  expect(await verifySignedLog({ directory, onEntry })).toMatchObject({ ok: true })
  return counts
}

const GROUPS: ReadonlyMap<string, 'opened' | 'reads' | 'refreshes'> = new Map([
  ['audit.begin', 'opened'],
  ['access.read', 'reads'],
  ['access.refresh', 'refreshes'],
])

it('R30 no log and no server log holds a secret of the run', async () => {
  const secrets = (await readFile(envFileOf(stack), 'utf8')).matchAll(
    /^[A-Z_]+=["'`]?(.{32,}?)["'`]?$/gm,
  )
  const values = [...secrets].flatMap(([, value = '']) => [value, passwordIn(value)])
  expect(values.length).toBeGreaterThan(6)
  const logs = (await readdir(stack.logDirectory)).map((name) => join(stack.logDirectory, name))
  for (const path of [...logs, stack.postgres.logPath]) {
    const log = await readFile(path, 'utf8')
    for (const value of values) expect(log.includes(value), path).toBe(false)
  }
})

function passwordIn(value: string): string {
  return value.startsWith('postgresql:') ? decodeURIComponent(new URL(value).password) : value
}
