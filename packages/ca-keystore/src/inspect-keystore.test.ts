import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { days, failureOf, freshPath, newRoot } from '../test/ca.support.ts'
import { inspectKeystore } from './internal.ts'

it('shows the key, its slots and the certificate of a sound keystore, and no ciphertext', async () => {
  const { directory, ca } = await newRoot()
  const report = await inspectKeystore({ directory })
  expect(report).toMatchObject({
    directory,
    key: {
      generation: 1,
      purpose: 'root',
      spki: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      slots: [{ slot: 'service', kdf: 'scrypt', n: 131_072, r: 8, p: 1 }],
    },
    certificate: { name: ca.name, notAfter: ca.notAfter },
    problems: [],
  })
  expect(JSON.stringify(report)).not.toMatch(/wrapped|salt|nonce|commitment/)
})

it('reports every problem at once, and shows the file that is sound', async () => {
  const { directory, ca } = await newRoot()
  await chmod(directory, 0o755)
  await chmod(join(directory, 'ca.key'), 0o640)
  const clock = { now: () => ca.notAfter.getTime() + days(1) }
  const report = await inspectKeystore({ directory, clock: clock as never })
  const reasons = report.problems.map(({ details }) => details['reason'])
  expect(reasons).toEqual(['unsafe-file', 'unsafe-file', 'validity'])
  expect(report.key).toBeUndefined()
  expect(report.certificate?.name).toBe(ca.name)
})

it('reports a key of another certificate, and one that costs too little', async () => {
  const [one, other] = [await newRoot('ecdsa-p256'), await newRoot('ed25519')]
  const text = await readFile(join(other.directory, 'ca.key'), 'utf8')
  await writeFile(join(one.directory, 'ca.key'), text.replace('"n":131072', '"n":16384'))
  const { problems } = await inspectKeystore(one)
  expect(problems.map(({ details }) => details['reason'])).toEqual(['kdf-policy', 'pair'])
})

it('fails for a directory that is missing', async () => {
  const error = await failureOf(() => inspectKeystore({ directory: freshPath() }))
  expect(error.code).toBe('missing')
})
