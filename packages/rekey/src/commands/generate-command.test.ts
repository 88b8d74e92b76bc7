import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDotenvStore } from '@rekey/config-loader/store'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

let out: string
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'rekey-generate-'))
  onTestFinished(() => rm(out, { recursive: true }))
})

const generate = (...flags: string[]) => runProgram(['generate', 'signing', '--json', ...flags])
const read = (name: string) => readFile(join(out, name), 'utf8')

it('finds the files of this repository to be what follows from its definitions', async () => {
  expect(await runProgram(['generate', '--check'])).toMatchObject({ code: 0, output: '' })
})

it('writes an example of the variables that the strict dialect can read, without values', async () => {
  const { code, lines } = await generate('--out', out)
  expect(code).toBe(0)
  expect(lines()).toEqual([
    { type: 'file', path: join(out, '.env.example'), outcome: 'written' },
    { type: 'file', path: join(out, 'service.schema.json'), outcome: 'written' },
  ])
  const text = await read('.env.example')
  for (const line of [
    'REKEY_ENVIRONMENT=development',
    'PORT=',
    '# SERVER_VALIDITY_HOURS=24',
    '# api-key, shown by frontend: an issued API key: at least 32 random characters, a key id and a checksum',
    'CA_PASSPHRASE_SIGNING=',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  await using store = await openDotenvStore({ path: join(out, '.env.example') })
  await expect(store.read('CA_PASSPHRASE_SIGNING')).rejects.toMatchObject({ code: 'missing' })
})

it('writes a schema of the settings and of the names of the secrets', async () => {
  await generate('--out', out)
  expect(JSON.parse(await read('service.schema.json'))).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'signing',
    properties: {
      settings: {
        properties: { PORT: { type: 'integer', maximum: 65_535 } },
        required: [
          'PORT',
          'HEALTH_PORT',
          'CA_DIRECTORY',
          'CRL_DIRECTORY',
          'CERTTRANSPARENCY_URL',
          'LOG_VERIFIER_KEY',
        ],
      },
      secrets: {
        properties: { CA_PASSPHRASE_SIGNING: { minLength: 32, writeOnly: true } },
        required: [
          'API_KEY_FRONTEND_SIGNING',
          'API_KEY_SIGNING_CERTTRANSPARENCY',
          'CA_PASSPHRASE_SIGNING',
          'TLS_SIGNING',
        ],
      },
    },
  })
})

it('only says what has drifted with --check, and writes only that without', async () => {
  await generate('--out', out)
  await writeFile(join(out, '.env.example'), 'PORT=\n')
  const check = await generate('--out', out, '--check')
  expect(check.code).toBe(1)
  expect(check.lines()).toEqual([
    { type: 'file', path: join(out, '.env.example'), outcome: 'drifted' },
  ])
  expect(await read('.env.example')).toBe('PORT=\n')
  expect((await generate('--out', out)).lines()).toEqual([
    { type: 'file', path: join(out, '.env.example'), outcome: 'written' },
  ])
  expect((await generate('--out', out, '--check')).output).toBe('')
})

it('says that it cannot write', async () => {
  const { code, output } = await generate('--out', '/nowhere')
  expect(code).toBe(1)
  expect(output).toContain('missing: /nowhere/.env.example does not exist')
})
