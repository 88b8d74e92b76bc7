import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { alterUserScramCredentialsV0 } from '@platformatic/kafka'
import { SecretError } from '@rekey/secret'
import type { BrokerLogin } from '../spec/kafka-login.ts'
import type { Ask, Cluster } from './broker-connection.ts'

/** The numbers of the protocol, and how a password is salted (RFC 5802, section 3; `ScramMechanism` of Kafka). */
const MECHANISMS = {
  'SCRAM-SHA-256': { number: 1, digest: 'sha256', length: 32 },
  'SCRAM-SHA-512': { number: 2, digest: 'sha512', length: 64 },
} as const

/** Kafka takes 4,096 to 16,384. */
const ITERATIONS = 4096

/** Lists the users that have a password, each with the mechanisms of it. */
export async function listUsers(ask: Ask): Promise<Map<string, readonly number[]>> {
  const { results } = await ask(({ describeUserScramCredentialsV0 }, connection) =>
    describeUserScramCredentialsV0.api.async(connection, []),
  )
  return new Map(
    results.map(({ user, credentialInfos }) => [
      user,
      credentialInfos.map((each) => each.mechanism),
    ]),
  )
}

/** @throws {SecretError} `missing` for a user that has no password there, so that rights would be copied from nothing */
export async function requireUser(user: string, ask: Ask): Promise<void> {
  if ((await listUsers(ask)).has(user)) return
  throw new SecretError('missing', `Kafka has no user ${user} with a password: make it there`)
}

/** Kafka gets the salted password, never the password. */
export async function addCredential(
  { user, password }: BrokerLogin,
  { mechanism }: Cluster,
  ask: Ask,
): Promise<void> {
  const { number, digest, length } = MECHANISMS[mechanism]
  const salt = randomBytes(32)
  // eslint-disable-next-line @rekey/no-weak-setting -- a password of 256 random bits is not guessed
  const salting = promisify(pbkdf2)(password.expose(), salt, ITERATIONS, length, digest)
  const saltedPassword = await salting
  const credential = { name: user, mechanism: number, iterations: ITERATIONS, salt, saltedPassword }
  await ask(({ alterUserScramCredentialsV0 }, connection) =>
    alterUserScramCredentialsV0.api.async(connection, [], [credential]),
  )
}

/** Deletes the passwords of a user, of all mechanisms. */
export async function deleteCredentials(user: string, ask: Ask): Promise<void> {
  // Kafka changes a user once in a call.
  for (const mechanism of (await listUsers(ask)).get(user) ?? []) {
    const deletions = [{ name: user, mechanism }] as Deletions
    await ask(({ alterUserScramCredentialsV0 }, connection) =>
      alterUserScramCredentialsV0.api.async(connection, deletions, []),
    )
  }
}

type Deletions = Parameters<(typeof alterUserScramCredentialsV0.api)['async']>[1]
