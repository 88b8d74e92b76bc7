import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AwaitedState,
  hasReached,
  type HealthReport,
  parseReportQuestion,
  REPORT_MAC_HEADER,
  REPORT_QUESTION_HEADER,
  type SecretHealth,
  verifyReportRequest,
} from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import {
  type FleetCounts,
  type FleetOrder,
  type FleetTls,
  SIMULATED_SECRET,
} from './simulated-fleet.ts'

/**
 * The process of {@link openSimulatedFleet}: one server of HTTP, or of mutual TLS, is every replica, each at an address of its own. Each twentieth is dead:
 * it closes the connection, or takes the request and gives no answer.
 */
const held = new Map<string, FleetOrder['versions']>()
const waiting = new Map<string, { awaited: AwaitedState; answer: () => void }>()
const counts = { reports: 0, connections: 0 }
let keys: readonly Secret[] = []
let server: Server | undefined

const listener: RequestListener = (request, response) => {
  const { localAddress = '' } = request.socket
  const index = indexOf(localAddress)
  if (index % 40 === 0) return void request.socket.destroy()
  if (index % 20 === 0) return
  const answer = () => {
    counts.reports += 1
    const body = JSON.stringify(reportOf(localAddress))
    response.writeHead(200, { 'content-type': 'application/json', ...sealed(request, body) })
    response.end(body)
  }
  const header = request.headers[REPORT_QUESTION_HEADER]
  const question = parseReportQuestion(typeof header === 'string' ? header : undefined)
  if (question?.awaited === undefined || isReached(localAddress, question.awaited)) answer()
  else {
    response.writeProcessing()
    waiting.set(localAddress, { awaited: question.awaited, answer })
    setTimeout(() => {
      if (waiting.delete(localAddress)) answer()
    }, question.waitMs)
  }
}

const LIMITS = { keepAliveTimeout: 60_000 }

/** The sockets of one that is dead are as those of the others until it is asked. */
function open(tls: FleetTls | undefined): void {
  server =
    tls === undefined
      ? createServer(LIMITS, listener)
      : createTlsServer({ ...LIMITS, ...tls, requestCert: true }, listener)
  server.on('connection', () => (counts.connections += 1))
  server.listen(0, '0.0.0.0', report)
}

function report(): void {
  const { port } = server?.address() as AddressInfo
  process.send?.({ ...counts, port } satisfies FleetCounts)
}

function indexOf(address: string): number {
  const [, , high = 0, low = 0] = address.split('.').map(Number)
  return (high - 1) * 256 + low
}

function isReached(address: string, awaited: AwaitedState): boolean {
  return reportOf(address).secrets.some((health) => hasReached(health, awaited))
}

function reportOf(address: string) {
  const versions = held.get(address) ?? []
  const inUse = versions.flatMap(({ stage, version }) => (stage === 'current' ? version : []))
  const usage = { since: 1, versions: [], holding: { pool: inUse }, failures: 0 }
  const counts = { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 }
  const secret: SecretHealth = {
    ...{ name: SIMULATED_SECRET, kind: 'integration', end: 'owner', source: 'simulated' },
    ...{ state: 'fresh', failuresInARow: 0, counts, versions, usage },
  }
  return { service: 'app', replica: address, secrets: [secret], waits: [] } satisfies HealthReport
}

function sealed({ url: path = '', headers }: IncomingMessage, body: string) {
  const seal = verifyReportRequest(keys, { path, authorization: headers.authorization })
  return seal === undefined ? {} : { [REPORT_MAC_HEADER]: seal(body) }
}

const STEPS = 50

async function takeOver({ versions, spreadMs, count }: FleetOrder): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) {
    for (let index = step; index < count; index += STEPS) {
      const address = `127.0.${1 + (index >> 8)}.${index & 255}`
      held.set(address, versions)
      const waiter = waiting.get(address)
      if (waiter === undefined || !isReached(address, waiter.awaited)) continue
      waiting.delete(address)
      waiter.answer()
    }
    await delay(spreadMs / STEPS)
  }
}

process.on(
  'message',
  ({ key, tls, order }: { key?: string; tls?: FleetTls; order?: FleetOrder }) => {
    if (key !== undefined) {
      keys = [Secret.of(key, 'REKEY_HEALTH_KEY')]
      open(tls)
      return
    }
    if (order !== undefined) void takeOver(order)
    report()
  },
)
process.on('disconnect', () => process.exit())
process.send?.('open')
