import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { afterEach, expect, it } from 'vitest'
import { setCurrentGuard } from './guard/current-guard.ts'
import { createRedactor } from './index.ts'
import { createSecretSearch } from './internal.ts'

const held = (label: string) =>
  Secret.of(randomBytes(24).toString('hex'), label, { announced: false })

afterEach(() => {
  setCurrentGuard(undefined)
})

it('names each secret that a text shows once, whole, in part or in base64, in the order of the text', () => {
  const [first, second, third] = [held('FIRST'), held('SECOND'), held('THIRD')]
  const search = createSecretSearch()
  for (const secret of [first, second, third]) search.add(secret)
  const base64 = Buffer.from(`a ${second.expose()}`).toString('base64')
  const text = `${base64} and ${first.expose().slice(3, 30)}, ${second.expose()}`
  expect(search.find(text)).toEqual(['SECOND', 'FIRST'])
  expect(search.find('a text without any')).toEqual([])
})

it('is no redactor of a guarded process, and gives its secrets to none', () => {
  const added: unknown[] = []
  setCurrentGuard({
    add: (one) => added.push(one),
    dropLines: () => 0,
    disclose: () => 0,
    keep: () => () => 0,
  })
  const redactor = createRedactor({ secrets: [] })
  const secret = held('FOUND')
  const search = createSecretSearch()
  search.add(secret)
  expect(search.find(secret.expose())).toEqual(['FOUND'])
  expect(added).toEqual([redactor])
  expect(redactor.redact(secret.expose())).toBe(secret.expose())
})
