import { expect, it } from 'vitest'
import { callingOf, refuseToAsk } from './internal.ts'

const fetch = () => Promise.reject(new Error('nothing is fetched'))
const trusting = () => Promise.reject(new Error('nothing is fetched with trust'))
const fetchTrusting = (trust: unknown) => {
  expect(trust).toBe('PEM')
  return Promise.resolve(trusting)
}

it('calls a server outside the family with trust in the declared roots, or as all are called', async () => {
  expect(await callingOf('PEM', { fetch, fetchTrusting })).toEqual({ fetch: trusting })
  expect(await callingOf(undefined, { fetch, fetchTrusting })).toEqual({ fetch })
  expect(await callingOf(undefined, { fetchTrusting })).toEqual({})
})

it('is a mistake of the program where it cannot trust declared roots', async () => {
  await expect(callingOf('PEM', { fetch })).rejects.toThrow(
    new TypeError('a rotator that meets trust must have fetchTrusting'),
  )
})

it('refuses a rotation that needs an operator where none is present', async () => {
  await expect(refuseToAsk(new AbortController().signal)).rejects.toMatchObject({
    code: 'refused',
    message:
      'no operator is present to paste the new secret: rotate it with rekey rotate, and give the new secret on stdin',
  })
})
