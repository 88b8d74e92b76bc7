import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findForTest, type Kubernetes, openKubernetes } from './index.ts'

const [apiServer, etcd] = [await findForTest('kube-apiserver'), await findForTest('etcd')]
const programs = { apiServer: apiServer.path, etcd: etcd.path }

const account = { namespace: 'shop', name: 'reader' }
const SECRETS = '/api/v1/namespaces/shop/secrets'
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'

describe.runIf(apiServer.found && etcd.found)(
  'a Kubernetes API server',
  { timeout: 120_000 },
  () => {
    let kubernetes: Kubernetes
    beforeAll(async () => {
      kubernetes = await openKubernetes({ programs })
      await kubernetes.createNamespace('shop')
      await kubernetes.createServiceAccount(account)
    }, 150_000)
    afterAll(() => kubernetes.close())

    it('lets a service account do what its role says, and nothing else', async () => {
      const token = await kubernetes.issueToken(account)
      const list = () => kubernetes.request({ path: SECRETS, token })
      expect(await list()).toMatchObject({ status: 403 })
      await kubernetes.grant(account, [
        { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
      ])
      await expect.poll(list).toMatchObject({ status: 200 })
      const body = { metadata: { name: 'mine' } }
      expect(await kubernetes.request({ path: SECRETS, body, token })).toMatchObject({
        status: 403,
      })
      expect(
        await list().then(() => kubernetes.request({ path: SECRETS, token: 'no' })),
      ).toMatchObject({
        status: 401,
      })
    })

    it('answers a TokenReview by an account that may ask', async () => {
      const reviewer = { namespace: 'shop', name: 'reviewer' }
      await kubernetes.createServiceAccount(reviewer)
      await kubernetes.allowTokenReview(reviewer)
      const [asking, asked] = [
        await kubernetes.issueToken(reviewer),
        await kubernetes.issueToken(account, { lifetimeMs: 600_000, audiences: ['vault'] }),
      ]
      const spec = { token: asked, audiences: ['vault'] }
      const review = () => kubernetes.request({ path: REVIEWS, body: { spec }, token: asking })
      await expect.poll(review).toMatchObject({
        body: {
          status: { authenticated: true, user: { username: 'system:serviceaccount:shop:reader' } },
        },
      })
    })

    it('comes back after a crash with its address, its certificate and its data', async () => {
      const body = { metadata: { name: 'kept' } }
      expect(await kubernetes.request({ path: SECRETS, body })).toMatchObject({ status: 201 })
      await kubernetes.stop()
      await expect(kubernetes.request({ path: SECRETS })).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      })
      await kubernetes.start()
      expect(await kubernetes.request({ path: `${SECRETS}/kept` })).toMatchObject({ status: 200 })
    })

    it('answers nothing while it is paused', async () => {
      await kubernetes.pause()
      const answer = kubernetes.request({ path: '/readyz' })
      const first = await Promise.race([
        answer,
        new Promise((resolve) => setTimeout(resolve, 500, 'none')),
      ])
      kubernetes.resume()
      expect(first).toBe('none')
      expect(await answer).toMatchObject({ status: 200 })
    })
  },
)

describe.runIf(apiServer.found && etcd.found)('its end', { timeout: 120_000 }, () => {
  it('leaves nothing behind when closed, also twice', async () => {
    const kubernetes = await openKubernetes({ programs })
    await kubernetes.close()
    await kubernetes.close()
    expect(existsSync(dirname(kubernetes.caFile))).toBe(false)
    await expect(kubernetes.request({ path: '/readyz' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  it('comes, and its files go, when the process that started it is killed', async () => {
    const script = `
      import { openKubernetes } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const kubernetes = await openKubernetes({ programs: ${JSON.stringify(programs)} })
      console.log(JSON.stringify([kubernetes.url, kubernetes.caFile]))
      process.kill(process.pid, 'SIGKILL')`
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const [url, caFile] = JSON.parse(line.toString()) as [string, string]
    await expect.poll(() => existsSync(dirname(caFile)), { timeout: 10_000 }).toBe(false)
    const problem = () => fetch(url).catch((error: unknown) => error)
    await expect.poll(problem).toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  it('that does not come to life shows the end of its log', async () => {
    const opening = openKubernetes({ programs: { ...programs, apiServer: '/bin/false' } })
    await expect(opening).rejects.toThrow('did not start')
  })
})
