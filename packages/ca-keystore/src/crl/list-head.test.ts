import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, freshPath } from '../../test/ca.support.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'
import { readListHead } from './list-head.ts'

/** A CA whose lists are in a directory, and its head there. */
async function newHead() {
  const [directory, lists] = [freshPath(), freshPath()]
  const bare = await bareCa({ directory })
  const folder = join(lists, bare.ca.keyId.toString('hex'))
  await mkdir(folder, { recursive: true })
  const list = join(folder, 'crl.pem')
  const head = () => readListHead({ directory, lists, chain: bare.keystore.chain })
  const publish = (number: bigint, by = bare) =>
    writeFile(list, forgedCrl(by, { number }), { mode: 0o644 })
  const record = (text: string) => writeFile(join(directory, 'crl.number'), text, { mode: 0o600 })
  const trail = `lists/${bare.ca.keyId.toString('hex')}`
  return { list, head, publish, record, trail }
}

it('is 0, without a hash, for a CA that has published no list', async () => {
  const { head, trail } = await newHead()
  expect(await head()).toEqual({ trail, seq: 0 })
})

it('is the number and the SHA-256 of the newest list, also while its number is not recorded yet', async () => {
  const { head, trail, publish, record, list } = await newHead()
  await publish(7n)
  const hash = createHash('sha256')
    .update(await readFile(list))
    .digest('hex')
  for (const number of [undefined, '6\n', '7\n']) {
    if (number !== undefined) await record(number)
    expect(await head()).toEqual({ trail, seq: 7, hash })
  }
})

it('is the recorded number alone where the list of that number is not there', async () => {
  const { head, trail, publish, record, list } = await newHead()
  await publish(7n)
  await record('8\n')
  expect(await head()).toEqual({ trail, seq: 8 })
  await rm(list)
  expect(await head()).toEqual({ trail, seq: 8 })
})

it('refuses a list of another CA, and a number that is none', async () => {
  const { head, publish, record, list } = await newHead()
  await publish(7n, await bareCa({ commonName: 'Other CA' }))
  expect(await failureOf(head)).toMatchObject({ details: { reason: 'other-ca' } })
  await rm(list)
  await record('eight\n')
  expect(await failureOf(head)).toMatchObject({ details: { reason: 'crl-number' } })
})
