import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadAuthorities } from './authorities.ts'

async function failureOf(content: string | undefined): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'certtransparency-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'ca.pem')
  if (content !== undefined) await writeFile(path, content)
  return loadAuthorities(path).then(
    () => undefined,
    (error: unknown) => error,
  )
}

const NOT_DER = Buffer.from('not a certificate').toString('base64')

it.each([
  ['is not there', undefined, 'missing'],
  ['is empty', '', 'malformed'],
  ['has no certificate', 'ca.crt', 'malformed'],
  [
    'has a certificate that cannot be read',
    `-----BEGIN CERTIFICATE-----\n${NOT_DER}\n-----END CERTIFICATE-----\n`,
    'malformed',
  ],
])('does not start with a file of CA certificates that %s', async (_, content, code) => {
  const problem = { key: 'CA_CERTIFICATES_FILE', code }
  expect(await failureOf(content)).toMatchObject({ code: 'startup-refused', problems: [problem] })
})
