import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Counts the connections of this process to a server that cannot be asked for them: returns the most since it was last called. */
export function countSockets(port: number): () => Promise<number> {
  let [open, most] = [0, 0]
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket }
    socket.once('connect', () => {
      if (socket.remotePort !== port) return
      open += 1
      most = Math.max(most, open)
      socket.once('close', () => (open -= 1))
    })
  })
  return () => {
    const seen = most
    most = open
    return Promise.resolve(seen)
  }
}
