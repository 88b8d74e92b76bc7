import { execFileSync } from 'node:child_process'
import { format, inspect } from 'node:util'

/** The arguments of one call of a logger: an object or an error before a message, or a message before its arguments. */
export type LogCall = readonly [unknown, ...unknown[]]

function thrownBy(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

class Session {
  readonly #token: string
  constructor(token: string) {
    this.#token = token
  }
  toJSON() {
    return { token: this.#token }
  }
  [inspect.custom]() {
    return `Session <${this.#token}>`
  }
}

const bytes = (text: string) => Buffer.from(text)

/** Ways by which a secret gets into a line, whatever the logger. Write a row to try another one. */
export const LOG_CALLS: ReadonlyMap<string, (secret: string) => LogCall> = new Map<
  string,
  (secret: string) => LogCall
>([
  ['the message', (s) => [`connecting with ${s}`]],
  ['an argument of the message', (s) => ['password %s', s]],
  ['an object as an argument', (s) => ['options %j', { password: s }]],
  ['a field', (s) => [{ password: s }, 'x']],
  ['a field of another name', (s) => [{ hint: s }, 'x']],
  ['a deep field', (s) => [{ a: { b: { c: { d: [{ password: s }] } } } }, 'x']],
  ['a key of an object', (s) => [{ cache: { [s]: true } }, 'x']],
  [
    'a getter',
    (s) => [
      {
        get late() {
          return s
        },
      },
      'x',
    ],
  ],
  ['toJSON of a class', (s) => [{ session: new Session(s) }, 'x']],
  ['the message of an error', (s) => [new Error(`login failed for ${s}`)]],
  ['the stack of an error', (s) => [{ stack: new Error(s).stack }, 'x']],
  ['the cause of an error', (s) => [new Error('x', { cause: new Error(s) })]],
  ['an AggregateError', (s) => [new AggregateError([new Error(s)], 'x')]],
  ['a field of an error', (s) => [Object.assign(new Error('x'), { config: { auth: s } })]],
  ['an error as an argument', (s) => ['failed: %s', new Error(s)]],
  ['an error of Node.js about an argument', (s) => [thrownBy(() => Buffer.alloc(s as never))]],
  [
    'an error of Node.js about an encoding',
    (s) => [thrownBy(() => Buffer.alloc(1).toString(s as 'utf8'))],
  ],
  ['an error about a URL', (s) => [thrownBy(() => new URL(`//${s}`))]],
  [
    'an error about a command',
    (s) => [thrownBy(() => execFileSync('false', [s], { stdio: 'ignore' }))],
  ],
  [
    'the userinfo of a URL',
    (s) => [{ url: Object.assign(new URL('postgres://app@db/x'), { password: s }) }, 'x'],
  ],
  ['a query', (s) => [`GET /?a=b&${new URLSearchParams({ token: s }).toString()}`]],
  ['arguments of a program', (s) => [{ argv: ['psql', '--password', s] }, 'x']],
  ['the environment', (s) => [{ env: { HOME: '/', DB_PASSWORD: s } }, 'x']],
  ['headers', (s) => [`GET / HTTP/1.1\r\nAuthorization: Bearer ${s}\r\nHost: x\r\n\r\n`]],
  ['a list of headers', (s) => [{ rawHeaders: ['Host', 'x', 'X-Api-Key', s] }, 'x']],
  ['a cookie', (s) => [{ headers: { cookie: `a=b; session=${encodeURIComponent(s)}; c=d` } }, 'x']],
  ['a body', (s) => [{ body: JSON.stringify({ password: s }) }, 'x']],
  ['a Buffer', (s) => [{ key: bytes(s) }, 'x']],
  ['a Uint8Array', (s) => [{ key: new Uint8Array(bytes(s)) }, 'x']],
  ['a list of bytes', (s) => [{ key: [...bytes(s)] }, 'x']],
  ['an inspected Buffer', (s) => [inspect({ key: bytes(s).subarray(0, 50) })]],
  ['an inspected ArrayBuffer', (s) => [inspect(new Uint8Array(bytes(s)).buffer)]],
  ['an inspected Uint8Array', (s) => [inspect({ key: new Uint8Array(bytes(s)) })]],
  ['an inspected Map', (s) => [inspect(new Map([['key', s]]))]],
  ['an inspected Set', (s) => [inspect(new Set([[s]]))]],
  ['an inspected class', (s) => [format('%O', new Session(s))]],
  ['an inspected error', (s) => [inspect(new Error('x', { cause: s }))]],
  ['a text of util.format', (s) => [format('user', { password: s })]],
])
