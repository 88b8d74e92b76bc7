import { expect, it } from 'vitest'
import { openDoor } from '../../../test/console/door/open-door.support.ts'

const HEADER = 'x-rekey-proof'

async function open() {
  const { signIn } = await openDoor()
  const { origin } = await signIn({ role: 'operator' })
  const proofOf = (method: string, path: string, body: string) =>
    origin.prove(method, path, body)[HEADER] ?? ''
  /** The answer to an order with a proof: a status, or that there is no sign-in for it. */
  const order = async (proof: string, body = 'KEY'): Promise<unknown> =>
    (await origin.ask('POST', '/rotate', body, { [HEADER]: proof })).json()
  return { proofOf, order, signIn }
}

it('takes a proof of this request, once', async () => {
  const { proofOf, order } = await open()
  const proof = proofOf('POST', '/rotate', 'KEY')
  expect([await order(proof), await order(proof)]).toEqual([false, 401])
})

it.each([
  ['method', 'GET', '/rotate', 'KEY'],
  ['address', 'POST', '/rotate?', 'KEY'],
  ['body', 'POST', '/rotate', 'OTHER'],
] as const)('takes no proof of another %s', async (_, method, path, body) => {
  const { proofOf, order } = await open()
  expect(await order(proofOf(method, path, body))).toBe(401)
})

it.each<readonly [string, (parts: readonly string[]) => readonly string[]]>([
  ['with another text that is used once', ([key = '', , sign = '']) => [key, 'A'.repeat(22), sign]],
  [
    'with a longer text that is used once',
    ([key = '', once = '', sign = '']) => [key, `${once}A`, sign],
  ],
  ['with text before it', ([key = '', ...more]) => [`A${key}`, ...more]],
  ['with text behind it', ([key = '', once = '', sign = '']) => [key, once, `${sign}A`]],
  ['without a signature', ([key = '', once = '']) => [key, once]],
  ['without any part', () => []],
])('takes no proof %s', async (_, change) => {
  const { proofOf, order } = await open()
  const parts = proofOf('POST', '/rotate', 'KEY').split('.')
  expect(await order(change(parts).join('.'))).toBe(401)
})

it('takes no proof by the key of another session', async () => {
  const { proofOf, order, signIn } = await open()
  const other = await signIn({ subject: 'b', role: 'viewer' })
  const [key = ''] = proofOf('POST', '/rotate', 'KEY').split('.')
  const [, once, signature] = (other.origin.prove('POST', '/rotate', 'KEY')[HEADER] ?? '').split(
    '.',
  )
  expect(await order([key, once, signature].join('.'))).toBe(401)
})
