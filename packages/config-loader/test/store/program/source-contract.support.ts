import { randomBytes } from 'node:crypto'
import type { SecretSource } from '@rekey/secret'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { awkwardValues } from '../../../src/store/awkward-values.ts'
import { fingerprintOf } from '../../../src/store/stored-stages.ts'

/** A source that is only read, and the means to fill it. */
export interface FilledSource extends AsyncDisposable {
  readonly source: SecretSource
  put(name: string, value: string): Promise<void>
}

const NAME = 'API_KEY_FRONTEND_SIGNING'

/** Registers the part of the suite of every store that a source keeps to which is only read. */
export function describeSource(name: string, open: () => Promise<FilledSource>): void {
  describe(`${name} as a source of secrets`, () => {
    let filled: FilledSource
    beforeEach(async () => {
      filled = await open()
    })
    afterEach(() => filled[Symbol.asyncDispose]())

    it('reports a missing secret as missing, and as nothing else', async () => {
      await filled.put(`${NAME}_2`, 'another')
      await expect(filled.source.read(NAME)).rejects.toMatchObject({ code: 'missing' })
    })

    it('reads the current version, whose name is that of every other store', async () => {
      const value = randomBytes(24).toString('base64url')
      await filled.put(NAME, value)
      await filled.put(`${NAME}_2`, 'another')
      const { current, pending, previous } = await filled.source.read(NAME)
      expect(current.value.expose()).toBe(value)
      expect(current.version).toBe(fingerprintOf(NAME, value))
      expect(current.origin).toMatchObject({ kind: 'store' })
      expect([pending, previous]).toEqual([undefined, undefined])
    })

    it('reads a new value at the next read', async () => {
      const values = ['first', 'second'].map((each) => each + randomBytes(9).toString('hex'))
      const read: string[] = []
      for (const value of values) {
        await filled.put(NAME, value)
        read.push((await filled.source.read(NAME)).current.value.expose())
      }
      expect(read).toEqual(values)
    })

    const awkward = awkwardValues()
    it.each(Object.keys(awkward))('gives back a value with %s exactly', async (kind) => {
      await filled.put(NAME, awkward[kind] ?? '')
      const { current } = await filled.source.read(NAME)
      expect(current.value.expose()).toBe(awkward[kind])
    })

    it('refuses a name that no secret has', async () => {
      for (const name of ['--help', 'A/B', '', 'A__PENDING']) {
        await expect(filled.source.read(name)).rejects.toMatchObject({ code: 'malformed' })
      }
    })

    it('ends with its signal', async () => {
      const reason = new Error('stopped')
      const reading = filled.source.read(NAME, AbortSignal.abort(reason))
      await expect(reading).rejects.toBe(reason)
    })
  })
}
