import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openEntrance } from './console-entrance.ts'

const WRITTEN = {
  issuer: 'https://login.example',
  clientId: 'console',
  publicUrl: 'https://console.example',
  roles: { claim: 'groups', viewer: ['watchers'], operator: ['on-call'] },
}

async function directoryWith(files: Readonly<Record<string, unknown>>): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'rekey-console-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(cwd, name), text)
  }
  return cwd
}

it('a console without a login file has no login', async () => {
  await using entrance = await openEntrance(undefined, { cwd: '/', env: {} })
  expect(entrance.options).toEqual({})
})

it('takes the client secret from a variable or from the file that it names', async () => {
  const secret = randomBytes(24).toString('hex')
  const cwd = await directoryWith({ 'login.json': WRITTEN, secret })
  const named = { REKEY_CONSOLE_CLIENT_SECRET_FILE: join(cwd, 'secret') }
  for (const env of [{ REKEY_CONSOLE_CLIENT_SECRET: secret }, named]) {
    await using entrance = await openEntrance('login.json', { cwd, env })
    expect(entrance.options.login?.publicUrl).toBe('https://console.example')
    expect(JSON.stringify(entrance.options)).not.toContain(secret)
  }
})

it('does not open without the client secret, unless the client is one without', async () => {
  const open = { ...WRITTEN, clientAuthentication: 'none' }
  const cwd = await directoryWith({ 'login.json': WRITTEN, 'public.json': open })
  await expect(openEntrance('login.json', { cwd, env: {} })).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining('REKEY_CONSOLE_CLIENT_SECRET') as string,
  })
  await using entrance = await openEntrance('public.json', { cwd, env: {} })
  expect(entrance.options.login).toBeDefined()
})

it.each([
  ['is not there', {}, 'missing'],
  ['is none', { 'login.json': '{}' }, 'malformed'],
  [
    'names a certificate that is not there',
    {
      'login.json': {
        ...{ ...WRITTEN, clientAuthentication: 'none' },
        tls: { certificateFile: 'c.pem', keyFile: 'k.pem' },
      },
    },
    'missing',
  ],
])('refuses a login file that %s', async (_what, files, code) => {
  const cwd = await directoryWith(files)
  await expect(openEntrance('login.json', { cwd, env: {} })).rejects.toMatchObject({ code })
})
