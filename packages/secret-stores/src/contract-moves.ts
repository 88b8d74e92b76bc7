import { Secret, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { contents, NAME, random, type Scene, stagedScene, versions } from './contract-scene.ts'

/** Creating and reading. */
export function describeCreating(scene: Scene): void {
  it('says that a secret is missing, and not something else', async () => {
    await expect(scene().read(NAME)).rejects.toMatchObject({ code: 'missing' })
  })

  it('creates a secret as its current version', async () => {
    const value = random()
    const created = await scene().create(NAME, value)
    expect(contents(created)).toEqual({ current: value.expose() })
    expect(await scene().read(NAME)).toMatchObject({ name: NAME, revision: created.revision })
    expect(contents(await scene().read(NAME))).toEqual({ current: value.expose() })
  })

  it('reports where each version that it reads came from', async () => {
    await stagedScene(scene())
    const { current, pending } = await scene().read(NAME)
    for (const version of [current, pending]) {
      expect(version?.origin?.kind).toMatch(/^(?:file|environment|memory|store)$/)
    }
  })

  it('does not create a secret twice', async () => {
    const first = await scene().create(NAME, random())
    await expect(scene().create(NAME, random())).rejects.toMatchObject({ code: 'conflict' })
    expect(contents(await scene().read(NAME))).toEqual(contents(first))
  })

  it('keeps secrets apart by their names', async () => {
    const first = await scene().create(NAME, random())
    const other = await scene().create(`${NAME}_2`, random())
    await scene().stage(NAME, random(), first.revision)
    expect((await scene().read(`${NAME}_2`)).revision).toBe(other.revision)
  })
}

/** Tests of each write. */
export function describeMoving(scene: Scene): void {
  it('stages a version beside the current one', async () => {
    const { staged, values } = await stagedScene(scene())
    expect(contents(staged)).toEqual({ current: values[0], pending: values[1] })
  })

  it('discards the pending version', async () => {
    const { staged, values } = await stagedScene(scene())
    const discarded = await scene().discard(NAME, staged.revision)
    expect(contents(discarded)).toEqual({ current: values[0] })
  })

  it('promotes both versions in one write, and they keep their names', async () => {
    const { staged, values } = await stagedScene(scene())
    const promoted = await scene().promote(NAME, staged.revision)
    expect(contents(promoted)).toEqual({ current: values[1], previous: values[0] })
    expect(promoted.current.version).toBe(staged.pending?.version)
    expect(promoted.previous?.version).toBe(staged.current.version)
  })

  it('rolls back to exactly what was there before promote', async () => {
    const { staged } = await stagedScene(scene())
    const promoted = await scene().promote(NAME, staged.revision)
    const rolledBack = await scene().rollback(NAME, promoted.revision)
    expect(contents(rolledBack)).toEqual(contents(staged))
    expect(versions(rolledBack)).toEqual(versions(staged))
  })

  it('revokes the previous version', async () => {
    const { staged, values } = await stagedScene(scene())
    const promoted = await scene().promote(NAME, staged.revision)
    const revoked = await scene().revoke(NAME, promoted.revision)
    expect(contents(revoked)).toEqual({ current: values[1] })
    expect(contents(await scene().read(NAME))).toEqual({ current: values[1] })
  })

  it('discards and revokes again without harm, so that a rotation can be resumed', async () => {
    const created = await scene().create(NAME, random())
    const discarded = await scene().discard(NAME, created.revision)
    const revoked = await scene().revoke(NAME, discarded.revision)
    expect(contents(revoked)).toEqual(contents(created))
  })
}

/** Tests of the writes that are refused. */
export function describeRefusing(scene: Scene): void {
  it('does not stage over a pending version', async () => {
    const { staged } = await stagedScene(scene())
    const again = scene().stage(NAME, random(), staged.revision)
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
    expect(contents(await scene().read(NAME))).toEqual(contents(staged))
  })

  it('does not promote over a previous version that was never revoked', async () => {
    const { staged } = await stagedScene(scene())
    const promoted = await scene().promote(NAME, staged.revision)
    const next = await scene().stage(NAME, random(), promoted.revision)
    await expect(scene().promote(NAME, next.revision)).rejects.toMatchObject({ code: 'conflict' })
    await expect(scene().rollback(NAME, next.revision)).rejects.toMatchObject({ code: 'conflict' })
    expect(contents(await scene().read(NAME))).toEqual(contents(next))
  })

  it('says that there is nothing to promote or to roll back to', async () => {
    const { revision } = await scene().create(NAME, random())
    await expect(scene().promote(NAME, revision)).rejects.toMatchObject({ code: 'missing' })
    await expect(scene().rollback(NAME, revision)).rejects.toMatchObject({ code: 'missing' })
  })

  it('refuses an empty value', async () => {
    const empty = scene().create(NAME, Secret.of('', NAME))
    await expect(empty).rejects.toBeInstanceOf(SecretError)
    await expect(scene().read(NAME)).rejects.toMatchObject({ code: 'missing' })
  })
}
