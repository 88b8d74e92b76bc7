import { createPrivateKey, randomBytes, scrypt } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createCa, openCaKeystore } from '@rekey/ca-keystore'
import {
  createBackup,
  createEscrow,
  drillBackup,
  encryptForRecovery,
  generatePassphrase,
} from '@rekey/ca-keystore/internal'
import type { Secret } from '@rekey/secret'
import { type CellTable, effort, medianMs, writePackages } from './bench-table.ts'

const ROUNDS = effort(7, 1)
const deriveScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt)
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }

/** Opening a CA keystore beside its bare key derivation, and the drills of a backup, each in a process of its own. */
export async function benchOpenCa(): Promise<CellTable> {
  await writePackages()
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'bench-open-')))
  try {
    const { openings, drills } = await newContenders(parent)
    const rows: CellTable['rows'][number][] = []
    for (const [name, call] of [...openings, ...drills]) {
      rows.push({ name, cells: [`${(await medianMs(ROUNDS, call)).toFixed(0)} ms`] })
    }
    return {
      title: 'Opening a CA with a P-256 key',
      columns: ['median'],
      rows,
      aim: 'openCaKeystore 600 ms, a drill by the passphrase 3,000 ms',
      note: `${ROUNDS} rounds; a drill restores, signs, issues a certificate and a list, and verifies them`,
    }
  } finally {
    await rm(parent, { recursive: true })
  }
}

async function newContenders(parent: string) {
  const directory = join(parent, 'ca')
  const secret = generatePassphrase()
  const passphrase = held(secret)
  const ca = await createCa({ directory, passphrase: secret, commonName: 'Bench CA' })
  const certificate = ca.chain
  await ca.close()
  const recoveryPassphrase = generatePassphrase()
  const pem = await encryptForRecovery({ directory, passphrase, recoveryPassphrase })
  const shares: { name: string; text: Secret }[] = []
  await createEscrow({
    ...{ directory, passphrase, threshold: 2, holders: ['Alice', 'Bob', 'Carol'] },
    deliver: (made) => {
      shares.push(...made.slice(0, 2).map(({ holder: name, text }) => ({ name, text })))
      return Promise.resolve()
    },
  })
  const backup = join(parent, 'backup')
  const backupPassphrase = generatePassphrase()
  await createBackup({ directory, passphrase, out: backup, backupPassphrase })
  const drill = { backup, certificate }
  const openings: readonly Contender[] = [
    ['scrypt N=2^17 r=8 alone', () => deriveScrypt(randomBytes(32), randomBytes(32), 32, SCRYPT)],
    [
      'recovery.pem (PBKDF2, 600,000)',
      () => createPrivateKey({ key: pem, passphrase: recoveryPassphrase.expose() }),
    ],
    ['openCaKeystore', async () => (await openCaKeystore({ directory, passphrase })).close()],
  ]
  const drills: readonly Contender[] = [
    [
      'drill by the passphrase',
      () => drillBackup({ ...drill, opening: { passphrase: backupPassphrase } }),
    ],
    ['drill by 2 of 3 shares', () => drillBackup({ ...drill, opening: { shares } })],
  ]
  return { openings, drills }
}

type Contender = readonly [name: string, call: () => unknown]

function held(value: Secret) {
  return { value, origin: { kind: 'memory' } } as const
}
