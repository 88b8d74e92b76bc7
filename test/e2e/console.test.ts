// @lane servers
import { rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { liveVersions } from '@rekey/secret/internal'
import { openStack, type Stack, startConsole } from '@rekey/stack'
import { runRekey } from '@rekey/test-support'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { FamilyView } from '@rekey/rekey/internal/console'

let stack: Stack
let rotator: Rotator
let page: Awaited<ReturnType<typeof startConsole>>

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
  rotator = await openRotator({ ...stack.family, validationMs: 200 })
  page = await startConsole(stack)
}, 240_000)
afterAll(async () => {
  await page.stop()
  await rotator.close()
  await stack.close()
})

/** Reads views of the console until one is as awaited. */
async function viewUntil(
  isIt: (view: FamilyView) => boolean | Promise<boolean>,
  url = page.url,
): Promise<FamilyView> {
  const stop = new AbortController()
  const { body } = await fetch(new URL('/events', url), { signal: stop.signal })
  let text = ''
  for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events.filter((each) => each.startsWith('data: '))) {
      const view = JSON.parse(event.slice('data: '.length)) as FamilyView
      if (!(await isIt(view))) continue
      stop.abort()
      return view
    }
  }
  throw new Error('the stream of the console has ended')
}

/** The parts of a secret that `rekey status` prints too. */
function comparable(view: FamilyView) {
  return view.secrets.map(({ title, versions, holders, turn }) => ({
    secret: title,
    versions: versions.map(({ stage, version }) => ({ stage, version })),
    acknowledged: [
      holders.reduce((sum, { loaded }) => sum + (loaded[versions[0]?.version ?? ''] ?? 0), 0),
      holders.reduce((sum, { replicas }) => sum + replicas, 0),
    ],
    dueAt: turn?.dueAt,
  }))
}

it('shows of each secret what `rekey status` prints of it', async () => {
  const view = await viewUntil(({ secrets }) => secrets.length > 0)
  const { stdout } = await runRekey(['status', '--json', '--stack', stack.directory])
  const lines = stdout.trim().split('\n')
  const printed = lines.map((line) => {
    const { secret, versions, acknowledged, turn } = JSON.parse(line) as {
      readonly secret: string
      readonly versions: readonly { readonly stage: string; readonly version: string }[]
      readonly acknowledged: readonly [number, number]
      readonly turn?: { readonly dueAt?: string }
    }
    const plain = versions.map(({ stage, version }) => ({ stage, version }))
    return { secret, versions: plain, acknowledged: [...acknowledged], dueAt: turn?.dueAt }
  })
  expect(comparable(view)).toEqual(printed)
})

it('shows the step at which a rotation was left, the command that goes on with it, and its end, but no value', async () => {
  const title = 'api-key frontend:signing'
  const kind = rotator.kinds.get(title)
  if (kind === undefined) throw new Error('the family has no such key')
  const { store, journal } = rotator
  const of = ({ secrets }: FamilyView) => secrets.find((secret) => secret.title === title)
  const before = await store.read(kind.name)
  const leave = ({ step, phase }: RotationEvent) => {
    if (step === 'admit' && phase === 'end') throw new Error('left')
  }
  await expect(rotate(kind, { store, journal, onEvent: leave })).rejects.toThrow('left')
  const left = await viewUntil((view) => of(view)?.rotation?.isOpen === true)
  expect(of(left)).toMatchObject({
    rotation: { step: 'admit', phase: 'end' },
    versions: [{ stage: 'current' }, { stage: 'pending' }],
    next: [{ urgency: 'act', command: `rekey rotate ${title}` }],
  })
  const during = await store.read(kind.name)
  await rotate(kind, { store, journal })
  const ended = await viewUntil((view) => of(view)?.rotation?.isOpen === false)
  expect(of(ended)).toMatchObject({
    versions: [{ stage: 'current', version: during.pending?.version }],
    rotation: { receipt: { version: before.current.id ?? before.current.version } },
    next: [],
  })
  const text = JSON.stringify([left, ended])
  for (const { value } of [...liveVersions(before), ...liveVersions(during)]) {
    expect(text).not.toContain(value.expose())
  }
})

it('shows the steps of a rotation as they are taken, long before the next reading is due', async () => {
  const seldom = await startConsole(stack, '--every-ms', '600000')
  onTestFinished(() => seldom.stop())
  const [title, kind] = [...rotator.kinds].find(([name]) => name === 'tls signing') ?? []
  if (kind === undefined) throw new Error('the family has no such certificate')
  const of = ({ secrets }: FamilyView) => secrets.find((secret) => secret.title === title)
  let rotated: ReturnType<typeof rotate> | undefined
  const ended = await viewUntil(async (view) => {
    rotated ??= rotate(kind, rotator)
    const { version } = await rotated
    return of(view)?.versions[0]?.version === version && of(view)?.rotation?.isOpen === false
  }, seldom.url)
  expect(of(ended)?.rotation).toMatchObject({ step: 'revoke', phase: 'end' })
}, 120_000)

it('shows a rotation in the audit log with the person who had it done, and that its chain was verified', async () => {
  const title = 'api-key signing:certtransparency'
  await runRekey(['rotate', ...title.split(' '), '--stack', stack.directory])
  const revokedIn = ({ audit }: FamilyView) =>
    audit !== undefined && 'newest' in audit
      ? audit.newest.find(({ action }) => action === 'rotation.revoke')
      : undefined
  const view = await viewUntil((each) => revokedIn(each) !== undefined)
  expect(view.audit).not.toHaveProperty('damage')
  expect(revokedIn(view)).toHaveProperty('person', expect.stringContaining('unix:'))
}, 120_000)

it('shows a session of a login while it is open, with the name of its application', async () => {
  const title = 'database frontend'
  const { current } = await rotator.store.read(rotator.kinds.get(title)?.name ?? '')
  const client = new pg.Client({
    connectionString: current.value.expose(),
    application_name: 'nightly-report',
  })
  await client.connect()
  const isOpen = ({ secrets }: FamilyView) => {
    const sessions = secrets.find((secret) => secret.title === title)?.sessions
    if (sessions === undefined || 'code' in sessions) return false
    return sessions.some(
      ({ version, clients }) =>
        version === current.version &&
        clients.some((one) => one.client === 'nightly-report' && one.sessions === 1),
    )
  }
  await viewUntil(isOpen)
  await client.end()
  await viewUntil((view) => view.secrets.length > 0 && !isOpen(view))
}, 120_000)

it('shows the CA as `rekey ca show` prints it', async () => {
  const view = await viewUntil(({ secrets }) => secrets.length > 0)
  const { stdout } = await runRekey(['ca', 'show', stack.caDirectory, '--json'])
  const { certificate, key } = JSON.parse(stdout) as {
    readonly certificate: { readonly subject: string; readonly notAfter: string }
    readonly key: { readonly generation: number }
  }
  const { subject, notAfter } = certificate
  expect(view.authorities).toMatchObject([
    {
      directory: stack.caDirectory,
      generations: [
        { generation: key.generation, state: 'active', certificate: { subject, notAfter } },
      ],
      drill: { state: 'absent' },
    },
  ])
}, 120_000)

it('shows that the database of the journal is gone, keeps its last view, and goes on when it is back', async () => {
  await stack.postgres.stop()
  const cut = await viewUntil(({ problem }) => problem !== undefined)
  expect(cut.secrets.length).toBeGreaterThan(0)
  await stack.postgres.start()
  await viewUntil(({ problem }) => problem === undefined)
})
