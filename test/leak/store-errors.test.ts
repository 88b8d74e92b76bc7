import { findForTest, openAwsServer, openKubernetes, openVault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltChild, buildChild } from './build-child.ts'
import { type Canary, sightings } from './canary.ts'
import { type Channel, gather, type Outcome } from './channels.ts'
import type { ErrorPaths } from './error-path.ts'
import { PLANTED, provokeLeak } from './leak.ts'
import { awsPaths } from './paths/aws-paths.ts'
import { AwsScene } from './paths/aws-scene.ts'
import { dotenvPaths } from './paths/dotenv-paths.ts'
import { envPaths } from './paths/env-paths.ts'
import { kubernetesPaths } from './paths/kubernetes-paths.ts'
import { KubernetesScene } from './paths/kubernetes-scene.ts'
import { lastGoodPaths } from './paths/last-good-paths.ts'
import { locatePaths } from './paths/locate-paths.ts'
import { memoryPaths } from './paths/memory-paths.ts'
import { mountPaths } from './paths/mount-paths.ts'
import { vaultLoginPaths } from './paths/vault-login-paths.ts'
import { vaultPaths } from './paths/vault-paths.ts'
import { VaultScene } from './paths/vault-scene.ts'
import { openSceneFiles, type SceneFiles } from './scene-files.ts'

let files: SceneFiles
let child: BuiltChild
beforeAll(async () => {
  ;[files, child] = await Promise.all([openSceneFiles(), buildChild()])
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

describePaths('variables', envPaths, () => files)
describePaths('a .env file', dotenvPaths, () => files)
describePaths('a store in memory', memoryPaths, () => undefined)
describePaths('a mounted directory', mountPaths, () => files)
describePaths('a locator', locatePaths, () => files)
describePaths('a last-good snapshot', lastGoodPaths, () => files)

const vaultProgram = await findForTest('vault')
describe.runIf(vaultProgram.found)('with Vault', () => {
  let scene: VaultScene
  beforeAll(async () => {
    const open = () => openVault({ program: vaultProgram.path })
    const [vault, sealed] = await Promise.all([open(), open()])
    scene = new VaultScene({ vault, sealed }, files)
    await scene.prepare()
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  describePaths('a store in Vault', vaultPaths, () => scene)
  describePaths('a login to Vault', vaultLoginPaths, () => scene)
})

const motoProgram = await findForTest('moto')
describe.runIf(motoProgram.found)('with the AWS API', () => {
  let scene: AwsScene
  beforeAll(async () => {
    scene = new AwsScene(await openAwsServer({ program: motoProgram.path }), files)
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  describePaths('AWS Secrets Manager', awsPaths, () => scene)
})

const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]
describe.runIf(apiServer.found && etcd.found)('with the Kubernetes API', () => {
  let scene: KubernetesScene
  beforeAll(async () => {
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    scene = new KubernetesScene(await openKubernetes({ programs }), files)
    await scene.server.createNamespace('vpn')
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  describePaths('the Kubernetes API', kubernetesPaths, () => scene)
})

function describePaths<Scene>(store: string, paths: ErrorPaths<Scene>, scene: () => Scene): void {
  describe.concurrent(store, () => {
    it.each(Object.keys(paths))('shows no secret after: %s', { timeout: 60_000 }, async (title) => {
      const { provoke, code, reason } = paths[title] ?? expect.fail()
      const { job, canaries } = await provoke(scene())
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
