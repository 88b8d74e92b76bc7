import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Clock, Secret, SecretError } from '@rekey/secret'
import { recallScrypt } from '@rekey/testbed/recall-scrypt'
import { afterAll, expect } from 'vitest'
import {
  type CaKeystore,
  type CertificateOrder,
  createCa,
  openCaKeystore,
  type NewCa,
} from '../src/index.ts'
import {
  generatePassphrase,
  createSigningRequest,
  type KeyAlgorithm,
  type SecretText,
} from '../src/internal.ts'

/** A kind of key of each family; judges.test.ts has all. */
export const KEY_FAMILIES: readonly KeyAlgorithm[] = ['ecdsa-p256', 'rsa-3072', 'ed25519']

/** Days in milliseconds. */
export const days = (count: number): number => count * 24 * 60 * 60 * 1000

/** The keys that passphrases were stretched to: a file opens the same keystores many times. */
export const derivedKeys = recallScrypt()

const OPENSSL = 'openssl'

/** OpenSSL judges what we made, where it is installed; elsewhere its tests show as skipped. */
export const hasOpenssl: boolean = spawnSync(OPENSSL, ['version']).status === 0

const base = mkdtempSync(join(realpathSync(tmpdir()), 'ca-keystore-'))
const opened: CaKeystore[] = []
afterAll(async () => {
  for (const ca of opened) await ca.close()
  rmSync(base, { recursive: true })
})

/** A path in which nothing is yet. */
export function freshPath(): string {
  return join(base, randomBytes(6).toString('hex'))
}

export function newPassphrase(): Secret {
  return generatePassphrase()
}

/** Opens a keystore with a passphrase that this process has made. */
export async function openHeld(place: {
  directory: string
  passphrase: SecretText
  clock?: Clock
}) {
  const { directory, passphrase: value, clock } = place
  const passphrase = { value, origin: { kind: 'memory' } } as const
  const ca = await openCaKeystore({ directory, passphrase, ...(clock && { clock }) })
  opened.push(ca)
  return ca
}

/** A root in a directory of its own. */
export async function newRoot(
  algorithm: KeyAlgorithm = 'ecdsa-p256',
  profiles?: NonNullable<NewCa['profiles']>,
) {
  const commonName = 'Test Root CA'
  return copyOf(`root ${algorithm} ${profiles?.join() ?? 'all'}`, () =>
    createAt({ commonName, algorithm, ...(profiles && { profiles }) }),
  )
}

/** An intermediate below a root of the same algorithm. */
export async function newIntermediate(algorithm: KeyAlgorithm = 'ecdsa-p256') {
  const { ca: root } = await newRoot(algorithm)
  const commonName = 'Test Issuing CA'
  const issuing = await copyOf(`issuing ${algorithm}`, () =>
    createAt({ commonName, algorithm, parent: root }),
  )
  return { ...issuing, root }
}

interface TestPlace {
  readonly directory: string
  readonly passphrase: Secret
}

/** The first CA of each description in a file: its copies have the same passphrase and salt, so opening one derives nothing. */
const templates = new Map<string, Promise<TestPlace>>()

async function copyOf(description: string, create: () => Promise<TestPlace>) {
  const template = templates.get(description) ?? create()
  templates.set(description, template)
  const { directory: original, passphrase } = await template
  const directory = freshPath()
  await cp(original, directory, { recursive: true })
  return { directory, passphrase, ca: await openHeld({ directory, passphrase }) }
}

async function createAt(options: Omit<NewCa, keyof TestPlace>): Promise<TestPlace> {
  const [directory, passphrase] = [freshPath(), newPassphrase()]
  const ca = await createCa({ ...options, directory, passphrase })
  await ca.close()
  return { directory, passphrase }
}

/** An order that is fulfilled, but for what `changes` says. */
export function orderFor(changes: Partial<CertificateOrder> = {}): CertificateOrder {
  return {
    csr: createSigningRequest({ commonName: 'ignored' }).csr,
    profile: 'client',
    subject: { commonName: 'alice@example.com' },
    subjectAltNames:
      changes.profile === 'server'
        ? [{ kind: 'dns', value: 'vpn.example.com' }]
        : [{ kind: 'email', value: 'alice@example.com' }],
    validityMs: days(30),
    ...changes,
  }
}

/** What OpenSSL prints of a certificate. */
export function textOf(certificate: string): string {
  return openssl(['x509', '-noout', '-text'], certificate).stdout
}

export function openssl(args: readonly string[], input: string) {
  const { status, stdout, stderr } = spawnSync(OPENSSL, args, { input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** The error of something that must fail, after checking that it is ours and shows none of `secrets`. */
export async function failureOf(
  attempt: () => unknown,
  secrets: readonly string[] = [],
): Promise<SecretError> {
  const error = await Promise.resolve()
    .then(attempt)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  expect(error).toBeInstanceOf(SecretError)
  const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
  for (const secret of secrets) expect(shown).not.toContain(secret)
  expect(shown).not.toMatch(/asn1 encoding|evp_|ossl|error:[0-9a-f]{8}/i)
  expect(error).not.toHaveProperty('cause')
  return error as SecretError
}
