import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { findFreePort, findFreePorts } from './free-ports.ts'
import { runSourceFlags } from './run-source.ts'

/** A script that finds two ports and prints them. */
const FIND = `
  import { findFreePorts } from ${JSON.stringify(new URL('free-ports.ts', import.meta.url).href)}
  console.log(JSON.stringify(await findFreePorts(2)))`
const flagsOf = (script: string) => [
  ...runSourceFlags(),
  ...['--input-type=module', '--eval', script],
]

it('gives a port to one process alone, until that process ends', async () => {
  const flags = flagsOf(`${FIND}; setInterval(() => {}, 1000)`)
  const other = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(other, 'exit')
  const [line] = (await once(createInterface(other.stdout), 'line')) as [string]
  const theirs = JSON.parse(line) as [number, number]
  const mine = await findFreePorts(2, theirs[0])
  expect(theirs.filter((port) => mine.includes(port))).toEqual([])
  other.kill('SIGKILL')
  await ended
  expect(await findFreePorts(1, theirs[0])).toEqual([theirs[0]])
})

it('gives a port once, and one at which anything can listen, at any address', async () => {
  const port = await findFreePort()
  expect(await findFreePorts(1, port)).not.toEqual([port])
  const server = createServer().listen(port, '0.0.0.0')
  await once(server, 'listening')
  server.close()
})

it('gives no port at which something listens that did not ask', async () => {
  // Found by a process that has ended, so nothing reserves it.
  const printed = execFileSync(process.execPath, flagsOf(FIND), { encoding: 'utf8' })
  const [port = 0] = JSON.parse(printed) as number[]
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  expect(await findFreePorts(1, port)).not.toEqual([port])
  server.close()
})
