import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { defineStore, Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createMemoryStore, openSource, openStore } from '../index.ts'
import {
  makeDirectory,
  open,
  random,
  writeSources,
} from '../../../test/store/locate/locate.support.ts'

it('opens the variables', async () => {
  const value = random()
  const source = await open('env', { env: { KEY: value } })
  expect((await source.read('KEY')).current.value.expose()).toBe(value)
  expect(source.policyFor('KEY')).toEqual({})
})

it('opens a .env file, to read and to write', async () => {
  const path = join(await makeDirectory(), '.env')
  const value = random()
  await using store = await openStore(`dotenv:${path}`, { env: {} })
  await store.create('KEY', Secret.of(value, 'KEY'))
  const source = await open(`dotenv:${path}`)
  expect((await source.read('KEY')).current.value.expose()).toBe(value)
})

it('ends the watches of what it opened when that is disposed', async () => {
  const path = join(await makeDirectory(), '.env')
  await writeFile(path, `KEY=${random()}\n`, { mode: 0o600 })
  const source = await openSource(`dotenv:${path}`, { env: {} })
  const watching = source.watch?.('KEY', new AbortController().signal)[Symbol.asyncIterator]()
  const next = watching?.next()
  await source[Symbol.asyncDispose]()
  expect(await next).toMatchObject({ done: true })
})

it.each([
  [
    'etcd:x',
    'name one of env, dotenv, mount, vault, aws, kubernetes, gcp, azure, op, doppler, infisical, file, or another store after naming its module in stores of the family',
  ],
  ['env:x', 'env: nothing goes after it'],
  ['dotenv', 'dotenv: put the path of a .env file after the colon'],
  ['vault:', 'vault: put a mount and a prefix, as in vault:secret/vpn after the colon'],
])('says what is wrong with the locator %s', async (locator, message) => {
  await expect(openSource(locator, { env: {} })).rejects.toMatchObject({
    code: 'malformed',
    message,
  })
})

it('shows nothing of a locator that is a secret by mistake', async () => {
  const secret = random()
  const error: unknown = await openSource(secret, { env: {} }).catch((thrown: unknown) => thrown)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
})

it.each(['env', 'mount:/run/secrets', 'file:/etc/rekey/sources.json'])(
  'does not open %s for writing',
  async (locator) => {
    await expect(openStore(locator, { env: {} })).rejects.toMatchObject({ code: 'refused' })
  },
)

it('refuses a development source in production', async () => {
  const opening = openSource('dotenv:/nowhere/.env', { env: {}, production: true })
  await expect(opening).rejects.toMatchObject({ code: 'refused' })
})

const shelf = defineStore({
  scheme: 'shelf',
  place: 'a variable, as in shelf:KEY',
  readOnly: 'a shelf is only read',
  open: (place, { env }) => createMemoryStore({ [place]: env[place] ?? '' }),
})

it('opens a store of the caller by its locator, alone and in a sources file', async () => {
  const value = random()
  const path = await writeSources({ sources: { own: 'shelf:KEY' }, default: 'own' })
  for (const locator of ['shelf:KEY', `file:${path}`]) {
    const source = await open(locator, { env: { KEY: value }, stores: [shelf] })
    expect((await source.read('KEY')).current.value.expose()).toBe(value)
  }
  const bare = openSource(`file:${path}`, { env: {} })
  await expect(bare).rejects.toThrow('sources.own: name one of env')
})

it.each([
  ['shelf:', 'malformed', 'shelf: put a variable, as in shelf:KEY after the colon'],
  ['shelf:KEY', 'refused', 'a shelf is only read'],
])('does not open %s for writing', async (locator, code, message) => {
  const opening = openStore(locator, { env: {}, stores: [shelf] })
  await expect(opening).rejects.toMatchObject({ code, message })
})

it('has one store for each scheme', async () => {
  const vault = { ...shelf, scheme: 'vault' }
  for (const stores of [[vault], [shelf, shelf]]) {
    const opening = openSource('env', { env: {}, stores })
    await expect(opening).rejects.toMatchObject({ code: 'refused' })
  }
  expect(() => defineStore({ ...shelf, scheme: 'My:Shelf' })).toThrow('small letters')
})

/** Opens a locator in a process of its own, for which one package is not installed. */
async function openWithout(absent: string, locator: string) {
  const hook = `export const resolve = (name, context, next) => {
    if (name !== ${JSON.stringify(absent)}) return next(name, context)
    const error = new Error("Cannot find package '" + name + "' imported from here")
    throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' })
  }`
  const script = `
    const { register } = await import('node:module')
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})
    const { openSource } = await import('@rekey/config-loader/store')
    await openSource(${JSON.stringify(locator)}, { env: { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'x' } })
      .then(() => console.log('opened'), (error) => console.log(error.code + ': ' + error.message))
    process.exit()`
  const flags = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module', '-e', script]
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return said.trim()
}

const manifest = await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')
const PEERS = (JSON.parse(manifest) as { peerDependencies: Record<string, string | undefined> })
  .peerDependencies

it.each([
  ['vault:secret/vpn', 'node-vault'],
  ['aws:vpn', '@aws-sdk/client-secrets-manager'],
  ['kubernetes:vpn', '@kubernetes/client-node'],
])('names the package to install where the driver of %s is absent', async (locator, peer) => {
  const range = PEERS[peer]
  expect(range).toMatch(/\d/)
  expect(await openWithout(peer, locator)).toBe(
    `unreachable: the package ${peer} is needed for that source and not installed: npm install "${peer}@${range ?? ''}"`,
  )
})
