import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { createRedactor, redactValue } from './index.ts'

const secret = `${randomBytes(24).toString('hex')}/é`
const redactor = createRedactor({ secrets: [] })
redactor.add(Secret.of(secret, 'API_KEY'))
const TAG = '[secret API_KEY]'
const masked = <T>(value: T): T => redactValue(redactor, value)

class Session {
  readonly #token: string
  constructor(token: string) {
    this.#token = token
  }
  toJSON() {
    return { token: this.#token }
  }
}

class Shy {
  readonly #token: string
  constructor(token: string) {
    this.#token = token
  }
  [inspect.custom]() {
    return `Shy <${this.#token}>`
  }
}

class Node {
  readonly next: Node
  readonly key: string
  constructor(key: string) {
    this.next = this
    this.key = key
  }
}

class Refusal extends Error {
  override readonly name = 'Refusal'
}

describe('a value without a secret', () => {
  it('is returned itself, of whatever kind it is', () => {
    const cycle: Record<string, unknown> = { url: new URL('http://x'), node: new Node('a') }
    cycle['self'] = cycle
    const values = [cycle, new Map([[{}, new Set([1])]]), new Error('x'), Buffer.from('clean')]
    for (const value of [...values, [1, 2], null, undefined, 1n, Symbol('s'), () => 1, 'text']) {
      expect(masked(value)).toBe(value)
    }
  })
})

describe('a value with a secret', () => {
  it('is masked in members, elements, keys, maps and sets, at any depth', () => {
    const value = {
      a: { b: [{ c: `x ${secret}` }] },
      [secret]: 1,
      map: new Map([['k', secret]]),
      set: new Set([secret]),
      [Symbol.for('message')]: `{"a":"${secret}"}`,
    }
    expect(masked(value)).toEqual({
      a: { b: [{ c: `x ${TAG}` }] },
      [TAG]: 1,
      map: new Map([['k', TAG]]),
      set: new Set([TAG]),
      [Symbol.for('message')]: `{"a":"${TAG}"}`,
    })
    expect(value.a.b[0]?.c).toBe(`x ${secret}`)
  })

  it('is masked as bytes and as numbers', () => {
    const bytes = Buffer.from(secret)
    const { buffer } = new Uint8Array(bytes)
    const shown = inspect(
      masked([bytes, buffer, new Uint8Array(bytes), [...bytes], Object.assign({}, bytes)]),
    )
    expect(shown.match(/\[secret API_KEY\]/g)).toHaveLength(5)
    expect(shown).not.toMatch(/\d{3}/)
  })

  it('stays an error of its class, masked in message, stack, cause, fields and the errors of an AggregateError', () => {
    const cause = new AggregateError([new Error(secret)], 'all')
    const error = Object.assign(new Refusal(`for ${secret}`, { cause }), { config: { secret } })
    const copy = masked(error)
    expect(copy).toBeInstanceOf(Refusal)
    expect(copy.message).toBe(`for ${TAG}`)
    expect(copy.stack).toContain(`for ${TAG}`)
    expect(copy.stack).toContain('redact-value.test')
    expect(inspect(copy, { depth: 9 })).not.toContain(secret)
    expect(inspect(copy, { depth: 9 })).toContain('AggregateError')
    expect(error.message).toBe(`for ${secret}`)
  })

  it('is masked in an error whose message lies in its class', () => {
    const copy = masked(new DOMException(secret, 'AbortError'))
    expect([copy.message, copy.name]).toEqual([TAG, 'AbortError'])
  })

  it('is masked where a class keeps it from its members', () => {
    const url = new URL(`http://x/?q=${encodeURIComponent(secret)}`)
    const values = [new Session(secret), new Shy(secret), url, Symbol(secret), new Node(secret)]
    const shown = inspect(masked(values), { depth: 9 })
    expect(shown).not.toContain(secret.slice(0, 12))
    expect(shown.match(/\[secret API_KEY\]/g)?.length).toBeGreaterThanOrEqual(5)
  })

  it('keeps its cycles', () => {
    const value: Record<string, unknown> = { secret, list: [] }
    value['self'] = value
    const copy = masked(value)
    expect(copy['self']).toBe(copy)
    expect(copy['secret']).toBe(TAG)
  })
})

describe('a secret that nothing gave to the process', () => {
  it('is masked by its name in a text, but not as a member, where the name stands apart', () => {
    const foreign = randomBytes(12).toString('base64url')
    expect(masked(`{"password":"${foreign}"}`)).not.toContain(foreign)
    expect(masked({ password: foreign })).toEqual({ password: foreign })
  })
})

describe('a value that cannot be searched', () => {
  it('is withheld, alone, and nothing is thrown', () => {
    const value = {
      get late(): string {
        throw new RangeError(secret)
      },
    }
    expect(masked({ value, other: 1 })).toEqual({
      value: '[value withheld: reading it failed with RangeError]',
      other: 1,
    })
  })

  it('is withheld where it lies too deep', () => {
    let deep: unknown = secret
    for (let level = 0; level < 20_000; level += 1) deep = [deep]
    expect(JSON.stringify(masked(deep))).toContain('more than 100 levels deep')
  })
})
