import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections (32768 on Linux, 49152 by RFC 6335), so that none is taken meanwhile. */
const FIRST_PORT = 20_000
const PORTS = 12_000

/**
 * Finds `count` loopback ports that are free now, and reserves each until this process ends: no other process that
 * looks for ports by this function is given it meanwhile. The UDP port of the same number is the reservation: the
 * kernel gives it to one process, frees it when that ends, however it ends, and lets anything listen at the TCP port.
 *
 * @param first where it looks first; anywhere by default, so that processes rarely look at the same ports
 * @throws {Error} if all are taken
 */
export async function findFreePorts(
  count: number,
  first = FIRST_PORT + randomInt(PORTS),
): Promise<number[]> {
  const found: number[] = []
  for (let step = 0; found.length < count; step += 1) {
    if (step === PORTS) throw new Error('no port is free: stop what is not needed')
    const port = FIRST_PORT + ((first - FIRST_PORT + step) % PORTS)
    if ((await reserve(port)) && (await isFree(port))) found.push(port)
  }
  return found
}

/** One such port. */
export async function findFreePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1)
  return port
}

/** @returns whether the port is now this process's */
function reserve(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  socket.unref()
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      resolve(true)
    })
  })
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}

/** Whether something on this machine accepts connections at a port. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
