import { Duplex } from 'node:stream'

/** What a {@link PostgresSession} asks of its server. */
export interface Backend {
  /** Resolves when what is under way has arrived. */
  travel(): Promise<void>
  /** Whether a login is let in. */
  begins(session: PostgresSession): boolean
  /** The one row that answers a query. */
  answer(text: string, session: PostgresSession): Readonly<Record<string, string>>
  ended(session: PostgresSession): void
}

/**
 * The server's side of one connection of `pg`, in place of its socket: the part of the frontend/backend protocol 3.0 (PostgreSQL
 * documentation, 54.7) that a login and simple queries need. It asks for no password: a login is known by its role.
 */
export class PostgresSession extends Duplex {
  login = ''
  readonly #backend: Backend
  #received = Buffer.alloc(0)
  #arrival = Promise.resolve()

  constructor(backend: Backend) {
    super({ read: () => undefined })
    this.#backend = backend
    this.once('close', () => {
      backend.ended(this)
    })
  }

  connect(): void {
    void this.#backend.travel().then(() => this.emit('connect'))
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Ends the session, as an administrator does. */
  terminate(): void {
    this.#fail('57P01')
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#arrival = this.#arrival.then(async () => {
      await this.#backend.travel()
      this.#received = Buffer.concat([this.#received, chunk])
      while (!this.destroyed && this.#takeMessage());
    })
    done()
  }

  /** Answers the first whole message, if there is one. */
  #takeMessage(): boolean {
    const start = this.login === '' ? 0 : 1
    const length = this.#received.length < start + 4 ? Infinity : this.#received.readInt32BE(start)
    if (this.#received.length < start + length) return false
    const message = this.#received.subarray(0, start + length)
    this.#received = this.#received.subarray(start + length)
    if (start === 0) this.#begin(message.subarray(8).toString())
    else if (message[0] === QUERY) this.#query(message.subarray(5, -1).toString())
    else if (message[0] === TERMINATE) this.push(null)
    else throw new TypeError(`no answer to a message of type ${message[0]}`)
    return true
  }

  #begin(parameters: string): void {
    this.login = /(?:^|\0)user\0([^\0]*)/.exec(parameters)?.[1] ?? ''
    if (!this.#backend.begins(this)) this.#fail('28P01')
    else this.push(Buffer.concat([message('R', int32(0)), READY]))
  }

  #query(text: string): void {
    const row = Object.entries(this.#backend.answer(text, this))
    const columns = row.map(([name]) => Buffer.concat([cstring(name), TEXT_COLUMN]))
    const fields = row.flatMap(([, value]) => [int32(Buffer.byteLength(value)), Buffer.from(value)])
    const count = int16(row.length)
    this.push(message('T', count, ...columns))
    this.push(message('D', count, ...fields))
    this.push(Buffer.concat([message('C', cstring('SELECT 1')), READY]))
  }

  #fail(code: string): void {
    const fields = ['SFATAL', `C${code}`, 'Mended', '']
    this.push(message('E', ...fields.map(cstring)))
    this.push(null)
    setImmediate(() => this.destroy())
  }
}

const [QUERY, TERMINATE] = Buffer.from('QX')

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

const READY = message('Z', Buffer.from('I'))
/** Of no table; of type `text` (25), of any length, as text. */
const TEXT_COLUMN = Buffer.concat([int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)])
