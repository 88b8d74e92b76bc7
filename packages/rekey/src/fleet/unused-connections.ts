import type { Agent } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, systemClock } from '@rekey/secret'

const SWEEP_MS = 1_000

/**
 * Has an agent end the connections that no request has used for their time, all by one timer. Left to itself, an agent of Node.js looks through
 * all that are unused for each that ends: with 10,000 of them it holds up the process for seconds.
 */
export function endUnusedBySweeps(agent: Agent, clock: Clock = systemClock): void {
  const unused = new Map<Duplex, number>()
  let timer: NodeJS.Timeout | undefined
  const sweep = () => {
    const now = clock.elapsed()
    for (const [socket, endAt] of unused) {
      if (endAt > now && !socket.destroyed) continue
      unused.delete(socket)
      socket.destroy()
    }
    if (unused.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  // Its type leaves out that it returns whether the connection can be kept.
  const keep: (socket: Duplex) => unknown = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = (socket) => {
    if (keep(socket) === false) return false
    if (socket instanceof Socket) {
      const { timeout = 0 } = socket
      socket.setTimeout(0)
      unused.set(socket, clock.elapsed() + timeout)
      timer ??= setInterval(sweep, SWEEP_MS).unref()
    }
    return true
  }
  const reuse = agent.reuseSocket.bind(agent)
  agent.reuseSocket = (socket, request) => {
    unused.delete(socket)
    reuse(socket, request)
  }
}
