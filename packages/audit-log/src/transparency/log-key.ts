import {
  type LiveSecret,
  NON_PRODUCTION_PREFIX,
  Secret,
  type SecretSpec,
  storeName,
} from '@rekey/secret'
import { defineKind } from '@rekey/secret/kind'
import { type CheckpointSigner, createCheckpointSigner } from './checkpoint-signer.ts'
import type { TreeHead } from './merkle-tree.ts'

const RULE = 'an Ed25519 key of signed notes, PRIVATE+KEY+name+id+base64'
/** Of the last field, which is the key: 33 bytes in base64. */
const KEY_CHARS = 44

/**
 * Declares the key with which a service signs the checkpoints of its log: `LOG_KEY_CERTTRANSPARENCY` for the service
 * `certtransparency`. A name that begins with `dev-` marks a key that is not for production.
 *
 * @example
 * ```ts
 * const secrets = { log: logKey() }
 * ```
 */
export function logKey(): SecretSpec<CheckpointSigner> {
  return {
    kind: 'log-key',
    rule: RULE,
    access: { end: 'owner' },
    minLength: KEY_CHARS,
    nameFor: (service) => storeName('log-key', [service]),
    parse(text) {
      const value = createCheckpointSigner(Secret.of(text, 'log key'))
      const key = text.slice(text.lastIndexOf('+', text.length - KEY_CHARS) + 1)
      const nonProduction = value.name.startsWith(NON_PRODUCTION_PREFIX)
      return { value, id: value.name, sensitive: [text, key], nonProduction }
    },
  }
}

/** The key of a log. Its clients pin the public half, so a person changes it, at the clients first. */
export const logKeyKind = defineKind({
  kind: 'log-key',
  parties: ['service'],
  spec: { owner: logKey },
  storeName: (service) => logKey().nameFor(service),
  runbook: {
    title: 'Keys of a log',
    overlap: () =>
      'Clients pin the public half, so a log keeps its key for life: a new key is a new log, with a name of its own.',
    notes: {
      scheduled: 'There is none: every client would refuse the log under another key.',
      emergency:
        'A holder of the key can show each client a log of its own, so the log begins anew, under another name.',
      stuck:
        'There is nothing to be stuck: clients with the old public half report a conflict until they have the new one.',
      'rolled-back':
        'There is no way back: a client that has the new public half keeps it. Keep the old log to be audited.',
    },
    refused: 'A client that has the new public half refuses every checkpoint of the old key.',
    remedies: [],
    steps: ([service = ''], { restart }) => ({
      emergency: [
        {
          text: 'Make a new key; `log.example.com/2` is the name of the new log:',
          type: ['rekey ca log-key log.example.com/2 --out new-log-key'],
          shows: ['… has the key; LOG_VERIFIER_KEY of its clients:', 'log.example.com/2+…'],
        },
        {
          text: `Give the line that it prints to all clients as \`LOG_VERIFIER_KEY\`, put the text of \`new-log-key\` into the store as \`${logKey().nameFor(service)}\`, and remove the file. ${restart(service)}`,
          type: [],
          shows: [],
        },
      ],
    }),
  },
})

/**
 * Signs the checkpoint of a tree, whose origin is the name of the key, with the current version of a log's key.
 *
 * @returns the signed note
 * @throws {SecretError} while the secret cannot be read
 */
export function signHead(
  secret: Pick<LiveSecret<CheckpointSigner>, 'current'>,
  head: TreeHead,
): string {
  const signer = secret.current.value.expose()
  return signer.sign({ origin: signer.name, ...head })
}
