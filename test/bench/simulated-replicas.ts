import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { REPORT_MAC_HEADER, Secret, verifyReportRequest } from '@rekey/secret'
import { type FleetCounts, type FleetOrder, SIMULATED_SECRET } from './simulated-fleet.ts'

/**
 * The process of {@link openSimulatedFleet}: one server of HTTP is every replica, each at an address of its own. Each twentieth is dead:
 * it closes the connection, or takes the request and gives no answer.
 */
const held = new Map<string, FleetOrder['versions']>()
const counts = { reports: 0, connections: 0 }
let keys: readonly Secret[] = []

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { localAddress = '' } = request.socket
  const index = indexOf(localAddress)
  if (index % 40 === 0) return void request.socket.destroy()
  if (index % 20 === 0) return
  counts.reports += 1
  const body = reportOf(localAddress)
  response.writeHead(200, { 'content-type': 'application/json', ...sealed(request, body) })
  response.end(body)
})
server.on('connection', () => (counts.connections += 1))

function indexOf(address: string): number {
  const [, , high = 0, low = 0] = address.split('.').map(Number)
  return (high - 1) * 256 + low
}

function reportOf(address: string): string {
  const versions = held.get(address) ?? []
  const inUse = versions.flatMap(({ stage, version }) => (stage === 'current' ? version : []))
  const usage = { since: 1, versions: [], holding: { pool: inUse }, failures: 0 }
  const secret = { name: SIMULATED_SECRET, kind: 'text', end: 'owner', versions, usage }
  return JSON.stringify({ service: 'app', replica: address, secrets: [secret], waits: [] })
}

function sealed({ url: path = '', headers }: IncomingMessage, body: string) {
  const seal = verifyReportRequest(keys, { path, authorization: headers.authorization })
  return seal === undefined ? {} : { [REPORT_MAC_HEADER]: seal(body) }
}

const STEPS = 50

async function takeOver({ versions, spreadMs, count }: FleetOrder): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) {
    for (let index = step; index < count; index += STEPS) {
      held.set(`127.0.${1 + (index >> 8)}.${index & 255}`, versions)
    }
    await delay(spreadMs / STEPS)
  }
}

process.on('message', ({ key, order }: { key?: string; order?: FleetOrder }) => {
  if (key !== undefined) keys = [Secret.of(key, 'REKEY_HEALTH_KEY')]
  if (order !== undefined) void takeOver(order)
  const { port } = server.address() as AddressInfo
  process.send?.({ ...counts, port } satisfies FleetCounts)
})
process.on('disconnect', () => process.exit())
server.listen(0, '0.0.0.0', () => process.send?.('open'))
