// The signer process: the only one that holds the key of a CA. Its one argument is the directory of the keystore. The channel of orders
// is descriptor 3, the passphrase comes over descriptor 4.
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import process from 'node:process'
import { type CaKeystore, issuerOf } from '../ca-keystore.ts'
import { openCaKeystore } from '../open-ca-keystore.ts'
import { closeDebugDoors } from './debug-doors.ts'
import { writeFrame } from './frames.ts'
import { failureOf } from './messages.ts'
import { receivePassphrase } from './passphrase-channel.ts'
import { serveOrders } from './serve-orders.ts'

const [ORDERS, PASSPHRASE] = [3, 4]

// The process that started it stops in its own time, and this one with it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
// Messages and stacks of unknown errors may have values.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, () => process.exit(1))
}

const channel = new Socket({ fd: ORDERS, readable: true, writable: true })
channel.on('close', () => process.exit(0))
try {
  closeDebugDoors(process)
  const { keystore, ...opened } = await open(process.argv[2] ?? '')
  writeFrame(channel, opened)
  await serveOrders(channel, keystore).catch(() => process.exit(1))
} catch (error) {
  writeFrame(channel, { failure: failureOf(error) })
}
channel.end()

async function open(directory: string) {
  const received = await receivePassphrase(PASSPHRASE)
  closeSync(PASSPHRASE)
  let used = ''
  try {
    const passphrase = received.versions.map(({ value, origin, version }) => ({
      ...{ value, ...(origin && { origin }) },
      used: () => (used = version),
    }))
    const keystore: CaKeystore = await openCaKeystore({ directory, passphrase })
    const { chain } = keystore
    const versions = received.versions.map(({ stage, version, createdAt }) => {
      return { stage, version, createdAt }
    })
    return { keystore, chain, identity: issuerOf(keystore).identity, versions, used }
  } finally {
    received.wipe()
  }
}
