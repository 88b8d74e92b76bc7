import { expect, it } from 'vitest'
import { limitedText } from './index.ts'

const MIB = 1024 * 1024

/** An endless answer that counts how much of it was read. */
function endless(): { response: Response; readMib: () => number } {
  let read = 0
  const body = new ReadableStream({
    pull(controller) {
      read += 1
      controller.enqueue(new Uint8Array(MIB))
    },
  })
  return { response: new Response(body), readMib: () => read }
}

it('reads an answer of 4 MiB whole', async () => {
  await expect(limitedText(new Response('a'.repeat(4 * MIB)))).resolves.toHaveLength(4 * MIB)
  await expect(limitedText(new Response())).resolves.toBe('')
})

it('refuses a longer answer, and does not read its rest', async () => {
  const { response, readMib } = endless()
  await expect(limitedText(response)).rejects.toThrow(RangeError)
  expect(readMib()).toBeLessThan(8)
})
