import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa } from '@rekey/ca-keystore'
import { parseCrl } from '@rekey/ca-keystore/internal'
import { Secret } from '@rekey/secret'
import { type CellTable, effort, medianMs } from './bench-table.ts'

const SIZES = effort([1_000, 10_000, 100_000], [100])
const ROUNDS = effort(5, 1)

/** Revocation lists of a CA keystore, each read back and verified, against the bare signature of as many bytes. */
export async function benchIssueCrl(): Promise<CellTable> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'bench-crl-')))
  try {
    const passphrase = Secret.of(randomBytes(32).toString('base64url'), 'CA_PASSPHRASE_BENCH')
    const commonName = 'Bench CA'
    await using ca = await createCa({ directory: join(parent, 'ca'), passphrase, commonName })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const rows: CellTable['rows'][number][] = []
    for (const size of SIZES) {
      const revoked = newRevoked(size)
      const { crl } = await ca.issueCrl({ number: 1n, revoked })
      const bytes = Buffer.from(crl.split('\n').slice(1, -2).join(''), 'base64')
      const costs = [
        await medianMs(ROUNDS, () => sign('sha256', bytes, privateKey)),
        await medianMs(ROUNDS, () => ca.issueCrl({ number: 1n, revoked })),
        await medianMs(ROUNDS, () => parseCrl(crl, ca.chain)),
      ]
      const cells = [...costs.map((ms) => `${ms.toFixed(2)} ms`), bytes.length.toLocaleString('en')]
      rows.push({ name: `${size.toLocaleString('en')} certificates`, cells })
    }
    return {
      title: 'A revocation list of a CA with a P-256 key',
      columns: ['bare signature', 'issueCrl', 'parseCrl', 'bytes'],
      rows,
      aim: '600 ms for 100,000 certificates',
      note: `median of ${ROUNDS} rounds; issueCrl sorts, signs, reads back, verifies and compares, and so contains parseCrl`,
    }
  } finally {
    await rm(parent, { recursive: true })
  }
}

function newRevoked(size: number) {
  const revokedAt = new Date()
  return Array.from({ length: size }, () => ({
    serial: `4${randomBytes(20).toString('hex').slice(1)}`,
    revokedAt,
    reason: 'superseded' as const,
  }))
}
