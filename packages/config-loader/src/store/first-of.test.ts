import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, SecretError, type SecretSource } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEnvSource, createMemoryStore, firstOf, openDotenvStore } from './index.ts'

const random = () => randomBytes(24).toString('base64url')

/** A source that answers everything with one error, and counts how often it was asked. */
function failing(code: SecretErrorCode): SecretSource & { asked: number } {
  const source = {
    locator: code,
    asked: 0,
    read: () => {
      source.asked += 1
      return Promise.reject(new SecretError(code, `it is ${code}: mend it`))
    },
  }
  return source
}

async function openFile(text: string) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-first-'))
  const path = join(directory, '.env')
  await writeFile(path, text, { mode: 0o600 })
  const store = await openDotenvStore({ path, pollMs: 3_600_000 })
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })
  return store
}

describe('reading', () => {
  it('takes a secret from the first source that has it, with all its stages', async () => {
    const [first, second, pending] = [random(), random(), random()]
    const upper = createEnvSource({ env: { KEY: first } })
    const lower = createMemoryStore({ KEY: second, OTHER: second })
    const { revision } = await lower.read('KEY')
    await lower.stage('KEY', Secret.of(pending, 'KEY'), revision)
    const source = firstOf([upper, lower])
    const staged = await source.read('KEY')
    expect(staged.current.value.expose()).toBe(first)
    expect(staged.pending).toBeUndefined()
    expect((await source.read('OTHER')).current.value.expose()).toBe(second)
  })

  it.each<SecretErrorCode>(['forbidden', 'unreachable', 'malformed', 'refused'])(
    'does not go on to the next source where one answers %s',
    async (code) => {
      const next = failing('missing')
      const source = firstOf([createMemoryStore(), failing(code), next])
      await expect(source.read('KEY')).rejects.toMatchObject({ code })
      expect(next.asked).toBe(0)
    },
  )

  it('does not ask the sources below the one that has it', async () => {
    const below = failing('unreachable')
    await firstOf([createMemoryStore({ KEY: random() }), below]).read('KEY')
    expect(below.asked).toBe(0)
  })

  it('says where it looked if no source has it', async () => {
    const file = await openFile('OTHER=1\n')
    const source = firstOf([createEnvSource({ env: {} }), file])
    await expect(source.read('KEY')).rejects.toMatchObject({
      code: 'missing',
      message: `KEY is in none of env, ${file.locator}: put it into one of them`,
    })
  })

  it('passes on what is no answer of a source as it is', async () => {
    const broken: SecretSource = { locator: 'broken', read: () => Promise.reject(new RangeError()) }
    await expect(firstOf([broken, createMemoryStore()]).read('KEY')).rejects.toThrow(RangeError)
  })

  it('needs a source', () => {
    expect(() => firstOf([])).toThrow(SecretError)
  })

  it('can be put into another one', async () => {
    const value = random()
    const inner = firstOf([createMemoryStore(), createMemoryStore({ KEY: value })])
    const source = firstOf([createMemoryStore(), inner])
    expect((await source.read('KEY')).current.value.expose()).toBe(value)
  })
})

describe('reading several at once', () => {
  /** A source that can answer for several names at one instant. */
  function atOnce(values: Record<string, string>, failure?: SecretError): SecretSource {
    const store = createMemoryStore(values)
    return {
      locator: 'at once',
      read: (name) => store.read(name),
      async readAll(names) {
        if (failure) throw failure
        const one = (name: string) => store.read(name).catch((error: unknown) => error as never)
        return new Map(
          await Promise.all(names.map(async (name) => [name, await one(name)] as const)),
        )
      },
    }
  }

  it('takes each from the first source that has it', async () => {
    const [a, b] = [random(), random()]
    const source = firstOf([atOnce({ A: a }), atOnce({ A: b, B: b })])
    const answers = await source.readAll?.(['A', 'B', 'C'])
    expect(answers?.get('A')).toMatchObject({ name: 'A' })
    expect((answers?.get('A') as { current: { value: Secret } }).current.value.expose()).toBe(a)
    expect(answers?.get('B')).toMatchObject({ name: 'B' })
    expect(answers?.get('C')).toMatchObject({ code: 'missing' })
  })

  it('keeps what the upper source gave when a lower one does not answer', async () => {
    const down = new SecretError('unreachable', 'it is down: start it')
    const source = firstOf([atOnce({ A: random() }), atOnce({}, down)])
    const answers = await source.readAll?.(['A', 'B'])
    expect(answers?.get('A')).toMatchObject({ name: 'A' })
    expect(answers?.get('B')).toBe(down)
    await expect(firstOf([atOnce({}, down), atOnce({})]).readAll?.(['A'])).rejects.toBe(down)
  })

  it('offers neither that nor watching unless every source can', () => {
    const plain = failing('missing')
    expect(firstOf([createMemoryStore(), plain])).not.toHaveProperty('watch')
    expect(firstOf([atOnce({}), plain])).not.toHaveProperty('readAll')
  })
})

describe('watching', () => {
  it('sees a change of the source that has it, and a source above that begins to have it', async () => {
    const upper = await openFile('')
    const lower = createMemoryStore({ KEY: random() })
    const source = firstOf([upper, lower])
    const { revision } = await source.read('KEY')
    const stop = new AbortController()
    const changes = source.watch?.('KEY', stop.signal)[Symbol.asyncIterator]()
    await lower.stage('KEY', Secret.of(random(), 'KEY'), revision)
    const seen = await changes?.next()
    expect(seen?.value).toMatchObject({ pending: { name: 'KEY' } })
    const value = random()
    const above = changes?.next()
    await upper.create('KEY', Secret.of(value, 'KEY'))
    expect((await above)?.value).toMatchObject({ revision: (await upper.read('KEY')).revision })
    stop.abort()
    expect(await changes?.next()).toMatchObject({ done: true })
  })

  it('says nothing of a change below the source that has it', async () => {
    const lower = createMemoryStore({ KEY: random() })
    const source = firstOf([createMemoryStore({ KEY: random() }), lower])
    await source.read('KEY')
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const staged of source.watch?.('KEY', AbortSignal.timeout(100)) ?? []) {
        seen.push(staged)
      }
    })()
    await lower.stage('KEY', Secret.of(random(), 'KEY'), (await lower.read('KEY')).revision)
    await watching
    expect(seen).toEqual([])
  })

  it('fails when the watch of one source fails, so that its reader polls', async () => {
    const broken: SecretSource = {
      ...failing('missing'),
      async *watch() {
        await Promise.resolve()
        throw new SecretError('unreachable', 'no more watches: raise the limit')
      },
    }
    const source = firstOf([broken, createMemoryStore({ KEY: random() })])
    const watching = source.watch?.('KEY', new AbortController().signal)[Symbol.asyncIterator]()
    await expect(watching?.next()).rejects.toMatchObject({ code: 'unreachable' })
  })
})

it('tells every source that a version is not used any more', async () => {
  const reported: string[] = []
  const lease = (locator: string): SecretSource => ({
    ...failing('missing'),
    locator,
    released: (name, version) => {
      reported.push(`${locator} ${name} ${version}`)
      return Promise.resolve()
    },
  })
  await firstOf([lease('a'), failing('missing'), lease('b')]).released?.('KEY', 'v1')
  expect(reported).toEqual(['a KEY v1', 'b KEY v1'])
})
