import {
  createHmac,
  createPublicKey,
  type JsonWebKey,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { type LiveSecret, SecretError, type SecretSpec } from '@rekey/secret'
import {
  fieldKey,
  followFieldKey,
  followSigningKey,
  followSigningSecret,
  followWebhookSecret,
  signingKey,
  signingSecret,
  webhookSecret,
} from '@rekey/signing-keys'
import {
  fieldKeyKind,
  signingKeyKind,
  signingSecretKind,
  webhookSecretKind,
} from '@rekey/signing-keys/rotate'
import type { DeclaredKind } from './declared-rotation.ts'
import { JWKS_URL, type JwksDocument } from './published-set.ts'

/** How long what is signed is read, and how long a reader keeps a published set. */
export const LIFE_MS = 30_000

/** What a replica makes with its secret, and reads again. */
interface Maker {
  readonly make: (id: string) => string
  /** Throws where no live version made it. */
  readonly read: (text: string, id: string) => void
  /** What is published for readers outside the service. Absent: there are none. */
  readonly jwks?: () => JwksDocument
  readonly close: () => void
}

/** A kind of secret by which one service reads again what it made, and all by which it is another one than the rest. */
export interface SigningRow<T> {
  readonly title: string
  readonly kind: DeclaredKind & {
    readonly issue?: (
      name: string,
      options: { readonly nonProduction: boolean },
    ) => { expose(): string }
  }
  readonly spec: (name: string) => SecretSpec<T>
  /** The entry of its secret in a family. Absent: it has none. */
  readonly entry?: object
  /** Whether what is made lives on, and is made anew by the newest version. */
  readonly isKept?: boolean
  readonly follow: (
    live: LiveSecret<T>,
    reencrypt: (prefix: string, anew: (text: string, id: string) => string) => number,
  ) => Maker
}

type Follow<T> = SigningRow<T>['follow']

const followSession: Follow<string> = (live) => {
  const { list, close } = followSigningSecret(live)
  const mac = (key: string, id: string) => createHmac('sha256', key).update(id).digest()
  return {
    close,
    make: (id) => mac(list[0] ?? '', id).toString('hex'),
    read(text, id) {
      const shown = Buffer.from(text, 'hex')
      if (!list.some((key) => timingSafeEqual(shown, mac(key, id)))) throw unread()
    },
  }
}

const followWebhooks: Follow<string> = (live) => {
  const webhooks = followWebhookSecret(live)
  return {
    close: webhooks.close,
    make: (id) => JSON.stringify(webhooks.headers({ id, body: id })),
    read: (text, id) => webhooks.verify(JSON.parse(text) as Record<string, string>, id),
  }
}

const followTokens: Follow<SigningKeyOf> = (live) => {
  const { sign: signBy, find, jwks, close } = followSigningKey(live)
  return {
    ...{ close, jwks },
    make: (id) =>
      signBy(({ kid, alg, privateKey }) =>
        JSON.stringify({
          kid,
          alg,
          mac: sign('sha256', Buffer.from(id), privateKey).toString('hex'),
        }),
      ),
    read(text, id) {
      const { mac, ...header } = JSON.parse(text) as Token
      if (!verify('sha256', Buffer.from(id), find(header), Buffer.from(mac, 'hex'))) throw unread()
    },
  }
}

/** Reads a token by a published set. Throws where that has not its key. */
export function readBySet(text: string, id: string, { keys }: JwksDocument): void {
  const { kid, mac } = JSON.parse(text) as Token
  const jwk = keys.find((each) => each['kid'] === kid)
  if (jwk === undefined) throw unread()
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  if (!verify('sha256', Buffer.from(id), key, Buffer.from(mac, 'hex'))) throw unread()
}

interface Token {
  readonly kid: string
  readonly alg: string
  readonly mac: string
}

type SigningKeyOf = ReturnType<ReturnType<typeof signingKey>['parse']>['value']
type FieldKeyOf = ReturnType<ReturnType<typeof fieldKey>['parse']>['value']

const followFields: Follow<FieldKeyOf> = (live, reencrypt) => {
  const fields = followFieldKey(live, {
    reencrypt: (prefix) =>
      Promise.resolve(reencrypt(prefix, (text, id) => fields.reencrypt(text, 'cards', id))),
  })
  return {
    close: fields.close,
    make: (id) => fields.encrypt(id, 'cards', id),
    read: (text, id) => fields.decrypt(text, 'cards', id),
  }
}

function unread(): SecretError {
  return new SecretError('rejected', 'no live version made it')
}

export const SESSION: SigningRow<string> = {
  ...{ title: 'session secret', kind: signingSecretKind, spec: signingSecret },
  ...{ entry: { lifeMs: LIFE_MS }, follow: followSession },
}

export const WEBHOOK: SigningRow<string> = {
  ...{ title: 'webhook secret', kind: webhookSecretKind, spec: webhookSecret },
  ...{ entry: { overlapMs: LIFE_MS }, follow: followWebhooks },
}

export const TOKEN: SigningRow<SigningKeyOf> = {
  ...{ title: 'key of tokens', kind: signingKeyKind, spec: signingKey, follow: followTokens },
  entry: { lifeMs: LIFE_MS, algorithm: 'ES256', cacheMs: LIFE_MS, jwks: JWKS_URL },
}

export const FIELD: SigningRow<FieldKeyOf> = {
  ...{ title: 'key of fields', kind: fieldKeyKind, spec: fieldKey },
  ...{ isKept: true, follow: followFields },
}
