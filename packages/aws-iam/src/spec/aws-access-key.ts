import { jsonIn, Secret, SecretError, type SecretSpec, storeName } from '@rekey/secret'

/** An access key, as a secret keeps it. */
export interface AccessKey {
  readonly id: string
  readonly secret: Secret
  /** Whether it belongs to an account for development. */
  readonly nonProduction: boolean
}

/** AKIA and 12 characters at least, as AWS documents it. */
const KEY_ID = /^[A-Z0-9]{16,128}$/
const SECRET = /^[A-Za-z0-9/+=]{32,128}$/

/**
 * Declares an access key of a user of AWS IAM: `{"accessKeyId": "AKIA…", "secretAccessKey": "…"}`. One of an account for development has
 * `"nonProduction": true` beside, since AWS makes the key.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
 * @example
 * ```ts
 * const secrets = { bucket: awsAccessKey() }
 * ```
 */
export function awsAccessKey(): SecretSpec<string> {
  return {
    kind: 'aws-access-key',
    rule: 'JSON with accessKeyId and secretAccessKey',
    access: { end: 'owner' },
    minLength: 32,
    nameFor: (service) => storeName('aws-access-key', [service]),
    parse(text) {
      const { id, secret, nonProduction } = parseAccessKey(text)
      return { value: text, id, sensitive: [text, secret.expose()], nonProduction }
    },
  }
}

/** @throws {SecretError} `malformed` without any part of the text */
export function parseAccessKey(text: string): AccessKey {
  const found = (jsonIn(text) ?? {}) as Record<string, unknown>
  const { accessKeyId: id, secretAccessKey: secret, nonProduction = false } = found
  if (typeof id !== 'string' || !KEY_ID.test(id)) throw malformed('accessKeyId is no id of a key')
  if (typeof secret !== 'string' || !SECRET.test(secret)) {
    throw malformed('secretAccessKey is no secret of a key')
  }
  if (typeof nonProduction !== 'boolean') throw malformed('nonProduction is neither true nor false')
  return { id, secret: Secret.of(secret, 'secret access key'), nonProduction }
}

/** Returns a key as a secret keeps it. */
export function formatAccessKey({ id, secret, nonProduction }: AccessKey): Secret {
  const mark = nonProduction ? { nonProduction } : {}
  const text = JSON.stringify({ accessKeyId: id, secretAccessKey: secret.expose(), ...mark })
  return Secret.of(text, 'access key')
}

function malformed(why: string): SecretError {
  const remedy = 'store {"accessKeyId": "AKIA…", "secretAccessKey": "…"}'
  return new SecretError('malformed', `${why}: ${remedy}`)
}
