import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { SecretError } from '@rekey/secret'
import { type CaKeystore, issuerOf } from '../ca-keystore.ts'
import { openCa } from '../pkcs11/open-ca.ts'
import { isTokenLost } from '../pkcs11/token-failure.ts'
import { closeDebugDoors } from './debug-doors.ts'
import { writeFrame } from './frames.ts'
import { failureMessage } from './messages.ts'
import { receivePassphrase } from './passphrase-channel.ts'
import { serveOrders } from './serve-orders.ts'
import type { SignerTask } from './start-process.ts'

/** The descriptors of orders, and of the passphrase or PIN. */
const [ORDERS, PASSPHRASE] = [3, 4]

/** Runs the signer process `own`, whose one argument is a `SignerTask`, until the channel of orders is closed. */
export async function runSigner(own: NodeJS.Process): Promise<void> {
  // The process that started it stops in its own time, and this one with it.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) own.on(signal, () => undefined)
  // Messages and stacks of unknown errors may have values.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    own.on(event, () => own.exit(1))
  }
  const channel = new Socket({ fd: ORDERS, readable: true, writable: true })
  let opened: CaKeystore | undefined
  // A keystore records what it has signed when it is closed.
  const seal = async () => {
    await opened?.close()
    own.exit(0)
  }
  // The session on a token that was taken out does not come back: with its end the CA is sealed, and another process tries.
  const onFailure = (error: unknown) => {
    if (error instanceof SecretError && isTokenLost(error)) channel.end(() => own.exit(1))
  }
  channel.on('close', () => void seal())
  try {
    closeDebugDoors(own)
    const task = JSON.parse(own.argv[2] ?? '') as SignerTask
    const { keystore, ...answer } = await open(task)
    opened = keystore
    writeFrame(channel, answer)
    const { listsOnly, limits } = task
    await serveOrders(channel, keystore, { listsOnly, limits, onFailure }).catch(() => own.exit(1))
  } catch (error) {
    writeFrame(channel, { failure: failureMessage(error) })
  }
  channel.end()
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
