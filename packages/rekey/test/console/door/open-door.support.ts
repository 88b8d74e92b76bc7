import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFakeClock } from '@rekey/secret'
import { onTestFinished } from 'vitest'
import { Door } from '../../../src/console/door/door.ts'
import type { FinishedLogin, Operator } from '../../../src/console/door/operator.ts'
import type { SignIn } from '../../../src/console/door/sign-in.ts'
import { readBody } from '../../../src/console/json-exchange.ts'
import { createOrigin, type Origin } from '../login/origin.support.ts'

const ALICE: Operator = { issuer: 'https://id.test', subject: 'a', name: 'alice' }

/** A door with nothing behind it, at a provider that logs in `login.person`, and at a clock that stands still. */
export async function openDoor({ takesOrders = true } = {}) {
  const clock = createFakeClock()
  const signIns: SignIn[] = []
  const log: { failure?: Error } = {}
  const login = createLogin()
  const server = createServer((request, response) => {
    void serve(door, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const record = (signIn: SignIn) => {
    if (log.failure !== undefined) return Promise.reject(log.failure)
    signIns.push(signIn)
    return Promise.resolve()
  }
  const times = { sessionMs: 3_600_000, idleMs: 900_000 }
  const provider = { ...login.provider, ...times, publicUrl: here, demand: 'a group' }
  const door = new Door({ login: provider, clock, takesOrders, record })
  /** Signs a person in, with the browser of an origin or a new one. */
  const signIn = async (person: Partial<Operator>, origin = createOrigin(here)) => {
    login.state.person = { ...ALICE, ...person }
    const finished = await finish(origin)
    return { origin, finished, session: () => origin.ask('GET', '/session') }
  }
  return { clock, signIns, log, here, login: login.state, signIn }
}

/** Begins a sign-in and brings its answer back. */
export async function finish(origin: Origin, order: object = {}): Promise<Response> {
  const begun = await origin.ask('POST', '/login', order)
  const { attempt } = (await begun.json()) as { readonly attempt: string }
  return origin.finish('?code=c', attempt)
}

/** A provider that has each attempt finished once it was begun, in the way that its state says. */
function createLogin() {
  const state: {
    person: Operator
    failure?: Error
    signOut: () => Promise<URL | undefined>
    readonly callbacks: string[]
  } = { person: ALICE, signOut: () => Promise.resolve(undefined), callbacks: [] }
  const begun = new Map<string, string | undefined>()
  const begin = (order?: string) => {
    if (state.failure !== undefined) return Promise.reject(state.failure)
    const attempt = String(begun.size)
    begun.set(attempt, order)
    return Promise.resolve({ url: new URL('https://id.test/authorize'), attempt })
  }
  const end = (callback: URL, attempt: string): Promise<FinishedLogin | undefined> => {
    state.callbacks.push(callback.href)
    if (state.failure !== undefined) return Promise.reject(state.failure)
    if (!begun.has(attempt)) return Promise.resolve(undefined)
    const order = begun.get(attempt)
    return Promise.resolve({ operator: state.person, ...(order !== undefined && { order }) })
  }
  return { state, provider: { begin, finish: end, findSignOut: () => state.signOut() } }
}

/** As the console does: an order is answered with whether its person has signed in for it, a stream stays open, and 204 is what no door is needed for. */
async function serve(door: Door, request: IncomingMessage, response: ServerResponse) {
  if (request.url === '/rotate') {
    const body = (await readBody(request)) ?? Buffer.alloc(0)
    const session = door.orderer(request, body)
    const found = typeof session === 'number' ? session : door.takeSignIn(session, body.toString())
    response.end(JSON.stringify(found))
    return
  }
  const hold = await door.answer(request, response)
  if (hold === undefined) return
  if (request.method !== 'GET' || request.url !== '/events') response.writeHead(204).end()
  else {
    response.writeHead(200).write('open')
    response.on(
      'close',
      hold(() => response.end()),
    )
  }
}
