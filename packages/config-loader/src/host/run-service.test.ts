import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMemoryStore } from '@rekey/secret-stores'
import type { DisposalStack } from '@rekey/secret'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineService, loadService } from '../index.ts'
import { runService } from './index.ts'

const definition = defineService({ name: 'app', settings: z.object({}), secrets: {} })

/** The part of a process that `runService` uses. */
function createProcess() {
  const lines: string[] = []
  const signals = new EventEmitter()
  const exited = once(signals, 'exited')
  const exit = (code: number) => signals.emit('exited', code)
  const stderr = { write: (text: string) => lines.push(text) }
  const process = Object.assign(signals, { exit, stderr, env: {} }) as unknown as NodeJS.Process
  return { process, lines, exited, kill: () => signals.emit('SIGTERM') }
}

/** Starts with three resources, of which the second cannot be closed. */
async function open(own: DisposalStack, closed: string[]) {
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: createMemoryStore({}) })
  own.use(service, 'secrets')
  for (const name of ['pool', 'broken', 'listener']) {
    own.defer(() => {
      closed.push(name)
      return name === 'broken' ? Promise.reject(new Error('a value')) : Promise.resolve()
    }, name)
  }
  return { service, healthPort: 0 }
}

test('on SIGTERM a resource that cannot be closed leaves no other open, and is named', async () => {
  const { process, lines, exited, kill } = createProcess()
  const closed: string[] = []
  await runService(process, (own) => open(own, closed))
  kill()
  expect(await exited).toEqual([1])
  expect(closed).toEqual(['listener', 'broken', 'pool'])
  expect(lines.join('')).toContain('not closed: broken (failed)')
  expect(lines.join('')).not.toContain('a value')
})

test('on SIGTERM during the start what is open is closed, what opens later too, and nothing is reported', async () => {
  const { process, lines, exited, kill } = createProcess()
  const closed: string[] = []
  const resource = (name: string) => ({
    [Symbol.asyncDispose]: () => Promise.resolve(void closed.push(name)),
  })
  let goOn: () => void = () => undefined
  const running = runService(process, async (own) => {
    own.use(resource('first'), 'first')
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    own.use(resource('late'), 'late')
    throw new Error('not reached')
  })
  kill()
  expect(await exited).toEqual([0])
  goOn()
  await running
  expect(closed).toEqual(['first', 'late'])
  expect(lines).toEqual([])
})

test('a service that cannot start closes what it has opened', async () => {
  const { process, exited } = createProcess()
  const closed: string[] = []
  await runService(process, async (own) => {
    await open(own, closed)
    throw new Error('no port')
  })
  expect(await exited).toEqual([1])
  expect(closed).toEqual(['listener', 'broken', 'pool'])
})

test('a service whose health port is taken closes what it has opened', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const { process, exited, lines } = createProcess()
  const closed: string[] = []
  await runService(process, async (own) => {
    const { port } = taken.address() as AddressInfo
    return { ...(await open(own, closed)), healthPort: port }
  })
  expect(await exited).toEqual([1])
  expect(lines.join('')).toContain('the port is taken')
  expect(closed).toEqual(['listener', 'broken', 'pool'])
})
