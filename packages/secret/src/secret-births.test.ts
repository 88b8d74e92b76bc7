import { expect, it } from 'vitest'
import { onSecretBirth, Secret } from './index.ts'

it('announces a new secret to those who listen, until they stop, and no page around secrets', () => {
  const born: string[] = []
  const listen = (name: string) =>
    onSecretBirth(({ label }) => {
      born.push(`${label} to ${name}`)
    })
  Secret.of('a text', 'BEFORE')
  const stops = [listen('one'), listen('another')]
  Secret.of('a text', 'FIRST')
  Secret.of('a text', 'PAGE', { announced: false })
  Secret.of('a text', 'MARKED', { announced: true })
  stops[0]?.()
  Secret.of('a text', 'LAST')
  stops[1]?.()
  Secret.of('a text', 'AFTER')
  expect(born).toEqual([
    ...['FIRST to one', 'FIRST to another', 'MARKED to one', 'MARKED to another'],
    'LAST to another',
  ])
})

it('announces a secret to listeners of other copies of this package in the process', () => {
  const listeners: unknown = Reflect.get(globalThis, Symbol.for('@rekey/secret/births'))
  const before = listeners instanceof Set ? listeners.size : 0
  const stop = onSecretBirth(() => undefined)
  expect(Reflect.get(globalThis, Symbol.for('@rekey/secret/births'))).toHaveProperty(
    'size',
    before + 1,
  )
  stop()
})
