import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections (32768 on Linux, 49152 by RFC 6335), so that none is taken meanwhile. */
const FIRST_PORT = 20_000
const LANES = 1_000
const LANE_WIDTH = 12
/** Has no divisor in common with `LANES`: processes that start one after the other look far from each other. */
const STRIDE = 389
/** Where this process looks next: in a lane of its own first, so that two that look at the same time do not find the same ones. */
let next = ((process.pid * STRIDE) % LANES) * LANE_WIDTH

/**
 * Finds `count` loopback ports that are free now, none of which it gave before. Another process may take one before the
 * caller does, though no system gives them to outgoing connections.
 *
 * @throws {Error} if all are taken
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const found: number[] = []
  for (let step = 0; found.length < count; step += 1) {
    if (step === LANES * LANE_WIDTH) throw new Error('no port is free: stop what is not needed')
    const port = FIRST_PORT + next
    next = (next + 1) % (LANES * LANE_WIDTH)
    if (await isFree(port)) found.push(port)
  }
  return found
}

/** One such port. */
export async function findFreePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1)
  return port
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
