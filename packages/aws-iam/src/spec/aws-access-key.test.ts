import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { awsAccessKey } from './aws-access-key.ts'

const id = `AKIA${randomBytes(8).toString('hex').toUpperCase()}`
const secret = randomBytes(30).toString('base64')
const spec = awsAccessKey()

it('is JSON with an id and a secret, of which the secret is never shown', () => {
  const text = JSON.stringify({ accessKeyId: id, secretAccessKey: secret })
  expect(spec.parse(text)).toEqual({
    value: text,
    id,
    sensitive: [text, secret],
    nonProduction: false,
  })
  const marked = JSON.stringify({ accessKeyId: id, secretAccessKey: secret, nonProduction: true })
  expect(spec.parse(marked).nonProduction).toBe(true)
})

it.each([
  ['no JSON', secret],
  ['no object', 'null'],
  ['an id of another form', JSON.stringify({ accessKeyId: 'root', secretAccessKey: secret })],
  ['no secret', JSON.stringify({ accessKeyId: id })],
  [
    'a mark that is no boolean',
    JSON.stringify({ accessKeyId: id, secretAccessKey: secret, nonProduction: 'yes' }),
  ],
])('%s is refused without a part of it', (_, text) => {
  const refusal = (() => {
    try {
      spec.parse(text)
    } catch (error) {
      return error as Error
    }
    return undefined
  })()
  expect(refusal).toMatchObject({ code: 'malformed' })
  expect(refusal?.message).not.toContain(secret.slice(0, 8))
})
