import process from 'node:process'
import { awsAccessKeyKind } from '@rekey/aws-iam/rotate'
import { openDotenvStore } from '@rekey/config-loader/store'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { kafkaKind } from '@rekey/kafka/rotate'
import { mariaDbKind } from '@rekey/mariadb/rotate'
import { mongoDbKind } from '@rekey/mongodb/rotate'
import { rabbitMqKind } from '@rekey/rabbitmq/rotate'
import { redisKind } from '@rekey/redis/rotate'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import type { DeclaredSecret, SecretKind } from '@rekey/secret/kind'
import { smtpKind } from '@rekey/smtp/rotate'
import pg from 'pg'

/** What a rotator in a process of its own is to do. */
export interface RotatorOrder {
  readonly kind: string
  /** As a family declares it. */
  readonly entry: object
  /** Of the administrator of PostgreSQL. */
  readonly adminUrl?: string
  /** In the store. */
  readonly name: string
  /** Of the store. */
  readonly path: string
  /** Of the replica that uses the secret. */
  readonly healthUrl: string
  readonly times: number
}

const KINDS: ReadonlyMap<string, SecretKind> = new Map<string, SecretKind>(
  [
    ...[awsAccessKeyKind, databaseKind, kafkaKind, mariaDbKind, mongoDbKind, rabbitMqKind],
    ...[redisKind, smtpKind],
  ].map((kind) => [kind.kind, kind as SecretKind]),
)

const journal = createMemoryJournal()

async function carryOut({
  kind,
  entry,
  adminUrl,
  name,
  path,
  healthUrl,
  times,
}: RotatorOrder): Promise<void> {
  await using store = await openDotenvStore({ path })
  const declared: DeclaredSecret = { name, parties: ['shop'], entry }
  const pool = new pg.Pool({ connectionString: adminUrl, max: 2 })
  const rotation = await KINDS.get(kind)?.rotationOf?.(declared, {
    ...{ store, nonProduction: true, validationMs: 20, journal: 'store', pollMs: 10 },
    deadlineMs: 20_000,
    fleet: createFleet([{ service: 'shop', url: healthUrl, healthUrl }]),
    nameOf: () => name,
    sqlPool: () => pool,
  })
  if (rotation === undefined) throw new Error(`there is no kind ${kind}`)
  for (let count = 0; count < times; count += 1) await rotate(rotation, { store, journal })
  await pool.end()
}

process.on('message', (order: RotatorOrder) => {
  carryOut(order).then(
    () => process.send?.(null),
    (error: unknown) => process.send?.(String(error)),
  )
})
