// @lane servers
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { BY_OTHER_USER, runAsOther } from './other-user.ts'
import { runRekey } from '@rekey/test-support'

vi.setConfig({ testTimeout: 60_000 })

const TOKEN = randomBytes(24).toString('base64url')
const PRIVATE = randomBytes(24).toString('base64url')

async function newDirectory(mode = 0o700): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-found-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await chmod(directory, mode)
  return directory
}

/** A server that is sent what a client of Vault sends, and keeps it. */
async function listen() {
  const received: string[] = []
  const server = createServer((request, response) => {
    let text = `${request.method ?? ''} ${request.url ?? ''} ${JSON.stringify(request.headers)} `
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      received.push(text)
      response.writeHead(404).end()
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received: () => received.join('\n') }
}

/** The file of a stack in `directory` whose secrets are in the Vault at `url`. */
const stackFile = (url: string, directory: string, variables: object = {}) =>
  JSON.stringify({
    services: ['signing'],
    store: { locator: 'vault:secret/vpn', variables: { VAULT_ADDR: url, ...variables } },
    journal: 'store',
    fleet: [],
    validationMs: 1,
    auditDirectory: join(directory, 'audit'),
  })

const uid = String(process.geteuid?.())

it(`${BY_OTHER_USER} gets neither token nor file of one who looks for a stack, by a stack put where one is looked for`, async () => {
  const { url, received } = await listen()
  const [TMPDIR, HOME] = [await newDirectory(0o1777), await newDirectory()]
  const secret = join(HOME, 'private')
  await writeFile(secret, PRIVATE, { mode: 0o600 })
  const asToken = { VAULT_TOKEN: { file: secret } }
  const asJwt = {
    REKEY_VAULT_AUTH: 'kubernetes',
    REKEY_VAULT_ROLE: 'a',
    REKEY_VAULT_JWT_FILE: secret,
  }
  const put = `mkdir -p "$2"; printf %s "$3" > "$2/stack.json"; chmod 777 "$1"; chmod -R a+rX "$1"`
  for (const [place, XDG_RUNTIME_DIR, words] of [
    [`rekey-stacks-${uid}`, '', 'no stack is running'],
    ['runtime/rekey-stacks', join(TMPDIR, 'runtime'), `refused: ${TMPDIR}/runtime`],
  ] as const) {
    for (const [n, variables] of [{}, asToken, asJwt].entries()) {
      const directory = join(TMPDIR, place, `${process.pid}-${n}`)
      const top = join(TMPDIR, place.split('/')[0] ?? '')
      runAsOther(put, top, directory, stackFile(url, directory, variables))
      const env = { TMPDIR, HOME, XDG_RUNTIME_DIR, VAULT_TOKEN: TOKEN }
      const { code, stderr } = await runRekey(['status'], env)
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(words) as string,
      })
      await rm(top, { recursive: true })
    }
  }
  expect(received()).toBe('')
})

it('gives the environment to a family file, which is always named, and to no stack', async () => {
  const { url, received } = await listen()
  const XDG_RUNTIME_DIR = await newDirectory()
  const directory = join(XDG_RUNTIME_DIR, 'rekey-stacks', `${process.pid}-1`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'stack.json')
  await writeFile(file, stackFile(url, directory), { mode: 0o600 })
  await writeFile(join(directory, 'origin'), process.cwd(), { mode: 0o600 })
  const status = (...flags: string[]) =>
    runRekey(['status', ...flags], { XDG_RUNTIME_DIR, VAULT_TOKEN: TOKEN })
  for (const flags of [[], ['--stack', directory]]) {
    expect((await status(...flags)).stderr).toContain('set VAULT_TOKEN_FILE')
    expect(received()).toBe('')
  }
  await status('--family', file)
  expect(received()).toContain(TOKEN)
})
