import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { issue } from '../../test/certificates.support.ts'
import { callsOf } from './index.ts'

const ROOTS = issue({ ca: true }).pem

/** How clients call a service whose roots are in that file of a new directory. */
async function callsWith(name: string) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-trust-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'ca.crt'), ROOTS)
  const file = join(directory, name)
  return {
    file,
    calls: callsOf({ names: ['frontend'], signer: { service: 'signing' }, trust: { file } }),
  }
}

it('reads the roots that clients of a service trust', async () => {
  expect(await (await callsWith('ca.crt')).calls).toMatchObject({
    trust: ROOTS,
    name: 'frontend',
  })
})

it.each([
  ['that is not there', 'gone.crt', 'missing', 'ENOENT'],
  ['below a file', 'ca.crt/ca.crt', 'missing', 'ENOTDIR'],
  ['that is a directory', '.', 'malformed', 'EISDIR'],
])('names a file of roots %s', async (_name, name, code, errno) => {
  const { file, calls } = await callsWith(name)
  await expect(calls).rejects.toMatchObject({
    code,
    message: expect.stringContaining(file) as string,
    details: { errno },
  })
})
