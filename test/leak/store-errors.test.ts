import { findForTest, openAwsServer, openKubernetes, openVault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltChild, buildChild } from './build-child.ts'
import { type Canary, newCanary, sightings } from './canary.ts'
import { type Channel, EXCLUDE_ENV, gather, type Outcome } from './channels.ts'
import type { ErrorPaths } from './error-path.ts'
import { PLANTED, provokeLeak } from './leak.ts'
import { awsPaths } from './paths/aws-paths.ts'
import { AwsFixture } from './paths/aws-fixture.ts'
import { dotenvPaths } from './paths/dotenv-paths.ts'
import { envPaths } from './paths/env-paths.ts'
import { kubernetesPaths } from './paths/kubernetes-paths.ts'
import { KubernetesFixture } from './paths/kubernetes-fixture.ts'
import { lastGoodPaths } from './paths/last-good-paths.ts'
import { locatePaths } from './paths/locate-paths.ts'
import { memoryPaths } from './paths/memory-paths.ts'
import { mountPaths } from './paths/mount-paths.ts'
import { vaultLeasePaths } from './paths/vault-lease-paths.ts'
import { vaultLoginPaths } from './paths/vault-login-paths.ts'
import { vaultPaths } from './paths/vault-paths.ts'
import { VaultFixture } from './paths/vault-fixture.ts'
import { openFixtureFiles, type FixtureFiles } from './fixture-files.ts'

let files: FixtureFiles
let child: BuiltChild
beforeAll(async () => {
  ;[files, child] = await Promise.all([openFixtureFiles(), buildChild()])
}, 120_000)
afterAll(async () => {
  await files[Symbol.asyncDispose]()
  await child[Symbol.asyncDispose]()
})

describe('a leak that is planted', () => {
  let outcome: Outcome
  const planted = provokeLeak()
  beforeAll(async () => {
    outcome = await gather(child.file, planted.job)
  })

  it.each(Object.entries(PLANTED))('is seen in the channel: %s', (channel, label) => {
    expect(sightings(outcome.channels[channel as Channel], planted.canaries)).toContain(label)
  })
})

/** A report has the environment in it, so secrets that are there cannot be kept out of it before Node.js 22.13. */
describe('a process that has a secret in its own environment', () => {
  const canExclude = process.allowedNodeEnvironmentFlags.has(EXCLUDE_ENV)
  const inEnvironment = () => {
    const canary = newCanary('variable')
    const env = { KEY: canary.text }
    const job = { locator: 'env', env, ownEnv: env, act: 'read', name: 'OTHER' }
    return { job, canary }
  }

  it('shows it in its diagnostic report, and nowhere else', async () => {
    const { job, canary } = inEnvironment()
    const outcome = await gather(child.file, job)
    expect(sighted(outcome, [canary])).toEqual(['variable in diagnostic report'])
  })

  it.runIf(canExclude)(`shows it nowhere with ${EXCLUDE_ENV}`, async () => {
    const { job, canary } = inEnvironment()
    const outcome = await gather(child.file, job, [EXCLUDE_ENV])
    expect(sighted(outcome, [canary])).toEqual([])
  })

  it('shows it nowhere if only the path of its file is there', async () => {
    const canary = newCanary('file')
    const env = { KEY_FILE: await files.write(canary.text) }
    const job = { locator: 'env', env, ownEnv: env, act: 'read', name: 'OTHER' }
    const outcome = await gather(child.file, job)
    expect(outcome.code).toBe('missing')
    expect(sighted(outcome, [canary])).toEqual([])
  })
})

describePaths('variables', envPaths, () => files)
describePaths('a .env file', dotenvPaths, () => files)
describePaths('a store in memory', memoryPaths, () => undefined)
describePaths('a mounted directory', mountPaths, () => files)
describePaths('a locator', locatePaths, () => files)
describePaths('a last-good snapshot', lastGoodPaths, () => files)

const vaultProgram = await findForTest('vault')
describe.runIf(vaultProgram.found)('with Vault', () => {
  let fixture: VaultFixture
  beforeAll(async () => {
    const open = () => openVault({ program: vaultProgram.path })
    const [vault, sealed] = await Promise.all([open(), open()])
    fixture = new VaultFixture({ vault, sealed }, files)
    await fixture.prepare()
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  describePaths('a store in Vault', vaultPaths, () => fixture)
  describePaths('a login to Vault', vaultLoginPaths, () => fixture)
  describePaths('a lease of Vault', vaultLeasePaths, () => fixture)
})

const motoProgram = await findForTest('moto')
describe.runIf(motoProgram.found)('with the AWS API', () => {
  let fixture: AwsFixture
  beforeAll(async () => {
    fixture = new AwsFixture(await openAwsServer({ program: motoProgram.path }), files)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  describePaths('AWS Secrets Manager', awsPaths, () => fixture)
})

const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]
describe.runIf(apiServer.found && etcd.found)('with the Kubernetes API', () => {
  let fixture: KubernetesFixture
  beforeAll(async () => {
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    fixture = new KubernetesFixture(await openKubernetes({ programs }), files)
    await fixture.server.createNamespace('vpn')
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  describePaths('the Kubernetes API', kubernetesPaths, () => fixture)
})

function describePaths<Fixture>(
  store: string,
  paths: ErrorPaths<Fixture>,
  fixture: () => Fixture,
): void {
  describe.concurrent(store, () => {
    it.each(Object.keys(paths))('shows no secret after: %s', { timeout: 60_000 }, async (title) => {
      const { provoke, code, reason } = paths[title] ?? expect.fail()
      const { job, canaries } = await provoke(fixture())
      const outcome = await gather(child.file, job)
      expect(outcome).toMatchObject({ code, ...(reason !== undefined && { reason }) })
      expect(sighted(outcome, canaries)).toEqual([])
    })
  })
}

function sighted({ channels }: Outcome, canaries: readonly Canary[]): string[] {
  return Object.entries(channels).flatMap(([channel, text]) =>
    sightings(text, canaries).map((label) => `${label} in ${channel}`),
  )
}
