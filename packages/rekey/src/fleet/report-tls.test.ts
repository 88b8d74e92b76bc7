import { connect, type Socket } from 'node:net'
import { SecretError, systemClock } from '@rekey/secret'
import { awaitBarrier } from '@rekey/secret/internal/kind'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createReportFetch } from '../engine/internal.ts'
import {
  fleetAt,
  identityOf,
  openPlain,
  openTcp,
  openTls,
  otherRoot,
  report,
  root,
  SECRET,
  serverOf,
  tlsOf,
  trusting,
} from '../../test/fleet/report-tls.support.ts'

const DAY_MS = 86_400_000
const PATIENCE = { timeout: 30_000, interval: 20 }
const past = (days: number) => new Date(Date.now() - days * DAY_MS)

it('reads reports over TLS by the name of the service where replicas have addresses, over one connection', async () => {
  const { port, sockets } = await openTls(serverOf())
  const { ask } = fleetAt(port)
  for (let i = 0; i < 3; i += 1) expect((await ask())?.ack?.replica).toBe('one')
  expect(sockets).toHaveLength(1)
})

it('resumes the session where the replica closed the connection', async () => {
  const resumed: boolean[] = []
  const { port } = await openTls(serverOf(), (request, response) => {
    resumed.push(tlsOf(request.socket).isSessionReused())
    response.setHeader('connection', 'close').end(report)
  })
  const { ask } = fleetAt(port)
  for (let i = 0; i < 2; i += 1) expect((await ask())?.ack).toBeDefined()
  expect(resumed).toEqual([false, true])
})

const REFUSED_SERVERS = {
  'has expired': [
    () => openTls(serverOf({ notBefore: past(2), notAfter: past(1) })),
    'certificate-expired',
    'issue it anew',
  ],
  'is not valid yet': [
    () => openTls(serverOf({ notBefore: past(-1), notAfter: past(-2) })),
    'certificate-not-yet-valid',
    'check the clocks',
  ],
  'is of another CA': [
    () => openTls(serverOf({ issuer: otherRoot })),
    'certificate-untrusted',
    'name its root',
  ],
  'is for another name': [
    () => openTls(serverOf({ dnsNames: ['certtransparency'] })),
    'certificate-name',
    'write the name',
  ],
  'is missing, since it answers plain HTTP': [openPlain, 'not-tls', 'serve its health over TLS'],
  'is fine, but which refuses that of the rotator': [
    () =>
      openTls(serverOf(), (_request, response) => {
        response.writeHead(403).end('{"error":"x","code":"certificate-name"}')
      }),
    'certificate-name',
    'check reports.identity',
  ],
} as const

it.each(Object.entries(REFUSED_SERVERS))(
  'names a replica whose certificate %s, with the reason and the remedy',
  async (_what, [open, reason, remedy]) => {
    const { port } = await open()
    const answer = await fleetAt(port).ask()
    expect(answer).toMatchObject({ ack: undefined })
    expect(answer?.problem).toContain(`(${reason})`)
    expect(answer?.problem).toContain(remedy)
  },
)

const SILENT = {
  'handshake-cut': () => openTcp((socket) => socket.once('data', () => socket.destroy())),
  'handshake-timeout': () => openTcp((socket) => socket.resume()),
} as const

it.each(Object.entries(SILENT))(
  'takes a replica with a %s for absent, and names the reason',
  async (reason, open) => {
    const { port } = await open()
    const { fleet, healthUrl } = fleetAt(port)
    const nothing = () => Promise.resolve()
    const waited = awaitBarrier(
      {
        ...{ fleet, service: 'signing', secret: SECRET, deadlineMs: 0, pollMs: 10 },
        ...{ what: 'have it', met: () => true },
      },
      {
        ...{ signal: new AbortController().signal, clock: systemClock, waiting: () => undefined },
        ...{ compromised: false, progress: undefined },
        ...{ alarm: nothing, saveProgress: nothing, attest: nothing, fence: nothing },
        postpone: () => Promise.reject(new Error('not wanted here')),
        gap: { sinceMs: undefined, begin: nothing, end: nothing },
      },
    )
    await expect(waited).rejects.toMatchObject({
      code: 'unreachable',
      details: { absent: healthUrl },
      message: expect.stringContaining(`(${reason})`) as string,
    })
  },
)

it('leaves a handshake that takes longer than its request to the next request, and sends nothing for the one that gave up', async () => {
  let requests = 0
  const { port: behind } = await openTls(serverOf(), (_request, response) => {
    requests += 1
    response.end(report)
  })
  const held: Socket[] = []
  const { port, sockets } = await openTcp((socket) => void held.push(socket.pause()))
  const { ask } = fleetAt(port)
  expect((await ask())?.absence).toContain('(handshake-timeout)')
  for (const socket of held) socket.pipe(connect(behind, '127.0.0.1')).pipe(socket)
  await vi.waitUntil(async () => (await ask())?.ack, PATIENCE)
  expect([sockets.length, requests]).toEqual([1, 1])
})

it('begins sixty-four handshakes at once, and the next when one is over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const ports = await Promise.all(Array.from({ length: 80 }, () => openTcp(() => undefined)))
  const reports = createReportFetch()
  onTestFinished(() => reports.close())
  for (const { port } of ports) {
    reports.fetch(`https://127.0.0.1:${port}/`).catch(() => undefined)
  }
  const begun = () => ports.flatMap(({ sockets }) => sockets)
  await vi.waitUntil(() => begun().length >= 64, { timeout: 30_000, interval: 10 })
  expect(begun()).toHaveLength(64)
  for (const socket of begun().slice(0, 10)) socket.destroy()
  await vi.waitUntil(() => begun().length >= 74, { timeout: 30_000, interval: 10 })
  expect(begun()).toHaveLength(74)
})

it('shows its identity to a replica that requires one of its root in the handshake', async () => {
  const required = { requestCert: true, rejectUnauthorized: true, ca: root.pem }
  const { port } = await openTls({ ...serverOf(), ...required })
  const shown = fleetAt(port, () => ({ ...trusting, identity: identityOf('rotator') }))
  expect((await shown.ask())?.ack).toBeDefined()
  expect((await fleetAt(port).ask())?.ack).toBeUndefined()
  const foreign = fleetAt(port, () => ({ ...trusting, identity: identityOf('rotator', otherRoot) }))
  expect((await foreign.ask())?.ack).toBeUndefined()
})

it('begins new connections with a rotated identity and rotated roots, without a restart', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const names: unknown[] = []
    const asks = { requestCert: true, rejectUnauthorized: false, ca: root.pem }
    const { port } = await openTls({ ...serverOf(), ...asks }, ({ socket }, response) => {
      const { subjectaltname } = tlsOf(socket).getPeerCertificate()
      names.push(subjectaltname)
      response.end(report)
    })
    let current = { ...trusting, identity: identityOf('rotator-1') }
    const { ask } = fleetAt(port, () => current)
    await ask()
    current = { ...trusting, identity: identityOf('rotator-2') }
    await ask()
    vi.advanceTimersByTime(30_001)
    await ask()
    expect(names).toEqual(['DNS:rotator-1', 'DNS:rotator-1', 'DNS:rotator-2'])
    current = { ...current, trust: otherRoot.pem }
    vi.advanceTimersByTime(30_001)
    expect((await ask())?.problem).toContain('certificate-untrusted')
  } finally {
    vi.useRealTimers()
  }
})

it('goes on with the identity before while the new one cannot be read, and names what cannot be read at first', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { port } = await openTls(serverOf())
    let isBroken = false
    const read = () => {
      if (isBroken) throw new SecretError('malformed', 'root.crt holds no certificate')
      return trusting
    }
    const { ask } = fleetAt(port, read)
    expect((await ask())?.ack).toBeDefined()
    isBroken = true
    vi.advanceTimersByTime(30_001)
    expect((await ask())?.ack).toBeDefined()
    const { problem } = (await fleetAt(port, read).ask()) ?? {}
    expect(problem).toBe('root.crt holds no certificate')
  } finally {
    vi.useRealTimers()
  }
})
