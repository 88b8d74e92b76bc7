// @lane servers
import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { contents } from '../contract.ts'
import {
  found,
  NAME,
  openStore,
  random,
  useAwsServer,
} from '../../../test/store/aws/aws.support.ts'
import type { AwsStore } from './internal.ts'

/** A new version, put there by somebody else. */
async function put(client: SecretsManagerClient, secretId: string, value: string, label?: string) {
  const answer = await client.send(
    new PutSecretValueCommand({
      ...{ SecretId: secretId, SecretString: value },
      ...(label !== undefined && { VersionStages: [label] }),
    }),
  )
  return answer.VersionId
}

/** The labels of the service itself, by the version that has them, without the ids. */
async function labelsOf(client: SecretsManagerClient, secretId: string) {
  const { VersionIdsToStages = {} } = await client.send(
    new DescribeSecretCommand({ SecretId: secretId }),
  )
  const own = Object.values(VersionIdsToStages).map((labels) =>
    labels.filter((label) => label.startsWith('AWS')).sort(),
  )
  return own.filter((labels) => labels.length > 0).sort()
}

async function currentOf(store: AwsStore, secretId: string) {
  const { labels } = await store.describe(secretId)
  return Object.entries(labels).find(([, on]) => on.includes('AWSCURRENT'))?.[0]
}

describe.runIf(found)('the staging labels', { timeout: 60_000 }, () => {
  const server = useAwsServer()

  async function createByHand() {
    const fixture = await openStore(server())
    const value = random().expose()
    const { client, secretId } = fixture
    await client.send(new CreateSecretCommand({ Name: secretId, SecretString: value }))
    return { ...fixture, value }
  }

  async function beginRotation(client: SecretsManagerClient, SecretId: string) {
    const ClientRequestToken = randomUUID()
    const RotationLambdaARN = await server().createRotationFunction(`rotate-${randomUUID()}`)
    const RotationRules = { AutomaticallyAfterDays: 30 }
    const rotation = { SecretId, ClientRequestToken, RotationLambdaARN, RotationRules }
    await client.send(new RotateSecretCommand(rotation))
    return ClientRequestToken
  }

  it('are what others see of a rotation', async () => {
    const { store, client, secretId } = await openStore(server())
    const created = await store.create(NAME, random())
    expect(await labelsOf(client, secretId)).toEqual([['AWSCURRENT', 'AWSPENDING']])
    const staged = await store.stage(NAME, random(), created.revision)
    expect(await labelsOf(client, secretId)).toEqual([['AWSCURRENT'], ['AWSPENDING']])
    const promoted = await store.promote(NAME, staged.revision)
    const both = [['AWSCURRENT', 'AWSPENDING'], ['AWSPREVIOUS']]
    expect(await labelsOf(client, secretId)).toEqual(both)
    await store.revoke(NAME, promoted.revision)
    expect(await labelsOf(client, secretId)).toEqual([['AWSCURRENT', 'AWSPENDING']])
  })

  it('of a secret that was made by hand are read and rotated, though nothing was ever pending', async () => {
    const { store, client, secretId, value } = await createByHand()
    const first = await store.read(NAME)
    expect(contents(first)).toEqual({ current: value })
    expect(first.current.createdAt).toBeInstanceOf(Date)
    const staged = await store.stage(NAME, random(), first.revision)
    await store.promote(NAME, staged.revision)
    expect(await labelsOf(client, secretId)).toEqual([
      ['AWSCURRENT', 'AWSPENDING'],
      ['AWSPREVIOUS'],
    ])
  })

  it('show a change by hand as a promotion, not as an old value that waits to come back', async () => {
    const { store, client, secretId } = await openStore(server())
    const [old, changed] = [random(), random().expose()]
    await store.create(NAME, old)
    // Not in one call: moto then takes AWSPENDING off too, which is not documented.
    const MoveToVersionId = await put(client, secretId, changed, 'OTHER')
    const RemoveFromVersionId = await currentOf(store, secretId)
    const move = { SecretId: secretId, MoveToVersionId, RemoveFromVersionId }
    await client.send(new UpdateSecretVersionStageCommand({ ...move, VersionStage: 'AWSCURRENT' }))
    expect(await labelsOf(client, secretId)).toContainEqual(['AWSPENDING', 'AWSPREVIOUS'])
    const state = await store.read(NAME)
    expect(contents(state)).toEqual({ current: changed, previous: old.expose() })
    const revoked = await store.revoke(NAME, state.revision)
    expect(contents(await store.read(NAME))).toEqual({ current: changed })
    await store.stage(NAME, random(), revoked.revision)
  })

  it('S22 an empty version that is pending is never chosen, and the next value is put into it', async () => {
    const { store, client, secretId, value } = await createByHand()
    const token = await beginRotation(client, secretId)
    const found = await store.read(NAME)
    expect(contents(found)).toEqual({ current: value })
    const missing = { code: 'missing' }
    await expect(store.promote(NAME, found.revision)).rejects.toMatchObject(missing)
    const next = random()
    const staged = await store.stage(NAME, next, found.revision, { journal: 'store' })
    expect(contents(staged)).toEqual({ current: value, pending: next.expose() })
    const { labels } = await store.describe(secretId)
    expect(labels[token]?.toSorted()).toEqual(['AWSPENDING', 'REKEY_JOURNAL_store'])
    expect((await store.read(NAME)).pending?.journal).toBe('store')
  })

  it('S22 a pending version that only repeats the current value is not taken for a new one', async () => {
    const { store, client, secretId, value } = await createByHand()
    await put(client, secretId, value, 'AWSPENDING')
    const state = await store.read(NAME)
    expect(contents(state)).toEqual({ current: value })
    const staged = await store.stage(NAME, random(), state.revision)
    expect(Object.keys(contents(staged)).sort()).toEqual(['current', 'pending'])
  })

  it('do not offer a value for revocation that is current again', async () => {
    const { store, client, secretId, value } = await createByHand()
    await put(client, secretId, value)
    expect(contents(await store.read(NAME))).toEqual({ current: value })
  })

  it('let a stage fail if somebody else has moved them since', async () => {
    const { store, client, secretId } = await openStore(server())
    const { revision } = await store.create(NAME, random())
    const other = await put(client, secretId, random().expose(), 'OTHER')
    const current = await currentOf(store, secretId)
    const moved = { VersionStage: 'AWSPENDING', MoveToVersionId: other }
    await client.send(
      new UpdateSecretVersionStageCommand({
        ...{ SecretId: secretId, RemoveFromVersionId: current },
        ...moved,
      }),
    )
    const conflict = { code: 'conflict' }
    await expect(store.stage(NAME, random(), revision)).rejects.toMatchObject(conflict)
  })

  it('come to a secret that was made without a value with its first one, from one of two writers', async () => {
    const { store, client, secretId } = await openStore(server())
    await client.send(new CreateSecretCommand({ Name: secretId }))
    await expect(store.read(NAME)).rejects.toMatchObject({ code: 'missing' })
    const created = await store.create(NAME, random())
    await expect(store.create(NAME, random())).rejects.toMatchObject({ code: 'conflict' })
    await store.stage(NAME, random(), created.revision)
  })

  it('do not matter once the secret is marked for deletion', async () => {
    const { store, client, secretId } = await createByHand()
    await client.send(new DeleteSecretCommand({ SecretId: secretId }))
    const deleted = { code: 'missing', details: { reason: 'deleted' } }
    await expect(store.read(NAME)).rejects.toMatchObject(deleted)
    await expect(store.create(NAME, random())).rejects.toMatchObject(deleted)
  })

  it('on bytes are refused by name', async () => {
    const { store, client, secretId } = await openStore(server())
    const SecretBinary = Buffer.from(random().expose())
    await client.send(new CreateSecretCommand({ Name: secretId, SecretBinary }))
    await expect(store.read(NAME)).rejects.toMatchObject({
      code: 'malformed',
      message: `${secretId} holds bytes: store a SecretString instead`,
    })
  })

  it('are told for a secret by its ARN, only if it lies under the prefix', async () => {
    const { store, client, prefix } = await openStore(server())
    const arns = await Promise.all(
      [`${prefix}/${NAME}`, `${prefix}-other/${NAME}`].map(async (Name) => {
        const SecretString = random().expose()
        return (await client.send(new CreateSecretCommand({ Name, SecretString }))).ARN ?? ''
      }),
    )
    expect(await store.describe(arns[0] ?? '')).toMatchObject({
      name: NAME,
      rotationEnabled: false,
    })
    await expect(store.describe(arns[1] ?? '')).rejects.toMatchObject({ code: 'refused' })
    expect(await store.list()).toEqual([NAME])
  })
})
