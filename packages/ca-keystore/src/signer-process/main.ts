// The signer process: the only one that holds the key of a CA, or is logged in to the token that does. Its one argument is a SignerTask.
// The channel of orders is descriptor 3, the passphrase or PIN comes over descriptor 4.
import './guard.ts'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import process from 'node:process'
import { SecretError } from '@rekey/secret'
import { type CaKeystore, issuerOf } from '../ca-keystore.ts'
import { openCa } from '../pkcs11/open-ca.ts'
import { isTokenLost } from '../pkcs11/token-failure.ts'
import { closeDebugDoors } from './debug-doors.ts'
import { writeFrame } from './frames.ts'
import { failureOf } from './messages.ts'
import { receivePassphrase } from './passphrase-channel.ts'
import { serveOrders } from './serve-orders.ts'
import type { SignerTask } from './start-process.ts'

const [ORDERS, PASSPHRASE] = [3, 4]

// The process that started it stops in its own time, and this one with it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
// Messages and stacks of unknown errors may have values.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, () => process.exit(1))
}

const channel = new Socket({ fd: ORDERS, readable: true, writable: true })
let opened: CaKeystore | undefined
channel.on('close', () => void seal())
try {
  closeDebugDoors(process)
  const task = JSON.parse(process.argv[2] ?? '') as SignerTask
  const { keystore, ...answer } = await open(task)
  opened = keystore
  writeFrame(channel, answer)
  const { listsOnly, limits } = task
  await serveOrders(channel, keystore, { listsOnly, limits, onFailure }).catch(() =>
    process.exit(1),
  )
} catch (error) {
  writeFrame(channel, { failure: failureOf(error) })
}
channel.end()

/** The session on a token that was taken out does not come back: with its end the CA is sealed, and another process tries. */
function onFailure(error: unknown): void {
  if (error instanceof SecretError && isTokenLost(error)) channel.end(() => process.exit(1))
}

/** Closes the keystore, which records what it has signed. */
async function seal(): Promise<void> {
  await opened?.close()
  process.exit(0)
}

async function open({ directory, module }: SignerTask) {
  const received = await receivePassphrase(PASSPHRASE)
  closeSync(PASSPHRASE)
  let used = ''
  try {
    const passphrase = received.versions.map(({ value, origin, version }) => ({
      value,
      ...(origin && { origin }),
      used: () => (used = version),
    }))
    const keystore: CaKeystore = await openCa({ directory, passphrase, module })
    const { chain } = keystore
    const versions = received.versions.map(({ stage, version, createdAt }) => {
      return { stage, version, createdAt }
    })
    return { keystore, chain, identity: issuerOf(keystore).identity, versions, used }
  } finally {
    received.wipe()
  }
}
