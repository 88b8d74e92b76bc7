import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { findPerson } from './person.ts'

const tokenOf = (claims: object) =>
  ['{}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

async function personWith(token: string) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-person-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'token')
  await writeFile(path, token)
  return await findPerson({ env: { REKEY_ID_TOKEN_FILE: path } })
}

it('names the Unix user', async () => {
  const { uid, username } = userInfo()
  const person = await findPerson({ env: {} })
  expect(person.split(', ')[0]).toBe(`unix:${uid}:${username}`)
})

it.runIf(process.getuid?.() === 0)('names who is behind sudo, where root runs it', async () => {
  const person = await findPerson({ env: { SUDO_UID: '1000', SUDO_USER: 'alice' } })
  expect(person).toMatch(/, login unix:\d+/)
})

it('names the subject of an ID token as claimed, and shows nothing else of it', async () => {
  const claims = { iss: 'https://idp.example.com', sub: 'repo:org/app', email: 'alice@example.com' }
  const token = tokenOf(claims)
  const person = await personWith(token)
  expect(person).toMatch(/, claimed oidc:https:\/\/idp\.example\.com#repo:org\/app$/)
  expect(person).not.toContain('alice@')
  expect(person).not.toContain(token)
})

it.each([[''], ['no token'], ['a.b.c'], [tokenOf({ sub: 7 })]])(
  'names no subject where the file has no token: %s',
  async (text) => {
    expect(await personWith(text)).not.toContain('claimed')
  },
)
