import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/**
 * What happens to a request. `cut` before it reaches the server, `lose` its answer, `drip` it byte by byte without an end,
 * or answer instead of the server.
 */
export type Fault =
  'pass' | 'cut' | 'lose' | 'drip' | { status: number; type: string } | 'html' | 'empty'

/** A proxy in front of the real server. */
export interface FaultProxy {
  readonly endpoint: string
  /** The operations that were asked for, in order: `DescribeSecret`. */
  readonly seen: string[]
  /** Decides for each request; everything passes at first. */
  decide: (operation: string) => Fault
}

/** Opens a proxy in front of `target`. */
export async function openFaultProxy(target: string): Promise<FaultProxy> {
  const server = createServer((incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).replace('secretsmanager.', '')
    proxy.seen.push(operation)
    void answer({ target, incoming, outgoing }, proxy.decide(operation))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${port}`,
    seen: [],
    decide: () => 'pass',
  }
  return proxy
}

interface Exchange {
  readonly target: string
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

async function answer({ target, incoming, outgoing }: Exchange, fault: Fault): Promise<void> {
  if (fault === 'cut') {
    incoming.socket.destroy()
    return
  }
  if (fault === 'html') {
    outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>')
    return
  }
  if (fault === 'empty') {
    outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}')
    return
  }
  if (typeof fault === 'object') {
    const body = JSON.stringify({ __type: fault.type, message: 'from the test' })
    outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.1' }).end(body)
    return
  }
  const reply = await forward(target, incoming)
  if (fault === 'lose') incoming.socket.destroy()
  else if (fault === 'drip') outgoing.writeHead(reply.status, reply.headers).write(' ')
  else outgoing.writeHead(reply.status, reply.headers).end(reply.body)
}

async function forward(target: string, incoming: IncomingMessage) {
  const body = await buffer(incoming)
  const { method, headers } = incoming
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(new URL(target), { method, headers }, resolve).on('error', reject).end(body)
  })
  const { statusCode: status = 500, headers: replied } = response
  return { status, headers: replied, body: await buffer(response) }
}
