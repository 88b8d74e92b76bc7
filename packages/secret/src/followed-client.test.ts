import { expect, it, onTestFinished } from 'vitest'
import { createFakeClock, followClient, Secret, SecretError, type SecretVersion } from './index.ts'
import { createLiveSecret } from './internal.ts'

const NAME = 'BROKER_SHOP'

const versionOf = (version: string): SecretVersion => {
  const value = Secret.of(`login ${version}`, NAME)
  return { name: NAME, version, stage: 'current', value, sensitive: [value] }
}
const stagedOf = (version: string) => ({
  name: NAME,
  revision: version,
  current: versionOf(version),
})
/** Lets everything that is ready happen. */
const settle = async () => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

class Refused extends Error {}

function noLoss(): void {
  throw new Error('it is not watched')
}

/** A server that accepts some logins, and the clients that were opened there. */
function newServer(accepted: readonly string[]) {
  const server = {
    accepted: new Set(accepted.map((version) => `login ${version}`)),
    isDown: false,
    tries: 0,
    /** What each client is: `login 1`, then `login 1 lost` or `login 1 retired`. */
    clients: [] as { name: string; lose: () => void }[],
    /** Ends the wait of a client that is retired. */
    finish: [] as (() => void)[],
    retires: true,
  }
  const clock = createFakeClock()
  const names = () => server.clients.map(({ name }) => name)
  const open = async (newest: () => string) => {
    const live = createLiveSecret(stagedOf('1'), {
      refresh: () => {
        const version = newest()
        if (live.current.version !== version) live.update(stagedOf(version))
        return Promise.resolve()
      },
    })
    const followed = await followClient(live, {
      ...{ consumer: 'broker', clock },
      open(value) {
        server.tries += 1
        if (server.isDown) return Promise.reject(new Error('no answer'))
        if (!server.accepted.has(value.expose())) return Promise.reject(new Refused('refused'))
        const client = { name: value.expose(), lose: noLoss }
        server.clients.push(client)
        return Promise.resolve(client)
      },
      watch(client, lost) {
        client.lose = () => {
          client.name += ' lost'
          lost()
        }
      },
      async retire(client) {
        if (!server.retires) await new Promise<void>((resolve) => server.finish.push(resolve))
        client.name += ' retired'
      },
      isLoginError: (error) => error instanceof Refused,
    })
    onTestFinished(() => followed.close())
    const holding = () => live.usage.report().holding['broker']
    return { live, followed, holding }
  }
  return { server, clock, names, open }
}

it('the next client is open before the old one is retired, and both are in use until it has', async () => {
  const { server, names, open } = newServer(['1', '2'])
  const { live, followed, holding } = await open(() => '1')
  expect(holding()).toEqual(['1'])
  server.retires = false
  live.update(stagedOf('2'))
  await settle()
  expect(followed.current.name).toBe('login 2')
  expect(names()).toEqual(['login 1', 'login 2'])
  expect(holding()).toEqual(['2', '1'])
  server.finish.forEach((finish) => {
    finish()
  })
  await settle()
  expect(names()).toEqual(['login 1 retired', 'login 2'])
  expect(holding()).toEqual(['2'])
  server.retires = true
  await followed.close()
  expect(names()).toEqual(['login 1 retired', 'login 2 retired'])
  expect(holding()).toEqual([])
})

it('a client that ends by itself is opened anew, and there is none meanwhile', async () => {
  const { server, clock, names, open } = newServer(['1'])
  const { followed, holding } = await open(() => '1')
  server.isDown = true
  server.clients[0]?.lose()
  await settle()
  expect(() => followed.current).toThrow(SecretError)
  expect(holding()).toEqual([])
  server.isDown = false
  await clock.advance(5_000)
  await settle()
  expect(names()).toEqual(['login 1 lost', 'login 1'])
  expect(followed.current.name).toBe('login 1')
})

it('a login that is refused at first is asked for in the store, and no second one is tried where it has no other', async () => {
  const { server, open } = newServer(['2'])
  const { followed, live } = await open(() => '2')
  expect(followed.current.name).toBe('login 2')
  expect(live.usage.report().versions.find(({ version }) => version === '1')?.failures).toBe(1)
  server.tries = 0
  await expect(open(() => '1')).rejects.toThrow('refused')
  expect(server.tries).toBe(1)
})

it('the old client goes on while the next login is refused, and the next one is tried again', async () => {
  const { server, clock, names, open } = newServer(['1'])
  const { live, followed, holding } = await open(() => live.current.version)
  live.update(stagedOf('2'))
  await settle()
  expect(followed.current.name).toBe('login 1')
  expect(holding()).toEqual(['1'])
  server.accepted.add('login 2')
  await clock.advance(5_000)
  await settle()
  expect(names()).toEqual(['login 1 retired', 'login 2'])
})

it('tries grow apart while a server is down', async () => {
  const { server, clock, open } = newServer(['1'])
  await open(() => '1')
  server.isDown = true
  server.tries = 0
  server.clients[0]?.lose()
  for (let second = 0; second < 60; second += 1) {
    await clock.advance(1_000)
    await settle()
  }
  expect(server.tries).toBeGreaterThan(8)
  expect(server.tries).toBeLessThan(40)
})

it('a client that ends by itself while it is retired is not waited for', async () => {
  const { server, open } = newServer(['1', '2'])
  const { live, holding } = await open(() => '1')
  server.retires = false
  live.update(stagedOf('2'))
  await settle()
  expect(holding()).toEqual(['2', '1'])
  server.clients[0]?.lose()
  await settle()
  expect(holding()).toEqual(['2'])
  server.retires = true
})

it('one that is closed opens nothing more', async () => {
  const { server, clock, open } = newServer(['1', '2'])
  const { live, followed } = await open(() => '1')
  await followed.close()
  live.update(stagedOf('2'))
  await clock.advance(10_000)
  await settle()
  expect(server.tries).toBe(1)
  expect(() => followed.current).toThrow('no connection')
})
